//! A model that leaves columns of its table out: they are written as all others are, and nothing follows from them.

#![allow(clippy::duplicate_mod, reason = "one text for all databases")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "left_out/models.rs"]
mod models;

#[cfg(feature = "mysql")]
#[path = "left_out/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "left_out/postgres.rs"]
mod postgres;
#[path = "left_out/sqlite.rs"]
mod sqlite;

#[cfg(any(feature = "mysql", feature = "postgres"))]
fn server(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("set {name} to the address of a database on a server; or run `cargo xtask test`")
    })
}
