//! The work of one change is exact.

use std::sync::{Arc, Mutex};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use maintained::prelude::*;

use super::check::stale;
use super::{Conn, Place};
use crate::models::schema::{crates, depots, parcels, stamps};
use crate::models::{Crate, Depot, NewStamp, Parcel, Stamp};

/// A depot with two crates, the first with so many parcels.
fn stocked(place: &Place, count: i64) -> (Conn, i32, i32) {
    let mut conn = place.connect();
    let depot = Depot::insert(&mut conn, depots::name.eq("a")).unwrap();
    let made = [0, 1].map(|_| {
        Crate::insert(&mut conn, crates::depot_id.eq(depot.id))
            .unwrap()
            .id
    });
    let new = |at| {
        (
            parcels::crate_id.eq(made[0]),
            parcels::grams.eq(at),
            parcels::pieces.eq(1_i64),
        )
    };
    conn.buffer_autoupdates(|conn| Parcel::insert_many(conn, (0..count).map(new)).map(drop))
        .unwrap();
    (conn, made[0], made[1])
}

fn weigh(conn: &mut Conn, home: i32, grams: i64) -> maintained::FlushReport {
    weigh_first(conn, home, grams).unwrap();
    conn.last_flush().unwrap().clone()
}

fn weigh_first(conn: &mut Conn, home: i32, grams: i64) -> Result<(), maintained::Error> {
    let key = parcels::table
        .filter(parcels::crate_id.eq(home))
        .select(parcels::id)
        .order(parcels::id)
        .first(conn)?;
    Parcel::update(conn, key, parcels::grams.eq(grams)).map(drop)
}

#[test]
fn a_difference_costs_the_same_however_many_siblings_the_row_has() {
    let place = Place::new();
    let (mut conn, few, _) = stocked(&place, 3);
    let little = weigh(&mut conn, few, 100);
    let (mut conn, many, _) = stocked(&place, 300);
    let much = weigh(&mut conn, many, 100);
    assert_eq!(little.models, much.models);
    assert_eq!(little.statements, much.statements);
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn a_value_that_stays_is_not_written() {
    let place = Place::new();
    let (mut conn, home, _) = stocked(&place, 3);
    Crate::touch(&mut conn, &[home]).unwrap();
    let report = conn.last_flush().unwrap();
    assert_eq!(report.changed(), 0, "{report:?}");
}

#[test]
fn an_extreme_is_looked_for_again_only_when_it_leaves() {
    let place = Place::new();
    let (mut conn, heavy, light) = stocked(&place, 3);
    for (it, grams) in [(heavy, 50), (light, 5)] {
        let new = (
            parcels::crate_id.eq(it),
            parcels::grams.eq(grams),
            parcels::pieces.eq(1_i64),
        );
        Parcel::insert(&mut conn, new).unwrap();
    }
    let depot = |conn: &mut Conn| -> Depot {
        depots::table
            .select(Depot::as_select())
            .first(conn)
            .unwrap()
    };
    let before = depot(&mut conn).heaviest;
    weigh(&mut conn, light, 6);
    assert_eq!(depot(&mut conn).heaviest, before);
    Crate::delete_many(&mut conn, &[heavy]).unwrap();
    assert_eq!(depot(&mut conn).heaviest, Some(6));
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn a_flush_computes_a_declared_field_by_one_statement_a_batch() {
    let place = Place::new();
    let count = |size: i64| {
        let (mut conn, ..) = stocked(&place, 1);
        conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
            let made = Crate::insert_many(conn, (0..size).map(|_| crates::sealed.eq(true)))?;
            let new = |it: &Crate| {
                (
                    parcels::crate_id.eq(it.id),
                    parcels::grams.eq(3_i64),
                    parcels::pieces.eq(2_i64),
                )
            };
            Parcel::insert_many(conn, made.iter().map(new)).map(drop)
        })
        .unwrap();
        assert_eq!(stale(&mut conn), Vec::<String>::new());
        conn.last_flush().unwrap().statements
    };
    assert_eq!(count(2), count(200));
}

