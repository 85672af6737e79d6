//! Which maintained fields follow from the definitions that the program has.

#![allow(clippy::duplicate_mod, reason = "one text for all databases")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "definitions/models.rs"]
mod models;

#[cfg(feature = "mysql")]
#[path = "definitions/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "definitions/postgres.rs"]
mod postgres;
#[path = "definitions/sqlite.rs"]
mod sqlite;

#[cfg(any(feature = "mysql", feature = "postgres"))]
fn server(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("set {name} to the address of a database on a server; or run `cargo xtask test`")
    })
}

/// Makes the table on all connections at the same time, and records all definitions.
#[cfg(any(feature = "mysql", feature = "postgres"))]
fn start_together<C: maintained::Database + Send>(conns: Vec<maintained::MaintainedConnection<C>>) {
    let barrier = std::sync::Barrier::new(conns.len());
    std::thread::scope(|scope| {
        for mut conn in conns {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                C::value(maintained::operations::set_up(&mut conn)).unwrap();
                C::value(maintained::operations::adopt(&mut conn)).unwrap();
                C::value(maintained::operations::ensure_current(&mut conn)).unwrap();
            });
        }
    });
}
