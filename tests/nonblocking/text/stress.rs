//! Random writes from many tasks.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use maintained::prelude::*;
use maintained::{Error, ErrorKind};

use super::super::{Conn, Place};
use crate::models::{Cart, Folder, Line, Owner, cart, line};
use crate::schema::{carts, folders, lines, owners};

/// How many tasks write.
const TASKS: u64 = 8;
/// How often all pause, to see whether anything is stale.
const ROUNDS: u64 = 4;

fn operations() -> u64 {
    std::env::var("STRESS_OPERATIONS").map_or(320, |text| text.parse().unwrap())
}

/// Numbers that look random.
#[derive(Debug, Clone)]
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let mixed = (self.0 >> 33) ^ (self.0 >> 12);
        mixed % bound
    }

    fn key(&mut self, bound: u64) -> i32 {
        1 + i32::try_from(self.below(bound)).unwrap()
    }
}

/// What a task has written, and nobody else changes: the cents of lines by their keys.
type Own = BTreeMap<i32, i64>;

/// One operation.
async fn write(conn: &mut Conn, mut random: Random, mut own: Own) -> Result<Own, Error> {
    let kind = random.below(9);
    let cents = i64::from(random.key(100));
    let mine: Vec<i32> = own.keys().copied().collect();
    let index = usize::try_from(random.below(1 + mine.len() as u64)).unwrap();
    let mine = mine.get(index).copied();
    match (kind, mine) {
        (0 | 1, _) => {
            let line = Line::insert(conn, line(random.key(4), cents)).await?;
            own.insert(line.id, cents);
        }
        (2, Some(id)) => {
            Line::update(conn, id, lines::cents.eq(cents)).await?;
            own.insert(id, cents);
        }
        (3, Some(id)) => {
            let mut line = Line::find(conn, id).await?.unwrap();
            line.cart_id = random.key(4);
            line.save(conn).await?;
        }
        (4, Some(id)) => {
            Line::delete_many(conn, &[id]).await?;
            own.remove(&id);
        }
        (5, _) => {
            let name = format!("owner {cents}");
            Owner::update(conn, random.key(2), owners::name.eq(name)).await?;
        }
        (6, _) => {
            let owner = carts::owner_id.eq(random.key(2));
            Cart::update(
                conn,
                random.key(4),
                (owner, carts::note.eq(format!("{cents}"))),
            )
            .await?;
        }
        (7, _) => {
            let name = folders::name.eq(format!("{cents}"));
            let folder = random.key(3);
            Folder::update(conn, folder, name).await?;
            // Only the last one moves, so that there is no loop.
            Folder::update(conn, 3, folders::parent_id.eq(random.key(2))).await?;
        }
        // Every cart of an owner is locked when the owner's name changes: not too many of them.
        _ if random.below(8) == 0 => Cart::add(conn, &cart(random.key(2), "new")).await?,
        _ => Owner::touch(conn, &[random.key(2)]).await?,
    }
    Ok(own)
}

/// Several operations, alone or in a scope, until the database does not refuse them.
async fn insist(conn: &mut Conn, random: &mut Random, own: &Own, has_locks: bool) -> Option<Own> {
    let several = [1, 1, 2, 4][usize::try_from(random.below(4)).unwrap()];
    let seed = random.clone();
    random.below(2);
    for refusals in 0..1_000 {
        let (mut seed, own) = (seed.clone(), own.clone());
        let done = if several == 1 {
            write(conn, seed, own).await
        } else {
            conn.buffer_autoupdates(async move |conn: &mut Conn| {
                let mut own = own;
                for _ in 0..several {
                    seed.below(2);
                    own = write(conn, seed.clone(), own).await?;
                }
                Ok(own)
            })
            .await
        };
        match done {
            Ok(own) => return Some(own),
            Err(error) if error.is_retryable() => {
                assert_eq!(error.kind(), ErrorKind::Refused);
                let pause = random.below(1 << refusals.min(6));
                tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
            }
            Err(error) => {
                assert!(!has_locks, "{error} ({error:?})");
                return None;
            }
        }
    }
    panic!("refused too often")
}

/// Writes, and says how many fields were found stale, and how many lines lost.
async fn run(has_locks: bool, operations: u64, seed: u64) -> (usize, usize) {
    let place = Place::new();
    let (mut stale, mut all) = (0, vec![Own::new(); usize::try_from(TASKS).unwrap()]);
    for round in 0..ROUNDS {
        let mut tasks = Vec::new();
        for (task, own) in (0..TASKS).zip(&all) {
            let mut own = own.clone();
            let mut conn = place.connect().await;
            if !has_locks {
                conn.switch_off_locks();
            }
            let mut random = Random(seed + (round * TASKS + task) * 7_919);
            tasks.push(tokio::spawn(async move {
                for _ in 0..operations / TASKS / ROUNDS {
                    if let Some(done) = insist(&mut conn, &mut random, &own, has_locks).await {
                        own = done;
                    }
                }
                own
            }));
        }
        all.clear();
        for task in tasks {
            all.push(task.await.unwrap());
        }
        stale += place.seen().stale.len();
    }
    let mut conn = place.connect().await;
    let there = lines::table.filter(lines::id.ge(1000));
    let there: Vec<(i32, i64)> = there
        .select((lines::id, lines::cents))
        .load(&mut conn)
        .await
        .unwrap();
    let there: Own = there.into_iter().collect();
    let expected: Own = all.into_iter().flatten().collect();
    let lost = expected
        .iter()
        .filter(|(id, cents)| there.get(id) != Some(cents));
    let lost = lost.count() + there.keys().filter(|id| !expected.contains_key(id)).count();
    (stale, lost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_tasks_leave_nothing_stale_and_lose_nothing() {
    assert_eq!(run(true, operations(), 1).await, (0, 0));
}

/// The same without the locks: what the test above finds nothing of, it would find.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn row_locks_are_what_keeps_random_tasks_right() {
    for seed in 0..20 {
        let (stale, _) = run(false, 320, seed * 1_000_003).await;
        if stale > 0 {
            return;
        }
    }
    panic!("nothing was stale without locks");
}
