//! Decimals, as keys and as fields, in columns that round.

use bigdecimal::BigDecimal;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::{Conn, open};
use crate::models::decimals::schema::{accounts, entries, parts};
use crate::models::decimals::{
    Account, Entry, NewAccount, NewEntry, NewPart, Part, Size, Taxed, Weight, hundredths,
};

pub(super) fn opened() -> (super::super::Place, Conn) {
    let (place, mut conn) = open();
    for table in [
        "accounts (number NUMERIC(12,2) NOT NULL PRIMARY KEY, total NUMERIC(16,2) NOT NULL DEFAULT 0, least NUMERIC(12,4),
            most NUMERIC(12,1), mean NUMERIC(12,2), code NUMERIC(12,2) UNIQUE,
            last NUMERIC(12,1) UNIQUE, report VARCHAR(80) NOT NULL DEFAULT '')",
        "entries (number NUMERIC(12,2) NOT NULL PRIMARY KEY, account NUMERIC(12,2) NOT NULL, amount NUMERIC(12,4) NOT NULL,
            quantity NUMERIC(8,3) NOT NULL, value NUMERIC(16,2) NOT NULL DEFAULT 0, taxed NUMERIC(12,2) NOT NULL DEFAULT 0,
            account_mean NUMERIC(12,1), account_code NUMERIC(12,2), account_last NUMERIC(12,1),
            share NUMERIC(12,6) NOT NULL DEFAULT 0,
            FOREIGN KEY (account) REFERENCES accounts (number))",
        "parts (id INTEGER PRIMARY KEY, whole_id INTEGER, factor NUMERIC(8,3) NOT NULL, size NUMERIC(12,2) NOT NULL DEFAULT 0,
            weight NUMERIC(12,2) NOT NULL DEFAULT 0, FOREIGN KEY (whole_id) REFERENCES parts (id))",
    ] {
        conn.batch_execute(&format!("CREATE TABLE {table}")).unwrap();
    }
    for number in 0..3 {
        Account::insert(&mut conn, account(number)).unwrap();
    }
    (place, conn)
}

/// Keys that no binary fraction is equal to.
pub(super) fn key(number: i64) -> BigDecimal {
    hundredths(number * 10 + 1)
}

fn account(number: i64) -> NewAccount {
    let number = key(number);
    NewAccount { number }
}

pub(super) fn entry(number: i64, account: i64) -> NewEntry {
    NewEntry {
        number: key(number),
        account: key(account),
        amount: BigDecimal::new((number * 1_237 % 90_001).into(), 4),
        quantity: BigDecimal::new((number % 5_000 + 1).into(), 3),
    }
}

/// Whether a column of so many digits may have stored this value so.
#[track_caller]
fn assert_stored(stored: &BigDecimal, exact: &BigDecimal, digits: i64) {
    // Half of the last digit, and what a number of `SQLite` leaves out.
    let off = BigDecimal::new(5.into(), digits + 1) + BigDecimal::new(1.into(), 9);
    assert!((stored - exact).abs() <= off, "{stored} for {exact}");
}

/// Everything is as its rules would make it of the stored rows.
#[track_caller]
pub(super) fn assert_right(conn: &mut Conn) {
    let all: Vec<Entry> = entries::table
        .select(Entry::as_select())
        .load(conn)
        .unwrap();
    let rows: Vec<Account> = accounts::table
        .select(Account::as_select())
        .load(conn)
        .unwrap();
    for row in rows {
        let own: Vec<&Entry> = all.iter().filter(|it| it.account == row.number).collect();
        let total: BigDecimal = own.iter().map(|entry| &entry.value).sum();
        assert_stored(&row.total, &total, 2);
        let amounts = || own.iter().map(|entry| &entry.amount);
        assert_eq!(row.least.as_ref(), amounts().min());
        assert_eq!(row.most.is_some(), !own.is_empty());
        let taxed = own.iter().map(|entry| entry.taxed.clone());
        let taxed: Vec<Taxed> = taxed.map(|taxed| Taxed { taxed }).collect();
        assert_stored(row.code.as_ref().unwrap(), &row.code(&taxed), 2);
        let mean = Account::mean(&taxed);
        assert_eq!(row.mean.is_some(), mean.is_some());
        let last = own.iter().map(|entry| &entry.number).max();
        assert_eq!(row.last.is_some(), last.is_some());
        if let (Some(stored), Some(exact), Some(most)) = (&row.mean, &mean, &row.most) {
            assert_stored(stored, exact, 2);
            assert_stored(most, amounts().max().unwrap(), 1);
            assert_stored(row.last.as_ref().unwrap(), last.unwrap(), 1);
        }
        assert_eq!(row.report, row.report(), "{row:?}");
        for entry in own {
            assert_stored(&entry.value, &(&entry.amount * &entry.quantity), 2);
            assert_stored(&entry.taxed, &entry.taxed(), 2);
            assert_stored(
                entry.account_mean.as_ref().unwrap(),
                row.mean.as_ref().unwrap(),
                1,
            );
            assert_eq!(
                (&entry.account_code, &entry.account_last),
                (&row.code, &row.last)
            );
            assert_stored(&entry.share, &entry.share(&row), 6);
        }
    }
}

