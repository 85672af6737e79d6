//! The library's own tables, and what is in `maintained_fields`: which definition the values in the
//! database follow from.

use std::fmt;
use std::iter::once;
use std::marker::PhantomData;

use diesel::connection::BoxableConnection;
use diesel::deserialize;
use diesel::migration::{
    self, Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion,
};
use diesel::result::Error as DieselError;

use crate::connection::{MaintainedConnection, Task, Wrapped};
use crate::engine::marking::Marking;
use crate::error::Error;
use crate::operations::definitions::Definition;
use crate::session::Session;
use crate::session::read_ahead::Writes;
use crate::sql::statement::Statement;
use crate::sql::{Operated, OwnTable};

/// The state of a field whose values follow from the definition with its hash.
const CURRENT: &str = "current";
/// The state of a field whose values are being computed anew.
const REBUILDING: &str = "rebuilding";

/// What the table says of a field.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) model: String,
    pub(crate) field: String,
    /// The hash of the definition from which its values follow, or will at the end of the rebuild.
    pub(crate) hash: String,
    /// Whether its values follow from that definition in all rows.
    pub(crate) is_current: bool,
    /// How far the rebuild is.
    pub(crate) cursor: Option<String>,
}

/// The SQL that makes the library's own tables: for a migration of your own.
///
/// It does nothing where they are there. `maintained_fields` says what the maintained fields follow
/// from:
///
/// | column | holds |
/// |---|---|
/// | `model`, `field` | the names of the struct and of its field |
/// | `hash` | the hash of the definition, in hexadecimal digits |
/// | `state` | `current` or `rebuilding` |
/// | `cursor` | how far a rebuild is |
/// | `started_at`, `finished_at` | when the latest rebuild began, and when it ended |
///
/// `maintained_commits`, which `SQLite` does not have, is for scopes over several databases that
/// are committed on all of them or on none: see
/// [`Databases::two_phase`](crate::Databases::two_phase). It has a row for each scope that is
/// committed, and not ended yet on all databases. The row `database` gives the database a name that
/// no other has.
///
/// | column | holds |
/// |---|---|
/// | `id` | the number of the scope |
/// | `members` | the databases of the scope, each as a hash |
/// | `committed_at` | when it was committed |
///
/// ```
/// use maintained_core::operations;
///
/// let sql = operations::schema::<diesel::SqliteConnection>();
/// assert!(sql.starts_with("CREATE TABLE IF NOT EXISTS maintained_fields"));
/// ```
#[must_use]
pub fn schema<C: Wrapped>() -> String {
    let tables: Vec<&str> = tables::<C>().map(|table| table.create).collect();
    tables.join(";\n") + ";\n"
}

/// The tables that the library has on a database.
fn tables<C: Wrapped>() -> impl Iterator<Item = OwnTable> {
    once(C::Db::FIELDS).chain(C::Db::COMMITS)
}

/// The migrations that make the library's own tables: for Diesel's `run_pending_migrations`.
///
/// Their versions come before those that are dates. Diesel reverts the latest version that it
/// finds: that is one of yours, as long as there is one.
///
/// ```
/// use diesel::SqliteConnection;
/// use diesel::migration::MigrationSource;
/// use maintained_core::operations;
///
/// # fn main() -> diesel::migration::Result<()> {
/// let migrations = operations::migrations::<SqliteConnection>().migrations()?;
/// assert_eq!(migrations[0].name().to_string(), "00000000000000maintained1");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn migrations<C: Wrapped>() -> impl MigrationSource<C::Db> {
    Migrations::<C>(PhantomData)
}

/// Makes the library's own tables, as far as they are not there: see [`schema`].
///
/// ```
/// use diesel::prelude::*;
/// use maintained_core::{MaintainedConnection, operations};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:")?;
/// operations::set_up(&mut conn)?;
/// operations::set_up(&mut conn)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What the database says. On `MySQL` and `MariaDB` also [`Error::Declaration`] inside a
/// transaction, which it would commit.
pub fn set_up<C: Wrapped>(conn: &mut MaintainedConnection<C>) -> C::Answer<'_, Result<(), Error>> {
    C::answer(async {
        for table in tables::<C>() {
            make(conn, table).await?;
        }
        Ok(())
    })
}

async fn make<C: Wrapped>(
    conn: &mut MaintainedConnection<C>,
    table: OwnTable,
) -> Result<(), Error> {
    if conn.at_work(&Look(table)).await? {
        return Ok(());
    }
    let made = if !C::Db::CREATE_COMMITS {
        let level = conn.level().await?;
        let made = level.conn.send_batch(table.create).await;
        level.end(made).await
    } else if conn.state.pending.depth() > 0 {
        return Err(Error::Declaration(format!(
            "`operations::set_up` would make the table `{}`, which here commits the transaction \
             that is open: call it outside of any transaction",
            table.name
        )));
    } else {
        conn.send_batch(table.create).await
    };
    match made {
        // Somebody else may have made it at the same time.
        Err(error) if !matches!(conn.at_work(&Look(table)).await, Ok(true)) => Err(error.into()),
        Err(_) | Ok(()) => Ok(()),
    }
}

/// Whether a table is there.
struct Look(OwnTable);

impl<C: Wrapped> Task<C> for Look {
    type Output = bool;

    async fn run(&self, session: &mut Session<'_, C>, _: &mut Marking<'_>) -> Result<bool, Error> {
        session.finds(self.0).await
    }
}

pub(crate) async fn is_there<C: Wrapped>(session: &mut Session<'_, C>) -> Result<bool, Error> {
    session.finds(C::Db::FIELDS).await
}

