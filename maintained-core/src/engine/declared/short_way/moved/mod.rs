//! Short ways that begin at two rows of a model, as after a move: one parent loses what the other
//! gains.
//!
//! Two rows of a model have to be locked in one order by all writers, so each level locks its rows in
//! the order of their keys before it writes them. From some level on both ways may lead to the same
//! row, which is written once, by what both add up to: it may be nothing, or more than what it goes
//! through on the way would fit into its column.

mod block;

use std::collections::BTreeMap;
use std::time::Instant;

use super::super::adjust::{Growth, grow};
use super::super::field::Declared;
use super::levels::{Beginnings, Levels};
use super::{failed, models_of, note_computed, take, together};
use crate::declare::arena::Id;
use crate::declare::positions::ColumnIndex;
use crate::error::Error;
use crate::graph::{Adding, Found, Grown, MOST, ModelIndex, RelationIndex, Sides, in_order};
use crate::marks::pending::{Adjustment, Pending, Written, Wrote};
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Blocks, Dialect};
use crate::wire::Wire;

/// The rows at which ways begin, in the order of their keys.
type Starts = [Option<Id>; 2];

/// What is added to a field because of each of the two.
type Amounts = [i64; 2];

/// A row that is written, whose amounts are told by their places.
type Row = Grown<Starts, usize>;

/// How the rows are written.
enum How {
    Together,
    InBlock(Blocks),
    /// By a statement each.
    EachAlone,
}

/// Works off all marks, where they are differences of at most two rows of each model, and two of
/// one, that reach their fields by short ways; says whether they were. What the write has added
/// itself is not added again.
pub(super) async fn run<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
    written: Option<&Written>,
) -> Result<bool, Error> {
    let Some((rows, amounts)) = rows(session, pending) else {
        return Ok(false);
    };
    if rows.iter().any(|row| session.key_name(row.model).is_none()) {
        return Ok(false);
    }
    let how = if together::is_fit(session, models_of(&rows)).await? {
        How::Together
    } else if !C::Db::LOCKS {
        How::EachAlone
    } else if let Some(blocks) = session.blocks().await? {
        How::InBlock(blocks)
    } else {
        // Only what locks the rows in order will do.
        return Ok(false);
    };
    take(&session.catalog.graph, pending);
    let begin = Instant::now();
    let moved = Moved::of(session, rows, amounts);
    let wrote = match (written, how) {
        (Some(written), _) => moved.wrote(written),
        (None, _) if moved.rows.is_empty() => Vec::new(),
        (None, How::Together) => moved.write_together(session).await?,
        (None, How::InBlock(blocks)) => moved.write_in_block(session, &blocks).await?,
        (None, How::EachAlone) => vec![Wrote::once(None); moved.rows.len()],
    };
    // What no other statement has written, or has missed, is written by one of its own.
    for &at in &moved.order {
        let missed = wrote[at].missed & moved.sides(at);
        let count = moved.write(session, at, missed).await?;
        let count = wrote[at].changed + count;
        session.work.changed(moved.rows[at].model, count);
    }
    note_computed(session, &moved.rows, begin, |&amount| {
        let by = moved.amounts[amount].iter();
        by.filter(|&&by| by != 0).count()
    });
    Ok(true)
}

