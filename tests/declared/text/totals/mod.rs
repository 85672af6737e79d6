//! Totals of totals: random writes leave them right, and a write reads no row for them.

#[allow(
    dead_code,
    reason = "for the databases on which a write is one statement with all that follows"
)]
pub(crate) mod one_of_each;
mod program;
mod writers;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::FlushReport;
use maintained::prelude::*;
use proptest::prelude::*;

use self::program::{Write, act, run, step};
use super::{Conn, LEVELS_AT_ONCE, Place, runner, wrong};
use crate::totals::schema::{dues, realms};
use crate::totals::{Due, Guild, NewDue, Realm, Shire};

/// What is wrong, by SQL.
const STALE: &[(&str, &str)] = &[
    (
        "shires.taxes",
        "shires t WHERE taxes <> (SELECT COALESCE(SUM(coins), 0) FROM dues WHERE shire_id = t.id)",
    ),
    (
        "shires.paid",
        "shires t WHERE paid <> (SELECT COALESCE(SUM(coins), 0) FROM dues WHERE shire_id = t.id AND is_paid)",
    ),
    (
        "shires.due_count",
        "shires t WHERE due_count <> (SELECT COUNT(*) FROM dues WHERE shire_id = t.id)",
    ),
    (
        "guilds.total",
        "guilds t WHERE total <> (SELECT COALESCE(SUM(coins), 0) FROM dues WHERE guild_id = t.id)",
    ),
    (
        "realms.taxes",
        "realms t WHERE taxes <> (SELECT COALESCE(SUM(taxes), 0) FROM shires WHERE realm_id = t.id)",
    ),
    (
        "realms.due_count",
        "realms t WHERE due_count <> (SELECT COALESCE(SUM(due_count), 0) FROM shires WHERE realm_id = t.id)",
    ),
];

fn stale(conn: &mut Conn) -> Vec<&'static str> {
    wrong(conn, STALE)
}

/// Two realms with two shires each, a shire without one, and two guilds.
fn stock(conn: &mut Conn) {
    conn.inner_mut()
        .batch_execute(
            "DELETE FROM dues; DELETE FROM shires; DELETE FROM realms; DELETE FROM guilds;
             INSERT INTO realms (id) VALUES (1), (2); INSERT INTO guilds (id) VALUES (1), (2);
             INSERT INTO shires (id, realm_id) VALUES (1, 1), (2, 1), (3, 2), (4, 2), (5, NULL)",
        )
        .unwrap();
}

#[test]
fn random_writes_leave_totals_of_totals_as_sql_would() {
    let place = Place::new();
    let mut conn = place.connect();
    let programs = prop::collection::vec(step(), 1..20);
    let conn = std::cell::RefCell::new(&mut conn);
    runner(64)
        .run(&programs, |program| {
            let conn = &mut **conn.borrow_mut();
            stock(conn);
            for step in &program {
                act(conn, step).unwrap();
                prop_assert_eq!(stale(conn), Vec::<&str>::new(), "after {:?}", step);
            }
            Ok(())
        })
        .unwrap();
}

fn report(conn: &mut Conn, write: &Write) -> FlushReport {
    run(conn, write).unwrap();
    assert_eq!(stale(conn), Vec::<&str>::new());
    conn.last_flush().unwrap().clone()
}

#[test]
fn totals_of_totals_are_kept_without_a_look_at_any_row() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let new = NewDue {
        shire_id: 1,
        guild_id: Some(2),
        coins: Some(5),
        is_paid: true,
    };
    for write in [
        Write::Insert(new.clone()),
        Write::Add(vec![new]),
        Write::Price(0, Some(7)),
        Write::Delete(0, 1),
    ] {
        let report = report(&mut conn, &write);
        // The shire, its realm, and the guild.
        assert_eq!(report.changed(), 3, "{write:?}: {report:?}");
        assert_eq!(report.read(), 0, "{write:?}: {report:?}");
        let levels = LEVELS_AT_ONCE[usize::from(matches!(write, Write::Add(_)))];
        assert_eq!(report.statements, levels, "{write:?}");
    }
}

