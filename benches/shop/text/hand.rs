//! What a user would write instead: plain Diesel, and SQL.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Integer;

use super::{BATCH, Inner, Rows, SQL};
use crate::Failure;
use crate::clock::Clock;
use crate::data::{Data, ItemRow, OrderRow};
use crate::schema::{customers, items, orders, products};
use crate::sql::Sql;

type Backend = <Inner as Connection>::Backend;

/// Rows that have just been inserted, by one statement.
pub(super) enum Saved<'d> {
    Orders(&'d [OrderRow]),
    Items(&'d [ItemRow]),
}

/// Inserts all rows, and runs something after each statement.
pub(super) fn insert(
    conn: &mut Inner,
    data: &Data,
    rows: Rows,
    mut after: impl FnMut(&mut Inner, Saved<'_>) -> QueryResult<()>,
) -> QueryResult<()> {
    macro_rules! insert {
        ($table:ident, |$conn:ident, $saved:ident| $after:expr) => {
            match rows {
                Rows::One => {
                    for row in &data.$table {
                        diesel::insert_into($table::table)
                            .values(row)
                            .execute(conn)?;
                        let ($conn, $saved) = (&mut *conn, std::slice::from_ref(row));
                        $after;
                    }
                }
                Rows::Many => {
                    for rows in data.$table.chunks(BATCH) {
                        diesel::insert_into($table::table)
                            .values(rows)
                            .execute(conn)?;
                        let ($conn, $saved) = (&mut *conn, rows);
                        $after;
                    }
                }
            }
        };
    }
    insert!(customers, |_conn, _saved| ());
    insert!(products, |_conn, _saved| ());
    insert!(orders, |conn, saved| after(conn, Saved::Orders(saved))?);
    insert!(items, |conn, saved| after(conn, Saved::Items(saved))?);
    Ok(())
}

/// Inserts all rows, then sets the fields, a statement each; says how long that took.
pub(super) fn load(conn: &mut Inner, data: &Data, rows: Rows, clock: Clock) -> QueryResult<f64> {
    conn.transaction(|conn| {
        insert(conn, data, rows, |_, _| Ok(()))?;
        let begin = clock.now();
        for statement in [SQL.totals, SQL.labels, SQL.spent] {
            conn.batch_execute(statement)?;
        }
        Ok(begin.elapsed())
    })
}

/// Tells the database's planner of the rows.
pub(super) fn analyze(conn: &mut Inner) -> Result<(), Failure> {
    Ok(conn.batch_execute(SQL.analyze)?)
}

/// The statements that are run at each save.
pub(super) struct EachSave {
    order: Vec<String>,
    orders: Vec<String>,
    orders_of_customer: String,
    customer: String,
    customers: String,
    execute: Execute,
}

type Execute = fn(&mut Inner, &str, &[i32]) -> QueryResult<()>;

impl EachSave {
    /// A statement for each field, by Diesel's `sql_query`, which prepares it each time.
    pub(super) fn naive() -> Self {
        let of = |condition: &str| vec![Sql::totals_of(condition), SQL.labels_of(condition)];
        Self::with(of, naively)
    }

    /// As few statements as possible, each prepared once.
    pub(super) fn tuned() -> Self {
        Self::with(|condition: &str| vec![SQL.orders_of(condition)], prepared)
    }

    /// The same where orders have no label.
    pub(super) fn without_label(self) -> Self {
        Self {
            order: vec![Sql::totals_of("id = ?")],
            ..self
        }
    }

    fn with(orders: impl Fn(&str) -> Vec<String>, execute: Execute) -> Self {
        let of_orders = "id IN (SELECT customer_id FROM orders WHERE id BETWEEN ? AND ?)";
        Self {
            order: orders("id = ?"),
            orders: orders("id BETWEEN ? AND ?"),
            orders_of_customer: SQL.labels_of("customer_id = ?"),
            customer: Sql::spent_of("id = ?"),
            customers: Sql::spent_of(of_orders),
            execute,
        }
    }

    /// After an insert: the orders that were touched, and their customers.
    pub(super) fn inserted(
        &self,
        conn: &mut Inner,
        data: &Data,
        saved: &Saved<'_>,
    ) -> QueryResult<()> {
        match *saved {
            Saved::Orders([order]) => self.order(conn, order.id),
            Saved::Items([item]) => {
                let order = usize::try_from(item.order_id - 1).unwrap_or(0);
                self.order(conn, item.order_id)?;
                self.customer(conn, data.orders[order].customer_id)
            }
            Saved::Orders([first, .., last]) => self.all(conn, &self.orders, &[first.id, last.id]),
            Saved::Items([first, .., last]) => {
                let keys = [first.order_id, last.order_id];
                self.all(conn, &self.orders, &keys)?;
                (self.execute)(conn, &self.customers, &keys)
            }
            Saved::Orders([]) | Saved::Items([]) => Ok(()),
        }
    }

    pub(super) fn order(&self, conn: &mut Inner, key: i32) -> QueryResult<()> {
        self.all(conn, &self.order, &[key])
    }

    pub(super) fn orders_of_customer(&self, conn: &mut Inner, key: i32) -> QueryResult<()> {
        (self.execute)(conn, &self.orders_of_customer, &[key])
    }

    pub(super) fn customer(&self, conn: &mut Inner, key: i32) -> QueryResult<()> {
        (self.execute)(conn, &self.customer, &[key])
    }

    fn all(&self, conn: &mut Inner, statements: &[String], keys: &[i32]) -> QueryResult<()> {
        let mut statements = statements.iter();
        statements.try_for_each(|sql| (self.execute)(conn, sql, keys))
    }
}

fn naively(conn: &mut Inner, sql: &str, keys: &[i32]) -> QueryResult<()> {
    let mut query = diesel::sql_query("").into_boxed();
    for (at, text) in sql.split('?').enumerate() {
        if at > 0 {
            query = query.bind::<Integer, _>(keys[at - 1]);
            query = query.sql(SQL.parameter.replace('#', &at.to_string()));
        }
        query = query.sql(text);
    }
    query.execute(conn).map(drop)
}

fn prepared(conn: &mut Inner, sql: &str, keys: &[i32]) -> QueryResult<()> {
    Prepared { sql, keys }.execute(conn).map(drop)
}

/// A statement with keys where its question marks stand.
struct Prepared<'s> {
    sql: &'s str,
    keys: &'s [i32],
}

impl QueryFragment<Backend> for Prepared<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        for (at, text) in self.sql.split('?').enumerate() {
            if at > 0 {
                out.push_bind_param::<Integer, _>(&self.keys[at - 1])?;
            }
            out.push_sql(text);
        }
        Ok(())
    }
}

impl QueryId for Prepared<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl RunQueryDsl<Inner> for Prepared<'_> {}

/// Sets the fields of the orders that a condition names, and of their customers and some others.
pub(super) fn set_orders(conn: &mut Inner, orders: &[i32], customers: &[i32]) -> QueryResult<()> {
    conn.batch_execute(&SQL.orders_of(&format!("id IN ({})", list(orders))))?;
    set_customers(conn, customers)
}

/// Sets the fields of some customers.
pub(super) fn set_customers(conn: &mut Inner, customers: &[i32]) -> QueryResult<()> {
    conn.batch_execute(&Sql::spent_of(&format!("id IN ({})", list(customers))))
}

/// Sets the labels of the orders of some customers.
pub(super) fn set_labels(conn: &mut Inner, customers: &[i32]) -> QueryResult<()> {
    conn.batch_execute(&SQL.labels_of(&format!("customer_id IN ({})", list(customers))))
}

fn list(keys: &[i32]) -> String {
    let texts: Vec<String> = keys.iter().map(i32::to_string).collect();
    texts.join(", ")
}
