use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DieselError};

use super::{Error, ErrorKind, FirstError};

/// An error of a database that speaks another language.
struct Told(String, Option<String>);

impl DatabaseErrorInformation for Told {
    fn message(&self) -> &str {
        &self.0
    }

    fn details(&self) -> Option<&str> {
        self.1.as_deref()
    }

    fn hint(&self) -> Option<&str> {
        None
    }

    fn table_name(&self) -> Option<&str> {
        None
    }

    fn column_name(&self) -> Option<&str> {
        None
    }

    fn constraint_name(&self) -> Option<&str> {
        None
    }

    fn statement_position(&self) -> Option<i32> {
        None
    }
}

fn told(text: &str, details: Option<&str>) -> Error {
    let message = Told(text.to_owned(), details.map(ToOwned::to_owned));
    Error::Database(DieselError::DatabaseError(
        DatabaseErrorKind::Unknown,
        Box::new(message),
    ))
}

#[test]
fn a_deadlock_is_known_in_whatever_language_the_server_speaks() {
    for details in [
        "Process 7 waits for ShareLock on transaction 12; blocked by process 8.\n\
         Process 8 waits for ExclusiveLock on tuple (0,1) of relation 3 of database 4; blocked by process 7.",
        "Prozess 7 wartet auf ShareLock-Sperre auf Transaktion 12; blockiert von Prozess 8.\n\
         Prozess 8 wartet auf AccessExclusiveLock-Sperre auf Transaktion 13; blockiert von Prozess 7.",
        "进程 7 正在等待 事务 12 上的 ShareLock；被进程 8 阻塞。\n进程 8 正在等待 事务 13 上的 ShareLock；被进程 7 阻塞。",
    ] {
        let error = told("Verklemmung (Deadlock) entdeckt", Some(details));
        assert!(error.is_retryable(), "{details}");
        let again = FirstError::of(error.database().unwrap()).again();
        assert!(Error::from(again).is_retryable(), "{details}");
    }
}

#[test]
fn a_loop_of_one_row_is_a_row_that_references_itself() {
    let told = |keys: &[&str]| {
        let keys = keys.iter().map(ToString::to_string).collect();
        let model = "Category";
        Error::Loop { model, keys }.to_string()
    };
    assert_eq!(
        told(&["1"]),
        "the row of `Category` with the key 1 references itself, so that its fields cannot be computed: change the reference"
    );
    assert_eq!(
        told(&["1", "2"]),
        "the rows of `Category` with the keys 1, 2 reference one another in a loop, so that their fields cannot be computed: change one of the references"
    );
}

#[test]
fn another_error_is_not_taken_for_a_deadlock() {
    for details in [
        None,
        Some("Key (id)=(1) already exists."),
        Some("the table \"ShareLock\" is not there"),
    ] {
        assert!(
            !told("duplicate key", details).is_retryable(),
            "{details:?}"
        );
    }
}

#[test]
fn of_a_commit_that_could_not_be_rolled_back_the_first_error_counts() {
    let why = |message: &str| match told(message, None) {
        Error::Database(source) => Box::new(source),
        other => panic!("{other}"),
    };
    let error = Error::Database(DieselError::RollbackErrorOnCommit {
        commit_error: why("deadlock detected"),
        rollback_error: why("the server is gone"),
    });
    assert!(error.is_retryable());
}

#[test]
fn an_error_that_a_setter_or_a_hook_hands_on_is_what_it_was() {
    let error = Error::other(told("deadlock detected", None));
    assert!(error.is_retryable());
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.database_error().is_some());
}
