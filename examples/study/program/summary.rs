//! Prints what was loaded, what the flush did, and how the maintained fields stand.

use std::io::{self, Write};
use std::time::Duration;

use diesel::prelude::*;
use maintained::FlushReport;

use super::Conn;
use super::error::LoadError;
use super::loaded::Loaded;
use super::models::{Animal, Compound};
use super::schema::{animals, compounds, fcircs, infusates, samples, tracers};

/// How many refusals are printed one by one.
const REFUSALS: usize = 20;

/// How many animals are shown.
const ANIMALS: i64 = 5;

/// What was loaded, and how long that took, the flush apart.
pub(super) fn loaded(
    out: &mut impl Write,
    loaded: &Loaded,
    load: Duration,
    flush: Duration,
) -> io::Result<()> {
    let sheets = loaded.sheets().iter();
    let sheets: Vec<String> = sheets
        .map(|(sheet, rows)| format!("{rows} {sheet}"))
        .collect();
    writeln!(
        out,
        "loaded {} rows: {}",
        loaded.rows(),
        sheets.join(", ").replace('_', " ")
    )?;
    writeln!(
        out,
        "time: rows {:.3} s, flush {:.3} s",
        load.as_secs_f64(),
        flush.as_secs_f64()
    )
}

/// The rows that were refused, each with its place.
pub(super) fn refusals(out: &mut impl Write, loaded: &Loaded) -> io::Result<()> {
    let refusals = loaded.refusals();
    if refusals.is_empty() {
        return Ok(());
    }
    writeln!(out, "refused: {}", refusals.len())?;
    for refusal in refusals.iter().take(REFUSALS) {
        writeln!(out, "  {refusal}")?;
    }
    match refusals.len().saturating_sub(REFUSALS) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more"),
    }
}

/// What a flush did.
pub(super) fn flush(out: &mut impl Write, what: &str, report: &FlushReport) -> io::Result<()> {
    writeln!(
        out,
        "\n{what}: {} statements in {:.3} s",
        report.statements,
        report.time.as_secs_f64()
    )?;
    writeln!(
        out,
        "{:<18} {:>9} {:>9} {:>9}",
        "model", "read", "computed", "changed"
    )?;
    for (model, work) in &report.models {
        writeln!(
            out,
            "{model:<18} {:>9} {:>9} {:>9}",
            work.read, work.computed, work.changed
        )?;
    }
    Ok(())
}

/// Some rows with their maintained fields.
pub(super) fn sample(out: &mut impl Write, conn: &mut Conn) -> Result<(), LoadError> {
    writeln!(out, "\nthe tracers")?;
    let tracers = tracers::table.order(tracers::id);
    names(
        out,
        tracers
            .select((tracers::name, tracers::label_combo))
            .load(conn)?,
    )?;
    writeln!(out, "the infusates")?;
    let infusates = infusates::table.order(infusates::id);
    names(
        out,
        infusates
            .select((infusates::name, infusates::label_combo))
            .load(conn)?,
    )?;

    writeln!(out, "the first animals")?;
    let first: Vec<Animal> = animals::table
        .order(animals::id)
        .limit(ANIMALS)
        .select(Animal::as_select())
        .load(conn)?;
    for animal in first {
        let last: Option<String> = samples::table
            .filter(samples::id.nullable().eq(animal.last_serum_sample_id))
            .select(samples::name)
            .first(conn)
            .optional()?;
        let last = last.as_deref().unwrap_or("none");
        let labels = animal.label_combo.as_deref().unwrap_or("none");
        writeln!(
            out,
            "  {}: labels {labels}, last serum sample {last}",
            animal.name
        )?;
    }

    writeln!(out, "the compounds that are traced")?;
    let traced: Vec<Compound> = compounds::table
        .filter(compounds::animals_by_tracer.gt(0))
        .order((compounds::animals_by_tracer.desc(), compounds::id))
        .select(Compound::as_select())
        .load(conn)?;
    for compound in traced {
        let animals = compound.animals_by_tracer.unwrap_or_default();
        writeln!(out, "  {}: in {animals} animals", compound.name)?;
    }

    let all: i64 = fcircs::table.count().get_result(conn)?;
    let last: i64 = fcircs::table
        .filter(fcircs::is_last.eq(true))
        .count()
        .get_result(conn)?;
    writeln!(out, "of {all} circulatory fluxes, {last} are the last")?;
    Ok(())
}

/// Names with the labels that they stand for.
fn names(out: &mut impl Write, rows: Vec<(Option<String>, Option<String>)>) -> io::Result<()> {
    for (name, combo) in rows {
        let name = name.as_deref().unwrap_or("(no name)");
        match combo {
            Some(combo) => writeln!(out, "  {name}  ({combo})")?,
            None => writeln!(out, "  {name}")?,
        }
    }
    Ok(())
}

/// How many fields are stale.
pub(super) fn stale(out: &mut impl Write, stale: &[(&str, usize)]) -> io::Result<()> {
    writeln!(
        out,
        "\nstale fields: {}",
        stale.iter().map(|(_, rows)| rows).sum::<usize>()
    )?;
    for (field, rows) in stale.iter().filter(|(_, rows)| *rows > 0) {
        writeln!(out, "  {field}: {rows}")?;
    }
    Ok(())
}
