//! Futures that are dropped before they are ready, after each number of polls: either nothing is
//! committed, or all is, or the next call says what is.

use std::pin::Pin;

use maintained::{Error, Mode};

use super::super::KILL;
use super::{Fleet, Many, Outcome, Partly, add, awaited, dropped_after_commit, dropped_at_commit};
use crate::places::places;
use crate::polled::polled;

type Running<'d> = Pin<Box<dyn Future<Output = Outcome> + Send + 'd>>;
type Whole = for<'d> fn(&'d mut Many, i64) -> Running<'d>;

/// The databases that are used.
const USED: [&str; 3] = ["at", "ch", "de"];

/// How often a scope that was dropped came to what.
#[derive(Debug, Default)]
struct Tally {
    undone: usize,
    partly: usize,
}

/// Drops a scope after each number of polls, on connections that are open and on new ones.
async fn drop_whole(whole: Whole) {
    let fleet = Fleet::new();
    let mut tally = Tally::default();
    let mut cents = 1_000;
    for is_new in [false, true] {
        let mut databases = awaited(&fleet);
        // How many awaits there are is not the same each time.
        let mut finished = 0;
        for times in places(0) {
            cents += 2;
            if is_new {
                databases = awaited(&fleet);
            } else {
                all(&mut databases, cents + 1).await.unwrap();
            }
            if let Some(result) = polled(whole(&mut databases, cents), times).await {
                result.unwrap();
                fleet.assert_line(cents, &USED);
                fleet.clear();
                finished += 1;
                if finished == 4 {
                    break;
                }
                continue;
            }
            // The next call undoes what is left, and says what is committed.
            let told = databases
                .get(&"pe".to_owned())
                .await
                .map(|conn| conn.mode());
            let committed = fleet.with_line(cents);
            match told {
                Ok(mode) => {
                    tally.undone += 1;
                    assert_eq!(mode, Mode::Immediate);
                    assert!(committed.is_empty(), "{times}: {committed:?}");
                }
                Err(error) => {
                    tally.partly += 1;
                    let said = Partly::of(&error).unwrap();
                    said.assert_true(&USED, &committed);
                }
            }
            all(&mut databases, cents + 1).await.unwrap();
            assert!(fleet.with_line(cents + 1).len() >= USED.len());
            fleet.clear();
        }
    }
    eprintln!("{tally:?}");
    assert!(tally.undone > 5, "{tally:?}");
}

/// A scope that uses all of them.
fn all(databases: &mut Many, cents: i64) -> Running<'_> {
    Box::pin(
        databases.buffer_autoupdates(async move |databases: &mut Many| {
            for key in USED {
                add(databases, key, cents).await?;
            }
            Ok::<_, Error>(())
        }),
    )
}

