//! Rows of short ways by a block of statements, where the server takes several as one; with the
//! insert that they follow from, where it is known beforehand what that adds.
//!
//! The statements run one after another, each on what is there by then: none of them misses a row,
//! as a single statement may (`together`). A block that fails has done what stands before the
//! statement that failed. Within a transaction it notes in a variable of the session that the row is
//! inserted, which is asked for then: a number that is that of no other block.

use std::ops::Range;

use diesel::query_builder::AstPass;
use diesel::result::{Error as DieselError, QueryResult};
use typed_index_collections::TiVec;

use super::failed;
use super::joint::{is_free, settled_additions};
use super::marked::Marked;
use crate::declare::arena::{AnyArena, Id};
use crate::declare::positions::ColumnIndex;
use crate::engine::marking::Marking;
use crate::engine::{ahead, held};
use crate::error::{Error, ErrorKind};
use crate::graph::{Change, Found, Grown, ModelIndex, RelationIndex, in_order};
use crate::marks::change::Numbers;
use crate::marks::pending::{Written, Wrote};
use crate::session::Session;
use crate::session::learned::integer;
use crate::session::read_ahead::Writes;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Array, Blocks, Dialect};
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
    parents: TiVec<RelationIndex, Option<Id>>,
    rows: Vec<Grown<Id, i64>>,
}

impl Foreseen {
    /// Finds it out, given the row's numbers and the parent that each relation names; none, where
    /// the row goes the general way.
    pub(crate) fn of<C: Wire>(
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
        (model, numbers): (ModelIndex, Numbers<'_>),
        parent: impl Fn(RelationIndex, &mut (dyn AnyArena + 'static)) -> Option<Id>,
    ) -> Option<Self> {
        let graph = &session.catalog.graph;
        let additions = settled_additions(graph, model, Change::Inserted)?;
        let amounts = additions.amounts.iter().map(|it| it.of_new(&numbers));
        let amounts: Vec<i64> = amounts.collect::<Option<_>>()?;
        if !is_free(session, marking) {
            return None;
        }
        let parents = graph.models[model].parents.iter_enumerated();
        let parents = parents.map(|(relation, &it)| parent(relation, session.arenas.get_mut(it)));
        let parents: TiVec<_, Option<Id>> = parents.collect();
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

    /// Inserts the row by a statement, and says how often each model was changed because of it; none
    /// where nothing was done, and a transaction around the write would tell why.
    pub(crate) async fn run(
        &self,
        session: &mut Session<'_, C>,
        insert: Statement<'_, C::Db>,
    ) -> Result<Option<Written>, Error> {
        let (blocks, rows) = (&self.blocks, &self.rows);
        let marked = Marked::of(session, rows);
        let token = Token(fastrand::i64(..));
        let mut block = Statement::new(blocks.around[0]);
        if self.is_alone {
            block.text(blocks.transaction[0]);
        }
        // Where all of it can be undone, a row that is added to is locked by that.
        let mut rest = in_order(rows);
        let mut locked = 0;
        for lock in &self.locks {
            let is_it = |at: &usize| {
                let row = &rows[*at];
                row.model == lock.model && row.found == Found::At(lock.id)
            };
            let place = rest.iter().position(|at| self.is_alone && is_it(at));
            if let Some(place) = place {
                marked.update(session, &mut block, rows, rest.remove(place));
                block.text("; ");
            } else {
                lock.add_to(session, blocks, &mut block);
                locked += 1;
            }
        }
        block.append(insert).text("; ");
        if !self.is_alone {
            block.text(blocks.note[0]);
            block
                .value(&token, 0, ColumnIndex::at(0))
                .text(blocks.note[1]);
        }
        for at in rest {
            marked.update(session, &mut block, rows, at);
            block.text("; ");
        }
        if self.is_alone {
            block.text(blocks.transaction[1]);
        }
        block.text(blocks.around[1]);
        let count = match session.execute(Writes::Any, block).await {
            Ok(count) => count,
            Err(source) if self.is_alone => return self.undone(session, source).await,
            Err(source) => return Err(self.failed(session, token, source).await),
        };
        // Each statement tells how many rows it has found, and the block how many that are.
        let counts = if count == locked + 1 + rows.len() {
            if !self.is_alone {
                for &Locked { model, id, .. } in &self.locks {
                    session.locked.add(model, &[id]);
                }
            }
            vec![Some(1); rows.len()]
        } else {
            marked.count(session, rows).await?
        };
        let models = rows.iter().map(|row| row.model);
        let wrote = counts.into_iter().map(Wrote::once);
        Ok(Some(models.zip(wrote).collect()))
    }

    /// Undoes a block that is a transaction of its own. Where it was refused for what some row would
    /// have been, the write says which row that is when it is done step by step.
    async fn undone(
        &self,
        session: &mut Session<'_, C>,
        source: DieselError,
    ) -> Result<Option<Written>, Error> {
        // Where this fails, the connection is lost, and with it the transaction.
        session.inner.batch(self.blocks.undo).await.ok();
        let is_of_a_row = held::is_refused(&source);
        let error = Error::Database(source);
        let is_of_a_row = is_of_a_row
            || matches!(
                error.kind(),
                ErrorKind::UniqueViolation
                    | ErrorKind::ForeignKeyViolation
                    | ErrorKind::NotNullViolation
                    | ErrorKind::CheckViolation
            );
        if is_of_a_row { Ok(None) } else { Err(error) }
    }

    /// The error of a block within a transaction: about the new row, or else about one that is
    /// added to.
    async fn failed(
        &self,
        session: &mut Session<'_, C>,
        token: Token,
        source: DieselError,
    ) -> Error {
        let noted = integer(session.inner, Statement::new(self.blocks.noted)).await;
        let is_inserted = !matches!(noted, Ok(noted) if noted != Some(token.0));
        session.wrote |= is_inserted;
        if is_inserted {
            failed(session, &self.rows, source)
        } else {
            Error::Database(source)
        }
    }
}

impl<C: Wire> Locked<C> {
    /// Adds the statement that locks the row.
    fn add_to<'q>(
        &'q self,
        session: &Session<'_, C>,
        blocks: &Blocks,
        block: &mut Statement<'q, C::Db>,
    ) {
        let registration = session.registration(self.model);
        let names: Vec<&'static str> = registration.key_names().collect();
        block.text(blocks.lock[0]).made(registration.table);
        block.text(" WHERE ");
        C::Db::among(block, &names, &*self.key);
        block.text(blocks.lock[1]);
    }
}

/// A number that stands for one block. It is random: a count would begin anew for a connection that
/// is unwrapped and wrapped again, and its session remembers.
#[derive(Clone, Copy)]
struct Token(i64);

impl<DB: Dialect> Rows<DB> for Token {
    fn bind<'b>(&'b self, _: usize, _: ColumnIndex, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        DB::bind_integer(&self.0, out)
    }

    fn array(&self, _: Range<usize>, _: ColumnIndex) -> Option<Array<'_, DB>> {
        None
    }

    fn len(&self) -> usize {
        1
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
    for &at in order {
        marked.update(session, &mut block, rows, at);
        block.text("; ");
    }
    block.text(blocks.around[1]);
    let done = session.execute(Writes::Any, block).await;
    let count = done.map_err(|source| failed(session, rows, source))?;
    if count == rows.len() {
        return Ok(vec![Some(1); rows.len()]);
    }
    marked.count(session, rows).await
}
