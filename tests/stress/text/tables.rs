//! Tables on whichever database there is, and the question whether any field of theirs is stale.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::super::{Conn, Place, list, spelled};

/// A database with some tables, and no rows.
pub fn create(statements: &[&str]) -> Place {
    create_in(Place::new(), statements)
}

/// The same in a place that is there.
pub fn create_in(place: Place, statements: &[&str]) -> Place {
    let mut conn = place.connect();
    for statement in statements {
        conn.batch_execute(&spelled(statement)).unwrap();
    }
    place
}

/// The fields that are stale, each with the number of its rows: by plain SQL over the plain columns.
pub fn stale(conn: &mut Conn, fields: &[(&str, &str)]) -> Vec<String> {
    let counts = fields.iter().map(|(field, rows)| {
        let rows = with_lists(rows);
        format!("SELECT '{field}' AS field, COUNT(*) AS stale FROM {rows}")
    });
    let counts = counts.collect::<Vec<_>>().join(" UNION ALL ");
    let counts: Vec<Count> = diesel::sql_query(spelled(&counts)).load(conn).unwrap();
    counts
        .iter()
        .filter(|count| count.stale > 0)
        .map(|count| format!("{} of {}", count.stale, count.field))
        .collect()
}

/// How many rows are stale in a field.
#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    field: String,
    #[diesel(sql_type = BigInt)]
    stale: i64,
}

/// Spells the list of values that a statement may hold.
fn with_lists(sql: &str) -> String {
    let Some((before, rest)) = sql.split_once("{list:") else {
        return sql.to_owned();
    };
    let (inner, after) = rest.split_once('}').unwrap();
    let (value, key) = inner.rsplit_once(':').unwrap();
    format!("{before}{}{after}", list(value, key))
}
