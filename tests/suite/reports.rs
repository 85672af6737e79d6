//! What the library tells of its work: the report of a flush and the spans of `tracing`, both of which must agree with
//! the statements that ran.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{FlushReport, SharedScope};
use tracing::field::{Field, Visit};
use tracing::span;

use super::support::Outcome;
use super::support::models::Item;
use super::support::schema::items;
use super::support::shop::{self, MILK_LINE};
use super::support::statements::{of_rows, recorded};
use crate::Conn;

#[test]
fn the_report_counts_rows_calls_and_statements() {
    let mut conn = shop::open();
    let (report, statements) = conn
        .buffer_autoupdates(|conn| -> Outcome<_> {
            Item::update(conn, MILK_LINE, items::price_cents.eq(7i64))?;
            let (report, statements) = recorded(conn, Conn::flush_autoupdates);
            Ok((report?, statements))
        })
        .unwrap();
    assert_eq!(report.statements, of_rows(&statements).len());
    let read: BTreeMap<_, _> = report
        .models
        .iter()
        .map(|(model, report)| (*model, report.read))
        .collect();
    let targets_and_inputs = [
        ("Customer", 1 + 2),
        ("Item", 1 + 2),
        ("Order", 1 + 2),
        ("Region", 1),
    ];
    assert_eq!(read, BTreeMap::from(targets_and_inputs));
    assert_eq!((report.computed(), report.changed()), (4, 4));
    assert_eq!(report.model("Item").computed, 1);
    assert_eq!(
        report.model("Tag"),
        maintained::ModelReport::default(),
        "nothing was done with tags"
    );
    assert_eq!(
        conn.last_flush(),
        Some(&report),
        "the end of the scope had nothing to do"
    );
}

