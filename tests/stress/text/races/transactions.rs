//! What the transactions do around their writes: scopes, savepoints, isolation levels.

use diesel::connection::{Connection, SimpleConnection};
use maintained::prelude::*;
use maintained::{Error, Isolation};

use super::super::super::{HAS_ROW_LOCKS, never_wait};
use super::{
    Act, INSERT_EGG, INSERT_FIRST_EGG, INSERT_HOUSE, INSERT_MEMBER, MOVE_CITY, NAME, Outcome,
    RENAME_CLUB, race, tables,
};
use crate::bare::models::Egg;
use crate::bare::schema::{CREATE, STOCK};

#[test]
fn two_inserters_under_one_parent_in_buffered_scopes() {
    let act: Act = |conn| conn.buffer_autoupdates(INSERT_MEMBER);
    race(act, act).never_refused().run();
}

#[test]
fn inserters_under_different_parents_do_not_wait_for_one_another() {
    let place = tables::create(CREATE);
    let [mut first, mut second] = [place.connect(), place.connect()];
    first.inner_mut().batch_execute(STOCK[0]).unwrap();
    never_wait(&mut second);
    // A statement that is prepared already may be planned otherwise.
    for _ in 0..3 {
        let done: Outcome = first.transaction(|first| {
            INSERT_FIRST_EGG(first)?;
            INSERT_EGG(&mut second)
        });
        assert_eq!(done.is_ok(), HAS_ROW_LOCKS, "{done:?}");
    }
}

#[test]
fn two_scopes_that_write_in_opposite_order() {
    race(
        |conn| {
            conn.buffer_autoupdates(|conn| {
                INSERT_EGG(conn)?;
                RENAME_CLUB(conn)?;
                INSERT_HOUSE(conn)
            })
        },
        |conn| {
            conn.buffer_autoupdates(|conn| {
                MOVE_CITY(conn)?;
                INSERT_MEMBER(conn)?;
                INSERT_EGG(conn)
            })
        },
    )
    .run();
}

#[test]
fn savepoint_that_has_flushed_and_is_rolled_back_and_inserter() {
    // A rollback to a savepoint gives back the locks that were taken since.
    race(
        |conn| {
            conn.buffer_autoupdates(|conn| {
                INSERT_FIRST_EGG(conn)?;
                let undone = conn.buffer_autoupdates(|conn| -> Outcome {
                    INSERT_FIRST_EGG(conn)?;
                    conn.flush_autoupdates()?;
                    Err(Error::other("undone"))
                });
                match undone {
                    Err(Error::Other(_)) => Ok(()),
                    done => done,
                }
            })
        },
        INSERT_FIRST_EGG,
    )
    .run();
}

/// Why all who write must do so at one level: a serializable transaction computes from its snapshot, and `PostgreSQL`
/// holds it against serializable ones only. The field stays as it is with the first egg, so that nobody writes the nest.
#[test]
fn serializable_writer_and_read_committed_writer() {
    let [first, second] = [Isolation::Serializable, Isolation::ReadCommitted];
    let summary = race(INSERT_FIRST_EGG, INSERT_FIRST_EGG).run_at([first, second]);
    assert_eq!(
        summary.stale.is_empty(),
        NAME != "PostgreSQL",
        "{summary:?}"
    );
}

#[test]
fn repeatable_read_is_refused_with_the_reason() {
    let mut conn = tables::create(&[]).connect();
    let refused = conn.set_isolation(Isolation::RepeatableRead).unwrap_err();
    assert!(matches!(refused, Error::Isolation), "{refused}");
    assert!(refused.to_string().contains("snapshot"), "{refused}");
}

#[test]
fn two_transactions_that_read_before_they_write() {
    // On SQLite a transaction that begins by reading fails at its first write, whatever the timeout, once another
    // connection has written.
    let act: Act = |conn| {
        conn.buffer_autoupdates(|conn| {
            Egg::find(conn, 1)?;
            INSERT_EGG(conn)
        })
    };
    race(act, act).never_refused().run();
}
