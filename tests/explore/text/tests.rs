//! What must come of it.

use maintained::Isolation;

use super::explorer::{Locking, Terms, explore};
use crate::settings::Settings;

fn assert_nothing_stale(level: Isolation, switches: usize) {
    let locking = Locking::On;
    let figures = explore(Terms { level, locking }, &Settings::sample(switches));
    assert!(!figures.pairs.is_empty(), "no pair was asked for");
    assert_eq!(figures.stale(), Vec::<String>::new());
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
        level: Isolation::ReadCommitted,
        locking: Locking::Off,
    };
    let figures = explore(terms, &Settings::sample(1));
    assert_ne!(figures.stale(), Vec::<String>::new());
}
