//! Transactions and savepoints of raw SQL, which the marks could not follow, are refused.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::{Error, ErrorKind, Mode, Untracked, prelude::*};

use super::support::Outcome;
use super::support::models::Item;
use super::support::oracle::assert_right;
use super::support::schema::items;
use super::support::shop::{self, ADA_OLD, MILK, MILK_LINE};
use crate::Conn;

const COMMANDS: &[&str] = &[
    "SAVEPOINT mine",
    "ROLLBACK TO SAVEPOINT mine",
    "rollback to mine",
    "RELEASE SAVEPOINT mine",
    "BEGIN",
    "START TRANSACTION",
    "/* so that they are together */ COMMIT",
    "ROLLBACK",
];

type Send = fn(&mut Conn, &str) -> QueryResult<()>;

/// The ways to send SQL.
const WAYS: [Send; 3] = [
    |conn, text| diesel::sql_query(text).execute(conn).map(drop),
    |conn, text| conn.batch_execute(text),
    |conn, text| conn.batch_execute(&format!("SELECT 1; {text}; SELECT 2")),
];

fn assert_refused(done: QueryResult<()>, command: &str) {
    let error = Error::from(done.expect_err(command));
    assert!(
        matches!(error, Error::RawTransaction { .. }),
        "{command}: {error:?}"
    );
    assert_eq!(error.kind(), ErrorKind::Untracked);
    let said = error.to_string();
    assert!(said.contains("conn.transaction(..)"), "{said}");
}

#[test]
fn commands_about_transactions_and_savepoints_are_refused_and_say_what_to_write() {
    let mut conn = shop::open();
    let all = |conn: &mut Conn| {
        for send in WAYS {
            for command in COMMANDS {
                assert_refused(send(conn, command), command);
            }
        }
    };
    all(&mut conn);
    conn.transaction(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, MILK, 1, 5)?;
        all(conn);
        conn.disable_autoupdates(|conn| -> Outcome {
            all(conn);
            Ok(())
        })?;
        conn.untracked(all);
        conn.set_untracked(Untracked::Allow);
        all(conn);
        shop::item(conn, ADA_OLD, MILK, 2, 5).map(drop)
    })
    .unwrap();
    assert_eq!(items::table.count().get_result(&mut conn), Ok(6));
    assert_right(&mut conn);
}

#[test]
fn a_raw_savepoint_cannot_undo_a_flush_whose_marks_are_gone() {
    let mut conn = shop::open();
    conn.set_base_mode(Mode::Buffered);
    conn.transaction(|conn| -> Outcome {
        Item::update(conn, MILK_LINE, items::quantity.eq(20))?;
        conn.batch_execute("SAVEPOINT mine").ok();
        conn.flush_autoupdates()?;
        conn.batch_execute("ROLLBACK TO SAVEPOINT mine").ok();
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
}

#[test]
fn what_a_text_opens_and_closes_itself_passes() {
    let mut conn = shop::open();
    conn.batch_execute("BEGIN; UPDATE invoices SET due = 5; COMMIT")
        .unwrap();
    conn.transaction(|conn| -> Outcome {
        shop::item(conn, ADA_OLD, MILK, 1, 5)?;
        conn.batch_execute(
            "SAVEPOINT mine; UPDATE invoices SET due = 6; ROLLBACK TO SAVEPOINT mine; RELEASE \
             SAVEPOINT mine",
        )?;
        let transaction = "BEGIN; UPDATE invoices SET due = 7; COMMIT";
        assert_refused(conn.batch_execute(transaction), transaction);
        conn.transaction(|conn| shop::item(conn, ADA_OLD, MILK, -1, 5))
            .unwrap_err();
        shop::item(conn, ADA_OLD, MILK, 2, 5).map(drop)
    })
    .unwrap();
    assert_right(&mut conn);
}
