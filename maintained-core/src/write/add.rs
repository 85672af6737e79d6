//! Inserting rows that are not returned.
//!
//! What a new row wakes is known from the struct: the parents that it names, and its own key. What
//! the struct leaves to the database is read back, and no more than that.

use std::cell::Cell;

use super::counted::{Counted, unknown};
use super::defaults::missed;
use super::needed::Needed;
use super::read_back::Back;
use super::values::Insert;
use super::{Statements, Write, read, write};
use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::declare::arena::{Arenas, Id};
use crate::declare::columns::{ColumnSet, MAX_COLUMNS};
use crate::declare::model::Model;
use crate::declare::positions::ColumnIndex;
use crate::engine::ahead::{self, Start};
use crate::engine::declared::{Block, Foreseen, Joint, Part};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::graph::{Cause, Change, ModelIndex, RelationIndex};
use crate::marks::change::Numbers;
use crate::rows::new::{New, NewOn};
use crate::rows::stored::Stored;
use crate::rows::{Image, RowSet};
use crate::session::Session;
use crate::sql::{Dialect, Results};

/// Runs of fewer rows are inserted by a statement for just that many, longer ones by statements for
/// so many rows that the database sees few different ones.
const FEW: usize = 16;

pub(super) async fn many<C, M, N>(
    conn: &mut MaintainedConnection<C>,
    new: &[N],
) -> Result<(), Error>
where
    C: Wrapped,
    M: Stored<C::Db>,
    N: NewOn<C::Db, Model = M>,
{
    let Some(first) = Run::next::<C>(new) else {
        return Ok(());
    };
    let add = Add {
        model: read::model_of::<C, M>()?,
        new,
        statements: Statements::one_if(first.rows.len() == new.len()),
    };
    let added = write(conn, &add).await;
    added.map_err(|error| missed(M::META, error))
}

/// An insert of rows that are not returned.
struct Add<'n, N> {
    model: ModelIndex,
    new: &'n [N],
    statements: Statements,
}

impl<C: Wrapped, N: NewOn<C::Db>> Task<C> for Add<'_, N> {
    type Output = ();

    async fn run(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
    ) -> Result<(), Error> {
        let mut rest = self.new;
        while let Some(run) = Run::next::<C>(rest) {
            run.insert(session, marking, self.model).await?;
            rest = &rest[run.rows.len()..];
        }
        Ok(())
    }
}

impl<C: Wrapped, N: NewOn<C::Db>> Write<C> for Add<'_, N> {
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
        if self.new.len() != 1 {
            return Ok(None);
        }
        let Some(run) = Run::next::<C>(self.new) else {
            return Ok(None);
        };
        let model = self.model;
        if !run.tells_all(session, model) {
            return Ok(None);
        }
        if C::Db::BLOCKS.is_some() {
            let Some(foreseen) = run.foreseen(session, marking, model) else {
                return Ok(None);
            };
            let Some(block) = Block::of(session, foreseen, is_alone).await? else {
                return Ok(None);
            };
            return run.insert_in_block(session, marking, (model, &block)).await;
        }
        let change = (model, Change::Inserted);
        let joint = Joint::of(session, marking, change, is_alone).await?;
        let Some(joint) = joint.filter(|joint| run.tells(joint)) else {
            return Ok(None);
        };
        run.insert_jointly(session, marking, model, &joint)
            .await
            .map(Some)
    }
}

/// Rows that one statement inserts, since they have values for the same columns.
struct Run<'n, N> {
    rows: &'n [N],
    left_out: ColumnSet,
}

impl<'n, N: New> Run<'n, N> {
    fn next<C: Wrapped>(new: &'n [N]) -> Option<Self> {
        let left_out = new.first()?.left_out();
        let width = N::COLUMNS.len() - left_out.len();
        // `DEFAULT VALUES` and its like insert one row.
        let most = if width == 0 {
            1
        } else {
            C::Db::most_added(width)
        };
        // Where keys are recovered, those that are null are given by the database, one after
        // another.
        let has_key = |row: &N| C::Db::RETURNS_INSERTED || row.key().is_some();
        let first_has_key = has_key(&new[0]);
        let fits = |row: &&N| row.left_out() == left_out && has_key(row) == first_has_key;
        let count = new.iter().take(most).take_while(fits).count();
        let rows = if C::Db::ARRAYS || count == most || count < FEW {
            count
        } else {
            1 << count.ilog2()
        };
        Some(Self {
            rows: &new[..rows],
            left_out,
        })
    }

