//! Random programs of writes to totals of totals.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;
use proptest::prelude::*;

use super::super::Conn;
use crate::totals::schema::{dues, shires};
use crate::totals::{Due, NewDue, Shire};

/// A write; a due is named by its place among those that are there.
#[derive(Debug, Clone)]
pub(super) enum Write {
    Insert(NewDue),
    Add(Vec<NewDue>),
    Pay(usize, bool),
    Price(usize, Option<i64>),
    Move(usize, i32),
    Join(usize, Option<i32>),
    Save(usize, NewDue),
    Delete(usize, usize),
    MoveShire(i32, Option<i32>),
    DeleteShire(i32),
    Touch(i32),
    Track(usize, i64),
}

/// Where writes are made.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Alone(Write),
    Together(Vec<Write>),
    Undone(Vec<Write>),
    Buffered(Vec<Write>),
    /// A buffered scope is undone within a transaction, and a write follows.
    UndoneWithin(Vec<Write>, Write),
}

fn new_due() -> impl Strategy<Value = NewDue> {
    let coins = prop_oneof![4 => (-3i64..9).prop_map(Some), 1 => Just(None)];
    let guild = proptest::option::of(1i32..=2);
    (1i32..=5, guild, coins, any::<bool>()).prop_map(|(shire_id, guild_id, coins, is_paid)| {
        NewDue {
            shire_id,
            guild_id,
            coins,
            is_paid,
        }
    })
}

pub(super) fn write() -> impl Strategy<Value = Write> {
    let at = || 0usize..8;
    let realm = || proptest::option::of(1i32..=2);
    prop_oneof![
        4 => new_due().prop_map(Write::Insert),
        3 => prop::collection::vec(new_due(), 1..3).prop_map(Write::Add),
        2 => (at(), any::<bool>()).prop_map(|(at, paid)| Write::Pay(at, paid)),
        2 => (at(), proptest::option::of(-3i64..9)).prop_map(|(at, coins)| Write::Price(at, coins)),
        2 => (at(), 1i32..=5).prop_map(|(at, shire)| Write::Move(at, shire)),
        2 => (at(), realm()).prop_map(|(at, guild)| Write::Join(at, guild)),
        2 => (at(), new_due()).prop_map(|(at, new)| Write::Save(at, new)),
        2 => (at(), 1usize..3).prop_map(|(at, count)| Write::Delete(at, count)),
        2 => (1i32..=5, realm()).prop_map(|(shire, realm)| Write::MoveShire(shire, realm)),
        1 => (1i32..=5).prop_map(Write::DeleteShire),
        1 => (1i32..=5).prop_map(Write::Touch),
        1 => (at(), -3i64..9).prop_map(|(at, coins)| Write::Track(at, coins)),
    ]
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let writes = || prop::collection::vec(write(), 1..4);
    prop_oneof![
        6 => write().prop_map(Step::Alone),
        2 => writes().prop_map(Step::Together),
        1 => writes().prop_map(Step::Undone),
        1 => writes().prop_map(Step::Buffered),
        1 => (writes(), write()).prop_map(|(undone, after)| Step::UndoneWithin(undone, after)),
    ]
}

/// Whether a shire is there: a new due names it.
fn has_shire(conn: &mut Conn, id: i32) -> Result<bool, Error> {
    Ok(Shire::find(conn, id)?.is_some())
}

fn due(conn: &mut Conn, at: usize) -> Result<Option<Due>, Error> {
    let all = dues::table
        .select(Due::as_select())
        .order(dues::id)
        .load(conn)?;
    Ok(match all.len() {
        0 => None,
        count => all.into_iter().nth(at % count),
    })
}

