//! Two writers whose rows copy from one parent that has a setter of its own, and does not read them: both hold the foreign
//! key's lock on it, and both want it alone.

use diesel::prelude::*;
use maintained::prelude::*;

use super::{Act, Conn, Outcome, race};
use crate::bare::models::Topic;
use crate::bare::own_setters::{
    Bottle, Cask, Label, NewBottle, Rack, STAGE, bottles, casks, labels, racks,
};
use crate::bare::schema::topics;

const INSERT_BOTTLE: Act = |conn| Bottle::insert(conn, bottles::label_id.eq(1)).map(drop);
const MOVE_BOTTLE: Act = |conn| Bottle::update(conn, 2, bottles::label_id.eq(1)).map(drop);
const INSERT_CASK: Act = |conn| Cask::insert(conn, casks::label_id.eq(1)).map(drop);
const RENAME_LABEL: Act =
    |conn| Label::update(conn, 1, labels::revision.eq(labels::revision + 10)).map(drop);

fn insert_rack(conn: &mut Conn, cellar: i32, label: i32) -> Outcome {
    let new = (racks::cellar_id.eq(cellar), racks::label_id.eq(label));
    Rack::insert(conn, new).map(drop)
}

#[test]
fn two_inserters_that_copy_from_one_parent_with_a_setter_of_its_own() {
    for [first, second] in [
        [INSERT_BOTTLE, INSERT_BOTTLE],
        [INSERT_CASK, INSERT_CASK],
        [INSERT_BOTTLE, INSERT_CASK],
        [INSERT_BOTTLE, |conn| {
            Bottle::add(conn, &NewBottle { label_id: 1 })
        }],
    ] {
        race(first, second).on(&STAGE).never_refused().run();
    }
}

#[test]
fn inserter_and_mover_that_copy_from_one_parent_with_a_setter_of_its_own() {
    let movers: [Act; 3] = [
        MOVE_BOTTLE,
        |conn| {
            let (id, label_id, copied) = (2, 1, 0);
            Bottle {
                id,
                label_id,
                copied,
            }
            .save(conn)
        },
        |conn| {
            let (label_id, copied) = (1, 0);
            let mut bottles = [1, 2].map(|id| Bottle {
                id,
                label_id,
                copied,
            });
            Bottle::save_many(conn, &mut bottles)
        },
    ];
    for mover in movers {
        race(INSERT_BOTTLE, mover).on(&STAGE).never_refused().run();
    }
}

#[test]
fn two_inserters_by_way_of_whose_rows_one_parent_with_a_setter_of_its_own_is_read() {
    race(
        |conn| insert_rack(conn, 1, 1),
        |conn| insert_rack(conn, 2, 1),
    )
    .on(&STAGE)
    .never_refused()
    .run();
}

#[test]
fn parent_with_a_setter_of_its_own_renamed_and_row_inserted_that_reads_it() {
    race(RENAME_LABEL, INSERT_BOTTLE).on(&STAGE).run();
    race(RENAME_LABEL, INSERT_CASK).on(&STAGE).run();
    race(RENAME_LABEL, |conn| insert_rack(conn, 2, 1))
        .on(&STAGE)
        .run();
}

#[test]
fn two_rows_inserted_under_one_of_a_tree_that_is_read_downwards() {
    let act: Act = |conn| Topic::insert(conn, topics::parent_id.eq(3)).map(drop);
    race(act, act).never_refused().run();
}
