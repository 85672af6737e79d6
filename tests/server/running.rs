//! A server that runs for a test.

use std::sync::Arc;

use reqwest::{Body, Client, Method};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::load::place::Place;
use crate::server::models::CUSTOMERS;
use crate::server::serve;
use crate::server::shop::Shop;
use crate::server::shop::postgres::{self, Postgres};
use crate::server::shop::sqlite::{self, Sqlite};

/// A server, its database, and the connections that it shares with the test.
pub struct Running {
    pub url: String,
    pub pool: Pool,
    pub stop: oneshot::Sender<()>,
    pub served: JoinHandle<std::io::Result<()>>,
    /// Dropped last.
    pub place: Place,
}

/// The pool of a server.
pub enum Pool {
    Sqlite(sqlite::Pool),
    Postgres(postgres::Pool),
}

impl Running {
    /// A server on `SQLite`, and one on `PostgreSQL`, over a new shop with the usual customers.
    pub async fn both() -> [Self; 2] {
        let one = Self::start(Place::sqlite(), 2, &CUSTOMERS).await;
        [one, Self::start(Place::postgres(), 2, &CUSTOMERS).await]
    }

    /// Sends a request, and takes its status and the JSON that comes back.
    pub async fn send(
        &self,
        user: &str,
        method: Method,
        path: &str,
        body: impl Into<Body>,
    ) -> (u16, Value) {
        let request = Client::new().request(method, format!("{}{path}", self.url));
        let request = request.header("x-user", user).body(body);
        let request = request.header("content-type", "application/json");
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json().await.unwrap())
    }

    /// The one number that a query returns, by plain SQL.
    pub fn count(&self, sql: &str) -> i64 {
        self.place.plain().count(sql)
    }

    /// A server over a new shop that has these customers.
    pub async fn start(place: Place, size: u32, names: &[&str]) -> Self {
        let address = place.address();
        let (store, pool): (Shop, Pool) = match &place {
            Place::Sqlite(_) => {
                let shop = Sqlite::open(&address, size, names).await.unwrap();
                let pool = Pool::Sqlite(shop.pool.clone());
                (Arc::new(shop), pool)
            }
            Place::Postgres(_) => {
                let shop = Postgres::open(&address, size, names).await.unwrap();
                let pool = Pool::Postgres(shop.pool.clone());
                (Arc::new(shop), pool)
            }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, told) = oneshot::channel();
        let served = tokio::spawn(serve(listener, store, async {
            told.await.ok();
        }));
        Self {
            url,
            pool,
            stop,
            served,
            place,
        }
    }
}
