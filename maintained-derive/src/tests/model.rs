use quote::quote;

use super::formatted;
use crate::expand::derive_model;

#[test]
fn a_model_is_described_stored_and_registered() {
    insta::assert_snapshot!(formatted(derive_model(quote! {
        #[diesel(table_name = orders, belongs_to(Customer), check_for_backend(diesel::sqlite::Sqlite))]
        #[maintained(belongs_to(Address, foreign_key = billing_address_id))]
        struct Order {
            id: i32,
            customer_id: Option<i32>,
            billing_address_id: i32,
            #[diesel(column_name = "remark", skip_update)]
            note: String,
            #[maintained]
            total_cents: i64,
            #[maintained(unique)]
            code: Option<String>,
        }
    })));
}

#[test]
fn a_composite_key_is_a_tuple() {
    insta::assert_snapshot!(formatted(derive_model(quote! {
        #[diesel(table_name = schema::links, primary_key(from_id, to_id))]
        #[diesel(belongs_to(Node, foreign_key = from_id))]
        #[maintained(belongs_to(Node, foreign_key = to_id))]
        struct Link {
            from_id: i32,
            to_id: i32,
        }
    })));
}

#[test]
fn a_rule_of_a_field_stands_for_a_setter() {
    insta::assert_snapshot!(formatted(derive_model(quote! {
        #[diesel(table_name = orders, belongs_to(Customer), check_for_backend(diesel::sqlite::Sqlite))]
        struct Order {
            id: i32,
            customer_id: i32,
            #[maintained(sum(Label::cents, filter = Label::is_open, through = Item), label = "money")]
            total_cents: i64,
            #[maintained(copy(Customer::name), via(orders::customer_id))]
            customer_name: String,
            #[maintained(expr = orders::total_cents * 2)]
            double_cents: i64,
        }
    })));
}
