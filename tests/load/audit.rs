//! What must be so after a load, looked at by SQL that does not use the library.

use std::collections::{HashMap, HashSet};

use super::client::Seen;
use super::place::Plain;

/// Fields that differ from what their rows say.
const STALE: [(&str, &str); 5] = [
    (
        "orders.items",
        "SELECT count(*) AS number FROM orders o
         WHERE o.items <> (SELECT count(*) FROM items i WHERE i.order_id = o.id)",
    ),
    (
        "orders.total_cents",
        "SELECT count(*) AS number FROM orders o WHERE o.total_cents <> COALESCE(
            (SELECT sum(i.quantity * i.price_cents) FROM items i WHERE i.order_id = o.id), 0)",
    ),
    (
        "orders.label",
        "SELECT count(*) AS number FROM orders o JOIN customers c ON c.id = o.customer_id
         WHERE o.label <> c.name || ' #' || o.id || ', ' || o.items || ' items'",
    ),
    (
        "customers.orders",
        "SELECT count(*) AS number FROM customers c
         WHERE c.orders <> (SELECT count(*) FROM orders o WHERE o.customer_id = c.id)",
    ),
    (
        "customers.spent_cents",
        "SELECT count(*) AS number FROM customers c WHERE c.spent_cents <> COALESCE(
            (SELECT sum(o.total_cents) FROM orders o WHERE o.customer_id = c.id), 0)",
    ),
];

/// Rows that were written in another mode than their request's kind has.
const WRONG_MODE: &str = "SELECT count(*) AS number FROM items
    WHERE updated_mode <> CASE
        WHEN updated_by LIKE 'import-%' OR updated_by = 'seed' THEN 'buffered'
        WHEN updated_by LIKE 'edit-%' THEN 'immediate'
        ELSE 'no request writes such rows' END";

/// Rows on which a request has stamped another one's user: each writes its own beside it.
const FOREIGN_VALUES: &str = "SELECT
    (SELECT count(*) FROM items WHERE product <> updated_by)
    + (SELECT count(*) FROM orders WHERE note <> updated_by AND updated_by NOT LIKE 'delete-%')
    + (SELECT count(*) FROM customers WHERE name <> updated_by AND updated_by <> '') AS number";

/// What came of an import, as its client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// So many rows are loaded.
    Loaded(i64),
    /// The client has not waited for the answer, or the connection was lost: so many rows, or none.
    Perhaps(i64),
    /// Nothing is loaded.
    Nothing,
}

/// What is wrong in the database, a line each.
pub fn faults(plain: &mut Plain, seen: &Seen) -> Vec<String> {
    let mut faults = Vec::new();
    let mut none = |what: &str, number: i64| {
        if number != 0 {
            faults.push(format!("{what}: {number}"));
        }
    };
    for (field, sql) in STALE {
        none(&format!("{field} is stale in some rows"), plain.count(sql));
    }
    none("rows were written in a wrong mode", plain.count(WRONG_MODE));
    none(
        "rows have another request's user",
        plain.count(FOREIGN_VALUES),
    );

    let loaded = plain.groups(
        "SELECT updated_by AS name, count(*) AS number FROM items
         WHERE updated_by LIKE 'import-%' GROUP BY updated_by",
    );
    let loaded: HashMap<String, i64> = loaded.into_iter().collect();
    for (user, known) in &seen.imports {
        let rows = loaded.get(user).copied().unwrap_or(0);
        let is_right = match *known {
            Known::Loaded(all) => rows == all,
            Known::Perhaps(all) => rows == all || rows == 0,
            Known::Nothing => rows == 0,
        };
        if !is_right {
            faults.push(format!(
                "{user} has {rows} rows, and its client knows of {known:?}"
            ));
        }
    }
    let unknown = loaded
        .keys()
        .filter(|user| !seen.imports.contains_key(*user));
    faults.extend(unknown.map(|user| format!("nobody has sent {user}")));

    let made = plain.groups("SELECT note AS name, count(*) AS number FROM orders GROUP BY note");
    let made: HashSet<String> = made.into_iter().map(|(user, _)| user).collect();
    let lost = seen.orders.iter().filter(|user| !made.contains(*user));
    faults.extend(lost.map(|user| format!("the order of {user} is lost")));
    faults
}
