//! Several connections at once leave no total of totals stale.

use super::super::Place;
use super::super::writers::run_beside;
use super::program::{act, step};
use super::{stale, stock};

const WRITERS: usize = 4;
const STEPS: usize = 60;

#[test]
fn concurrent_writers_leave_totals_of_totals_right() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    run_beside(&place, step, (WRITERS, STEPS), act);
    assert_eq!(stale(&mut conn), Vec::<&str>::new());
}
