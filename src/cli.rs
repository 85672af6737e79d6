//! A command that sees and mends what has drifted, to be mounted in a program's own.
//!
//! Maintained fields are declared in your program, so the command has to be a part of it. It is a
//! subcommand for [`clap`](https://docs.rs/clap):
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use clap::Parser;
//! use diesel::prelude::*;
//! use maintained::prelude::*;
//!
//! /// Manages the shop.
//! #[derive(Parser)]
//! struct Options {
//!     #[command(subcommand)]
//!     command: maintained::cli::Command,
//! }
//!
//! fn main() -> ExitCode {
//!     let options = Options::parse();
//!     let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db").unwrap();
//!     options.command.run(&mut conn)
//! }
//! ```
//!
//! The command ends with 0 where nothing differs, with 1 where something does (or did, before it
//! was mended; or where a field is not current), and with 2 after an error, which it writes to the
//! standard error.

use std::fmt;
use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use maintained_core::operations::{self, Difference, Operation, Progress, Report};
use maintained_core::{Database, MaintainedConnection};
use serde::{Deserialize, Serialize};

/// How many rows of a list are mended by one operation.
const ROWS: usize = 500;
/// The end of a command that has found something.
const DIFFERS: u8 = 1;
/// The end of a command that has failed.
const FAILED: u8 = 2;

/// Sees and mends maintained fields that are not what they should be.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say of each maintained field whether its rows follow from the definition that this program
    /// has
    Status {
        /// Print JSON, a line for each field
        #[arg(long)]
        json: bool,
    },
    /// Make the table `maintained_fields`, which `status` reads and `rebuild` writes
    Setup {
        /// Record that all fields follow from their definitions, without looking: for a database
        /// that is known to be right
        #[arg(long)]
        adopt: bool,
    },
    /// Find the rows whose maintained fields differ from what they should be; write nothing
    Check(Which),
    /// Find the rows whose maintained fields differ, and write what they should be
    Repair {
        /// Which fields and rows are meant
        #[command(flatten)]
        which: Which,
        /// Mend only the rows in this list, as `check --json` prints it; `-` reads the standard
        /// input. It holds conditions in SQL, which are run: it must not come from a stranger
        #[arg(long, value_name = "FILE", conflicts_with_all = ["models", "fields", "labels", "conditions"])]
        from: Option<PathBuf>,
    },
    /// Compute maintained fields of all rows anew, and write those that differ
    Rebuild(Which),
}

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

/// A difference as a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    model: String,
    field: String,
    key: String,
    /// A condition that finds the row, as SQL.
    row: String,
    stored: Option<String>,
    computed: Option<String>,
}

/// What came of it, as a line of JSON.
#[derive(Debug, Serialize)]
struct End<'r> {
    seen: usize,
    differing: usize,
    written: usize,
    batches: usize,
    retries: usize,
    failures: Vec<&'r str>,
}

impl Command {
    /// Runs the command, and says how the program should end.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use maintained::prelude::*;
    /// # fn main() -> std::process::ExitCode {
    /// # let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db").unwrap();
    /// let status = maintained::cli::Command::Status { json: false };
    /// status.run(&mut conn)
    /// # }
    /// ```
    pub fn run<C: Database>(&self, conn: &mut MaintainedConnection<C>) -> ExitCode {
        let mut out = io::stdout().lock();
        ExitCode::from(self.run_to(conn, &mut out))
    }

    /// Runs the command, and writes what it has to say to `out`: 0 where nothing differs, 1 where
    /// something does, 2 after an error.
    ///
    /// ```no_run
    /// # use diesel::prelude::*;
    /// # use maintained::prelude::*;
    /// # let mut conn = MaintainedConnection::<SqliteConnection>::establish("shop.db").unwrap();
    /// let mut said = Vec::new();
    /// let status = maintained::cli::Command::Status { json: true };
    /// assert_eq!(status.run_to(&mut conn, &mut said), 0);
    /// ```
    pub fn run_to<C: Database>(
        &self,
        conn: &mut MaintainedConnection<C>,
        out: &mut impl Write,
    ) -> u8 {
        match self.try_run(conn, out) {
            Ok(true) => 0,
            Ok(false) => DIFFERS,
            Err(error) => {
                // Where nobody hears of an error, its number is all that is left.
                writeln!(io::stderr(), "error: {error}").ok();
                FAILED
            }
        }
    }

