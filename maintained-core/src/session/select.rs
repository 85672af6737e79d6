//! Rows as a session selects them, by values.

use super::{Session, reading};
use crate::batch::input::Reading;
use crate::declare::lock::Lock;
use crate::error::Error;
use crate::rows::select::{Reader, Select};
use crate::sql::statement::{Slice, Statement};
use crate::sql::{Dialect, range};
use crate::wire::Wire;

impl<C: Wire> Session<'_, C> {
    /// Reads rows by values, as many statements as the values take.
    pub(crate) async fn select(
        &mut self,
        select: &Select<'_, C::Db>,
        read: &mut Reader<'_, C::Db>,
    ) -> Result<(), Error> {
        for values in self.parts(select) {
            let statement = self.selecting(select, &values);
            let count = self.load(statement, read).await;
            let name = self.registration(select.model).meta.name;
            let count = count.map_err(|source| reading(name, source))?;
            self.work.read(select.model, count);
        }
        Ok(())
    }

    /// Reads what several hops want. None waits for another: where a connection can, all statements
    /// are sent before the first is answered.
    pub(crate) async fn select_all(
        &mut self,
        wanted: &mut [Reading<'_, C::Db>],
    ) -> Result<(), Error> {
        match wanted {
            [] => return Ok(()),
            [Reading { select, take, .. }] => return self.select(select, &mut **take).await,
            _ => {}
        }
        let (selects, mut takes): (Vec<_>, Vec<_>) = wanted
            .iter_mut()
            .map(|Reading { select, take, .. }| (&*select, take))
            .unzip();
        let parts = selects.iter().enumerate();
        let parts = parts.flat_map(|(at, select)| self.parts(select).map(move |part| (at, part)));
        let parts: Vec<(usize, Slice<'_, C::Db>)> = parts.collect();
        let mut statements = Vec::with_capacity(parts.len());
        for (at, values) in &parts {
            let statement = self.selecting(selects[*at], values);
            let name = self.registration(selects[*at].model).meta.name;
            let worded = self.texts.of(statement);
            statements.push(worded.map_err(|source| reading(name, source))?);
            self.work.statement();
        }
        let mut counts = vec![0; selects.len()];
        let arenas = &mut *self.arenas;
        let done = self
            .inner
            .load_all(statements, |statement, row| {
                let at = parts[statement].0;
                counts[at] += 1;
                takes[at](row, arenas)
            })
            .await;
        done.map_err(|(statement, source)| {
            let model = selects[parts[statement].0].model;
            reading(self.registration(model).meta.name, source)
        })?;
        for (select, count) in selects.iter().zip(counts) {
            self.work.read(select.model, count);
        }
        Ok(())
    }

    /// The values of a selection, as many at a time as one statement takes.
    fn parts<'q>(
        &self,
        select: &Select<'q, C::Db>,
    ) -> impl Iterator<Item = Slice<'q, C::Db>> + use<'q, C> {
        let (values, most) = (select.values, C::Db::most_rows(select.by.len()));
        let is_unlocked = self.is_unlocked(select);
        let mut from = 0;
        std::iter::from_fn(move || {
            if from >= values.len() {
                return None;
            }
            // A range of keys has two parameters, however long it is.
            let to = if is_unlocked {
                range::part_from(values, from, most)
            } else {
                values.len().min(from + most)
            };
            let part = Slice::new(values, from..to);
            from = to;
            Some(part)
        })
    }

    /// Whether rows are read without a lock.
    fn is_unlocked(&self, select: &Select<'_, C::Db>) -> bool {
        self.strength(select.lock) == Lock::None || !C::Db::LOCKS
    }

    /// The statement that reads the rows with some of a selection's values.
    pub(super) fn selecting<'q>(
        &self,
        select: &Select<'q, C::Db>,
        values: &'q Slice<'q, C::Db>,
    ) -> Statement<'q, C::Db> {
        let registration = self.registration(select.model);
        let lock = self.strength(select.lock);
        let is_unlocked = self.is_unlocked(select);
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
                C::Db::within(&mut statement, select.by, values);
            } else {
                C::Db::among(&mut statement, select.by, values);
            }
            statement
                .text(" ORDER BY ")
                .names(select.by.iter().copied());
            statement.text(", ").names(registration.key_names());
            statement.text(C::Db::lock(lock));
        } else if is_unlocked {
            statement.made(registration.table).text(" WHERE ");
            C::Db::within(&mut statement, select.by, values);
        } else {
            C::Db::with_keys(&mut statement, registration.table, select.by, values, lock);
        }
        statement
    }
}
