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
