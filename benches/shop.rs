//! What keeping fields costs, against what one would write by hand: `cargo bench --bench shop`.
//!
//! A shop of items under orders under customers is loaded and changed in every way: by plain Diesel, by SQL at the end
//! or at each save, by triggers, and by the library in each of its modes. `SQLite` runs in memory; the other databases
//! run where `POSTGRES_DATABASE_URL` and `MYSQL_DATABASE_URL` say, with `--features postgres,mysql`. The variants take
//! turns, the medians count, and a variant counts only when its rows equal the others'. The results are printed and
//! written to `target/shop-bench.json`.
#![allow(
    missing_docs,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a benchmark prints its figures"
)]
#![allow(clippy::duplicate_mod, reason = "one text for all databases")]
#![allow(
    clippy::enum_variant_names,
    clippy::large_enum_variant,
    clippy::no_effect,
    clippy::unnecessary_wraps,
    clippy::unused_self,
    reason = "the changes are called by their names in the results, a shop is open once, some steps have no more to do, and SQLite has no address"
)]

use clap::Parser;

#[path = "shop/alone.rs"]
mod alone;
#[path = "shop/bars.rs"]
mod bars;
#[path = "shop/clock.rs"]
mod clock;
#[path = "shop/data.rs"]
mod data;
#[path = "shop/declared.rs"]
mod declared;
#[path = "shop/label.rs"]
mod label;
#[cfg(feature = "mysql")]
#[path = "shop/mysql.rs"]
mod mysql;
#[path = "shop/new_rows.rs"]
mod new_rows;
#[path = "shop/options.rs"]
mod options;
#[cfg(feature = "postgres")]
#[path = "shop/postgres.rs"]
mod postgres;
#[path = "shop/results.rs"]
mod results;
#[path = "shop/schema.rs"]
mod schema;
#[path = "shop/setters.rs"]
mod setters;
#[path = "shop/sql.rs"]
mod sql;
#[path = "shop/sqlite.rs"]
mod sqlite;
#[path = "shop/sum.rs"]
mod sum;
#[path = "shop/table.rs"]
mod table;
#[path = "shop/totals.rs"]
mod totals;

/// What can go wrong.
type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let options = options::Options::parse();
    if let Some(what) = &options.alone {
        sqlite::alone(&options, what)?;
        #[cfg(feature = "postgres")]
        postgres::alone(&options, what)?;
        #[cfg(feature = "mysql")]
        mysql::alone(&options, what)?;
        return Ok(());
    }
    let mut results = results::Results::default();
    sqlite::run(&options, &mut results)?;
    #[cfg(feature = "postgres")]
    postgres::run(&options, &mut results)?;
    #[cfg(feature = "mysql")]
    mysql::run(&options, &mut results)?;
    if let Some(file) = &options.join {
        results.join(serde_json::from_str(&std::fs::read_to_string(file)?)?)?;
    }
    table::print(&results);
    bars::print(&results);
    let folder = target()?;
    std::fs::write(
        folder.join("shop-bench.json"),
        format!("{:#}\n", results.json()),
    )?;
    Ok(())
}

/// The build folder, in which the benchmark itself was built.
fn target() -> Result<std::path::PathBuf, Failure> {
    let program = std::env::current_exe()?;
    let mut folders = program.ancestors();
    let target = folders.find(|folder| folder.join("CACHEDIR.TAG").is_file());
    Ok(target
        .ok_or("the benchmark is not in a build folder")?
        .to_owned())
}
