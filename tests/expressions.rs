//! An expression is made of the columns that follow the table's `::` in it, and of nothing else. The model has a field with
//! the name of everything else that may stand in an expression: were one of those taken for a column, the field would follow
//! from itself, and the graph would be refused as a circle.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(
    missing_docs,
    reason = "nothing of a test binary can be reached from outside"
)]
#![allow(
    unused_qualifications,
    reason = "the ways to write a path are what is tested"
)]

use diesel::connection::SimpleConnection;
use diesel::dsl::{case_when, sql};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use maintained::prelude::*;

mod schema {
    diesel::table! {
        bases (id) {
            id -> Integer,
            name -> Text,
            price -> Integer,
            #[sql_name = "weight in grams"]
            weight -> Integer,
            upper -> Text,
            concat -> Text,
            rate -> Integer,
            doubled -> Integer,
            kind -> Text,
            text -> Text,
            sum -> Integer,
            end -> Integer,
        }
    }
}

use schema::bases;
use schema::bases as renamed;

#[declare_sql_function]
extern "SQL" {
    fn upper(x: Text) -> Text;
}

/// Factors, by the names of columns.
mod factors {
    pub(super) const fn doubled(of: i32) -> i32 {
        2 * of
    }
}

macro_rules! plus {
    ($left:expr, $right:expr) => {
        $left + $right
    };
}

#[derive(Debug, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = bases)]
struct Base {
    id: i32,
    name: String,
    price: i32,
    weight: i32,
    /// A function.
    #[maintained(expr = upper(bases::name))]
    upper: String,
    /// A method, and a text.
    #[maintained(expr = self::schema::bases::columns::name.concat("concat"))]
    concat: String,
    /// A variable, in a block and in a closure.
    #[maintained(expr = { let rate = |rate: i32| bases::price * rate; rate(3) })]
    rate: i32,
    /// A function by its path.
    #[maintained(expr = crate::bases::dsl::weight * factors::doubled(1))]
    doubled: i32,
    /// SQL that names what is named.
    #[maintained(expr = sql::<Text>("replace(").bind::<Text, _>(bases::upper).sql(", 'D', 'kind')"))]
    kind: String,
    /// A type.
    #[maintained(expr = sql::<Text>("CAST(").bind::<Integer, _>(bases::price).sql(" AS char(9))"))]
    text: String,
    /// Arguments of a macro.
    #[maintained(expr = plus!(bases::price, schema::bases::weight))]
    sum: i32,
    /// A word of the language.
    #[maintained(expr = case_when(bases::price.gt(5), bases::price).otherwise(0))]
    end: i32,
}

const CREATE: &str = "CREATE TABLE {table} (id INTEGER PRIMARY KEY, name VARCHAR(99) NOT NULL, price INTEGER NOT NULL,
    {q}weight in grams{q} INTEGER NOT NULL, upper VARCHAR(99) NOT NULL DEFAULT '', concat VARCHAR(99) NOT NULL DEFAULT '',
    rate INTEGER NOT NULL DEFAULT 0, doubled INTEGER NOT NULL DEFAULT 0, kind VARCHAR(99) NOT NULL DEFAULT '',
    text VARCHAR(99) NOT NULL DEFAULT '', sum INTEGER NOT NULL DEFAULT 0, {q}end{q} INTEGER NOT NULL DEFAULT 0)";

fn create(quote: &str) -> String {
    CREATE.replace("{table}", "bases").replace("{q}", quote)
}

fn base(name: &str, price: i32, weight: i32) -> Base {
    Base {
        id: 1,
        name: name.to_owned(),
        price,
        weight,
        upper: name.to_uppercase(),
        concat: format!("{name}concat"),
        rate: 3 * price,
        doubled: 2 * weight,
        kind: name.to_uppercase().replace('D', "kind"),
        text: price.to_string(),
        sum: price + weight,
        end: if price > 5 { price } else { 0 },
    }
}

/// Writes through a connection, and looks at what follows.
macro_rules! assert_right {
    ($conn:expr) => {
        let mut conn = $conn;
        let new = (
            bases::id.eq(1),
            bases::name.eq("Ada"),
            bases::price.eq(7),
            renamed::weight.eq(40),
        );
        assert_eq!(Base::insert(&mut conn, new).unwrap(), base("Ada", 7, 40));
        let cheaper = Base::update(&mut conn, 1, bases::price.eq(2)).unwrap();
        assert_eq!(cheaper, base("Ada", 2, 40));
        let renamed = Base::update(&mut conn, 1, bases::name.eq("Eve")).unwrap();
        assert_eq!(renamed, base("Eve", 2, 40));
        let lighter = Base::update(&mut conn, 1, bases::weight.eq(3)).unwrap();
        assert_eq!(lighter, base("Eve", 2, 3));
    };
}

#[cfg(any(feature = "mysql", feature = "postgres"))]
fn server(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("set {name} to the address of a database on a server; or run `cargo xtask test`")
    })
}

#[test]
fn only_what_follows_the_tables_name_is_a_column_on_sqlite() {
    let mut inner = SqliteConnection::establish(":memory:").unwrap();
    inner.batch_execute(&create("\"")).unwrap();
    assert_right!(MaintainedConnection::new(inner));
}

#[cfg(feature = "postgres")]
#[test]
fn only_what_follows_the_tables_name_is_a_column_on_postgres() {
    let mut inner = PgConnection::establish(&server("POSTGRES_DATABASE_URL")).unwrap();
    let schema = format!("expressions_{}", std::process::id());
    let table = create("\"");
    inner
        .batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path = {schema}; {table}"))
        .unwrap();
    assert_right!(MaintainedConnection::new(inner));
    let mut inner = PgConnection::establish(&server("POSTGRES_DATABASE_URL")).unwrap();
    inner
        .batch_execute(&format!("DROP SCHEMA {schema} CASCADE"))
        .unwrap();
}

#[cfg(feature = "mysql")]
#[test]
fn only_what_follows_the_tables_name_is_a_column_on_mysql() {
    let mut inner = MysqlConnection::establish(&server("MYSQL_DATABASE_URL")).unwrap();
    let database = format!("expressions_{}", std::process::id());
    let table = create("`");
    inner
        .batch_execute(&format!("DROP DATABASE IF EXISTS {database}; CREATE DATABASE {database}; USE {database}; {table}"))
        .unwrap();
    assert_right!(MaintainedConnection::new(inner));
    let mut inner = MysqlConnection::establish(&server("MYSQL_DATABASE_URL")).unwrap();
    inner
        .batch_execute(&format!("DROP DATABASE {database}"))
        .unwrap();
}
