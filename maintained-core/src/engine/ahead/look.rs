//! The statements that lock rows model by model, ahead of a write.

use std::collections::{BTreeMap, BTreeSet};

use diesel::result::Error as DieselError;

use super::ways::{Causes, Keys, MakeWrite, keys};
use crate::declare::arena::Arenas;
use crate::declare::lock::Lock;
use crate::error::Error;
use crate::graph::{Cause, ModelIndex};
use crate::session::read_ahead::{AheadRows, Writes, WrittenRows};
use crate::session::{Session, reading, returning};
use crate::sql::statement::{Make, Statement};
use crate::sql::{Dialect, Parents, Results};
use crate::wire::Wire;

/// What the last row of a statement begins with if the statement has waited.
const WAITED: i64 = -1;

/// How many columns a result may have, the number that each row begins with included: `PostgreSQL`
/// takes 1,664.
const MOST_COLUMNS: usize = 1_600;

/// What the first look has come to.
pub(super) struct Looked<DB: Dialect> {
    pub(super) has_waited: bool,
    /// The rows that it has written.
    pub(super) written: Option<WrittenRows<DB>>,
}

/// Locks the rows, waiting for them. Where rows are wanted that are read ahead, it reads those that
/// may be computed, those that setters read and those that are written. Then a write may be part
/// of the statement: it runs behind the locks.
pub(super) async fn first<'q, 'n: 'q, C: Wire>(
    session: &mut Session<'_, C>,
    model: ModelIndex,
    all: &[Causes<'q, '_, C>],
    write: Option<MakeWrite<'_, 'n, C::Db>>,
) -> Result<Looked<C::Db>, Error> {
    let locked = models(all);
    // What a trigger changes is read later.
    let mut read = if session.read_ahead.is_some() && is_plain(session, all).await? {
        wanted(session, all, &locked)
    } else {
        Vec::new()
    };
    // A row that is there before is wanted as it was.
    let reads_own = read.iter().any(|read| read.model == model);
    let is_there = all.iter().any(|(start, _)| start.own.is_some());
    let is_fit = C::Db::WRITES_IN_QUERIES && !read.is_empty() && (reads_own || !is_there);
    let write = write.filter(|_| is_fit && add(session, &mut read, (model, Lock::NoKeyUpdate)));
    let writes = write.is_some();
    let Some(statement) = locking(session, all, &locked, &read, write) else {
        return Ok(Looked {
            has_waited: false,
            written: None,
        });
    };
    let mut has_waited = false;
    let mut take = |row: &<C::Db as Results>::Row<'_, '_>, arenas: &mut Arenas| {
        let number = C::Db::read_integer(row, 0)?;
        has_waited |= number == Some(WAITED);
        let place = number.and_then(|number| usize::try_from(number - 1).ok());
        let mut at = 1;
        for (other, read) in read.iter_mut().enumerate() {
            if place == Some(other) {
                read.rows.keep(row, at, arenas.get_mut(read.model))?;
            }
            at += read.rows.width();
        }
        Ok(())
    };
    let name = session.registration(model).meta.name;
    if writes {
        let done = session.load_flushed(Writes::Rows(model), statement, &mut take);
        let done = done.await;
        // Rows always come: these of the locks tell nothing of the write.
        session.wrote |= matches!(done, Err(DieselError::DeserializationError(_)));
        done.map_err(|source| returning(name, source))?;
    } else {
        let done = session.load(statement, &mut take).await;
        done.map_err(|source| reading(name, source))?;
    }
    let after = read.pop_if(|_| writes);
    if let Some(read_ahead) = &mut session.read_ahead {
        read_ahead.is_plain = !read.is_empty();
        for Read { model, rows } in read {
            read_ahead.add(model, rows);
        }
    }
    let mut written = None;
    if let (Some(read_ahead), Some(Read { rows, .. })) = (&mut session.read_ahead, after) {
        session.wrote |= !rows.is_empty();
        let kept = read_ahead.written(model, rows);
        let kept = kept.map_err(DieselError::DeserializationError);
        written = Some(kept.map_err(|source| returning(name, source))?);
    }
    Ok(Looked {
        has_waited,
        written,
    })
}

