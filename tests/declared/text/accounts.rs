//! What changes in a row goes to one parent, and the row moves between others that only count it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;
use proptest::prelude::*;

use super::{Conn, Place, runner, wrong};
use crate::accounts::schema::transfers;
use crate::accounts::{Account, Bank, Clerk, NewTransfer, Transfer};

/// What is wrong, by SQL.
const STALE: &[(&str, &str)] = &[
    (
        "accounts.received",
        "accounts t WHERE received <> (SELECT COALESCE(SUM(amount), 0) FROM transfers WHERE account_id = t.id)",
    ),
    (
        "clerks.handled",
        "clerks t WHERE handled <> (SELECT COUNT(*) FROM transfers WHERE clerk_id = t.id)",
    ),
    (
        "banks.received",
        "banks t WHERE received <> (SELECT COALESCE(SUM(received), 0) FROM accounts WHERE bank_id = t.id)",
    ),
];

fn stale(conn: &mut Conn) -> Vec<&'static str> {
    wrong(conn, STALE)
}

/// Two banks with two accounts each, and two clerks.
fn stock(conn: &mut Conn) {
    conn.inner_mut()
        .batch_execute(
            "DELETE FROM transfers; DELETE FROM accounts; DELETE FROM banks; DELETE FROM clerks;
             INSERT INTO banks (id) VALUES (1), (2); INSERT INTO clerks (id) VALUES (1), (2);
             INSERT INTO accounts (id, bank_id) VALUES (1, 1), (2, 1), (3, 2), (4, 2)",
        )
        .unwrap();
}

/// A write; a transfer is named by its place among those that are there.
#[derive(Debug, Clone)]
enum Write {
    Add(NewTransfer),
    Account(usize, i32),
    Clerk(usize, Option<i32>),
    Amount(usize, i64),
    ClerkAndAmount(usize, Option<i32>, i64),
    Save(usize, NewTransfer),
    Delete(usize),
}

fn new_transfer() -> impl Strategy<Value = NewTransfer> {
    let clerk = proptest::option::of(1i32..=2);
    (1i32..=4, clerk, -3i64..9).prop_map(|(account_id, clerk_id, amount)| NewTransfer {
        account_id,
        clerk_id,
        amount,
    })
}

fn write() -> impl Strategy<Value = Write> {
    let at = || 0usize..6;
    let clerk = || proptest::option::of(1i32..=2);
    prop_oneof![
        4 => new_transfer().prop_map(Write::Add),
        3 => (at(), clerk()).prop_map(|(at, clerk)| Write::Clerk(at, clerk)),
        2 => (at(), 1i32..=4).prop_map(|(at, account)| Write::Account(at, account)),
        2 => (at(), -3i64..9).prop_map(|(at, amount)| Write::Amount(at, amount)),
        2 => (at(), clerk(), -3i64..9)
            .prop_map(|(at, clerk, by)| Write::ClerkAndAmount(at, clerk, by)),
        2 => (at(), new_transfer()).prop_map(|(at, new)| Write::Save(at, new)),
        1 => at().prop_map(Write::Delete),
    ]
}

fn run(conn: &mut Conn, write: &Write) -> Result<(), Error> {
    if let Write::Add(new) = write {
        return Transfer::add(conn, new);
    }
    let all: Vec<Transfer> = transfers::table
        .select(Transfer::as_select())
        .order(transfers::id)
        .load(conn)?;
    if all.is_empty() {
        return Ok(());
    }
    let nth = |at: usize| all[at % all.len()].clone();
    let id = |at: usize| nth(at).id;
    match *write {
        Write::Add(_) => {}
        Write::Account(at, account) => {
            Transfer::update(conn, id(at), transfers::account_id.eq(account))?;
        }
        Write::Clerk(at, clerk) => {
            Transfer::update(conn, id(at), transfers::clerk_id.eq(clerk))?;
        }
        Write::Amount(at, amount) => {
            Transfer::update(conn, id(at), transfers::amount.eq(amount))?;
        }
        Write::ClerkAndAmount(at, clerk, amount) => {
            let set = (transfers::clerk_id.eq(clerk), transfers::amount.eq(amount));
            Transfer::update(conn, id(at), set)?;
        }
        Write::Save(at, ref new) => {
            let mut transfer = nth(at);
            transfer.account_id = new.account_id;
            transfer.clerk_id = new.clerk_id;
            transfer.amount = new.amount;
            transfer.save(conn)?;
        }
        Write::Delete(at) => nth(at).delete(conn)?,
    }
    Ok(())
}

#[test]
fn a_row_that_moves_between_parents_that_only_count_it_leaves_nothing_stale() {
    let place = Place::new();
    let conn = std::cell::RefCell::new(place.connect());
    let steps = prop::collection::vec((write(), any::<bool>()), 1..20);
    runner(64)
        .run(&steps, |steps| {
            let conn = &mut *conn.borrow_mut();
            stock(conn);
            for (write, is_alone) in &steps {
                let done = if *is_alone {
                    run(conn, write)
                } else {
                    conn.transaction(|conn| run(conn, write))
                };
                done.unwrap();
                prop_assert_eq!(stale(conn), Vec::<&str>::new(), "after {:?}", write);
            }
            Ok(())
        })
        .unwrap();
}

/// A transfer to the first account.
fn of(amount: i64) -> NewTransfer {
    NewTransfer {
        account_id: 1,
        clerk_id: Some(1),
        amount,
    }
}

#[test]
fn a_number_may_change_by_more_than_its_type_holds() {
    const LARGE: i64 = 5_000_000_000_000_000_000;
    let place = Place::new();
    let mut conn = place.connect();
    for is_alone in [true, false] {
        stock(&mut conn);
        let change = |conn: &mut Conn| {
            let transfer = Transfer::insert(conn, of(-LARGE))?;
            Transfer::update(conn, transfer.id, transfers::amount.eq(LARGE))?;
            Account::find(conn, 1)
        };
        let account = if is_alone {
            change(&mut conn)
        } else {
            conn.transaction(change)
        };
        assert_eq!(account.unwrap().unwrap().received, LARGE);
        assert_eq!(stale(&mut conn), Vec::<&str>::new());
    }
}

#[test]
fn the_least_number_of_all_is_taken_off() {
    let place = Place::new();
    let mut conn = place.connect();
    for is_alone in [true, false] {
        stock(&mut conn);
        let change = |conn: &mut Conn| {
            let transfer = Transfer::insert(conn, of(i64::MIN))?;
            transfer.delete(conn)?;
            Bank::find(conn, 1)
        };
        let bank = if is_alone {
            change(&mut conn)
        } else {
            conn.transaction(change)
        };
        assert_eq!(bank.unwrap().unwrap().received, 0);
        assert_eq!(stale(&mut conn), Vec::<&str>::new());
        assert_eq!(Clerk::find(&mut conn, 1).unwrap().unwrap().handled, 0);
    }
}

#[test]
fn a_row_that_is_not_there_leaves_the_transaction_as_it_was() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let kept = conn.transaction(|conn| {
        let transfer = Transfer::insert(conn, of(5))?;
        let mut gone = transfer.clone();
        gone.id += 1;
        assert!(Transfer::update(conn, gone.id, transfers::amount.eq(7)).is_err());
        assert!(gone.delete(conn).is_err());
        Ok::<_, Error>(transfer)
    });
    assert_eq!(kept.unwrap().amount, 5);
    assert_eq!(stale(&mut conn), Vec::<&str>::new());
}