    fn try_run<C: Database>(
        &self,
        conn: &mut MaintainedConnection<C>,
        out: &mut impl Write,
    ) -> Result<bool, Failure> {
        let (which, operation) = match self {
            Self::Status { json } => return status(*json, conn, out),
            Self::Setup { adopt } => {
                C::value(operations::set_up(conn))?;
                if *adopt {
                    C::value(operations::adopt(conn))?;
                }
                return Ok(true);
            }
            Self::Check(which) => (which, operations::check()),
            Self::Repair {
                which,
                from: Some(file),
            } => return mend(which, file, conn, out),
            Self::Repair { which, .. } => (which, operations::repair()),
            Self::Rebuild(which) => (which, operations::rebuild()),
        };
        let report = C::value(which.of(operation).run(conn))?;
        which.tell(&report, out)?;
        Ok(report.is_clean())
    }
}

/// Says which fields are current; they differ where some are not.
fn status<C: Database>(
    json: bool,
    conn: &mut MaintainedConnection<C>,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let status = C::value(operations::status(conn))?;
    if json {
        for field in &status.fields {
            let (model, name) = (&field.model, &field.field);
            let state = field.state.to_string();
            let line = serde_json::json!({ "model": model, "field": name, "state": state });
            writeln!(out, "{line}")?;
        }
    } else {
        writeln!(out, "{status}")?;
    }
    Ok(status.is_current())
}

/// Mends the rows in a list of differences.
fn mend<C: Database>(
    which: &Which,
    file: &PathBuf,
    conn: &mut MaintainedConnection<C>,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let mut all = Report::default();
    let mut lines = lines(file)?;
    lines.sort_by_key(field);
    for chunk in lines.chunk_by(|one, other| field(one) == field(other)) {
        for chunk in chunk.chunks(ROWS) {
            let rows: Vec<String> = chunk.iter().map(|it| format!("({})", it.row)).collect();
            let operation = which.of(operations::repair()).fields([field(&chunk[0])]);
            let operation = operation.rows_where(&chunk[0].model, rows.join(" OR "));
            let report = C::value(operation.run(conn))?;
            all.add(report);
        }
    }
    which.tell(&all, out)?;
    Ok(all.is_clean())
}

fn field(line: &Line) -> String {
    format!("{}::{}", line.model, line.field)
}

/// The differences in a file, as `check --json` prints them; its last line, which counts them, is
/// passed over.
fn lines(file: &PathBuf) -> Result<Vec<Line>, Failure> {
    let reader: Box<dyn BufRead> = if file.as_os_str() == "-" {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let opened = std::fs::File::open(file);
        let opened = opened.map_err(|error| Failure(format!("{}: {error}", file.display())))?;
        Box::new(BufReader::new(opened))
    };
    let mut lines = Vec::new();
    for (at, text) in reader.lines().enumerate() {
        let text = text?;
        let value: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| Failure(format!("line {} is no JSON: {error}", at + 1)))?;
        if value.get("model").is_none() && value.get("seen").is_some() {
            continue;
        }
        let line = serde_json::from_value(value).map_err(|error| {
            Failure(format!(
                "line {} is no line of `check --json`: {error}",
                at + 1
            ))
        })?;
        lines.push(line);
    }
    Ok(lines)
}

impl Which {
    /// The operation for what is meant.
    fn of<C: Database>(&self, operation: Operation<C>) -> Operation<C> {
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
    fn tell(&self, report: &Report, out: &mut impl Write) -> Result<(), Failure> {
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
        Ok(())
    }
}

fn show(bar: &ProgressBar, progress: &Progress) {
    let fields = progress.fields.join(", ");
    bar.set_message(format!("{}: {fields}", progress.model));
    bar.set_length(u64::try_from(progress.rows.max(progress.seen)).unwrap_or(u64::MAX));
    bar.set_position(u64::try_from(progress.seen).unwrap_or(u64::MAX));
}

impl Line {
    fn of(difference: &Difference) -> Self {
        Self {
            model: difference.model.to_owned(),
            field: difference.field.to_owned(),
            key: difference.key.clone(),
            row: difference.row.clone(),
            stored: difference.stored.clone(),
            computed: difference.computed.clone(),
        }
    }
}

impl<'r> End<'r> {
    fn of(report: &'r Report) -> Self {
        Self {
            seen: report.seen,
            differing: report.differing,
            written: report.written,
            batches: report.batches,
            retries: report.retries,
            failures: report.failures.iter().map(|it| it.error.as_str()).collect(),
        }
    }
}

/// Why a command has failed.
#[derive(Debug)]
struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}