#[test]
fn rows_with_decimals_are_written_one_by_one() {
    let (_place, mut conn) = opened();
    let mut first = Entry::insert(&mut conn, entry(100, 0)).unwrap();
    Entry::add(&mut conn, &entry(101, 1)).unwrap();
    assert_right(&mut conn);
    first.account = key(2);
    first.quantity = hundredths(333);
    first.save(&mut conn).unwrap();
    assert_right(&mut conn);
    Entry::update(&mut conn, key(101), entries::amount.eq(hundredths(7))).unwrap();
    assert_right(&mut conn);
    Entry::update(&mut conn, key(101), entries::account.eq(key(2))).unwrap();
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        let mut first = Entry::insert(conn, entry(102, 2))?;
        Entry::add(conn, &entry(103, 0))?;
        Entry::update(conn, key(100), entries::amount.eq(hundredths(-5)))?;
        first.account = key(1);
        first.save(conn)?;
        let account = Account::fresh(conn, key(2))?.unwrap();
        assert_eq!(account.least.unwrap().round(2), hundredths(-5));
        first.delete(conn)
    })
    .unwrap();
    assert_right(&mut conn);
    let last = Entry::find(&mut conn, key(103)).unwrap().unwrap();
    last.delete(&mut conn).unwrap();
    assert_right(&mut conn);
    assert_eq!(Entry::find(&mut conn, key(103)).unwrap(), None);
}

#[test]
fn rows_with_decimals_are_written_in_bulk() {
    let (_place, mut conn) = opened();
    let news: Vec<NewEntry> = (100..500).map(|at| entry(at, at % 3)).collect();
    Entry::add_many(&mut conn, &news[..200]).unwrap();
    let mut rows = Entry::insert_many(&mut conn, news[200..].to_vec()).unwrap();
    assert_right(&mut conn);
    for (row, number) in rows.iter_mut().zip(0..) {
        row.account = key(number % 2);
        row.amount = hundredths(number);
    }
    Entry::save_many(&mut conn, &mut rows).unwrap();
    assert_right(&mut conn);
    conn.batch_execute("UPDATE entries SET amount = amount + 0.0625, quantity = 2.5")
        .unwrap();
    let keys: Vec<BigDecimal> = news.iter().map(|new| new.number.clone()).collect();
    Entry::touch(&mut conn, &keys).unwrap();
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        Entry::delete_many(conn, &keys[200..])?;
        Entry::add_many(conn, &news[200..300])?;
        Account::fresh(conn, key(1)).map(drop)
    })
    .unwrap();
    assert_right(&mut conn);
    Entry::delete_many(&mut conn, &keys[..200]).unwrap();
    assert_right(&mut conn);
    assert_eq!(entries::table.count().get_result(&mut conn), Ok(100));
}

/// The parts are as their rules would make them of what is stored of the parts around them.
#[track_caller]
fn assert_parts_right(conn: &mut Conn) {
    let rows: Vec<Part> = parts::table.select(Part::as_select()).load(conn).unwrap();
    for row in &rows {
        let whole = rows.iter().find(|whole| Some(whole.id) == row.whole_id);
        let whole = whole.map(|whole| Size {
            size: whole.size.clone(),
        });
        assert_stored(&row.size, &row.size(whole.as_ref()), 2);
        let own = rows.iter().filter(|part| part.whole_id == Some(row.id));
        let own = own.map(|part| part.weight.clone());
        let own: Vec<Weight> = own.map(|weight| Weight { weight }).collect();
        assert_stored(&row.weight, &row.weight(&own), 2);
    }
}

#[test]
fn a_level_of_a_tree_reads_what_is_stored_of_the_one_before() {
    let (_place, mut conn) = opened();
    let part = |id: i32| NewPart {
        id,
        whole_id: (id > 1).then_some(id / 2),
        factor: BigDecimal::new((1_337 + id).into(), 3),
    };
    Part::insert(&mut conn, part(1)).unwrap();
    let news: Vec<NewPart> = (2..64).map(part).collect();
    Part::add_many(&mut conn, &news[..30]).unwrap();
    assert_parts_right(&mut conn);
    Part::insert_many(&mut conn, news[30..].to_vec()).unwrap();
    assert_parts_right(&mut conn);
    Part::update(&mut conn, 2, parts::factor.eq(hundredths(77))).unwrap();
    assert_parts_right(&mut conn);
    Part::update(&mut conn, 9, parts::whole_id.eq(63)).unwrap();
    assert_parts_right(&mut conn);
    for _ in 0..2 {
        Part::touch(&mut conn, &[1, 9, 40]).unwrap();
        let report = conn.last_flush().unwrap();
        assert_eq!(report.changed(), 0, "{report:?}");
        assert!(report.computed() < 20, "the changes stop: {report:?}");
    }
    assert_parts_right(&mut conn);
}
