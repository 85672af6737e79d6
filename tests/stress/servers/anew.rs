//! Writers who have waited for a row, and find that what they have to lock has become more meanwhile,
//! of which one row is not to be had.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::super::text::script::stock;
use super::super::text::shop::Outcome;
use super::super::text::tables;
use super::super::{Conn, Place, is_waiting, number};
use crate::bare::Stage;
use crate::links::models::Person;
use crate::links::schema::{PERSONS, persons};

/// Without foreign keys: a link locks none of the rows that it names.
const STAGE: Stage = Stage {
    create: &[
        PERSONS.create[0],
        "CREATE TABLE follows (user_id INTEGER NOT NULL, other_id INTEGER NOT NULL,
            PRIMARY KEY (user_id, other_id)){from}",
    ],
    ..PERSONS
};

/// The connections, and who has locked what.
struct Scene {
    place: Place,
    /// Has locked the row that is renamed, and linked another one to it.
    linking: Conn,
    /// Has locked the other one.
    holding: Conn,
    observer: Conn,
}

fn scene() -> Scene {
    let place = tables::create(STAGE.create);
    let [mut linking, mut holding, mut observer] = [(); 3].map(|()| place.connect());
    stock(&mut observer, &STAGE);
    for (conn, key) in [(&mut linking, 5), (&mut holding, 6)] {
        send(conn, "BEGIN");
        send(
            conn,
            &format!("SELECT id FROM persons WHERE id = {key} FOR UPDATE"),
        );
    }
    send(
        &mut linking,
        "INSERT INTO follows (user_id, other_id) VALUES (6, 5)",
    );
    Scene {
        place,
        linking,
        holding,
        observer,
    }
}

fn send(conn: &mut Conn, sql: &str) {
    conn.inner_mut().batch_execute(sql).unwrap();
}

/// A writer waits for the row that is renamed, has it, and waits for the one that was linked to it.
fn assert_waits_for_both(act: fn(&mut Conn) -> Outcome) {
    let mut scene = scene();
    let mut conn = scene.place.connect();
    let writer = number(&mut conn);
    let written = thread::spawn(move || act(&mut conn));
    until(|| is_waiting(&mut scene.observer, writer));
    // It takes note of half a millisecond.
    thread::sleep(Duration::from_millis(20));
    send(&mut scene.linking, "COMMIT");
    thread::sleep(Duration::from_millis(50));
    until(|| is_waiting(&mut scene.observer, writer) || written.is_finished());
    assert!(!written.is_finished(), "{:?}", written.join());
    send(&mut scene.holding, "COMMIT");
    written.join().unwrap().unwrap();
    let stale = tables::stale(&mut scene.observer, STAGE.stale);
    assert_eq!(stale, Vec::<String>::new());
}

fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        thread::sleep(Duration::from_millis(1));
    }
}

fn rename(conn: &mut Conn, key: i32) -> Outcome {
    Person::update(conn, key, persons::name.eq("new")).map(drop)
}

#[test]
fn write_that_stands_alone_begins_anew() {
    assert_waits_for_both(|conn| rename(conn, 5));
}

#[test]
fn write_that_stands_alone_begins_anew_where_all_is_buffered() {
    assert_waits_for_both(|conn| {
        conn.set_base_mode(Mode::Buffered);
        rename(conn, 5)
    });
}

#[test]
fn write_in_a_transaction_goes_on() {
    assert_waits_for_both(|conn| {
        rename(conn, 1)?;
        conn.transaction(|conn| rename(conn, 5))
    });
}

#[test]
fn bracket_goes_on_after_a_write_that_stood_alone() {
    assert_waits_for_both(|conn| {
        rename(conn, 1)?;
        Person::track(conn, persons::id.eq(5), |conn| {
            diesel::update(persons::table.find(5))
                .set(persons::name.eq("new"))
                .execute(conn)?;
            Ok(())
        })
    });
}

#[test]
fn small_scope_goes_on_after_a_write_that_stood_alone() {
    assert_waits_for_both(|conn| {
        rename(conn, 1)?;
        conn.buffer_autoupdates(|conn| rename(conn, 5))
    });
}
