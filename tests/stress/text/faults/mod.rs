//! What is left after a fault: nothing of the scope that it struck, or all of it, and never a stale field.

mod killed;
mod victim;

use std::thread;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use maintained::prelude::*;

use super::super::Conn;
use super::shop::{Outcome, new_line, stale};
use crate::models::{Cart, Line, Owner};
use crate::schema::{carts, lines, owners};
use crate::setting;

/// The keys of the carts that are loaded start here.
const BASE: i32 = 100_000;
/// How many lines a load gives its cart.
const LINES: i64 = 20;
/// How long a server may take to notice that a client is no more, or to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often each fault strikes.
pub fn strikes() -> usize {
    setting("STRESS_FAULTS", 20)
}

/// Waits for what must come.
pub fn wait_until(mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "it does not come");
        thread::sleep(Duration::from_millis(1));
    }
}

/// One load: a cart with its lines, and its owner's counter.
pub fn load(conn: &mut Conn, load: i32) -> Outcome {
    let cart = BASE + load;
    Cart::insert(conn, (carts::id.eq(cart), carts::owner_id.eq(1)))?;
    Line::insert_many(conn, (1..=5).map(|product| new_line(cart, product)))?;
    Owner::update(conn, 1, owners::revision.eq(owners::revision + 1))?;
    for product in 1..=5 {
        Line::insert_many(conn, [1, 2, 3].map(|_| new_line(cart, product)))?;
    }
    Ok(())
}

/// Which loads are there. Each is there as a whole, and nothing is stale.
pub fn loads(conn: &mut Conn) -> Vec<i32> {
    assert_eq!(stale(conn), Vec::<String>::new());
    let carts: Vec<i32> = carts::table
        .filter(carts::id.gt(BASE))
        .select(carts::id)
        .order(carts::id)
        .load(conn)
        .unwrap();
    for &cart in &carts {
        let loaded: i64 = lines::table
            .filter(lines::cart_id.eq(cart))
            .count()
            .get_result(conn)
            .unwrap();
        assert_eq!(loaded, LINES, "of cart {cart}");
    }
    let revision: i32 = owners::table
        .find(1)
        .select(owners::revision)
        .first(conn)
        .unwrap();
    assert_eq!(usize::try_from(revision).unwrap(), carts.len());
    carts.iter().map(|cart| cart - BASE).collect()
}
