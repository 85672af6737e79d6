//! Constraints that are checked at the commit, and nowhere before it.

use maintained::prelude::*;
use maintained::{Error, ErrorKind};

use super::BREAK_COMMIT;
use super::text::fleet::{Fleet, Partly, add, send};
use crate::KEYS;

#[test]
fn a_commit_that_fails_after_another_says_which_are_committed_and_which_are_not() {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    for (at, key) in KEYS.iter().enumerate() {
        let cents = 700 + i64::try_from(at).unwrap();
        let mut times = 0;
        let failed = databases.run_retried(Scope::buffered().retries(3), |databases| {
            times += 1;
            for key in KEYS {
                add(databases, key, cents)?;
            }
            send(databases, key, BREAK_COMMIT.unwrap())
        });
        let error = failed.unwrap_err();
        assert_eq!(times, 1, "it is not run again");
        if at == 0 {
            assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation, "{error}");
            fleet.assert_line(cents, &[]);
        } else {
            assert_eq!(error.kind(), ErrorKind::PartlyCommitted, "{error}");
            assert!(!error.is_retryable());
            let Error::PartlyCommitted { source, .. } = &error else {
                unreachable!("its kind says so");
            };
            assert_eq!(source.kind(), ErrorKind::ForeignKeyViolation);
            let mut undone: Vec<&str> = KEYS[at..].to_vec();
            undone.sort_unstable();
            let said = Partly::of(&error).unwrap();
            assert_eq!(said, Partly::new(&KEYS[..at], &undone, &[]));
            fleet.assert_line(cents, &KEYS[..at]);
        }
        // It was said: the next scope is as any other.
        add(&mut databases, key, cents + 100).unwrap();
    }
}
