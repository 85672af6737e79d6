//! A new row, and all that follows from it, by one statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, ErrorKind};

use super::text::totals::one_of_each::{new_due, stock, sums};
use super::{Conn, Place};
use crate::totals::schema::{dues, guilds, realms};
use crate::totals::{Due, Guild, NewDue, Realm, Shire};

/// A function of a trigger, which returns the new row.
fn trigger(conn: &mut Conn, on: &str, body: &str) {
    conn.batch_execute(&format!(
        "CREATE FUNCTION interfere() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN {body}; RETURN NEW; END $$;
         CREATE TRIGGER interference {on} FOR EACH ROW EXECUTE FUNCTION interfere()"
    ))
    .unwrap();
}

#[test]
fn what_a_trigger_does_to_a_new_row_and_its_parent_counts() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    trigger(
        &mut conn,
        "BEFORE INSERT ON dues",
        "NEW.coins := NEW.coins + 1; UPDATE shires SET paid = paid WHERE id = NEW.shire_id",
    );
    let due = Due::insert(&mut conn, new_due(5)).unwrap();
    assert_eq!(due.coins, Some(6));
    assert_eq!(sums(&mut conn), [6; 3]);
}

#[test]
fn a_trigger_may_write_the_row_above_the_one_that_is_added_to() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    trigger(
        &mut conn,
        "BEFORE UPDATE ON shires",
        "UPDATE realms SET due_count = due_count WHERE id = NEW.realm_id",
    );
    Due::insert(&mut conn, new_due(5)).unwrap();
    Due::add(&mut conn, &new_due(2)).unwrap();
    Due::update(&mut conn, 1, dues::coins.eq(4)).unwrap();
    assert_eq!(sums(&mut conn), [6; 3]);
}

#[test]
fn a_rule_of_the_database_is_in_nobodys_way() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute(
        "CREATE TABLE log (due_id INTEGER);
         CREATE RULE logged AS ON INSERT TO dues DO ALSO INSERT INTO log VALUES (1)",
    )
    .unwrap();
    Due::add(&mut conn, &new_due(5)).unwrap();
    assert_eq!(sums(&mut conn), [5; 3]);
}

#[test]
fn a_row_goes_with_what_hangs_on_it_whatever_rule_its_table_has() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute(
        "CREATE TABLE log (shire_id INTEGER);
         CREATE RULE logged AS ON DELETE TO shires DO ALSO INSERT INTO log VALUES (OLD.id)",
    )
    .unwrap();
    Due::insert(&mut conn, new_due(5)).unwrap();
    Shire::delete_many(&mut conn, &[1]).unwrap();
    assert_eq!(realms::table.select(realms::taxes).first(&mut conn), Ok(0));
    assert_eq!(guilds::table.select(guilds::total).first(&mut conn), Ok(0));
}

#[test]
fn an_error_says_whether_the_new_row_is_wrong_or_one_that_is_added_to() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute("ALTER TABLE realms ADD CONSTRAINT poor CHECK (taxes < 100)")
        .unwrap();
    let nowhere = NewDue {
        shire_id: 9,
        ..new_due(5)
    };
    let error = Due::insert(&mut conn, nowhere).unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);

    let error = Due::insert(&mut conn, new_due(100)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("taxes, due_count of `Realm`"), "{text}");
    assert_eq!(error.kind(), ErrorKind::CheckViolation);
    assert_eq!(sums(&mut conn), [0; 3]);
}

type Add = fn(&mut Conn, &NewDue) -> Result<(), Error>;

#[test]
fn a_parent_that_is_there_only_since_the_statement_began_is_added_to() {
    let alone = |conn: &mut Conn, new: &NewDue| Due::add(conn, new);
    let in_a_transaction =
        |conn: &mut Conn, new: &NewDue| conn.transaction(|conn| Due::add(conn, new));
    for add in [alone as Add, in_a_transaction] {
        let place = Place::new();
        let (mut conn, mut other) = (place.connect(), place.connect());
        stock(&mut conn);
        // The shire is there for the foreign key's check, and not for the statement that adds to it.
        let new = NewDue {
            shire_id: 2,
            ..new_due(5)
        };
        let sent = watch(&mut conn);
        let added = std::thread::scope(|threads| {
            let adding = other.transaction(|other| {
                guilds::table.for_update().load::<Guild>(other)?;
                let adding = threads.spawn(|| add(&mut conn, &new));
                wait_for_a_lock(other);
                other.batch_execute("INSERT INTO shires (id, realm_id) VALUES (2, 1)")?;
                QueryResult::Ok(adding)
            });
            adding.unwrap().join().unwrap()
        });
        added.unwrap();
        assert_eq!(sent.transactions.load(Ordering::Relaxed), 1, "it is whole");
        let shire = Shire::find(&mut other, 2).unwrap().unwrap();
        assert_eq!(shire.taxes, 5);
        assert_eq!(sums(&mut other), [5, 0, 5]);
    }
}

type Move = fn(&mut Conn) -> Result<Due, Error>;

