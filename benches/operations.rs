//! Rebuild and check beside django-computedfields' `updatedata --mode fast` and `checkdata`, on the
//! same tables: `cargo xtask bench --peers` runs this after the shop.
//!
//! Django makes and fills the tables and is measured first, by the script that `--script` names.
//! What it has computed is what the library's check has to find right. Printed are rows a second.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a benchmark prints its figures"
)]
#![allow(clippy::unwrap_used, reason = "a benchmark may panic")]
#![allow(dead_code, reason = "of the shop only the models are needed")]

use std::process::{Command, Stdio};
use std::time::Instant;

use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::operations::{self, Operation};
use maintained::{Database, MaintainedConnection};
use serde::Deserialize;

#[path = "shop/data.rs"]
mod data;
#[path = "shop/label.rs"]
mod label;
#[path = "shop/new_rows.rs"]
mod new_rows;
#[path = "shop/schema.rs"]
mod schema;
#[path = "shop/setters.rs"]
mod setters;

/// The schema or database that the script uses.
const PLACE: &str = "maintained_bench";

#[derive(Debug, Parser)]
struct Options {
    /// Only this database: `sqlite`, `postgres` or `mysql`; may be given several times
    #[arg(long)]
    database: Vec<String>,
    /// How many items there are; an order has ten, and a customer ten orders
    #[arg(long, default_value_t = 100_000)]
    items: usize,
    /// How often each is measured; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A Python that has django-computedfields
    #[arg(long)]
    python: String,
    /// The script that measures it
    #[arg(long)]
    script: String,
    /// What `cargo bench` says
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a side has taken, in seconds.
#[derive(Debug, Deserialize)]
struct Taken {
    /// The rows that have maintained fields.
    rows: usize,
    rebuild: f64,
    check: f64,
}

fn main() {
    let options = Options::parse();
    let wanted =
        |name: &str| options.database.is_empty() || options.database.iter().any(|it| it == name);
    if wanted("sqlite") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("shop.db");
        let file = file.to_str().unwrap();
        let django = django(&options, &["--database", "sqlite", "--file", file]);
        measure(
            &options,
            "SQLite",
            &django,
            SqliteConnection::establish(file).unwrap(),
        );
    }
    #[cfg(feature = "postgres")]
    if wanted("postgres") {
        let django = django(&options, &["--database", "postgres"]);
        let server = std::env::var("POSTGRES_DATABASE_URL").unwrap();
        let mut conn = PgConnection::establish(&server).unwrap();
        let place = format!("SET search_path = {PLACE}; SET client_min_messages = warning");
        conn.batch_execute(&place).unwrap();
        measure(&options, "PostgreSQL", &django, conn);
    }
    #[cfg(feature = "mysql")]
    if wanted("mysql") {
        let django = django(&options, &["--database", "mysql"]);
        let server = std::env::var("MYSQL_DATABASE_URL").unwrap();
        let mut conn = MysqlConnection::establish(&server).unwrap();
        conn.batch_execute(&format!("USE {PLACE}")).unwrap();
        measure(&options, "MariaDB", &django, conn);
    }
}

/// Has Django make the tables and measure.
fn django(options: &Options, words: &[&str]) -> Taken {
    let output = Command::new(&options.python)
        .arg(&options.script)
        .args(words)
        .args(["--items", &options.items.to_string()])
        .args(["--rounds", &options.rounds.to_string()])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "the script has failed");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn measure<C>(options: &Options, name: &str, django: &Taken, inner: C)
where
    C: Database + SimpleConnection,
{
    let mut conn = MaintainedConnection::new(inner);
    let median =
        |conn: &mut MaintainedConnection<C>, forgets: bool, operation: fn() -> Operation<C>| {
            let mut seconds: Vec<f64> = (0..options.rounds.max(1))
                .map(|_| {
                    if forgets {
                        let inner = conn.inner_mut();
                        inner
                            .batch_execute("UPDATE customers SET spent_cents = 0")
                            .unwrap();
                        let orders = "UPDATE orders SET total_cents = 0, label = ''";
                        inner.batch_execute(orders).unwrap();
                    }
                    let begin = Instant::now();
                    let report = C::value(operation().run(conn)).unwrap();
                    let seconds = begin.elapsed().as_secs_f64();
                    assert_eq!(
                        report.is_clean(),
                        !forgets,
                        "both compute the same: {report:?}"
                    );
                    seconds
                })
                .collect();
            seconds.sort_by(f64::total_cmp);
            seconds[seconds.len() / 2]
        };
    let check = median(&mut conn, false, operations::check);
    let rebuild = median(&mut conn, true, operations::rebuild);
    let report = C::value(operations::check().run(&mut conn)).unwrap();
    assert!(report.is_clean(), "{report:?}");
    println!(
        "{name}, {} rows with fields, of {} items:",
        django.rows, options.items
    );
    let rows = django.rows as f64;
    for (what, theirs, ours) in [
        ("rebuild", django.rebuild, rebuild),
        ("check", django.check, check),
    ] {
        println!(
            "  {what}: django-computedfields {:.0} rows a second, maintained {:.0}, {:.1} times as many",
            rows / theirs,
            rows / ours,
            theirs / ours
        );
    }
}
