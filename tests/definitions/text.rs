//! The tests, on the database of the module that includes them.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use diesel_migrations::MigrationHarness;
use maintained::operations::{self, FieldState};
use maintained::{Error, ErrorKind, Maintained};

use super::super::models::schema::{customers, orders};
use super::super::models::{Customer, Order};
use super::{CURSOR, Conn, Inner, with};

/// All fields of the program.
const ALL: [&str; 8] = [
    "Customer::open",
    "Customer::orders",
    "Order::label",
    "Order::twice",
    "Other::label",
    "Other::twice",
    "Twin::label",
    "Twin::twice",
];

/// Runs a test on a database in which all fields are current.
fn with_all_current(test: impl FnOnce(&mut Conn)) {
    with(|conn| {
        operations::set_up(conn).unwrap();
        operations::adopt(conn).unwrap();
        test(conn);
    });
}

/// The fields that are not current, with their states.
fn states(conn: &mut Conn) -> Vec<(String, FieldState)> {
    let status = operations::status(conn).unwrap();
    let fields = status.fields.into_iter();
    let others = fields.filter(|field| field.state != FieldState::Current);
    let named = |it: operations::FieldStatus| (format!("{}::{}", it.model, it.field), it.state);
    others.map(named).collect()
}

fn is(field: &str, state: FieldState) -> Vec<(String, FieldState)> {
    vec![(field.to_owned(), state)]
}

fn execute(conn: &mut Conn, sql: &str) {
    assert_eq!(diesel::sql_query(sql).execute(conn).unwrap(), 1, "{sql}");
}

fn hash(conn: &mut Conn, model: &str, field: &str) -> String {
    #[derive(QueryableByName)]
    struct Hash {
        #[diesel(sql_type = Text)]
        hash: String,
    }
    let query =
        format!("SELECT hash FROM maintained_fields WHERE model = '{model}' AND field = '{field}'");
    let found: Hash = diesel::sql_query(query).get_result(conn).unwrap();
    found.hash
}

#[test]
fn without_the_table_an_error_says_how_to_make_it() {
    with(|conn| {
        let told = [
            operations::status(conn).map(|_| ()),
            operations::ensure_current(conn),
            operations::adopt(conn),
            operations::mark_current(conn, "Order", "label"),
        ];
        for told in told {
            let error = told.unwrap_err();
            assert!(matches!(error, Error::NotSetUp), "{error}");
            assert!(error.to_string().contains("operations::set_up(conn)"));
            assert_eq!(error.kind(), ErrorKind::Declaration);
        }
    });
}

#[test]
fn without_the_table_a_transaction_goes_on_and_fields_are_kept() {
    with(|conn| {
        conn.transaction(|conn| {
            Customer::insert(conn, (customers::id.eq(1), customers::name.eq("Ada")))?;
            assert!(matches!(operations::status(conn), Err(Error::NotSetUp)));
            assert!(matches!(operations::adopt(conn), Err(Error::NotSetUp)));
            let new = (orders::id.eq(7), orders::customer_id.eq(1));
            Order::insert(conn, (new, orders::is_open.eq(true), orders::cents.eq(21)))?;
            Ok::<_, Error>(())
        })
        .unwrap();
        let order = Order::find(conn, 7).unwrap().unwrap();
        assert_eq!((order.label.as_str(), order.twice), ("Ada #7", 42));
    });
}

#[test]
fn a_field_that_the_table_does_not_have_is_new() {
    with(|conn| {
        operations::set_up(conn).unwrap();
        let expected = ALL.map(|field| (field.to_owned(), FieldState::New));
        assert_eq!(states(conn), expected);
        let error = operations::ensure_current(conn).unwrap_err().to_string();
        for field in ALL {
            assert!(error.contains(&format!("`{field}` (new)")), "{error}");
        }
        assert!(error.contains("rebuild them"), "{error}");
    });
}

