//! The recipes of the guide's chapter "In production": each is run as it stands there.
//!
//! A recipe's commands are read from the chapter, so that what is written is what is tested.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use docs_shop::*;
use maintained::{Error, operations};

const CHAPTER: &str = include_str!("../docs/guide/in_production.md");
/// The words of a command that a process of this test is to run, one a line, and where its database is.
const WORDS: &str = "SHOP_WORDS";
const DATABASE: &str = "SHOP_DATABASE";

#[derive(Debug, Parser)]
struct Program {
    #[command(subcommand)]
    command: maintained::cli::Command,
}

/// The shop's database, in a file.
struct Shop {
    folder: tempfile::TempDir,
}

#[derive(Debug, QueryableByName, PartialEq)]
struct Row {
    #[diesel(sql_type = Text)]
    row_text: String,
}

#[derive(Debug, QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows_: i64,
}

impl Shop {
    /// Some orders with an item each, all of them right.
    fn new(orders: i32) -> Self {
        let shop = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let mut conn = shop.connect();
        conn.batch_execute(TABLES).unwrap();
        let filled: Result<(), Error> = conn.buffer_autoupdates(|conn| {
            for name in ["Ada", "Ben"] {
                Customer::insert(conn, customers::name.eq(name))?;
            }
            for at in 0..orders {
                let order = Order::insert(conn, orders::customer_id.eq(1 + at % 2))?;
                let price = i64::from(at) + 1;
                Item::insert(
                    conn,
                    (items::order_id.eq(order.id), items::price_cents.eq(price)),
                )?;
            }
            Ok(())
        });
        filled.unwrap();
        shop
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn connect(&self) -> Conn {
        let mut conn = Conn::establish(self.file("shop.db").to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF")
            .unwrap();
        conn
    }

    /// What somebody does in a session of the database's own program.
    fn by_hand(&self, sql: &str) {
        self.connect().inner_mut().batch_execute(sql).unwrap();
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut self.connect()).unwrap();
        rows.into_iter().map(|row| row.row_text).collect()
    }

    /// All rows of all tables.
    fn rows(&self) -> Vec<String> {
        self.texts(
            "SELECT 'c ' || id || name || spent_cents AS row_text FROM customers UNION ALL
             SELECT 'o ' || id || customer_id || total_cents || label FROM orders UNION ALL
             SELECT 'i ' || id || order_id || price_cents FROM items",
        )
    }

    /// Runs a command in this process: what it says, and how it ends.
    fn run(&self, words: &[&str]) -> (String, u8) {
        let words = std::iter::once("shop").chain(words.iter().copied());
        let program = Program::try_parse_from(words).unwrap();
        let mut out = Vec::new();
        let connect = || Ok::<_, Error>(self.connect());
        let end = program.command.run_on_to(connect, &mut out);
        (String::from_utf8(out).unwrap(), end)
    }

    /// The state of a field, as `shop status` prints it.
    fn state(&self, field: &str) -> String {
        let (said, _) = self.run(&["status"]);
        let line = said
            .lines()
            .find(|line| line.starts_with(field))
            .unwrap()
            .to_owned();
        line.strip_prefix(field).unwrap().trim().to_owned()
    }

    /// Runs the commands of a recipe; gives how each ends. What one writes to a file another reads.
    fn recipe(&self, heading: &str) -> Vec<u8> {
        let mut ends = Vec::new();
        for command in commands(heading) {
            let (command, file) = match command.split_once(" > ") {
                Some((command, file)) => (command.to_owned(), Some(self.file(file.trim()))),
                None => (command, None),
            };
            let words: Vec<String> = words(&command)
                .into_iter()
                .map(|word| {
                    if word.ends_with(".json") {
                        self.file(&word).to_str().unwrap().to_owned()
                    } else {
                        word
                    }
                })
                .collect();
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (said, end) = self.run(&words);
            if let Some(file) = file {
                std::fs::write(file, said).unwrap();
            }
            ends.push(end);
        }
        ends
    }
}

const TABLES: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, spent_cents BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
        total_cents BIGINT NOT NULL DEFAULT 0, label TEXT NOT NULL DEFAULT '');
    CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
        price_cents BIGINT NOT NULL);";

/// The commands of a recipe: what stands behind `shop` in the first block of its section.
fn commands(heading: &str) -> Vec<String> {
    let section = CHAPTER.split(&format!("\n### {heading}\n")).nth(1);
    let section = section.unwrap_or_else(|| panic!("the chapter has no recipe `{heading}`"));
    let block = section
        .split("```sh\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let commands = block.lines().filter_map(|line| line.split_once("shop "));
    let commands = commands.map(|(_, command)| command.split(" #").next().unwrap());
    commands
        .map(|command| command.split(" ||").next().unwrap().trim().to_owned())
        .collect()
}

/// The words of a command; what stands between quotes is one.
fn words(command: &str) -> Vec<String> {
    let parts = command.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| {
        if at % 2 == 1 {
            vec![part.to_owned()]
        } else {
            part.split_whitespace().map(str::to_owned).collect()
        }
    });
    words.collect()
}

