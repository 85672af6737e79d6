//! Which fields and rows are meant, and how what came of them is told.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use maintained_core::operations::{Operation, Progress, Report};
use maintained_core::{Database, Error};

use super::Failure;
use super::lines::{End, Line};

/// Which fields and rows are meant: all, unless it is said otherwise.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// Only fields of this model; may be given several times
    #[arg(long = "model", value_name = "MODEL")]
    models: Vec<String>,
    /// Only this field, as `Order::total_cents`; may be given several times
    #[arg(long = "field", value_name = "MODEL::FIELD")]
    fields: Vec<String>,
    /// Only the fields of setters with this label; may be given several times
    #[arg(long = "label", value_name = "LABEL")]
    labels: Vec<String>,
    /// Only rows of a model that meet a condition in SQL, as `Order: customer_id = 7`
    #[arg(long = "where", value_name = "MODEL: CONDITION", value_parser = condition)]
    conditions: Vec<(String, String)>,
    /// Only rows of a model whose keys lie between two, as `Order: 1..1000`; either may be missing.
    /// Keys are written as in SQL
    #[arg(long = "keys", value_name = "MODEL: FROM..TO", value_parser = keys)]
    keys: Vec<Keys>,
    /// How many jobs work at once, each on a connection of its own
    #[arg(long, default_value_t = 1)]
    pub(super) jobs: usize,
    /// How many rows a batch has
    #[arg(long, default_value_t = 1_000)]
    batch: usize,
    /// How many milliseconds to wait between two batches
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pause: u64,
    /// How many differences to list; all are counted
    #[arg(long, value_name = "DIFFERENCES", default_value_t = 100)]
    list: usize,
    /// Print JSON, a line for each difference and one for the end, which lists all of them
    #[arg(long)]
    json: bool,
}

/// Keys of a model between two.
#[derive(Debug, Clone)]
struct Keys {
    model: String,
    from: Option<String>,
    to: Option<String>,
}

/// Parses `MODEL: FROM..TO`.
fn keys(text: &str) -> Result<Keys, String> {
    let wrong = || "write the model, a colon, and two keys: `Order: 1..1000`".to_owned();
    let (model, range) = text.split_once(':').ok_or_else(wrong)?;
    let (from, to) = range.split_once("..").ok_or_else(wrong)?;
    let [from, to] = [from, to].map(|key| Some(key.trim().to_owned()).filter(|it| !it.is_empty()));
    if from.is_none() && to.is_none() {
        return Err(wrong());
    }
    let model = model.trim().to_owned();
    Ok(Keys { model, from, to })
}

/// Parses `MODEL: CONDITION`.
fn condition(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((model, condition)) if !condition.trim().is_empty() => {
            Ok((model.trim().to_owned(), condition.trim().to_owned()))
        }
        _ => {
            Err("write the model, a colon, and a condition in SQL: `Order: customer_id = 7`".into())
        }
    }
}

impl Which {
    /// The operation for what is meant.
    pub(super) fn of<C: Database>(&self, operation: Operation<C>) -> Operation<C> {
        let keep = if self.json { usize::MAX } else { self.list };
        let mut operation = operation
            .models(self.models.iter().cloned())
            .batch(self.batch)
            .pause(Duration::from_millis(self.pause))
            .keep(keep);
        if !self.fields.is_empty() {
            operation = operation.fields(self.fields.iter().cloned());
        }
        if !self.labels.is_empty() {
            operation = operation.labels(self.labels.iter().cloned());
        }
        for (model, condition) in &self.conditions {
            operation = operation.rows_where(model, condition);
        }
        for Keys { model, from, to } in &self.keys {
            operation = operation.keys_between(model, from.as_deref(), to.as_deref());
        }
        if self.json || !io::stderr().is_terminal() {
            return operation;
        }
        let bar = ProgressBar::new(0);
        let style = "{msg:30!} {bar:30} {human_pos} of {human_len} rows, {per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        operation.progress(move |progress| show(&bar, progress))
    }

    /// Says what came of it.
    pub(super) fn tell(
        &self,
        report: Result<Report, Error>,
        out: &mut impl Write,
    ) -> Result<bool, Failure> {
        let report = report?;
        self.print(&report, out)?;
        Ok(report.is_clean())
    }

    fn print(&self, report: &Report, out: &mut impl Write) -> Result<(), Failure> {
        if self.json {
            for difference in &report.differences {
                writeln!(out, "{}", serde_json::to_string(&Line::of(difference))?)?;
            }
            writeln!(out, "{}", serde_json::to_string(&End::of(report))?)?;
            return Ok(());
        }
        for difference in &report.differences {
            writeln!(out, "{difference}")?;
        }
        let unlisted = report.differing.saturating_sub(report.differences.len());
        if unlisted > 0 && !report.differences.is_empty() {
            writeln!(
                out,
                "{unlisted} more rows differ (`--list` says how many are listed)"
            )?;
        }
        for failure in &report.failures {
            writeln!(out, "{failure}")?;
        }
        let Report {
            seen,
            differing,
            written,
            ..
        } = report;
        writeln!(
            out,
            "{seen} rows seen, {differing} differed, {written} written"
        )?;
        if report.unverified > 0 {
            writeln!(
                out,
                "{} rows seem to differ: nothing can be written here, so that they could not be \
                 looked at under a lock; check them, or repair them by this list (`--json`, \
                 `repair --from`), where one may write",
                report.unverified
            )?;
        }
        Ok(())
    }
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let fields = progress.fields.join(", ");
    bar.set_message(format!("{}: {fields}", progress.model));
    bar.set_length(u64::try_from(progress.rows.max(progress.seen)).unwrap_or(u64::MAX));
    bar.set_position(u64::try_from(progress.seen).unwrap_or(u64::MAX));
}
