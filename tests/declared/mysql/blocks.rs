//! What MariaDB runs as one message: a new row with all that follows from it, and the levels of a
//! flush.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, ErrorKind};

use super::text::totals::one_of_each::{new_due, stock, sums};
use super::{Conn, Place};
use crate::totals::schema::dues;
use crate::totals::{Due, NewDue};

fn nowhere() -> NewDue {
    NewDue {
        shire_id: 9,
        ..new_due(5)
    }
}

fn dues(conn: &mut Conn) -> i64 {
    dues::table.count().get_result(conn).unwrap()
}

/// How many statements a connection sends from now on, those that begin and end transactions
/// among them.
fn sent(conn: &mut Conn) -> Arc<AtomicUsize> {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    sent
}

#[test]
fn a_row_that_is_added_alone_is_one_message() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    Due::add(&mut conn, &new_due(1)).unwrap();
    let sent = sent(&mut conn);
    Due::add(&mut conn, &new_due(2)).unwrap();
    assert_eq!(sent.load(Ordering::Relaxed), 1);
    let report = conn.last_flush().unwrap();
    assert_eq!((report.changed(), report.statements), (3, 0), "{report:?}");
    assert_eq!(sums(&mut conn), [3; 3]);
    assert_eq!(sums(&mut place.connect()), [3; 3], "it is committed");
}

#[test]
fn within_a_transaction_it_is_one_message_as_well() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    Due::add(&mut conn, &new_due(1)).unwrap();
    conn.transaction(|conn| {
        Due::add(conn, &new_due(2))?;
        let sent = sent(conn);
        Due::add(conn, &new_due(3))?;
        assert_eq!(sent.load(Ordering::Relaxed), 1);
        assert_eq!(sums(&mut place.connect()), [1; 3]);
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(sums(&mut conn), [6; 3]);
}

#[test]
fn a_row_that_the_database_refuses_leaves_the_transaction_as_it_was() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    for _ in 0..3 {
        let error = Due::add(&mut conn, &nowhere()).unwrap_err();
        assert!(matches!(error, Error::Database(_)), "{error:?}");
        assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
        Due::add(&mut conn, &new_due(0)).unwrap();
    }
    conn.transaction(|conn| {
        Due::add(conn, &new_due(2))?;
        let error = Due::add(conn, &nowhere()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation);
        Due::add(conn, &new_due(3))
    })
    .unwrap();
    assert_eq!((dues(&mut conn), sums(&mut conn)), (5, [5; 3]));
}

#[test]
fn a_row_whose_parent_cannot_be_added_to_is_gone_with_its_level() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute("ALTER TABLE realms ADD CONSTRAINT poor CHECK (taxes < 100)")
        .unwrap();
    let error = Due::add(&mut conn, &new_due(100)).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("of `Realm`"), "{text}");
    assert_eq!(error.kind(), ErrorKind::CheckViolation);
    assert_eq!((dues(&mut conn), sums(&mut conn)), (0, [0; 3]));
    let done = conn.transaction(|conn| {
        Due::add(conn, &new_due(1))?;
        conn.transaction(|conn| Due::add(conn, &new_due(100)))
            .unwrap_err();
        Due::add(conn, &new_due(2))
    });
    done.unwrap();
    assert_eq!((dues(&mut conn), sums(&mut conn)), (2, [3; 3]));
    let done = conn.transaction(|conn| {
        Due::add(conn, &new_due(1))?;
        // Nobody looks at the error.
        Due::add(conn, &new_due(100)).unwrap_err();
        Ok::<_, Error>(())
    });
    done.unwrap_err();
    assert_eq!((dues(&mut conn), sums(&mut conn)), (2, [3; 3]));
}

#[test]
fn a_block_that_is_stopped_half_way_is_not_committed() {
    for is_alone in [true, false] {
        let place = Place::new();
        let (mut conn, mut other) = (place.connect(), place.connect());
        stock(&mut conn);
        Due::add(&mut conn, &new_due(1)).unwrap();
        let thread: i64 = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(
            "CONNECTION_ID()",
        ))
        .get_result(&mut conn)
        .unwrap();
        let done = std::thread::scope(|threads| {
            other
                .transaction(|other| {
                    // The realm is the last that is added to.
                    other.batch_execute("SELECT id FROM realms FOR UPDATE")?;
                    let adding = threads.spawn(|| {
                        if is_alone {
                            return Due::add(&mut conn, &new_due(2));
                        }
                        conn.transaction(|conn| {
                            Due::add(conn, &new_due(2)).unwrap_err();
                            Ok(())
                        })
                    });
                    wait_for_a_lock(other, thread);
                    other.batch_execute(&format!("KILL QUERY {thread}"))?;
                    QueryResult::Ok(adding.join().unwrap())
                })
                .unwrap()
        });
        done.unwrap_err();
        assert_eq!((dues(&mut conn), sums(&mut conn)), (1, [1; 3]));
        Due::add(&mut conn, &new_due(3)).unwrap();
        assert_eq!(sums(&mut other), [4; 3]);
    }
}

