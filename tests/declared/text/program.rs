//! Programs of random writes in random scopes.

use diesel::prelude::*;
use maintained::prelude::*;
use proptest::prelude::*;

use super::Conn;
use crate::models::schema::{crates, depots, parcels, stamps};
use crate::models::{Crate, Depot, NewCrate, NewParcel, NewStamp, Parcel, Stamp};

/// A step of a program. A row is named by its place among those that are there.
#[derive(Debug, Clone)]
pub(super) enum Step {
    NewDepot,
    NewCrate {
        depot: Option<usize>,
        sealed: bool,
        litres: i8,
    },
    NewParcels {
        home: usize,
        weights: Vec<(i8, i8)>,
    },
    AddCrate {
        depot: Option<usize>,
        sealed: bool,
    },
    AddParcels {
        home: usize,
        weights: Vec<(i8, i8)>,
    },
    AddStamps {
        parcel: usize,
        cents: Vec<i8>,
        valid: Option<bool>,
    },
    Revalue {
        it: usize,
        cents: i8,
        valid: bool,
        parcel: usize,
    },
    DropStamp {
        it: usize,
    },
    Rename {
        depot: usize,
        name: &'static str,
    },
    MoveCrate {
        it: usize,
        depot: Option<usize>,
    },
    Seal {
        it: usize,
        sealed: bool,
    },
    MoveParcel {
        it: usize,
        home: usize,
    },
    Weigh {
        it: usize,
        grams: i8,
    },
    SaveParcels {
        grams: i8,
        home: usize,
    },
    Empty {
        home: usize,
    },
    DropParcel {
        it: usize,
    },
    DropCrate {
        it: usize,
    },
    DropDepot {
        it: usize,
    },
    Touch,
    Scope {
        mode: u8,
        fails: bool,
        body: Vec<Step>,
    },
}

/// A write of its own.
pub(super) fn write() -> impl Strategy<Value = Step> {
    let row = 0..12_usize;
    let number = -9..20_i8;
    prop_oneof![
        2 => Just(Step::NewDepot),
        4 => (prop::option::weighted(0.8, row.clone()), any::<bool>(), number.clone())
            .prop_map(|(depot, sealed, litres)| Step::NewCrate { depot, sealed, litres }),
        6 => (row.clone(), prop::collection::vec((number.clone(), 0..4_i8), 1..4))
            .prop_map(|(home, weights)| Step::NewParcels { home, weights }),
        2 => (prop::option::weighted(0.8, row.clone()), any::<bool>())
            .prop_map(|(depot, sealed)| Step::AddCrate { depot, sealed }),
        4 => (row.clone(), prop::collection::vec((number.clone(), 0..4_i8), 1..4))
            .prop_map(|(home, weights)| Step::AddParcels { home, weights }),
        4 => (row.clone(), prop::collection::vec(number.clone(), 1..4), any::<Option<bool>>())
            .prop_map(|(parcel, cents, valid)| Step::AddStamps { parcel, cents, valid }),
        2 => (row.clone(), number.clone(), any::<bool>(), row.clone())
            .prop_map(|(it, cents, valid, parcel)| Step::Revalue { it, cents, valid, parcel }),
        1 => row.clone().prop_map(|it| Step::DropStamp { it }),
        2 => (row.clone(), prop::sample::select(vec!["a", "A", "A ", "b"])).prop_map(|(depot, name)| Step::Rename { depot, name }),
        3 => (row.clone(), prop::option::weighted(0.8, row.clone()))
            .prop_map(|(it, depot)| Step::MoveCrate { it, depot }),
        3 => (row.clone(), any::<bool>()).prop_map(|(it, sealed)| Step::Seal { it, sealed }),
        3 => (row.clone(), row.clone()).prop_map(|(it, home)| Step::MoveParcel { it, home }),
        3 => (row.clone(), number.clone()).prop_map(|(it, grams)| Step::Weigh { it, grams }),
        1 => (number, row.clone()).prop_map(|(grams, home)| Step::SaveParcels { grams, home }),
        1 => row.clone().prop_map(|home| Step::Empty { home }),
        2 => row.clone().prop_map(|it| Step::DropParcel { it }),
        1 => row.clone().prop_map(|it| Step::DropCrate { it }),
        1 => row.prop_map(|it| Step::DropDepot { it }),
        1 => Just(Step::Touch),
    ]
}