    async fn insert<C>(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        model: ModelIndex,
    ) -> Result<(), Error>
    where
        C: Wrapped,
        N: NewOn<C::Db>,
    {
        let insert = Insert::<C, N>::new(self.rows, self.left_out);
        if marking.is_disabled() {
            return insert.execute(session, model).await;
        }
        if let Some(rows) = self.lock_ahead(session, marking, model, &insert).await? {
            if let Some(mut recorder) = marking.recorder(session) {
                for row in 0..rows.len() {
                    recorder.record(model, None, Some(Image::new(&*rows, row)));
                }
            }
            return Ok(());
        }
        let needed = Needed::of(session, model);
        let ids = self.ids(session, model, needed.own);
        let given = self.given();
        // The database may cut what the structs say.
        let is_exact = !session.is_lax().await?;
        let numbers = if is_exact {
            given & N::INTEGERS
        } else {
            ColumnSet::NONE
        };
        // Where the structs say everything, nothing is read back.
        if let Some(ids) = &ids
            && is_exact
            && self.tells_all(session, model)
        {
            insert.execute(session, model).await?;
            self.record(session, marking, model, ids, numbers);
            return Ok(());
        }
        let back = Back::of(session, model, needed.columns);
        let rows = if C::Db::RETURNS_INSERTED {
            back.returned(session, &insert).await?
        } else if let Some(ids) = self.ids(session, model, true) {
            insert.execute(session, model).await?;
            let rows = back.by_key(session, &ids).await?;
            if rows.len() != self.rows.len() {
                return Err(unknown(N::Model::META, N::Model::META.key[0]));
            }
            rows
        } else {
            let meta = N::Model::META;
            // A part of the key that has a field may be null.
            let given = if given.includes(meta.key_columns()) {
                ColumnSet::NONE
            } else {
                given
            };
            let counted = Counted::of(model, meta, given)?;
            let counted = counted.ok_or_else(|| unknown(meta, meta.key[0]))?;
            counted.expect(session, marking).await?;
            insert.execute(session, model).await?;
            back.by_last_id(session, marking, counted, self.rows.len())
                .await?
        };
        // Many rows may return in another order than they were inserted in.
        let only = self.rows.first().filter(|_| self.rows.len() == 1);
        back.record(session, marking, &rows, only, numbers);
        Ok(())
    }

    /// Whether the structs say all that the marks of their rows need to know.
    fn tells_all<C: Wrapped>(&self, session: &Session<'_, C>, model: ModelIndex) -> bool {
        let needed = Needed::of(session, model).columns;
        // What a column has rounded names another row than the struct does.
        let rounded = session.catalog.graph.models[model].rounded;
        self.given().includes(needed) && !needed.intersects(rounded)
    }

    /// Whether the structs say all that is added.
    fn tells(&self, joint: &Joint) -> bool {
        let known = self.given() & N::INTEGERS;
        let differences = joint.differences().iter();
        let mut columns = differences.flat_map(|it| it.value.into_iter().chain(it.filter));
        columns.all(|column| known.contains(column))
    }

    /// Inserts the only row, and adds what follows from it by the same statement.
    async fn insert_jointly<C>(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        model: ModelIndex,
        joint: &Joint,
    ) -> Result<(), Error>
    where
        C: Wrapped,
        N: NewOn<C::Db>,
    {
        let insert = Insert::<C, N>::new(self.rows, self.left_out);
        let part = Part::Insert(insert.statement());
        let read = &mut |_: &<C::Db as Results>::Row<'_, '_>, _: &mut Arenas| Ok(());
        let written = joint.run(session, part, (None, 0), read).await?;
        self.record(session, marking, model, &[], self.given() & N::INTEGERS);
        if let Some(written) = written {
            marking.pending.note_written(written);
        }
        Ok(())
    }