#[test]
fn a_row_that_moves_is_added_to_both_its_parents_without_a_look_at_them() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let new = NewDue {
        shire_id: 1,
        guild_id: Some(2),
        coins: Some(i64::MAX),
        is_paid: true,
    };
    report(&mut conn, &Write::Insert(new));
    // The shires; their realms, if they have two, or else none; the guilds.
    for (write, changed) in [
        // No more than one such due fits into the realm.
        (Write::Move(0, 2), 2),
        (Write::Price(0, Some(5)), 3),
        (Write::Move(0, 1), 2),
        (Write::Move(0, 3), 4),
        (Write::Move(0, 5), 3),
        (Write::Join(0, Some(1)), 2),
        (Write::Join(0, None), 1),
    ] {
        let report = report(&mut conn, &write);
        assert_eq!(report.changed(), changed, "{write:?}: {report:?}");
        assert_eq!(report.read(), 0, "{write:?}: {report:?}");
    }
}

#[test]
fn what_a_row_takes_along_is_added_to_what_both_its_parents_name() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let new = NewDue {
        shire_id: 1,
        guild_id: Some(2),
        coins: Some(5),
        is_paid: true,
    };
    report(&mut conn, &Write::Insert(new.clone()));
    // It is worth more where it comes to, below the same realm.
    let dearer = NewDue {
        shire_id: 2,
        coins: Some(9),
        ..new
    };
    let report = report(&mut conn, &Write::Save(0, dearer));
    assert_eq!(report.model("Shire").changed, 2, "{report:?}");
    assert_eq!(report.model("Realm").changed, 1, "{report:?}");
    assert_eq!(report.model("Guild").changed, 1, "{report:?}");
}

#[test]
fn an_amount_of_nothing_writes_nothing() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let new = NewDue {
        shire_id: 1,
        guild_id: Some(1),
        coins: None,
        is_paid: true,
    };
    let report = report(&mut conn, &Write::Insert(new));
    // It counts, and no more.
    assert_eq!(report.model("Shire").changed, 1, "{report:?}");
    assert_eq!(report.model("Guild").changed, 0, "{report:?}");
    let rows: Vec<(i64, i64)> = realms::table
        .select((realms::taxes, realms::due_count))
        .order(realms::id)
        .load(&mut conn)
        .unwrap();
    assert_eq!(rows, [(0, 1), (0, 0)]);
    assert!(Guild::find(&mut conn, 1).unwrap().is_some());
    assert!(Realm::find(&mut conn, 1).unwrap().is_some());
}

#[test]
fn whoever_asks_for_the_rows_that_change_gets_all_of_them() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let new = (
        dues::shire_id.eq(3),
        dues::guild_id.eq(2),
        dues::coins.eq(5_i64),
        dues::is_paid.eq(true),
    );
    Scope::immediate()
        .report_rows()
        .run(&mut conn, |conn| Due::insert(conn, new))
        .unwrap();
    let report = conn.last_flush().unwrap();
    assert!(report.rows::<Shire>().eq([&3]), "{report:?}");
    assert!(report.rows::<Guild>().eq([&2]), "{report:?}");
    assert!(report.rows::<Realm>().eq([&2]), "{report:?}");
    assert_eq!(stale(&mut conn), Vec::<&str>::new());
}

#[test]
fn a_row_to_which_as_much_comes_as_goes_has_not_changed() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let new = |coins| NewDue {
        shire_id: 3,
        guild_id: Some(2),
        coins: Some(coins),
        is_paid: true,
    };
    Scope::immediate()
        .report_rows()
        .run(&mut conn, |conn| Due::add_many(conn, &[new(5), new(-5)]))
        .unwrap();
    let report = conn.last_flush().unwrap();
    assert!(report.rows::<Guild>().next().is_none(), "{report:?}");
    assert!(report.rows::<Shire>().eq([&3]), "it counts: {report:?}");
    assert_eq!(stale(&mut conn), Vec::<&str>::new());
}

#[test]
fn a_scope_that_chooses_numbers_leaves_out_what_sums_them_up() {
    let place = Place::new();
    let mut conn = place.connect();
    stock(&mut conn);
    let new = (
        dues::shire_id.eq(1),
        dues::coins.eq(5_i64),
        dues::is_paid.eq(true),
    );
    Scope::immediate()
        .only_fields(["Shire::due_count", "Shire::taxes", "Shire::paid"])
        .run(&mut conn, |conn| Due::insert(conn, new))
        .unwrap();
    let shire = Shire::find(&mut conn, 1).unwrap().unwrap();
    assert_eq!((shire.due_count, shire.taxes, shire.paid), (1, 5, 5));
    let realm = Realm::find(&mut conn, 1).unwrap().unwrap();
    assert_eq!((realm.due_count, realm.taxes), (0, 0));
}
