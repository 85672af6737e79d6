//! Totals of totals: random writes leave them right, and a write reads no row for them.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use maintained::prelude::*;
use maintained::{Error, FlushReport};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::{Conn, LEVELS_AT_ONCE, Place};
use crate::totals::schema::{dues, realms, shires};
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

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn stale(conn: &mut Conn) -> Vec<&'static str> {
    let is_stale = |(_, rows): &&(&str, &str)| {
        let count = diesel::sql_query(format!("SELECT COUNT(*) AS count FROM {rows}"));
        count.get_result::<Count>(conn).unwrap().count > 0
    };
    let stale = STALE.iter().filter(is_stale);
    stale.map(|(field, _)| *field).collect()
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

/// A write; a due is named by its place among those that are there.
#[derive(Debug, Clone)]
enum Write {
    Insert(NewDue),
    Add(Vec<NewDue>),
    Pay(usize, bool),
    Price(usize, Option<i64>),
    Move(usize, i32),
    Join(usize, Option<i32>),
    Save(usize, NewDue),
    Delete(usize, usize),
    MoveShire(i32, Option<i32>),
    DeleteShire(i32),
    Touch(i32),
    Track(usize, i64),
}

/// Where writes are made.
#[derive(Debug, Clone)]
enum Step {
    Alone(Write),
    Together(Vec<Write>),
    Undone(Vec<Write>),
    Buffered(Vec<Write>),
    /// A buffered scope is undone within a transaction, and a write follows.
    UndoneWithin(Vec<Write>, Write),
}

fn new_due() -> impl Strategy<Value = NewDue> {
    let coins = prop_oneof![4 => (-3i64..9).prop_map(Some), 1 => Just(None)];
    let guild = proptest::option::of(1i32..=2);
    (1i32..=5, guild, coins, any::<bool>()).prop_map(|(shire_id, guild_id, coins, is_paid)| {
        NewDue {
            shire_id,
            guild_id,
            coins,
            is_paid,
        }
    })
}

