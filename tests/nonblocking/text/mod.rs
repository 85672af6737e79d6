//! What is tested, on whichever database includes it.

mod cancel;
mod lost;
mod operations;
mod pools;
mod retries;
mod scopes;
mod shared;
mod stress;
mod transactions;
mod writes;

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;

use super::{Conn, NUMBER, Place};

/// What a task of a test comes to.
pub type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Debug, QueryableByName)]
pub struct Number {
    #[diesel(sql_type = BigInt)]
    pub number: i64,
}

/// The number by which the server knows a connection.
pub async fn number_of(conn: &mut Conn) -> i64 {
    let found: Number = diesel::sql_query(NUMBER).get_result(conn).await.unwrap();
    found.number
}

/// A place, and a connection to it.
pub async fn open() -> (Place, Conn) {
    let place = Place::new();
    let conn = place.connect().await;
    (place, conn)
}
