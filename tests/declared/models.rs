//! Depots with crates with parcels: declared fields that read one another, and fields with setters, in one graph.

use diesel::prelude::*;
use maintained::prelude::*;

pub(crate) mod schema {
    diesel::table! {
        depots (id) {
            id -> Integer,
            name -> Text,
            crate_count -> BigInt,
            weight -> BigInt,
            sealed_weight -> BigInt,
            heaviest -> Nullable<BigInt>,
            lightest -> Nullable<BigInt>,
            latest_crate -> Nullable<Integer>,
            volume -> Double,
            has_sealed -> Bool,
            parcel_count -> BigInt,
            grades -> BigInt,
            summary -> Text,
        }
    }

    diesel::table! {
        crates (id) {
            id -> Integer,
            depot_id -> Nullable<Integer>,
            sealed -> Bool,
            litres -> Double,
            weight -> BigInt,
            parcel_count -> Integer,
            grams -> BigInt,
            most_pieces -> Nullable<BigInt>,
            lightest_parcel -> Nullable<BigInt>,
            latest_light_id -> Nullable<Integer>,
            grade -> BigInt,
            depot_name -> Nullable<Text>,
        }
    }

    diesel::table! {
        parcels (id) {
            id -> Integer,
            crate_id -> Integer,
            grams -> BigInt,
            pieces -> BigInt,
            weight -> BigInt,
            is_light -> Bool,
            is_latest -> Bool,
            depot_name -> Nullable<Text>,
            is_sealed -> Bool,
            postage -> BigInt,
            stamp_count -> Integer,
            tag -> Text,
            label -> Text,
        }
    }

    diesel::table! {
        stamps (id) {
            id -> Integer,
            parcel_id -> Integer,
            cents -> Integer,
            valid -> Bool,
        }
    }
}

use schema::{crates, depots, parcels, stamps};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = depots)]
pub(crate) struct Depot {
    pub(crate) id: i32,
    pub(crate) name: String,
    #[maintained(count(Crate), label = "counts")]
    pub(crate) crate_count: i64,
    #[maintained(sum(Crate::weight), label = "weights")]
    pub(crate) weight: i64,
    #[maintained(sum(Crate::weight, filter = Crate::sealed), label = "weights")]
    pub(crate) sealed_weight: i64,
    #[maintained(max(Crate::weight))]
    pub(crate) heaviest: Option<i64>,
    #[maintained(min(Crate::weight), filter = Crate::sealed)]
    pub(crate) lightest: Option<i64>,
    #[maintained(max(Crate::id), unique)]
    pub(crate) latest_crate: Option<i32>,
    #[maintained(sum(Crate::litres))]
    pub(crate) volume: f64,
    #[maintained(exists(Crate, filter = Crate::sealed))]
    pub(crate) has_sealed: bool,
    #[maintained(count(Parcel, through = Crate), labels("counts", "parcels"))]
    pub(crate) parcel_count: i64,
    #[maintained(sum(Crate::grade))]
    pub(crate) grades: i64,
    #[maintained]
    pub(crate) summary: String,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = crates, belongs_to(Depot))]
#[maintained(belongs_to(Parcel, foreign_key = latest_light_id))]
pub(crate) struct Crate {
    pub(crate) id: i32,
    pub(crate) depot_id: Option<i32>,
    pub(crate) sealed: bool,
    pub(crate) litres: f64,
    #[maintained(sum(Parcel::weight), label = "weights")]
    pub(crate) weight: i64,
    #[maintained(count(Parcel), label = "counts")]
    pub(crate) parcel_count: i32,
    #[maintained(sum(Parcel::grams))]
    pub(crate) grams: i64,
    #[maintained(max(Parcel::pieces))]
    pub(crate) most_pieces: Option<i64>,
    #[maintained(min(Parcel::weight))]
    pub(crate) lightest_parcel: Option<i64>,
    #[maintained(max(Parcel::id, filter = Parcel::is_light))]
    pub(crate) latest_light_id: Option<i32>,
    #[maintained]
    pub(crate) grade: i64,
    #[maintained(copy(Depot::name), label = "names")]
    pub(crate) depot_name: Option<String>,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = parcels, belongs_to(Crate))]
