//! Each flush is an event of `tracing`, which plain subscribers print.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::prelude::*;
use maintained::prelude::*;
use tracing::Level;

use super::support::Outcome;
use super::support::models::{Item, Order};
use super::support::schema::{items, orders};
use super::support::shop::{self, ADA_OLD, MILK_LINE};
use crate::Conn;

/// What a subscriber prints.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl io::Write for Printed {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that a plain subscriber prints of some work from a level on. The work is done once
/// before, since the places of events are known from their first time on.
fn printed(level: Level, conn: &mut Conn, work: impl Fn(&mut Conn)) -> Vec<String> {
    let printed = Printed::default();
    let writer = printed.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        work(conn);
        tracing::callsite::rebuild_interest_cache();
        printed.0.lock().unwrap().clear();
        work(conn);
    });
    let text = printed.0.lock().unwrap().clone();
    let text = String::from_utf8(text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Writes one line whose price differs each time, in a scope.
fn one_flush(conn: &mut Conn) {
    let price = shop::get::<Item>(conn, MILK_LINE).price_cents + 1;
    Scope::buffered()
        .only(["money"])
        .except_fields(["Region::spent_cents"])
        .run(conn, |conn| {
            Item::update(conn, MILK_LINE, items::price_cents.eq(price)).map(drop)
        })
        .unwrap();
}

#[test]
fn a_plain_subscriber_prints_a_line_for_each_flush() {
    let mut conn = shop::open();
    let lines = printed(Level::DEBUG, &mut conn, one_flush);
    let [line] = &lines[..] else {
        panic!("one line was expected: {lines:#?}");
    };
    let report = conn.last_flush().unwrap();
    for part in [
        "DEBUG".to_owned(),
        "maintained_core".to_owned(),
        " flush ".to_owned(),
        "mode=Buffered".to_owned(),
        "scopes=1".to_owned(),
        "labels=\"only(money) except_fields(Region::spent_cents)\"".to_owned(),
        "models=\"Customer, Item, Order\"".to_owned(),
        "Order::total_cents, Order::item_count".to_owned(),
        format!("read={}", report.read()),
        format!("computed={}", report.computed()),
        format!("changed={}", report.changed()),
        format!("statements={}", report.statements),
        format!("time={:?}", report.time),
        "retries=0".to_owned(),
    ] {
        assert!(line.contains(&part), "{part} is not in: {line}");
    }
}

#[test]
fn each_choice_of_setters_is_told_of() {
    let mut conn = shop::open();
    let lines = printed(Level::DEBUG, &mut conn, |conn| {
        conn.buffer_autoupdates(|conn| -> Outcome {
            one_flush(conn);
            let note = shop::get::<Order>(conn, ADA_OLD).note + "!";
            Order::update(conn, ADA_OLD, orders::note.eq(note)).map(drop)
        })
        .unwrap();
    });
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("all"), "{lines:#?}");
    assert!(lines[0].contains("; "), "{lines:#?}");
}

#[test]
fn a_slow_flush_is_a_warning_where_a_limit_is_set() {
    let mut conn = shop::open();
    assert_eq!(printed(Level::WARN, &mut conn, one_flush), [""; 0]);
    conn.set_slow_flush(Duration::ZERO);
    let lines = printed(Level::WARN, &mut conn, one_flush);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    assert!(lines[0].contains("WARN"), "{lines:#?}");
    assert!(lines[0].contains("slow flush"), "{lines:#?}");
    conn.set_slow_flush(Duration::from_secs(3600));
    assert_eq!(printed(Level::WARN, &mut conn, one_flush), [""; 0]);
}
