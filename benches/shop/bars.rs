//! What the library promises of its speed: at most so many times another variant.

use crate::results::Results;

/// A time against another one, and how many times it may be on `SQLite` and on `PostgreSQL`.
struct Bar {
    workload: &'static str,
    variant: &'static str,
    against: &'static str,
    at_most: [f64; 2],
}

const fn bar(
    workload: &'static str,
    variant: &'static str,
    against: &'static str,
    at_most: [f64; 2],
) -> Bar {
    Bar {
        workload,
        variant,
        against,
        at_most,
    }
}

const BARS: &[Bar] = &[
    bar("load_rows", "disabled", "plain", [1.05, 1.05]),
    bar("flush", "setters", "hand", [1.2, 1.0]),
    bar("flush", "declared", "hand", [1.05, 1.05]),
    bar("load_rows", "buffered", "hand", [1.5, 1.15]),
    bar("load_rows", "buffered_declared", "hand", [1.15, 1.08]),
    bar("load_many", "buffered", "hand", [1.8, 1.25]),
    bar("load_many", "buffered_declared", "hand", [1.25, 1.1]),
    bar("load_rows", "immediate", "naive", [1.3, 1.0]),
    bar("load_rows", "immediate_declared", "naive", [0.6, 0.5]),
];

/// How many times the bar of `PostgreSQL` is that of `MySQL`.
const MYSQL: f64 = 1.3;
/// How many times as long as a load in a buffered scope it takes in a recovering scope of django-computedfields, at least,
/// on `SQLite` and on `PostgreSQL`.
const DJANGO: [(&str, f64); 2] = [("sqlite", 20.0), ("postgres", 3.3)];
/// The shop that is compared.
const DJANGO_ITEMS: usize = 10_000;
/// How many times as long ten times the items may take.
const TENFOLD: f64 = 11.0;

/// Prints what was promised beside what was measured.
pub(crate) fn print(results: &Results) {
    println!("\nWhat was promised, for the largest shop: times, at most");
    let Some(items) = results.shops().map(|(items, _)| items).max() else {
        return;
    };
    for (database, place, times) in [
        ("sqlite", 0, 1.0),
        ("postgres", 1, 1.0),
        ("mysql", 1, MYSQL),
    ] {
        for bar in BARS {
            let of = |variant| results.median(items, database, bar.workload, variant);
            if let (Some(time), Some(other)) = (of(bar.variant), of(bar.against)) {
                let name = format!("{} {} / {}", bar.workload, bar.variant, bar.against);
                line(database, &name, time / other, bar.at_most[place] * times);
            }
        }
        let buffered = |items| results.median(items, database, "load_many", "buffered");
        if let (Some(more), Some(fewer)) = (buffered(items), buffered(items / 10)) {
            line(
                database,
                "buffered, ten times the items",
                more / fewer,
                TENFOLD,
            );
        }
    }
    peers(results);
}

fn peers(results: &Results) {
    for (database, at_least) in DJANGO {
        let of = |variant| results.median(DJANGO_ITEMS, database, "load_rows", variant);
        if let (Some(django), Some(buffered)) = (of("django_recovering"), of("buffered")) {
            let times = django / buffered;
            let verdict = if times >= at_least { "" } else { "  missed" };
            let name = format!("{DJANGO_ITEMS} items: django-computedfields, at least");
            println!("  {database:9} {name:44} {times:6.2}  {at_least:6.2}{verdict}");
        }
    }
}

fn line(database: &str, name: &str, measured: f64, at_most: f64) {
    let verdict = if measured <= at_most { "" } else { "  missed" };
    println!("  {database:9} {name:44} {measured:6.2}  {at_most:6.2}{verdict}");
}