pub(super) fn run(conn: &mut Conn, write: &Write) -> Result<(), Error> {
    match write {
        Write::Insert(new) if has_shire(conn, new.shire_id)? => {
            Due::insert(conn, new.clone())?;
        }
        Write::Add(new) => {
            let mut all = Vec::new();
            for new in new {
                if has_shire(conn, new.shire_id)? {
                    all.push(new.clone());
                }
            }
            Due::add_many(conn, &all)?;
        }
        Write::MoveShire(shire, realm) if has_shire(conn, *shire)? => {
            Shire::update(conn, *shire, shires::realm_id.eq(realm))?;
        }
        Write::DeleteShire(shire) if has_shire(conn, *shire)? => {
            Shire::delete_many(conn, &[*shire])?;
        }
        Write::Touch(shire) => {
            Shire::touch_present(conn, &[*shire])?;
        }
        Write::Insert(_) | Write::MoveShire(..) | Write::DeleteShire(_) => {}
        Write::Pay(at, _)
        | Write::Price(at, _)
        | Write::Move(at, _)
        | Write::Join(at, _)
        | Write::Save(at, _)
        | Write::Delete(at, _)
        | Write::Track(at, _) => {
            if let Some(due) = due(conn, *at)? {
                change(conn, write, due)?;
            }
        }
    }
    Ok(())
}

fn change(conn: &mut Conn, write: &Write, mut due: Due) -> Result<(), Error> {
    match write {
        Write::Pay(_, is_paid) => {
            Due::update(conn, due.id, dues::is_paid.eq(is_paid))?;
        }
        Write::Price(_, coins) => {
            Due::update(conn, due.id, dues::coins.eq(coins))?;
        }
        Write::Join(_, guild) => {
            Due::update(conn, due.id, dues::guild_id.eq(guild))?;
        }
        Write::Move(_, shire) if has_shire(conn, *shire)? => {
            Due::update(conn, due.id, dues::shire_id.eq(shire))?;
        }
        Write::Save(_, new) if has_shire(conn, new.shire_id)? => {
            due.shire_id = new.shire_id;
            due.guild_id = new.guild_id;
            due.coins = new.coins;
            due.is_paid = new.is_paid;
            due.save(conn)?;
        }
        Write::Delete(_, count) => {
            let keys: Vec<i32> = dues::table
                .filter(dues::id.ge(due.id))
                .select(dues::id)
                .order(dues::id)
                .limit(i64::try_from(*count).unwrap())
                .load(conn)?;
            Due::delete_many(conn, &keys)?;
        }
        Write::Track(_, coins) => {
            Due::track(conn, dues::id.eq(due.id), |conn| -> Result<(), Error> {
                Due::update(conn, due.id, dues::coins.eq(coins))?;
                diesel::update(dues::table.find(due.id))
                    .set(dues::is_paid.eq(!due.is_paid))
                    .execute(conn)?;
                Ok(())
            })?;
        }
        _ => {}
    }
    Ok(())
}

fn all(conn: &mut Conn, writes: &[Write]) -> Result<(), Error> {
    writes.iter().try_for_each(|write| run(conn, write))
}

/// Runs writes, and undoes them.
fn undo(conn: &mut Conn, buffered: bool, writes: &[Write]) -> Result<(), Error> {
    let body = |conn: &mut Conn| {
        all(conn, writes)?;
        Err(Error::from(diesel::result::Error::RollbackTransaction))
    };
    let undone: Result<(), Error> = if buffered {
        conn.buffer_autoupdates(body)
    } else {
        conn.transaction(body)
    };
    match undone {
        Err(error) if error.to_string().contains("rollback") => Ok(()),
        other => other,
    }
}

pub(super) fn act(conn: &mut Conn, step: &Step) -> Result<(), Error> {
    match step {
        Step::Alone(write) => run(conn, write),
        Step::Together(writes) => conn.transaction(|conn| all(conn, writes)),
        Step::Buffered(writes) => conn.buffer_autoupdates(|conn| all(conn, writes)),
        Step::Undone(writes) => undo(conn, false, writes),
        Step::UndoneWithin(undone, after) => conn.transaction(|conn| {
            undo(conn, true, undone)?;
            undo(conn, false, undone)?;
            run(conn, after)
        }),
    }
}