#[test]
fn a_parent_that_is_not_there_is_not_counted() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute("SET SESSION foreign_key_checks = 0")
        .unwrap();
    Due::add(&mut conn, &nowhere()).unwrap();
    let report = conn.last_flush().unwrap();
    assert_eq!(report.model("Guild").changed, 1, "{report:?}");
    assert_eq!(report.changed(), 1, "{report:?}");
    assert_eq!(sums(&mut conn), [0, 0, 5]);
}

#[test]
fn the_levels_of_a_flush_are_one_message() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let due = Due::insert(&mut conn, new_due(3)).unwrap();
    assert_eq!(conn.last_flush().unwrap().statements, 1);
    Due::update(&mut conn, due.id, dues::coins.eq(7)).unwrap();
    assert_eq!(conn.last_flush().unwrap().statements, 1);
    assert_eq!(sums(&mut conn), [7; 3]);
    Due::delete_many(&mut conn, &[due.id]).unwrap();
    assert_eq!(conn.last_flush().unwrap().statements, 1);
    assert_eq!(sums(&mut conn), [0; 3]);
}

#[test]
fn the_levels_of_a_move_are_one_message() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute(
        "INSERT INTO realms (id) VALUES (2);
         INSERT INTO shires (id, realm_id) VALUES (2, 2), (3, NULL)",
    )
    .unwrap();
    let due = Due::insert(&mut conn, new_due(3)).unwrap();
    for (shire, changed) in [(2, 4), (3, 3), (1, 3)] {
        Due::update(&mut conn, due.id, dues::shire_id.eq(shire)).unwrap();
        let report = conn.last_flush().unwrap();
        assert_eq!(report.changed(), changed, "{report:?}");
        // Where a shire has no realm, it asks which rows there were.
        assert_eq!(report.statements, if shire == 2 { 1 } else { 2 });
    }
    assert_eq!(sums(&mut conn), [3; 3]);
}

#[test]
fn an_update_locks_a_parent_ahead_only_where_it_sets_the_foreign_key() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute("INSERT INTO shires (id, realm_id) VALUES (2, 1)")
        .unwrap();
    let due = Due::insert(&mut conn, new_due(3)).unwrap();
    conn.transaction(|conn| {
        Due::update(conn, due.id, dues::coins.eq(5))?;
        let sent = sent(conn);
        // The row before, the write, the row after, and all that is added.
        Due::update(conn, due.id, dues::coins.eq(7))?;
        assert_eq!(sent.swap(0, Ordering::Relaxed), 4);
        // Both shires are locked before the write. That the realm is the same is asked for.
        Due::update(conn, due.id, dues::shire_id.eq(2))?;
        assert_eq!(sent.swap(0, Ordering::Relaxed), 6);
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(sums(&mut conn), [7, 0, 7]);
}

#[test]
fn what_the_database_cuts_of_a_new_row_is_not_added() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    conn.batch_execute("ALTER TABLE dues MODIFY coins TINYINT; SET SESSION sql_mode = ''")
        .unwrap();
    Due::add(&mut conn, &new_due(1_000)).unwrap();
    assert_eq!(sums(&mut conn), [127; 3]);
    conn.transaction(|conn| Due::add_many(conn, &[new_due(1_000), new_due(-5)]))
        .unwrap();
    assert_eq!(sums(&mut conn), [249; 3]);
}

/// Waits until a connection waits for a lock.
fn wait_for_a_lock(other: &mut Conn, thread: i64) {
    #[derive(QueryableByName)]
    struct Waiting {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    loop {
        let query = "SELECT COUNT(*) AS count FROM information_schema.innodb_trx \
                     WHERE trx_state = 'LOCK WAIT' AND trx_mysql_thread_id = ";
        let query = diesel::sql_query(format!("{query}{thread}"));
        if query.get_result::<Waiting>(other).unwrap().count > 0 {
            return;
        }
        // The database looks anew after a tenth of a second in which nobody has asked.
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
}
