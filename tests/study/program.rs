//! The program: its options, and what it does with bad input.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use diesel::prelude::*;

use crate::study::options::Options;
use crate::study::schema::{animals, fcircs, infusates, samples, tracers};
use crate::study::{execute, sqlite};

/// What a run of the example leaves.
struct Run {
    succeeded: bool,
    out: String,
    errors: String,
}

fn run(arguments: &[&str]) -> Run {
    let options = Options::try_parse_from(["study"].iter().chain(arguments)).unwrap();
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let code = execute(&options, &mut out, &mut errors);
    Run {
        succeeded: code == ExitCode::SUCCESS,
        out: String::from_utf8(out).unwrap(),
        errors: String::from_utf8(errors).unwrap(),
    }
}

impl Run {
    #[track_caller]
    fn succeeds(self) -> String {
        assert!(self.succeeded, "{}{}", self.out, self.errors);
        assert_eq!(self.errors, "");
        self.out
    }

    #[track_caller]
    fn fails(self) -> String {
        assert!(!self.succeeded, "{}", self.out);
        self.errors
    }
}

/// A small study that is in order.
const STUDY: [(&str, &str); 10] = [
    (
        "compounds",
        "name,formula,hmdb_id\nglucose,C6H12O6,H1\nlactate,C3H6O3,H2\n",
    ),
    ("tissues", "name\nserum\nliver\n"),
    (
        "tracers",
        "tracer,compound,element,mass_number,count,positions\n1,glucose,C,13,2,\"3,2\"\n1,glucose,O,17,1,4\n2,lactate,,,,\n",
    ),
    (
        "infusates",
        "infusate,group_name,tracer,concentration\n1,ti,\"glucose-[2,3-13C2,4-17O1]\",1\n1,ti,lactate,2\n",
    ),
    (
        "animals",
        "name,infusate,genotype,age,sex,diet,body_weight,infusion_rate\nA,\"ti {glucose-[2,3-13C2,4-17O1][1];lactate[2]}\",WT,8,F,,21.5,0.1\nB,,WT,,,,,\n",
    ),
    (
        "samples",
        "name,date,researcher,animal,tissue,time_collected\nA1,2025-01-02,Ada,A,serum,60\nA2,2025-01-02,Ada,A,serum,90\nB1,2025-01-03,Ada,B,liver,\n",
    ),
    (
        "sequences",
        "sequence,researcher,date,instrument\n1,Ines,2025-02-01,QE2\n",
    ),
    (
        "runs",
        "run,sequence,sample,polarity\n1,1,A1,positive\n2,1,A2,positive\n3,1,B1,negative\n",
    ),
    (
        "peak_groups",
        "run,name,formula,compounds\n1,sugar,C6H12O6,glucose\n1,acid,C3H6O3,lactate\n2,both,C6H12O6,glucose/lactate\n3,sugar,C6H12O6,glucose\n",
    ),
    (
        "fcircs",
        "sample,tracer,element\nA1,lactate,C\nA2,lactate,C\n",
    ),
];

