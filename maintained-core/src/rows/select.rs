//! Rows that are read: which, and what of them.

use diesel::deserialize;

use crate::declare::arena::{Arenas, Id};
use crate::declare::lock::Lock;
use crate::graph::ModelIndex;
use crate::rows::RowSet;
use crate::sql::statement::{Make, Rows};
use crate::sql::{Dialect, Results};

/// What reads a row of a result.
pub(crate) type Reader<'r, DB> =
    dyn FnMut(&<DB as Results>::Row<'_, '_>, &mut Arenas) -> deserialize::Result<()> + Send + 'r;

/// The columns to read of a model's rows, and by which values to find the rows.
pub(crate) struct Select<'s, DB: Dialect> {
    pub(crate) model: ModelIndex,
    /// What a whole row is read from; it comes first in a result.
    pub(crate) selection: Option<Make<DB>>,
    /// Columns of the table that come behind it.
    pub(crate) names: Vec<&'static str>,
    /// The columns that are compared with the values.
    pub(crate) by: &'s [&'static str],
    pub(crate) values: &'s dyn Rows<DB>,
    /// Whether the rows come ordered by those columns, and then by their own key.
    pub(crate) ordered: bool,
    pub(crate) lock: Lock,
}

/// Rows of a model, and their ids.
pub(crate) struct Found<DB: Dialect> {
    pub(crate) ids: Vec<Id>,
    pub(crate) rows: Box<dyn RowSet<DB>>,
}