#[test]
fn a_label_leaves_a_declared_field_out() {
    let place = Place::new();
    let (mut conn, home, _) = stocked(&place, 1);
    let new = || {
        (
            parcels::crate_id.eq(home),
            parcels::grams.eq(7_i64),
            parcels::pieces.eq(1_i64),
        )
    };
    for scope in [Scope::buffered(), Scope::immediate()] {
        scope
            .except(["weights"])
            .run(&mut conn, |conn| Parcel::insert(conn, new()).map(drop))
            .unwrap();
    }
    let held = Crate::find(&mut conn, home).unwrap().unwrap();
    assert_eq!((held.parcel_count, held.weight), (3, 0));
    let keys: Vec<i32> = parcels::table.select(parcels::id).load(&mut conn).unwrap();
    Parcel::touch(&mut conn, &keys).unwrap();
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

/// A parcel comes with its columns' defaults: it weighs nothing, and is light, until its own fields are computed.
#[test]
fn an_extreme_ignores_what_a_new_row_holds_before_its_own_fields_are_computed() {
    let place = Place::new();
    let (mut conn, home, other) = stocked(&place, 0);
    let new = |grams: i64| {
        (
            parcels::crate_id.eq(home),
            parcels::grams.eq(grams),
            parcels::pieces.eq(1_i64),
        )
    };
    let kept = |conn: &mut Conn, key| {
        let held = Crate::find(conn, key).unwrap().unwrap();
        (held.lightest_parcel, held.latest_light_id)
    };
    let light = Parcel::insert(&mut conn, new(4)).unwrap().id;
    let heavy = Parcel::insert(&mut conn, new(70)).unwrap().id;
    assert_eq!(kept(&mut conn, home), (Some(4), Some(light)));
    Parcel::insert_many(&mut conn, [new(80), new(90)]).unwrap();
    assert_eq!(kept(&mut conn, home), (Some(4), Some(light)));
    let moved = (parcels::crate_id.eq(other), parcels::grams.eq(60_i64));
    Parcel::update(&mut conn, light, moved).unwrap();
    assert_eq!(kept(&mut conn, home), (Some(70), None));
    assert_eq!(kept(&mut conn, other), (Some(60), None));
    Parcel::update(&mut conn, heavy, parcels::grams.eq(3_i64)).unwrap();
    assert_eq!(kept(&mut conn, home), (Some(3), Some(heavy)));
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn a_declared_foreign_key_wakes_the_readers_of_the_row_that_it_leaves_and_of_the_one_that_it_comes_to()
 {
    let place = Place::new();
    let (mut conn, home, _) = stocked(&place, 3);
    let latest = |conn: &mut Conn| {
        let pointed_at = parcels::table.filter(parcels::is_latest);
        let keys = pointed_at.select(parcels::id).load::<i32>(conn).unwrap();
        let held = Crate::find(conn, home).unwrap().unwrap();
        assert_eq!(keys, Vec::from_iter(held.latest_light_id));
        keys
    };
    let [last] = latest(&mut conn)[..] else {
        panic!("one parcel is the latest");
    };
    Parcel::update(&mut conn, last, parcels::grams.eq(50_i64)).unwrap();
    assert_eq!(latest(&mut conn), [last - 1]);
    Parcel::update(&mut conn, last, parcels::grams.eq(1_i64)).unwrap();
    assert_eq!(latest(&mut conn), [last]);
    Parcel::delete_many(&mut conn, &[last]).unwrap();
    assert_eq!(latest(&mut conn), [last - 1]);
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn a_change_that_several_choices_of_labels_wait_for_counts_once() {
    let place = Place::new();
    let (mut conn, home, _) = stocked(&place, 2);
    conn.transaction(|conn| -> Result<(), maintained::Error> {
        conn.set_base_mode(Mode::Buffered);
        weigh_first(conn, home, 30)?;
        let scope = Scope::immediate().except(["names"]);
        scope.run(conn, |conn| weigh_first(conn, home, 50))?;
        conn.set_base_mode(Mode::Immediate);
        Ok(())
    })
    .unwrap();
    let held = Crate::find(&mut conn, home).unwrap().unwrap();
    assert_eq!((held.weight, held.grams), (51, 51));
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn a_sum_that_no_integer_holds_is_refused_and_leaves_nothing() {
    let place = Place::new();
    let (mut conn, home, other) = stocked(&place, 0);
    let new = |home: i32, grams: i64| {
        (
            parcels::crate_id.eq(home),
            parcels::grams.eq(grams),
            parcels::pieces.eq(0_i64),
        )
    };
    Parcel::insert(&mut conn, new(home, i64::MAX)).unwrap();
    Parcel::insert(&mut conn, new(home, 1)).unwrap_err();
    track_a_new_parcel(&mut conn, home);
    Parcel::insert_many(&mut conn, [new(home, 1), new(other, 1)]).unwrap_err();
    track_a_new_parcel(&mut conn, home);
    assert_eq!(stale(&mut conn), Vec::<String>::new());
    Parcel::insert(&mut conn, new(home, -1)).unwrap();
    let held = Crate::find(&mut conn, home).unwrap().unwrap();
    assert_eq!(held.grams, i64::MAX - 1);
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

/// Inserts a parcel of nothing past the library: what a refused write has noted must not count.
fn track_a_new_parcel(conn: &mut Conn, home: i32) {
    let tracked = Parcel::track(conn, parcels::crate_id.eq(home), |conn| {
        let nothing = (
            parcels::crate_id.eq(home),
            parcels::grams.eq(0_i64),
            parcels::pieces.eq(0_i64),
        );
        let insert = diesel::insert_into(parcels::table).values(nothing);
        insert.execute(conn).map(drop)
    });
    tracked.unwrap();
    assert_eq!(stale(conn), Vec::<String>::new());
}

#[test]
fn unique_declared_values_are_swapped() {
    let place = Place::new();
    let mut conn = place.connect();
    let depots = Depot::insert_many(&mut conn, ["a", "b"].map(|name| depots::name.eq(name)));
    let depots = depots.unwrap();
    let homes = depots.iter().map(|it| crates::depot_id.eq(it.id));
    let mut crates = Crate::insert_many(&mut conn, homes).unwrap();
    for home in [1, 0] {
        crates[0].depot_id = Some(depots[home].id);
        crates[1].depot_id = Some(depots[1 - home].id);
        Crate::save_many(&mut conn, &mut crates).unwrap();
        assert_eq!(stale(&mut conn), Vec::<String>::new());
    }
    Crate::update(&mut conn, crates[1].id, crates::depot_id.eq(depots[0].id)).unwrap();
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn a_copy_is_exact_where_the_database_finds_different_texts_equal() {
    let place = Place::new();
    let (mut conn, ..) = stocked(&place, 1);
    let depot = depots::table.select(depots::id).first(&mut conn).unwrap();
    for name in ["A", "A ", "\u{e1}", "a"] {
        Depot::update(&mut conn, depot, depots::name.eq(name)).unwrap();
        assert_eq!(stale(&mut conn), Vec::<String>::new(), "after {name:?}");
    }
}

/// The updates of parcels' stamps that the work sends.
fn updates_of_stamps(conn: &mut Conn, work: impl FnOnce(&mut Conn)) -> Vec<String> {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&sent);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            log.lock().unwrap().push(query.to_string());
        }
    });
    work(conn);
    conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
    let mut sent = std::mem::take(&mut *sent.lock().unwrap());
    sent.retain(|text| {
        let assigned = text
            .split_once(" SET ")
            .map_or("", |(_, assigned)| assigned);
        let columns = ["stamp_count", "tag"];
        text.contains("UPDATE") && columns.iter().any(|column| assigned.contains(column))
    });
    sent
}

fn stamp(parcel_id: i32, cents: i32) -> NewStamp {
    NewStamp {
        parcel_id,
        cents,
        valid: Some(true),
    }
}

#[test]
fn numbers_are_written_with_what_a_function_of_the_same_row_returns() {
    let place = Place::new();
    let (mut conn, ..) = stocked(&place, 3);
    let keys: Vec<i32> = parcels::table.select(parcels::id).load(&mut conn).unwrap();
    let together = |sent: &[String]| {
        assert_eq!(sent.len(), 1, "{sent:#?}");
        for column in ["tag", "stamp_count", "postage"] {
            assert!(sent[0].contains(column), "{sent:#?}");
        }
    };
    let at_once = updates_of_stamps(&mut conn, |conn| {
        Stamp::add(conn, &stamp(keys[0], 80)).unwrap();
    });
    together(&at_once);
    let at_the_end = updates_of_stamps(&mut conn, |conn| {
        let new: Vec<NewStamp> = keys.iter().map(|&key| stamp(key, 20)).collect();
        conn.buffer_autoupdates(|conn| Stamp::add_many(conn, &new))
            .unwrap();
    });
    together(&at_the_end);
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

#[test]
fn labels_choose_among_numbers_that_are_written_together() {
    let place = Place::new();
    let (mut conn, ..) = stocked(&place, 1);
    let key = parcels::table.select(parcels::id).first(&mut conn).unwrap();
    for (scope, only) in [
        (Scope::immediate(), true),
        (Scope::buffered(), true),
        (Scope::immediate(), false),
        (Scope::buffered(), false),
    ] {
        let before = Parcel::find(&mut conn, key).unwrap().unwrap();
        let scope = if only {
            scope.only(["counts"])
        } else {
            scope.except(["counts"])
        };
        scope
            .run(&mut conn, |conn| Stamp::add(conn, &stamp(key, 7)))
            .unwrap();
        let after = Parcel::find(&mut conn, key).unwrap().unwrap();
        assert_eq!(after.stamp_count != before.stamp_count, only);
        assert_eq!(after.postage != before.postage, !only);
        assert_eq!(after.tag != before.tag, !only);
        let keys: Vec<i32> = stamps::table.select(stamps::id).load(&mut conn).unwrap();
        Stamp::touch(&mut conn, &keys).unwrap();
        assert_eq!(stale(&mut conn), Vec::<String>::new());
    }
}