/// Looks again, and locks what has come, without waiting. Says whether some rows were not to be had.
pub(super) async fn misses_some<C: Wire>(
    session: &mut Session<'_, C>,
    model: &'static str,
    all: &[Causes<'_, '_, C>],
) -> Result<bool, Error> {
    let mut statement = Statement::new("");
    let mut is_empty = true;
    for (place, (model, lock)) in models(all) {
        let strength = session.strength(lock);
        let free = rows(
            session,
            all,
            (place, model),
            (None, C::Db::lock_free(strength)),
        );
        let there = rows(session, all, (place, model), (None, ""));
        let (Some(free), Some(there)) = (free, there) else {
            continue;
        };
        // 1 where fewer rows could be locked than there are.
        statement
            .text(if is_empty { "" } else { " UNION ALL " })
            .text("SELECT count(*) FROM (SELECT 1 WHERE (SELECT count(*) FROM (")
            .append(free)
            .text(") maintained_free) < (SELECT count(*) FROM (")
            .append(there)
            .text(") maintained_all)) ")
            .numbered(place);
        is_empty = false;
    }
    if is_empty {
        return Ok(false);
    }
    let mut misses_some = false;
    let read = session
        .load(statement, &mut |row, _| {
            misses_some |= C::Db::read_integer(row, 0)? == Some(1);
            Ok(())
        })
        .await;
    read.map_err(|source| reading(model, source))?;
    Ok(misses_some)
}

/// Whether all that the write and its flush may change changes nothing else: a trigger could change
/// a row that was read ahead. Which columns the database changes along with those that are written
/// is not known, so that any change counts.
async fn is_plain<C: Wire>(
    session: &mut Session<'_, C>,
    all: &[Causes<'_, '_, C>],
) -> Result<bool, Error> {
    let graph = &session.catalog.graph;
    let mut reached: BTreeSet<ModelIndex> = BTreeSet::new();
    for (start, locks) in all {
        let any = graph.locks(start.model, Cause::Bracket);
        reached.insert(start.model);
        for locks in locks.iter().copied().chain([&*any]) {
            reached.extend(&locks.models);
            if locks.is_cut {
                reached.extend(graph.models.keys());
            }
        }
    }
    session.are_plain(reached.into_iter()).await
}

/// The models whose rows are locked, in order, each with the strongest of its locks.
fn models<C: Wire>(all: &[Causes<'_, '_, C>]) -> BTreeMap<usize, (ModelIndex, Lock)> {
    let mut models = BTreeMap::new();
    for group in all
        .iter()
        .flat_map(|(_, locks)| locks)
        .flat_map(|locks| &locks.groups)
    {
        let (_, strongest) = models
            .entry(group.place)
            .or_insert((group.model, group.lock));
        *strongest = group.lock.max(*strongest);
    }
    models
}

/// Rows of a model that are read while they are locked.
struct Read<C: Wire> {
    model: ModelIndex,
    rows: AheadRows<C::Db>,
}

/// The rows that are read as they are locked.
fn wanted<C: Wire>(
    session: &Session<'_, C>,
    all: &[Causes<'_, '_, C>],
    locked: &BTreeMap<usize, (ModelIndex, Lock)>,
) -> Vec<Read<C>> {
    let graph = &session.catalog.graph;
    let mut read = Vec::new();
    for &(model, lock) in locked.values() {
        let mut all = all
            .iter()
            .flat_map(|(start, locks)| locks.iter().map(|locks| (start.model, *locks)));
        if all.any(|locks| graph.reads_ahead(locks, model)) {
            add(session, &mut read, (model, lock));
        }
    }
    read
}

/// Adds rows of a model to those that are read, unless the result would have too many columns. Says
/// whether it has.
fn add<C: Wire>(
    session: &Session<'_, C>,
    read: &mut Vec<Read<C>>,
    (model, lock): (ModelIndex, Lock),
) -> bool {
    let rows = AheadRows::new(session.registration(model), lock);
    let widths = read.iter().map(|read| read.rows.width());
    let fits = widths.sum::<usize>() + rows.width() < MOST_COLUMNS;
    if fits {
        read.push(Read { model, rows });
    }
    fits
}

