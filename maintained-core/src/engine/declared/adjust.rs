//! Declared fields that are kept by the differences that a write makes.

use std::marker::PhantomData;
use std::ops::Range;

use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use hashbrown::HashMap;

use super::field::Declared;
use super::recompute::Images;
use crate::declare::arena::Id;
use crate::declare::lock::Lock;
use crate::declare::positions::ColumnIndex;
use crate::declare::rule::Rule;
use crate::engine::{held, update};
use crate::error::Error;
use crate::marks::pending::Adjustment;
use crate::rows::select::Found;
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::statement::{Rows, Statement};
use crate::sql::{Array, Dialect};
use crate::wire::Wire;

/// Rows whose number has changed.
pub(super) struct Adjusted<C: Wire> {
    pub(super) found: Found<C::Db>,
    /// The number of each row before and after.
    pub(super) numbers: Vec<[Option<i64>; 2]>,
    /// Rows whose number has to be computed anew: what was the extreme may have gone.
    pub(super) anew: Vec<Id>,
}

/// Changes the numbers of some rows; `None` where nobody needs to know what they are now.
pub(super) async fn batch<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    adjustments: &[(Id, Adjustment)],
    images: Images<'_>,
) -> Result<Option<Adjusted<C>>, Error> {
    match *adjustments {
        // What came and what went may be the same.
        [(_, Adjustment::By(0))] if images == Images::None => Ok(None),
        [(id, Adjustment::By(by))]
            if by != 0 && (C::Db::RETURNS_UPDATED || images == Images::None) =>
        {
            add(session, field, id, by, images).await
        }
        _ => read_and_write(session, field, adjustments).await.map(Some),
    }
}

/// Adds to the number of one row, by one statement: it locks the row, and adds to whatever is there
/// by then.
async fn add<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    id: Id,
    by: i64,
    images: Images<'_>,
) -> Result<Option<Adjusted<C>>, Error> {
    let registration = session.registration(field.model);
    let name = field.name(session);
    let keys = (registration.key_rows)(session.arenas.get(field.model), &[id]);
    let growth = Growth::of(session, field, by);
    let mut statement = Statement::new("UPDATE ");
    statement.made(registration.table).text(" SET ");
    grow(session, &mut statement, field, &growth);
    statement.text(" WHERE ");
    let names: Vec<&'static str> = registration.key_names().collect();
    C::Db::among(&mut statement, &names, &*keys);
    let failed = |source| held::failed("writing", registration.meta, &[name], source);
    if images == Images::None {
        let count = session
            .execute(Writes::Rows(field.model), statement)
            .await
            .map_err(failed)?;
        session.work.changed(field.model, count);
        return Ok(None);
    }
    statement.text(" RETURNING ").made(registration.selection);
    for name in names {
        statement.text(", ").name(name);
    }
    let found = session
        .returned((field.model, Writes::Rows(field.model)), statement)
        .await
        .map_err(failed)?;
    session.work.changed(field.model, found.ids.len());
    session
        .work
        .note_rows(field.model, found.ids.iter().copied());
    let column = field.meta.field();
    let number = |row: usize| {
        let now = found.rows.integer(row, column);
        [now.map(|now| now.wrapping_sub(by)), now]
    };
    Ok(Some(Adjusted {
        numbers: (0..found.ids.len()).map(number).collect(),
        found,
        anew: Vec::new(),
    }))
}

/// What is added to a number, and between which numbers it has to lie before that so that its
/// column holds it afterwards.
pub(super) struct Growth<C: Wire> {
    /// What is added, and the least and the greatest number to which it can be.
    numbers: [i64; 3],
    wire: PhantomData<fn(C)>,
}

impl<C: Wire> Growth<C> {
    pub(super) fn of(session: &Session<'_, C>, field: Declared, by: i64) -> Self {
        let bounds = field.kind(session).bounds.whole();
        let [least, greatest] = bounds.unwrap_or([i64::MIN, i64::MAX]);
        Self {
            numbers: [by, least.saturating_sub(by), greatest.saturating_sub(by)],
            wire: PhantomData,
        }
    }
}

/// Adds `column = column + ?`. On a database that would store what the column cannot hold, that
/// fails then.
pub(super) fn grow<'q, C: Wire>(
    session: &Session<'_, C>,
    statement: &mut Statement<'q, C::Db>,
    field: Declared,
    growth: &'q Growth<C>,
) {
    let (name, table) = (field.name(session), session.registration(field.model).table);
    let only = ColumnIndex::at(0);
    statement.name(name).text(" = ");
    if C::Db::FAILURE.is_some() {
        statement.text("CASE WHEN ").name(name).text(" BETWEEN ");
        statement.value(growth, 1, only).text(" AND ");
        statement.value(growth, 2, only).text(" THEN ");
    }
    statement.made(table).text(".").name(name).text(" + ");
    statement.value(growth, 0, only);
    if let Some(failure) = C::Db::FAILURE {
        statement.text(" ELSE ").text(failure).text(" END");
    }
}

