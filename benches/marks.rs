//! What pending marks cost: `cargo bench --bench marks`.
//!
//! Rows are touched in a buffered scope, so that each leaves a mark. Printed are the memory that the marks hold (the
//! process's resident set before and after, where the system tells it) and the time that it took to read the rows and
//! leave the marks: twice the rows should take twice as long.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
#![allow(missing_docs, reason = "Diesel's `table!` documents nothing")]

use std::time::Instant;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { numbers (id) { id -> Integer, value -> Integer, double -> Integer } }
diesel::table! { names (code) { code -> Text, value -> Integer, double -> Integer } }

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = numbers)]
struct Number {
    id: i32,
    value: i32,
    #[maintained]
    double: i32,
}

#[maintained::setters]
impl Number {
    #[setter]
    fn double(&self) -> i32 {
        self.value * 2
    }
}

#[derive(Queryable, Selectable, Maintained)]
#[diesel(table_name = names, primary_key(code))]
struct Name {
    code: String,
    value: i32,
    #[maintained]
    double: i32,
}

#[maintained::setters]
impl Name {
    #[setter]
    fn double(&self) -> i32 {
        self.value * 2
    }
}

type Conn = MaintainedConnection<SqliteConnection>;
type Failure = Box<dyn std::error::Error>;

const CREATE: &str = "
    CREATE TABLE numbers (id INTEGER PRIMARY KEY NOT NULL, value INTEGER NOT NULL, double INTEGER NOT NULL DEFAULT 0);
    CREATE TABLE names (code TEXT PRIMARY KEY NOT NULL, value INTEGER NOT NULL, double INTEGER NOT NULL DEFAULT 0);
";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, key, rows] = arguments.as_slice()
        && let Ok(rows) = rows.parse()
    {
        return match key.as_str() {
            "integer" => measure::<Number>(key, rows, &(1..=rows).collect::<Vec<_>>()),
            _ => measure::<Name>(key, rows, &(1..=rows).map(code).collect::<Vec<_>>()),
        };
    }
    println!("key        rows  marks (MiB)   touch (ms)   flush (ms)");
    for key in ["integer", "text"] {
        for rows in ["100000", "200000", "400000"] {
            // A process of its own: what another measurement has given back would not count again.
            std::process::Command::new(std::env::current_exe()?)
                .args([key, rows])
                .status()?;
        }
    }
    Ok(())
}

/// A key as long as a UUID is when it is written out.
fn code(number: i32) -> String {
    format!("{number:036}")
}

fn measure<M>(key: &str, rows: i32, keys: &[M::Key]) -> Result<(), Failure>
where
    M: Maintained + maintained::__private::Stored<diesel::sqlite::Sqlite>,
{
    let mut conn = Conn::establish(":memory:")?;
    conn.batch_execute(CREATE)?;
    conn.batch_execute(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO numbers (id, value) SELECT i, i FROM n;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO names (code, value) SELECT printf('%036d', i), i FROM n;"
    ))?;
    let before = resident();
    let begin = Instant::now();
    let mut touched = 0.0;
    let mut held = None;
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        // In parts, so that what a part reads is given back before the marks are weighed.
        for part in keys.chunks(1_000) {
            M::touch(conn, part)?;
        }
        touched = begin.elapsed().as_secs_f64();
        held = before
            .zip(resident())
            .map(|(before, after)| after.saturating_sub(before));
        Ok(())
    })?;
    let flushed = begin.elapsed().as_secs_f64() - touched;
    let held = held.map_or("unknown".to_owned(), |bytes| {
        let tenths = bytes * 10 / 1_048_576;
        format!("{}.{}", tenths / 10, tenths % 10)
    });
    println!(
        "{key:8} {rows:6} {held:>12} {:12.0} {:12.0}",
        touched * 1e3,
        flushed * 1e3
    );
    Ok(())
}

/// The bytes that the process holds in memory.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}
