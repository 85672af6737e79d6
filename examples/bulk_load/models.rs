//! The shop's models: which columns are maintained, and what each of them follows from.

use std::borrow::Cow;

use diesel::prelude::*;
use maintained::prelude::*;

use super::schema::{categories, customers, items, orders, products};

/// A node of the tree of categories.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = categories, belongs_to(Category, foreign_key = parent_id))]
pub(crate) struct Category {
    pub(crate) id: i32,
    pub(crate) parent_id: Option<i32>,
    pub(crate) code: String,
    pub(crate) name: String,
    #[maintained]
    pub(crate) path: String,
}

/// A product, in one category.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = products, belongs_to(Category))]
pub(crate) struct Product {
    pub(crate) id: i32,
    pub(crate) category_id: i32,
    pub(crate) sku: String,
    pub(crate) name: String,
    pub(crate) price_cents: i64,
    #[maintained]
    pub(crate) listing: String,
}

/// A customer.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = customers)]
pub(crate) struct Customer {
    pub(crate) id: i32,
    pub(crate) code: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    #[maintained]
    pub(crate) full_name: String,
    #[maintained]
    pub(crate) order_count: i32,
    #[maintained]
    pub(crate) spent_cents: i64,
}

/// An order of one customer.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer))]
pub(crate) struct Order {
    pub(crate) id: i32,
    pub(crate) customer_id: i32,
    pub(crate) number: String,
    pub(crate) placed_on: String,
    #[maintained]
    pub(crate) total_cents: i64,
    #[maintained]
    pub(crate) label: String,
}

/// A line of an order: the link between an order and a product, with data of its own.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = items, belongs_to(Order), belongs_to(Product))]
pub(crate) struct Item {
    pub(crate) id: i32,
    pub(crate) order_id: i32,
    pub(crate) product_id: i32,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}

/// What a customer's total needs of an order: a new label of an order wakes no customer.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = orders)]
#[maintained(view_of = Order)]
pub(crate) struct OrderTotal {
    pub(crate) total_cents: i64,
}

/// What an order's label needs of a product: a new price of a product wakes no order.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = products)]
#[maintained(view_of = Product)]
pub(crate) struct ProductName {
    pub(crate) name: String,
}

#[maintained::setters]
impl Category {
    /// A tree: the path of a category follows from the path of the one above.
    #[setter]
    fn path(&self, parent: Option<&Category>) -> String {
        match parent {
            Some(parent) => format!("{} / {}", parent.path, self.name),
            None => self.name.clone(),
        }
    }
}

#[maintained::setters]
impl Product {
    /// A label from a parent.
    #[setter]
    fn listing(&self, category: &Category) -> String {
        format!("{} / {}", category.path, self.name)
    }
}

#[maintained::setters]
impl Customer {
    /// The row's own columns.
    #[setter]
    fn full_name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }

    /// A total of totals, and two fields from one setter.
    #[setter(fields(order_count, spent_cents))]
    fn orders(orders: &[OrderTotal]) -> Result<(i32, i64), std::num::TryFromIntError> {
        let spent_cents = orders.iter().map(|order| order.total_cents).sum();
        Ok((orders.len().try_into()?, spent_cents))
    }
}

#[maintained::setters]
impl Order {
    /// A sum over children.
    #[setter]
    fn total_cents(items: &[Item]) -> i64 {
        items
            .iter()
            .map(|item| i64::from(item.quantity) * item.price_cents)
            .sum()
    }

    /// A label from a parent, and from links through a view.
    #[setter]
    fn label(&self, customer: &Customer, lines: &[(&Item, &ProductName)]) -> String {
        let names: Vec<_> = lines
            .iter()
            .map(|(_, product)| product.name.as_str())
            .collect();
        format!(
            "{} #{}: {}",
            customer.full_name,
            self.number,
            names.join(", ")
        )
    }
}

/// A category to insert.
#[derive(Debug, Insertable)]
#[diesel(table_name = categories)]
pub(crate) struct NewCategory<'a> {
    pub(crate) parent_id: Option<i32>,
    pub(crate) code: Cow<'a, str>,
    pub(crate) name: &'a str,
}

/// A product to insert.
#[derive(Debug, Insertable)]
#[diesel(table_name = products)]
pub(crate) struct NewProduct<'a> {
    pub(crate) category_id: i32,
    pub(crate) sku: Cow<'a, str>,
    pub(crate) name: &'a str,
    pub(crate) price_cents: i64,
}

/// A customer to insert.
#[derive(Debug, Insertable)]
#[diesel(table_name = customers)]
pub(crate) struct NewCustomer<'a> {
    pub(crate) code: Cow<'a, str>,
    pub(crate) first_name: &'a str,
    pub(crate) last_name: &'a str,
}

/// An order to insert.
#[derive(Debug, Insertable)]
#[diesel(table_name = orders)]
pub(crate) struct NewOrder<'a> {
    pub(crate) customer_id: i32,
    pub(crate) number: Cow<'a, str>,
    pub(crate) placed_on: &'a str,
}

/// A line of an order to insert.
#[derive(Debug, Insertable)]
#[diesel(table_name = items)]
pub(crate) struct NewItem {
    pub(crate) order_id: i32,
    pub(crate) product_id: i32,
    pub(crate) quantity: i32,
    pub(crate) price_cents: i64,
}
