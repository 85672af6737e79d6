//! The isotope-tracing study: what its maintained fields must be, whatever changes, and what its program does.
//!
//! The example is part of this test, so that it is always the present one that is run; the tests of its setters are in
//! its own files. `SQLite` is always tested; `PostgreSQL` and `MySQL` with the features `postgres` and `mysql`, at the
//! addresses in `POSTGRES_DATABASE_URL` and `MYSQL_DATABASE_URL`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../examples/study/main.rs"]
#[allow(dead_code, reason = "the example's `main` is not called")]
mod study;

#[path = "study/chapter.rs"]
mod chapter;
#[cfg(feature = "mysql")]
#[path = "study/mysql.rs"]
mod mysql;
#[cfg(feature = "postgres")]
#[path = "study/postgres.rs"]
mod postgres;
#[path = "study/program.rs"]
mod program;
#[path = "study/sqlite.rs"]
mod sqlite;
