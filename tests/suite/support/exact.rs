//! The exact work of one change.

use super::Outcome;
use super::oracle::assert_right;
use super::shop;
use super::spy::called;
use super::statements::{columns_set, recorded};
use crate::Conn;

/// What one change makes of the shop: the setters that are called, how many times for each model, and the columns that
/// the flush writes.
#[track_caller]
pub fn work(change: impl FnOnce(&mut Conn) -> Outcome) -> (Vec<&'static str>, Vec<String>) {
    let mut conn = shop::open();
    let mut written = Vec::new();
    let setters = called(|| {
        conn.buffer_autoupdates(|conn| -> Outcome {
            change(conn)?;
            let (report, statements) = recorded(conn, Conn::flush_autoupdates);
            let computed = report?
                .models
                .into_iter()
                .filter(|(_, report)| report.computed > 0);
            let computed: Vec<String> = computed
                .map(|(model, report)| format!("{model} {}", report.computed))
                .collect();
            written.extend(
                statements
                    .iter()
                    .flat_map(|statement| columns_set(statement)),
            );
            written.sort_unstable();
            written.dedup();
            written.insert(0, computed.join(", "));
            Ok(())
        })
        .unwrap();
    });
    assert_right(&mut conn);
    (setters, written)
}

/// Asserts the setters that were called; how many calls there were for each model, and the columns that were written.
macro_rules! exact {
    ($name:ident, $change:expr, [$($setter:literal),* $(,)?], [$computed:literal $(, $column:literal)* $(,)?]) => {
        #[test]
        fn $name() {
            let (setters, written) = $crate::suite::support::exact::work($change);
            assert_eq!(setters, [$($setter),*] as [&str; { const NAMES: &[&str] = &[$($setter),*]; NAMES.len() }]);
            assert_eq!(written, [$computed $(, $column)*]);
        }
    };
}

pub(crate) use exact;
