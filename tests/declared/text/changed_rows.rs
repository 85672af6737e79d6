//! A scope that reports rows names those whose fields have changed, and no others.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use maintained::{FlushReport, Model, Scope};
use proptest::prelude::*;

use super::program::{Step, run, step, write};
use super::{Conn, Place, runner};
use crate::models::schema::{crates, depots, parcels};
use crate::models::{Crate, Depot, Parcel};

/// All rows, by their keys.
#[derive(Debug)]
struct Rows {
    depots: BTreeMap<i32, Depot>,
    crates: BTreeMap<i32, Crate>,
    parcels: BTreeMap<i32, Parcel>,
}

impl Rows {
    fn read(conn: &mut Conn) -> Self {
        let depots: Vec<Depot> = depots::table.load(conn).unwrap();
        let crates: Vec<Crate> = crates::table.load(conn).unwrap();
        let parcels: Vec<Parcel> = parcels::table.load(conn).unwrap();
        Self {
            depots: depots.into_iter().map(|row| (row.id, row)).collect(),
            crates: crates.into_iter().map(|row| (row.id, row)).collect(),
            parcels: parcels.into_iter().map(|row| (row.id, row)).collect(),
        }
    }
}

/// The keys of the rows that were there and still are, and whose fields differ.
fn differing<M: PartialEq>(
    before: &BTreeMap<i32, M>,
    after: &BTreeMap<i32, M>,
    plain: impl Fn(&M, &M) -> M,
) -> BTreeSet<i32> {
    let both = before
        .iter()
        .filter_map(|(key, was)| Some((key, was, after.get(key)?)));
    // The plain columns of a row may have been written.
    let differ = both.filter(|(_, was, is)| plain(was, is) != **is);
    differ.map(|(key, ..)| *key).collect()
}

/// The rows of the report that were there before and still are.
fn reported<M: Model<Key = i32>>(
    report: &FlushReport,
    before: &BTreeMap<i32, M>,
    after: &BTreeMap<i32, M>,
) -> BTreeSet<i32> {
    let keys = report.rows::<M>().copied();
    keys.filter(|key| before.contains_key(key) && after.contains_key(key))
        .collect()
}

/// What really changed, and what is said to have: of depots, crates and parcels.
fn compared(report: &FlushReport, before: &Rows, after: &Rows) -> [[BTreeSet<i32>; 2]; 3] {
    let depots = differing(&before.depots, &after.depots, |was, is| Depot {
        name: is.name.clone(),
        ..was.clone()
    });
    let crates = differing(&before.crates, &after.crates, |was, is| Crate {
        depot_id: is.depot_id,
        sealed: is.sealed,
        litres: is.litres,
        ..was.clone()
    });
    let parcels = differing(&before.parcels, &after.parcels, |was, is| Parcel {
        crate_id: is.crate_id,
        grams: is.grams,
        pieces: is.pieces,
        ..was.clone()
    });
    [
        [depots, reported(report, &before.depots, &after.depots)],
        [crates, reported(report, &before.crates, &after.crates)],
        [parcels, reported(report, &before.parcels, &after.parcels)],
    ]
}

fn emptied(conn: &mut Conn) {
    for table in ["parcels", "crates", "depots"] {
        let delete = diesel::sql_query(format!("DELETE FROM {table}"));
        delete.execute(conn.inner_mut()).unwrap();
    }
}

#[test]
fn a_write_in_a_buffered_scope_reports_the_rows_whose_fields_changed_and_no_others() {
    let place = Place::new();
    let conn = std::cell::RefCell::new(place.connect());
    let programs = prop::collection::vec(write(), 10..40);
    runner(24)
        .run(&programs, |program| {
            let conn = &mut *conn.borrow_mut();
            emptied(conn);
            for step in &program {
                let before = Rows::read(conn);
                let scope = Scope::buffered().report_rows();
                scope.run(conn, |conn| run(conn, step)).unwrap();
                let report = conn.last_flush().unwrap().clone();
                let after = Rows::read(conn);
                for [changed, said] in compared(&report, &before, &after) {
                    // A moved row may lose its value and get it back: a unique one is taken away first.
                    prop_assert_eq!(changed, said, "after {:?}", step);
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn scopes_inside_one_another_report_whatever_changed_and_is_not_rolled_back() {
    let place = Place::new();
    let conn = std::cell::RefCell::new(place.connect());
    let programs = prop::collection::vec(step(), 5..20);
    runner(24)
        .run(&programs, |program| {
            let conn = &mut *conn.borrow_mut();
            emptied(conn);
            for step in &program {
                let before = Rows::read(conn);
                let scope = Scope::immediate().report_rows();
                scope.run(conn, |conn| run(conn, step)).unwrap();
                let report = conn.last_flush().unwrap().clone();
                let after = Rows::read(conn);
                for [changed, said] in compared(&report, &before, &after) {
                    prop_assert!(
                        changed.is_subset(&said),
                        "after {step:?}: {changed:?} {said:?}"
                    );
                    if matches!(step, Step::Scope { fails: true, .. }) {
                        prop_assert!(said.is_empty(), "after {step:?}: {said:?}");
                    }
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_nobody_has_asked_for_is_not_reported() {
    let place = Place::new();
    let mut conn = place.connect();
    let depot = Scope::immediate().report_rows().run(&mut conn, |conn| {
        use maintained::Maintained;
        Depot::insert(conn, depots::name.eq("a"))
    });
    let depot = depot.unwrap();
    let report = conn.last_flush().unwrap();
    assert!(report.rows::<Depot>().eq([&depot.id]));
    assert_eq!(report.rows::<Crate>().count(), 0);
    run(&mut conn, &Step::NewDepot).unwrap();
    let report = conn.last_flush().unwrap();
    assert!(report.model("Depot").changed > 0);
    assert_eq!(report.rows::<Depot>().count(), 0);
}

#[test]
fn a_scope_that_fails_reports_no_rows() {
    let place = Place::new();
    let mut conn = place.connect();
    let scope = Scope::immediate().report_rows();
    let failed: Result<(), maintained::Error> = scope.run(&mut conn, |conn| {
        run(conn, &Step::NewDepot)?;
        assert_eq!(conn.last_flush().unwrap().rows::<Depot>().count(), 1);
        Err(maintained::Error::other("no"))
    });
    assert!(failed.is_err());
    assert_eq!(conn.last_flush().unwrap().rows::<Depot>().count(), 0);
}
