//! The modes in which every change is tried.

use std::fmt::Debug;

use super::lab::Lab;
use super::program::check::stale_fields;
use super::{Conn, Outcome, Place};

/// How a change is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Each write brings everything up to date.
    Immediate,
    /// All of it at the end.
    Buffered,
    /// In scopes inside one another, and a savepoint.
    Nested,
}

impl How {
    pub(super) const ALL: [Self; 3] = [Self::Immediate, Self::Buffered, Self::Nested];

    pub(super) fn run<T>(
        self,
        conn: &mut Conn,
        change: impl FnOnce(&mut Conn) -> Outcome<T>,
    ) -> Outcome<T> {
        use diesel::Connection;
        match self {
            Self::Immediate => change(conn),
            Self::Buffered => conn.buffer_autoupdates(change),
            Self::Nested => conn.buffer_autoupdates(|conn| {
                conn.immediate_autoupdates(|conn| {
                    conn.transaction(|conn| conn.buffer_autoupdates(change))
                })
            }),
        }
    }
}

/// In each mode: fills a laboratory, changes something, and asserts what `seen` then sees of it.
///
/// No field may be stale before the change or after it.
#[track_caller]
pub(super) fn after<T: Debug + PartialEq>(
    change: impl Fn(&mut Conn, &Lab) -> Outcome,
    seen: impl Fn(&mut Conn, &Lab) -> T,
    expected: &T,
) {
    for how in How::ALL {
        let place = Place::new();
        let mut conn = place.connect();
        let lab = how.run(&mut conn, Lab::fill).unwrap();
        assert_right(&mut conn);
        how.run(&mut conn, |conn| change(conn, &lab)).unwrap();
        assert_eq!(seen(&mut conn, &lab), *expected, "{how:?}");
        assert_right(&mut conn);
    }
}

/// No field is stale, and no mark is left.
#[track_caller]
pub(super) fn assert_right(conn: &mut Conn) {
    assert!(conn.pending().unwrap().is_empty());
    let stale = stale_fields(conn).unwrap();
    let stale: Vec<_> = stale.into_iter().filter(|(_, rows)| *rows > 0).collect();
    assert!(stale.is_empty(), "{stale:?}");
}

/// A laboratory in a database of its own.
pub(super) fn lab() -> (Place, Conn, Lab) {
    let place = Place::new();
    let mut conn = place.connect();
    let lab = conn.buffer_autoupdates(Lab::fill).unwrap();
    (place, conn, lab)
}
