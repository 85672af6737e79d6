//! Rows as a session reads, locks and returns them.

use diesel::result::{Error as DieselError, QueryResult};

use super::read_ahead::{AheadRows, Writes};
use super::{Session, reading, returning};
use crate::batch::input::{Known, Reading};
use crate::declare::arena::{Arenas, Id};
use crate::declare::lock::Lock;
use crate::error::Error;
use crate::graph::{ModelIndex, Relation};
use crate::rows::RowSet;
use crate::rows::select::{Found, Reader, Select};
use crate::sql::statement::{Rows, Slice, Statement};
use crate::sql::{Dialect, Results, range};
use crate::wire::Wire;

impl<C: Wire> Session<'_, C> {
    /// Reads rows by values, as many statements as the values take.
    pub(crate) async fn select(
        &mut self,
        select: &Select<'_, C::Db>,
        read: &mut Reader<'_, C::Db>,
    ) -> Result<(), Error> {
        let registration = self.registration(select.model);
        let most = C::Db::most_rows(select.by.len());
        let lock = self.strength(select.lock);
        let is_unlocked = lock == Lock::None || !C::Db::LOCKS;
        let mut from = 0;
        while from < select.values.len() {
            // A range of keys has two parameters, however long it is.
            let to = if is_unlocked {
                range::part_from(select.values, from, most)
            } else {
                select.values.len().min(from + most)
            };
            let values = Slice::new(select.values, from..to);
            from = to;
            let mut statement = Statement::new("SELECT ");
            if let Some(selection) = select.selection {
                statement.made(selection);
            }
            for (at, name) in select.names.iter().enumerate() {
                let is_first = at == 0 && select.selection.is_none();
                statement.text(if is_first { "" } else { ", " }).name(name);
            }
            statement.text(" FROM ");
            if select.ordered {
                statement.made(registration.table).text(" WHERE ");
                if is_unlocked {
                    C::Db::within(&mut statement, select.by, &values);
                } else {
                    C::Db::among(&mut statement, select.by, &values);
                }
                statement
                    .text(" ORDER BY ")
                    .names(select.by.iter().copied());
                statement.text(", ").names(registration.key_names());
                statement.text(C::Db::lock(lock));
            } else if is_unlocked {
                statement.made(registration.table).text(" WHERE ");
                C::Db::within(&mut statement, select.by, &values);
            } else {
                C::Db::with_keys(&mut statement, registration.table, select.by, &values, lock);
            }
            let count = self.load(statement, read).await;
            let count = count.map_err(|source| reading(registration.meta.name, source))?;
            self.work.read(select.model, count);
        }
        Ok(())
    }

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
        let registration = self.registration(relation.child);
        let parent = self.catalog.graph.models[relation.child].parents[relation.index];
        let by = [registration.foreign_key_name(relation.index)];
        let values = (self.registration(parent).key_rows)(self.arenas.get(parent), parents);
        self.found(&Select {
            model: relation.child,
            selection: Some(registration.selection),
            names: registration.key_names().collect(),
            by: &by,
            values: &*values,
            ordered: true,
            lock,
        })
        .await
    }

    /// Reads whole rows; the names that are selected besides are those of the key.
    async fn found(&mut self, select: &Select<'_, C::Db>) -> Result<Found<C::Db>, Error> {
        let registration = self.registration(select.model);
        let (model, width) = (select.model, registration.width);
        let mut ids = Vec::new();
        let mut rows = (registration.new_rows)();
        self.select(select, &mut |row, arenas| {
            rows.read(row, 0)?;
            ids.push((registration.read_key)(row, width, arenas.get_mut(model))?);
            Ok(())
        })
        .await?;
        Ok(Found { ids, rows })
    }

    /// Runs a write of a flush that returns whole rows and their keys.
    pub(crate) async fn returned(
        &mut self,
        model: ModelIndex,
        statement: Statement<'_, C::Db>,
    ) -> QueryResult<Found<C::Db>> {
        let registration = self.registration(model);
        let mut ids = Vec::new();
        let mut rows = (registration.new_rows)();
        self.load_flushed(Writes::Rows(model), statement, &mut |row, arenas| {
            rows.read(row, 0)?;
            ids.push((registration.read_key)(
                row,
                registration.width,
                arenas.get_mut(model),
            )?);
            Ok(())
        })
        .await?;
        Ok(Found { ids, rows })
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
