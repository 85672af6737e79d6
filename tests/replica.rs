//! A standby of PostgreSQL: what is read there, and what is left when it takes over. The servers are
//! started by the tests. `REPLICA_FAILOVERS` says how often the primary is killed.
#![allow(
    unreachable_pub,
    reason = "nothing of a test binary can be reached from outside"
)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "replica/pair.rs"]
mod pair;
#[path = "replica/shop.rs"]
mod shop;

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, RwLock};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;
use maintained::{Error, ErrorKind, operations};

use self::pair::Pair;
use self::shop::schema::{items, orders};
use self::shop::{Item, Order, numbers, stale};

type Conn = MaintainedConnection<PgConnection>;

const WRITERS: i32 = 4;
const ORDERS: i32 = 20;

/// Writers that go on until they are told to stop, and what they know.
#[derive(Default)]
struct Writers {
    /// Where the primary is.
    address: RwLock<String>,
    is_over: AtomicBool,
    next: AtomicI64,
    /// The numbers of the items whose scope has returned.
    acknowledged: Mutex<Vec<i64>>,
    /// Errors that say something else than to try again.
    faults: Mutex<Vec<String>>,
}

impl Writers {
    fn at(address: &str) -> Self {
        let writers = Self::default();
        address.clone_into(&mut writers.address.write().unwrap());
        writers
    }

    /// Writes in all modes, on one connection after another.
    fn write(&self) {
        while !self.is_over.load(Ordering::Relaxed) {
            let address = self.address.read().unwrap().clone();
            let Ok(mut conn) = Conn::establish(&address) else {
                thread::sleep(Duration::from_millis(20));
                continue;
            };
            while !self.is_over.load(Ordering::Relaxed) {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                match write_some(&mut conn, number * 10) {
                    Ok(written) => self.acknowledged.lock().unwrap().extend(written),
                    Err(error) if error.kind() == ErrorKind::Refused => {}
                    Err(error) if error.kind() == ErrorKind::ConnectionLost => break,
                    Err(error) => {
                        let fault = format!("{:?}: {error}", error.kind());
                        self.faults.lock().unwrap().push(fault);
                        break;
                    }
                }
            }
        }
    }

    fn written(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Waits until so many items more are acknowledged.
    fn wait_for(&self, more: usize) {
        let until = self.written() + more;
        while self.written() < until {
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Writes one item at once, or ten in a buffered scope, and gives back their numbers.
fn write_some(conn: &mut Conn, first: i64) -> Result<Vec<i64>, Error> {
    let order = 1 + i32::try_from(first / 10 % i64::from(ORDERS)).unwrap();
    let numbers: Vec<i64> = if first % 30 == 0 {
        (first..first + 10).collect()
    } else {
        vec![first]
    };
    conn.buffer_autoupdates(|conn| {
        for number in &numbers {
            Item::insert(conn, (items::order_id.eq(order), items::number.eq(number)))?;
        }
        Ok::<_, Error>(())
    })?;
    Ok(numbers)
}

/// Stops the writers, be it by a panic.
struct Stopping<'w>(&'w Writers);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
    }
}

/// A pair of servers, and the shop on them.
fn pair() -> Pair {
    let pair = Pair::start();
    let mut conn = Conn::establish(pair.primary()).unwrap();
    shop::create(&mut conn);
    Order::insert_many(&mut conn, (0..ORDERS).map(|_| orders::customer_id.eq(1))).unwrap();
    pair
}

#[test]
fn fields_arrive_on_a_replica_with_their_rows_and_never_apart() {
    let pair = pair();
    let writers = Writers::at(pair.primary());
    let mut replica = pair::connect(pair.standby());
    pair::wait_for_tables(&mut replica);
    let mut library = Conn::establish(pair.standby()).unwrap();
    let check = operations::check();
    let seen: Vec<usize> = thread::scope(|threads| {
        for _ in 0..WRITERS {
            threads.spawn(|| writers.write());
        }
        let stopping = Stopping(&writers);
        let looks = (0..100).map(|_| {
            writers.wait_for(5);
            // Nothing can be written there, and no row is what it was for long.
            let found = check.run(&mut library).unwrap();
            assert!(found.is_clean(), "{found:#?}");
            // Both are of one moment.
            replica.build_transaction().repeatable_read().run(|conn| {
                assert_eq!(stale(conn), Vec::<String>::new());
                QueryResult::Ok(numbers(conn).len())
            })
        });
        let seen = looks.collect::<QueryResult<_>>().unwrap();
        drop(stopping);
        seen
    });
    assert!(seen.first() < seen.last(), "{seen:?}");
    let damage = "UPDATE customers SET spent = spent + 1";
    pair::connect(pair.primary()).batch_execute(damage).unwrap();
    let found = check.run(&mut library).unwrap();
    let named: Vec<_> = found.differences.iter().map(ToString::to_string).collect();
    assert_eq!((found.unverified, named.len()), (1, 1), "{named:?}");
    assert!(named[0].starts_with("`Customer::spent` of the row with the key 1"));
    assert_eq!(*writers.faults.lock().unwrap(), Vec::<String>::new());
}

#[test]
fn a_failover_leaves_nothing_stale_and_loses_nothing_that_was_acknowledged() {
    let failovers = std::env::var("REPLICA_FAILOVERS").map_or(3, |text| text.parse().unwrap());
    let mut pair = pair();
    let writers = Writers::at(pair.primary());
    thread::scope(|threads| {
        for _ in 0..WRITERS {
            threads.spawn(|| writers.write());
        }
        let _stopping = Stopping(&writers);
        for _ in 0..failovers {
            writers.wait_for(200);
            pair.fail_over();
            pair.primary()
                .clone_into(&mut writers.address.write().unwrap());
            // The new primary commits nothing before it has a standby of its own.
            pair.follow();
        }
        writers.wait_for(200);
    });
    let mut conn = pair::connect(pair.primary());
    assert_eq!(stale(&mut conn), Vec::<String>::new());
    let stored = numbers(&mut conn);
    let acknowledged = writers.acknowledged.into_inner().unwrap();
    let lost: Vec<i64> = acknowledged
        .iter()
        .copied()
        .filter(|number| stored.binary_search(number).is_err())
        .collect();
    assert_eq!(lost, Vec::<i64>::new());
    assert_eq!(writers.faults.into_inner().unwrap(), Vec::<String>::new());
    eprintln!(
        "{failovers} failovers: {} items acknowledged, {} stored",
        acknowledged.len(),
        stored.len()
    );
}
