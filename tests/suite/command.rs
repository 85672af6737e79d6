//! The command: what it prints, and how it ends.

use clap::Parser;
use diesel::connection::SimpleConnection;
use maintained::cli::Command;

use super::support::models::Order;
use super::support::oracle::{assert_right, rows};
use super::support::shop::{self, ADA_NEW, ADA_OLD};
use crate::Conn;

#[derive(Debug, Parser)]
struct Program {
    #[command(subcommand)]
    command: Command,
}

/// Runs a command, and gives what it prints and how it ends. The program has models of which there is no table here, so
/// that each command names its own.
fn run(conn: &mut Conn, words: &[&str]) -> (String, u8) {
    let words = std::iter::once("program").chain(words.iter().copied());
    let program = Program::try_parse_from(words).unwrap();
    let mut out = Vec::new();
    let end = program.command.run_to(conn, &mut out);
    (String::from_utf8(out).unwrap(), end)
}

fn damaged() -> Conn {
    let mut conn = shop::open();
    let damage = "UPDATE orders SET label = 'wrong', total_cents = 3 WHERE id < 3";
    conn.inner_mut().batch_execute(damage).unwrap();
    conn
}

#[test]
fn a_check_ends_with_0_where_all_is_right_and_with_1_where_something_differs() {
    let mut conn = shop::open();
    let (said, end) = run(&mut conn, &["check", "--model", "Order"]);
    assert_eq!(
        (said.as_str(), end),
        ("3 rows seen, 0 differed, 0 written\n", 0)
    );
    let mut conn = damaged();
    let before = rows(&mut conn).text();
    let words = [
        "check",
        "--field",
        "Order::label",
        "--where",
        "Order: id <> 1",
    ];
    let (said, end) = run(&mut conn, &words);
    assert_eq!(end, 1);
    let mut lines = said.lines();
    let first = lines.next().unwrap();
    assert!(
        first.contains("`Order::label` of the row with the key 2 is `wrong`"),
        "{said}"
    );
    assert_eq!(lines.next(), Some("2 rows seen, 1 differed, 0 written"));
    assert_eq!(rows(&mut conn).text(), before);
}

#[test]
fn what_a_check_prints_as_json_a_repair_reads_and_mends_and_nothing_else() {
    let mut conn = damaged();
    let words = [
        "check",
        "--field",
        "Order::label",
        "--where",
        "Order: id = 2",
        "--json",
    ];
    let (said, end) = run(&mut conn, &words);
    assert_eq!(end, 1);
    let lines: Vec<serde_json::Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert_eq!(lines[0]["model"], "Order");
    assert_eq!(lines[0]["field"], "label");
    assert_eq!(lines[0]["key"], "2");
    assert_eq!(lines[0]["stored"], "wrong");
    assert_eq!(lines[1]["differing"], 1);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &said).unwrap();
    let (said, end) = run(
        &mut conn,
        &["repair", "--from", file.path().to_str().unwrap()],
    );
    assert_eq!(end, 1, "{said}");
    assert!(
        said.ends_with("1 rows seen, 1 differed, 1 written\n"),
        "{said}"
    );
    assert_ne!(shop::get::<Order>(&mut conn, ADA_NEW).label, "wrong");
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).label, "wrong");
}

#[test]
fn of_each_row_in_a_list_only_the_fields_are_mended_that_it_names() {
    let mut conn = damaged();
    let (said, _) = run(&mut conn, &["check", "--model", "Order", "--json"]);
    let is_meant = |line: &&str| {
        line.contains(r#""field":"label","key":"1""#)
            || line.contains(r#""field":"total_cents","key":"2""#)
    };
    let list: Vec<&str> = said.lines().filter(is_meant).collect();
    assert_eq!(list.len(), 2, "{said}");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), list.join("\n")).unwrap();
    run(
        &mut conn,
        &["repair", "--from", file.path().to_str().unwrap()],
    );
    let [old, new] = [ADA_OLD, ADA_NEW].map(|key| shop::get::<Order>(&mut conn, key));
    assert_ne!(old.label, "wrong");
    assert_eq!(old.total_cents, 3);
    assert_ne!(new.total_cents, 3);
}

#[test]
fn a_repair_and_a_rebuild_mend_what_differs() {
    for action in ["repair", "rebuild"] {
        let mut conn = damaged();
        let (said, end) = run(&mut conn, &[action, "--model", "Order", "--batch", "2"]);
        assert_eq!(end, 1, "{said}");
        assert_right(&mut conn);
        let (said, end) = run(&mut conn, &[action, "--model", "Order"]);
        assert_eq!(end, 0, "{said}");
    }
}

