//! What is read back of rows that were inserted: the keys that the marks need, and no more.

use diesel::deserialize;

use super::counted::Counted;
use super::values::Insert;
use crate::catalog::Registration;
use crate::connection::Wrapped;
use crate::declare::arena::{Arenas, Id};
use crate::declare::columns::ColumnSet;
use crate::declare::lock::Lock;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Change, ModelIndex, Node, RelationIndex};
use crate::marks::change::Numbers;
use crate::rows::new::{New, NewOn};
use crate::rows::select::Select;
use crate::session::read_ahead::Writes;
use crate::session::{Session, returning};
use crate::sql::Results;
use crate::sql::statement::Statement;

/// The columns to read back: the key, and some foreign keys.
pub(super) struct Back<C: Wrapped> {
    model: ModelIndex,
    node: &'static Node,
    registration: &'static Registration<C::Db>,
    relations: Vec<RelationIndex>,
    names: Vec<&'static str>,
}

/// A row that was inserted, and the parents that the relations name.
pub(super) struct Inserted {
    id: Id,
    parents: Vec<Option<Id>>,
}

impl<C: Wrapped> Back<C> {
    /// Of the columns only the foreign keys matter.
    pub(super) fn of(session: &Session<'_, C>, model: ModelIndex, columns: ColumnSet) -> Self {
        let registration = session.registration(model);
        let relations = registration.meta.relations.iter_enumerated();
        let relations = relations.filter(|(_, it)| columns.contains(it.column));
        let relations: Vec<RelationIndex> = relations.map(|(relation, _)| relation).collect();
        let foreign_keys = relations
            .iter()
            .map(|&relation| registration.foreign_key_name(relation));
        let names = registration.key_names().chain(foreign_keys).collect();
        Self {
            model,
            node: &session.catalog.graph.models[model],
            registration,
            relations,
            names,
        }
    }

    /// Inserts the rows, and reads them as the statement returns them.
    pub(super) async fn returned<N: NewOn<C::Db>>(
        &self,
        session: &mut Session<'_, C>,
        insert: &Insert<'_, C, N>,
    ) -> Result<Vec<Inserted>, Error> {
        let mut statement = insert.statement();
        statement
            .text(" RETURNING ")
            .names(self.names.iter().copied());
        let mut rows = Vec::new();
        let read = session
            .load_written(Writes::Rows(self.model), statement, &mut |row, arenas| {
                rows.push(self.read(row, arenas)?);
                Ok(())
            })
            .await;
        read.map_err(|source| returning(self.registration.meta.name, source))?;
        Ok(rows)
    }

    /// Reads the rows of the insert that has just run by the keys that the database gave them: one
    /// after another.
    pub(super) async fn by_last_id(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        counted: Counted,
        count: usize,
    ) -> Result<Vec<Inserted>, Error> {
        let mut statement = Statement::new("SELECT ");
        statement
            .names(self.names.iter().copied())
            .text(" FROM ")
            .made(self.registration.table);
        counted.among::<C>(&mut statement, count);
        let mut rows = Vec::new();
        let read = session
            .load(statement, &mut |row, arenas| {
                rows.push(self.read(row, arenas)?);
                Ok(())
            })
            .await;
        read.map_err(|source| returning(self.registration.meta.name, source))?;
        counted.found(marking, rows.len(), count)?;
        Ok(rows)
    }

    /// Reads the rows by their keys.
    pub(super) async fn by_key(
        &self,
        session: &mut Session<'_, C>,
        ids: &[Id],
    ) -> Result<Vec<Inserted>, Error> {
        let by: Vec<&'static str> = self.registration.key_names().collect();
        let values = (self.registration.key_rows)(session.arenas.get(self.model), ids);
        let select = Select {
            model: self.model,
            selection: None,
            names: self.names.clone(),
            by: &by,
            values: &*values,
            ordered: false,
            lock: Lock::None,
        };
        let mut rows = Vec::with_capacity(ids.len());
        session
            .select(&select, &mut |row, arenas| {
                rows.push(self.read(row, arenas)?);
                Ok(())
            })
            .await?;
        Ok(rows)
    }

    fn read(
        &self,
        row: &<C::Db as Results>::Row<'_, '_>,
        arenas: &mut Arenas,
    ) -> deserialize::Result<Inserted> {
        let id = (self.registration.read_key)(row, 0, arenas.get_mut(self.model))?;
        let width = self.registration.meta.key.len();
        let parents = self.relations.iter().enumerate().map(|(at, &relation)| {
            let arena = arenas.get_mut(self.node.parents[relation]);
            (self.registration.relations[relation].read_foreign_key)(row, width + at, arena)
        });
        Ok(Inserted {
            id,
            parents: parents.collect::<Result<_, _>>()?,
        })
    }

    /// Leaves the marks of the rows; `new` is the only one, if there is but one, and says some of
    /// its numbers.
    pub(super) fn record<N: New>(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        rows: &[Inserted],
        new: Option<&N>,
        numbers: ColumnSet,
    ) {
        let Some(mut recorder) = marking.recorder(session) else {
            return;
        };
        for row in rows {
            let of = |column| [None, new.and_then(|new| new.integer(column))];
            let numbers = new.map(|_| Numbers::of_new(numbers, &of));
            recorder.change(
                self.model,
                row.id,
                Change::Inserted,
                numbers,
                |relation, _| {
                    let at = self.relations.iter().position(|&known| known == relation);
                    [None, at.and_then(|at| row.parents[at])]
                },
            );
        }
    }
}
