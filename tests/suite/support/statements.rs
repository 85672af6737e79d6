//! The statements that run on a connection, as Diesel's instrumentation tells them.

use std::sync::{Arc, Mutex};

use diesel::connection::{Connection, InstrumentationEvent};

use crate::Conn;

/// Runs `work` and returns its result and the statements that ran meanwhile, each with its values.
pub fn recorded<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> T) -> (T, Vec<String>) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let writer = Arc::clone(&log);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            writer.lock().unwrap().push(query.to_string());
        }
    });
    let result = work(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let statements = std::mem::take(&mut *log.lock().unwrap());
    (result, statements)
}

/// The text of a statement without its values.
pub fn text(statement: &str) -> &str {
    statement.split(" -- binds").next().unwrap_or(statement)
}

/// The statements that are no part of opening or closing transactions and savepoints, and do not ask
/// for triggers, which is done once a connection.
pub fn of_rows(statements: &[String]) -> Vec<&str> {
    const FRAMES: [&str; 6] = [
        "SET TRANSACTION",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
    ];
    let texts = statements.iter().map(|statement| text(statement));
    texts
        .filter(|text| !FRAMES.iter().any(|frame| text.starts_with(frame)))
        .filter(|text| !text.contains("information_schema.triggers"))
        .filter(|text| !text.contains("FROM pg_trigger"))
        .collect()
}

/// Whether a statement locks ahead what a small write or flush may come to.
pub fn locks_ahead(text: &str) -> bool {
    let asks_whether_it_has_waited = ["clock_timestamp() > ", "SYSDATE(6) > "];
    let asks = |clock: &&str| text.contains(*clock);
    asks_whether_it_has_waited.iter().any(asks)
}

/// Whether a statement looks again, since the one before it has waited: a clock tells whether it has.
pub fn looks_again(statement: &str) -> bool {
    statement.contains(" SKIP LOCKED")
}

/// The statements that write, in short: the verb and the table.
pub fn writes(statements: &[String]) -> Vec<String> {
    let plain = |text: &str| text.replace(['`', '"'], "");
    let texts = of_rows(statements).into_iter().map(plain);
    let write = |text: String| {
        let mut words = text
            .split_whitespace()
            .skip_while(|word| !["UPDATE", "INSERT", "DELETE"].contains(word));
        let verb = words.next()?;
        let mut table = words.find(|word| !["INTO", "FROM"].contains(word))?;
        if table == "(SELECT" {
            table = joined(&text)?;
        }
        Some(format!("{verb} {table}"))
    };
    texts.filter_map(write).collect()
}

/// The columns that an UPDATE statement sets, as `table.column`, or none for another statement.
pub fn columns_set(statement: &str) -> Vec<String> {
    let plain = text(statement).replace(['`', '"'], "");
    let Some((update, rest)) = plain.split_once(" SET ") else {
        return Vec::new();
    };
    let first = || {
        let mut words = update.split_whitespace();
        let is_update = |word: &&str| word.trim_start_matches('(') == "UPDATE";
        words.find(is_update).and(words.next())
    };
    let table = joined(update).or_else(first).unwrap_or_default();
    let assignments = rest
        .split(" FROM ")
        .next()
        .unwrap_or(rest)
        .split(" WHERE ")
        .next()
        .unwrap_or(rest);
    let names = assignments
        .split(", ")
        .filter_map(|assignment| assignment.split_once(" = "));
    names
        .map(|(name, _)| format!("{table}.{}", name.trim().rsplit('.').next().unwrap_or(name)))
        .collect()
}

/// The table that a list of values is joined to, where an UPDATE begins with the list.
fn joined(update: &str) -> Option<&str> {
    let (_, table) = update.split_once(" STRAIGHT_JOIN ")?;
    table.split_whitespace().next()
}