#[test]
fn a_field_is_added_to_a_table_with_rows() {
    let shop = Shop::new(20);
    let right = shop.rows();
    // The migration gives the column its default.
    shop.by_hand("UPDATE orders SET label = ''");
    let ends = shop.recipe("A field is added to a table with rows");
    assert_eq!(
        ends,
        [0, 1, 1, 1, 0],
        "made, new, rebuilt, not all current, and all right"
    );
    assert_eq!(shop.state("Order::label"), "current");
    assert_eq!(shop.state("Order::total_cents"), "new");
    assert_eq!(shop.rows(), right);
}

#[test]
fn a_setter_changes_under_a_rolling_deploy() {
    let shop = Shop::new(4);
    let right = shop.rows();
    assert_eq!(shop.run(&["setup", "--adopt"]).1, 0);
    // What the old program has recorded, and what its setter made of all rows.
    let old = "UPDATE maintained_fields SET hash = 'old' WHERE field = 'label';
               UPDATE orders SET label = 'old #' || id";
    shop.by_hand(old);
    assert_eq!(shop.state("Order::label"), "changed");
    assert!(operations::ensure_current(&mut shop.connect()).is_err());
    // Both write: the new one computes what it touches by its own definition, and leaves the others.
    Customer::update(&mut shop.connect(), 1, customers::name.eq("Eve")).unwrap();
    shop.by_hand("UPDATE orders SET label = 'old #' || id WHERE id = 3");
    let labels = || shop.texts("SELECT label AS row_text FROM orders ORDER BY id");
    assert_eq!(labels(), ["Eve #1", "old #2", "old #3", "old #4"]);
    Customer::update(&mut shop.connect(), 1, customers::name.eq("Ada")).unwrap();
    shop.by_hand("UPDATE orders SET label = 'old #' || id WHERE id = 3");
    let ends = shop.recipe("A setter changes under a rolling deploy");
    assert_eq!(ends, [1, 1, 0], "changed, rebuilt, current");
    assert_eq!(shop.rows(), right);
    operations::ensure_current(&mut shop.connect()).unwrap();
}

#[test]
fn somebody_has_written_in_psql() {
    let shop = Shop::new(6);
    let damage = "UPDATE items SET price_cents = 1000 WHERE id = 1;
                  UPDATE items SET order_id = 3 WHERE id = 2;
                  UPDATE customers SET name = 'Eve' WHERE id = 1";
    shop.by_hand(damage);
    let ends = shop.recipe("Somebody has written in psql");
    assert_eq!(ends, [0, 1, 0], "counted, mended, and right");
    let totals = shop.texts("SELECT CAST(total_cents AS TEXT) AS row_text FROM orders ORDER BY id");
    assert_eq!(totals[..3], ["1000", "0", "5"]);
    assert_eq!(
        shop.texts("SELECT label AS row_text FROM orders WHERE id = 1"),
        ["Eve #1"]
    );
    let spent = shop.texts("SELECT CAST(spent_cents AS TEXT) AS row_text FROM customers");
    assert_eq!(spent, [(1_000 + 5 + 5).to_string(), (4 + 6).to_string()]);
}

#[test]
fn a_scope_was_disabled() {
    let shop = Shop::new(6);
    let mut conn = shop.connect();
    conn.disable_autoupdates(|conn| Item::update(conn, 1, items::price_cents.eq(77)))
        .unwrap();
    let ends = shop.recipe("A scope was disabled");
    assert_eq!(ends, [1, 0], "mended, and right");
    // A touch does the same, where the rows are known.
    conn.disable_autoupdates(|conn| Item::update(conn, 1, items::price_cents.eq(78)))
        .unwrap();
    Item::touch(&mut conn, &[1]).unwrap();
    assert!(operations::check().run(&mut conn).unwrap().is_clean());
}

#[test]
fn a_nightly_check() {
    let shop = Shop::new(6);
    let right = shop.rows();
    assert_eq!(
        shop.recipe("A nightly check"),
        [0, 0],
        "nothing differs, and nothing is mended"
    );
    shop.by_hand("UPDATE orders SET label = 'wrong' WHERE id = 2");
    assert_eq!(
        shop.recipe("A nightly check"),
        [1, 1],
        "what differs is listed, and mended from the list"
    );
    assert_eq!(shop.rows(), right);
}

