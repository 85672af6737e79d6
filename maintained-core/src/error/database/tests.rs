//! What is read out of the databases' messages.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::{Error, ErrorKind};

fn told(message: &str) -> Error {
    let message = Box::new(message.to_owned());
    Error::Database(DieselError::DatabaseError(
        DatabaseErrorKind::Unknown,
        message,
    ))
}

#[test]
#[expect(clippy::too_many_lines, reason = "a list of messages")]
fn what_diesel_has_no_kind_for_is_known_by_its_message() {
    for (message, kind, table, column, constraint) in [
        (
            "FOREIGN KEY constraint failed",
            ErrorKind::ForeignKeyViolation,
            None,
            None,
            None,
        ),
        (
            "UNIQUE constraint failed: users.name",
            ErrorKind::UniqueViolation,
            Some("users"),
            Some("name"),
            None,
        ),
        (
            "UNIQUE constraint failed: a.b, a.c",
            ErrorKind::UniqueViolation,
            None,
            None,
            None,
        ),
        (
            "NOT NULL constraint failed: users.name",
            ErrorKind::NotNullViolation,
            Some("users"),
            Some("name"),
            None,
        ),
        (
            "CHECK constraint failed: positive",
            ErrorKind::CheckViolation,
            None,
            None,
            Some("positive"),
        ),
        (
            "update or delete on table \"a\" violates RESTRICT setting of foreign key \
             constraint \"b_a_fkey\" on table \"b\"",
            ErrorKind::ForeignKeyViolation,
            None,
            None,
            None,
        ),
        (
            "Cannot add or update a child row: a foreign key constraint fails \
             (`shop`.`items`, CONSTRAINT `items_ibfk_1` FOREIGN KEY (`order_id`) REFERENCES \
              `orders` (`id`) ON DELETE CASCADE)",
            ErrorKind::ForeignKeyViolation,
            Some("items"),
            Some("order_id"),
            Some("items_ibfk_1"),
        ),
        (
            "Duplicate entry 'a' for key 'users.name'",
            ErrorKind::UniqueViolation,
            None,
            None,
            Some("name"),
        ),
        (
            "Duplicate entry 'it's' for key 'PRIMARY'",
            ErrorKind::UniqueViolation,
            None,
            None,
            Some("PRIMARY"),
        ),
        (
            "Column 'name' cannot be null",
            ErrorKind::NotNullViolation,
            None,
            Some("name"),
            None,
        ),
        (
            "Field 'name' doesn't have a default value",
            ErrorKind::NotNullViolation,
            None,
            Some("name"),
            None,
        ),
        (
            "CONSTRAINT `positive` failed for `shop`.`users`",
            ErrorKind::CheckViolation,
            Some("users"),
            None,
            Some("positive"),
        ),
        (
            "Check constraint 'positive' is violated.",
            ErrorKind::CheckViolation,
            None,
            None,
            Some("positive"),
        ),
        (
            "MySQL server has gone away",
            ErrorKind::ConnectionLost,
            None,
            None,
            None,
        ),
        (
            "Input/output error: connection closed",
            ErrorKind::ConnectionLost,
            None,
            None,
            None,
        ),
        (
            "Lock wait timeout exceeded; try restarting",
            ErrorKind::Refused,
            None,
            None,
            None,
        ),
        (
            "no such table: users",
            ErrorKind::Database,
            None,
            None,
            None,
        ),
    ] {
        let error = told(message);
        assert_eq!(error.kind(), kind, "{message}");
        let said = error.database_error().unwrap();
        let names = (said.table(), said.column(), said.constraint());
        assert_eq!(names, (table, column, constraint), "{message}");
    }
}
