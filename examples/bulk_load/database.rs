//! Opens the database, and makes or checks its tables.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use maintained::prelude::*;

use super::error::LoadError;
use super::models::{Category, Customer, Item, Order, Product};
use super::options::Options;
use super::schema::{CREATE_TABLES, categories, customers, items, orders, products};

/// Derived columns stay right on this connection; for the rest it is Diesel's.
pub(crate) type Conn = MaintainedConnection<SqliteConnection>;

/// Opens the database that the options name.
pub(crate) fn open(options: &Options) -> Result<Conn, LoadError> {
    let name = options.database_name();
    let url = options
        .database
        .as_ref()
        .map_or_else(|| ":memory:".into(), |file| file.to_string_lossy());
    let mut conn = Conn::establish(&url).map_err(|source| LoadError::Open {
        database: name.clone(),
        source,
    })?;
    // SQLite checks foreign keys only where a connection asks for it. The second statement reads the file.
    conn.batch_execute("PRAGMA foreign_keys = ON; PRAGMA user_version;")
        .map_err(|source| LoadError::Unusable {
            database: name,
            source,
        })?;
    Ok(conn)
}

/// Makes the tables in an empty database; in another one they must be this example's.
pub(crate) fn prepare(conn: &mut Conn, options: &Options) -> Result<(), LoadError> {
    let found = columns(conn)?;
    if found.is_empty() {
        conn.batch_execute(CREATE_TABLES)?;
        return Ok(());
    }
    let mut model = Conn::establish(":memory:").map_err(|source| LoadError::Open {
        database: ":memory:".to_owned(),
        source,
    })?;
    model.batch_execute(CREATE_TABLES)?;
    let expected = columns(&mut model)?;
    let difference = match expected.iter().find(|column| !found.contains(column)) {
        Some(missing) => format!("there is no column {missing}"),
        None => match found.iter().find(|column| !expected.contains(column)) {
            Some(strange) => format!("the column {strange} is not of this example"),
            None => return Ok(()),
        },
    };
    Err(LoadError::Schema {
        database: options.database_name(),
        difference,
    })
}

/// Tells the library that every row may be stale: this pays the debt of a disabled load.
pub(crate) fn touch_all(conn: &mut Conn) -> Result<(), LoadError> {
    conn.buffer_autoupdates(|conn| {
        let keys = categories::table.select(categories::id).load(conn)?;
        Category::touch(conn, &keys)?;
        let keys = products::table.select(products::id).load(conn)?;
        Product::touch(conn, &keys)?;
        let keys = customers::table.select(customers::id).load(conn)?;
        Customer::touch(conn, &keys)?;
        let keys = orders::table.select(orders::id).load(conn)?;
        Order::touch(conn, &keys)?;
        let keys = items::table.select(items::id).load(conn)?;
        Item::touch(conn, &keys)?;
        Ok(())
    })
}

/// The database's columns, as `table.column type`.
fn columns(conn: &mut Conn) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Column {
        #[diesel(sql_type = Text)]
        column: String,
    }

    let columns = sql_query(
        "SELECT t.name || '.' || c.name || ' ' || c.type AS \"column\"
         FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
         ORDER BY t.name, c.cid",
    );
    Ok(columns
        .load::<Column>(conn)?
        .into_iter()
        .map(|row| row.column)
        .collect())
}