/// A write, or a scope of several.
pub(super) fn step() -> impl Strategy<Value = Step> {
    write().prop_recursive(3, 24, 6, |inner| {
        (
            0..6_u8,
            prop::bool::weighted(0.2),
            prop::collection::vec(inner, 1..6),
        )
            .prop_map(|(mode, fails, body)| Step::Scope { mode, fails, body })
    })
}

type Outcome = Result<(), maintained::Error>;

fn nth(keys: &[i32], at: usize) -> Option<i32> {
    (!keys.is_empty()).then(|| keys[at % keys.len()])
}

fn keys(conn: &mut Conn) -> QueryResult<[Vec<i32>; 3]> {
    Ok([
        depots::table
            .select(depots::id)
            .order(depots::id)
            .load(conn)?,
        crates::table
            .select(crates::id)
            .order(crates::id)
            .load(conn)?,
        parcels::table
            .select(parcels::id)
            .order(parcels::id)
            .load(conn)?,
    ])
}

/// Runs one step.
#[allow(clippy::too_many_lines, reason = "an arm for each kind of write")]
pub(super) fn run(conn: &mut Conn, step: &Step) -> Outcome {
    let [depots, crates, parcels] = keys(conn)?;
    let depot = |at: &Option<usize>| at.and_then(|at| nth(&depots, at));
    match step {
        Step::NewDepot => Depot::insert(conn, depots::name.eq("new")).map(drop)?,
        Step::NewCrate {
            depot: at,
            sealed,
            litres,
        } => {
            let litres = f64::from(*litres) / 2.0;
            let new = (
                crates::depot_id.eq(depot(at)),
                crates::sealed.eq(sealed),
                crates::litres.eq(litres),
            );
            Crate::insert(conn, new).map(drop)?;
        }
        Step::NewParcels { home, weights } => {
            let Some(home) = nth(&crates, *home) else {
                return Ok(());
            };
            let new = weights.iter().map(|&(grams, pieces)| {
                (
                    parcels::crate_id.eq(home),
                    parcels::grams.eq(i64::from(grams)),
                    parcels::pieces.eq(i64::from(pieces)),
                )
            });
            Parcel::insert_many(conn, new).map(drop)?;
        }
        Step::AddCrate { depot: at, sealed } => {
            let new = NewCrate {
                depot_id: depot(at),
                sealed: *sealed,
                litres: 0.5,
            };
            Crate::add(conn, &new)?;
        }
        Step::AddParcels { home, weights } => {
            let Some(crate_id) = nth(&crates, *home) else {
                return Ok(());
            };
            let new = weights.iter().map(|&(grams, pieces)| NewParcel {
                crate_id,
                grams: i64::from(grams),
                pieces: i64::from(pieces),
            });
            match new.collect::<Vec<_>>().as_slice() {
                [only] => Parcel::add(conn, only)?,
                many => Parcel::add_many(conn, many)?,
            }
        }
        Step::AddStamps {
            parcel,
            cents,
            valid,
        } => {
            let Some(parcel_id) = nth(&parcels, *parcel) else {
                return Ok(());
            };
            let new = cents.iter().map(|&cents| NewStamp {
                parcel_id,
                cents: i32::from(cents),
                valid: *valid,
            });
            match new.collect::<Vec<_>>().as_slice() {
                [only] => Stamp::add(conn, only)?,
                many => Stamp::add_many(conn, many)?,
            }
        }
        Step::Revalue {
            it,
            cents,
            valid,
            parcel,
        } => {
            let keys: Vec<i32> = stamps::table
                .select(stamps::id)
                .order(stamps::id)
                .load(conn)?;
            let (Some(key), Some(parcel)) = (nth(&keys, *it), nth(&parcels, *parcel)) else {
                return Ok(());
            };
            let changes = (
                stamps::cents.eq(i32::from(*cents)),
                stamps::valid.eq(valid),
                stamps::parcel_id.eq(parcel),
            );
            Stamp::update(conn, key, changes).map(drop)?;
        }
        Step::DropStamp { it } => {
            let keys: Vec<i32> = stamps::table
                .select(stamps::id)
                .order(stamps::id)
                .load(conn)?;
            let Some(key) = nth(&keys, *it) else {
                return Ok(());
            };
            Stamp::delete_many(conn, &[key])?;
        }
        Step::Rename { depot, name } => {
            let Some(key) = nth(&depots, *depot) else {
                return Ok(());
            };
            Depot::update(conn, key, depots::name.eq(*name)).map(drop)?;
        }
        Step::MoveCrate { it, depot: at } => {
            let Some(key) = nth(&crates, *it) else {
                return Ok(());
            };
            Crate::update(conn, key, crates::depot_id.eq(depot(at))).map(drop)?;
        }
        Step::Seal { it, sealed } => {
            let Some(key) = nth(&crates, *it) else {
                return Ok(());
            };
            Crate::update(conn, key, crates::sealed.eq(sealed)).map(drop)?;
        }
        Step::MoveParcel { it, home } => {
            let (Some(key), Some(home)) = (nth(&parcels, *it), nth(&crates, *home)) else {
                return Ok(());
            };
            Parcel::update(conn, key, parcels::crate_id.eq(home)).map(drop)?;
        }
        Step::Weigh { it, grams } => {
            let Some(key) = nth(&parcels, *it) else {
                return Ok(());
            };
            Parcel::update(conn, key, parcels::grams.eq(i64::from(*grams))).map(drop)?;
        }
        Step::SaveParcels { grams, home } => {
            let Some(home) = nth(&crates, *home) else {
                return Ok(());
            };
            let mut rows: Vec<Parcel> = parcels::table
                .select(Parcel::as_select())
                .order(parcels::id)
                .limit(4)
                .load(conn)?;
            for row in &mut rows {
                row.grams += i64::from(*grams);
                row.crate_id = home;
            }
            Parcel::save_many(conn, &mut rows)?;
        }
        Step::Empty { home } => {
            let Some(home) = nth(&crates, *home) else {
                return Ok(());
            };
            Parcel::track(conn, parcels::crate_id.eq(home), |conn| -> Outcome {
                diesel::delete(parcels::table.filter(parcels::crate_id.eq(home))).execute(conn)?;
                Ok(())
            })?;
        }
        Step::DropParcel { it } => {
            let Some(key) = nth(&parcels, *it) else {
                return Ok(());
            };
            Parcel::delete_many(conn, &[key])?;
        }
        Step::DropCrate { it } => {
            let Some(key) = nth(&crates, *it) else {
                return Ok(());
            };
            Crate::delete_many(conn, &[key])?;
        }
        Step::DropDepot { it } => {
            let Some(key) = nth(&depots, *it) else {
                return Ok(());
            };
            Depot::delete_many(conn, &[key])?;
        }
        Step::Touch => Crate::touch(conn, &crates)?,
        Step::Scope { mode, fails, body } => {
            let all = |conn: &mut Conn| -> Outcome {
                for step in body {
                    run(conn, step)?;
                }
                if *fails {
                    Err(diesel::result::Error::RollbackTransaction.into())
                } else {
                    Ok(())
                }
            };
            let done = match mode {
                0 => Scope::immediate().run(conn, all),
                1 => conn.transaction(|conn| {
                    conn.set_base_mode(Mode::Buffered);
                    let done = all(conn);
                    conn.set_base_mode(Mode::Immediate);
                    done
                }),
                2 => conn.transaction(|conn| {
                    let scope = Scope::immediate().except(["names"]);
                    scope.run(conn, all).and_then(|()| touch_names(conn))
                }),
                _ => Scope::buffered().run(conn, all),
            };
            if !fails {
                done?;
            }
        }
    }
    Ok(())
}

/// Pays the debt of what was written without names.
fn touch_names(conn: &mut Conn) -> Outcome {
    let [_, crates, parcels] = keys(conn)?;
    Crate::touch(conn, &crates)?;
    Parcel::touch(conn, &parcels)
}
