//! A place that is unique in its list is not in the way of a move: it is NULL until it has been
//! computed.

use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

use super::{Conn, Place};
use crate::models::schema::{items, lists};
use crate::models::{Item, List};

/// Two lists of three items each; the odd items are in the first.
fn two_lists(conn: &mut Conn) {
    let done: Result<(), Error> = conn.buffer_autoupdates(|conn| {
        for id in [1, 2] {
            List::insert(conn, (lists::id.eq(id), lists::name.eq("list")))?;
        }
        for id in 1..=6 {
            let list = (id + 1) % 2 + 1;
            let new = (
                items::id.eq(id),
                items::list_id.eq(list),
                items::weight.eq(id),
            );
            Item::insert(conn, new)?;
        }
        Ok(())
    });
    done.unwrap();
    assert_right(conn);
}

/// Checks each list by what its items are, and each item by its siblings.
fn assert_right(conn: &mut Conn) {
    let items: Vec<Item> = items::table.order(items::id).load(conn).unwrap();
    for item in &items {
        let siblings = items.iter().filter(|it| it.list_id == item.list_id);
        let before = siblings.filter(|it| (it.weight, it.id) < (item.weight, item.id));
        let place = i32::try_from(before.count() + 1).unwrap();
        assert_eq!(item.place, item.list_id.map(|_| place), "{item:?}");
    }
    let lists: Vec<List> = lists::table.load(conn).unwrap();
    for list in lists {
        let own = items.iter().filter(|it| it.list_id == Some(list.id));
        let places: Vec<(i32, i32)> = own.map(|it| (it.id, it.place.unwrap())).collect();
        let told: Vec<String> = places
            .iter()
            .map(|(id, place)| format!("{id}:{place}"))
            .collect();
        assert_eq!(list.places, told.join(" "), "{list:?}");
        let sum: i32 = places.iter().map(|(_, place)| place).sum();
        assert_eq!(list.sum, i64::from(sum), "{list:?}");
        assert_eq!(
            list.last,
            places.iter().map(|(_, place)| *place).max(),
            "{list:?}"
        );
    }
}

fn in_each_mode(check: impl Fn(&mut Conn) -> Result<(), Error>) {
    for scope in [Scope::immediate, Scope::buffered] {
        let place = Place::new();
        let mut conn = place.connect();
        two_lists(&mut conn);
        scope().run(&mut conn, &check).unwrap();
        assert_right(&mut conn);
    }
    let place = Place::new();
    let mut conn = place.connect();
    two_lists(&mut conn);
    check(&mut conn).unwrap();
    assert_right(&mut conn);
}

#[test]
fn a_row_is_moved_by_an_update() {
    in_each_mode(|conn| {
        let item = Item::update(conn, 1, items::list_id.eq(2))?;
        assert_eq!(item.list_id, Some(2));
        let both = (items::list_id.eq(1), items::note.eq("there and back"));
        Item::update(conn, 1, both).map(drop)
    });
}

#[test]
fn a_row_is_moved_by_an_update_that_gives_its_place_too() {
    in_each_mode(|conn| {
        let both = (items::list_id.eq(2), items::place.eq(17));
        Item::update(conn, 1, both).map(drop)
    });
}

#[test]
fn a_row_is_moved_by_a_save() {
    in_each_mode(|conn| {
        let mut item = Item::find(conn, 1)?.unwrap();
        item.list_id = Some(2);
        item.weight = 3;
        item.save(conn)
    });
}

#[test]
fn rows_are_swapped_by_saving_many() {
    in_each_mode(|conn| {
        let mut items: Vec<Item> = items::table.order(items::id).load(conn)?;
        for item in &mut items[..5] {
            item.list_id = item.list_id.map(|list| 3 - list);
        }
        items[5].note = "stays".to_owned();
        Item::save_many(conn, &mut items)
    });
}

#[test]
fn lists_are_swapped_in_a_bracket_whose_statement_takes_the_places_away() {
    in_each_mode(|conn| {
        Item::track(conn, items::id.gt(0), |conn| {
            let swap = "UPDATE items SET list_id = 3 - list_id, place = NULL";
            diesel::sql_query(swap).execute(conn)?;
            Ok(())
        })
    });
}

#[test]
fn lists_are_swapped_in_a_bracket_by_writes_of_its_own() {
    in_each_mode(|conn| {
        Item::track(conn, items::id.gt(0), |conn| {
            for (id, list) in [(1, 2), (2, 1), (3, 2), (4, 1), (5, 2), (6, 1)] {
                Item::update(conn, id, items::list_id.eq(list))?;
            }
            Ok(())
        })
    });
}

#[test]
fn rows_that_a_delete_leaves_behind_find_their_place() {
    in_each_mode(|conn| List::delete_many(conn, &[2]));
}

#[test]
fn a_place_that_comes_out_as_it_was_leaves_nothing_stale() {
    in_each_mode(|conn| {
        // The lightest stays the lightest.
        Item::update(conn, 1, items::weight.eq(0))?;
        Item::update(conn, 1, items::weight.eq(0))?;
        let mut item = Item::find(conn, 2)?.unwrap();
        item.weight = 1;
        item.save(conn)
    });
}

#[test]
fn a_move_that_is_undone_leaves_nothing_behind() {
    in_each_mode(|conn| {
        let undone: Result<(), Error> = conn.transaction(|conn| {
            Item::update(conn, 1, items::list_id.eq(2))?;
            Err(Error::other("undo"))
        });
        assert!(undone.is_err());
        Ok(())
    });
}

#[test]
fn a_place_that_labels_leave_out_is_left_alone() {
    let place = Place::new();
    let mut conn = place.connect();
    two_lists(&mut conn);
    let scope = Scope::immediate().except(["place"]);
    let weight = |conn: &mut Conn| Item::update(conn, 1, items::weight.eq(9));
    let item = scope.run(&mut conn, weight).unwrap();
    assert_eq!(item.place, Some(1), "its setter has not run");
    let disabled = conn.disable_autoupdates(weight).unwrap();
    assert_eq!(disabled.place, Some(1));
}

#[test]
fn a_change_that_no_place_follows_from_leaves_it_alone() {
    let place = Place::new();
    let mut conn = place.connect();
    two_lists(&mut conn);
    let done: Result<(), Error> = conn.buffer_autoupdates(|conn| {
        let item = Item::update(conn, 1, items::note.eq("new"))?;
        assert_eq!(item.place, Some(1));
        let mut item = Item::find(conn, 3)?.unwrap();
        item.note = "new".to_owned();
        item.save(conn)?;
        assert_eq!(item.place, Some(2));
        Ok(())
    });
    done.unwrap();
    assert_right(&mut conn);
}
