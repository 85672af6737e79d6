//! Edits, what is told of them, and the end of the server.

use reqwest::{Client, Method};
use serde_json::json;

use crate::running::Running;

/// An order of Ada's with two teas.
const ORDER: &str = r#"{"customer": 1, "note": "a note",
    "items": [{"product": "tea", "quantity": 2, "price_cents": 450}]}"#;

#[tokio::test]
async fn an_edit_is_immediate_and_answers_with_what_follows() {
    for running in Running::both().await {
        let (status, made) = running.send("eva", Method::POST, "/orders", ORDER).await;
        assert_eq!((status, &made["mode"]), (200, &json!("immediate")));
        assert_eq!(made["order"]["total_cents"], 900);
        assert_eq!(made["order"]["label"], "Ada #21, 1 items");

        let rename = r#"{"name": "Ada L."}"#;
        let (_, renamed) = running
            .send("eva", Method::PATCH, "/customers/1", rename)
            .await;
        assert_eq!(renamed["customer"]["spent_cents"], 900);
        let change = r#"{"quantity": 3}"#;
        let (_, changed) = running.send("eva", Method::PATCH, "/items/1", change).await;
        assert_eq!(changed["order"]["total_cents"], 1350);
        assert_eq!(changed["order"]["label"], "Ada L. #21, 1 items");
        let (_, deleted) = running.send("eva", Method::DELETE, "/items/1", "").await;
        assert_eq!(deleted["order"]["total_cents"], 0);
    }
}

#[tokio::test]
async fn a_row_is_stamped_with_the_user_who_asks_and_the_mode() {
    for running in Running::both().await {
        running.send("eva", Method::POST, "/orders", ORDER).await;
        let (_, changed) = running
            .send("bob", Method::PATCH, "/items/1", r#"{"quantity": 3}"#)
            .await;
        assert_eq!(changed["user"], "bob");
        assert_eq!(changed["order"]["updated_by"], "eva");
        let stamped = "SELECT count(*) AS number FROM items
            WHERE updated_by = 'bob' AND updated_mode = 'immediate'";
        assert_eq!(running.count(stamped), 1);
        let (_, deleted) = running.send("kim", Method::DELETE, "/items/1", "").await;
        assert_eq!(deleted["order"]["updated_by"], "kim");
    }
}

#[tokio::test]
async fn an_edit_that_fails_leaves_nothing() {
    for running in Running::both().await {
        let bad = |quantity: i32, price: i64| {
            let tea = json!({ "product": "tea", "quantity": 1, "price_cents": 100 });
            let bad = json!({ "product": "pot", "quantity": quantity, "price_cents": price });
            json!({ "customer": 1, "items": [tea, bad] }).to_string()
        };
        // The database refuses the first one, and the setter the second one.
        for (order, why) in [(bad(0, 100), "check"), (bad(9, i64::MAX / 2), "too large")] {
            let (status, answer) = running.send("eva", Method::POST, "/orders", order).await;
            let said = answer["error"].as_str().unwrap().to_lowercase();
            assert_eq!((status, said.contains(why)), (422, true), "{said}");
            assert_eq!(answer["retry"], false);
        }
        assert_eq!(running.count("SELECT count(*) AS number FROM items"), 0);
        let orders = "SELECT count(*) AS number FROM orders";
        assert_eq!(running.count(orders), 20);
    }
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_refused_with_its_reason() {
    for running in Running::both().await {
        for (method, path, body, expected) in [
            (Method::PATCH, "/items/77", r#"{"quantity": 3}"#, 404),
            (Method::DELETE, "/items/77", "", 404),
            (
                Method::POST,
                "/orders",
                r#"{"customer": 77, "items": []}"#,
                409,
            ),
            (Method::POST, "/orders", r#"{"customer": "Ada"}"#, 400),
            (Method::POST, "/orders", "no JSON", 400),
        ] {
            let (status, answer) = running.send("eva", method, path, body).await;
            assert_eq!(status, expected, "{path} {body}: {answer}");
            assert!(answer["error"].is_string(), "{answer}");
        }
    }
}

#[tokio::test]
async fn a_read_is_outside_of_all_scopes() {
    for running in Running::both().await {
        running.send("eva", Method::POST, "/orders", ORDER).await;
        let (_, read) = running.send("eva", Method::GET, "/orders", "").await;
        assert_eq!(read["mode"], "immediate");
        assert_eq!(read["user"], json!(null));
        assert_eq!(read["orders"][0]["note"], "a note");
    }
}

#[tokio::test]
async fn the_status_lists_each_field() {
    for running in Running::both().await {
        let (status, answer) = running.send("eva", Method::GET, "/status", "").await;
        assert_eq!((status, &answer["current"]), (200, &json!(true)));
        let label = json!({ "model": "Order", "field": "label", "state": "current" });
        let fields = answer["fields"].as_array().unwrap();
        assert_eq!((fields.len(), fields.contains(&label)), (5, true));
    }
}

#[tokio::test]
async fn the_metrics_count_requests_by_mode_and_rows_by_model() {
    for running in Running::both().await {
        running.send("eva", Method::POST, "/orders", ORDER).await;
        let metrics = Client::new().get(format!("{}/metrics", running.url));
        let text = metrics.send().await.unwrap().text().await.unwrap();
        for line in [
            "shop_requests_total{kind=\"edit\",mode=\"immediate\"} ",
            "maintained_rows_changed_total{model=\"Order\"} ",
            "shop_request_seconds{kind=\"edit\",quantile=\"0.99\"} ",
        ] {
            assert!(text.contains(line), "{line} is missing in {text}");
        }
    }
}
