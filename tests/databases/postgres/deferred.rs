//! Constraints that are checked at the commit.

use maintained::{Error, ErrorKind};

use super::BREAK_COMMIT;
use super::text::fleet::{Fleet, add, send};
use crate::KEYS;

#[test]
fn a_deferred_constraint_that_fails_is_found_before_the_first_commit() {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    for key in KEYS {
        let failed = databases.buffer_autoupdates(|databases| {
            for key in KEYS {
                add(databases, key, 7)?;
            }
            send(databases, key, BREAK_COMMIT.unwrap())
        });
        let error = failed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignKeyViolation, "{error}");
        assert!(!fleet.board.sent().iter().any(|it| it.ends_with("COMMIT")));
        fleet.assert_line(7, &[]);
    }
    // A single database has no other that could be committed before.
    let failed = databases.buffer_autoupdates(|databases| {
        add(databases, "at", 7)?;
        send(databases, "at", BREAK_COMMIT.unwrap())
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::ForeignKeyViolation);
    fleet.assert_line(7, &[]);
    // What is promised may be kept later in the body.
    databases
        .buffer_autoupdates(|databases| {
            for key in KEYS {
                send(databases, key, BREAK_COMMIT.unwrap())?;
                add(databases, key, 8)?;
                send(databases, key, "INSERT INTO promised VALUES (1)")?;
            }
            Ok::<_, Error>(())
        })
        .unwrap();
    fleet.assert_line(8, &KEYS);
}
