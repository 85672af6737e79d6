//! Columns that store another value than the one that was computed: what is stored once more is no change.

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::super::{Conn, ROUNDS};
use super::decimals::{assert_right, entry, key, opened};
use crate::models::decimals::schema::entries;
use crate::models::decimals::{Account, Entry, NewEntry, hundredths};
use crate::models::{Moment, Second, State, StateRow, Visit, at};

/// The setters and rules that the last flush has run for the two models, and the rows that it has changed.
fn work(conn: &Conn, models: [&str; 2]) -> ([usize; 2], usize) {
    let report = conn.last_flush().unwrap();
    (
        models.map(|name| report.model(name).computed),
        report.changed(),
    )
}

fn decimals(conn: &Conn) -> ([usize; 2], usize) {
    work(conn, ["Account", "Entry"])
}

#[test]
fn decimals_that_are_stored_rounded_once_more_are_no_change_and_wake_nobody() {
    let (_place, mut conn) = opened();
    let news: Vec<_> = (100..109).map(|number| entry(number, number % 3)).collect();
    Entry::add_many(&mut conn, &news).unwrap();
    for _ in 0..2 {
        // Of the account all but the report, and of the other entries nothing.
        Entry::touch(&mut conn, &[key(100)]).unwrap();
        assert_eq!(decimals(&conn), ([6, 6], 0));
        conn.buffer_autoupdates(|conn| Entry::touch(conn, &[key(101), key(102)]))
            .unwrap();
        assert_eq!(decimals(&conn), ([12, 12], 0));
        let accounts = [0, 1, 2].map(key);
        Account::touch(&mut conn, &accounts).unwrap();
        let ([accounts, entries], changed) = decimals(&conn);
        assert_eq!((accounts, changed), (21, 0));
        assert!(entries >= 9, "those of whole accounts: {entries}");
    }
    assert_right(&mut conn);
}

#[test]
fn a_change_that_rounding_takes_away_goes_no_further() {
    let (_place, mut conn) = opened();
    for number in 100..103 {
        let mut new = entry(number, 0);
        new.amount = hundredths(number);
        Entry::add(&mut conn, &new).unwrap();
    }
    let amount = || hundredths(101) + hundredths(1) / 100;
    let change = entries::amount.eq(amount());
    let changed = Entry::update(&mut conn, key(101), change).unwrap();
    assert_eq!(changed.amount.round(4), amount());
    assert_right(&mut conn);
    if ROUNDS {
        // The least and the greatest amount; the value, the tax and the share, of which the share has digits enough.
        assert_eq!(decimals(&conn), ([2, 3], 1));
    }
}

#[test]
fn times_that_are_stored_in_whole_seconds_are_no_change_and_wake_nobody() {
    let (_place, mut conn) = super::opened();
    let news: Vec<_> = (100..109)
        .map(|number| super::visit(number, number % 3))
        .collect();
    Visit::add_many(&mut conn, &news).unwrap();
    for _ in 0..2 {
        Visit::touch(&mut conn, &[at(100)]).unwrap();
        assert_eq!(work(&conn, ["Moment", "Visit"]), ([2, 3], 0));
        Moment::touch(&mut conn, &[at(0), at(1)]).unwrap();
        assert_eq!(work(&conn, ["Moment", "StateRow"]), ([4, 0], 0));
    }
    super::assert_right(&mut conn);
    let seen = |conn: &mut Conn| Second::find(conn, at(100)).unwrap().unwrap().sight_count;
    assert_eq!(seen(&mut conn), i64::from(ROUNDS));
    let state = StateRow::find(&mut conn, State::Good);
    assert_eq!(state.unwrap().unwrap().visit_count, 3);
}

/// A key that a column of two digits stores as the full one.
fn almost(number: i64) -> BigDecimal {
    key(number) + BigDecimal::new(4.into(), 3)
}

#[test]
fn a_foreign_key_that_is_stored_rounded_leaves_its_marks() {
    let (_place, mut conn) = opened();
    if !ROUNDS {
        return;
    }
    let entry = |number, account| NewEntry {
        account: almost(account),
        ..entry(number, account)
    };
    Entry::add(&mut conn, &entry(100, 0)).unwrap();
    assert_right(&mut conn);
    Entry::add_many(&mut conn, &[entry(101, 1), entry(102, 2)]).unwrap();
    assert_right(&mut conn);
    let mut first = Entry::insert(&mut conn, entry(103, 0)).unwrap();
    assert_right(&mut conn);
    let mut rows = Entry::insert_many(&mut conn, [entry(104, 0), entry(105, 1)]).unwrap();
    assert_right(&mut conn);
    Entry::update(&mut conn, key(100), entries::account.eq(almost(1))).unwrap();
    assert_right(&mut conn);
    first.account = almost(2);
    first.save(&mut conn).unwrap();
    assert_right(&mut conn);
    for row in &mut rows {
        row.account = almost(2);
    }
    Entry::save_many(&mut conn, &mut rows).unwrap();
    assert_right(&mut conn);
}

/// Where no row returns from an insert, a key that is not the one given is not found.
#[test]
fn a_key_that_is_stored_rounded_leaves_its_marks_or_is_refused() {
    let (_place, mut conn) = opened();
    let entry = |number| NewEntry {
        number: almost(number),
        ..entry(number, 0)
    };
    let mut count = 0;
    let mut written = |conn: &mut Conn, result: Result<i64, Error>| {
        match result {
            Ok(rows) => count += rows,
            Err(Error::UnknownKey { model, column }) => {
                assert_eq!((model, column), ("Entry", "number"));
            }
            Err(other) => panic!("{other}"),
        }
        assert_right(conn);
        assert_eq!(entries::table.count().get_result(conn), Ok(count));
    };
    let result = Entry::add(&mut conn, &entry(100)).map(|()| 1);
    written(&mut conn, result);
    let result = Entry::add_many(&mut conn, &[entry(101), entry(102)]).map(|()| 2);
    written(&mut conn, result);
    let result = Entry::insert(&mut conn, entry(103)).map(|_| 1);
    written(&mut conn, result);
    let result = Entry::insert_many(&mut conn, [entry(104), entry(105)]).map(|_| 2);
    written(&mut conn, result);
    assert!(count == 6 || count == 0, "{count}");
}
