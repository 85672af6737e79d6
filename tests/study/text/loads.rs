//! The program, as it runs on this database.

use clap::Parser;

use crate::study::options::Options;
use crate::study::sheets::Study;

use super::program::{self, check};
use super::values::{INFUSATES, TRACERS};
use super::{Conn, Place};

/// Runs the program on the bundled study, and returns what it prints.
fn run(place: &Place, arguments: &[&str]) -> String {
    let options = Options::try_parse_from(["study"].iter().chain(arguments)).unwrap();
    let study = Study::read(&options.folder).unwrap();
    let mut out = Vec::new();
    program::run(&place.url(), &study, &options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_bundled_study_has_the_names_and_no_stale_field() {
    let out = run(&Place::new(), &[]);
    for name in TRACERS.iter().chain(&INFUSATES).chain(&["ti3", "lysine2"]) {
        let is_named = |line: &str| line.trim_start().split("  (").next() == Some(name);
        assert!(out.lines().any(is_named), "{name}: {out}");
    }
    assert!(out.contains("\nstale fields: 0\n"), "{out}");
    assert!(out.contains("12 animals, 60 samples"), "{out}");
}

#[test]
fn copies_of_the_study_share_what_was_infused() {
    let out = run(&Place::new(), &["--scale", "3"]);
    let loaded = "6 infusates, 36 animals, 180 samples";
    assert!(out.contains(loaded), "{out}");
    assert!(out.contains("  glucose: in 27 animals\n"), "{out}");
    assert!(out.contains("\nstale fields: 0\n"), "{out}");
}

#[test]
fn a_dry_run_leaves_no_row() {
    let place = Place::new();
    let out = run(&place, &["--dry-run"]);
    assert!(out.contains("60 samples"), "{out}");
    assert!(out.contains("rolled back"), "{out}");
    assert!(!out.contains("refused"), "{out}");
    assert_eq!(rows(&mut place.connect()), 0);
}

fn rows(conn: &mut Conn) -> i64 {
    use crate::study::schema::{compounds, samples, tracers};
    use diesel::prelude::*;

    let compounds: i64 = compounds::table.count().get_result(conn).unwrap();
    let tracers: i64 = tracers::table.count().get_result(conn).unwrap();
    let samples: i64 = samples::table.count().get_result(conn).unwrap();
    compounds + tracers + samples
}

#[test]
fn the_check_sees_each_field() {
    use diesel::connection::SimpleConnection;

    let (_place, mut conn, _) = super::modes::lab();
    for (at, (field, _)) in check::stale_fields(&mut conn)
        .unwrap()
        .into_iter()
        .enumerate()
    {
        let (table, column) = field.split_once('.').unwrap();
        let other = match column {
            "is_last" | "is_serum_sample" => format!("NOT {column}"),
            "animals_by_tracer" => "7".to_owned(),
            "last_serum_sample_id" => "(SELECT min(id) FROM samples)".to_owned(),
            _ => "'other'".to_owned(),
        };
        let update = format!(
            "BEGIN; UPDATE {table} SET {column} = {other} WHERE id = (SELECT id FROM (SELECT min(id) AS id FROM {table}) AS first)"
        );
        conn.inner_mut().batch_execute(&update).unwrap();
        let stale = check::stale_fields(&mut conn).unwrap();
        conn.inner_mut().batch_execute("ROLLBACK").unwrap();
        let others = stale.iter().map(|(_, rows)| rows).sum::<usize>() - stale[at].1;
        assert_eq!((stale[at], others), ((field, 1), 0));
    }
}
