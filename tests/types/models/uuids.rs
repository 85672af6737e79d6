//! Owners with things, all with UUIDs: keys, foreign keys, inputs and maintained fields.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Binary, Text};
use uuid::Uuid;

/// A type that stands for UUIDs.
pub(crate) trait Identity {
    fn of(uuid: Uuid) -> Self;
    fn uuid(&self) -> Uuid;
}

impl Identity for Uuid {
    fn of(uuid: Uuid) -> Self {
        uuid
    }

    fn uuid(&self) -> Uuid {
        *self
    }
}

/// Diesel knows UUIDs on `PostgreSQL` only. Elsewhere a program has a type of its own: here over sixteen bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub(crate) struct Bytes(Uuid);

impl Identity for Bytes {
    fn of(uuid: Uuid) -> Self {
        Self(uuid)
    }

    fn uuid(&self) -> Uuid {
        self.0
    }
}

impl<DB: Backend> ToSql<Binary, DB> for Bytes
where
    [u8]: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_bytes().as_slice().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Bytes
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let bytes = Vec::<u8>::from_sql(bytes)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

/// The same over text, always spelled alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub(crate) struct Spelled(String);

impl Identity for Spelled {
    fn of(uuid: Uuid) -> Self {
        Self(uuid.hyphenated().to_string())
    }

    fn uuid(&self) -> Uuid {
        self.0.parse().unwrap()
    }
}

impl<DB: Backend> ToSql<Text, DB> for Spelled
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.as_str().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Spelled
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let uuid: Uuid = String::from_sql(bytes)?.parse()?;
        Ok(Self::of(uuid))
    }
}

/// The models on one database, given the type of UUIDs there, the SQL type, and the column's.
macro_rules! uuid_models {
    ($backend:ident $id:ty, $sql:ident $column:literal) => {
        use diesel::prelude::*;
        use maintained::New;
        use maintained::prelude::*;
        use uuid::Uuid;

        use crate::models::uuids::Identity;

        pub(crate) type Id = $id;
        pub(crate) const COLUMN: &str = $column;

        pub(crate) mod schema {
            diesel::table! {
                owners (id) {
                    id -> $sql,
                    token -> $sql,
                    thing_count -> BigInt,
                    first_token -> Nullable<$sql>,
                    last_token -> Nullable<$sql>,
                    last_alias -> Nullable<$sql>,
                    best_shared -> Nullable<$sql>,
                    favourite -> Nullable<$sql>,
                    favourite_mixed -> Nullable<$sql>,
                }
            }
            diesel::table! {
                things (id) {
                    id -> $sql,
                    owner_id -> $sql,
                    token -> $sql,
                    alias -> Nullable<$sql>,
                    owner_token -> $sql,
                    mixed -> $sql,
                }
            }
            diesel::table! {
                shares (owner_id, thing_id) {
                    owner_id -> $sql,
                    thing_id -> $sql,
                    note -> Text,
                    mixed -> Nullable<$sql>,
                }
            }

            diesel::allow_tables_to_appear_in_same_query!(owners, things, shares);
        }

        use schema::{owners, shares, things};

        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
        )]
        #[diesel(table_name = owners, belongs_to(Thing, foreign_key = favourite), check_for_backend($backend))]
        pub(crate) struct Owner {
            pub(crate) id: Id,
            pub(crate) token: Id,
            #[maintained(count(Thing))]
            pub(crate) thing_count: i64,
            #[maintained(min(Thing::token))]
            pub(crate) first_token: Option<Id>,
            #[maintained(max(Thing::token))]
            pub(crate) last_token: Option<Id>,
            #[maintained(max(Thing::alias))]
            pub(crate) last_alias: Option<Id>,
            #[maintained]
            pub(crate) best_shared: Option<Id>,
            #[maintained]
            pub(crate) favourite: Option<Id>,
            #[maintained]
            pub(crate) favourite_mixed: Option<Id>,
        }

        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
        )]
        #[diesel(table_name = things, belongs_to(Owner), check_for_backend($backend))]
        pub(crate) struct Thing {
            pub(crate) id: Id,
            pub(crate) owner_id: Id,
            pub(crate) token: Id,
            pub(crate) alias: Option<Id>,
            #[maintained(copy(Owner::token))]
            pub(crate) owner_token: Id,
            #[maintained]
            pub(crate) mixed: Id,
        }

        /// A thing that its owner shares with another one.
        #[derive(
            Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
        )]
        #[diesel(table_name = shares, primary_key(owner_id, thing_id), check_for_backend($backend))]
        #[diesel(belongs_to(Owner), belongs_to(Thing))]
        pub(crate) struct Share {
            pub(crate) owner_id: Id,
            pub(crate) thing_id: Id,
            pub(crate) note: String,
            #[maintained]
            pub(crate) mixed: Option<Id>,
        }

        /// What a thing reads of its owner.
        #[derive(Debug, Queryable, Selectable, View)]
        #[diesel(table_name = owners, check_for_backend($backend))]
        #[maintained(view_of = Owner)]
        pub(crate) struct Token {
            pub(crate) token: Id,
        }

        #[maintained::setters(check_for_backend($backend))]
        impl Owner {
            /// A foreign key that is maintained.
            #[setter]
            pub(crate) fn favourite(things: &[Thing]) -> Option<Id> {
                let favourite = things.iter().max_by_key(|thing| thing.token.clone());
                favourite.map(|thing| thing.id.clone())
            }

            #[setter]
            pub(crate) fn favourite_mixed(thing: Option<&Thing>) -> Option<Id> {
                thing.map(|thing| thing.mixed.clone())
            }

            #[setter]
            pub(crate) fn best_shared(shares: &[(&Share, &Thing)]) -> Option<Id> {
                let with = shares.iter().filter(|(share, _)| !share.note.is_empty());
                with.map(|(_, thing)| thing.mixed.clone()).max()
            }
        }

        #[maintained::setters(check_for_backend($backend))]
        impl Share {
            #[setter]
            pub(crate) fn mixed(&self, thing: &Thing) -> Option<Id> {
                (!self.note.is_empty()).then(|| thing.mixed.clone())
            }
        }

        #[maintained::setters(check_for_backend($backend))]
        impl Thing {
            #[setter]
            pub(crate) fn mixed(&self, owner: &Token) -> Id {
                let [own, other] = [&self.token, &owner.token].map(|id| id.uuid().as_u128());
                Id::of(Uuid::from_u128(own ^ other))
            }
        }

        #[derive(Debug, Clone, Insertable, New)]
        #[diesel(table_name = owners, check_for_backend($backend))]
        #[maintained(new_of = Owner)]
        pub(crate) struct NewOwner {
            pub(crate) id: Id,
            pub(crate) token: Id,
        }

        #[derive(Debug, Clone, Insertable, New)]
        #[diesel(table_name = things, check_for_backend($backend))]
        #[maintained(new_of = Thing)]
        pub(crate) struct NewThing {
            pub(crate) id: Id,
            pub(crate) owner_id: Id,
            pub(crate) token: Id,
            pub(crate) alias: Option<Id>,
        }

        #[derive(Debug, Clone, Insertable, New)]
        #[diesel(table_name = shares, check_for_backend($backend))]
        #[maintained(new_of = Share)]
        pub(crate) struct NewShare {
            pub(crate) owner_id: Id,
            pub(crate) thing_id: Id,
            pub(crate) note: String,
        }

        #[path = "uuids.rs"]
        mod text;
    };
}
