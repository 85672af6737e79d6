//! The shop, whichever database it is in.

#[cfg(feature = "postgres")]
mod awaited;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use maintained::operations::Status;

use super::answer::{Done, Edited, Failure, Listed, Uploaded};
use super::request::{Edit, Part, User};
use super::upload::Rows;

/// The shop that the requests share: a pool of connections.
pub(crate) type Shop = Arc<dyn Store>;

/// What the requests ask of the shop. Each call is one scope on one connection of the pool.
pub(crate) trait Store: Send + Sync {
    fn edit(&self, user: User, edit: Edit) -> BoxFuture<'_, Result<Done<Edited>, Failure>>;

    /// Writes a part of an upload, and gives back what is left of it.
    fn upload(
        &self,
        user: User,
        part: Part,
        rows: Rows,
    ) -> BoxFuture<'_, Result<(Done<Uploaded>, Rows), Failure>>;

    fn orders(&self) -> BoxFuture<'_, Result<Listed, Failure>>;

    fn status(&self) -> BoxFuture<'_, Result<Status, Failure>>;
}

/// Opens the shop at an address: that of a `PostgreSQL` server, or the path of an `SQLite` file.
pub(crate) async fn open(address: &str, size: u32, names: &[&str]) -> Result<Shop, Failure> {
    if address.starts_with("postgres://") || address.starts_with("postgresql://") {
        return open_postgres(address, size, names).await;
    }
    Ok(Arc::new(sqlite::Sqlite::open(address, size, names).await?))
}

#[cfg(feature = "postgres")]
async fn open_postgres(address: &str, size: u32, names: &[&str]) -> Result<Shop, Failure> {
    let shop = postgres::Postgres::open(address, size, names).await?;
    Ok(Arc::new(shop))
}

#[cfg(not(feature = "postgres"))]
#[expect(clippy::unused_async, reason = "it is awaited as the other one is")]
async fn open_postgres(_: &str, _: u32, _: &[&str]) -> Result<Shop, Failure> {
    let why = "build this program with `--features postgres` to use a PostgreSQL server";
    Err(Failure::Request(why.to_owned()))
}