/// The statement that locks rows, model by model. Each row of its result begins with a number: that
/// of the model, if its rows are read, or else 0. The columns of these models follow, side by side.
/// A write comes last, and so do the columns of the row that it returns.
fn locking<'q, 'n: 'q, C: Wire>(
    session: &Session<'_, C>,
    all: &[Causes<'q, '_, C>],
    locked: &BTreeMap<usize, (ModelIndex, Lock)>,
    read: &[Read<C>],
    write: Option<MakeWrite<'_, 'n, C::Db>>,
) -> Option<Statement<'q, C::Db>> {
    let mut statement = Statement::new("");
    let written = read.last().filter(|_| write.is_some());
    if let (Some(write), Some(written)) = (write, written) {
        statement
            .text("WITH maintained_written AS (")
            .append(write())
            .text(" RETURNING ")
            .made(session.registration(written.model).selection)
            .text(") ");
    }
    if !read.is_empty() && !C::Db::TYPES_NULLS {
        type_columns(session, &mut statement, read);
    }
    let mut is_empty = true;
    for (&place, &(model, lock)) in locked {
        let number = read.iter().position(|read| read.model == model);
        let selection = number.map(|_| session.registration(model).selection);
        let clause = C::Db::lock(session.strength(lock));
        let Some(rows) = rows(session, all, (place, model), (selection, clause)) else {
            continue;
        };
        statement.text("SELECT ");
        statement.number(number.map_or(0, |number| number + 1));
        for (other, read) in read.iter().enumerate() {
            if number == Some(other) {
                statement.text(", ").numbered(place).text(".*");
            } else {
                nulls(&mut statement, read.rows.width());
            }
        }
        statement.text(" FROM (").append(rows).text(") ");
        statement.numbered(place).text(" UNION ALL ");
        is_empty = false;
    }
    statement.text("SELECT -").text(C::Db::HAS_WAITED);
    for read in read {
        nulls(&mut statement, read.rows.width());
    }
    if written.is_some() {
        statement.text(" UNION ALL SELECT ").number(read.len());
        for read in &read[..read.len() - 1] {
            nulls(&mut statement, read.rows.width());
        }
        statement.text(", maintained_written.* FROM maintained_written");
    }
    (!is_empty).then_some(statement)
}

/// Begins a statement with a part that has no rows, and gives the columns their types.
fn type_columns<C: Wire>(
    session: &Session<'_, C>,
    statement: &mut Statement<'_, C::Db>,
    read: &[Read<C>],
) {
    statement.text("SELECT 0");
    for at in 0..read.len() {
        statement.text(", ").numbered(at).text(".*");
    }
    for (at, read) in read.iter().enumerate() {
        let registration = session.registration(read.model);
        statement.text(if at == 0 {
            " FROM (SELECT "
        } else {
            ", (SELECT "
        });
        statement.made(registration.selection).text(" FROM ");
        statement.made(registration.table).text(" WHERE FALSE) ");
        statement.numbered(at);
    }
    statement.text(" UNION ALL ");
}

/// Adds so many columns that have no value.
fn nulls<DB: Dialect>(statement: &mut Statement<'_, DB>, mut count: usize) {
    // One text for many columns, so that the statement has few parts.
    const NULL: &str = ", NULL";
    const NULLS: &str = ", NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";
    while count > 0 {
        let next = count.min(NULLS.len() / NULL.len());
        statement.text(&NULLS[..next * NULL.len()]);
        count -= next;
    }
}

/// The query for the rows of one model, given its place in the order: what it reads of them, and the
/// clause that locks them.
fn rows<'q, C: Wire>(
    session: &Session<'_, C>,
    all: &[Causes<'q, '_, C>],
    (place, model): (usize, ModelIndex),
    (selection, clause): (Option<Make<C::Db>>, &'static str),
) -> Option<Statement<'q, C::Db>> {
    let Keys { query, is_one } = keys(session, all, place)?;
    let parents = Parents {
        table: session.registration(model).table,
        selection,
        key: session.key_name(model)?,
        query,
        is_one,
        is_array: false,
        clause,
    };
    let mut rows = Statement::new("");
    C::Db::lock_named(&mut rows, parents);
    Some(rows)
}
