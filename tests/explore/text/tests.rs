//! What must come of it.

use maintained::Isolation;

use super::super::Conn;
use super::explorer::{Locking, Terms, Ways, alone, explore};
use super::player::Player;
use super::stage::Stage;
use super::writes;
use crate::settings::Settings;

fn assert_nothing_stale(level: Isolation, switches: usize) {
    let figures = explore(Terms::usual(level), &Settings::sample(switches));
    assert!(!figures.pairs.is_empty(), "no pair was asked for");
    assert_eq!(figures.wrong(), Vec::<String>::new());
}

/// Sums, by their short ways, and by the way that all fields can go.
fn assert_no_sum_stale(level: Isolation, switches: usize) {
    for ways in [Ways::Short, Ways::General] {
        let terms = Terms {
            ways,
            writes: writes::of_sums,
            ..Terms::usual(level)
        };
        let figures = explore(terms, &Settings::sample(switches));
        assert!(!figures.pairs.is_empty(), "no pair was asked for");
        assert_eq!(figures.wrong(), Vec::<String>::new());
    }
}

#[test]
fn no_order_of_sums_with_one_switch_leaves_a_stale_field_read_committed() {
    assert_no_sum_stale(Isolation::ReadCommitted, 1);
}

#[test]
fn no_order_of_sums_with_two_switches_leaves_a_stale_field_read_committed() {
    assert_no_sum_stale(Isolation::ReadCommitted, 2);
}

#[test]
fn no_order_of_sums_with_one_switch_leaves_a_stale_field_serializable() {
    assert_no_sum_stale(Isolation::Serializable, 1);
}

#[test]
fn no_order_of_sums_with_two_switches_leaves_a_stale_field_serializable() {
    assert_no_sum_stale(Isolation::Serializable, 2);
}

#[test]
fn no_order_with_one_switch_leaves_a_stale_field_read_committed() {
    assert_nothing_stale(Isolation::ReadCommitted, 1);
}

#[test]
fn no_order_with_two_switches_leaves_a_stale_field_read_committed() {
    assert_nothing_stale(Isolation::ReadCommitted, 2);
}

#[test]
fn no_order_with_one_switch_leaves_a_stale_field_serializable() {
    assert_nothing_stale(Isolation::Serializable, 1);
}

#[test]
fn no_order_with_two_switches_leaves_a_stale_field_serializable() {
    assert_nothing_stale(Isolation::Serializable, 2);
}

/// The same without the locks: what the tests above find nothing of, they would find.
#[test]
fn row_locks_are_what_keeps_the_orders_right() {
    let terms = Terms {
        locking: Locking::Off,
        ..Terms::usual(Isolation::ReadCommitted)
    };
    let figures = explore(terms, &Settings::sample(1));
    assert!(figures.stale() > 0, "nothing is noticed");
}

/// Whatever the library sends comes to the gate, so that a writer can be held before each
/// statement.
#[test]
fn gate_sees_a_write_from_its_begin_to_its_commit() {
    let mut stage = Stage::new();
    let player = Player::new(Conn::new(stage.place.connect()), true);
    for write in writes::all() {
        let progress = alone(&mut stage, &player, &write);
        // Before a `save` the row is read, outside of any transaction.
        let begun = progress.texts.iter().any(|text| text.contains("BEGIN"));
        let committed = progress.texts.last().is_some_and(|text| text == "COMMIT");
        assert!(begun && committed, "{}: {progress:#?}", write.name);
    }
}

#[test]
fn every_write_changes_a_row_but_a_touch_of_what_is_right() {
    let mut stage = Stage::new();
    let player = Player::new(Conn::new(stage.place.connect()), false);
    let mut writes = writes::all();
    writes.extend(writes::of_sums());
    writes.retain(|write| {
        alone(&mut stage, &player, write);
        !stage.is_changed()
    });
    let names: Vec<&str> = writes.iter().map(|write| write.name).collect();
    assert_eq!(names, ["touch-items"]);
}