async fn check<C: Wrapped>(session: &mut Session<'_, C>) -> Result<(), Error> {
    let is_there = is_there(session).await?;
    is_there.then_some(()).ok_or(Error::NotSetUp)
}

/// What the table says of each field.
///
/// # Errors
/// [`Error::NotSetUp`] when there is no such table.
pub(crate) async fn read<C: Wrapped>(session: &mut Session<'_, C>) -> Result<Vec<Recorded>, Error> {
    check(session).await?;
    let mut statement = Statement::new("SELECT model, field, hash, state, ");
    statement
        .name("cursor")
        .text(" FROM maintained_fields ORDER BY model, field");
    let mut fields = Vec::new();
    let read = session
        .load(statement, &mut |row, _| {
            let text = |at: usize| -> deserialize::Result<String> {
                Ok(C::Db::read_text(row, at)?.unwrap_or_default())
            };
            fields.push(Recorded {
                model: text(0)?,
                field: text(1)?,
                hash: text(2)?,
                is_current: text(3)? == CURRENT,
                cursor: C::Db::read_text(row, 4)?,
            });
            Ok(())
        })
        .await;
    read.map_err(|source| failed("reading", source))?;
    Ok(fields)
}

/// Notes that the values of fields follow from their definitions.
///
/// # Errors
/// [`Error::NotSetUp`] when there is no such table.
pub(crate) async fn record<C: Wrapped>(
    session: &mut Session<'_, C>,
    definitions: &[Definition],
) -> Result<(), Error> {
    check(session).await?;
    for definition in definitions {
        put(session, definition, CURRENT).await?;
    }
    Ok(())
}

/// Notes that the values of fields are being computed anew, from the first row on.
pub(crate) async fn begin<C: Wrapped>(
    session: &mut Session<'_, C>,
    definitions: &[Definition],
) -> Result<(), Error> {
    for definition in definitions {
        put(session, definition, REBUILDING).await?;
    }
    Ok(())
}

async fn put<C: Wrapped>(
    session: &mut Session<'_, C>,
    Definition { model, field, hash }: &Definition,
    state: &str,
) -> Result<(), Error> {
    let is_done = state == CURRENT;
    let now = ", CURRENT_TIMESTAMP";
    let mut statement = Statement::new(
        "INSERT INTO maintained_fields \
         (model, field, hash, state, started_at, finished_at) VALUES (",
    );
    statement
        .parameters([model, *field, hash, state].map(C::Db::text))
        .text(now)
        .text(if is_done { now } else { ", NULL" })
        .text(")")
        .text(C::Db::OR_SET)
        .text("hash = ")
        .parameters([C::Db::text(hash)])
        .text(", state = ")
        .parameters([C::Db::text(state)])
        .text(", ")
        .name("cursor");
    statement.text(if is_done {
        " = NULL, finished_at = CURRENT_TIMESTAMP"
    } else {
        " = NULL, started_at = CURRENT_TIMESTAMP, finished_at = NULL"
    });
    let done = session.execute(Writes::Any, statement).await;
    done.map_err(|source| failed("writing", source)).map(drop)
}

/// Notes how far fields are that are being computed anew.
pub(crate) async fn advance<C: Wrapped>(
    session: &mut Session<'_, C>,
    definitions: &[Definition],
    cursor: &str,
) -> Result<(), Error> {
    for Definition {
        model, field, hash, ..
    } in definitions
    {
        // Another program may have begun to rebuild the field by another definition.
        let mut statement = Statement::new("UPDATE maintained_fields SET ");
        statement
            .name("cursor")
            .text(" = ")
            .parameters([C::Db::text(cursor)])
            .text(" WHERE model = ")
            .parameters([C::Db::text(model)])
            .text(" AND field = ")
            .parameters([C::Db::text(field)])
            .text(" AND hash = ")
            .parameters([C::Db::text(hash)]);
        let done = session.execute(Writes::Any, statement).await;
        done.map_err(|source| failed("writing", source))?;
    }
    Ok(())
}

fn failed(action: &str, source: DieselError) -> Error {
    Error::Statement {
        action: format!("{action} the table `maintained_fields`"),
        source,
    }
}

struct Migrations<C>(PhantomData<C>);

impl<C: Wrapped> MigrationSource<C::Db> for Migrations<C> {
    fn migrations(&self) -> migration::Result<Vec<Box<dyn Migration<C::Db>>>> {
        let numbered = tables::<C>().zip(1..).map(|(table, number)| {
            let name = Name(number);
            Box::new(Making { table, name }) as Box<dyn Migration<C::Db>>
        });
        Ok(numbered.collect())
    }
}

/// The migration that makes a table.
struct Making {
    table: OwnTable,
    name: Name,
}

impl<DB: diesel::backend::Backend> Migration<DB> for Making {
    fn run(&self, conn: &mut dyn BoxableConnection<DB>) -> migration::Result<()> {
        Ok(conn.batch_execute(self.table.create)?)
    }

    fn revert(&self, conn: &mut dyn BoxableConnection<DB>) -> migration::Result<()> {
        Ok(conn.batch_execute(&format!("DROP TABLE {}", self.table.name))?)
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &self.name
    }

    fn name(&self) -> &dyn MigrationName {
        &self.name
    }
}

/// The migration's version. Versions are put in the order of texts: no year begins with a zero, so
/// that all others come after it.
struct Name(usize);

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "00000000000000maintained{}", self.0)
    }
}

impl MigrationName for Name {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(self.to_string())
    }
}

impl MigrationMetadata for Name {}
