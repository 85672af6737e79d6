//! Loads a shop's CSV files into a database whose derived columns stay right.
//!
//! ```text
//! cargo run --release --example bulk_load -- --scale 50
//! ```
//!
//! The models, and what their maintained fields follow from, are in `models.rs`. The load is in `load.rs`: it writes
//! rows and knows nothing of what follows from them. The scope in [`run`] decides when that is brought up to date.

pub(crate) mod check;
mod database;
mod error;
mod insert;
mod keys;
mod load;
pub(crate) mod models;
pub(crate) mod options;
pub(crate) mod schema;
mod shop;
mod summary;

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};

use self::database::Conn;
use self::error::LoadError;
use self::load::Loaded;
use self::options::{LoadMode, Options};
use self::shop::Shop;

fn main() -> ExitCode {
    execute(
        &Options::parse(),
        &mut io::stdout().lock(),
        &mut io::stderr().lock(),
    )
}

/// Runs the example; what ends it goes to `errors`.
pub(crate) fn execute(
    options: &Options,
    out: &mut impl Write,
    errors: &mut impl Write,
) -> ExitCode {
    let Err(error) = run(options, out) else {
        return ExitCode::SUCCESS;
    };
    // Where even this cannot be written, the exit code is all that is left to say.
    writeln!(errors, "error: {error}").ok();
    ExitCode::FAILURE
}

/// The whole example: reads, loads in one scope, and prints how the maintained fields stand.
fn run(options: &Options, out: &mut impl Write) -> Result<(), LoadError> {
    let shop = Shop::read(&options.folder)?;
    let mut conn = database::open(options)?;

    let started = Instant::now();
    let loaded = match load_in_scope(&mut conn, &shop, options) {
        Ok(loaded) | Err(LoadError::DryRun(loaded)) => loaded,
        Err(error) => {
            if let LoadError::Nothing(refusals) = &error {
                summary::refusals(out, refusals)?;
            }
            return Err(error);
        }
    };
    let took = started.elapsed();

    let report = conn
        .last_flush()
        .filter(|_| options.mode == LoadMode::Buffered && !options.dry_run)
        .cloned();
    let flush = report.as_ref().map_or(Duration::ZERO, |report| report.time);
    summary::loaded(out, &loaded, took.saturating_sub(flush), flush)?;
    summary::refusals(out, &loaded.refusals)?;
    if options.dry_run {
        writeln!(out, "this was a dry run: all of it is rolled back")?;
        return Ok(());
    }
    if let Some(report) = report {
        summary::flush(out, &report)?;
    }
    if options.touch {
        database::touch_all(&mut conn)?;
        writeln!(out, "\ntouched every row")?;
    }
    summary::sample(out, &mut conn)?;
    summary::stale(out, &check::stale_fields(&mut conn)?)?;
    if options.mode == LoadMode::Disabled && !options.touch {
        writeln!(
            out,
            "this is the debt of a disabled load; `touch` pays it: run with --touch"
        )?;
    }
    Ok(())
}

/// Loads the shop in one scope, which is a transaction: it flushes at its end, and rolls back where an error leaves it.
fn load_in_scope(conn: &mut Conn, shop: &Shop, options: &Options) -> Result<Loaded, LoadError> {
    let progress = ProgressBar::new(shop.rows as u64 * u64::from(options.scale.get()));
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} rows, {eta} left")
    {
        progress.set_style(style);
    }

    let result = options.scope().run(conn, |conn| {
        database::prepare(conn, options)?;
        let loaded = load::load(conn, shop, options.scale.get(), &progress)?;
        if loaded.rows() == 0 && !loaded.refusals.is_empty() {
            return Err(LoadError::Nothing(loaded.refusals));
        }
        if options.dry_run {
            return Err(LoadError::DryRun(loaded));
        }
        Ok(loaded)
    });
    progress.finish_and_clear();
    result
}
