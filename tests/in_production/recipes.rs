//! The recipes, whose commands are read from the chapter: what is written is what is tested.

use diesel::connection::SimpleConnection;
use docs_shop::*;
use maintained::operations;

use crate::shop::Shop;

const CHAPTER: &str = include_str!("../../docs/guide/in_production.md");

impl Shop {
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
                    if word == "differences.json" {
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

#[test]
fn what_the_chapter_shows_of_an_explanation_is_what_it_says() {
    let explained = operations::explain::<SqliteConnection>("update customers.name").unwrap();
    let shown = CHAPTER
        .split("```text\n")
        .find(|block| block.starts_with("update customers.name"));
    let shown = shown.unwrap().split("  ..").next().unwrap();
    let said = explained.to_string();
    assert!(said.starts_with(shown), "{said}");
}
