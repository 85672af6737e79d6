//! A thousand cells are damaged by hand, and found and mended by the command while others write.
//!
//! The damaged rows have negative keys, and are none of the writers'. `STRESS_SECONDS` says how long
//! they write.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;
use serde_json::Value;

use super::super::{Conn, HAS_ROW_LOCKS, LEVELS, NAME, Place};
use super::operation::{Keys, Operation, is_missed};
use super::shop::{self, Outcome, new_line, stale};
use crate::models::{Cart, Folder, Kind, Line, Owner, Part, Product};
use crate::random::Random;
use crate::schema::{carts, folders, kinds, lines, owners, parts, products};
use crate::setting;

/// How many cells are damaged, each in a family of its own: an owner with a cart, whose line is of a
/// product with a part, all of one key.
const FAMILIES: i32 = 1_000;
/// How many folders stand below one another.
const CHAIN: i32 = 9;

/// A field: its model, its table and column, the value that damages it, and the one that it has in
/// the family of a key.
struct Cell {
    model: &'static str,
    field: &'static str,
    table: &'static str,
    damage: &'static str,
    right: fn(i32) -> String,
}

macro_rules! cells {
    ($($model:literal $table:literal $field:literal, $damage:literal, $right:expr;)*) => {
        [$(Cell { model: $model, field: $field, table: $table, damage: $damage, right: $right }),*]
    };
}

/// In each family one of them is damaged, in turn.
const CELLS: [Cell; CHAIN as usize] = cells! {
    "Line" "cart_lines" "amount", "77", |_| "3".to_owned();
    "Cart" "carts" "total", "77", |_| "3".to_owned();
    "Cart" "carts" "weight", "77", |_| "5".to_owned();
    "Cart" "carts" "label", "'wrong'", |key| format!("0/0:{key}=0.0");
    "Owner" "owners" "spent", "77", |_| "3".to_owned();
    "Owner" "owners" "latest_revision", "77", |_| "0".to_owned();
    "Folder" "folders" "path", "'wrong'", |key| (0..depth(key)).map(|_| "0/").collect();
    "Folder" "folders" "size", "77", |key| (CHAIN + 1 - depth(key)).to_string();
    "Owner" "owners" "latest_id", "NULL", |key| key.to_string();
};

/// How deep the folder with a key is; those further down have smaller keys.
fn depth(key: i32) -> i32 {
    (-key - 1) % CHAIN + 1
}

fn cell_of(key: i32) -> &'static Cell {
    // Not one folder of a chain alone, but always some that others follow from.
    let at = (-key + -key / CHAIN) % CHAIN;
    &CELLS[usize::try_from(at).unwrap()]
}

fn families() -> impl Iterator<Item = i32> {
    // Whole chains of folders, so that each has its size.
    (1..=FAMILIES / CHAIN * CHAIN + CHAIN).map(|at| -at)
}

fn damaged() -> impl Iterator<Item = i32> {
    families().filter(|key| -key <= FAMILIES)
}

fn fill(conn: &mut Conn) -> Outcome {
    Owner::insert_many(conn, families().map(|key| owners::id.eq(key)))?;
    let cart = |key| (carts::id.eq(key), carts::owner_id.eq(key));
    Cart::insert_many(conn, families().map(cart))?;
    Kind::insert_many(conn, families().map(|key| kinds::id.eq(key)))?;
    let product = |key| (products::id.eq(key), products::kind_id.eq(key));
    Product::insert_many(conn, families().map(product))?;
    let part = |key| {
        let grams = parts::grams.eq(5);
        (parts::id.eq(key), parts::product_id.eq(key), grams)
    };
    Part::insert_many(conn, families().map(part))?;
    let line = |key| (lines::id.eq(key), new_line(key, key));
    Line::insert_many(conn, families().map(line))?;
    let folder = |key| {
        let parent = Some(key + 1).filter(|_| depth(key) > 1);
        (folders::id.eq(key), folders::parent_id.eq(parent))
    };
    Folder::insert_many(conn, families().map(folder))?;
    Ok(())
}

fn damage(conn: &mut Conn) {
    for key in damaged() {
        let Cell {
            table,
            field,
            damage,
            ..
        } = cell_of(key);
        let damage = format!("UPDATE {table} SET {field} = {damage} WHERE id = {key}");
        conn.inner_mut().batch_execute(&damage).unwrap();
    }
}

#[derive(Debug, clap::Parser)]
struct Program {
    #[command(subcommand)]
    command: maintained::cli::Command,
}

/// Runs a command, and gives its exit code and what it prints.
fn run(conn: &mut Conn, words: &[&str]) -> (u8, String) {
    let command = Program::parse_from([&["program"], words].concat()).command;
    let mut out = Vec::new();
    let code = command.run_to(conn, &mut out);
    (code, String::from_utf8(out).unwrap())
}

const CHECK: &[&str] = &[
    "check", "--json", "--batch", "150", "--model", "Owner", "--model", "Cart", "--model", "Line",
    "--model", "Shelf", "--model", "Folder",
];

/// The differences of a list by model, field and key, with both values, and the line at its end.
type Listed = BTreeMap<(String, String, i32), (Option<String>, Option<String>)>;

