//! Deleting rows.

use super::joint;
use super::update::unsettle_rows;
use super::{Statements, Write, read};
use crate::catalog::{Catalog, Registration};
use crate::connection::{Task, Wrapped};
use crate::declare::arena::Id;
use crate::declare::lock::Lock;
use crate::engine::ahead::{self, Start};
use crate::engine::cascade::{self, Hanging};
use crate::engine::declared::{Joint, Part};
use crate::engine::marking::Marking;
use crate::engine::update;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex};
use crate::rows::keys::Keys;
use crate::rows::select::Found;
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::Dialect;
use crate::sql::statement::{Slice, Statement};

/// A deletion of rows.
pub(super) struct Delete<'d, DB> {
    pub(super) model: ModelIndex,
    pub(super) keys: &'d dyn Keys<DB>,
    pub(super) statements: Statements,
}

impl<C: Wrapped> Task<C> for Delete<'_, C::Db> {
    type Output = ();

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<(), Error> {
        let ids = read::ids(session, self.model, self.keys);
        rows(session, marking, self.model, &ids).await
    }
}

impl<C: Wrapped> Write<C> for Delete<'_, C::Db> {
    fn model(&self) -> ModelIndex {
        self.model
    }

    fn statements(&self) -> Statements {
        self.statements
    }

    async fn jointly(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        is_alone: bool,
    ) -> Result<Option<()>, Error> {
        if self.keys.len() != 1 {
            return Ok(None);
        }
        let node = &session.catalog.graph.models[self.model];
        if !node.dependents.is_empty() || !node.keys_have_one_spelling {
            return Ok(None);
        }
        let change = (self.model, Change::Deleted);
        let Some(joint) = Joint::of(session, marking, change, is_alone).await? else {
            return Ok(None);
        };
        let part = Part::Delete(self.keys);
        let row = joint::run(session, marking, (self.model, &joint), part).await?;
        if row.len() == 0 {
            let meta = session.registration(self.model).meta;
            return Err(read::not_found(meta, self.keys));
        }
        Ok(Some(()))
    }
}

/// How many statements it takes to delete so many rows: rows that lose a parent may have to give up
/// unique values first.
pub(super) fn statements<C: Wrapped>(model: ModelIndex, count: usize) -> Result<Statements, Error> {
    let catalog = Catalog::<C::Db>::get()?;
    let models = &catalog.graph.models;
    let below = &models[model].below;
    let is_settled = below.iter().all(|&it| models[it].unsettled.is_empty());
    let is_one = is_settled && count <= C::Db::most_rows(models[model].meta.key.len());
    Ok(Statements::one_if(is_one))
}

async fn rows<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    model: ModelIndex,
    ids: &[Id],
) -> Result<(), Error> {
    let registration = session.registration(model);
    let keys = (registration.key_rows)(session.arenas.get(model), ids);
    let most = C::Db::most_rows(registration.meta.key.len());
    let parts: Vec<Slice<'_, C::Db>> = update::parts(&*keys, most).collect();
    let changed = (model, ids.len());
    let locks = ahead::locks(session, marking, changed, Cause::Change(Change::Deleted));
    if let Some(locks) = &locks {
        ahead::lock(session, &Start::at(model, &*keys), locks).await?;
    }
    // Under this lock no row comes to hang on these any more: what hangs on them is read next, and
    // the database takes it along without a trace.
    let (found, _) = read::all(session, model, ids, Lock::Update).await?;
    if marking.is_disabled() {
        return run(session, model, &parts).await;
    }
    if locks.is_none() {
        ahead::parents(session, model, |relation, parents| {
            let rows = 0..found.rows.len();
            rows.map(|row| [found.rows.parent_id(row, relation, parents), None])
                .collect()
        })
        .await?;
    }
    let hanging = run_hanging(session, marking, (model, found), &parts).await?;
    let now = hanging.left(session).await?;
    if let Some(mut recorder) = marking.recorder(session) {
        hanging.record(&mut recorder, &now);
    }
    Ok(())
}

/// Deletes the rows, and says what there was of them and what hung on them.
async fn run_hanging<C: Wrapped>(
    session: &mut Session<'_, C>,
    marking: &mut Marking<'_>,
    (model, found): (ModelIndex, Found<C::Db>),
    parts: &[Slice<'_, C::Db>],
) -> Result<Hanging<C>, Error> {
    if let [part] = parts
        && let Some(last) = cascade::read_with_delete(session, model).await?
    {
        let delete = deleting(session.registration(model), part);
        return Hanging::on_deleted(session, (model, last), found, delete).await;
    }
    let hanging = Hanging::on(session, model, found).await?;
    for (model, rows) in hanging.nulled(session) {
        unsettle_rows(session, marking, model, &rows).await?;
    }
    run(session, model, parts).await?;
    Ok(hanging)
}

/// Deletes the rows with some keys.
async fn run<C: Wrapped>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    parts: &[Slice<'_, C::Db>],
) -> Result<(), Error> {
    for part in parts {
        let statement = deleting(session.registration(model), part);
        session.execute(Writes::Deleted(model), statement).await?;
    }
    Ok(())
}

/// The statement that deletes the rows with some keys.
fn deleting<'q, DB: Dialect>(
    registration: &Registration<DB>,
    keys: &'q Slice<'q, DB>,
) -> Statement<'q, DB> {
    let names: Vec<&'static str> = registration.key_names().collect();
    let mut statement = Statement::new("DELETE FROM ");
    statement.made(registration.table).text(" WHERE ");
    DB::among(&mut statement, &names, keys);
    statement
}
