//! Imports and validations, whole and in parts, and those that do not come to their end.

use std::convert::Infallible;

use futures_util::stream;
use reqwest::{Body, Client, Method};
use serde_json::{Value, json};

use tokio::sync::mpsc;

use crate::load::client::{End, chunks};
use crate::running::Running;

const FILE: &str = "order,product,quantity,price_cents\n\
    1, tea, 2, 450\n1,pot,0,900\n777,pot,1,900\none,pot,1,900\n2,pot\n2,pot,1,100\n";

const ITEMS: &str = "SELECT count(*) AS number FROM items";
const TOTAL: &str = "SELECT CAST(sum(total_cents) AS BIGINT) AS number FROM orders";

/// An upload whose lines are sent one by one.
pub struct Slow {
    lines: mpsc::UnboundedSender<String>,
    answer: tokio::task::JoinHandle<Value>,
}

impl Slow {
    pub fn begin(running: &Running, path: &str) -> Self {
        let (lines, sent) = mpsc::unbounded_channel();
        let body = stream::unfold(sent, async |mut sent: mpsc::UnboundedReceiver<String>| {
            let line = sent.recv().await?;
            Some((Ok::<_, Infallible>(line), sent))
        });
        let request = Client::new().post(format!("{}{path}", running.url));
        let request = request
            .header("x-user", "eva")
            .body(Body::wrap_stream(body));
        let answer = tokio::spawn(async { request.send().await.unwrap().json().await.unwrap() });
        let slow = Self { lines, answer };
        slow.send("order,product,quantity,price_cents\n");
        slow
    }

    pub fn send(&self, line: &str) {
        self.lines.send(line.to_owned()).unwrap();
    }

    /// Ends the upload.
    pub async fn end(self) -> Value {
        drop(self.lines);
        self.answer.await.unwrap()
    }
}

/// The lines of the rows that were refused.
fn refused(answer: &Value) -> Vec<u64> {
    let refusals = answer["refusals"].as_array().unwrap();
    let lines = refusals.iter().map(|refusal| refusal["line"].as_u64());
    lines.map(Option::unwrap).collect()
}

#[tokio::test]
async fn an_import_writes_all_rows_but_those_that_are_refused() {
    for running in Running::both().await {
        let (status, answer) = running.send("eva", Method::POST, "/import", FILE).await;
        assert_eq!((status, &answer["mode"]), (200, &json!("buffered")));
        assert_eq!(
            (&answer["committed"], &answer["loaded"]),
            (&json!(true), &json!(2))
        );
        assert_eq!(
            (answer["refused"].as_u64(), refused(&answer)),
            (Some(4), vec![3, 4, 5, 6])
        );
        assert_eq!((running.count(ITEMS), running.count(TOTAL)), (2, 1_000));
        let stamped = "SELECT count(*) AS number FROM items
            WHERE updated_by = 'eva' AND updated_mode = 'buffered'";
        assert_eq!(running.count(stamped), 2);
    }
}

#[tokio::test]
async fn a_validation_tells_the_same_and_leaves_nothing() {
    for running in Running::both().await {
        let (status, answer) = running.send("eva", Method::POST, "/validate", FILE).await;
        assert_eq!((status, &answer["mode"]), (200, &json!("disabled")));
        assert_eq!(
            (&answer["committed"], &answer["loaded"]),
            (&json!(false), &json!(2))
        );
        assert_eq!(refused(&answer), [3, 4, 5, 6]);
        assert_eq!(running.count(ITEMS), 0);
    }
}

#[tokio::test]
async fn an_import_in_parts_loads_what_a_whole_one_loads() {
    for running in Running::both().await {
        for batch in [1, 2, 6, 7] {
            let path = format!("/import?batch={batch}");
            let (_, answer) = running.send("eva", Method::POST, &path, FILE).await;
            assert_eq!(
                (&answer["loaded"], refused(&answer)),
                (&json!(2), vec![3, 4, 5, 6])
            );
        }
        assert_eq!((running.count(ITEMS), running.count(TOTAL)), (8, 4_000));
    }
}

#[tokio::test]
async fn an_import_whose_setter_fails_leaves_nothing_of_its_part() {
    for running in Running::both().await {
        let mut file = FILE.to_owned();
        file.push_str("3,gold,3,9000000000000000000\n");
        let (status, answer) = running
            .send("eva", Method::POST, "/import", file.clone())
            .await;
        assert_eq!((status, &answer["loaded"]), (422, &json!(0)));
        assert_eq!(running.count(ITEMS), 0);
        // The first parts are committed before the last one fails.
        let (status, answer) = running
            .send("eva", Method::POST, "/import?batch=6", file)
            .await;
        assert_eq!((status, &answer["loaded"]), (422, &json!(2)));
        assert_eq!((running.count(ITEMS), running.count(TOTAL)), (2, 1_000));
    }
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_of_an_import_leaves_nothing() {
    for running in Running::both().await {
        let lines = FILE.lines().map(|line| format!("{line}\n")).collect();
        let import = Client::new().post(format!("{}/import", running.url));
        let sent = import.body(chunks(lines, End::Broken)).send().await;
        assert!(sent.is_err(), "{sent:?}");
        // The next write waits for what is left of the scope.
        let (status, _) = running.send("eva", Method::POST, "/import", FILE).await;
        assert_eq!(status, 200);
        assert_eq!((running.count(ITEMS), running.count(TOTAL)), (2, 1_000));
    }
}

#[tokio::test]
async fn an_import_is_streamed() {
    for running in Running::both().await {
        let slow = Slow::begin(&running, "/import?batch=1");
        for rows in 1..=3 {
            slow.send("1,tea,1,100\n");
            while running.count(ITEMS) < rows {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        }
        assert_eq!(slow.end().await["loaded"], 3);
    }
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_ends_the_import_that_runs() {
    for running in Running::both().await {
        let slow = Slow::begin(&running, "/import?batch=1");
        slow.send("1,tea,1,100\n");
        while running.count(ITEMS) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        running.stop.send(()).unwrap();
        // It takes no more connections.
        while reqwest::get(&running.url).await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        slow.send("1,pot,1,200\n");
        assert_eq!(slow.end().await["loaded"], 2);
        running.served.await.unwrap().unwrap();
        let total = running.place.plain().count(TOTAL);
        assert_eq!(total, 300);
    }
}
