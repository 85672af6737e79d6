//! Isolation by value. Mode, scopes and pending marks belong to the connection value.

use maintained::prelude::*;

use super::support::Outcome;
use super::support::models::Order;
use super::support::oracle::{assert_right, stale};
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