fn write() -> impl Strategy<Value = Write> {
    let at = || 0usize..8;
    let realm = || proptest::option::of(1i32..=2);
    prop_oneof![
        4 => new_due().prop_map(Write::Insert),
        3 => prop::collection::vec(new_due(), 1..3).prop_map(Write::Add),
        2 => (at(), any::<bool>()).prop_map(|(at, paid)| Write::Pay(at, paid)),
        2 => (at(), proptest::option::of(-3i64..9)).prop_map(|(at, coins)| Write::Price(at, coins)),
        2 => (at(), 1i32..=5).prop_map(|(at, shire)| Write::Move(at, shire)),
        2 => (at(), realm()).prop_map(|(at, guild)| Write::Join(at, guild)),
        2 => (at(), new_due()).prop_map(|(at, new)| Write::Save(at, new)),
        2 => (at(), 1usize..3).prop_map(|(at, count)| Write::Delete(at, count)),
        2 => (1i32..=5, realm()).prop_map(|(shire, realm)| Write::MoveShire(shire, realm)),
        1 => (1i32..=5).prop_map(Write::DeleteShire),
        1 => (1i32..=5).prop_map(Write::Touch),
        1 => (at(), -3i64..9).prop_map(|(at, coins)| Write::Track(at, coins)),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let writes = || prop::collection::vec(write(), 1..4);
    prop_oneof![
        6 => write().prop_map(Step::Alone),
        2 => writes().prop_map(Step::Together),
        1 => writes().prop_map(Step::Undone),
        1 => writes().prop_map(Step::Buffered),
        1 => (writes(), write()).prop_map(|(undone, after)| Step::UndoneWithin(undone, after)),
    ]
}

/// Whether a shire is there: a new due names it.
fn has_shire(conn: &mut Conn, id: i32) -> Result<bool, Error> {
    Ok(Shire::find(conn, id)?.is_some())
}

fn due(conn: &mut Conn, at: usize) -> Result<Option<Due>, Error> {
    let all = dues::table
        .select(Due::as_select())
        .order(dues::id)
        .load(conn)?;
    Ok(match all.len() {
        0 => None,
        count => all.into_iter().nth(at % count),
    })
}

fn run(conn: &mut Conn, write: &Write) -> Result<(), Error> {
    match write {
        Write::Insert(new) if has_shire(conn, new.shire_id)? => {
            Due::insert(conn, new.clone())?;
        }
        Write::Add(new) => {
            let mut all = Vec::new();
            for new in new {
                if has_shire(conn, new.shire_id)? {
                    all.push(new.clone());
                }
            }
            Due::add_many(conn, &all)?;
        }
        Write::MoveShire(shire, realm) if has_shire(conn, *shire)? => {
            Shire::update(conn, *shire, shires::realm_id.eq(realm))?;
        }
        Write::DeleteShire(shire) if has_shire(conn, *shire)? => {
            Shire::delete_many(conn, &[*shire])?;
        }
        Write::Touch(shire) => {
            Shire::touch_present(conn, &[*shire])?;
        }
        Write::Insert(_) | Write::MoveShire(..) | Write::DeleteShire(_) => {}
        Write::Pay(at, _)
        | Write::Price(at, _)
        | Write::Move(at, _)
        | Write::Join(at, _)
        | Write::Save(at, _)
        | Write::Delete(at, _)
        | Write::Track(at, _) => {
            if let Some(due) = due(conn, *at)? {
                change(conn, write, due)?;
            }
        }
    }
    Ok(())
}

fn change(conn: &mut Conn, write: &Write, mut due: Due) -> Result<(), Error> {
    match write {
        Write::Pay(_, is_paid) => {
            Due::update(conn, due.id, dues::is_paid.eq(is_paid))?;
        }
        Write::Price(_, coins) => {
            Due::update(conn, due.id, dues::coins.eq(coins))?;
        }
        Write::Join(_, guild) => {
            Due::update(conn, due.id, dues::guild_id.eq(guild))?;
        }
        Write::Move(_, shire) if has_shire(conn, *shire)? => {
            Due::update(conn, due.id, dues::shire_id.eq(shire))?;
        }
        Write::Save(_, new) if has_shire(conn, new.shire_id)? => {
            due.shire_id = new.shire_id;
            due.guild_id = new.guild_id;
            due.coins = new.coins;
            due.is_paid = new.is_paid;
            due.save(conn)?;
        }
        Write::Delete(_, count) => {
            let keys: Vec<i32> = dues::table
                .filter(dues::id.ge(due.id))
                .select(dues::id)
                .order(dues::id)
                .limit(i64::try_from(*count).unwrap())
                .load(conn)?;
            Due::delete_many(conn, &keys)?;
        }
        Write::Track(_, coins) => {
            Due::track(conn, dues::id.eq(due.id), |conn| -> Result<(), Error> {
                Due::update(conn, due.id, dues::coins.eq(coins))?;
                diesel::update(dues::table.find(due.id))
                    .set(dues::is_paid.eq(!due.is_paid))
                    .execute(conn)?;
                Ok(())
            })?;
        }
        _ => {}
    }
    Ok(())
}

fn all(conn: &mut Conn, writes: &[Write]) -> Result<(), Error> {
    writes.iter().try_for_each(|write| run(conn, write))
}

/// Runs writes, and undoes them.
fn undo(conn: &mut Conn, buffered: bool, writes: &[Write]) -> Result<(), Error> {
    let body = |conn: &mut Conn| {
        all(conn, writes)?;
        Err(Error::from(diesel::result::Error::RollbackTransaction))
    };
    let undone: Result<(), Error> = if buffered {
        conn.buffer_autoupdates(body)
    } else {
        conn.transaction(body)
    };
    match undone {
        Err(error) if error.to_string().contains("rollback") => Ok(()),
        other => other,
    }
}

fn act(conn: &mut Conn, step: &Step) -> Result<(), Error> {
    match step {
        Step::Alone(write) => run(conn, write),
        Step::Together(writes) => conn.transaction(|conn| all(conn, writes)),
        Step::Buffered(writes) => conn.buffer_autoupdates(|conn| all(conn, writes)),
        Step::Undone(writes) => undo(conn, false, writes),
        Step::UndoneWithin(undone, after) => conn.transaction(|conn| {
            undo(conn, true, undone)?;
            undo(conn, false, undone)?;
            run(conn, after)
        }),
    }
}

#[test]
fn random_writes_leave_totals_of_totals_as_sql_would() {
    let place = Place::new();
    let mut conn = place.connect();
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(64);
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    let programs = prop::collection::vec(step(), 1..20);
    let conn = std::cell::RefCell::new(&mut conn);
    runner
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
        assert_eq!(report.statements, LEVELS_AT_ONCE, "{write:?}");
    }
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
