//! What the study does on a database: it is the same on all of them.

pub(crate) mod check;
mod keys;
pub(crate) mod loaders;
mod progress;
mod summary;
pub(crate) mod what_if;

use std::io::Write;
use std::time::{Duration, Instant};

use diesel_migrations::MigrationHarness;
use maintained::MaintainedConnection;

use super::super::{error, loaded, models, options, schema, sheets};
use super::{Inner, MIGRATIONS, connect};
use error::LoadError;
use loaded::Loaded;
use options::Options;
use progress::Progress;
use sheets::Study;

/// Maintained fields stay right on this connection; for the rest it is Diesel's.
pub(crate) type Conn = MaintainedConnection<Inner>;

/// Opens a database, and makes the tables where they are missing.
pub(crate) fn open(url: &str) -> Result<Conn, LoadError> {
    let cannot_open = |reason: String| LoadError::Open {
        url: url.to_owned(),
        reason,
    };
    let inner = connect(url).map_err(|error| cannot_open(error.to_string()))?;
    let mut conn = Conn::new(inner);
    conn.run_pending_migrations(MIGRATIONS)
        .map_err(|error| cannot_open(error.to_string()))?;
    Ok(conn)
}

/// Loads a study and prints how its maintained fields stand.
pub(crate) fn run(
    url: &str,
    study: &Study,
    options: &Options,
    out: &mut impl Write,
) -> Result<(), LoadError> {
    let mut conn = open(url)?;
    let started = Instant::now();
    let loaded = match load(&mut conn, study, options) {
        Ok(loaded) | Err(LoadError::DryRun(loaded)) => loaded,
        Err(error) => {
            if let LoadError::Nothing(loaded) = &error {
                summary::refusals(out, loaded)?;
            }
            return Err(error);
        }
    };
    let took = started.elapsed();

    let report = conn.last_flush().filter(|_| !options.dry_run).cloned();
    let flush = report.as_ref().map_or(Duration::ZERO, |report| report.time);
    summary::loaded(out, &loaded, took.saturating_sub(flush), flush)?;
    summary::refusals(out, &loaded)?;
    if options.dry_run {
        writeln!(out, "this was a dry run: all of it is rolled back")?;
        return Ok(());
    }
    if let Some(report) = report {
        summary::flush(out, "flush", &report)?;
    }
    summary::sample(out, &mut conn)?;
    if let Some(report) = what_if::a_peak_group_goes(&mut conn)? {
        summary::flush(out, "if one peak group went", &report)?;
    }
    summary::stale(out, &check::stale_fields(&mut conn)?)?;
    if !(options.only.is_empty() && options.except.is_empty()) {
        writeln!(
            out,
            "what the labels left out is a debt; `touch` on the rows pays it"
        )?;
    }
    Ok(())
}

/// Loads the sheets. The attribute makes this one scope, which is a transaction: it flushes at its end, once, and rolls
/// back where an error leaves it. Each sheet's loader runs in a scope of its own inside it.
#[maintained::buffer_autoupdates]
fn load(conn: &mut Conn, study: &Study, options: &Options) -> Result<Loaded, LoadError> {
    let progress = Progress::new(study, options.scale.get());
    let loaded = loaders::load(conn, study, options, &progress)?;
    if loaded.rows() == 0 && !loaded.refusals().is_empty() {
        return Err(LoadError::Nothing(loaded));
    }
    if options.dry_run {
        return Err(LoadError::DryRun(loaded));
    }
    Ok(loaded)
}
