//! Connections that are opened, and those that cannot be.

use maintained::{Error, ErrorKind};

use super::fleet::{Fleet, Outcome, add, get};
use crate::KEYS;

#[test]
fn a_connection_is_opened_when_it_is_first_asked_for_and_kept() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    assert!(fleet.board.opened().is_empty());
    for _ in 0..2 {
        databases.buffer_autoupdates(|databases| {
            add(databases, "fr", 7)?;
            add(databases, "at", 7)?;
            add(databases, "fr", 7)
        })?;
    }
    assert_eq!(fleet.board.opened(), ["fr", "at"]);
    Ok(())
}

#[test]
fn a_database_that_cannot_be_reached_undoes_all() -> Outcome {
    let fleet = Fleet::new();
    let mut databases = fleet.databases();
    fleet.board.close("de");
    let failed = databases.buffer_autoupdates(|databases| {
        for key in KEYS {
            add(databases, key, 7)?;
        }
        Ok::<_, Error>(())
    });
    let error = failed.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionLost);
    assert!(
        matches!(&error, Error::Open { database, .. } if database == "\"de\""),
        "{error:?}"
    );
    assert!(error.to_string().contains("nobody answers"), "{error}");
    fleet.assert_line(7, &[]);
    // A body that goes on without it is committed.
    databases.buffer_autoupdates(|databases| {
        add(databases, "at", 8)?;
        assert!(get(databases, "de").is_err());
        add(databases, "pe", 8)
    })?;
    fleet.assert_line(8, &["at", "pe"]);
    fleet.board.mend();
    add(&mut databases, "de", 9)?;
    fleet.assert_line(9, &["de"]);
    Ok(())
}
