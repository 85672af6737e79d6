//! Rows of short ways by a block of statements, where the server takes several as one; with the
//! insert that they follow from, where it is known beforehand what that adds.
//!
//! The statements run one after another, each on what is there by then: none of them misses a row,
//! as a single statement may (`together`). A block that fails has done what stands before the
//! statement that failed. How much that is, is noted in a variable of the session, which is asked
//! for then.

use diesel::result::Error as DieselError;

use super::failed;
use super::joint::{is_free, settled_additions};
use super::marked::Marked;
use crate::declare::arena::{AnyArena, Id};
use crate::engine::ahead;
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Change, Grown, ModelIndex, in_order};
use crate::marks::change::Numbers;
use crate::marks::pending::Written;
use crate::session::Session;
use crate::session::learned::integer;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Blocks, Dialect};
use crate::wire::Wire;

/// A new row, and all that is added because of it.
pub(crate) struct Block<C: Wire> {
    blocks: Blocks,
    /// The parents that are locked before the row is written, in this order.
    locks: Vec<Locked<C>>,
    rows: Vec<Grown<Id, i64>>,
    /// Whether the block is a transaction of its own.
    is_alone: bool,
}

/// A row to be locked.
struct Locked<C: Wire> {
    model: ModelIndex,
    id: Id,
    key: Box<dyn Rows<C::Db>>,
}

/// What a new row adds, known before it is there.
pub(crate) struct Foreseen {
    model: ModelIndex,
    /// The parent that each relation names.
    parents: Vec<Option<Id>>,
    rows: Vec<Grown<Id, i64>>,
}

