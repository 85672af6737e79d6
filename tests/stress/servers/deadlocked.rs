//! Transactions of Diesel's that lock one another out, by queries of their own.

use std::sync::Barrier;
use std::thread;

use diesel::prelude::*;
use maintained::prelude::*;

use super::super::Conn;
use super::super::text::shop::{self, stale};
use crate::models::Owner;
use crate::schema::owners;

#[test]
fn a_deadlock_with_which_a_transaction_ends_does_not_stay_with_the_connection() {
    let place = shop::stocked();
    let barrier = Barrier::new(2);
    let refused = thread::scope(|threads| {
        let writers = [[1, 2], [2, 1]].map(|[first, second]| {
            let (mut conn, barrier) = (place.connect(), &barrier);
            threads.spawn(move || {
                let refused = conn.transaction(|conn| {
                    lock(conn, first)?;
                    barrier.wait();
                    lock(conn, second)
                });
                // Whatever came of it, the next write finds nothing of it.
                Owner::update(&mut conn, first, owners::revision.eq(7)).unwrap();
                refused.is_err()
            })
        });
        writers.map(|writer| writer.join().unwrap())
    });
    assert_eq!(refused.iter().filter(|&&refused| refused).count(), 1);
    assert_eq!(stale(&mut place.connect()), Vec::<String>::new());
}

fn lock(conn: &mut Conn, key: i32) -> QueryResult<i32> {
    let row = owners::table.find(key).select(owners::id);
    row.for_update().get_result(conn)
}