#[test]
fn what_is_adopted_is_current() {
    with_all_current(|conn| {
        let status = operations::status(conn).unwrap();
        assert_eq!(status.fields.len(), ALL.len());
        assert!(status.is_current());
        operations::ensure_current(conn).unwrap();
        operations::adopt(conn).unwrap();
        assert_eq!(states(conn), []);
    });
}

#[test]
fn a_field_of_another_definition_is_changed_and_no_other_is() {
    with_all_current(|conn| {
        for field in ALL {
            let (model, name) = field.split_once("::").unwrap();
            let before = hash(conn, model, name);
            let of = format!("WHERE model = '{model}' AND field = '{name}'");
            execute(
                conn,
                &format!("UPDATE maintained_fields SET hash = '0' {of}"),
            );
            assert_eq!(states(conn), is(field, FieldState::Changed));
            let error = operations::ensure_current(conn).unwrap_err();
            let Error::NotCurrent { fields } = &error else {
                panic!("{error}");
            };
            assert_eq!(*fields, [format!("`{field}` (changed)")]);
            execute(
                conn,
                &format!("UPDATE maintained_fields SET hash = '{before}' {of}"),
            );
            assert_eq!(states(conn), []);
        }
    });
}

#[test]
fn labels_comments_and_formatting_change_no_definition() {
    with_all_current(|conn| {
        for field in ["label", "twice"] {
            assert_eq!(hash(conn, "Order", field), hash(conn, "Twin", field));
        }
    });
}

#[test]
fn a_version_and_a_column_of_a_view_change_a_definition() {
    with_all_current(|conn| {
        for field in ["label", "twice"] {
            assert_ne!(hash(conn, "Order", field), hash(conn, "Other", field));
        }
    });
}

#[test]
fn a_filter_changes_a_definition() {
    with_all_current(|conn| {
        assert_ne!(
            hash(conn, "Customer", "orders"),
            hash(conn, "Customer", "open")
        );
    });
}

#[test]
fn a_hash_is_the_same_on_every_database() {
    with_all_current(|conn| {
        let hashes = [("Order", "label"), ("Order", "twice"), ("Customer", "open")];
        let hashes = hashes.map(|(model, field)| hash(conn, model, field));
        assert_eq!(
            hashes,
            ["4ca7723f07d7f7ca", "8d22a040d346380f", "f4f48373a6430294"]
        );
    });
}

#[test]
fn a_field_that_only_the_table_has_is_gone_and_in_nobodys_way() {
    with_all_current(|conn| {
        execute(
            conn,
            "INSERT INTO maintained_fields (model, field, hash, state) \
             VALUES ('Old', 'total', '0', 'current')",
        );
        assert_eq!(states(conn), is("Old::total", FieldState::Gone));
        operations::ensure_current(conn).unwrap();
        operations::adopt(conn).unwrap();
        assert_eq!(states(conn), is("Old::total", FieldState::Gone));
    });
}

#[test]
fn a_rebuild_shows_how_far_it_is() {
    with_all_current(|conn| {
        let of = "WHERE model = 'Order' AND field = 'label'";
        execute(
            conn,
            &format!("UPDATE maintained_fields SET state = 'rebuilding' {of}"),
        );
        assert_eq!(
            states(conn),
            is("Order::label", FieldState::Rebuilding { cursor: None })
        );
        execute(
            conn,
            &format!("UPDATE maintained_fields SET {CURSOR} = '[7]' {of}"),
        );
        let cursor = Some("[7]".to_owned());
        assert_eq!(
            states(conn),
            is("Order::label", FieldState::Rebuilding { cursor })
        );
        let error = operations::ensure_current(conn).unwrap_err().to_string();
        assert!(
            error.contains("`Order::label` (rebuilding, at [7])"),
            "{error}"
        );

        execute(
            conn,
            &format!("UPDATE maintained_fields SET hash = '0' {of}"),
        );
        assert_eq!(states(conn), is("Order::label", FieldState::Changed));
        operations::mark_current(conn, "Order", "label").unwrap();
        assert_eq!(states(conn), []);
    });
}

