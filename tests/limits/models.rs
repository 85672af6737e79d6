//! Chests with things, whose numbers outgrow their columns; lists with items, whose places are
//! unique in their list; shelves with books.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        chests (id) {
            id -> Integer,
            name -> Text,
            total -> Integer,
            small -> SmallInt,
            big -> BigInt,
            ratio -> Float,
            joined -> Integer,
            summary -> Text,
        }
    }

    diesel::table! {
        things (id) {
            id -> Integer,
            chest_id -> Integer,
            value -> BigInt,
            ratio -> Double,
            width -> Integer,
            height -> Integer,
            area -> Integer,
            depth -> BigInt,
            volume -> BigInt,
            tag -> Text,
            shout -> Text,
        }
    }

    diesel::table! {
        lists (id) {
            id -> Integer,
            name -> Text,
            places -> Text,
            sum -> BigInt,
            last -> Nullable<Integer>,
        }
    }

    diesel::table! {
        items (id) {
            id -> Integer,
            list_id -> Nullable<Integer>,
            weight -> Integer,
            note -> Text,
            place -> Nullable<Integer>,
        }
    }

    diesel::table! {
        shelves (id) {
            id -> Integer,
            last -> Nullable<Integer>,
            tally -> BigInt,
        }
    }

    diesel::table! {
        books (id) {
            id -> Integer,
            shelf_id -> Integer,
            shown -> Bool,
        }
    }
}

use schema::{books, chests, items, lists, shelves, things};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = chests)]
pub(crate) struct Chest {
    pub(crate) id: i32,
    pub(crate) name: String,
    #[maintained(sum(Thing::value), label = "total")]
    pub(crate) total: i32,
    #[maintained(sum(Thing::value), label = "small")]
    pub(crate) small: i16,
    #[maintained(sum(Thing::value), label = "big")]
    pub(crate) big: i64,
    #[maintained(sum(Thing::ratio), label = "ratio")]
    pub(crate) ratio: f32,
    #[maintained(sum(Thing::value), label = "joined")]
    pub(crate) joined: i32,
    #[maintained]
    pub(crate) summary: String,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = things, belongs_to(Chest))]
pub(crate) struct Thing {
    pub(crate) id: i32,
    pub(crate) chest_id: i32,
    pub(crate) value: i64,
    pub(crate) ratio: f64,
    pub(crate) width: i32,
    pub(crate) height: i32,
    #[maintained(expr = things::width * things::height, label = "area")]
    pub(crate) area: i32,
    pub(crate) depth: i64,
    #[maintained(expr = things::depth * things::value, label = "volume")]
    pub(crate) volume: i64,
    #[maintained(copy(Chest::name), label = "tag")]
    pub(crate) tag: String,
    #[maintained]
    pub(crate) shout: String,
}

/// What a chest's summary reads of a thing.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = things)]
#[maintained(view_of = Thing)]
pub(crate) struct Value {
    value: i64,
}

#[maintained::setters]
impl Chest {
    /// The number `joined` is read and written along with it.
    #[setter(label = "joined")]
    fn summary(things: &[Value]) -> String {
        let values: Vec<String> = things.iter().map(|it| it.value.to_string()).collect();
        values.join("+")
    }
}

#[maintained::setters]
impl Thing {
    #[setter(label = "shout")]
    fn shout(chest: &Chest) -> String {
        chest.name.to_uppercase()
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = lists)]
pub(crate) struct List {
    pub(crate) id: i32,
    pub(crate) name: String,
    #[maintained]
    pub(crate) places: String,
    #[maintained(sum(Item::place))]
    pub(crate) sum: i64,
    #[maintained(max(Item::place))]
    pub(crate) last: Option<i32>,
}

/// An item's place in its list is by weight, the lightest first.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = items, belongs_to(List))]
pub(crate) struct Item {
    pub(crate) id: i32,
    pub(crate) list_id: Option<i32>,
    pub(crate) weight: i32,
    pub(crate) note: String,
    #[maintained(unique)]
    pub(crate) place: Option<i32>,
}

/// What an item's place follows from.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = items)]
#[maintained(view_of = Item)]
pub(crate) struct Weight {
    id: i32,
    weight: i32,
}

/// What a list's places follow from.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = items)]
#[maintained(view_of = Item)]
pub(crate) struct Placed {
    id: i32,
    place: Option<i32>,
}

#[maintained::setters]
impl List {
    #[setter(label = "list")]
    fn places(items: &[Placed]) -> String {
        let place = |it: &Placed| format!("{}:{}", it.id, it.place.unwrap_or_default());
        items.iter().map(place).collect::<Vec<_>>().join(" ")
    }
}

#[maintained::setters]
impl Item {
    #[setter(label = "place")]
    fn place(&self, list: Option<(&Through<List>, &[Weight])>) -> Option<i32> {
        let (_, siblings) = list?;
        let is_before = |it: &&Weight| (it.weight, it.id) < (self.weight, self.id);
        i32::try_from(siblings.iter().filter(is_before).count() + 1).ok()
    }
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = shelves)]
pub(crate) struct Shelf {
    pub(crate) id: i32,
    #[maintained(max(Book::id, filter = Book::shown))]
    pub(crate) last: Option<i32>,
    #[maintained(count(Book))]
    pub(crate) tally: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = books, belongs_to(Shelf))]
pub(crate) struct Book {
    pub(crate) id: i32,
    pub(crate) shelf_id: i32,
    pub(crate) shown: bool,
}
