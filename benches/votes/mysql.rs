//! On `MySQL` or `MariaDB`: in a database of its own, on the server that `MYSQL_DATABASE_URL` names.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::Failure;

#[path = "text.rs"]
mod text;

pub(crate) use text::run;

type Inner = MysqlConnection;

/// How the results name the database.
pub(crate) const NAME: &str = "mysql";

/// Before the row is there: its foreign key would lock the topic shared, and two voters who want to
/// change it then would wait for one another.
const TRIGGER: &str = "
    CREATE TRIGGER count_vote BEFORE INSERT ON votes FOR EACH ROW
        UPDATE topics SET votes = votes + 1, score = score + NEW.value WHERE id = NEW.topic_id";

/// Makes the place for the tables, without any, if there is such a server.
fn make() -> Result<bool, Failure> {
    let Ok(url) = std::env::var("MYSQL_DATABASE_URL") else {
        return Ok(false);
    };
    MysqlConnection::establish(&url)?.batch_execute(
        "DROP DATABASE IF EXISTS maintained_votes; CREATE DATABASE maintained_votes",
    )?;
    Ok(true)
}

/// A connection to it.
fn connect() -> Result<Inner, Failure> {
    let mut conn = MysqlConnection::establish(&std::env::var("MYSQL_DATABASE_URL")?)?;
    conn.batch_execute(
        "USE maintained_votes; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    )?;
    Ok(conn)
}
