//! What the library counts through the `metrics` crate: the names are a promise.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use docs_shop::*;
use maintained::Error;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

/// What was counted, by the name and the label.
fn counted(work: impl FnOnce()) -> BTreeMap<(String, String), u64> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, work);
    let all = snapshotter.snapshot().into_vec().into_iter();
    let all = all.map(|(key, _, _, value)| {
        let (_, key) = key.into_parts();
        let labels: Vec<String> = key.labels().map(|it| it.value().to_owned()).collect();
        let value = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Histogram(times) => times.len() as u64,
            DebugValue::Gauge(_) => panic!("there is no gauge"),
        };
        ((key.name().to_owned(), labels.join(",")), value)
    });
    all.collect()
}

fn of<'c>(counts: &'c BTreeMap<(String, String), u64>, name: &str, label: &str) -> Option<&'c u64> {
    counts.get(&(name.to_owned(), label.to_owned()))
}

#[test]
fn a_flush_counts_what_its_report_says() {
    let (mut conn, _, _, item) = open().unwrap();
    let counts = counted(|| {
        Item::update(&mut conn, item.id, items::price_cents.eq(500)).unwrap();
    });
    let report = conn.last_flush().unwrap();
    let is = |name: &str, label: &str, count: usize| {
        assert_eq!(
            of(&counts, name, label),
            Some(&(count as u64)),
            "{name} {label}"
        );
    };
    is("maintained_flushes_total", "", 1);
    is("maintained_flush_seconds", "", 1);
    is("maintained_statements_total", "", report.statements);
    for (model, done) in &report.models {
        is("maintained_rows_read_total", model, done.read);
        is("maintained_fields_computed_total", model, done.computed);
        is("maintained_rows_changed_total", model, done.changed);
    }
    assert_eq!(report.model("Order").changed, 1);
    assert_eq!(of(&counts, "maintained_retries_total", "scope"), None);
}

#[test]
fn a_scope_counts_once_for_all_its_writes() {
    let (mut conn, _, order, _) = open().unwrap();
    let counts = counted(|| {
        let loaded: Result<(), Error> = conn.buffer_autoupdates(|conn| {
            for price in 1..=10 {
                Item::insert(
                    conn,
                    (items::order_id.eq(order.id), items::price_cents.eq(price)),
                )?;
            }
            Ok(())
        });
        loaded.unwrap();
    });
    assert_eq!(of(&counts, "maintained_flushes_total", ""), Some(&1));
    assert_eq!(
        of(&counts, "maintained_rows_changed_total", "Order"),
        Some(&1)
    );
}

#[test]
fn what_the_database_refuses_and_is_run_again_is_counted() {
    let (mut conn, _, _, item) = open().unwrap();
    let refuse = "CREATE TEMP TRIGGER refuse BEFORE UPDATE ON items WHEN new.price_cents < 0
                  BEGIN SELECT RAISE(ABORT, 'deadlock detected'); END";
    conn.batch_execute(refuse).unwrap();
    let counts = counted(|| {
        let mut left = 2;
        let scope = Scope::buffered().retries(3);
        let done: Result<Item, Error> = scope.run(&mut conn, |conn| {
            left -= 1;
            let price = if left >= 0 { -1 } else { 1 };
            Item::update(conn, item.id, items::price_cents.eq(price))
        });
        done.unwrap();
        conn.set_retries(1);
        let refused = Item::update(&mut conn, item.id, items::price_cents.eq(-1));
        assert!(refused.is_err());
    });
    assert_eq!(of(&counts, "maintained_retries_total", "scope"), Some(&2));
    assert_eq!(of(&counts, "maintained_retries_total", "write"), Some(&1));
}
