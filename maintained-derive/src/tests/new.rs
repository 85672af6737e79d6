use quote::quote;

use super::formatted;
use crate::expand::derive_new;

#[test]
fn a_new_row_says_its_keys_and_binds_its_values() {
    insta::assert_snapshot!(formatted(derive_new(quote! {
        #[diesel(table_name = items)]
        #[maintained(new_of = Item)]
        struct NewItem<'a> {
            order_id: i32,
            #[diesel(column_name = comment)]
            note: Option<&'a str>,
            #[diesel(treat_none_as_default_value = false)]
            product_id: Option<i32>,
            #[diesel(skip_insertion)]
            unused: i32,
        }
    })));
}

#[test]
fn a_new_row_for_one_database_may_be_without_lifetimes() {
    insta::assert_snapshot!(formatted(derive_new(quote! {
        #[diesel(table_name = schema::items, check_for_backend(diesel::sqlite::Sqlite))]
        #[maintained(new_of = models::Item)]
        struct NewItem {
            order_id: i32,
        }
    })));
}