/// A name, and what is done.
type Case = (&'static str, fn(&mut Conn) -> Outcome);

#[test]
fn the_last_flush_is_that_of_the_latest_scope_or_write_though_it_had_nothing_to_flush() {
    let nothing = FlushReport::default();
    let mut conn = shop::open();
    let price = |cents: i64| items::price_cents.eq(cents);
    let cases: [Case; 8] = [
        ("a scope", |conn| conn.buffer_autoupdates(|_| Ok(()))),
        ("a failed scope", |conn| {
            let failed = conn.buffer_autoupdates(|conn| -> Outcome {
                Item::update(conn, MILK_LINE, items::quantity.eq(50))?;
                conn.flush_autoupdates()?;
                Err(maintained::Error::other("asked to fail"))
            });
            failed.unwrap_err();
            Ok(())
        }),
        ("a scope whose flush fails", |conn| {
            let failed = conn.buffer_autoupdates(|conn| {
                Item::update(conn, MILK_LINE, items::quantity.eq(-1)).map(drop)
            });
            failed.unwrap_err();
            Ok(())
        }),
        ("a disabled scope", |conn| {
            conn.disable_autoupdates(|conn| {
                Item::update(conn, MILK_LINE, items::quantity.eq(2)).map(drop)
            })
        }),
        ("a transaction", |conn| conn.transaction(|_| Ok(()))),
        ("a write that changes nothing", |conn| {
            Item::update(conn, MILK_LINE, items::quantity.eq(2)).map(drop)
        }),
        ("a call", |conn| {
            assert_eq!(conn.flush_autoupdates()?, FlushReport::default());
            Ok(())
        }),
        ("a transaction of a shared scope", |conn| {
            let scope = SharedScope::new();
            scope.join(conn, |conn| {
                Item::update(conn, MILK_LINE, items::price_cents.eq(3)).map(drop)
            })?;
            assert_eq!(conn.last_flush(), Some(&FlushReport::default()));
            let report = scope.flush(conn)?;
            assert!(report.changed() > 0);
            assert_eq!(conn.last_flush(), Some(&report));
            scope.flush(conn).map(drop)
        }),
    ];
    for (at, (case, work)) in (11..).zip(cases) {
        Item::update(&mut conn, MILK_LINE, price(at)).unwrap();
        assert!(conn.last_flush().unwrap().changed() > 0);
        work(&mut conn).unwrap();
        assert_eq!(conn.last_flush(), Some(&nothing), "after {case}");
    }
}

#[test]
fn the_last_flush_of_a_scope_is_all_that_was_flushed_in_it() {
    let mut conn = shop::open();
    let report = conn
        .buffer_autoupdates(|conn| -> Outcome<_> {
            Item::update(conn, MILK_LINE, items::price_cents.eq(7i64))?;
            let report = conn.flush_autoupdates()?;
            Item::update(conn, MILK_LINE, items::price_cents.eq(8i64))?;
            Ok(report)
        })
        .unwrap();
    let all = conn.last_flush().unwrap();
    assert_eq!(all.computed(), 2 * report.computed());
    assert_eq!(all.statements, 2 * report.statements);
}

#[test]
fn the_report_tells_of_each_setter_for_how_many_rows_and_how_long_it_ran() {
    let mut conn = shop::open();
    Item::update(&mut conn, MILK_LINE, items::quantity.eq(7)).unwrap();
    let report = conn.last_flush().unwrap();
    for (model, setter) in [
        ("Item", "amount_cents"),
        ("Order", "totals"),
        ("Order", "label"),
    ] {
        let told = report.setter(model, setter);
        assert_eq!(told.computed, 1, "{model}.{setter}");
        assert!(told.time <= report.time, "{model}.{setter}");
    }
    let told: usize = report.setters.values().map(|setter| setter.computed).sum();
    assert_eq!(told, report.computed());
    assert_eq!(report.setter("Order", "nothing").computed, 0);
}

/// A span: its name and what was recorded in it.
type Spans = Arc<Mutex<BTreeMap<u64, (String, BTreeMap<String, String>)>>>;

/// Keeps every span with its fields.
#[derive(Default)]
struct Listener {
    last: AtomicU64,
    spans: Spans,
}

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl tracing::Subscriber for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("maintained")
    }

    fn new_span(&self, attributes: &span::Attributes<'_>) -> span::Id {
        let id = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        let name = attributes.metadata().name().to_owned();
        self.spans.lock().unwrap().insert(id, (name, fields));
        span::Id::from_u64(id)
    }

    fn record(&self, span: &span::Id, values: &span::Record<'_>) {
        if let Some((_, fields)) = self.spans.lock().unwrap().get_mut(&span.into_u64()) {
            values.record(&mut Fields(fields));
        }
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn spans_tell_of_scopes_flushes_and_batches_with_their_counts() {
    let listener = Listener::default();
    let spans = Arc::clone(&listener.spans);
    let mut conn = shop::open();
    let mut change = |price: i64| {
        conn.buffer_autoupdates(|conn| {
            Item::update(conn, MILK_LINE, items::price_cents.eq(price)).map(drop)
        })
        .unwrap();
    };
    // The places where spans begin are known from the first time on, and only then can a listener be told to hear them.
    // Another test's thread may have been making one known meanwhile, so it is told again, a change later.
    change(8);
    tracing::subscriber::with_default(listener, || {
        tracing::callsite::rebuild_interest_cache();
        change(9);
        tracing::callsite::rebuild_interest_cache();
        spans.lock().unwrap().clear();
        change(7);
    });
    let spans: Vec<_> = std::mem::take(&mut *spans.lock().unwrap())
        .into_values()
        .collect();
    let named = |wanted: &str| {
        spans
            .iter()
            .filter(|(name, _)| name == wanted)
            .map(|(_, fields)| fields)
            .collect::<Vec<_>>()
    };
    assert_eq!(named("scope").len(), 1);
    assert_eq!(named("scope")[0]["mode"], "Buffered");
    let report = conn.last_flush().unwrap();
    assert_eq!(named("flush").len(), 1);
    assert_eq!(
        named("flush")[0]["statements"],
        report.statements.to_string()
    );
    assert_eq!(named("flush")[0]["changed"], report.changed().to_string());
    let batches: Vec<_> = named("batch")
        .iter()
        .map(|fields| fields["model"].trim_matches('"').to_owned())
        .collect();
    assert_eq!(batches, ["Item", "Order", "Customer", "Region"]);
}
