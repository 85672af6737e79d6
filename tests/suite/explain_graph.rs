//! How writes are named, what they would have computed, and the graph of all fields.

use maintained::operations;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::{Category, Customer, Item, Product};
use super::support::oracle::rows;
use super::support::shop::{self, ADA, FOOD, MILK, MILK_LINE, TEA_LINE};
use crate::{Conn, Inner};

#[test]
fn a_write_is_named_by_tables_or_by_models() {
    let by_table = operations::explain::<Inner>("update items.price_cents").unwrap();
    let by_model = operations::explain::<Inner>("UPDATE Item::price_cents").unwrap();
    assert_eq!(by_table, by_model);
    let several = operations::explain::<Inner>("update items.price_cents, quantity").unwrap();
    assert_eq!(several.write, "update items.quantity, items.price_cents");
    let text = by_table.to_string();
    let way = "Order::total_cents, Order::item_count (setter totals)\n    from items.amount_cents by items.order_id -> orders";
    assert!(text.contains(way), "{text}");
}

#[test]
fn what_is_no_write_is_refused_with_what_was_probably_meant() {
    for (write, says) in [
        ("", "say `insert items`"),
        ("insert", "say `insert items`"),
        ("upsert items", "say `insert items`"),
        ("update", "say `insert items`"),
        (
            "update items.price_cents, orders.note",
            "say `insert items`",
        ),
        ("insert itms", "did you mean `items`?"),
        ("update items.price", "has no column `price`"),
        ("update items.price_cent", "did you mean `price_cents`?"),
        ("delete Ordr", "did you mean `Order`?"),
    ] {
        let error = operations::explain::<Inner>(write).unwrap_err();
        assert!(error.to_string().contains(says), "{write}: {error}");
    }
}

/// A write, which rows it is about, and a touch of these.
type Touch = (&'static str, &'static str, fn(&mut Conn) -> Outcome);

#[test]
fn a_dry_run_counts_the_rows_that_a_touch_computes() {
    let mut conn = shop::open();
    let touches: [Touch; 4] = [
        ("touch items", "order_id = 1", |conn| {
            Item::touch(conn, &[MILK_LINE, TEA_LINE])
        }),
        ("touch categories", "id = 2", |conn| {
            Category::touch(conn, &[FOOD])
        }),
        ("touch products", "id = 1", |conn| {
            Product::touch(conn, &[MILK])
        }),
        ("touch customers", "id = 1", |conn| {
            Customer::touch(conn, &[ADA])
        }),
    ];
    for (write, condition, touch) in touches {
        let before = rows(&mut conn).text();
        let dry = operations::dry_run(&mut conn, write, Some(condition)).unwrap();
        assert_eq!(rows(&mut conn).text(), before);
        touch(&mut conn).unwrap();
        let report = conn.last_flush().unwrap();
        // What is touched is right, so that the touched rows' own readers are all that is computed.
        for ((model, setter), done) in &report.setters {
            let is_it = |it: &&operations::FieldRows| {
                it.model == *model && (it.fields.contains(setter) || it.fields.len() > 1)
            };
            let said = dry.fields.iter().find(is_it);
            let said = said.unwrap_or_else(|| panic!("{write}: {model}::{setter}"));
            assert!(
                done.computed <= said.rows,
                "{write}: {model}::{setter}: {dry}"
            );
        }
    }
}

#[test]
fn a_dry_run_follows_changes_as_far_as_they_can_come() {
    let mut conn = shop::open();
    let counted = |conn: &mut Conn, write: &str, condition| {
        let dry = operations::dry_run(conn, write, condition).unwrap();
        let of = |it: &operations::FieldRows| (it.fields[0], it.rows);
        (dry.rows, dry.fields.iter().map(of).collect::<Vec<_>>())
    };
    let (rows, fields) = counted(&mut conn, "update regions.name", Some("code = 'n'"));
    assert_eq!((rows, fields), (1, vec![("title", 2)]));
    let (rows, fields) = counted(&mut conn, "update categories.name", Some("id = 1"));
    assert_eq!(rows, 1);
    let paths = fields.iter().find(|(field, _)| *field == "path");
    assert_eq!(
        paths,
        Some(&("path", 3)),
        "it goes down the tree: {fields:?}"
    );
    let error = operations::dry_run(&mut conn, "insert items", None).unwrap_err();
    assert!(error.to_string().contains("`explain`"), "{error}");
}

#[test]
fn the_graph_has_an_edge_for_each_thing_that_a_field_reads() {
    let picture = operations::graph::<Inner>().unwrap();
    let edge = |from: &str, to: &str| {
        let mut edges = picture.edges.iter();
        edges.find(|edge| edge.from == from && edge.to == to)
    };
    let total = edge("items.amount_cents", "orders.total_cents").unwrap();
    assert_eq!(total.way, ["items.order_id -> orders"]);
    assert!(total.is_field);
    let title = edge("regions.name", "customers.title").unwrap();
    assert_eq!(title.way, ["regions <- customers.region_code"]);
    assert!(!title.is_field);
    assert!(
        edge("customers.name", "customers.title")
            .unwrap()
            .way
            .is_empty()
    );
    assert!(edge("items.price_cents", "orders.label").is_none());
    let (mermaid, dot) = (picture.mermaid(), picture.dot());
    assert_eq!(mermaid.matches("-->").count(), picture.edges.len());
    assert_eq!(
        dot.matches(" -> ").count() - ways(&picture),
        picture.edges.len()
    );
}

/// How many arrows are in the labels of a graph.
fn ways(picture: &operations::Picture) -> usize {
    let hops = picture.edges.iter().flat_map(|edge| &edge.way);
    hops.filter(|hop| hop.contains(" -> ")).count()
}
