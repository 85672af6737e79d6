//! Differences as lines of JSON: what `check --json` prints, and `repair --from` reads.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;

use maintained_core::operations::{self, Difference, Report};
use maintained_core::{Database, MaintainedConnection};
use serde::{Deserialize, Serialize};

use super::{Failure, Which};

/// How many rows of a list are mended by one operation.
const ROWS: usize = 500;

/// A difference as a line of JSON.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Line {
    model: String,
    field: String,
    key: String,
    /// A condition that finds the row, as SQL.
    row: String,
    stored: Option<String>,
    computed: Option<String>,
    /// False where the row only seems to differ.
    #[serde(default = "yes")]
    verified: bool,
}

fn yes() -> bool {
    true
}

/// What came of it, as a line of JSON.
#[derive(Debug, Serialize)]
pub(super) struct End<'r> {
    seen: usize,
    differing: usize,
    written: usize,
    unverified: usize,
    batches: usize,
    retries: usize,
    failures: Vec<Failed<'r>>,
}

/// Rows that could not be computed, and why.
#[derive(Debug, Serialize)]
struct Failed<'r> {
    rows: &'r [String],
    error: &'r str,
}

/// Mends the rows in a list of differences.
///
/// What is wrong with a row is mended at once: whatever reads several of its fields would be
/// computed from some that are still wrong otherwise.
pub(super) fn mend<C: Database>(
    which: &Which,
    file: &PathBuf,
    conn: &mut MaintainedConnection<C>,
    out: &mut impl Write,
) -> Result<bool, Failure> {
    let mut all = Report::default();
    for ((model, fields), rows) in alike(lines(file)?) {
        for rows in rows.chunks(ROWS) {
            let operation = which
                .of(operations::repair())
                .fields(fields.iter().cloned());
            let operation = operation.rows_where(&model, rows.join(" OR "));
            let report = C::value(operation.run(conn))?;
            all.add(report);
        }
    }
    which.tell(Ok(all), out)
}

/// A model, and some of its fields.
type Fields = (String, BTreeSet<String>);

/// Rows by what is wrong with them, in the order of the list.
fn alike(lines: Vec<Line>) -> Vec<(Fields, Vec<String>)> {
    let mut rows: Vec<((String, String), BTreeSet<String>)> = Vec::new();
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for line in lines {
        let field = format!("{}::{}", line.model, line.field);
        let row = (line.model, format!("({})", line.row));
        let place = *places.entry(row.clone()).or_insert_with(|| {
            rows.push((row, BTreeSet::new()));
            rows.len() - 1
        });
        rows[place].1.insert(field);
    }
    let mut alike: Vec<(Fields, Vec<String>)> = Vec::new();
    let mut places: HashMap<Fields, usize> = HashMap::new();
    for ((model, row), fields) in rows {
        let kind = (model, fields);
        let place = *places.entry(kind.clone()).or_insert_with(|| {
            alike.push((kind, Vec::new()));
            alike.len() - 1
        });
        alike[place].1.push(row);
    }
    alike
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

impl Line {
    pub(super) fn of(difference: &Difference) -> Self {
        Self {
            model: difference.model.to_owned(),
            field: difference.field.to_owned(),
            key: difference.key.clone(),
            row: difference.row.clone(),
            stored: difference.stored.clone(),
            computed: difference.computed.clone(),
            verified: difference.is_verified,
        }
    }
}

impl<'r> Failed<'r> {
    fn of(failure: &'r operations::Failure) -> Self {
        Self {
            rows: &failure.rows,
            error: &failure.error,
        }
    }
}

impl<'r> End<'r> {
    pub(super) fn of(report: &'r Report) -> Self {
        Self {
            seen: report.seen,
            differing: report.differing,
            written: report.written,
            unverified: report.unverified,
            batches: report.batches,
            retries: report.retries,
            failures: report.failures.iter().map(Failed::of).collect(),
        }
    }
}