#[test]
fn a_parent_that_a_row_comes_to_and_that_is_there_only_since_the_statement_began_is_added_to() {
    fn change(conn: &mut Conn) -> Result<Due, Error> {
        Due::update(conn, 1, (dues::shire_id.eq(2), dues::coins.eq(9)))
    }
    let in_a_transaction = |conn: &mut Conn| conn.transaction(change);
    // The old shire's key comes before the new one's, or after it.
    for (change, old) in [
        (change as Move, 1),
        (in_a_transaction, 1),
        (in_a_transaction, 3),
    ] {
        let place = Place::new();
        let (mut conn, mut other) = (place.connect(), place.connect());
        stock(&mut conn);
        conn.batch_execute("INSERT INTO shires (id) VALUES (3)")
            .unwrap();
        let new = NewDue {
            shire_id: old,
            ..new_due(5)
        };
        Due::add(&mut conn, &new).unwrap();
        let changed = std::thread::scope(|threads| {
            let changing = other.transaction(|other| {
                guilds::table.for_update().load::<Guild>(other)?;
                let changing = threads.spawn(|| change(&mut conn));
                wait_for_a_lock(other);
                other.batch_execute("INSERT INTO shires (id, realm_id) VALUES (2, 1)")?;
                QueryResult::Ok(changing)
            });
            changing.unwrap().join().unwrap()
        });
        assert_eq!(changed.unwrap().shire_id, 2);
        for (shire, taxes) in [(2, 9), (old, 0)] {
            let shire = Shire::find(&mut other, shire).unwrap().unwrap();
            assert_eq!((shire.taxes, shire.paid), (taxes, taxes));
        }
        assert_eq!(
            sums(&mut other),
            [9, 0, 9],
            "of the realm, shire 1 and the guild"
        );
    }
}

#[test]
fn a_row_that_moves_is_one_message() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute(
        "INSERT INTO realms (id) VALUES (2); INSERT INTO guilds (id) VALUES (2);
         INSERT INTO shires (id, realm_id) VALUES (2, 1), (3, 2)",
    )
    .unwrap();
    Due::add(&mut conn, &new_due(5)).unwrap();
    let moves = |conn: &mut Conn| {
        for shire in [2, 3, 1] {
            Due::update(conn, 1, dues::shire_id.eq(shire))?;
        }
        Due::update(conn, 1, (dues::guild_id.eq(2), dues::coins.eq(7)))?;
        Due::update(conn, 1, (dues::guild_id.eq(1), dues::coins.eq(5)))
    };
    let sent = watch(&mut conn);
    moves(&mut conn).unwrap();
    let report = conn.last_flush().unwrap();
    // Both guilds, the shire and its realm.
    assert_eq!((report.changed(), report.statements), (4, 0), "{report:?}");
    assert_eq!(sent.statements.load(Ordering::Relaxed), 5);
    assert_eq!(sent.transactions.load(Ordering::Relaxed), 0);
    conn.transaction(moves).unwrap();
    // The transaction begins and ends.
    assert_eq!(sent.statements.load(Ordering::Relaxed), 5 + 5 + 2);
    assert_eq!(sums(&mut conn), [5; 3]);
    assert_eq!(Realm::find(&mut conn, 2).unwrap().unwrap().taxes, 0);
}

#[test]
fn a_write_that_stands_alone_is_one_message() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    Due::add(&mut conn, &new_due(1)).unwrap();
    Due::update(&mut conn, 1, dues::coins.eq(1)).unwrap();
    let sent = watch(&mut conn);
    Due::add(&mut conn, &new_due(2)).unwrap();
    let due = Due::insert(&mut conn, new_due(3)).unwrap();
    Due::update(&mut conn, 1, dues::coins.eq(7)).unwrap();
    Due::update(&mut conn, due.id, dues::coins.eq(8)).unwrap();
    Due::delete_many(&mut conn, &[2]).unwrap();
    assert_eq!(sent.statements.load(Ordering::Relaxed), 5);
    assert_eq!(sent.transactions.load(Ordering::Relaxed), 0);
    let report = conn.last_flush().unwrap();
    assert_eq!((report.changed(), report.statements), (3, 0), "{report:?}");
    assert_eq!(sums(&mut conn), [15; 3]);
}

#[test]
fn a_row_to_which_nothing_is_added_is_not_written() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    Due::add(&mut conn, &new_due(5)).unwrap();
    let versions = versions(&mut conn);
    Due::add(&mut conn, &new_due(0)).unwrap();
    let [realm, shire, guild] = self::versions(&mut conn);
    assert_eq!(guild, versions[2], "it sums up, and does not count");
    assert_ne!([realm, shire], versions[..2]);
}

/// Which transactions have written the rows that are added to.
fn versions(conn: &mut Conn) -> [String; 3] {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Text)]
        xmin: String,
    }
    ["realms", "shires", "guilds"].map(|table| {
        let query = diesel::sql_query(format!("SELECT xmin::text FROM {table}"));
        query.get_result::<Version>(conn).unwrap().xmin
    })
}

/// What a connection has sent.
#[derive(Default)]
struct Sent {
    statements: AtomicUsize,
    transactions: AtomicUsize,
}

fn watch(conn: &mut Conn) -> Arc<Sent> {
    let sent = Arc::new(Sent::default());
    let count = Arc::clone(&sent);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| match event {
        InstrumentationEvent::StartQuery { .. } => {
            count.statements.fetch_add(1, Ordering::Relaxed);
        }
        InstrumentationEvent::BeginTransaction { .. } => {
            count.transactions.fetch_add(1, Ordering::Relaxed);
        }
        _ => {}
    });
    sent
}

/// Waits until somebody waits for a lock that this connection holds.
fn wait_for_a_lock(holder: &mut Conn) {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    loop {
        let query = "SELECT count(*) FROM pg_locks \
                     WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))";
        let waiting: Waiting = diesel::sql_query(query).get_result(holder).unwrap();
        if waiting.count > 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
