//! Keys that a database counts up and does not return: `AUTO_INCREMENT`, found by
//! `LAST_INSERT_ID()`.
//!
//! That is the first number that the latest insert was given, or where it was given none, that of
//! an earlier insert, into any table. So the part of a key that is left out must be of whole
//! numbers; and before the first such insert of a connection into a model's table, the number of an
//! earlier one is taken away, so that it shows whether the table counts.

use crate::connection::Wrapped;
use crate::declare::columns::ColumnSet;
use crate::declare::model::{Content, ModelMeta};
use crate::declare::positions::ColumnIndex;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::ModelIndex;
use crate::session::Session;
use crate::sql::statement::Statement;

/// The part of a model's key that the database counts up.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    model: ModelIndex,
    meta: &'static ModelMeta,
    /// The position of its column.
    column: ColumnIndex,
}

impl Counted {
    /// The part of the key that is left to the database where these columns have values; none where
    /// it has all of it.
    pub(super) fn of(
        model: ModelIndex,
        meta: &'static ModelMeta,
        given: ColumnSet,
    ) -> Result<Option<Self>, Error> {
        let mut left = meta.key.iter().filter(|&&column| !given.contains(column));
        let Some(&column) = left.next() else {
            return Ok(None);
        };
        if left.next().is_some() || (meta.columns[column].kind)().content != Content::Whole {
            return Err(unknown(meta, column));
        }
        Ok(Some(Self {
            model,
            meta,
            column,
        }))
    }

    /// Before the insert: sees to it that the number of an earlier one is not taken for its own.
    pub(super) async fn expect<C: Wrapped>(
        self,
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
    ) -> Result<(), Error> {
        if !marking.counts.contains(&self.model) {
            session
                .load(Statement::new("SELECT LAST_INSERT_ID(0)"), &mut |_, _| {
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    /// Ends a `SELECT` with the condition that a row is one of those that were just inserted, in
    /// their order.
    pub(super) fn among<C: Wrapped>(self, statement: &mut Statement<'_, C::Db>, rows: usize) {
        let name = self.meta.columns[self.column].name;
        statement
            .text(" WHERE LAST_INSERT_ID() > 0 AND ")
            .name(name)
            .text(" BETWEEN LAST_INSERT_ID() AND LAST_INSERT_ID() + @@auto_increment_increment * ")
            .number(rows - 1)
            // Where the increment is above 1, the numbers in between are given by others.
            .text(" AND MOD(CAST(")
            .name(name)
            .text(" AS SIGNED) - CAST(LAST_INSERT_ID() AS SIGNED), @@auto_increment_increment) = 0")
            .text(" ORDER BY ")
            .name(name);
    }

    /// Sees to it that as many rows were found so as were inserted.
    pub(super) fn found(
        self,
        marking: &mut Marking<'_>,
        found: usize,
        inserted: usize,
    ) -> Result<(), Error> {
        if found != inserted {
            return Err(self.unknown());
        }
        marking.counts.insert(self.model);
        Ok(())
    }

    fn unknown(self) -> Error {
        unknown(self.meta, self.column)
    }
}

/// The error for a key of which this column is not known.
pub(super) fn unknown(meta: &ModelMeta, column: ColumnIndex) -> Error {
    Error::UnknownKey {
        model: meta.name,
        column: meta.columns[column].name,
    }
}
