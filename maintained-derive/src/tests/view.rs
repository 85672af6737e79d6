use quote::quote;

use super::formatted;
use crate::expand::derive_view;

#[test]
fn a_view_is_described_and_read() {
    insta::assert_snapshot!(formatted(derive_view(quote! {
        #[diesel(table_name = orders)]
        #[maintained(view_of = Order)]
        struct OrderTotal {
            id: i32,
            #[diesel(column_name = total_cents)]
            total: i64,
        }
    })));
}

#[test]
fn a_view_with_an_expression_counts_as_all_columns() {
    insta::assert_snapshot!(formatted(derive_view(quote! {
        #[diesel(table_name = orders)]
        #[maintained(view_of = Order)]
        struct OrderYear {
            #[diesel(select_expression = year(orders::placed_on))]
            year: i32,
        }
    })));
}
