//! Nullable fields whose setters always have a value.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

diesel::table! { badges (id) { id -> Integer, owner -> Text, text -> Nullable<Text>, initial -> Nullable<Text> } }

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = badges)]
struct Badge {
    id: i32,
    owner: String,
    #[maintained(unique)]
    text: Option<String>,
    #[maintained]
    initial: Option<String>,
}

#[derive(Debug, thiserror::Error)]
#[error("a badge has an owner")]
struct Ownerless;

#[maintained::setters]
impl Badge {
    #[setter]
    fn text(&self) -> String {
        format!("{}/{}", self.id, self.owner)
    }

    #[setter]
    fn initial(&self) -> Result<String, Ownerless> {
        self.owner.get(..1).map(str::to_owned).ok_or(Ownerless)
    }
}

#[test]
fn a_setter_of_a_nullable_field_need_not_say_some() {
    let conn = &mut super::Conn::establish(":memory:").unwrap();
    let create = "CREATE TABLE badges (id INTEGER PRIMARY KEY NOT NULL, owner TEXT NOT NULL, text TEXT UNIQUE, initial TEXT)";
    conn.batch_execute(create).unwrap();
    let badge = Badge::insert(conn, badges::owner.eq("Ann")).unwrap();
    assert_eq!(badge.text.as_deref(), Some("1/Ann"));
    assert_eq!(badge.initial.as_deref(), Some("A"));
    let failed = Badge::insert(conn, badges::owner.eq(""));
    assert!(
        matches!(failed, Err(maintained::Error::Setter { .. })),
        "{failed:?}"
    );
}

diesel::table! { towns (id) { id -> Integer, name -> Text } }
diesel::table! { streets (id) { id -> Integer, town_id -> Integer } }
diesel::table! { houses (id) { id -> Integer, street_id -> Integer, town -> Nullable<Text> } }

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = towns)]
struct Town {
    id: i32,
    name: String,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = streets, belongs_to(Town))]
struct Street {
    id: i32,
    town_id: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = houses, belongs_to(Street))]
struct House {
    id: i32,
    street_id: i32,
    #[maintained(copy(Town::name, through = Street))]
    town: Option<String>,
}

/// Where the database does not enforce a foreign key, or not before the commit.
#[test]
fn a_nullable_copy_finds_rows_that_come_after_its_own() {
    let conn = &mut super::Conn::establish(":memory:").unwrap();
    conn.batch_execute(
        "CREATE TABLE towns (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);
         CREATE TABLE streets (id INTEGER PRIMARY KEY NOT NULL, town_id INTEGER NOT NULL);
         CREATE TABLE houses (id INTEGER PRIMARY KEY NOT NULL, street_id INTEGER NOT NULL, town TEXT);",
    )
    .unwrap();
    let town = |conn: &mut super::Conn| House::find(conn, 1).unwrap().unwrap().town;
    let house = House::insert(conn, (houses::id.eq(1), houses::street_id.eq(2))).unwrap();
    assert_eq!(house.town, None);
    Town::insert(conn, (towns::id.eq(3), towns::name.eq("Ulm"))).unwrap();
    Street::insert(conn, (streets::id.eq(2), streets::town_id.eq(3))).unwrap();
    assert_eq!(town(conn).as_deref(), Some("Ulm"));
    Town::delete_many(conn, &[3]).unwrap();
    assert_eq!(town(conn), None);
    Town::insert(conn, (towns::id.eq(3), towns::name.eq("Bonn"))).unwrap();
    assert_eq!(town(conn).as_deref(), Some("Bonn"));
}
