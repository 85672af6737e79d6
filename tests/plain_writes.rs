//! Plain writes and levels as each database spells them, by Diesel's query builder and as SQL.
#![allow(
    missing_docs,
    reason = "Diesel's `table!` makes modules and structs without documentation"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::upsert::excluded;
use maintained::{Error, prelude::*};

diesel::table! { shelves (id) { id -> Integer, books -> BigInt } }
diesel::table! { books (id) { id -> Integer, shelf_id -> Integer, #[sql_name = "Note"] note -> Text } }

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = shelves)]
struct Shelf {
    id: i32,
    #[maintained(count(Book))]
    books: i64,
}

/// Nobody reads its note.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = books)]
#[maintained(belongs_to(Shelf, foreign_key = shelf_id))]
struct Book {
    id: i32,
    shelf_id: i32,
    #[diesel(column_name = note)]
    remark: String,
}

const SHELVES: &str = "TABLE shelves (id INTEGER PRIMARY KEY, books BIGINT NOT NULL DEFAULT 0)";

/// What every database understands.
const REFUSED: &[&str] = &[
    "INSERT INTO books (id, shelf_id) VALUES (2, 1)",
    "insert into BOOKS (id, shelf_id) select 2, 1",
    "DELETE FROM books WHERE id = 1",
    "UPDATE books SET shelf_id = 2",
    "UPDATE books SET id = 2 WHERE id = 1",
    "UPDATE shelves SET books = 7",
    "WITH one AS (SELECT 1) UPDATE books SET shelf_id = 2",
];

/// Tests on one database: its connection, how its tables are made, and how it quotes a name.
macro_rules! on {
    ($name:ident, $connection:ty, $connect:expr, $create:literal, $quote:literal,
        refused: $refused:expr, built: $built:expr $(,)?) => {
        mod $name {
            use super::*;

            type Conn = MaintainedConnection<$connection>;

            fn open() -> Conn {
                let mut conn: Conn = $connect;
                let books = format!(
                    "TABLE books (id INTEGER PRIMARY KEY, shelf_id INTEGER NOT NULL,
                     {0}Note{0} VARCHAR(9) NOT NULL DEFAULT '')",
                    $quote
                );
                for table in [SHELVES, &books] {
                    conn.batch_execute(&format!("{} {table}", $create)).unwrap();
                }
                for id in [1, 2] {
                    Shelf::insert(&mut conn, shelves::id.eq(id)).unwrap();
                }
                Book::insert(&mut conn, (books::id.eq(1), books::shelf_id.eq(1))).unwrap();
                conn
            }

            fn assert_refused<T: std::fmt::Debug>(done: QueryResult<T>, what: &str) {
                let error = Error::from(done.expect_err(what));
                assert!(
                    matches!(error, Error::Untracked { .. }),
                    "{what}: {error:?}"
                );
            }

            #[test]
            fn writes_are_refused_however_they_are_spelled() {
                let mut conn = open();
                let refused: &[&str] = $refused;
                for text in REFUSED.iter().chain(refused) {
                    assert_refused(sql_query(*text).execute(&mut conn), text);
                }
                let built: fn(&mut Conn) -> Vec<QueryResult<usize>> = $built;
                for done in built(&mut conn) {
                    assert_refused(done, "a query of Diesel's");
                }
                let row = (books::id.eq(2), books::shelf_id.eq(1));
                let insert = diesel::insert_into(books::table).values(row);
                assert_refused(insert.execute(&mut conn), "an insert");
                let rows = vec![row, (books::id.eq(3), books::shelf_id.eq(1))];
                let insert = diesel::insert_into(books::table).values(&rows);
                assert_refused(insert.execute(&mut conn), "an insert of several rows");
                assert_eq!(books::table.count().get_result(&mut conn), Ok(1_i64));
                assert_eq!(Shelf::find(&mut conn, 1).unwrap().unwrap().books, 1);
            }

            #[test]
            fn a_column_that_nobody_reads_is_written() {
                let mut conn = open();
                let note = format!("UPDATE books SET {0}Note{0} = 'x'", $quote);
                sql_query(note).execute(&mut conn).unwrap();
                let update = diesel::update(books::table.find(1));
                update
                    .set(books::note.eq("new"))
                    .execute(&mut conn)
                    .unwrap();
                let book = Book::find(&mut conn, 1).unwrap().unwrap();
                assert_eq!((book.shelf_id, book.remark.as_str()), (1, "new"));
            }
        }
    };
}

