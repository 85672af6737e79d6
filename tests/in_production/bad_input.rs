//! What the command says of bad input, and of a database that cannot be written.

use crate::shop::{Ended, Shop, process, process_on, run_if_asked};

const TEST: &str = "bad_input::what_cannot_be_done_ends_with_2_says_what_to_do_and_writes_nothing";

#[track_caller]
fn says(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for word in words {
        assert!(ended.errors.contains(word), "{word}: {ended:?}");
    }
    assert_eq!(ended.errors.lines().count(), 1, "{ended:?}");
}

#[test]
fn what_cannot_be_done_ends_with_2_says_what_to_do_and_writes_nothing() {
    run_if_asked();
    let shop = Shop::new(50);
    let url = shop.file("shop.db").to_str().unwrap().to_owned();
    shop.by_hand("UPDATE orders SET label = 'wrong'");
    let before = shop.rows();
    for (words, expected) in [
        (
            &["check", "--model", "Ordr"][..],
            &["no model `Ordr`", "did you mean `Order`?"][..],
        ),
        (
            &["check", "--field", "Order::lable"],
            &["`Order::lable`", "did you mean `Order::label`?"],
        ),
        (
            &["check", "--label", "name"],
            &["label `name`", "did you mean `names`?"],
        ),
        (
            &["repair", "--where", "Ordr: id = 1"],
            &["did you mean `Order`?"],
        ),
        (
            &["repair", "--where", "Order: id ="],
            &["`id =`", "SQL", "syntax error"],
        ),
        (
            &["repair", "--where", "Order: no_such = 1"],
            &["`no_such = 1`", "no_such"],
        ),
        (
            &["rebuild", "--keys", "Order: a..b"],
            &["`Order`", "column"],
        ),
        (
            &["explain", "update", "orders.total_cent"],
            &["did you mean `total_cents`?"],
        ),
        (&["repair", "--from", "/no/such/file"], &["/no/such/file"]),
    ] {
        says(&process(TEST, &shop, words, ""), expected);
    }
    let list = process(TEST, &shop, &["repair", "--from", "-"], "no list");
    says(&list, &["line 1 is no JSON"]);
    let read_only = format!("file:{url}?mode=ro");
    let check = ["check", "--model", "Order", "--json"];
    let checked = process_on(TEST, (&read_only, ""), &check, "");
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert_eq!(checked.json.matches("\"verified\":false").count(), 50);
    assert!(checked.json.contains("\"unverified\":50"), "{checked:?}");
    let repair = ["repair", "--model", "Order"];
    let refused = process_on(TEST, (&read_only, ""), &repair, "");
    says(&refused, &["readonly", "connect as a user who may write"]);
    let rebuild = ["rebuild", "--field", "Order::label", "--batch", "10"];
    says(
        &process_on(TEST, (&url, "PRAGMA query_only = ON"), &rebuild, ""),
        &["may write"],
    );
    assert_eq!(shop.rows(), before);
    let mended = process(TEST, &shop, &["repair", "--from", "-"], &checked.json);
    assert_eq!(mended.code, Some(1), "{mended:?}");
    assert_ne!(shop.rows(), before);
    assert_eq!(process(TEST, &shop, &check, "").code, Some(0));
}

#[test]
fn a_full_disk_leaves_whole_batches_and_the_same_rebuild_goes_on() {
    run_if_asked();
    let test = "bad_input::a_full_disk_leaves_whole_batches_and_the_same_rebuild_goes_on";
    let shop = Shop::new(2_000);
    let url = shop.file("shop.db").to_str().unwrap().to_owned();
    let right = shop.rows();
    assert_eq!(shop.run(&["setup"]).1, 0);
    shop.by_hand("UPDATE orders SET label = ''; VACUUM");
    let rebuild = ["rebuild", "--field", "Order::label", "--batch", "50"];
    let pages = shop.texts("SELECT CAST(page_count AS TEXT) AS row_text FROM pragma_page_count()");
    let full = format!(
        "PRAGMA max_page_count = {}",
        pages[0].parse::<i64>().unwrap() + 1
    );
    let ended = process_on(test, (&url, &full), &rebuild, "");
    says(&ended, &["disk is full", "run the command again"]);
    let labels = shop.texts("SELECT label AS row_text FROM orders ORDER BY id");
    let done = labels.iter().take_while(|label| !label.is_empty()).count();
    assert!(
        done > 0 && done < labels.len(),
        "{done} labels were written"
    );
    assert_eq!(done % 50, 0, "no half batch is left");
    assert!(labels[done..].iter().all(String::is_empty));
    let ended = process(test, &shop, &[&rebuild[..], &["--json"]].concat(), "");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended
            .json
            .contains(&format!("\"seen\":{}", labels.len() - done)),
        "{ended:?}"
    );
    assert_eq!(shop.rows(), right);
}
