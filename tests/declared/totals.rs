//! Totals of totals, and nothing else that follows from them: numbers that are kept without a look at any row.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        realms (id) {
            id -> Integer,
            taxes -> BigInt,
            due_count -> BigInt,
        }
    }

    diesel::table! {
        shires (id) {
            id -> Integer,
            realm_id -> Nullable<Integer>,
            taxes -> BigInt,
            paid -> BigInt,
            due_count -> Integer,
        }
    }

    diesel::table! {
        guilds (id) {
            id -> Integer,
            total -> BigInt,
        }
    }

    diesel::table! {
        dues (id) {
            id -> Integer,
            shire_id -> Integer,
            guild_id -> Nullable<Integer>,
            coins -> Nullable<BigInt>,
            is_paid -> Bool,
        }
    }
}

use schema::{dues, guilds, realms, shires};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = realms)]
pub(crate) struct Realm {
    pub(crate) id: i32,
    #[maintained(sum(Shire::taxes))]
    pub(crate) taxes: i64,
    #[maintained(sum(Shire::due_count))]
    pub(crate) due_count: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = shires, belongs_to(Realm))]
pub(crate) struct Shire {
    pub(crate) id: i32,
    pub(crate) realm_id: Option<i32>,
    #[maintained(sum(Due::coins))]
    pub(crate) taxes: i64,
    #[maintained(sum(Due::coins, filter = Due::is_paid))]
    pub(crate) paid: i64,
    #[maintained(count(Due), label = "due_counts")]
    pub(crate) due_count: i32,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = guilds)]
pub(crate) struct Guild {
    pub(crate) id: i32,
    #[maintained(sum(Due::coins))]
    pub(crate) total: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = dues, belongs_to(Shire), belongs_to(Guild))]
pub(crate) struct Due {
    pub(crate) id: i32,
    pub(crate) shire_id: i32,
    pub(crate) guild_id: Option<i32>,
    pub(crate) coins: Option<i64>,
    pub(crate) is_paid: bool,
}

/// A due to add.
#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = dues)]
#[maintained(new_of = Due)]
pub(crate) struct NewDue {
    pub(crate) shire_id: i32,
    pub(crate) guild_id: Option<i32>,
    pub(crate) coins: Option<i64>,
    pub(crate) is_paid: bool,
}
