//! Isolation by value. Mode, scopes and pending marks belong to the connection value.

use diesel::prelude::*;
use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::Order;
use super::support::oracle::{assert_right, stale};
use super::support::schema::orders;
use super::support::shop::{self, ADA_OLD, SAW};
use crate::Conn;

#[test]
fn a_connection_can_be_sent_to_another_thread() {
    fn assert_send<T: Send>() {}
    assert_send::<Conn>();
    assert_send::<maintained::Error>();
}

#[test]
fn two_connections_on_one_thread_do_not_disturb_one_another() {
    let (mut left, mut right) = (shop::open(), shop::open());
    left.buffer_autoupdates(|left| -> Outcome {
        shop::item(left, ADA_OLD, SAW, 1, 5)?;
        assert_eq!(right.mode(), Mode::Immediate);
        shop::item(&mut right, ADA_OLD, SAW, 1, 5)?;
        assert_right(&mut right);
        assert!(right.pending().unwrap().is_empty());
        right.disable_autoupdates(|right| -> Outcome {
            assert_eq!(left.mode(), Mode::Buffered);
            shop::item(left, ADA_OLD, SAW, 2, 5)?;
            shop::item(right, ADA_OLD, SAW, 2, 5)?;
            Ok(())
        })?;
        assert!(!left.pending().unwrap().is_empty());
        Ok(())
    })
    .unwrap();
    assert_right(&mut left);
    assert!(!stale(&mut right).is_empty());
}

#[test]
fn a_scope_holds_on_whatever_thread_its_connection_is_used() {
    let mut conn = shop::open();
    conn.buffer_autoupdates(|conn| -> Outcome {
        std::thread::scope(|threads| {
            let writer = threads.spawn(|| {
                assert_eq!(conn.mode(), Mode::Buffered);
                shop::item(conn, ADA_OLD, SAW, 1, 5).map(drop)
            });
            writer.join().unwrap()
        })?;
        assert!(!conn.pending().unwrap().is_empty());
        Ok(())
    })
    .unwrap();
    assert_right(&mut conn);
    assert_eq!(shop::get::<Order>(&mut conn, ADA_OLD).item_count, 3);
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct User(&'static str);

#[derive(Debug, PartialEq, Eq)]
struct Reason(String);

/// Who is asking, in code that nobody has told.
fn user(conn: &Conn) -> Option<&'static str> {
    conn.value::<User>().map(|user| user.0)
}

#[test]
fn a_value_is_there_in_its_scope_and_below_and_the_innermost_counts() {
    let mut conn = shop::open();
    assert_eq!(user(&conn), None);
    let outer = Scope::buffered()
        .with(User("ada"))
        .with(Reason("a load".to_owned()));
    outer
        .run(&mut conn, |conn| -> Outcome {
            assert_eq!(user(conn), Some("ada"));
            Scope::disabled()
                .with(User("ben"))
                .run(conn, |conn| -> Outcome {
                    conn.transaction(|conn| -> Outcome {
                        assert_eq!(user(conn), Some("ben"));
                        assert_eq!(conn.value(), Some(&Reason("a load".to_owned())));
                        Ok(())
                    })
                })?;
            assert_eq!(user(conn), Some("ada"));
            Order::track(conn, orders::id.eq(ADA_OLD), |conn| -> Outcome {
                assert_eq!(user(conn), Some("ada"));
                Ok(())
            })
        })
        .unwrap();
    assert_eq!(user(&conn), None);
    assert_eq!(conn.value::<Reason>(), None);
}

#[test]
fn a_value_is_gone_after_an_error_and_after_a_panic() {
    let mut conn = shop::open();
    let failed = Scope::immediate()
        .with(User("ada"))
        .run(&mut conn, |_| -> Outcome {
            Err(maintained::Error::other("no"))
        });
    failed.unwrap_err();
    assert_eq!(user(&conn), None);
    let panics = std::panic::AssertUnwindSafe(|| {
        Scope::buffered()
            .with(User("ada"))
            .run(&mut conn, |_| -> Outcome { panic!("no") })
    });
    std::panic::catch_unwind(panics).unwrap_err();
    assert_eq!(user(&conn), None);
}

#[test]
fn hooks_retries_and_those_who_join_a_shared_scope_see_its_value() {
    let mut conn = shop::open();
    let (sender, seen) = std::sync::mpsc::channel();
    let in_hook = sender.clone();
    let mut runs = 0;
    Scope::buffered()
        .with(User("ada"))
        .after_flush(move |conn: &mut Conn, _| {
            in_hook.send(user(conn)).unwrap();
            Ok(())
        })
        .retries(2)
        .run(&mut conn, |conn| -> Outcome {
            runs += 1;
            sender.send(user(conn)).unwrap();
            shop::item(conn, ADA_OLD, SAW, 1, 5).map(drop)
        })
        .unwrap();
    assert_eq!(runs, 1);
    assert_eq!(seen.try_iter().collect::<Vec<_>>(), [Some("ada"); 2]);
    // The hook of an inner scope runs when that scope has ended.
    let (in_hook, heard) = std::sync::mpsc::channel();
    Scope::buffered()
        .with(User("ada"))
        .with(Reason("outer".to_owned()))
        .run(&mut conn, |conn| {
            let hear = move |conn: &mut Conn, _: &maintained::FlushReport| {
                let reason = conn.value::<Reason>().map(|it| it.0.clone());
                in_hook.send((user(conn), reason)).unwrap();
                Ok(())
            };
            let inner = Scope::buffered().with(User("cat")).after_flush(hear);
            inner.run(conn, |conn| -> Outcome {
                shop::item(conn, ADA_OLD, SAW, 1, 5).map(drop)
            })
        })
        .unwrap();
    let seen: Vec<_> = heard.try_iter().collect();
    assert_eq!(seen, [(Some("cat"), Some("outer".to_owned()))]);
    assert_eq!(user(&conn), None);
    let shared = maintained::SharedScope::new().with(User("ben"));
    shared
        .join(&mut conn, |conn| -> Outcome {
            assert_eq!(user(conn), Some("ben"));
            shop::item(conn, ADA_OLD, SAW, 1, 5).map(drop)
        })
        .unwrap();
    assert_eq!(user(&conn), None);
    shared.flush(&mut conn).unwrap();
    assert_right(&mut conn);
}

#[maintained::buffer_autoupdates(with = User(name), with = Reason(format!("for {name}")))]
fn load_as(
    conn: &mut Conn,
    name: &'static str,
) -> Result<(&'static str, String), maintained::Error> {
    let reason = conn
        .value::<Reason>()
        .map(|it| it.0.clone())
        .unwrap_or_default();
    Ok((user(conn).unwrap_or_default(), reason))
}

#[test]
fn a_function_that_is_a_scope_carries_what_its_arguments_say() {
    let mut conn = shop::open();
    let seen = load_as(&mut conn, "cat").unwrap();
    assert_eq!(seen, ("cat", "for cat".to_owned()));
}
