//! What an operation has found and done.

use std::fmt;

use crate::error::Error;

/// What a check, a repair or a rebuild has come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// How many rows were looked at: once for each pass over a model's table.
    pub seen: usize,
    /// How many rows differed.
    pub differing: usize,
    /// How many rows were written, what follows from the fields included.
    pub written: usize,
    /// How many rows seem to differ where nothing can be written, so that a
    /// [`check`](super::check) could not look at them once more: on a connection that only reads, or
    /// since a row of another batch holds a unique value that one of these needs. They may be what
    /// others were just changing, or values that their column rounds.
    pub unverified: usize,
    /// How many batches there were.
    pub batches: usize,
    /// How often the database refused a batch because of what others were doing, so that it was run
    /// again.
    pub retries: usize,
    /// The first differences, as many as are [kept](super::Operation::keep). A rebuild counts rows
    /// only.
    pub differences: Vec<Difference>,
    /// The rows that could not be computed, since a setter failed for them. They are left as they
    /// are.
    pub failures: Vec<Failure>,
}

impl Report {
    /// Adds what another operation has come to.
    ///
    /// ```
    /// # use maintained_core::operations::Report;
    /// fn sum(parts: Vec<Report>) -> Report {
    ///     let mut all = Report::default();
    ///     for part in parts {
    ///         all.add(part);
    ///     }
    ///     all
    /// }
    /// # assert_eq!(sum(vec![Report::default()]).seen, 0);
    /// ```
    pub fn add(&mut self, other: Self) {
        self.seen += other.seen;
        self.differing += other.differing;
        self.written += other.written;
        self.unverified += other.unverified;
        self.batches += other.batches;
        self.retries += other.retries;
        self.differences.extend(other.differences);
        self.failures.extend(other.failures);
    }

    /// Whether nothing differed or seems to, and every row could be computed.
    ///
    /// ```
    /// # use maintained_core::operations::Report;
    /// fn exit_code(report: &Report) -> u8 {
    ///     u8::from(!report.is_clean())
    /// }
    /// # assert_eq!(exit_code(&Report::default()), 0);
    /// ```
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.differing == 0 && self.unverified == 0 && self.failures.is_empty()
    }
}

/// A field of a row that is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The model.
    pub model: &'static str,
    /// The field.
    pub field: &'static str,
    /// The row's key, as `Debug` shows it.
    pub key: String,
    /// A condition that finds the row, as SQL: for [`rows_where`](super::Operation::rows_where).
    pub row: String,
    /// The value that is stored, as the database writes it as text; none for NULL.
    pub stored: Option<String>,
    /// The value that it should be; none for NULL, and where it is not
    /// [verified](Self::is_verified).
    pub computed: Option<String>,
    /// Whether it was looked at once more, under a lock: not on a connection that cannot write.
    pub is_verified: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: &Option<String>| match value {
            Some(value) => format!("`{value}`"),
            None => "NULL".to_owned(),
        };
        let Self {
            model, field, key, ..
        } = self;
        let stored = shown(&self.stored);
        write!(
            formatter,
            "`{model}::{field}` of the row with the key {key} is {stored} and "
        )?;
        if self.is_verified {
            write!(formatter, "should be {}", shown(&self.computed))
        } else {
            write!(formatter, "seems to differ from what it should be")
        }
    }
}

/// Rows that could not be computed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The rows, each with its model and its key.
    pub rows: Vec<String>,
    /// Why the first of them could not be computed.
    pub error: String,
}

impl Failure {
    /// What a flush that has set rows aside says.
    pub(super) fn of(error: Error) -> Self {
        let (rows, error) = match error {
            Error::SetAside { rows, source } => (rows, source.to_string()),
            other => (Vec::new(), other.to_string()),
        };
        Self { rows, error }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows.join(", ");
        write!(formatter, "cannot be computed: {rows}; {}", self.error)
    }
}

/// What came of the rows of a batch.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) differences: Vec<Difference>,
    /// How many rows of the pass differed.
    pub(super) differing: usize,
    /// How many rows were written, those that follow included.
    pub(super) written: usize,
    /// How many rows seem to differ, and could not be looked at once more.
    pub(super) unverified: usize,
    pub(super) failures: Vec<Failure>,
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The model whose rows are being looked at.
    pub model: &'static str,
    /// The fields that are being looked at.
    pub fields: Vec<&'static str>,
    /// How many rows of this pass have been looked at.
    pub seen: usize,
    /// How many there were to look at when the pass began: of a rebuild that goes on with an
    /// interrupted one, those that are left.
    pub rows: usize,
    /// How many rows have differed so far, in all passes.
    pub differing: usize,
    /// How many rows have been written so far, in all passes.
    pub written: usize,
}