/// The rows that all marks lead to, and what is added to them; none, where some mark is no
/// difference, where no model has differences of two rows, or where a mark leads further than a
/// short way does.
fn rows<C: Wire>(session: &Session<'_, C>, pending: &Pending) -> Option<(Vec<Row>, Vec<Amounts>)> {
    let graph = &session.catalog.graph;
    let differences = pending.only_differences(MOST)?;
    let mut starts: BTreeMap<ModelIndex, Vec<Id>> = BTreeMap::new();
    for &(model, id, _) in differences.keys() {
        let ids = starts.entry(model).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let is_moved = starts.values().any(|ids| ids.len() == 2);
    if !is_moved || starts.values().any(|ids| ids.len() > 2) {
        return None;
    }
    let mut by_setter: BTreeMap<_, (Starts, Amounts)> = BTreeMap::new();
    for ((model, id, setter), adjustment) in differences {
        let Adjustment::By(by) = adjustment else {
            return None;
        };
        let ids = starts.get_mut(&model)?;
        session.arenas.get(model).sort(ids);
        let starts = [ids.first().copied(), ids.get(1).copied()];
        let (_, amounts) = by_setter.entry((model, setter)).or_insert((starts, [0, 0]));
        amounts[usize::from(starts[0] != Some(id))] = by;
    }
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for ((model, setter), (starts, amounts)) in by_setter {
        let way = graph.short_way(model, setter)?;
        amounts[0].checked_add(amounts[1])?;
        // Where differences have cancelled each other out, only the marks are taken off.
        if amounts != [0, 0] {
            if !way.gather(&mut rows, starts, all.len()) {
                return None;
            }
            all.push(amounts);
        }
    }
    Some((rows, all))
}

/// What the statements bind.
struct Moved<C: Wire> {
    rows: Vec<Row>,
    amounts: Vec<Amounts>,
    /// The order in which the rows are written.
    order: Vec<usize>,
    /// The keys of rows at which ways begin.
    keys: Vec<Option<Box<dyn Rows<C::Db>>>>,
    /// Of each field of each row: because of the one, of the other, and of both.
    growths: Vec<Vec<[Growth<C>; 3]>>,
}

impl<C: Wire> Moved<C> {
    fn of(session: &Session<'_, C>, rows: Vec<Row>, amounts: Vec<Amounts>) -> Self {
        let key = |row: &Row| match row.found {
            Found::At(starts) => {
                let ids: Vec<Id> = starts.into_iter().flatten().collect();
                let arena = session.arenas.get(row.model);
                Some((session.registration(row.model).key_rows)(arena, &ids))
            }
            Found::Named { .. } => None,
        };
        let growth = |&(field, amount): &(Adding, usize)| {
            let field = Declared::of(session, field.model, field.setter);
            Sides::SOME.map(|sides| Growth::of(session, field, sides.amount(amounts[amount])))
        };
        let growths = |row: &Row| row.fields.iter().map(growth).collect();
        Self {
            order: in_order(&rows),
            keys: rows.iter().map(key).collect(),
            growths: rows.iter().map(growths).collect(),
            rows,
            amounts,
        }
    }

    /// By which of the ways something is added to a row.
    fn sides(&self, at: usize) -> Sides {
        let amounts = || self.rows[at].fields.iter().map(|&(_, it)| self.amounts[it]);
        Sides::of([0, 1].map(|side| amounts().any(|amounts| amounts[side] != 0)))
    }

    /// Whether nothing is added to a row that both ways lead to.
    fn is_nothing(&self, at: usize) -> bool {
        let mut amounts = self.rows[at].fields.iter().map(|&(_, it)| self.amounts[it]);
        amounts.all(|amounts| Sides::BOTH.amount(amounts) == 0)
    }

    /// What a write has done to the rows itself.
    fn wrote(&self, written: &Written) -> Vec<Wrote> {
        let mut all: Vec<Wrote> = Vec::with_capacity(self.rows.len());
        let mut swapped: Vec<bool> = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let known = written.iter().find(|(model, _)| *model == row.model);
            let wrote = known.map_or(Wrote::once(None), |&(_, wrote)| wrote);
            // The write told which row the way begins at first, and not in the order of keys.
            let is_swapped = match row.found {
                Found::At(starts) => wrote.first.is_some() && wrote.first == starts[1],
                Found::Named { below, .. } => swapped[below],
            };
            swapped.push(is_swapped);
            let missed = if is_swapped {
                wrote.missed.swapped()
            } else {
                wrote.missed
            };
            all.push(Wrote { missed, ..wrote });
        }
        all
    }

    /// Writes all rows by one statement.
    async fn write_together(&self, session: &mut Session<'_, C>) -> Result<Vec<Wrote>, Error> {
        let levels = Levels {
            rows: &self.rows,
            order: &self.order,
        };
        let mut statement = Statement::new("WITH ");
        levels.write(session, &mut statement, self);
        levels.tell(statement.text(" SELECT "));
        let mut numbers = Vec::with_capacity(levels.told());
        let done = session
            .load_written(Writes::Any, statement, &mut |row, _| {
                together::read::<C::Db>(&mut numbers, row, 0..levels.told())
            })
            .await;
        done.map_err(|source| failed(session, &self.rows, source))?;
        let mut wrote = levels.wrote(&numbers);
        for (row, wrote) in self.rows.iter().zip(&mut wrote) {
            // A row that is not there is missed by nobody.
            if let Found::At(_) = row.found {
                wrote.missed = Sides::NONE;
            }
        }
        Ok(wrote)
    }

    /// Adds to some rows of a level by a statement each; says how many rows were changed.
    async fn write(
        &self,
        session: &mut Session<'_, C>,
        at: usize,
        sides: Sides,
    ) -> Result<usize, Error> {
        let mut count = 0;
        for &side in sides.each() {
            let mut statement = Statement::new("");
            self.update(session, &mut statement, at, [side; 2]);
            if sides == Sides::BOTH {
                self.unless_same(session, &mut statement, at);
            }
            count += self.execute(session, at, statement).await?;
        }
        let is_same = count == 0 && sides == Sides::BOTH;
        if is_same && !self.is_nothing(at) {
            let mut statement = Statement::new("");
            self.update(session, &mut statement, at, [Sides::FIRST, Sides::BOTH]);
            count = self.execute(session, at, statement).await?;
        }
        Ok(count)
    }

    async fn execute(
        &self,
        session: &mut Session<'_, C>,
        at: usize,
        statement: Statement<'_, C::Db>,
    ) -> Result<usize, Error> {
        let done = session
            .execute(Writes::Rows(self.rows[at].model), statement)
            .await;
        done.map_err(|source| failed(session, &self.rows[at..=at], source))
    }

    /// Adds the `UPDATE` of the row that one way leads to, by what is added because of some.
    fn update<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        at: usize,
        [found, by]: [Sides; 2],
    ) {
        let row = &self.rows[at];
        statement.text("UPDATE ");
        statement.made(session.registration(row.model).table);
        for (place, ((field, _), growths)) in row.fields.iter().zip(&self.growths[at]).enumerate() {
            statement.text(if place > 0 { ", " } else { " SET " });
            let field = Declared::of(session, field.model, field.setter);
            grow(session, statement, field, &growths[by.place()]);
        }
        statement.text(" WHERE ");
        self.found(session, statement, at, found);
    }

    /// Adds the condition, behind another, that the ways do not lead to one row.
    fn unless_same<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        at: usize,
    ) {
        if let Found::Named { below, relation } = self.rows[at].found {
            let key = (below, relation);
            statement.text(" AND NOT COALESCE(");
            self.named(session, statement, key, Sides::FIRST);
            statement.text(" = ");
            self.named(session, statement, key, Sides::SECOND);
            statement.text(", FALSE)");
        }
    }

    /// Adds the condition that finds the row that one way leads to.
    fn found<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        at: usize,
        side: Sides,
    ) {
        let key = session.key_name(self.rows[at].model).unwrap_or_default();
        if let Some(keys) = &self.keys[at] {
            statement.equal(&[key], C::Db::EQUALS, &**keys, side.place());
        }
        if let Found::Named { below, relation } = self.rows[at].found {
            statement.name(key).text(" = ");
            self.named(session, statement, (below, relation), side);
        }
    }

    /// Adds a query for the key that the row below names.
    fn named<'q>(
        &'q self,
        session: &Session<'_, C>,
        statement: &mut Statement<'q, C::Db>,
        (below, relation): (usize, RelationIndex),
        side: Sides,
    ) {
        let registration = session.registration(self.rows[below].model);
        statement.text("(SELECT ");
        statement.name(registration.foreign_key_name(relation));
        statement.text(" FROM ").made(registration.table);
        statement.text(" WHERE ");
        self.found(session, statement, below, side);
        statement.text(")");
    }

    /// Binds what is added to a field of a row.
    fn by<'q>(
        &'q self,
        statement: &mut Statement<'q, C::Db>,
        (at, field): (usize, usize),
        sides: Sides,
    ) {
        let growth = &self.growths[at][field][sides.place()];
        statement.value(growth, 0, ColumnIndex::at(0));
    }
}

impl<C: Wire> Beginnings<C> for Moved<C> {
    fn begin<'q>(&'q self, statement: &mut Statement<'q, C::Db>, at: usize, amounts: &[usize]) {
        let Some(keys) = &self.keys[at] else { return };
        let row = &self.rows[at];
        for (place, &side) in self.sides(at).each().iter().enumerate() {
            statement.text(if place > 0 { ", (" } else { "VALUES (" });
            statement.value(&**keys, side.place(), ColumnIndex::at(0));
            statement.text(if side == Sides::FIRST { ", 1" } else { ", 2" });
            for amount in amounts {
                let of = |(_, it): &(Adding, usize)| it == amount;
                let field = row.fields.iter().position(of).unwrap_or_default();
                self.by(statement.text(", "), (at, field), side);
            }
            statement.text(")");
        }
    }
}