#[test]
fn the_names_of_the_metrics_are_those_in_the_chapter() {
    use metrics_util::debugging::DebuggingRecorder;
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, || {
        let (mut conn, _, _, item) = open().unwrap();
        let refuse = "CREATE TEMP TRIGGER refuse BEFORE UPDATE ON items BEGIN SELECT RAISE(ABORT, 'deadlock detected'); END";
        conn.batch_execute(refuse).unwrap();
        assert!(Item::update(&mut conn, item.id, items::price_cents.eq(1)).is_err());
    });
    let counted = snapshotter.snapshot().into_vec().into_iter();
    let mut counted: Vec<String> = counted
        .map(|(key, ..)| key.key().name().to_owned())
        .collect();
    counted.sort_unstable();
    counted.dedup();
    let rows = CHAPTER
        .lines()
        .filter_map(|line| line.strip_prefix("| `maintained_"));
    let mut listed: Vec<String> = rows
        .map(|row| format!("maintained_{}", row.split('`').next().unwrap()))
        .collect();
    listed.sort_unstable();
    assert_eq!(counted, listed);
}

/// Runs a command in a process of its own, with an input: what it prints of JSON, and how it ends.
fn process(test: &str, shop: &Shop, words: &[&str], input: &str) -> (String, Option<i32>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(WORDS, words.join("\n"))
        .env(DATABASE, shop.file("shop.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A process that ends before it has read all is no matter here.
    writer.join().unwrap().ok();
    let text = String::from_utf8(output.stdout).unwrap();
    let json: Vec<&str> = text.lines().filter(|line| line.starts_with('{')).collect();
    (json.join("\n"), output.status.code())
}

#[test]
fn a_thousand_damaged_cells_are_found_named_and_mended_through_a_pipe_and_nothing_else_is_written()
{
    if let Ok(words) = std::env::var(WORDS) {
        let program =
            Program::try_parse_from(std::iter::once("shop").chain(words.lines())).unwrap();
        let url = std::env::var(DATABASE).unwrap();
        let end = program
            .command
            .run_on_to(|| Conn::establish(&url), &mut std::io::stdout());
        std::process::exit(i32::from(end));
    }
    let test = "a_thousand_damaged_cells_are_found_named_and_mended_through_a_pipe_and_nothing_else_is_written";
    let shop = Shop::new(700);
    let right = shop.rows();
    let damage = "UPDATE orders SET label = 'wrong ' || id, total_cents = -id WHERE id > 100 AND id <= 600;
         CREATE TABLE written (what TEXT NOT NULL);
         CREATE TRIGGER note_orders AFTER UPDATE ON orders BEGIN INSERT INTO written VALUES ('order ' || new.id); END;
         CREATE TRIGGER note_customers AFTER UPDATE ON customers BEGIN INSERT INTO written VALUES ('customer'); END;
         CREATE TRIGGER note_items AFTER UPDATE ON items BEGIN INSERT INTO written VALUES ('item'); END;";
    shop.by_hand(damage);
    let check = ["check", "--model", "Order", "--json"];
    let (list, end) = process(test, &shop, &check, "");
    assert_eq!(end, Some(1));
    let lines: Vec<serde_json::Value> = list
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, differences) = lines.split_last().unwrap();
    assert_eq!(
        (differences.len(), &last["differing"]),
        (1_000, &500.into())
    );
    for line in differences {
        let key: i64 = line["key"].as_str().unwrap().parse().unwrap();
        let owner = if key % 2 == 1 { "Ada" } else { "Ben" };
        let expected = match line["field"].as_str().unwrap() {
            "label" => [format!("wrong {key}"), format!("{owner} #{key}")],
            "total_cents" => [(-key).to_string(), key.to_string()],
            other => panic!("{other}"),
        };
        assert_eq!(
            [&line["stored"], &line["computed"]],
            [&expected[0], &expected[1]]
        );
    }
    assert_eq!(
        shop.texts("SELECT what AS row_text FROM written"),
        Vec::<String>::new(),
        "a check writes nothing"
    );
    let (_, end) = process(test, &shop, &["repair", "--from", "-", "--json"], &list);
    assert_eq!(end, Some(1), "something differed");
    assert_eq!(shop.rows(), right);
    let count = |what: &str| {
        let query =
            format!("SELECT COUNT(DISTINCT what) AS rows_ FROM written WHERE what LIKE '{what}%'");
        let count: Count = diesel::sql_query(query)
            .get_result(&mut shop.connect())
            .unwrap();
        count.rows_
    };
    assert_eq!(
        (count("order"), count("customer"), count("item")),
        (500, 0, 0)
    );
    assert_eq!(process(test, &shop, &check, "").1, Some(0));
}
