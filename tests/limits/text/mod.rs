//! The tests, one text for all databases.

mod held;
mod moves;
mod rows_read;

pub(crate) use super::{Conn, HAS_LENGTHS, Place, rows_read};

use diesel::connection::SimpleConnection;

/// Makes the tables. The books have neither an index by shelf nor a foreign key, which would make
/// one.
pub(crate) fn create(conn: &mut Conn, engine: &str, list: &str) {
    let tables = format!(
        "CREATE TABLE chests (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, total INTEGER NOT NULL DEFAULT 0,
             small SMALLINT NOT NULL DEFAULT 0, big BIGINT NOT NULL DEFAULT 0, ratio FLOAT(24) NOT NULL DEFAULT 0,
             joined INTEGER NOT NULL DEFAULT 0, summary VARCHAR(200) NOT NULL DEFAULT ''){engine};
         CREATE TABLE things (id INTEGER PRIMARY KEY, chest_id INTEGER NOT NULL, value BIGINT NOT NULL DEFAULT 0,
             ratio DOUBLE PRECISION NOT NULL DEFAULT 0, width INTEGER NOT NULL DEFAULT 0, height INTEGER NOT NULL DEFAULT 0,
             area INTEGER NOT NULL DEFAULT 0, depth BIGINT NOT NULL DEFAULT 0, volume BIGINT NOT NULL DEFAULT 0,
             tag VARCHAR(5) NOT NULL DEFAULT '', shout VARCHAR(5) NOT NULL DEFAULT '',
             FOREIGN KEY (chest_id) REFERENCES chests (id) ON DELETE CASCADE){engine};
         CREATE TABLE lists (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, places VARCHAR(200) NOT NULL DEFAULT '',
             sum BIGINT NOT NULL DEFAULT 0, last INTEGER){engine};
         CREATE TABLE items (id INTEGER PRIMARY KEY, list_id INTEGER {list}, weight INTEGER NOT NULL,
             note VARCHAR(20) NOT NULL DEFAULT '', place INTEGER, UNIQUE (list_id, place)){engine};
         CREATE TABLE shelves (id INTEGER PRIMARY KEY, last INTEGER, tally BIGINT NOT NULL DEFAULT 0){engine};
         CREATE TABLE books (id INTEGER PRIMARY KEY, shelf_id INTEGER NOT NULL, shown BOOLEAN NOT NULL){engine};"
    );
    for table in tables.split_inclusive(';') {
        conn.batch_execute(table).unwrap();
    }
}