fn listed(text: &str) -> (Listed, Value) {
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let mut lines: Vec<Value> = lines.collect();
    let end = lines.pop().unwrap();
    let word = |line: &Value, name: &str| line[name].as_str().map(str::to_owned);
    let cell = |line: &Value| {
        let [model, field, key] = ["model", "field", "key"].map(|it| word(line, it).unwrap());
        let values = (word(line, "stored"), word(line, "computed"));
        ((model, field, key.parse().unwrap()), values)
    };
    (lines.iter().map(cell).collect(), end)
}

/// Writes on the rows of positive keys until it is told to stop, and counts.
fn write(place: &Place, mut random: Random, has_ended: &AtomicBool, committed: &AtomicUsize) {
    let mut conn = place.connect();
    conn.set_isolation(LEVELS[0]).unwrap();
    while !has_ended.load(Ordering::Relaxed) {
        let keys = Keys::read(&mut conn).unwrap().positive();
        let Some(operation) = Operation::choose(&mut random, &keys) else {
            continue;
        };
        match operation.perform(&mut conn) {
            Ok(_) => drop(committed.fetch_add(1, Ordering::Relaxed)),
            Err(error) if error.is_retryable() || is_missed(&error) => {}
            Err(error) => panic!("{operation:?}: {error} ({error:?})"),
        }
    }
}

#[test]
fn a_thousand_damaged_cells_are_found_and_mended_beside_writers_and_nothing_else() {
    let place = shop::stocked();
    let mut conn = place.connect();
    conn.buffer_autoupdates(fill).unwrap();
    assert_eq!(stale(&mut conn), Vec::<String>::new());
    let has_ended = AtomicBool::new(false);
    let committed = AtomicUsize::new(0);
    damage(&mut conn);
    thread::scope(|threads| {
        let writers = if HAS_ROW_LOCKS { 8 } else { 2 };
        for writer in 0..writers {
            let (place, has_ended, committed) = (&place, &has_ended, &committed);
            threads.spawn(move || write(place, Random::new(writer), has_ended, committed));
        }
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            mend(&mut conn);
            look_again(&mut conn, &committed);
        }));
        has_ended.store(true, Ordering::Relaxed);
        if let Err(panic) = looked {
            std::panic::resume_unwind(panic);
        }
    });
    assert_eq!(stale(&mut conn), Vec::<String>::new());
}

/// Finds what is damaged, and mends it by the list.
fn mend(conn: &mut Conn) {
    let begin = Instant::now();
    let (code, list) = run(conn, CHECK);
    assert_eq!(code, 1);
    let (found, end) = listed(&list);
    eprintln!(
        "{NAME}: {} cells listed in {:.1?}: {end}",
        found.len(),
        begin.elapsed()
    );
    for key in damaged() {
        let Cell {
            model,
            field,
            damage,
            right,
            ..
        } = cell_of(key);
        let cell = (String::from(*model), String::from(*field), key);
        let stored = Some(damage.trim_matches('\'').to_owned()).filter(|it| it != "NULL");
        assert_eq!(
            found.get(&cell),
            Some(&(stored, Some(right(key)))),
            "{cell:?}"
        );
    }
    // What follows from a damaged field seems to be wrong by what is stored; nothing else does.
    let strangers = found.keys().filter(|(model, field, key)| {
        let Cell {
            model: of,
            field: damaged,
            ..
        } = cell_of(*key);
        *key > 0 || (*of, *damaged) != (model, field) && !follows(cell_of(*key), field)
    });
    assert_eq!(
        strangers.collect::<Vec<_>>(),
        Vec::<&(String, String, i32)>::new()
    );
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &list).unwrap();
    let (code, mended) = run(
        conn,
        &["repair", "--json", "--from", file.path().to_str().unwrap()],
    );
    assert_eq!(code, 1, "it has mended something");
    let (_, end) = listed(&mended);
    eprintln!("{NAME}: {end}");
    assert_eq!(end["written"], FAMILIES, "{end}");
}

/// Whether a field of the same family follows from a damaged one.
fn follows(damaged: &Cell, field: &str) -> bool {
    match damaged.field {
        "amount" => field == "total",
        "total" => field == "spent",
        "latest_id" => field == "latest_revision",
        _ => false,
    }
}

/// Checks until the writers have written for long enough.
fn look_again(conn: &mut Conn, committed: &AtomicUsize) {
    let until = Instant::now() + Duration::from_secs(setting("STRESS_SECONDS", 1) as u64);
    let (mut checks, mut seen, mut retries) = (0, 0, 0);
    while checks == 0 || Instant::now() < until {
        let (code, list) = run(conn, CHECK);
        let (found, end) = listed(&list);
        assert_eq!((code, found), (0, Listed::new()), "{end}");
        checks += 1;
        seen += end["seen"].as_u64().unwrap();
        retries += end["retries"].as_u64().unwrap();
    }
    eprintln!(
        "{NAME}: {checks} checks more of {seen} rows, {retries} batches run again, {} writes beside",
        committed.load(Ordering::Relaxed)
    );
}