#[test]
fn the_status_says_which_fields_are_current_once_the_table_is_made() {
    let mut conn = damaged();
    let (said, end) = run(&mut conn, &["status"]);
    assert_eq!((said.as_str(), end), ("", 2), "there is no table yet");
    assert_eq!(run(&mut conn, &["setup"]).1, 0);
    let (said, end) = run(&mut conn, &["status"]);
    assert_eq!(end, 1);
    let of_label = |said: &str| {
        let mut lines = said
            .lines()
            .filter(|line| line.starts_with("Order::label "));
        lines
            .next()
            .unwrap()
            .split_whitespace()
            .last()
            .unwrap()
            .to_owned()
    };
    assert_eq!(of_label(&said), "new");
    run(&mut conn, &["rebuild", "--model", "Order"]);
    let (said, _) = run(&mut conn, &["status"]);
    assert_eq!(of_label(&said), "current");
    assert_eq!(run(&mut conn, &["setup", "--adopt"]).1, 0);
    let (said, end) = run(&mut conn, &["status", "--json"]);
    assert_eq!(end, 0, "{said}");
    let all = said
        .lines()
        .all(|line| line.contains("\"state\":\"current\""));
    assert!(all && said.lines().count() > 20, "{said}");
}

#[test]
fn what_is_not_known_or_not_to_be_read_ends_with_2() {
    let mut conn = shop::open();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "{\"model\":\"Order\"}").unwrap();
    let file = file.path().to_str().unwrap();
    for words in [
        &["check", "--model", "Ordr"][..],
        &["check", "--field", "Order::no"],
        &["check", "--label", "no"],
        &[
            "check",
            "--model",
            "Order",
            "--where",
            "Order: no_such_column = 1",
        ],
        &["repair", "--from", "/no/such/file"],
        &["repair", "--from", file],
    ] {
        assert_eq!(run(&mut conn, words), (String::new(), 2), "{words:?}");
    }
    let parsed = Program::try_parse_from(["program", "check", "--where", "no colon"]);
    let message = parsed.unwrap_err().to_string();
    assert!(message.contains("Order: customer_id = 7"), "{message}");
}

#[test]
fn what_follows_from_a_write_is_told_as_text_and_as_json() {
    let mut conn = shop::open();
    let (said, end) = run(&mut conn, &["explain", "update", "regions.name"]);
    assert_eq!(end, 0);
    assert!(said.starts_with("update regions.name\n"), "{said}");
    assert!(said.contains("Customer::title (setter title)"), "{said}");
    let (said, _) = run(&mut conn, &["explain", "--json", "update regions.name"]);
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["follows"][0]["fields"][0], "title");
    assert_eq!(
        json["follows"][0]["ways"][0]["hops"][0],
        "regions <- customers.region_code"
    );
    let statements = json["statements"].as_array().unwrap();
    assert!(
        statements
            .iter()
            .any(|it| it["action"] == "update" && it["table"] == "customers")
    );
    let words = [
        "explain",
        "--rows",
        "--where",
        "code = 'n'",
        "--json",
        "touch",
        "regions",
    ];
    let (said, _) = run(&mut conn, &words);
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(json["rows"], 1);
    let (said, end) = run(&mut conn, &["explain", "update", "regions.nam"]);
    assert_eq!((said.as_str(), end), ("", 2));
}

#[test]
fn the_graph_is_drawn_in_each_format() {
    let mut conn = shop::open();
    for (format, begins, holds) in [
        (
            "text",
            "",
            "reads items.amount_cents by items.order_id -> orders",
        ),
        ("mermaid", "graph LR\n", "-->|\"items.order_id -> orders\"|"),
        (
            "dot",
            "digraph maintained {\n",
            "\"items.amount_cents\" -> \"orders.total_cents\"",
        ),
        ("json", "{", "\"from\":\"items.amount_cents\""),
    ] {
        let (said, end) = run(&mut conn, &["graph", "--format", format]);
        assert_eq!(end, 0);
        assert!(
            said.starts_with(begins) && said.contains(holds),
            "{format}: {said}"
        );
    }
    let (said, _) = run(&mut conn, &["graph", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    let picture = maintained::operations::graph::<crate::Inner>().unwrap();
    assert_eq!(json["edges"].as_array().unwrap().len(), picture.edges.len());
    assert_eq!(
        json["fields"].as_array().unwrap().len(),
        picture.fields.len()
    );
}

#[test]
fn several_jobs_take_a_program_that_opens_a_connection_for_each() {
    let place = crate::Shared::new();
    let mut conn = place.connect();
    shop::stock(&mut conn).unwrap();
    let damage = "UPDATE orders SET label = 'wrong'";
    conn.inner_mut().batch_execute(damage).unwrap();
    let words = [
        "rebuild",
        "--field",
        "Order::label",
        "--jobs",
        "2",
        "--batch",
        "1",
    ];
    let (said, end) = run(&mut conn, &words);
    assert_eq!((said.as_str(), end), ("", 2), "there is but one connection");
    let words = std::iter::once("program").chain(words);
    let program = Program::try_parse_from(words).unwrap();
    let mut out = Vec::new();
    let connect = || Ok::<_, maintained::Error>(place.connect());
    assert_eq!(program.command.run_on_to(connect, &mut out), 1);
    let said = String::from_utf8(out).unwrap();
    assert!(
        said.ends_with("3 rows seen, 3 differed, 3 written\n"),
        "{said}"
    );
    assert_right(&mut conn);
    let words = ["check", "--model", "Order", "--keys", "Order: 2.."];
    let (said, end) = run(&mut conn, &words);
    assert_eq!(
        (said.as_str(), end),
        ("2 rows seen, 0 differed, 0 written\n", 0)
    );
}
