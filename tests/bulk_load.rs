//! The bulk load example: the three modes, and what it does with bad input.
//!
//! The example is part of this test, so that it is always the present one that is run.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../examples/bulk_load/main.rs"]
#[expect(dead_code, reason = "the example's `main` is not called")]
mod bulk_load;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bulk_load::check::stale_fields;
use bulk_load::models::{Category, Customer, Item, Order, Product};
use bulk_load::options::Options;
use bulk_load::schema::{categories, customers, items, orders, products};
use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

/// What a run of the example leaves.
struct Run {
    succeeded: bool,
    out: String,
    errors: String,
}

fn run(arguments: &[&str]) -> Run {
    let options = Options::try_parse_from(["bulk_load"].iter().chain(arguments)).unwrap();
    let (mut out, mut errors) = (Vec::new(), Vec::new());
    let code = bulk_load::execute(&options, &mut out, &mut errors);
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

/// An empty folder for one test.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("bulk_load")
        .join(test);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A small shop that is in order.
const SHOP: [(&str, &str); 5] = [
    (
        "categories.csv",
        "code,parent,name\nK1,,Garden\nK2,K1,Tools\n",
    ),
    (
        "products.csv",
        "sku,category,name,price_cents\nP1,K2,rake,1500\nP2,K1,\"bench, oak\",9900\n",
    ),
    (
        "customers.csv",
        "code,first_name,last_name\nC1,Ada,Byron\nC2,Grace,Hopper\n",
    ),
    (
        "orders.csv",
        "number,customer,placed_on\nA1,C1,2025-01-02\nA2,C2,2025-01-03\nA3,C1,2025-01-04\n",
    ),
    (
        "items.csv",
        "order,product,quantity,price_cents\nA1,P1,2,1500\nA1,P2,1,9900\nA2,P1,1,1400\nA3,P2,3,9900\n",
    ),
];

/// A folder with the small shop, in which some files are others.
fn shop(test: &str, instead: &[(&str, &[u8])]) -> PathBuf {
    let folder = folder(test);
    for (name, text) in SHOP {
        let instead = instead.iter().find(|(other, _)| *other == name);
        fs::write(
            folder.join(name),
            instead.map_or(text.as_bytes(), |(_, text)| text),
        )
        .unwrap();
    }
    folder
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// All rows of a database.
#[derive(Debug, PartialEq)]
struct Contents {
    categories: Vec<String>,
    products: Vec<String>,
    customers: Vec<String>,
    orders: Vec<String>,
    items: Vec<String>,
}

fn contents(database: &Path) -> Contents {
    let conn = &mut SqliteConnection::establish(text(database)).unwrap();
    macro_rules! rows {
        ($table:ident, $model:ty) => {
            $table::table
                .order($table::id)
                .select(<$model>::as_select())
                .load(conn)
                .unwrap()
                .iter()
                .map(|row: &$model| format!("{row:?}"))
                .collect()
        };
    }
    Contents {
        categories: rows!(categories, Category),
        products: rows!(products, Product),
        customers: rows!(customers, Customer),
        orders: rows!(orders, Order),
        items: rows!(items, Item),
    }
}

/// What was loaded of the orders: the number, the number of items, and the total.
fn loaded_orders(database: &Path) -> Vec<(String, i64, i64)> {
    let conn = &mut SqliteConnection::establish(text(database)).unwrap();
    let orders: Vec<Order> = orders::table
        .order(orders::number)
        .select(Order::as_select())
        .load(conn)
        .unwrap();
    let count = |order: &Order| items::table.filter(items::order_id.eq(order.id)).count();
    orders
        .into_iter()
        .map(|order| {
            (
                order.number.clone(),
                count(&order).get_result(conn).unwrap(),
                order.total_cents,
            )
        })
        .collect()
}

#[test]
fn buffered_and_immediate_loads_leave_no_stale_field() {
    for mode in ["buffered", "immediate"] {
        let out = run(&["--mode", mode]).succeeds();
        assert!(out.contains("\nstale fields: 0\n"), "{mode}: {out}");
        assert!(out.contains("1200 orders, 3568 items"), "{mode}: {out}");
    }
}

#[test]
fn a_disabled_load_says_how_many_fields_are_stale_and_that_touch_pays_the_debt() {
    let out = run(&["--mode", "disabled"]).succeeds();
    assert!(out.contains("\nstale fields: "), "{out}");
    assert!(!out.contains("\nstale fields: 0\n"), "{out}");
    assert!(out.contains("  orders.label: 1200\n"), "{out}");
    assert!(out.contains("`touch` pays it"), "{out}");
}

#[test]
fn the_three_modes_give_the_same_data_once_the_debt_is_paid() {
    let folder = folder("three_modes");
    let [buffered, immediate, disabled] = ["buffered", "immediate", "disabled"].map(|mode| {
        let database = folder.join(format!("{mode}.db"));
        let out = run(&["--mode", mode, "--touch", "--database", text(&database)]).succeeds();
        assert!(out.contains("\nstale fields: 0\n"), "{mode}: {out}");
        contents(&database)
    });
    assert_eq!(buffered.items.len(), 3568);
    assert!(buffered == immediate, "buffered and immediate loads differ");
    assert!(buffered == disabled, "buffered and disabled loads differ");
}

#[test]
fn each_copy_of_the_data_has_keys_of_its_own() {
    let shop = shop("scale", &[]);
    let out = run(&["--scale", "3", text(&shop)]).succeeds();
    assert!(out.contains("loaded 39 rows"), "{out}");
    assert!(out.contains("\nstale fields: 0\n"), "{out}");
}

#[test]
fn a_second_load_into_the_same_database_finds_the_first_ones_rows() {
    let first = shop("second_load", &[]);
    let second = shop(
        "second_load_more",
        &[
            ("categories.csv", b"code,parent,name\n"),
            ("products.csv", b"sku,category,name,price_cents\n"),
            ("customers.csv", b"code,first_name,last_name\n"),
            (
                "orders.csv",
                b"number,customer,placed_on\nA9,C1,2025-02-01\n",
            ),
            (
                "items.csv",
                b"order,product,quantity,price_cents\nA9,P1,1,1000\n",
            ),
        ],
    );
    let database = first.join("shop.db");
    run(&[text(&first), "--database", text(&database)]).succeeds();
    let out = run(&[text(&second), "--database", text(&database)]).succeeds();
    assert!(
        out.contains("customer Ada Byron: 3 orders, 436.00 spent"),
        "{out}"
    );
    assert!(out.contains("\nstale fields: 0\n"), "{out}");
}

#[test]
fn a_dry_run_leaves_nothing() {
    let shop = shop("dry_run", &[]);
    let database = shop.join("shop.db");
    let out = run(&[text(&shop), "--dry-run", "--database", text(&database)]).succeeds();
    assert!(out.contains("loaded 13 rows"), "{out}");
    assert!(out.contains("rolled back"), "{out}");

    let conn = &mut SqliteConnection::establish(text(&database)).unwrap();
    assert!(
        orders::table.count().get_result::<i64>(conn).is_err(),
        "there is a table"
    );
    run(&[text(&shop), "--database", text(&database)]).succeeds();
    assert_eq!(contents(&database).orders.len(), 3);
}

#[test]
fn the_check_sees_each_field() {
    let shop = shop("check", &[]);
    let database = shop.join("shop.db");
    run(&[text(&shop), "--database", text(&database)]).succeeds();
    let conn = &mut SqliteConnection::establish(text(&database)).unwrap();
    for (at, (field, _)) in stale_fields(conn).unwrap().into_iter().enumerate() {
        let (table, column) = field.split_once('.').unwrap();
        let statement =
            format!("BEGIN; UPDATE {table} SET {column} = {column} || '7' WHERE id = 1;");
        conn.batch_execute(&statement).unwrap();
        let stale = stale_fields(conn).unwrap();
        conn.batch_execute("ROLLBACK").unwrap();
        assert_eq!(stale[at], (field, 1));
        assert_eq!(
            stale.iter().map(|(_, rows)| rows).sum::<i64>(),
            1,
            "{stale:?}"
        );
    }
}

/// Refuses one row of a file in each mode: it is reported so, and the orders that are left are these.
#[track_caller]
fn refuses(test: &str, instead: &[(&str, &[u8])], refusals: &[&str], orders: &[&str]) {
    for mode in ["buffered", "immediate"] {
        let shop = shop(&format!("{test}_{mode}"), instead);
        let database = shop.join("shop.db");
        let out = run(&[text(&shop), "--mode", mode, "--database", text(&database)]).succeeds();
        let reported: Vec<&str> = out
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .collect();
        assert!(reported.starts_with(refusals), "{mode}: {out}");
        assert!(
            out.contains(&format!("depends on it: {}\n", refusals.len())),
            "{mode}: {out}"
        );
        assert!(out.contains("\nstale fields: 0\n"), "{mode}: {out}");

        let all = [("A1", 2, 12_900), ("A2", 1, 1_400), ("A3", 1, 29_700)];
        let expected: Vec<_> = all
            .into_iter()
            .filter(|(number, ..)| orders.contains(number))
            .collect();
        let loaded = loaded_orders(&database);
        let loaded: Vec<_> = loaded
            .iter()
            .map(|(number, items, total)| (number.as_str(), *items, *total))
            .collect();
        assert_eq!(loaded, expected, "{mode}");
    }
}

#[test]
fn a_malformed_item_refuses_its_order() {
    let items = b"order,product,quantity,price_cents\nA1,P1,2,1500\nA1,P2,many,9900\nA2,P1,1,1400\nA3,P2,3,9900\n";
    let refusal = "items.csv:3: `many` is no `quantity`: invalid digit found in string";
    refuses(
        "malformed_item",
        &[("items.csv", items)],
        &[refusal],
        &["A2", "A3"],
    );
}

#[test]
fn a_row_that_is_cut_off_refuses_its_order() {
    let items =
        b"order,product,quantity,price_cents\nA1,P1,2,1500\nA1,P2\nA2,P1,1,1400\nA3,P2,3,9900\n";
    let refusal =
        "items.csv:3: 2 columns, where 4 are expected: order,product,quantity,price_cents";
    refuses(
        "cut_off",
        &[("items.csv", items)],
        &[refusal],
        &["A2", "A3"],
    );
}

#[test]
fn a_stray_quote_does_not_swallow_the_rows_after_it() {
    let items = b"order,product,quantity,price_cents\r\n\r\nA1,\"P1,2,1500\r\nA1,P2,1,9900\r\nA2,P1,1,1400\r\nA3,P2,3,9900\r\n";
    let refusal =
        "items.csv:3: 2 columns, where 4 are expected: order,product,quantity,price_cents";
    refuses(
        "stray_quote",
        &[("items.csv", items)],
        &[refusal],
        &["A2", "A3"],
    );
}

#[test]
fn a_stray_quote_before_the_order_refuses_that_order() {
    let items = b"order,product,quantity,price_cents\nA1,P1,2,1500\n\"A1,P2,1,9900\nA2,P1,1,1400\nA3,P2,3,9900\n";
    let refusal =
        "items.csv:3: 1 columns, where 4 are expected: order,product,quantity,price_cents";
    refuses(
        "quote_first",
        &[("items.csv", items)],
        &[refusal],
        &["A2", "A3"],
    );
}

#[test]
fn text_that_is_not_utf_8_refuses_its_order() {
    let items = b"order,product,quantity,price_cents\nA1,P\xff,2,1500\nA1,P2,1,9900\nA2,P1,1,1400\nA3,P2,3,9900\n";
    refuses(
        "not_utf_8",
        &[("items.csv", items)],
        &["items.csv:2: column 2 is not UTF-8"],
        &["A2", "A3"],
    );
}

#[test]
fn an_unknown_product_refuses_its_order() {
    let items = b"order,product,quantity,price_cents\nA1,P1,2,1500\nA1,P7,1,9900\nA2,P1,1,1400\nA3,P2,3,9900\n";
    refuses(
        "unknown_product",
        &[("items.csv", items)],
        &["items.csv:3: there is no product `P7`"],
        &["A2", "A3"],
    );
}

#[test]
fn an_item_that_the_database_refuses_rolls_its_order_back() {
    let items = b"order,product,quantity,price_cents\nA1,P1,2,1500\nA1,P1,1,1500\nA2,P1,1,1400\nA3,P2,0,9900\n";
    let refusals = [
        "items.csv:3: duplicate key (UNIQUE constraint failed: items.order_id, items.product_id)",
        "items.csv:5: value out of range (CHECK constraint failed: quantity BETWEEN 1 AND 10000)",
    ];
    refuses(
        "database_refuses",
        &[("items.csv", items)],
        &refusals,
        &["A2"],
    );
}

#[test]
fn an_item_of_no_order_is_refused() {
    let items = b"order,product,quantity,price_cents\nA1,P1,2,1500\nA1,P2,1,9900\nA2,P1,1,1400\nA3,P2,3,9900\nA8,P1,1,1\n";
    let refusal = "items.csv:6: there is no order `A8` in orders.csv";
    refuses(
        "orphan",
        &[("items.csv", items)],
        &[refusal],
        &["A1", "A2", "A3"],
    );
}

#[test]
fn a_bad_order_is_refused() {
    let orders = b"number,customer,placed_on\nA1,C1,2025-01-02\nA2,C7,2025-01-03\nA3,C1,yesterday\nA1,C2,2025-01-05\n";
    let refusals = [
        "orders.csv:3: there is no customer `C7`",
        "orders.csv:4: value out of range (CHECK constraint failed: date(placed_on) IS placed_on)",
        "orders.csv:5: duplicate key (UNIQUE constraint failed: orders.number)",
    ];
    refuses("bad_order", &[("orders.csv", orders)], &refusals, &["A1"]);
}

#[test]
fn a_bad_customer_is_refused_with_what_names_it() {
    let customers = b"code,first_name,last_name\nC1,Ada,Byron\nC1,Ada,Lovelace\nC2,Grace\n";
    let refusals = [
        "customers.csv:3: duplicate key (UNIQUE constraint failed: customers.code)",
        "customers.csv:4: 2 columns, where 3 are expected: code,first_name,last_name",
        "orders.csv:3: there is no customer `C2`",
    ];
    refuses(
        "bad_customer",
        &[("customers.csv", customers)],
        &refusals,
        &["A1", "A3"],
    );
}

#[test]
fn a_bad_category_is_refused_with_what_names_it() {
    let categories = b"code,parent,name\nK1,,Garden\nK2,K9,Tools\n";
    let refusals = [
        "categories.csv:3: there is no category `K9`",
        "items.csv:2: there is no product `P1`",
        "items.csv:4: there is no product `P1`",
        "products.csv:2: there is no category `K2`",
    ];
    refuses(
        "bad_category",
        &[("categories.csv", categories)],
        &refusals,
        &["A3"],
    );
}

#[test]
fn a_missing_folder_is_an_error() {
    let missing = folder("missing_folder").join("nowhere");
    let error = run(&[text(&missing)]).fails();
    assert!(error.starts_with("error: cannot read "), "{error}");
    assert!(
        error.contains(text(&missing.join("categories.csv"))),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_an_error_and_nothing_is_loaded() {
    let shop = shop("missing_file", &[]);
    let database = shop.join("shop.db");
    fs::remove_file(shop.join("items.csv")).unwrap();
    let error = run(&[text(&shop), "--database", text(&database)]).fails();
    assert!(error.contains(text(&shop.join("items.csv"))), "{error}");
    assert!(!database.exists());
}

#[test]
fn other_columns_are_an_error() {
    let shop = shop(
        "other_columns",
        &[("customers.csv", b"code,name\nC1,Ada\n")],
    );
    let error = run(&[text(&shop)]).fails();
    let path = shop.join("customers.csv");
    let expected = format!(
        "error: {}:1: the columns are `code,name`, where `code,first_name,last_name` is expected\n",
        path.display(),
    );
    assert_eq!(error, expected);
}

#[test]
fn an_empty_file_is_an_error() {
    let shop = shop("empty_file", &[("customers.csv", b"")]);
    let error = run(&[text(&shop)]).fails();
    assert!(
        error.contains("customers.csv:1: the columns are ``"),
        "{error}"
    );
}

#[test]
fn a_load_in_which_every_row_is_refused_is_an_error() {
    let shop = shop("all_refused", &[]);
    let database = shop.join("shop.db");
    run(&[text(&shop), "--database", text(&database)]).succeeds();
    let before = contents(&database);
    let again = run(&[text(&shop), "--database", text(&database)]);
    assert!(
        again.out.contains("  customers.csv:2: duplicate key"),
        "{}",
        again.out
    );
    assert_eq!(
        again.fails(),
        "error: nothing could be loaded, the database is left as it was\n"
    );
    assert_eq!(contents(&database), before);
}

#[test]
fn a_database_with_another_schema_is_an_error() {
    let shop = shop("other_schema", &[]);
    let database = shop.join("other.db");
    let conn = &mut SqliteConnection::establish(text(&database)).unwrap();
    conn.batch_execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)")
        .unwrap();
    let error = run(&[text(&shop), "--database", text(&database)]).fails();
    assert!(
        error.contains("other.db has another schema: there is no column categories.id"),
        "{error}"
    );
}

#[test]
fn a_file_that_is_no_database_is_an_error() {
    let shop = shop("no_database", &[]);
    let error = run(&[text(&shop), "--database", text(&shop.join("items.csv"))]).fails();
    assert!(
        error.contains("items.csv cannot be used: file is not a database"),
        "{error}"
    );
}

#[test]
fn a_database_in_a_missing_folder_is_an_error() {
    let shop = shop("no_folder", &[]);
    let error = run(&[
        text(&shop),
        "--database",
        text(&shop.join("nowhere/shop.db")),
    ])
    .fails();
    assert!(
        error.starts_with("error: cannot open the database "),
        "{error}"
    );
}