/// A scope with another one inside.
fn nested(databases: &mut Many, cents: i64) -> Running<'_> {
    Box::pin(
        databases.buffer_autoupdates(async move |databases: &mut Many| {
            add(databases, "ch", cents).await?;
            databases
                .immediate_autoupdates(async move |databases: &mut Many| {
                    for key in ["at", "de"] {
                        add(databases, key, cents).await?;
                    }
                    Ok::<_, Error>(())
                })
                .await
        }),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_dropped_at_any_await_is_undone_or_the_next_call_says_what_is_committed() {
    drop_whole(all).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scopes_inside_one_another_that_are_dropped_are_undone_or_the_next_call_says_it() {
    drop_whole(nested).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_dropped_while_a_commit_is_under_way_is_told_by_the_next_call_once() {
    let fleet = Fleet::new();
    let mut databases = awaited(&fleet);
    let mut cents = 1_000;
    for (at, key) in USED.iter().enumerate() {
        let expected = Partly::new(&USED[..at], &USED[at + 1..], &[key]);
        let mut is_told = false;
        // Where the answer is there at once, the next commit is dropped, or nothing.
        for _ in 0..40 {
            cents += 1;
            let scope = all(&mut databases, cents);
            if dropped_at_commit(&fleet, key, scope).await.is_none() {
                let scope = all(&mut databases, cents + 1_000).await;
                let said = Partly::of(&scope.unwrap_err()).unwrap();
                said.assert_true(&USED, &fleet.with_line(cents));
                is_told = said == expected;
            }
            fleet.board.mend();
            fleet.clear();
            if is_told {
                break;
            }
        }
        assert!(is_told, "the commit of {key} is never waited for");
        cents += 1;
        all(&mut databases, cents).await.unwrap();
        fleet.assert_line(cents, &USED);
        fleet.clear();
    }
}

/// The connection is lost at the second of three commits; the future is dropped at each of the
/// awaits that follow, while the third database is undone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_that_is_dropped_after_a_commit_has_failed_is_told_in_full() {
    let fleet = Fleet::new();
    let mut databases = awaited(&fleet);
    let mut dropped = 0;
    // Where an answer is there at once, nothing is dropped: so it is tried often.
    for round in 0..60 {
        let cents = 1_000 + i64::try_from(round).unwrap();
        all(&mut databases, 100_000 + cents).await.unwrap();
        let (url, number) = (fleet.place("ch").url(), fleet.board.number_of("ch"));
        let end = move || KILL.unwrap()(&url, number);
        let scope = all(&mut databases, cents);
        let at = ("ch", 1 + round % 2);
        let error = if let Some(result) = dropped_after_commit(&fleet, at, end, scope).await {
            result.unwrap_err()
        } else {
            dropped += 1;
            let next = databases.get(&"pe".to_owned()).await;
            next.map(drop).unwrap_err()
        };
        let said = Partly::of(&error).unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!(said, Partly::new(&["at"], &["de"], &["ch"]), "{round}");
        fleet.assert_line(cents, &["at"]);
        if round > 6 && dropped > 2 {
            break;
        }
    }
    eprintln!("{dropped} dropped");
    assert!(dropped > 0);
}

/// Drops a scope inside another one, which goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_goes_on_after_one_inside_that_is_dropped_on_all_databases_or_cannot_be_kept() {
    let fleet = Fleet::new();
    let mut databases = awaited(&fleet);
    let (mut kept, mut given_up) = (0, 0);
    for times in 0.. {
        let body = async move |databases: &mut Many| {
            add(databases, "at", 2_000).await?;
            let inside = databases.buffer_autoupdates(async |databases: &mut Many| {
                for key in USED {
                    add(databases, key, 3_000).await?;
                }
                Ok::<_, Error>(())
            });
            let inside = polled(inside, times).await;
            add(databases, "pe", 2_000).await?;
            Ok::<_, Error>(inside.is_some())
        };
        let result = databases.buffer_autoupdates(body).await;
        let (outer, inner) = (fleet.with_line(2_000), fleet.with_line(3_000));
        match &result {
            Ok(is_ready) => {
                kept += 1;
                assert_eq!(outer.len(), 2);
                let is_whole = inner.len() == USED.len();
                assert!(
                    is_whole || inner.is_empty() && !is_ready,
                    "{times}: {inner:?}"
                );
            }
            Err(error) => {
                given_up += 1;
                assert!(Partly::of(error).is_none(), "{error:?}");
                assert!(outer.is_empty() && inner.is_empty(), "{times}: {error}");
            }
        }
        if let Ok(true) = result {
            break;
        }
        // What it was does not matter to the next scope.
        all(&mut databases, 4_000).await.unwrap();
        fleet.clear();
    }
    eprintln!("{kept} kept, {given_up} given up");
    assert!(given_up > 0, "a savepoint that was under way is never kept");
}

/// Drops what opens a connection, and begins the scopes on it, while the body goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_goes_on_after_a_first_use_that_is_dropped_or_all_is_undone() {
    let fleet = Fleet::new();
    let (mut kept, mut given_up, mut finished) = (0, 0, 0);
    for times in 0.. {
        let mut databases = awaited(&fleet);
        let body = async move |databases: &mut Many| {
            add(databases, "at", 2_000).await?;
            databases
                .buffer_autoupdates(async move |databases: &mut Many| {
                    let first = databases.get(&"ch".to_owned());
                    let is_finished = polled(first, times).await.is_some();
                    add(databases, "ch", 2_000).await?;
                    Ok::<_, Error>(is_finished)
                })
                .await
        };
        let result = databases.buffer_autoupdates(body).await;
        match &result {
            Ok(is_finished) => {
                kept += 1;
                finished += usize::from(*is_finished);
                fleet.assert_line(2_000, &["at", "ch"]);
            }
            Err(error) => {
                given_up += 1;
                assert!(error.to_string().contains("was not waited for"), "{error}");
                fleet.assert_line(2_000, &[]);
            }
        }
        if finished == 2 {
            break;
        }
        all(&mut databases, 4_000).await.unwrap();
        fleet.clear();
    }
    eprintln!("{kept} kept, {given_up} given up");
    assert!(
        kept > given_up,
        "a connection that is lost before its use is opened again"
    );
}
