//! The models, their fields kept by functions.

use diesel::prelude::*;
use maintained::prelude::*;

use crate::data::{CustomerRow, ItemRow, OrderRow, ProductRow};
use crate::schema::{customers, items, orders, products};

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = customers)]
pub(crate) struct Customer {
    id: i32,
    name: String,
    #[maintained]
    spent_cents: i64,
}

#[derive(Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = products)]
pub(crate) struct Product {
    id: i32,
    name: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer))]
pub(crate) struct Order {
    id: i32,
    customer_id: i32,
    note: String,
    #[maintained]
    total_cents: i64,
    #[maintained]
    label: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = items, belongs_to(Order), belongs_to(Product))]
pub(crate) struct Item {
    id: i32,
    order_id: i32,
    product_id: i32,
    quantity: i32,
    price_cents: i64,
    amount_cents: i64,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = customers)]
#[maintained(view_of = Customer)]
pub(crate) struct CustomerName {
    pub(crate) name: String,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = products)]
#[maintained(view_of = Product)]
pub(crate) struct ProductName {
    name: String,
}

#[derive(Queryable, Selectable, View)]
#[diesel(table_name = orders)]
#[maintained(view_of = Order)]
pub(crate) struct OrderTotal {
    total_cents: i64,
}

/// What the total and the label read of an item.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = items)]
#[maintained(view_of = Item)]
pub(crate) struct Line {
    quantity: i32,
    amount_cents: i64,
}

#[maintained::setters]
impl Customer {
    #[setter]
    fn spent_cents(orders: &[OrderTotal]) -> i64 {
        orders.iter().map(|order| order.total_cents).sum()
    }
}

#[maintained::setters]
impl Order {
    #[setter]
    fn total_cents(items: &[Line]) -> i64 {
        items.iter().map(|item| item.amount_cents).sum()
    }

    #[setter]
    fn label(&self, customer: &CustomerName, lines: &[(&Line, &ProductName)]) -> String {
        let lines = lines
            .iter()
            .map(|(line, product)| (line.quantity, &*product.name));
        crate::label::text(&customer.name, self.id, &self.note, lines)
    }
}

crate::new_rows!();
