//! Copies over two hops, past a row that keeps no field: by a setter, and declared.

use diesel::prelude::*;
use maintained::prelude::*;

use super::Stage;

diesel::table! {
    countries (id) {
        id -> Integer,
        revision -> Integer,
    }
}

diesel::table! {
    towns (id) {
        id -> Integer,
        country_id -> Integer,
    }
}

diesel::table! {
    streets (id) {
        id -> Integer,
        town_id -> Integer,
        copied -> Integer,
    }
}

diesel::table! {
    parks (id) {
        id -> Integer,
        town_id -> Integer,
        copied -> Integer,
    }
}

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = countries)]
pub struct Country {
    pub id: i32,
    pub revision: i32,
}

#[derive(Debug, Clone, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = towns, belongs_to(Country))]
pub struct Town {
    pub id: i32,
    pub country_id: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = streets, belongs_to(Town))]
pub struct Street {
    pub id: i32,
    pub town_id: i32,
    #[maintained]
    pub copied: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = parks, belongs_to(Town))]
pub struct Park {
    pub id: i32,
    pub town_id: i32,
    #[maintained(copy(Country::revision, through = Town))]
    pub copied: i32,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = countries)]
#[maintained(view_of = Country)]
pub struct CountryRevision {
    revision: i32,
}

#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = towns)]
#[maintained(view_of = Town)]
#[allow(dead_code, reason = "it is only passed by")]
pub struct TownId {
    id: i32,
}

#[maintained::setters]
impl Street {
    #[setter]
    fn copied((_, country): (&TownId, &CountryRevision)) -> i32 {
        country.revision
    }
}

/// The last country has no town. A new row has what it copies from the first one from the start, so that nothing is written.
pub const STAGE: Stage = Stage {
    create: &[
        "CREATE TABLE countries (id {serial}, revision INTEGER NOT NULL DEFAULT 0){from}",
        "CREATE TABLE towns (
            id {serial}, country_id INTEGER NOT NULL,
            FOREIGN KEY (country_id) REFERENCES countries (id)
        ){from}",
        "CREATE TABLE streets (
            id {serial}, town_id INTEGER NOT NULL, copied INTEGER NOT NULL DEFAULT 0,
            FOREIGN KEY (town_id) REFERENCES towns (id)
        ){from}",
        "CREATE TABLE parks (
            id {serial}, town_id INTEGER NOT NULL, copied INTEGER NOT NULL DEFAULT 0,
            FOREIGN KEY (town_id) REFERENCES towns (id)
        ){from}",
        "CREATE INDEX towns_by_country ON towns (country_id)",
        "CREATE INDEX streets_by_town ON streets (town_id)",
        "CREATE INDEX parks_by_town ON parks (town_id)",
    ],
    stock: &[
        "INSERT INTO countries (id, revision) VALUES (1, 0), (2, 6), (3, 7)",
        "INSERT INTO towns (id, country_id) VALUES (1, 1), (2, 2)",
        "INSERT INTO streets (id, town_id, copied) VALUES (1, 1, 0), (2, 2, 6)",
        "INSERT INTO parks (id, town_id, copied) VALUES (1, 1, 0), (2, 2, 6)",
    ],
    tables: &["streets", "parks", "towns", "countries"],
    stale: &[
        (
            "streets.copied",
            "streets t WHERE t.copied <> (SELECT f.revision FROM countries f JOIN towns p ON p.country_id = f.id WHERE p.id = t.town_id)",
        ),
        (
            "parks.copied",
            "parks t WHERE t.copied <> (SELECT f.revision FROM countries f JOIN towns p ON p.country_id = f.id WHERE p.id = t.town_id)",
        ),
    ],
};
