//! Short ways that begin at two rows of a model, as after a move: one parent loses what the other
//! gains.
//!
//! Two rows of a model have to be locked in one order by all writers, so each level locks its rows in
//! the order of their keys before it writes them. From some level on both ways may lead to the same
//! row, which is written once, by what both add up to: it may be nothing, or more than what it goes
//! through on the way would fit into its column.

mod block;
mod together;

use std::collections::BTreeMap;
use std::time::Instant;

use super::super::adjust::{Growth, grow};
use super::super::field::Declared;
use super::{failed, models_of, note_computed, take};
use crate::declare::arena::Id;
use crate::declare::positions::ColumnIndex;
use crate::error::Error;
use crate::graph::{Adding, Found, Graph, Grown, MOST, ModelIndex, RelationIndex, in_order};
use crate::marks::pending::{Adjustment, Pending};
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::Dialect;
use crate::sql::statement::{Rows, Statement};
use crate::wire::Wire;

/// The rows at which ways begin, in the order of their keys.
type Starts = [Option<Id>; 2];

/// What is added to a field because of each of the two.
type Amounts = [i64; 2];

/// Works off all marks, where they are differences of at most two rows of each model, and two of
/// one, that reach their fields by short ways; says whether they were.
pub(super) async fn run<C: Wire>(
    session: &mut Session<'_, C>,
    pending: &mut Pending,
) -> Result<bool, Error> {
    let Some(rows) = rows(session, pending) else {
        return Ok(false);
    };
    if rows.iter().any(|row| session.key_name(row.model).is_none()) {
        return Ok(false);
    }
    // Where rows are locked, only what locks them in order will do.
    let is_together = super::together::is_fit(session, models_of(&rows)).await?;
    let blocks = if C::Db::LOCKS && !is_together {
        match session.blocks().await? {
            Some(blocks) => Some(blocks),
            None => return Ok(false),
        }
    } else {
        None
    };
    take(&session.catalog.graph, pending);
    let begin = Instant::now();
    let moved = Moved::of(session, rows);
    if moved.rows.is_empty() {
        // Differences have cancelled each other out.
    } else if is_together {
        moved.write_together(session).await?;
    } else if let Some(blocks) = blocks {
        moved.write_in_block(session, &blocks).await?;
    } else {
        for &at in &moved.order {
            let count = moved.write(session, at, Sides::of(&moved.rows[at])).await?;
            session.work.changed(moved.rows[at].model, count);
        }
    }
    note_computed(session, &moved.rows, begin, |amounts| {
        amounts.iter().filter(|&&by| by != 0).count()
    });
    Ok(true)
}

/// The rows that all marks lead to; none, where some mark is no difference, where no model has
/// differences of two rows, or where a mark leads further than a short way does.
fn rows<C: Wire>(
    session: &Session<'_, C>,
    pending: &Pending,
) -> Option<Vec<Grown<Starts, Amounts>>> {
    let graph: &Graph = &session.catalog.graph;
    let differences = pending.only_differences(MOST)?;
    let mut models: BTreeMap<ModelIndex, Vec<Id>> = BTreeMap::new();
    for &(model, id, _) in differences.keys() {
        let ids = models.entry(model).or_default();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let is_moved = models.values().any(|ids| ids.len() == 2);
    if !is_moved || models.values().any(|ids| ids.len() > 2) {
        return None;
    }
    let mut rows = Vec::new();
    for (model, mut ids) in models {
        session.arenas.get(model).sort(&mut ids);
        let starts = [ids.first().copied(), ids.get(1).copied()];
        let mut setters: BTreeMap<_, Amounts> = BTreeMap::new();
        for (&(_, id, setter), adjustment) in
            differences.iter().filter(|((it, ..), _)| *it == model)
        {
            let Adjustment::By(by) = *adjustment else {
                return None;
            };
            let side = usize::from(starts[0] != Some(id));
            setters.entry(setter).or_default()[side] = by;
        }
        for (setter, amounts) in setters {
            let way = graph.short_way(model, setter)?;
            amounts[0].checked_add(amounts[1])?;
            if amounts != [0, 0] && !way.gather(&mut rows, starts, amounts) {
                return None;
            }
        }
    }
    Some(rows)
}

/// Which of two ways lead to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sides {
    First,
    Second,
    Both,
}