on!(
    sqlite,
    SqliteConnection,
    MaintainedConnection::establish(":memory:").unwrap(),
    "CREATE",
    "\"",
    refused: &[
        "REPLACE INTO [books] (id, shelf_id) VALUES (1, 2)",
        "UPDATE OR IGNORE `books` AS b SET (shelf_id, id) = (2, 1)",
        "DELETE FROM main.\"BOOKS\" AS b WHERE b.id = 1",
        "INSERT INTO books (id, shelf_id) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET shelf_id = 2",
    ],
    built: |conn| {
        let row = (books::id.eq(1), books::shelf_id.eq(2));
        let insert = diesel::insert_into(books::table).values(row);
        let upsert = insert.on_conflict(books::id).do_update();
        vec![
            diesel::replace_into(books::table).values(row).execute(conn),
            diesel::insert_or_ignore_into(books::table).values(row).execute(conn),
            upsert.set(books::shelf_id.eq(excluded(books::shelf_id))).execute(conn),
        ]
    },
);

on!(
    postgres,
    PgConnection,
    MaintainedConnection::establish(&address("POSTGRES_DATABASE_URL")).unwrap(),
    "CREATE TEMPORARY",
    "\"",
    refused: &[
        "WITH gone AS (DELETE FROM books RETURNING *) SELECT count(*) FROM gone",
        "UPDATE ONLY books AS b SET (shelf_id) = ROW(2) FROM shelves",
        "DELETE FROM pg_temp.books USING shelves",
        "TRUNCATE shelves, books",
        "MERGE INTO books USING shelves ON FALSE WHEN NOT MATCHED THEN INSERT VALUES (2, 1)",
        "EXPLAIN ANALYZE DELETE FROM books",
    ],
    built: |conn| {
        let row = (books::id.eq(1), books::shelf_id.eq(2));
        let insert = diesel::insert_into(books::table).values(row);
        let upsert = insert.on_conflict(books::id).do_update();
        let deleted = diesel::delete(books::table).returning(books::id);
        vec![
            upsert.set(books::shelf_id.eq(excluded(books::shelf_id))).execute(conn),
            deleted.get_results::<i32>(conn).map(|deleted| deleted.len()),
        ]
    },
);

on!(
    mysql,
    MysqlConnection,
    MaintainedConnection::establish(&address("MYSQL_DATABASE_URL")).unwrap(),
    "CREATE TEMPORARY",
    "`",
    refused: &[
        "REPLACE books (id, shelf_id) VALUES (1, 2)",
        "INSERT INTO books (id, shelf_id) VALUES (1, 2) ON DUPLICATE KEY UPDATE shelf_id = 2",
        "UPDATE shelves AS s JOIN books AS b ON b.shelf_id = s.id SET b.shelf_id = 2",
        "DELETE b FROM shelves AS s JOIN books AS b ON b.shelf_id = s.id",
        "TRUNCATE books",
        "# a comment\nDELETE FROM `books`",
    ],
    built: |conn| {
        let row = (books::id.eq(1), books::shelf_id.eq(2));
        vec![
            diesel::replace_into(books::table).values(row).execute(conn),
            diesel::insert_or_ignore_into(books::table).values(row).execute(conn),
        ]
    },
);

#[test]
fn a_change_of_the_schema_which_commits_on_mysql_is_refused_where_marks_wait() {
    type Conn = MaintainedConnection<MysqlConnection>;
    let mut conn = Conn::establish(&address("MYSQL_DATABASE_URL")).unwrap();
    let change = "CREATE TABLE IF NOT EXISTS committed (id INTEGER)";
    let refused = conn.buffer_autoupdates(|conn| {
        conn.batch_execute("CREATE TEMPORARY TABLE kept (id INTEGER)")?;
        sql_query(change).execute(conn)
    });
    let refused = Error::from(refused.unwrap_err());
    assert!(
        matches!(refused, Error::RawTransaction { .. }),
        "{refused:?}"
    );
    sql_query(change).execute(&mut conn).unwrap();
    conn.batch_execute("DROP TABLE committed").unwrap();
}

/// The address of a server, without which its test fails.
fn address(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: the address of a server to test on"))
}