#[test]
fn a_status_is_shown_as_a_table() {
    with_all_current(|conn| {
        execute(
            conn,
            "UPDATE maintained_fields SET hash = '0' WHERE model = 'Order' AND field = 'label'",
        );
        execute(
            conn,
            "DELETE FROM maintained_fields WHERE model = 'Customer' AND field = 'open'",
        );
        let status = operations::status(conn).unwrap();
        assert!(!status.is_current());
        let lines: Vec<String> = status.to_string().lines().map(str::to_owned).collect();
        assert_eq!(
            lines[..4],
            [
                "Customer::open    new",
                "Customer::orders  current",
                "Order::label      changed",
                "Order::twice      current",
            ]
        );
    });
}

#[test]
fn one_field_can_be_marked_current() {
    with(|conn| {
        operations::set_up(conn).unwrap();
        operations::mark_current(conn, "Order", "label").unwrap();
        let named = |(field, _): (String, _)| field;
        let new: Vec<String> = states(conn).into_iter().map(named).collect();
        let others = ALL.into_iter().filter(|field| *field != "Order::label");
        assert_eq!(new, others.collect::<Vec<_>>());
    });
}

#[test]
fn a_field_that_nobody_has_cannot_be_marked_current() {
    with_all_current(|conn| {
        let error = operations::mark_current(conn, "Order", "labell").unwrap_err();
        assert!(matches!(error, Error::UnknownField { .. }), "{error}");
        assert!(error.to_string().contains("did you mean `Order::label`?"));
    });
}

#[test]
fn what_is_adopted_in_a_transaction_goes_with_it() {
    with(|conn| {
        operations::set_up(conn).unwrap();
        conn.transaction(|conn| {
            operations::adopt(conn)?;
            operations::ensure_current(conn)?;
            Err::<(), _>(Error::NotSetUp)
        })
        .unwrap_err();
        assert_eq!(states(conn).len(), ALL.len());
        conn.transaction(operations::adopt).unwrap();
        assert_eq!(states(conn), []);
    });
}

#[test]
fn the_table_is_made_once() {
    with_all_current(|conn| {
        operations::set_up(conn).unwrap();
        conn.batch_execute(&operations::schema::<Inner>()).unwrap();
        assert_eq!(states(conn), []);
    });
}

#[test]
fn the_table_is_made_in_a_transaction_or_not_at_all() {
    with(|conn| {
        let made = conn.transaction(|conn| {
            Customer::insert(conn, (customers::id.eq(1), customers::name.eq("Ada")))?;
            let made = operations::set_up(conn);
            if let Err(error) = &made {
                assert!(error.to_string().contains("outside of any transaction"));
            }
            Err::<(), _>(Error::other(if made.is_ok() { "made" } else { "refused" }))
        });
        let made = made.unwrap_err().to_string();
        assert!(["made", "refused"].contains(&made.as_str()), "{made}");
        assert!(Customer::find(conn, 1).unwrap().is_none());
        assert!(matches!(operations::status(conn), Err(Error::NotSetUp)));
    });
}

#[test]
fn the_migration_makes_the_table_and_takes_it_away() {
    with(|conn| {
        conn.run_pending_migrations(operations::migrations::<Inner>())
            .unwrap();
        operations::adopt(conn).unwrap();
        let again = conn.run_pending_migrations(operations::migrations::<Inner>());
        assert_eq!(again.unwrap(), []);
        operations::ensure_current(conn).unwrap();
        conn.revert_all_migrations(operations::migrations::<Inner>())
            .unwrap();
        assert!(matches!(operations::status(conn), Err(Error::NotSetUp)));
    });
}

#[test]
fn times_are_those_of_the_latest_record() {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        fields: i64,
    }
    with_all_current(|conn| {
        let query = "SELECT COUNT(*) AS fields FROM maintained_fields \
                     WHERE started_at IS NOT NULL AND finished_at >= started_at";
        let count: Count = diesel::sql_query(query).get_result(conn).unwrap();
        assert_eq!(count.fields, 8);
    });
}
