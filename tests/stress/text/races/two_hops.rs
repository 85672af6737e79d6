//! Copies over two hops, past a row that keeps no field: of the locks of the hops, none stands in for another.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::super::super::{HAS_ROW_LOCKS, never_wait};
use super::super::script::stock;
use super::{Act, Outcome, race, tables};
use crate::bare::two_hops::{Country, Park, STAGE, Street, Town, countries, parks, streets, towns};

const RENAME_COUNTRY: Act =
    |conn| Country::update(conn, 1, countries::revision.eq(countries::revision + 10)).map(drop);
const MOVE_TOWN: Act = |conn| Town::update(conn, 1, towns::country_id.eq(3)).map(drop);
const INSERT_STREET: Act = |conn| Street::insert(conn, streets::town_id.eq(1)).map(drop);
const MOVE_STREET: Act = |conn| Street::update(conn, 2, streets::town_id.eq(1)).map(drop);
const INSERT_PARK: Act = |conn| Park::insert(conn, parks::town_id.eq(1)).map(drop);
const MOVE_PARK: Act = |conn| Park::update(conn, 2, parks::town_id.eq(1)).map(drop);

#[test]
fn far_row_renamed_and_copy_of_it_inserted() {
    race(RENAME_COUNTRY, INSERT_STREET).on(&STAGE).run();
    race(RENAME_COUNTRY, INSERT_PARK).on(&STAGE).run();
}

#[test]
fn far_row_renamed_and_copy_moved_to_it() {
    race(RENAME_COUNTRY, MOVE_STREET).on(&STAGE).run();
    race(RENAME_COUNTRY, MOVE_PARK).on(&STAGE).run();
}

#[test]
fn far_row_renamed_and_copy_touched() {
    race(RENAME_COUNTRY, |conn| Street::touch(conn, &[1]))
        .on(&STAGE)
        .run();
    race(RENAME_COUNTRY, |conn| Park::touch(conn, &[1]))
        .on(&STAGE)
        .run();
}

#[test]
fn row_between_moved_and_copy_inserted_past_it() {
    race(MOVE_TOWN, INSERT_STREET).on(&STAGE).run();
    race(MOVE_TOWN, INSERT_PARK).on(&STAGE).run();
}

#[test]
fn row_between_moved_and_copy_moved_past_it() {
    race(MOVE_TOWN, MOVE_STREET).on(&STAGE).run();
    race(MOVE_TOWN, MOVE_PARK).on(&STAGE).run();
}

#[test]
fn row_between_moved_in_a_bracket_and_copy_inserted_past_it() {
    const TRACK_TOWN: Act = |conn| {
        Town::track(conn, towns::id.eq(1), |conn| {
            diesel::update(towns::table.find(1))
                .set(towns::country_id.eq(3))
                .execute(conn)
                .map(drop)
                .map_err(Error::from)
        })
    };
    race(TRACK_TOWN, INSERT_STREET).on(&STAGE).run();
    race(TRACK_TOWN, INSERT_PARK).on(&STAGE).run();
}

#[test]
fn row_between_moved_and_the_far_row_that_it_leaves_or_comes_to_renamed() {
    race(MOVE_TOWN, RENAME_COUNTRY).on(&STAGE).run();
    race(MOVE_TOWN, |conn| {
        Country::update(conn, 3, countries::revision.eq(40)).map(drop)
    })
    .on(&STAGE)
    .run();
}

#[test]
fn copy_does_not_wait_for_a_writer_of_another_far_row() {
    let place = tables::create(STAGE.create);
    let [mut first, mut second] = [place.connect(), place.connect()];
    stock(&mut first, &STAGE);
    // MySQL searches a table of few rows as a whole.
    let more = 10..60;
    Country::insert_many(&mut first, more.clone().map(|id| countries::id.eq(id))).unwrap();
    let town = |id| (towns::id.eq(id), towns::country_id.eq(id));
    Town::insert_many(&mut first, more.map(town)).unwrap();
    never_wait(&mut second);
    // A statement that is prepared already may be planned otherwise.
    for _ in 0..3 {
        let done: Outcome = first.transaction(|first| {
            RENAME_COUNTRY(first)?;
            MOVE_TOWN(first)?;
            Street::insert(&mut second, streets::town_id.eq(2))?;
            Park::insert(&mut second, parks::town_id.eq(2))?;
            Park::insert_many(&mut second, (11..50).map(|town| parks::town_id.eq(town)))?;
            Park::touch(&mut second, &[2])
        });
        assert_eq!(done.is_ok(), HAS_ROW_LOCKS, "{done:?}");
    }
}
