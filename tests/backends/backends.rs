//! Models that are for some databases only, in a program that is built for several.
#![allow(
    missing_docs,
    reason = "Diesel's `table!` makes modules and structs without documentation"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use maintained::prelude::*;

diesel::table! { desks (id) { id -> Integer, name -> Text, shout -> Text } }
diesel::table! { drawers (id) { id -> Integer, desk_id -> Integer, label -> Text } }

diesel::allow_tables_to_appear_in_same_query!(desks, drawers);

/// On every database.
#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = desks)]
struct Desk {
    id: i32,
    name: String,
    #[maintained]
    shout: String,
}

#[maintained::setters]
impl Desk {
    #[setter]
    fn shout(&self) -> String {
        self.name.to_uppercase()
    }
}

/// On one, with a parent on every database.
#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = drawers, belongs_to(Desk), check_for_backend(Sqlite))]
struct Drawer {
    id: i32,
    desk_id: i32,
    #[maintained]
    label: String,
}

#[maintained::setters(check_for_backend(Sqlite))]
impl Drawer {
    #[setter]
    fn label(&self, desk: &Desk) -> String {
        format!("{} {}", desk.shout, self.id)
    }
}

const DESKS: &str = "TABLE desks (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL, shout VARCHAR(20) NOT NULL DEFAULT '')";

#[test]
fn a_model_that_is_for_one_database_is_maintained_there() {
    let mut conn = MaintainedConnection::<SqliteConnection>::establish(":memory:").unwrap();
    conn.batch_execute(&format!(
        "CREATE {DESKS}; CREATE TABLE drawers (id INTEGER PRIMARY KEY, desk_id INTEGER NOT NULL, label TEXT NOT NULL DEFAULT '')"
    ))
    .unwrap();
    Desk::insert(&mut conn, (desks::id.eq(1), desks::name.eq("oak"))).unwrap();
    let drawer = Drawer::insert(&mut conn, (drawers::id.eq(7), drawers::desk_id.eq(1))).unwrap();
    assert_eq!(drawer.label, "OAK 7");
    Desk::update(&mut conn, 1, desks::name.eq("elm")).unwrap();
    let drawer = Drawer::find(&mut conn, 7).unwrap().unwrap();
    assert_eq!(drawer.label, "ELM 7");
}

#[test]
fn its_parent_is_maintained_on_the_others_without_it() {
    let postgres = address("POSTGRES_DATABASE_URL");
    let mut conn = MaintainedConnection::<PgConnection>::establish(&postgres).unwrap();
    conn.batch_execute(&format!("CREATE TEMPORARY {DESKS}"))
        .unwrap();
    let desk = Desk::insert(&mut conn, (desks::id.eq(1), desks::name.eq("oak"))).unwrap();
    assert_eq!(desk.shout, "OAK");

    let mysql = address("MYSQL_DATABASE_URL");
    let mut conn = MaintainedConnection::<MysqlConnection>::establish(&mysql).unwrap();
    conn.batch_execute(&format!("CREATE TEMPORARY {DESKS}"))
        .unwrap();
    let desk = Desk::insert(&mut conn, (desks::id.eq(1), desks::name.eq("oak"))).unwrap();
    assert_eq!(desk.shout, "OAK");
}

/// The address of a server, without which its test fails.
fn address(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set: the address of a server to test on"))
}
