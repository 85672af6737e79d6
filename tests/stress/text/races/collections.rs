//! Children that come, go and move, under parents that are computed from them.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::{
    Act, Conn, INSERT_EGG, INSERT_FIRST_EGG, INSERT_HOUSE, INSERT_MEMBER, MOVE_CITY, NAME, Outcome,
    race,
};
use crate::bare::models::{City, Egg, House, Nest};
use crate::bare::schema::{eggs, houses};
use crate::models::Tray;
use crate::schema::trays;

const INSERT_TRAY: Act = |conn| Tray::insert(conn, trays::shelf_id.eq(1)).map(drop);
const DELETE_CITY: Act = |conn| City::delete_many(conn, &[1]);

#[test]
fn two_inserters_under_one_parent() {
    // Member by member, the club's size follows.
    race(INSERT_MEMBER, INSERT_MEMBER).never_refused().run();
}

#[test]
fn two_inserters_under_one_parent_whose_field_often_stays_as_it_is() {
    race(INSERT_FIRST_EGG, INSERT_FIRST_EGG)
        .never_refused()
        .run();
}

#[test]
fn two_inserters_under_one_parent_with_a_unique_field() {
    race(INSERT_TRAY, INSERT_TRAY).never_refused().run();
}

#[test]
fn two_inserters_of_many_rows_under_the_same_parents() {
    fn insert(conn: &mut Conn, parents: [i32; 3]) -> Outcome {
        Egg::insert_many(conn, parents.map(|parent| eggs::nest_id.eq(parent))).map(drop)
    }
    race(
        |conn| insert(conn, [1, 2, 3]),
        |conn| insert(conn, [3, 1, 2]),
    )
    .never_refused()
    .run();
}

#[test]
fn two_inserters_of_many_rows_under_the_same_parents_with_a_unique_field() {
    fn insert(conn: &mut Conn, parents: [i32; 3]) -> Outcome {
        Tray::insert_many(conn, parents.map(|parent| trays::shelf_id.eq(parent))).map(drop)
    }
    race(
        |conn| insert(conn, [1, 2, 3]),
        |conn| insert(conn, [3, 1, 2]),
    )
    .never_refused()
    .run();
}

#[test]
fn inserter_and_deleter_under_one_parent() {
    race(INSERT_EGG, |conn| Egg::delete_many(conn, &[1]))
        .never_refused()
        .run();
}

#[test]
fn child_moved_between_parents_and_child_inserted_under_the_old_one() {
    race(
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(2)).map(drop),
        INSERT_EGG,
    )
    .never_refused()
    .run();
}

#[test]
fn child_moved_between_parents_and_child_inserted_under_the_new_one() {
    race(
        |conn| Egg::update(conn, 2, eggs::nest_id.eq(1)).map(drop),
        INSERT_EGG,
    )
    .never_refused()
    .run();
}

#[test]
fn child_saved_under_another_parent_and_child_inserted_under_either() {
    const SAVE: Act = |conn| {
        let (id, nest_id) = (1, 2);
        Egg { id, nest_id }.save(conn)
    };
    race(SAVE, INSERT_EGG).never_refused().run();
    race(SAVE, |conn| {
        Egg::insert(conn, eggs::nest_id.eq(2)).map(drop)
    })
    .never_refused()
    .run();
}

#[test]
fn child_saved_under_another_parent_with_a_unique_field_and_child_inserted_under_it() {
    race(
        |conn| {
            let (id, shelf_id) = (2, 1);
            Tray { id, shelf_id }.save(conn)
        },
        INSERT_TRAY,
    )
    .never_refused()
    .run();
}

#[test]
fn two_movers_to_one_parent_with_a_unique_field() {
    race(
        |conn| Tray::update(conn, 1, trays::shelf_id.eq(3)).map(drop),
        |conn| Tray::update(conn, 2, trays::shelf_id.eq(3)).map(drop),
    )
    .never_refused()
    .run();
}

#[test]
fn child_moved_to_a_parent_with_a_unique_field_that_nobody_knows_before_and_child_inserted_under_it()
 {
    // On InnoDB the mover has the foreign key's lock first, and wants the one of the inserter, who waits for it.
    let race = race(
        |conn| Tray::update(conn, 2, trays::shelf_id.eq(trays::shelf_id - 1)).map(drop),
        INSERT_TRAY,
    );
    match NAME {
        "MySQL" => race.run(),
        _ => race.never_refused().run(),
    }
}

#[test]
fn two_movers_of_one_row() {
    race(
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(2)).map(drop),
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(3)).map(drop),
    )
    .never_refused()
    .run();
}

#[test]
fn two_movers_of_one_row_that_save_it() {
    race(
        |conn| {
            let (id, nest_id) = (1, 2);
            Egg { id, nest_id }.save(conn)
        },
        |conn| {
            let (id, nest_id) = (1, 3);
            let mut eggs = [Egg { id, nest_id }, Egg { id: 2, nest_id }];
            Egg::save_many(conn, &mut eggs)
        },
    )
    .run();
}

#[test]
fn two_movers_of_one_row_in_brackets() {
    fn shift(conn: &mut Conn, nest: i32) -> Outcome {
        Egg::track(conn, eggs::id.eq(1), |conn| {
            diesel::update(eggs::table.find(1))
                .set(eggs::nest_id.eq(nest))
                .execute(conn)
                .map(drop)
                .map_err(Error::from)
        })
    }
    race(|conn| shift(conn, 2), |conn| shift(conn, 3))
        .never_refused()
        .run();
}

#[test]
fn two_movers_that_swap_their_rows_parents() {
    race(
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(2)).map(drop),
        |conn| Egg::update(conn, 2, eggs::nest_id.eq(1)).map(drop),
    )
    .run();
}

#[test]
fn mover_and_deleter_of_one_row() {
    race(
        |conn| Egg::update(conn, 1, eggs::nest_id.eq(2)).map(drop),
        |conn| Egg::delete_many(conn, &[1]),
    )
    .never_refused()
    .run();
}

#[test]
fn grandchild_inserted_and_its_parent_moved() {
    race(INSERT_HOUSE, MOVE_CITY).run();
}

#[test]
fn grandchild_changed_and_its_parent_moved() {
    race(
        |conn| House::update(conn, 1, houses::people.eq(9)).map(drop),
        MOVE_CITY,
    )
    .run();
}

#[test]
fn grandchild_deleted_and_its_parent_moved() {
    race(|conn| House::delete_many(conn, &[1]), MOVE_CITY).run();
}

#[test]
fn parent_deleted_with_its_children_and_child_inserted() {
    race(DELETE_CITY, INSERT_HOUSE).run();
}

#[test]
fn parent_deleted_with_its_children_and_child_changed() {
    race(DELETE_CITY, |conn| {
        House::update(conn, 1, houses::people.eq(9)).map(drop)
    })
    .run();
}

#[test]
fn parent_deleted_with_its_children_and_child_moved_away() {
    race(DELETE_CITY, |conn| {
        House::update(conn, 1, houses::city_id.eq(2)).map(drop)
    })
    .run();
}

#[test]
fn parent_deleted_with_its_children_and_child_moved_to_it() {
    race(DELETE_CITY, |conn| {
        House::update(conn, 2, houses::city_id.eq(1)).map(drop)
    })
    .run();
}

#[test]
fn parent_that_is_computed_deleted_with_its_children_and_child_inserted() {
    race(|conn| Nest::delete_many(conn, &[1]), INSERT_EGG).run();
}
