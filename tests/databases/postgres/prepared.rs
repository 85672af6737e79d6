//! What PostgreSQL refuses to prepare, and who may end what is prepared.

use std::sync::Arc;

use diesel::connection::{Connection, SimpleConnection};
use maintained::{Databases, Error, ErrorKind};

use super::Conn;
use super::text::fleet::{Fleet, Outcome, add, send};
use super::two_phase::{Ready, keys, load};
use crate::board::AtCommit;

#[test]
fn a_server_that_prepares_nothing_is_told_before_anything_is_written_to_the_second() {
    let fleet = Fleet::new();
    for place in fleet.places.values() {
        place.plain(&maintained::operations::schema::<super::Inner>());
    }
    let mut databases = fleet.databases().two_phase();
    let error = match load(&mut databases, &["at", "ch"], 7) {
        // The server that the tests were given has it set.
        Ok(()) => return fleet.assert_line(7, &["at", "ch"]),
        Err(error) => error,
    };
    assert_eq!(error.kind(), ErrorKind::Declaration, "{error}");
    assert!(matches!(error, Error::CannotPrepare { .. }), "{error:?}");
    let said = error.to_string();
    assert!(said.contains("`max_prepared_transactions` is 0"), "{said}");
    fleet.assert_line(7, &[]);
    load(&mut databases, &["ch"], 7).unwrap();
    fleet.assert_line(7, &["ch"]);
}

#[test]
fn what_cannot_be_prepared_is_told_and_undoes_all() -> Outcome {
    let ready = Ready::new();
    let mut databases = ready.program();
    let statements = [
        ("CREATE TEMPORARY TABLE passing (id INTEGER)", "temporary"),
        ("LISTEN something", "LISTEN"),
        ("DECLARE reading CURSOR WITH HOLD FOR SELECT 1", "WITH HOLD"),
    ];
    for (at, (statement, words)) in statements.into_iter().enumerate() {
        let cents = 1_000 + i64::try_from(at).unwrap();
        let failed = databases.buffer_autoupdates(|databases| {
            for key in ["at", "ch", "de", "fr"] {
                add(databases, key, cents)?;
            }
            send(databases, "de", statement)
        });
        let error = failed.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        ready.assert_line(cents, &[]);
        ready.assert_nothing_left();
        // The one that decides is not prepared.
        databases.buffer_autoupdates(|databases| {
            send(databases, "at", statement)?;
            ["at", "ch"]
                .iter()
                .try_for_each(|key| add(databases, key, cents))
        })?;
        ready.assert_line(cents, &["at", "ch"]);
        ready.assert_nothing_left();
        databases = ready.program();
    }
    Ok(())
}

#[test]
fn a_deferred_constraint_is_checked_before_anything_is_prepared() {
    let ready = Ready::new();
    let mut databases = ready.program();
    let failed = databases.buffer_autoupdates(|databases| {
        for key in ["at", "ch", "de"] {
            add(databases, key, 7)?;
        }
        send(databases, "de", super::BREAK_COMMIT.unwrap())
    });
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::ForeignKeyViolation);
    assert_eq!(ready.board.steps(), Vec::<String>::new());
    ready.assert_line(7, &[]);
}

#[test]
fn only_its_owner_ends_a_prepared_transaction() {
    let ready = Ready::new();
    let kill = AtCommit::Run(Arc::new({
        let (urls, board) = (ready.urls(), Arc::clone(&ready.board));
        move || {
            for key in ["at", "ch"] {
                super::kill(&urls[key], board.number_of(key));
            }
        }
    }));
    ready.board.at_commit("at", kill);
    load(&mut ready.program(), &["at", "ch"], 7).unwrap_err();
    let role = format!("{}_role", crate::fresh_name());
    let mut admin = ready.place("at").other();
    admin
        .batch_execute(&format!("CREATE ROLE {role} LOGIN"))
        .unwrap();
    for place in ready.places.values() {
        let name = place.name();
        let grant = format!(
            "GRANT USAGE ON SCHEMA {name} TO {role};
             GRANT ALL ON ALL TABLES IN SCHEMA {name} TO {role}"
        );
        admin.batch_execute(&grant).unwrap();
    }
    let (urls, user) = (ready.urls(), format!("{role}@"));
    let open = move |key: &String| Conn::establish(&urls[key].replace("postgres@", &user));
    let mut other = Databases::new(open).two_phase();
    let recovered = other.recover(keys()).unwrap();
    drop(other);
    assert!(recovered.undone.is_empty(), "{recovered:?}");
    let [(key, error)] = &recovered.left[..] else {
        panic!("{recovered:?}");
    };
    assert_eq!(key, "ch");
    assert!(error.to_string().contains("permission denied"), "{error}");
    assert_eq!(ready.recover().undone, ["ch"]);
    ready.assert_line(7, &[]);
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    admin.batch_execute(&drop).unwrap();
}
