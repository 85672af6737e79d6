//! An expression whose columns nobody sees where it is declared is an error when the graph is first built, on each database
//! another one: the models of a test binary make one graph.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use diesel::dsl::{SqlTypeOf, sql};
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Text;
use maintained::Error;
use maintained::prelude::*;

mod schema {
    diesel::table! {
        people (id) {
            id -> Integer,
            name -> Text,
            secret -> Text,
            label -> Text,
        }
    }
}

use schema::people;

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

/// A text of SQL names columns without quotes, in any case.
mod sqlite {
    use diesel::sqlite::Sqlite;

    use super::*;

    #[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
    #[diesel(table_name = people, check_for_backend(Sqlite))]
    struct Person {
        id: i32,
        name: String,
        secret: String,
        #[maintained(expr = people::name.concat(initial()))]
        label: String,
    }

    fn initial() -> SqlLiteral<Text> {
        sql("substr(Secret, 1, 1)")
    }

    #[test]
    fn a_text_hides_no_column() {
        let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:").unwrap();
        assert_refused(
            Person::find(&mut conn, 1),
            "the expression of `Person::label` reads the column `secret`, which its declaration does not name: write `people::secret` there, and hide it neither in a function nor in a text",
        );
    }
}

/// A column that the model leaves out can change, and no field would tell.
#[cfg(feature = "postgres")]
mod postgres {
    use diesel::pg::Pg;

    use super::*;

    #[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
    #[diesel(table_name = people, check_for_backend(Pg))]
    struct Person {
        id: i32,
        name: String,
        #[maintained(expr = people::name.concat(secret()))]
        label: String,
    }

    fn secret() -> people::secret {
        people::secret
    }

    #[test]
    fn an_expression_reads_no_column_that_the_model_leaves_out() {
        let server = server("POSTGRES_DATABASE_URL");
        let mut conn = MaintainedConnection::<PgConnection>::establish(&server).unwrap();
        assert_refused(
            Person::find(&mut conn, 1),
            "the expression of `Person::label` reads the column `secret`, for which `Person` has no field, so that nobody sees it change: add the field",
        );
    }
}

/// A subquery reads rows that no mark leads from.
#[cfg(feature = "mysql")]
mod mysql {
    use diesel::mysql::Mysql;

    use super::*;

    #[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
    #[diesel(table_name = people, check_for_backend(Mysql))]
    struct Person {
        id: i32,
        name: String,
        #[maintained(expr = people::name.concat(others()))]
        label: String,
    }

    fn others() -> SqlLiteral<SqlTypeOf<people::name>> {
        sql("(SELECT group_concat(title) FROM titles)")
    }

    #[test]
    fn an_expression_has_no_query_of_its_own() {
        let server = server("MYSQL_DATABASE_URL");
        let mut conn = MaintainedConnection::<MysqlConnection>::establish(&server).unwrap();
        assert_refused(
            Person::find(&mut conn, 1),
            "the expression of `Person::label` reads rows by a query, and nobody sees those change: an expression reads its own row, and other rows are read by a rule like `sum(..)` or `copy(..)`, or by a setter",
        );
    }
}
