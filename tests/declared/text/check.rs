//! What the fields should be, by code that knows nothing of the library.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::Conn;
use crate::models::schema::{crates, depots, parcels, stamps};
use crate::models::{Crate, Depot, Parcel, Stamp};

struct Rows {
    depots: Vec<Depot>,
    crates: Vec<Crate>,
    parcels: Vec<Parcel>,
    stamps: Vec<Stamp>,
}

impl Rows {
    fn read(conn: &mut Conn) -> Self {
        macro_rules! all {
            ($table:ident, $model:ident) => {
                $table::table
                    .select($model::as_select())
                    .order($table::id)
                    .load(conn)
                    .unwrap()
            };
        }
        Self {
            depots: all!(depots, Depot),
            crates: all!(crates, Crate),
            parcels: all!(parcels, Parcel),
            stamps: all!(stamps, Stamp),
        }
    }
}

/// The rows whose fields are not what they should be.
pub(crate) fn stale(conn: &mut Conn) -> Vec<String> {
    let Rows {
        depots,
        crates,
        parcels,
        stamps,
    } = Rows::read(conn);
    let names: BTreeMap<i32, String> = depots
        .iter()
        .map(|depot| (depot.id, depot.name.clone()))
        .collect();
    let name = |depot: Option<i32>| depot.map(|depot| names[&depot].clone());
    let weight = |parcel: &Parcel| parcel.grams * parcel.pieces;

    let right_crates: Vec<Crate> = crates
        .iter()
        .map(|it| {
            let held: Vec<&Parcel> = parcels
                .iter()
                .filter(|parcel| parcel.crate_id == it.id)
                .collect();
            let total: i64 = held.iter().map(|parcel| weight(parcel)).sum();
            Crate {
                weight: total,
                parcel_count: i32::try_from(held.len()).unwrap(),
                grams: held.iter().map(|parcel| parcel.grams).sum(),
                most_pieces: held.iter().map(|parcel| parcel.pieces).max(),
                lightest_parcel: held.iter().map(|parcel| weight(parcel)).min(),
                latest_light_id: light(&held).map(|parcel| parcel.id).max(),
                grade: total / 10,
                depot_name: name(it.depot_id),
                ..it.clone()
            }
        })
        .collect();
    let right_parcels = parcels.iter().map(|it| {
        let home = right_crates
            .iter()
            .find(|other| other.id == it.crate_id)
            .unwrap();
        let depot = home.depot_name.as_deref().unwrap_or("-");
        Parcel {
            weight: weight(it),
            is_light: it.grams < 5,
            is_latest: right_crates
                .iter()
                .any(|other| other.latest_light_id == Some(it.id)),
            depot_name: home.depot_name.clone(),
            is_sealed: home.sealed,
            postage: stamps
                .iter()
                .filter(|stamp| stamp.parcel_id == it.id && stamp.valid)
                .map(|stamp| i64::from(stamp.cents))
                .sum(),
            stamp_count: i32::try_from(on(&stamps, it).count()).unwrap(),
            tag: {
                let cents = on(&stamps, it).map(|stamp| stamp.cents.to_string());
                cents.collect::<Vec<_>>().join("+")
            },
            label: format!("{depot} {} of {}", weight(it), home.parcel_count),
            ..it.clone()
        }
    });
    let right_depots = depots.iter().map(|it| {
        let held: Vec<&Crate> = right_crates
            .iter()
            .filter(|other| other.depot_id == Some(it.id))
            .collect();
        let sealed: Vec<&Crate> = held.iter().copied().filter(|other| other.sealed).collect();
        let weight = held.iter().map(|other| other.weight).sum();
        let heaviest = held.iter().map(|other| other.weight).max();
        let (name, count, up_to) = (&it.name, held.len(), heaviest.unwrap_or_default());
        Depot {
            crate_count: i64::try_from(held.len()).unwrap(),
            weight,
            sealed_weight: sealed.iter().map(|other| other.weight).sum(),
            heaviest,
            lightest: sealed.iter().map(|other| other.weight).min(),
            latest_crate: held.iter().map(|other| other.id).max(),
            volume: held.iter().map(|other| other.litres).sum::<f64>() + 0.0,
            has_sealed: !sealed.is_empty(),
            parcel_count: held.iter().map(|other| i64::from(other.parcel_count)).sum(),
            grades: held.iter().map(|other| other.grade).sum(),
            summary: format!("{name}: {weight} in {count}, up to {up_to}"),
            ..it.clone()
        }
    });
    let mut stale = differing(&depots, right_depots);
    stale.extend(differing(&crates, right_crates.iter().cloned()));
    stale.extend(differing(&parcels, right_parcels));
    stale
}

fn on<'s>(stamps: &'s [Stamp], parcel: &Parcel) -> impl Iterator<Item = &'s Stamp> {
    let key = parcel.id;
    stamps.iter().filter(move |stamp| stamp.parcel_id == key)
}

fn light<'p>(parcels: &'p [&Parcel]) -> impl Iterator<Item = &'p Parcel> {
    let is_light = |parcel: &&Parcel| parcel.grams < 5;
    parcels.iter().copied().filter(is_light)
}

fn differing<T: PartialEq + std::fmt::Debug>(
    are: &[T],
    should_be: impl Iterator<Item = T>,
) -> Vec<String> {
    let pairs = are.iter().zip(should_be);
    pairs
        .filter(|(is, should_be)| *is != should_be)
        .map(|(is, should_be)| format!("{is:?}\n    should be {should_be:?}"))
        .collect()
}