pub(crate) struct Parcel {
    pub(crate) id: i32,
    pub(crate) crate_id: i32,
    pub(crate) grams: i64,
    pub(crate) pieces: i64,
    #[maintained(expr = parcels::grams * parcels::pieces, label = "weights")]
    pub(crate) weight: i64,
    #[maintained(expr = parcels::grams.lt(5))]
    pub(crate) is_light: bool,
    #[maintained(exists(Crate, via(crates::latest_light_id)))]
    pub(crate) is_latest: bool,
    #[maintained(copy(Depot::name, through = Crate), label = "names")]
    pub(crate) depot_name: Option<String>,
    #[maintained(copy(Crate::sealed))]
    pub(crate) is_sealed: bool,
    #[maintained(sum(Stamp::cents, filter = Stamp::valid))]
    pub(crate) postage: i64,
    #[maintained(count(Stamp), label = "counts")]
    pub(crate) stamp_count: i32,
    #[maintained]
    pub(crate) tag: String,
    #[maintained]
    pub(crate) label: String,
}

/// What a parcel's tag reads of a stamp.
#[derive(Queryable, Selectable, View)]
#[diesel(table_name = stamps)]
#[maintained(view_of = Stamp)]
pub(crate) struct Value {
    cents: i32,
}

/// It has no field of its own that is maintained.
#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = stamps, belongs_to(Parcel))]
pub(crate) struct Stamp {
    pub(crate) id: i32,
    pub(crate) parcel_id: i32,
    pub(crate) cents: i32,
    pub(crate) valid: bool,
}

/// A stamp to add; it is valid unless said otherwise, which its column's default says.
#[derive(Debug, Insertable, New)]
#[diesel(table_name = stamps)]
#[maintained(new_of = Stamp)]
pub(crate) struct NewStamp {
    pub(crate) parcel_id: i32,
    pub(crate) cents: i32,
    pub(crate) valid: Option<bool>,
}

/// A crate to add; without a depot its column takes its default, which is none.
#[derive(Debug, Insertable, New)]
#[diesel(table_name = crates)]
#[maintained(new_of = Crate)]
pub(crate) struct NewCrate {
    pub(crate) depot_id: Option<i32>,
    pub(crate) sealed: bool,
    pub(crate) litres: f64,
}

/// A parcel to add.
#[derive(Debug, Insertable, New)]
#[diesel(table_name = parcels)]
#[maintained(new_of = Parcel)]
pub(crate) struct NewParcel {
    pub(crate) crate_id: i32,
    pub(crate) grams: i64,
    pub(crate) pieces: i64,
}

#[maintained::setters]
impl Depot {
    #[setter]
    fn summary(&self) -> String {
        let heaviest = self.heaviest.unwrap_or_default();
        format!(
            "{}: {} in {}, up to {heaviest}",
            self.name, self.weight, self.crate_count
        )
    }
}

#[maintained::setters]
impl Crate {
    #[setter]
    fn grade(&self) -> i64 {
        self.weight / 10
    }
}

#[maintained::setters]
impl Parcel {
    /// It reads nothing that is declared, so that the numbers that are ready with it are written along.
    #[setter]
    fn tag(stamps: &[Value]) -> String {
        let cents: Vec<String> = stamps.iter().map(|it| it.cents.to_string()).collect();
        cents.join("+")
    }

    #[setter]
    fn label(&self, home: &Crate) -> String {
        let depot = self.depot_name.as_deref().unwrap_or("-");
        format!("{depot} {} of {}", self.weight, home.parcel_count)
    }
}
