//! Rows of a model whose type is not known.
//!
//! All but the calls of setters works on sets of rows behind this trait, so that it is compiled
//! once and not once a model.

pub(crate) mod keys;
pub(crate) mod new;
pub(crate) mod select;
pub(crate) mod stored;
pub(crate) mod through;
use std::any::Any;
use std::ops::Range;

use diesel::deserialize;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

use crate::declare::arena::{AnyArena, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::model::ModelMeta;
use crate::declare::positions::{ColumnIndex, RelationIndex};
use crate::rows::stored::{Stored, read_at};
use crate::sql::statement::Rows;
use crate::sql::{Array, Dialect};

/// Rows of one model.
pub(crate) trait RowSet<DB: Dialect>: Any + Send + Sync {
    /// Adds the row in the columns of a result that start at a place.
    fn read(&mut self, row: &DB::Row<'_, '_>, at: usize) -> deserialize::Result<()>;

    fn len(&self) -> usize;

    /// Binds the value of one column of a row.
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()>;

    /// Binds the values of one column of some rows as one array, where the database has arrays.
    fn array(&self, rows: &[usize], column: ColumnIndex) -> Option<Array<'_, DB>>;

    /// The id of a row's key.
    fn id(&self, row: usize, arena: &mut (dyn AnyArena + 'static)) -> Id;

    /// The id of the parent that a row names.
    fn parent_id(
        &self,
        row: usize,
        relation: RelationIndex,
        parents: &mut (dyn AnyArena + 'static),
    ) -> Option<Id>;

    /// The value of a column of integers, or of truths with 1 for true; none where it is null.
    fn integer(&self, row: usize, column: ColumnIndex) -> Option<i64>;

    /// Puts a row of another set of the same model in the place of a row, and that one there.
    fn swap(&mut self, row: usize, other: &mut dyn RowSet<DB>, at: usize);

    /// The columns in which a row differs from a row of another set.
    fn differences(&self, row: usize, other: &dyn RowSet<DB>, at: usize) -> ColumnSet;

    fn as_any(&self) -> &dyn Any;

    fn as_any_mut(&mut self) -> &mut dyn Any;
}

impl<DB: Dialect, M: Stored<DB>> RowSet<DB> for Vec<M> {
    fn read(&mut self, row: &DB::Row<'_, '_>, at: usize) -> deserialize::Result<()> {
        self.push(read_at(row, at)?);
        Ok(())
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        self[row].bind(column, out)
    }

    fn array(&self, rows: &[usize], column: ColumnIndex) -> Option<Array<'_, DB>> {
        let rows: Vec<&M> = rows.iter().map(|&row| &self[row]).collect();
        M::array(&rows, column)
    }

    fn id(&self, row: usize, arena: &mut (dyn AnyArena + 'static)) -> Id {
        crate::declare::arena::typed::<M::Key>(arena).intern(&self[row].key())
    }

    fn parent_id(
        &self,
        row: usize,
        relation: RelationIndex,
        parents: &mut (dyn AnyArena + 'static),
    ) -> Option<Id> {
        self[row].parent_id(relation, parents)
    }

    fn integer(&self, row: usize, column: ColumnIndex) -> Option<i64> {
        self[row].integer(column)
    }

    fn swap(&mut self, row: usize, other: &mut dyn RowSet<DB>, at: usize) {
        if let Some(other) = other.as_any_mut().downcast_mut::<Self>() {
            std::mem::swap(&mut self[row], &mut other[at]);
        }
    }

    fn differences(&self, row: usize, other: &dyn RowSet<DB>, at: usize) -> ColumnSet {
        match other.as_any().downcast_ref::<Self>() {
            Some(other) => self[row].differences(&other[at]),
            None => ColumnSet::ALL,
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// The rows of a set whose model is known.
pub(crate) fn typed<DB: Dialect, M: Stored<DB>>(mut rows: Box<dyn RowSet<DB>>) -> Vec<M> {
    let rows = rows.as_any_mut().downcast_mut();
    std::mem::take(rows.expect("the rows are of the model that they were read for"))
}

/// A row as it was before, or is after, a write.
pub(crate) struct Image<'r, DB> {
    pub(crate) set: &'r dyn RowSet<DB>,
    pub(crate) row: usize,
}

impl<DB> Clone for Image<'_, DB> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<DB> Copy for Image<'_, DB> {}

impl<'r, DB: Dialect> Image<'r, DB> {
    pub(crate) fn new(set: &'r dyn RowSet<DB>, row: usize) -> Self {
        Self { set, row }
    }
}

/// Some columns of some rows of a set, to bind.
pub(crate) struct Part<'r, DB: Dialect> {
    pub(crate) set: &'r dyn RowSet<DB>,
    pub(crate) meta: &'static ModelMeta,
    pub(crate) rows: &'r [usize],
    pub(crate) columns: &'r [ColumnIndex],
    /// Columns whose values the set does not have, and those values, one for each of the rows.
    pub(crate) numbers: &'r [(ColumnIndex, Vec<i64>)],
}

impl<DB: Dialect> Part<'_, DB> {
    /// The values of a column that the set does not have.
    fn numbers(&self, column: ColumnIndex) -> Option<&[i64]> {
        let mut numbers = self.numbers.iter();
        let (_, values) = numbers.find(|(known, _)| *known == column)?;
        Some(values)
    }
}

impl<DB: Dialect> Rows<DB> for Part<'_, DB> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        let column = self.columns[column.number()];
        match self.numbers(column) {
            Some(numbers) => DB::bind_integer(&numbers[row], out),
            None => self.set.bind(self.rows[row], column, out),
        }
    }

    fn array(&self, rows: Range<usize>, column: ColumnIndex) -> Option<Array<'_, DB>> {
        let column = self.columns[column.number()];
        // A list of arrays cannot be bound as one array.
        if (self.meta.columns[column].array)() {
            return None;
        }
        if let Some(numbers) = self.numbers(column) {
            return DB::integers(&numbers[rows]);
        }
        self.set.array(&self.rows[rows], column)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }
}
