//! On `PostgreSQL`: in a schema of its own, in the database that `POSTGRES_DATABASE_URL` names.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::Failure;

#[path = "text.rs"]
mod text;

pub(crate) use text::run;

type Inner = PgConnection;

/// How the results name the database.
pub(crate) const NAME: &str = "postgres";

const TRIGGER: &str = "
    CREATE FUNCTION count_vote() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE topics SET votes = votes + 1, score = score + NEW.value WHERE id = NEW.topic_id;
        RETURN NULL;
    END $$;
    CREATE TRIGGER count_vote AFTER INSERT ON votes FOR EACH ROW EXECUTE FUNCTION count_vote()";

/// Makes the place for the tables, without any, if there is such a database.
fn make() -> Result<bool, Failure> {
    let Ok(url) = std::env::var("POSTGRES_DATABASE_URL") else {
        return Ok(false);
    };
    PgConnection::establish(&url)?.batch_execute(
        "SET client_min_messages = warning; DROP SCHEMA IF EXISTS maintained_votes CASCADE;
         CREATE SCHEMA maintained_votes",
    )?;
    Ok(true)
}

/// A connection to it.
fn connect() -> Result<Inner, Failure> {
    let mut conn = PgConnection::establish(&std::env::var("POSTGRES_DATABASE_URL")?)?;
    conn.batch_execute("SET search_path = maintained_votes")?;
    Ok(conn)
}