    /// What the only row adds, if the struct says it.
    fn foreseen<C>(
        &self,
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
        model: ModelIndex,
    ) -> Option<Foreseen>
    where
        C: Wrapped,
        N: NewOn<C::Db>,
    {
        let row = &self.rows[0];
        let of = |column| [None, row.integer(column)];
        let numbers = Numbers::of_new(self.given() & N::INTEGERS, &of);
        Foreseen::of(session, marking, (model, numbers), |relation, parents| {
            row.parent(relation, parents).id()
        })
    }

    async fn insert_in_block<C>(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        (model, block): (ModelIndex, &Block<C>),
    ) -> Result<Option<()>, Error>
    where
        C: Wrapped,
        N: NewOn<C::Db>,
    {
        let insert = Insert::<C, N>::new(self.rows, self.left_out);
        let Some(written) = block.run(session, insert.statement()).await? else {
            return Ok(None);
        };
        self.record(session, marking, model, &[], self.given() & N::INTEGERS);
        marking.pending.note_written(written);
        Ok(Some(()))
    }

    /// Locks the parents, and what follows from them. The rows may be inserted by the statement that
    /// does so: then they are returned.
    async fn lock_ahead<C>(
        &self,
        session: &mut Session<'_, C>,
        marking: &Marking<'_>,
        model: ModelIndex,
        insert: &Insert<'_, C, N>,
    ) -> Result<Option<Box<dyn RowSet<C::Db>>>, Error>
    where
        C: Wrapped,
        N: NewOn<C::Db>,
    {
        let changed = (model, self.rows.len());
        if let Some(locks) =
            ahead::locks(session, marking, changed, Cause::Change(Change::Inserted))
        {
            let start = Start::new(model).naming(session, |relation, parents| {
                let rows = self.rows.iter();
                rows.filter_map(|row| row.parent(relation, parents).id())
                    .collect()
            });
            let statement = || insert.statement();
            let written = ahead::lock_and_write(session, &start, &locks, Some(&statement)).await?;
            return Ok(written.map(|written| written.after));
        }
        let locked = ahead::parents(session, model, |relation, parents| {
            let rows = self.rows.iter();
            rows.map(|row| [None, row.parent(relation, parents).id()])
                .collect()
        });
        locked.await.map(|()| None)
    }

    /// The model's columns that have a value.
    fn given(&self) -> ColumnSet {
        let places = ColumnIndex::first(N::PLACES.len()).zip(N::PLACES);
        let given = places.filter(|&(field, place)| {
            place.number() < MAX_COLUMNS && !self.left_out.contains(field)
        });
        given.fold(ColumnSet::NONE, |set, (_, &place)| set.with(place))
    }

    /// The ids of the rows, where they are wanted, if the structs say their keys.
    fn ids<C: Wrapped>(
        &self,
        session: &mut Session<'_, C>,
        model: ModelIndex,
        wanted: bool,
    ) -> Option<Vec<Id>> {
        if !wanted {
            return Some(Vec::new());
        }
        let arena = session.arena::<N::Model>(model);
        let rows = self.rows.iter();
        rows.map(|row| Some(arena.intern(&row.key()?))).collect()
    }

    /// Leaves the marks of the rows, of which the structs say everything.
    fn record<C: Wrapped>(
        &self,
        session: &mut Session<'_, C>,
        marking: &mut Marking<'_>,
        model: ModelIndex,
        ids: &[Id],
        numbers: ColumnSet,
    ) {
        let Some(mut recorder) = marking.recorder(session) else {
            return;
        };
        for (at, row) in self.rows.iter().enumerate() {
            // Where the row itself is not marked, its id does not matter.
            let id = ids.get(at).copied().unwrap_or(0);
            // Several marks may go to one parent, which is then looked up once.
            let named: Cell<Option<(RelationIndex, Option<Id>)>> = Cell::new(None);
            let of = |column| [None, row.integer(column)];
            let numbers = Some(Numbers::of_new(numbers, &of));
            recorder.change(model, id, Change::Inserted, numbers, |relation, parents| {
                let parent = match named.get() {
                    Some((known, parent)) if known == relation => parent,
                    _ => row.parent(relation, parents).id(),
                };
                named.set(Some((relation, parent)));
                [None, parent]
            });
        }
    }
}