/// A folder with the small study, in which some sheets are others.
fn folder(test: &str, instead: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("study")
        .join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    for (name, usual) in STUDY {
        let other = instead.iter().find(|(other, _)| *other == name);
        let sheet = other.map_or(usual, |(_, sheet)| sheet);
        fs::write(folder.join(name).with_extension("csv"), sheet).unwrap();
    }
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What is in a database: the names of the infusates, the animals, the samples, and the samples of the last fluxes.
fn contents(database: &Path) -> [Vec<String>; 4] {
    let conn = &mut sqlite::program::open(text(database)).unwrap();
    let infusates = infusates::table.select(infusates::name.assume_not_null());
    let animals = animals::table.select(animals::name);
    let samples = samples::table.select(samples::name);
    let last = fcircs::table
        .filter(fcircs::is_last.eq(true))
        .select(fcircs::serum_sample_id);
    let last = samples::table
        .filter(samples::id.eq_any(last))
        .select(samples::name);
    [
        infusates.order(infusates::id).load(conn).unwrap(),
        animals.order(animals::id).load(conn).unwrap(),
        samples.order(samples::id).load(conn).unwrap(),
        last.order(samples::id).load(conn).unwrap(),
    ]
}

fn texts<const N: usize>(texts: [&[&str]; N]) -> [Vec<String>; N] {
    texts.map(|texts| texts.iter().map(|&text| text.to_owned()).collect())
}

const INFUSATE: &str = "ti {glucose-[2,3-13C2,4-17O1][1];lactate[2]}";

/// Loads the small study with some sheets of a test's own: these rows are refused, and this is loaded.
#[track_caller]
fn refuses(test: &str, instead: &[(&str, &str)], refusals: &[&str], loaded: [&[&str]; 4]) {
    let folder = folder(test, instead);
    let database = folder.join("study.db");
    let out = run(&[text(&folder), "--database", text(&database)]).succeeds();
    let reported: Vec<&str> = out
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .take(refusals.len())
        .collect();
    assert_eq!(reported, refusals, "{out}");
    assert!(
        out.contains(&format!("refused: {}\n", refusals.len())),
        "{out}"
    );
    assert!(out.contains("\nstale fields: 0\n"), "{out}");
    assert_eq!(contents(&database), texts(loaded), "{out}");
}

#[test]
fn a_study_in_order_is_loaded_as_a_whole() {
    let folder = folder("in_order", &[]);
    let database = folder.join("study.db");
    let out = run(&[text(&folder), "--database", text(&database)]).succeeds();
    assert!(out.starts_with("loaded 24 rows: 2 compounds, 2 tissues, 3 tracers, 2 infusates, 2 animals, 3 samples, 1 sequences, 3 runs, 4 peak groups, 2 fcircs\n"), "{out}");
    assert!(!out.contains("refused"), "{out}");
    assert!(out.contains("\nstale fields: 0\n"), "{out}");
    assert_eq!(
        contents(&database),
        texts([&[INFUSATE], &["A", "B"], &["A1", "A2", "B1"], &["A2"]])
    );
}

#[test]
fn a_malformed_row_is_refused_alone() {
    let samples = "name,date,researcher,animal,tissue,time_collected\nA1,2025-01-02,Ada,A,serum,60\nA2,yesterday,Ada,A,serum,90\nB1,2025-01-03,Ada,B\n";
    refuses(
        "malformed",
        &[("samples", samples)],
        &[
            "fcircs.csv:3: there is no sample `A2`",
            "peak_groups.csv:4: there is no run `2`",
            "peak_groups.csv:5: there is no run `3`",
            "runs.csv:3: there is no sample `A2`",
            "runs.csv:4: there is no sample `B1`",
            "samples.csv:3: `yesterday` is no date such as `2025-01-31`",
            "samples.csv:4: 4 columns, where 6 are expected: name,date,researcher,animal,tissue,time_collected",
        ],
        [&[INFUSATE], &["A", "B"], &["A1"], &["A1"]],
    );
}

#[test]
fn a_stray_quote_does_not_swallow_the_rows_after_it() {
    let samples = "name,date,researcher,animal,tissue,time_collected\r\n\r\nA1,2025-01-02,Ada,A,serum,60\r\n\"A2,2025-01-02,Ada,A,serum,90\r\nB1,2025-01-03,Ada,B,liver,\r\n";
    refuses(
        "stray_quote",
        &[("samples", samples)],
        &[
            "fcircs.csv:3: there is no sample `A2`",
            "peak_groups.csv:4: there is no run `2`",
            "runs.csv:3: there is no sample `A2`",
            "samples.csv:4: 1 columns, where 6 are expected: name,date,researcher,animal,tissue,time_collected",
        ],
        [&[INFUSATE], &["A", "B"], &["A1", "B1"], &["A1"]],
    );
}

#[test]
fn a_tracer_stands_or_falls_with_all_its_labels() {
    let tracers = "tracer,compound,element,mass_number,count,positions\n1,glucose,C,13,2,\"3,2\"\n1,glucose,X,17,1,4\n2,lactate,,,,\n3,glucose,C,13,,\n4,glucose,C,13,1,two\n5,sugar,C,13,1,\n6,glucose,O,17,0,\n7,glucose,,,,\n7,lactate,,,,\n";
    refuses(
        "labels",
        &[("tracers", tracers)],
        &[
            "animals.csv:2: there is no infusate `ti {glucose-[2,3-13C2,4-17O1][1];lactate[2]}`",
            "fcircs.csv:2: there is no sample `A1`",
            "fcircs.csv:3: there is no sample `A2`",
            "infusates.csv:2: there is no tracer `glucose-[2,3-13C2,4-17O1]`",
            "peak_groups.csv:2: there is no run `1`",
            "peak_groups.csv:3: there is no run `1`",
            "peak_groups.csv:4: there is no run `2`",
            "runs.csv:2: there is no sample `A1`",
            "runs.csv:3: there is no sample `A2`",
            "samples.csv:2: there is no animal `A`",
            "samples.csv:3: there is no animal `A`",
            "tracers.csv:3: unknown variant `X`, expected one of `C`, `H`, `N`, `O`, `P`, `S`",
            "tracers.csv:5: a label has an element, a mass number and a count",
            "tracers.csv:6: `two` is no position of an atom",
            "tracers.csv:7: there is no compound `sugar`",
            "tracers.csv:8: value out of range (CHECK constraint failed: count > 0)",
            "tracers.csv:9: one tracer of two compounds, `glucose` and `lactate`",
        ],
        [&[], &["B"], &["B1"], &[]],
    );
}

#[test]
fn a_second_infusate_of_one_name_is_refused_with_its_line() {
    let infusates = "infusate,group_name,tracer,concentration\n1,ti,\"glucose-[2,3-13C2,4-17O1]\",1\n1,ti,lactate,2\n2,ti,lactate,2\n2,ti,\"glucose-[2,3-13C2,4-17O1]\",1.0001\n3,,lactate,2\n4,,lactate,\n";
    refuses(
        "same_name",
        &[("infusates", infusates)],
        &[
            "infusates.csv:4: duplicate key (UNIQUE constraint failed: infusates.name)",
            "infusates.csv:7: a tracer is in an infusate in a concentration",
        ],
        [
            &[INFUSATE, "lactate[2]"],
            &["A", "B"],
            &["A1", "A2", "B1"],
            &["A2"],
        ],
    );
}

#[test]
fn a_bad_row_takes_nothing_of_its_savepoint_into_the_load() {
    // The second peak group is written before its unknown compound is found out.
    let peak_groups = "run,name,formula,compounds\n1,sugar,C6H12O6,glucose\n1,acid,C3H6O3,lactate\n2,both,C6H12O6,glucose/nothing\n3,sugar,C6H12O6,glucose\n";
    refuses(
        "savepoint",
        &[("peak_groups", peak_groups)],
        &["peak_groups.csv:4: there is no compound `nothing`"],
        [&[INFUSATE], &["A", "B"], &["A1", "A2", "B1"], &["A1"]],
    );
}

#[test]
fn what_the_database_refuses_is_reported_with_its_place() {
    let animals = "name,infusate,genotype,age,sex,diet,body_weight,infusion_rate\nA,\"ti {glucose-[2,3-13C2,4-17O1][1];lactate[2]}\",WT,8,F,,21.5,0.1\nA,,WT,,,,,\nB,,WT,,X,,,\n";
    refuses(
        "database_refuses",
        &[("animals", animals)],
        &[
            "animals.csv:3: duplicate key (UNIQUE constraint failed: animals.name)",
            "animals.csv:4: value out of range (CHECK constraint failed: sex IN ('F', 'M'))",
            "peak_groups.csv:5: there is no run `3`",
            "runs.csv:4: there is no sample `B1`",
            "samples.csv:4: there is no animal `B`",
        ],
        [&[INFUSATE], &["A"], &["A1", "A2"], &["A2"]],
    );
}

#[test]
fn only_the_fields_with_a_label_are_computed_and_the_rest_is_a_debt() {
    let out = run(&["--only", "names"]).succeeds();
    let stale = out.split("\nstale fields: ").nth(1).unwrap();
    assert!(!stale.starts_with("0\n"), "{out}");
    for (field, is_stale) in [
        ("infusates.name", false),
        ("tracers.name", false),
        ("tracers.label_combo", true),
        ("animals.last_serum_sample_id", true),
        ("compounds.animals_by_tracer", true),
    ] {
        assert_eq!(stale.contains(&format!("  {field}: ")), is_stale, "{out}");
    }
    assert!(stale.contains("`touch`"), "{out}");
}

#[test]
fn what_sheets_look_rows_up_by_is_computed_whatever_the_labels_leave_out() {
    for arguments in [&["--only", "serum"], &["--except", "names,fcircs"]] {
        let out = run(arguments).succeeds();
        assert!(!out.contains("refused"), "{out}");
        assert!(out.contains("12 animals, 60 samples"), "{out}");
        let stale = out.split("\nstale fields: ").nth(1).unwrap();
        assert!(!stale.contains(".name: "), "{out}");
        assert!(stale.contains("  fcircs.is_last: "), "{out}");
        assert!(!stale.contains("is_serum_sample"), "{out}");
    }
}

#[test]
fn an_unknown_label_is_an_error_that_names_the_labels() {
    let expected = "error: the load failed and was rolled back: no setter has the label `nmaes`; did you mean `names`? The labels are: counts, fcircs, label_combos, names, serum\n";
    assert_eq!(run(&["--only", "nmaes"]).fails(), expected);
}

#[test]
fn a_second_load_of_the_same_rows_loads_nothing() {
    let folder = folder("second_load", &[]);
    let database = folder.join("study.db");
    run(&[text(&folder), "--database", text(&database)]).succeeds();
    let before = contents(&database);
    // What has a number and no name would be new; so those sheets are empty.
    for (sheet, header) in [
        ("sequences", "sequence,researcher,date,instrument\n"),
        ("runs", "run,sequence,sample,polarity\n"),
        ("peak_groups", "run,name,formula,compounds\n"),
    ] {
        fs::write(folder.join(sheet).with_extension("csv"), header).unwrap();
    }
    let again = run(&[text(&folder), "--database", text(&database)]);
    assert!(
        again.out.contains("  samples.csv:2: duplicate key"),
        "{}",
        again.out
    );
    assert!(
        again.out.contains("  tracers.csv:2: duplicate key"),
        "{}",
        again.out
    );
    let error = "error: nothing could be loaded, the database is left as it was\n";
    assert_eq!(again.fails(), error);
    assert_eq!(contents(&database), before);
}

#[test]
fn a_later_load_finds_infusates_by_their_names() {
    let first = folder("first_load", &[]);
    let animals = "name,infusate,genotype,age,sex,diet,body_weight,infusion_rate\nC,\"ti {glucose-[2,3-13C2,4-17O1][1];lactate[2]}\",WT,8,F,,21.5,0.1\n";
    let samples =
        "name,date,researcher,animal,tissue,time_collected\nC1,2025-01-02,Ada,C,serum,60\n";
    let runs = "run,sequence,sample,polarity\n1,1,C1,positive\n2,1,A2,positive\n";
    let second = folder(
        "later_load",
        &[
            ("compounds", "name,formula,hmdb_id\n"),
            ("tissues", "name\n"),
            (
                "tracers",
                "tracer,compound,element,mass_number,count,positions\n",
            ),
            ("infusates", "infusate,group_name,tracer,concentration\n"),
            ("animals", animals),
            ("samples", samples),
            ("runs", runs),
            (
                "peak_groups",
                "run,name,formula,compounds\n1,both,C6H12O6,glucose/lactate\n",
            ),
            ("fcircs", "sample,tracer,element\nC1,lactate,C\n"),
        ],
    );
    let database = first.join("study.db");
    run(&[text(&first), "--database", text(&database)]).succeeds();
    let out = run(&[text(&second), "--database", text(&database)]).succeeds();
    assert!(out.contains("  glucose: in 2 animals\n"), "{out}");
    assert!(out.contains("\nstale fields: 0\n"), "{out}");
    assert_eq!(contents(&database)[3], ["A2", "C1"]);
}

#[test]
fn a_missing_sheet_is_an_error_and_nothing_is_made() {
    let folder = folder("missing_sheet", &[]);
    fs::remove_file(folder.join("fcircs.csv")).unwrap();
    let database = folder.join("study.db");
    let error = run(&[text(&folder), "--database", text(&database)]).fails();
    assert!(error.starts_with("error: cannot read "), "{error}");
    assert!(error.contains(text(&folder.join("fcircs.csv"))), "{error}");
    assert!(!database.exists());
}

#[test]
fn other_columns_are_an_error() {
    let folder = folder("other_columns", &[("tissues", "tissue\nserum\n")]);
    let expected = format!(
        "error: {}:1: the columns are `tissue`, where `name` is expected\n",
        folder.join("tissues.csv").display()
    );
    assert_eq!(run(&[text(&folder)]).fails(), expected);
}

#[test]
fn a_database_with_other_tables_is_an_error() {
    use diesel::connection::SimpleConnection;

    let folder = folder("other_tables", &[]);
    let database = folder.join("other.db");
    let mut conn = SqliteConnection::establish(text(&database)).unwrap();
    conn.batch_execute("CREATE TABLE tracers (id INTEGER PRIMARY KEY)")
        .unwrap();
    let error = run(&[text(&folder), "--database", text(&database)]).fails();
    assert!(
        error.starts_with("error: cannot open the database "),
        "{error}"
    );
    assert!(error.contains("table tracers already exists"), "{error}");
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_database_that_the_program_was_not_built_for_is_an_error() {
    let error = run(&["--database", "postgres://localhost/study"]).fails();
    let expected = "error: this program was built without postgres: run it with `cargo run --example study --features postgres -- ..`\n";
    assert_eq!(error, expected);
}

#[test]
fn tracers_without_a_name_do_not_stand_in_the_way() {
    let folder = folder("nameless", &[]);
    let database = folder.join("study.db");
    let conn = &mut sqlite::program::open(text(&database)).unwrap();
    let labels = diesel::insert_into(infusates::table).default_values();
    labels.execute(conn.inner_mut()).unwrap();
    let out = run(&[text(&folder), "--database", text(&database)]).succeeds();
    assert!(out.contains("  (no name)\n"), "{out}");
    assert!(out.contains("\nstale fields: 0\n"), "{out}");
    let named: i64 = tracers::table
        .filter(tracers::name.is_not_null())
        .count()
        .get_result(conn)
        .unwrap();
    assert_eq!(named, 2);
}
