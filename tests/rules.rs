//! What the types of columns do not allow a declared field is an error when the graph is first built, on each database
//! another one: the models of a test binary make one graph.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

mod schema {
    diesel::table! { shops (id) { id -> Integer, takings -> Nullable<Text>, latest -> Nullable<Json> } }
    diesel::table! {
        sales (id) {
            id -> Integer,
            shop_id -> Integer,
            price -> Text,
            note -> Json,
            shop_latest -> Nullable<Jsonb>,
        }
    }
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(first_use: Result<T, Error>, message: &str) {
    match first_use.unwrap_err() {
        Error::Declaration(said) => assert_eq!(said, message),
        other => panic!("{other}"),
    }
}

#[cfg(any(feature = "mysql", feature = "postgres"))]
fn server(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("set {name} to the address of a database on a server; or run `cargo xtask test`")
    })
}

/// `SQLite` would add up floating point numbers, where the texts are decimals for instance.
mod sqlite {
    use diesel::sqlite::Sqlite;

    use super::schema::{sales, shops};
    use super::*;

    #[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
    #[diesel(table_name = shops, check_for_backend(Sqlite))]
    struct Shop {
        id: i32,
        #[maintained(sum(Sale::price))]
        takings: Option<String>,
    }

    #[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
    #[diesel(table_name = sales, belongs_to(Shop), check_for_backend(Sqlite))]
    struct Sale {
        id: i32,
        shop_id: i32,
        price: String,
    }

    #[test]
    fn a_sum_is_of_numbers() {
        let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:").unwrap();
        assert_refused(
            Shop::find(&mut conn, 1),
            "`Shop::takings` is declared as the sum of `Sale::price`, which is no number",
        );
    }
}

/// `PostgreSQL` would not compare the two, and `SQLite` would store the one as the other.
#[cfg(feature = "postgres")]
mod postgres {
    use diesel::pg::Pg;
    use serde_json::Value;

    use super::schema::{sales, shops};
    use super::*;

    #[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
    #[diesel(table_name = shops, check_for_backend(Pg))]
    struct Shop {
        id: i32,
        latest: Option<Value>,
    }

    #[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
    #[diesel(table_name = sales, belongs_to(Shop), check_for_backend(Pg))]
    struct Sale {
        id: i32,
        shop_id: i32,
        #[maintained(copy(Shop::latest))]
        shop_latest: Option<Value>,
    }

    #[test]
    fn a_copy_of_a_document_has_its_form() {
        let server = server("POSTGRES_DATABASE_URL");
        let mut conn = MaintainedConnection::<PgConnection>::establish(&server).unwrap();
        assert_refused(
            Sale::find(&mut conn, 1),
            "`Sale::shop_latest` is declared as the copy of `Shop::latest`, which is JSON of another type: make both columns `Json` or both `Jsonb`",
        );
    }
}

/// `MariaDB` would compare texts, and `MySQL` documents.
#[cfg(feature = "mysql")]
mod mysql {
    use diesel::mysql::Mysql;
    use serde_json::Value;

    use super::schema::{sales, shops};
    use super::*;

    #[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
    #[diesel(table_name = shops, check_for_backend(Mysql))]
    struct Shop {
        id: i32,
        #[maintained(max(Sale::note))]
        latest: Option<Value>,
    }

    #[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
    #[diesel(table_name = sales, belongs_to(Shop), check_for_backend(Mysql))]
    struct Sale {
        id: i32,
        shop_id: i32,
        note: Value,
    }

    #[test]
    fn documents_have_no_order() {
        let server = server("MYSQL_DATABASE_URL");
        let mut conn = MaintainedConnection::<MysqlConnection>::establish(&server).unwrap();
        assert_refused(
            Shop::find(&mut conn, 1),
            "`Shop::latest` is declared as the max of `Sale::note`, which is JSON and has no order",
        );
    }
}
