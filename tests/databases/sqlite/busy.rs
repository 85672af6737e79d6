//! Commits that `SQLite` refuses because somebody reads.

use diesel::connection::SimpleConnection;
use maintained::prelude::*;
use maintained::{Error, ErrorKind};

use super::text::fleet::{Fleet, Outcome, Partly, add};

#[test]
fn a_first_commit_that_is_refused_is_run_again() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let mut reader = fleet.place("at").other();
    let mut times = 0;
    databases.run_retried(Scope::buffered().retries(3), |databases| {
        times += 1;
        let read = match times {
            1 | 2 => "BEGIN; SELECT * FROM owners",
            _ => "ROLLBACK",
        };
        if times != 2 {
            reader.batch_execute(read)?;
        }
        add(databases, "ch", 7)?;
        add(databases, "at", 7)
    })?;
    assert_eq!(times, 3);
    fleet.assert_line(7, &["at", "ch"]);
    Ok(())
}

#[test]
fn a_second_commit_that_is_refused_is_never_run_again() {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    let mut reader = fleet.place("ch").other();
    reader.batch_execute("BEGIN; SELECT * FROM owners").unwrap();
    let mut times = 0;
    let failed = databases.run_retried(Scope::buffered().retries(3), |databases| {
        times += 1;
        for key in ["at", "ch", "de"] {
            add(databases, key, 7)?;
        }
        Ok::<_, Error>(())
    });
    let error = failed.unwrap_err();
    assert_eq!(times, 1);
    assert_eq!(error.kind(), ErrorKind::PartlyCommitted);
    let Error::PartlyCommitted { source, .. } = &error else {
        unreachable!("its kind says so");
    };
    assert!(source.is_retryable(), "{source:?}");
    let said = Partly::of(&error).unwrap();
    assert_eq!(said, Partly::new(&["at"], &["ch", "de"], &[]));
    reader.batch_execute("ROLLBACK").unwrap();
    fleet.assert_line(7, &["at"]);
}