impl Sides {
    const ALL: [Self; 3] = [Self::First, Self::Second, Self::Both];

    /// Those by which something is added to a row.
    fn of(row: &Grown<Starts, Amounts>) -> Self {
        let is_there = |side: usize| row.fields.iter().any(|(_, by)| by[side] != 0);
        match [is_there(0), is_there(1)] {
            [_, false] => Self::First,
            [false, true] => Self::Second,
            [true, true] => Self::Both,
        }
    }

    /// As a bit for each.
    fn from_bits(bits: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.bits() == bits)
    }

    fn bits(self) -> i64 {
        match self {
            Self::First => 1,
            Self::Second => 2,
            Self::Both => 3,
        }
    }

    /// What is added because of them.
    fn amount(self, amounts: Amounts) -> i64 {
        match self {
            Self::First => amounts[0],
            Self::Second => amounts[1],
            Self::Both => amounts[0] + amounts[1],
        }
    }

    /// Each of them.
    fn each(self) -> &'static [Self] {
        match self {
            Self::First => &[Self::First],
            Self::Second => &[Self::Second],
            Self::Both => &[Self::First, Self::Second],
        }
    }

    /// The place of a key, or of a growth.
    fn place(self) -> usize {
        match self {
            Self::First => 0,
            Self::Second => 1,
            Self::Both => 2,
        }
    }
}

/// What the statements bind.
struct Moved<C: Wire> {
    rows: Vec<Grown<Starts, Amounts>>,
    /// The order in which they are written.
    order: Vec<usize>,
    /// The keys of rows at which ways begin.
    keys: Vec<Option<Box<dyn Rows<C::Db>>>>,
    /// Of each field of each row: because of the one, of the other, and of both.
    growths: Vec<Vec<[Growth<C>; 3]>>,
}

impl<C: Wire> Moved<C> {
    fn of(session: &Session<'_, C>, rows: Vec<Grown<Starts, Amounts>>) -> Self {
        let key = |row: &Grown<Starts, Amounts>| match row.found {
            Found::At(starts) => {
                let ids: Vec<Id> = starts.into_iter().flatten().collect();
                let arena = session.arenas.get(row.model);
                Some((session.registration(row.model).key_rows)(arena, &ids))
            }
            Found::Named { .. } => None,
        };
        let growth = |&(field, amounts): &(Adding, Amounts)| {
            let field = Declared::of(session, field.model, field.setter);
            Sides::ALL.map(|sides| Growth::of(session, field, sides.amount(amounts)))
        };
        let growths = |row: &Grown<Starts, Amounts>| row.fields.iter().map(growth).collect();
        Self {
            order: in_order(&rows),
            keys: rows.iter().map(key).collect(),
            growths: rows.iter().map(growths).collect(),
            rows,
        }
    }

    /// Adds to a row, or to two of its model, by a statement each; says how many rows were changed.
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
            if sides == Sides::Both {
                self.unless_same(session, &mut statement, at);
            }
            count += self.execute(session, at, statement).await?;
        }
        let is_nothing = |&(_, by): &(Adding, Amounts)| Sides::Both.amount(by) == 0;
        if count > 0 || sides != Sides::Both || self.rows[at].fields.iter().all(is_nothing) {
            return Ok(count);
        }
        // Both ways lead to one row.
        let mut statement = Statement::new("");
        self.update(session, &mut statement, at, [Sides::First, Sides::Both]);
        self.execute(session, at, statement).await
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
            self.named(session, statement, key, Sides::First);
            statement.text(" = ");
            self.named(session, statement, key, Sides::Second);
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

    /// Binds a number of a growth.
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
