//! On `PostgreSQL`: tables of the connection's own, gone with it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::MaintainedConnection;

#[path = "postgres/arrays.rs"]
mod arrays;
#[path = "postgres/columnar.rs"]
mod columnar;
#[path = "postgres/pages.rs"]
mod pages;
#[path = "text/mod.rs"]
mod text;

/// Documents in columns of the types `json` and `jsonb`.
#[path = "text"]
mod documents {
    use diesel::pg::Pg;

    json_models!(Pg Jsonb "JSON" "JSONB");
}

/// UUIDs in columns of that type.
#[path = "text"]
mod uuids {
    use diesel::pg::Pg;

    uuid_models!(Pg Uuid, Uuid "UUID");
}

pub(crate) type Conn = MaintainedConnection<PgConnection>;

/// The type of a column that holds times, here to the second.
pub(crate) const TIMESTAMP: &str = "TIMESTAMP(0)";
/// The same, to the microsecond.
pub(crate) const PRECISE: &str = "TIMESTAMP(6)";
/// Whether columns round what they store.
pub(crate) const ROUNDS: bool = true;

/// Adds 1 to a shop's base whenever the weight of one of its tags changes.
pub(crate) const WEIGHING: &[&str] = &[
    "CREATE FUNCTION pg_temp.weigh() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE shops SET base = base + 1 WHERE id = NEW.shop_id; RETURN NULL; END $$",
    "CREATE TRIGGER weighing AFTER UPDATE OF weight ON tags
        FOR EACH ROW EXECUTE FUNCTION pg_temp.weigh()",
];

/// Nothing that has to be removed: a connection takes its tables along.
#[derive(Debug)]
pub(crate) struct Place;

/// A connection whose new tables are its own.
pub(crate) fn open() -> (Place, Conn) {
    (Place, with("SET search_path = pg_temp"))
}

/// A connection with these tables.
pub(crate) fn with(tables: &str) -> Conn {
    const NAME: &str = "POSTGRES_DATABASE_URL";
    let server = std::env::var(NAME).unwrap_or_else(|_| {
        panic!("set {NAME} to the address of a database on a PostgreSQL server; or run `cargo xtask test`")
    });
    let mut conn = Conn::establish(&server).unwrap();
    conn.batch_execute("SET client_min_messages = warning")
        .unwrap();
    conn.batch_execute(tables).unwrap();
    conn
}