impl<C: Wire> Rows<C::Db> for Growth<C> {
    fn bind<'b>(
        &'b self,
        row: usize,
        _: ColumnIndex,
        out: AstPass<'_, 'b, C::Db>,
    ) -> QueryResult<()> {
        C::Db::bind_integer(&self.numbers[row], out)
    }

    fn array(&self, rows: Range<usize>, _: ColumnIndex) -> Option<Array<'_, C::Db>> {
        C::Db::integers(&self.numbers[rows])
    }

    fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// Locks and reads the rows, and writes the numbers that change.
async fn read_and_write<C: Wire>(
    session: &mut Session<'_, C>,
    field: Declared,
    adjustments: &[(Id, Adjustment)],
) -> Result<Adjusted<C>, Error> {
    let registration = session.registration(field.model);
    let ids: Vec<Id> = adjustments.iter().map(|&(id, _)| id).collect();
    let found = session.rows(field.model, &ids, Lock::NoKeyUpdate).await?;
    let by_id: HashMap<Id, Adjustment> = adjustments.iter().copied().collect();
    let column = field.meta.field();
    let mut numbers = vec![[None; 2]; found.ids.len()];
    let (mut written, mut new, mut anew) = (Vec::new(), Vec::new(), Vec::new());
    for (at, id) in found.ids.iter().enumerate() {
        let now = found.rows.integer(at, column);
        // Always there: differences are noted only of models whose keys have one spelling.
        let Some(adjustment) = by_id.get(id) else {
            continue;
        };
        numbers[at] = [now, now];
        match adjusted(field.meta.rule, now, *adjustment) {
            Next::Same => {}
            Next::Number(next) if Some(next) == now => {}
            Next::Number(next) => {
                held::check(session, (field.model, *id), column, next)?;
                numbers[at] = [now, Some(next)];
                written.push(*id);
                new.push(next);
            }
            Next::Unknown => anew.push(*id),
        }
    }
    if !written.is_empty() {
        let keys = (registration.key_rows)(session.arenas.get(field.model), &written);
        let rows = KeyedNumbers::<C> {
            keys: &*keys,
            width: registration.meta.key.len(),
            numbers: &new,
        };
        update::write(session, field.model, &rows, field.meta.setter.fields).await?;
        session.work.changed(field.model, written.len());
        session.work.note_rows(field.model, written.iter().copied());
    }
    Ok(Adjusted {
        found,
        numbers,
        anew,
    })
}

/// A number after a change.
enum Next {
    /// It is null, as it was.
    Same,
    Number(i64),
    /// It has to be computed anew.
    Unknown,
}

fn adjusted(rule: Rule, now: Option<i64>, adjustment: Adjustment) -> Next {
    let is_beyond = |one: i64, other: i64| match rule {
        Rule::Min => one <= other,
        _ => one >= other,
    };
    match (adjustment, now) {
        (Adjustment::By(by), Some(now)) => now.checked_add(by).map_or(Next::Unknown, Next::Number),
        (Adjustment::Toward { came, went }, Some(now)) => {
            // What has come may have gone again: a child is changed more than once where its own
            // value is computed.
            let furthest = came.filter(|&came| is_beyond(came, now)).unwrap_or(now);
            match went {
                Some(went) if is_beyond(went, furthest) => Next::Unknown,
                _ => Next::Number(furthest),
            }
        }
        (Adjustment::Toward { came, went: None }, None) => came.map_or(Next::Same, Next::Number),
        (_, None) => Next::Unknown,
    }
}

/// Keys, and behind each a number.
struct KeyedNumbers<'n, C: Wire> {
    keys: &'n dyn Rows<C::Db>,
    width: usize,
    numbers: &'n [i64],
}

impl<C: Wire> Rows<C::Db> for KeyedNumbers<'_, C> {
    fn bind<'b>(
        &'b self,
        row: usize,
        column: ColumnIndex,
        out: AstPass<'_, 'b, C::Db>,
    ) -> QueryResult<()> {
        if column.number() < self.width {
            self.keys.bind(row, column, out)
        } else {
            C::Db::bind_integer(&self.numbers[row], out)
        }
    }

    fn array(&self, rows: Range<usize>, column: ColumnIndex) -> Option<Array<'_, C::Db>> {
        if column.number() < self.width {
            self.keys.array(rows, column)
        } else {
            C::Db::integers(&self.numbers[rows])
        }
    }

    fn len(&self) -> usize {
        self.numbers.len()
    }
}
