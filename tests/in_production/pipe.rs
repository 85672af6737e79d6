//! `check --json | repair --from -`, as two processes.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::shop::{Shop, process, run_if_asked};

#[derive(Debug, QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    rows_: i64,
}

#[test]
fn a_thousand_damaged_cells_are_found_named_and_mended_through_a_pipe_and_nothing_else_is_written()
{
    run_if_asked();
    let test = "pipe::a_thousand_damaged_cells_are_found_named_and_mended_through_a_pipe_and_nothing_else_is_written";
    let shop = Shop::new(700);
    let right = shop.rows();
    let damage = "UPDATE orders SET label = 'wrong ' || id, total_cents = -id WHERE id > 100 AND id <= 600;
         CREATE TABLE written (what TEXT NOT NULL);
         CREATE TRIGGER note_orders AFTER UPDATE ON orders BEGIN INSERT INTO written VALUES ('order ' || new.id); END;
         CREATE TRIGGER note_customers AFTER UPDATE ON customers BEGIN INSERT INTO written VALUES ('customer'); END;
         CREATE TRIGGER note_items AFTER UPDATE ON items BEGIN INSERT INTO written VALUES ('item'); END;";
    shop.by_hand(damage);
    let check = ["check", "--model", "Order", "--json"];
    let found = process(test, &shop, &check, "");
    assert_eq!(found.code, Some(1), "{found:?}");
    let lines: Vec<serde_json::Value> = found
        .json
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
    let mended = process(
        test,
        &shop,
        &["repair", "--from", "-", "--json"],
        &found.json,
    );
    assert_eq!(mended.code, Some(1), "something differed: {mended:?}");
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
    assert_eq!(process(test, &shop, &check, "").code, Some(0));
}
