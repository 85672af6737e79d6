//! Rows as a session reads, locks and returns them.

use diesel::result::{Error as DieselError, QueryResult};

use super::read_ahead::{AheadRows, Writes};
use super::{Session, reading, returning};
use crate::batch::input::{Known, Reading};
use crate::catalog::Registration;
use crate::declare::arena::{Arenas, Id};
use crate::declare::lock::Lock;
use crate::error::Error;
use crate::graph::{ModelIndex, Relation};
use crate::rows::RowSet;
use crate::rows::select::{Found, Select};
use crate::sql::statement::{Rows, Slice, Statement};
use crate::sql::{Dialect, Results};
use crate::wire::Wire;

/// How many lists of ids one statement asks for.
const MOST_LISTS: usize = 8;

impl<C: Wire> Session<'_, C> {
    /// Rows that were locked and read ahead, if all of them were and none has changed since.
    pub(crate) fn read_before(
        &mut self,
        model: ModelIndex,
        ids: &[Id],
        lock: Lock,
    ) -> Option<Found<C::Db>> {
        if lock == Lock::None {
            // What is read without a lock is compared with what was written.
            return None;
        }
        let found = self.read_ahead.as_ref()?.of(model, lock)?.found(ids)?;
        self.work.read(model, found.ids.len());
        Some(found)
    }

    /// Has a hop take its rows from those that were locked and read ahead, if all of them were.
    /// Says whether it has.
    pub(crate) fn gives(&mut self, hop: &mut Reading<'_, C::Db>) -> Result<bool, Error> {
        let Reading {
            select,
            take,
            known,
        } = hop;
        let (Some(ahead), Some(Known { keys, columns })) = (&self.read_ahead, known) else {
            return Ok(false);
        };
        let registration = self.catalog.models[select.model];
        let meta = registration.meta;
        let names = select.names.iter().map(|name| meta.column(name));
        let (Some(kept), Some(mut columns), Some(names)) = (
            ahead.of(select.model, select.lock),
            columns(meta),
            names.collect::<Option<Vec<_>>>(),
        ) else {
            return Ok(false);
        };
        columns.extend(names);
        let ids = keys.ids(self.arenas.get_mut(select.model));
        let Some(read) = kept.read(&ids, &columns, |row| take(row, self.arenas)) else {
            return Ok(false);
        };
        read.map_err(|error| reading(meta.name, DieselError::DeserializationError(error)))?;
        self.work.read(select.model, ids.len());
        Ok(true)
    }

    /// The parents that rows name, as (row, parent), if all rows were locked and read ahead.
    pub(crate) fn named_before(
        &mut self,
        relation: Relation,
        ids: &[Id],
        lock: Lock,
    ) -> Option<Vec<(Id, Id)>> {
        let known = self.read_ahead.as_ref()?;
        let parent = self.catalog.graph.models[relation.child].parents[relation.index];
        let kept = known.of(relation.child, lock)?;
        let pairs = kept.parents((relation, parent), ids, self.arenas)?;
        self.work.read(relation.child, ids.len());
        Some(pairs)
    }

    /// Reads the rows with some ids.
    pub(crate) async fn rows(
        &mut self,
        model: ModelIndex,
        ids: &[Id],
        lock: Lock,
    ) -> Result<Found<C::Db>, Error> {
        if let Some(found) = self.read_before(model, ids, lock) {
            return Ok(found);
        }
        let registration = self.registration(model);
        let names: Vec<&'static str> = registration.key_names().collect();
        let values = (registration.key_rows)(self.arenas.get(model), ids);
        self.found(&Select {
            model,
            selection: Some(registration.selection),
            names: names.clone(),
            by: &names,
            values: &*values,
            ordered: false,
            lock,
        })
        .await
    }

    /// Reads the rows whose foreign key names one of the parents, ordered by it and by their own
    /// key.
    pub(crate) async fn children(
        &mut self,
        relation: Relation,
        parents: &[Id],
        lock: Lock,
    ) -> Result<Found<C::Db>, Error> {
        let by = [self
            .registration(relation.child)
            .foreign_key_name(relation.index)];
        let values = self.parent_keys(relation, parents);
        let select = self.children_by((relation.child, &by), &*values, lock);
        self.found(&select).await
    }

    /// The same of parents that the statement deletes as well. They are locked, and so few that one
    /// statement takes them all.
    pub(crate) async fn children_of_deleted(
        &mut self,
        relation: Relation,
        parents: &[Id],
        delete: Statement<'_, C::Db>,
    ) -> Result<Found<C::Db>, Error> {
        let model = relation.child;
        let parent = self.catalog.graph.models[model].parents[relation.index];
        let by = [self.registration(model).foreign_key_name(relation.index)];
        let values = self.parent_keys(relation, parents);
        let select = self.children_by((model, &by), &*values, Lock::Update);
        let all = Slice::new(select.values, 0..parents.len());
        let mut statement = Statement::new("WITH maintained_deleted AS (");
        statement.append(delete).text(") ");
        statement.append(self.selecting(&select, &all));
        let done = self
            .returned((model, Writes::Deleted(parent)), statement)
            .await;
        self.wrote |= matches!(done, Ok(_) | Err(DieselError::DeserializationError(_)));
        let found = done.map_err(|source| returning(self.registration(model).meta.name, source))?;
        self.work.read(model, found.ids.len());
        Ok(found)
    }

    /// The keys of the parents of a relation.
    fn parent_keys(&self, relation: Relation, parents: &[Id]) -> Box<dyn Rows<C::Db>> {
        let parent = self.catalog.graph.models[relation.child].parents[relation.index];
        (self.registration(parent).key_rows)(self.arenas.get(parent), parents)
    }

    /// The selection of whole rows by a foreign key, ordered by it and by their own key.
    fn children_by<'s>(
        &self,
        (model, by): (ModelIndex, &'s [&'static str; 1]),
        values: &'s dyn Rows<C::Db>,
        lock: Lock,
    ) -> Select<'s, C::Db> {
        let registration = self.registration(model);
        Select {
            model,
            selection: Some(registration.selection),
            names: registration.key_names().collect(),
            by,
            values,
            ordered: true,
            lock,
        }
    }

    /// Reads whole rows; the names that are selected besides are those of the key.
    async fn found(&mut self, select: &Select<'_, C::Db>) -> Result<Found<C::Db>, Error> {
        let registration = self.registration(select.model);
        let mut found = nothing_found(registration);
        self.select(select, &mut |row, arenas| {
            let keys = arenas.get_mut(select.model);
            found
                .ids
                .push((registration.read_key)(row, registration.width, keys)?);
            found.rows.read(row, 0)
        })
        .await?;
        Ok(found)
    }

    /// Runs a write, of a flush most often, that returns whole rows of a model and their keys.
    pub(crate) async fn returned(
        &mut self,
        (model, writes): (ModelIndex, Writes),
        statement: Statement<'_, C::Db>,
    ) -> QueryResult<Found<C::Db>> {
        let registration = self.registration(model);
        let mut found = nothing_found(registration);
        self.load_flushed(writes, statement, &mut |row, arenas| {
            let keys = arenas.get_mut(model);
            found
                .ids
                .push((registration.read_key)(row, registration.width, keys)?);
            found.rows.read(row, 0)
        })
        .await?;
        Ok(found)
    }

    /// Runs what returns rows that a write has changed or inserted, or reads these rows, and adds
    /// them to a set. Where the write has read ahead, its flush need not read them again.
    pub(crate) async fn written(
        &mut self,
        (model, is_write): (ModelIndex, bool),
        statement: Statement<'_, C::Db>,
        rows: &mut dyn RowSet<C::Db>,
    ) -> Result<(), Error> {
        let registration = self.registration(model);
        let ahead = self.read_ahead.as_ref().filter(|ahead| ahead.is_plain);
        let mut kept = ahead.map(|_| AheadRows::new(registration, Lock::NoKeyUpdate));
        let mut read = |row: &<C::Db as Results>::Row<'_, '_>, arenas: &mut Arenas| {
            if let Some(kept) = &mut kept {
                kept.keep(row, 0, arenas.get_mut(model))?;
            }
            rows.read(row, 0)
        };
        let done = if is_write {
            let writes = Writes::Rows(model);
            self.load_written(writes, statement, &mut read).await
        } else {
            self.load(statement, &mut read).await
        };
        done.map_err(|source| returning(registration.meta.name, source))?;
        if let (Some(ahead), Some(kept)) = (&mut self.read_ahead, kept) {
            ahead.add(model, kept);
        }
        Ok(())
    }

    /// For each list of ids, whether a row with one of them is there. None for a single list, and
    /// for more than one statement takes.
    pub(crate) async fn are_there(
        &mut self,
        lists: &[(ModelIndex, Vec<Id>)],
    ) -> Result<Option<Vec<bool>>, Error> {
        let registrations = lists.iter().map(|(model, _)| self.registration(*model));
        let width: usize = registrations.map(|it| it.meta.key.len()).sum();
        // All lists are of one length, so that there are few such statements.
        let longest = lists.iter().map(|(_, ids)| ids.len()).max().unwrap_or(0);
        let length = longest.next_power_of_two();
        if !(2..=MOST_LISTS).contains(&lists.len()) || length > C::Db::most_rows(width) {
            return Ok(None);
        }
        let lists = lists.iter().map(|(model, ids)| {
            let last = ids.last().into_iter().cycle();
            let ids: Vec<Id> = ids.iter().chain(last).take(length).copied().collect();
            let registration = self.registration(*model);
            let keys = (registration.key_rows)(self.arenas.get(*model), &ids);
            let names: Vec<&'static str> = registration.key_names().collect();
            (registration, names, keys)
        });
        let lists: Vec<_> = lists.collect();
        let mut statement = Statement::new("SELECT ");
        for (at, (registration, key, ids)) in lists.iter().enumerate() {
            statement
                .text(if at > 0 { ", " } else { "" })
                .text("(SELECT count(*) FROM ")
                .made(registration.table)
                .text(" WHERE ");
            C::Db::among_many(&mut statement, key, &**ids);
            statement.text(")");
        }
        let mut there = vec![false; lists.len()];
        let read = self
            .load(statement, &mut |row, _| {
                for (at, is_there) in there.iter_mut().enumerate() {
                    *is_there = C::Db::read_integer(row, at)? != Some(0);
                }
                Ok(())
            })
            .await;
        let first = lists[0].0.meta.name;
        read.map_err(|source| reading(first, source))?;
        Ok(Some(there))
    }

    /// The id of a row's key as the row spells it: a collation may find keys equal that Rust does
    /// not.
    pub(crate) async fn spelled(&mut self, model: ModelIndex, id: Id) -> Result<Option<Id>, Error> {
        let found = self.rows(model, &[id], Lock::None).await?;
        Ok(found.ids.first().copied())
    }

    /// Locks rows in the order of the ids, reads nothing of them, and says how many there are.
    pub(crate) async fn lock(
        &mut self,
        model: ModelIndex,
        ids: &[Id],
        lock: Lock,
    ) -> Result<usize, Error> {
        let known = self.read_ahead.as_ref();
        let known = known.and_then(|known| known.of(model, lock));
        if known.is_some_and(|known| known.has(ids)) {
            return Ok(ids.len());
        }
        let values = (self.registration(model).key_rows)(self.arenas.get(model), ids);
        self.lock_by(model, &*values, lock).await
    }

    /// The same with keys, in their order.
    pub(crate) async fn lock_by(
        &mut self,
        model: ModelIndex,
        keys: &dyn Rows<C::Db>,
        lock: Lock,
    ) -> Result<usize, Error> {
        if !self.switches.locks {
            return Ok(0);
        }
        let names: Vec<&'static str> = self.registration(model).key_names().collect();
        let select = Select {
            model,
            selection: None,
            names: names.clone(),
            by: &names,
            values: keys,
            ordered: false,
            lock,
        };
        let counted = self.work.rows_of(model);
        let mut count = 0;
        self.select(&select, &mut |_, _| {
            count += 1;
            Ok(())
        })
        .await?;
        // Rows that are only locked do not count as read.
        self.work.set_rows_of(model, counted);
        Ok(count)
    }
}

/// A place for rows of a model that are to be read.
fn nothing_found<DB: Dialect>(registration: &Registration<DB>) -> Found<DB> {
    Found {
        ids: Vec::new(),
        rows: (registration.new_rows)(),
    }
}