impl Foreseen {
    /// Finds it out, given the row's numbers and the parent that each relation names; none, where
    /// the row goes the general way.
    pub(crate) fn of<C: Wire>(
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
        (model, numbers): (ModelIndex, Numbers<'_>),
        parent: impl Fn(usize, &mut (dyn AnyArena + 'static)) -> Option<Id>,
    ) -> Option<Self> {
        let graph = &session.catalog.graph;
        let additions = settled_additions(graph, model, Change::Inserted)?;
        let amounts = additions.amounts.iter().map(|it| it.of_new(&numbers));
        let amounts: Vec<i64> = amounts.collect::<Option<_>>()?;
        if !is_free(session, marking) {
            return None;
        }
        let parents = graph.models[model].parents.iter().enumerate();
        let parents = parents.map(|(relation, &it)| parent(relation, session.arenas.get_mut(it)));
        let parents: Vec<Option<Id>> = parents.collect();
        let rows = additions.known(|relation| parents[relation], &amounts);
        // A row of the same model is locked by the insert, or not there before it.
        let is_other = |row: &Grown<Id, i64>| row.model != model;
        let is_named = |row: &Grown<Id, i64>| session.key_name(row.model).is_some();
        let is_fit = !rows.is_empty() && rows.iter().all(|row| is_other(row) && is_named(row));
        is_fit.then_some(Self {
            model,
            parents,
            rows,
        })
    }
}

impl<C: Wire> Block<C> {
    /// Says whether the server takes it.
    pub(crate) async fn of(
        session: &mut Session<'_, C>,
        foreseen: Foreseen,
        is_alone: bool,
    ) -> Result<Option<Self>, Error> {
        let Some(blocks) = session.blocks().await? else {
            return Ok(None);
        };
        // What the session's mode has the database cut, a flush has it refuse.
        if session.is_lax().await? {
            return Ok(None);
        }
        let mut locks = Vec::new();
        for ahead in ahead::relations(session, foreseen.model) {
            let model = ahead.parent;
            let id = foreseen.parents[ahead.relation];
            let id = id.filter(|&id| !session.locked.contains(model, id));
            let arena = session.arenas.get(model);
            locks.extend(id.map(|id| Locked {
                model,
                id,
                key: (session.registration(model).key_rows)(arena, &[id]),
            }));
        }
        Ok(Some(Self {
            blocks,
            locks,
            rows: foreseen.rows,
            is_alone,
        }))
    }

    /// Inserts the row by a statement, and says how often each model was changed because of it.
    pub(crate) async fn run(
        &self,
        session: &mut Session<'_, C>,
        insert: Statement<'_, C::Db>,
    ) -> Result<Written, Error> {
        let (blocks, rows) = (&self.blocks, &self.rows);
        let (marked, order) = (Marked::of(session, rows), in_order(rows));
        let mut block = Statement::new(blocks.around[0]);
        if self.is_alone {
            block.text(blocks.transaction[0]);
        }
        note(&mut block, blocks, 0);
        for Locked { model, key, .. } in &self.locks {
            let registration = session.registration(*model);
            let names: Vec<&'static str> = registration.key_names().collect();
            block.text(blocks.lock[0]).made(registration.table);
            block.text(" WHERE ");
            C::Db::among(&mut block, &names, &**key);
            block.text(blocks.lock[1]);
        }
        block.append(insert).text("; ");
        note(&mut block, blocks, 1);
        add(session, &mut block, (blocks, 1), &marked, (rows, &order));
        if self.is_alone {
            block.text(blocks.transaction[1]);
        }
        block.text(blocks.around[1]);
        let count = match session.execute(block).await {
            Ok(count) => count,
            Err(source) => return Err(self.failed(session, &order, source).await),
        };
        // Each statement tells how many rows it has found, and the block how many that are.
        let counts = if count == self.locks.len() + 1 + rows.len() {
            if !self.is_alone {
                for &Locked { model, id, .. } in &self.locks {
                    session.locked.add(model, &[id]);
                }
            }
            vec![Some(1); rows.len()]
        } else {
            marked.count(session, rows).await?
        };
        Ok(rows.iter().map(|row| row.model).zip(counts).collect())
    }

    /// The error of a block, of which nothing is left where it is a transaction.
    async fn failed(
        &self,
        session: &mut Session<'_, C>,
        order: &[usize],
        source: DieselError,
    ) -> Error {
        let step = latest_step(session, &self.blocks).await;
        if self.is_alone {
            // Where this fails, the connection is lost, and with it the transaction.
            session.inner.batch(self.blocks.undo).await.ok();
        } else {
            session.wrote |= step != Some(0);
        }
        match step.and_then(|step| order.get(step.checked_sub(1)?)) {
            Some(&at) => failed(session, &self.rows[at..=at], source),
            None => Error::Database(source),
        }
    }
}

/// Writes all rows by one block, and says how many there were of each.
pub(super) async fn write<C: Wire>(
    session: &mut Session<'_, C>,
    blocks: &Blocks,
    marked: &Marked<C>,
    rows: &[Grown<Id, i64>],
    order: &[usize],
) -> Result<Vec<Option<usize>>, Error> {
    let mut block = Statement::new(blocks.around[0]);
    note(&mut block, blocks, 0);
    add(session, &mut block, (blocks, 0), marked, (rows, order));
    block.text(blocks.around[1]);
    match session.execute(block).await {
        Ok(count) if count == rows.len() => Ok(vec![Some(1); rows.len()]),
        Ok(_) => marked.count(session, rows).await,
        Err(source) => {
            let step = latest_step(session, blocks).await;
            let at = step.and_then(|step| order.get(step));
            let rows = at.map_or(rows, |&at| &rows[at..=at]);
            Err(failed(session, rows, source))
        }
    }
}

/// Adds the `UPDATE`s of all rows, before which so many steps were done.
fn add<'q, C: Wire>(
    session: &Session<'_, C>,
    block: &mut Statement<'q, C::Db>,
    (blocks, done): (&Blocks, usize),
    marked: &'q Marked<C>,
    (rows, order): (&[Grown<Id, i64>], &[usize]),
) {
    for (place, &at) in order.iter().enumerate() {
        if place > 0 {
            note(block, blocks, done + place);
        }
        marked.update(session, block, rows, at);
        block.text("; ");
    }
}

/// Notes how many steps are done.
fn note<DB: Dialect>(block: &mut Statement<'_, DB>, blocks: &Blocks, steps: usize) {
    let [before, after] = blocks.step;
    block.text(before).number(steps).text(after);
}

/// How many steps the block has done that was run last; none, where it is not to be found out.
async fn latest_step<C: Wire>(session: &mut Session<'_, C>, blocks: &Blocks) -> Option<usize> {
    let step = integer(session.inner, Statement::new(blocks.latest_step)).await;
    usize::try_from(step.ok()??).ok()
}
