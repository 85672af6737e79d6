//! Customers and their orders. The orders' table has three models, which define its label each in
//! their own way.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        customers (id) {
            id -> Integer,
            name -> Text,
            city -> Text,
            orders -> BigInt,
            open -> BigInt,
        }
    }
    diesel::table! {
        orders (id) {
            id -> Integer,
            customer_id -> Integer,
            is_open -> Bool,
            cents -> BigInt,
            label -> Text,
            twice -> BigInt,
        }
    }
}

use schema::{customers, orders};

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = customers)]
pub(crate) struct Customer {
    pub(crate) id: i32,
    pub(crate) name: String,
    pub(crate) city: String,
    #[maintained(count(Order))]
    pub(crate) orders: i64,
    #[maintained(count(Order, filter = Order::is_open))]
    pub(crate) open: i64,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = customers)]
#[maintained(view_of = Customer)]
pub(crate) struct CustomerName {
    pub(crate) name: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = orders, belongs_to(Customer))]
pub(crate) struct Order {
    pub(crate) id: i32,
    pub(crate) customer_id: i32,
    pub(crate) is_open: bool,
    pub(crate) cents: i64,
    #[maintained]
    pub(crate) label: String,
    #[maintained(expr = orders::cents * 2)]
    pub(crate) twice: i64,
}

#[maintained::setters]
impl Order {
    #[setter]
    fn label(&self, customer: &CustomerName) -> String {
        format!("{} #{}", customer.name, self.id)
    }
}

/// The same definitions, in other words.
mod twin {
    use super::{Customer, CustomerName, orders};
    use diesel::prelude::*;
    use maintained::prelude::*;

    /// An order.
    #[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
    #[diesel(table_name = orders, belongs_to(Customer))]
    struct Twin {
        id: i32,
        customer_id: i32,
        /// What it is called.
        #[maintained]
        label: String,
        cents: i64,
        is_open: bool,
        #[maintained(expr = orders::cents*2, label = "numbers")]
        twice: i64,
    }

    #[maintained::setters]
    impl Twin {
        /// The label of an order.
        #[setter(field = "label", labels("names", "slow"))]
        #[rustfmt::skip]
        fn made_of_names(
            &self,
            customer: &CustomerName, // by whom
        ) -> String {
            /* all of it */
            format!("{} #{}",customer.name,
                self.id)
        }
    }
}

/// Other definitions of the same fields.
mod other {
    use super::{Customer, orders};
    use diesel::prelude::*;
    use maintained::prelude::*;

    #[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
    #[diesel(table_name = orders, belongs_to(Customer))]
    struct Other {
        id: i32,
        customer_id: i32,
        is_open: bool,
        cents: i64,
        #[maintained]
        label: String,
        #[maintained(expr = orders::cents * 2, version = 2)]
        twice: i64,
    }

    /// A view with the same name, and one column more.
    #[derive(Debug, Queryable, Selectable, View)]
    #[diesel(table_name = super::customers)]
    #[maintained(view_of = Customer)]
    #[expect(dead_code, reason = "only its columns are looked at")]
    struct CustomerName {
        name: String,
        city: String,
    }

    #[maintained::setters]
    impl Other {
        #[setter]
        fn label(&self, customer: &CustomerName) -> String {
            format!("{} #{}", customer.name, self.id)
        }
    }
}

/// The tables, in the words of a database.
pub(crate) fn create(engine: &str) -> String {
    format!(
        "CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(99) NOT NULL,
            city VARCHAR(99) NOT NULL DEFAULT '', orders BIGINT NOT NULL DEFAULT 0,
            open BIGINT NOT NULL DEFAULT 0){engine};
         CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL,
            is_open BOOLEAN NOT NULL, cents BIGINT NOT NULL, label VARCHAR(99) NOT NULL DEFAULT '',
            twice BIGINT NOT NULL DEFAULT 0,
            FOREIGN KEY (customer_id) REFERENCES customers (id)){engine};"
    )
}
