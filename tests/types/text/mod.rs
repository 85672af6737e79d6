//! The tests, one text for all databases: timestamps and an enum of the program's own, as keys and as fields.

mod decimals;
mod generated;
mod stored;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::prelude::*;

use super::{Conn, PRECISE, TIMESTAMP, open};
use crate::models::schema::{moments, seconds, states, visits};
use crate::models::{
    Moment, NewMoment, NewSecond, NewState, NewVisit, Second, State, StateRow, Visit, at,
};

fn opened() -> (super::Place, Conn) {
    let (place, mut conn) = open();
    for table in [
        format!(
            "states (state VARCHAR(20) PRIMARY KEY, visit_count BIGINT NOT NULL DEFAULT 0, latest {TIMESTAMP})"
        ),
        format!(
            "moments (at {TIMESTAMP} NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL, begun {PRECISE} NOT NULL,
                latest {TIMESTAMP}, worst VARCHAR(20))"
        ),
        format!("seconds (at {TIMESTAMP} NOT NULL PRIMARY KEY, sight_count BIGINT NOT NULL DEFAULT 0)"),
        format!(
            "visits (at {TIMESTAMP} NOT NULL PRIMARY KEY, moment_at {TIMESTAMP} NOT NULL, state VARCHAR(20) NOT NULL,
                seen {TIMESTAMP}, moment_latest {TIMESTAMP}, moment_begun {TIMESTAMP},
                FOREIGN KEY (moment_at) REFERENCES moments (at), FOREIGN KEY (state) REFERENCES states (state))"
        ),
    ] {
        conn.batch_execute(&format!("CREATE TABLE {table}")).unwrap();
    }
    let all = [State::Good, State::Poor, State::Gone].map(|state| NewState { state });
    StateRow::add_many(&mut conn, &all).unwrap();
    let seconds: Vec<NewSecond> = (100..110)
        .map(|number| NewSecond { at: at(number) })
        .collect();
    Second::add_many(&mut conn, &seconds).unwrap();
    for number in 0..3 {
        Moment::insert(&mut conn, moment(number)).unwrap();
    }
    (place, conn)
}

fn moment(number: i64) -> NewMoment {
    let (at, name) = (at(number), format!("moment {number}"));
    let begun = at - Visit::A_MOMENT;
    NewMoment { at, name, begun }
}

fn visit(number: i64, moment: i64) -> NewVisit {
    let states = [State::Good, State::Poor, State::Gone];
    NewVisit {
        at: at(number),
        moment_at: at(moment),
        state: states[usize::try_from(number % 3).unwrap()],
    }
}

/// Everything is as its setters would make it of the stored rows.
#[track_caller]
fn assert_right(conn: &mut Conn) {
    let all: Vec<Visit> = visits::table
        .select(Visit::as_select())
        .order(visits::at)
        .load(conn)
        .unwrap();
    let rows: Vec<Moment> = moments::table
        .select(Moment::as_select())
        .load(conn)
        .unwrap();
    for row in rows {
        let own = || all.iter().filter(|visit| visit.moment_at == row.at);
        assert_eq!(row.latest, own().filter_map(|visit| visit.seen).max());
        assert_eq!(row.worst, own().map(|visit| visit.state).max());
        for visit in own() {
            assert_eq!(visit.moment_latest, row.latest);
            // A column of whole seconds has rounded them, or has taken the fraction off.
            let off = visit.seen.unwrap() - (visit.at + Visit::A_MOMENT);
            assert!(off.num_milliseconds().abs() < 1000, "{visit:?}");
            let off = visit.moment_begun.unwrap() - row.begun;
            assert!(off.num_milliseconds().abs() < 1000, "{visit:?}");
        }
    }
    let rows: Vec<Second> = seconds::table
        .select(Second::as_select())
        .load(conn)
        .unwrap();
    for row in rows {
        let own = all.iter().filter(|visit| visit.seen == Some(row.at));
        assert_eq!(row.sight_count, i64::try_from(own.count()).unwrap());
    }
    let rows: Vec<StateRow> = states::table
        .select(StateRow::as_select())
        .load(conn)
        .unwrap();
    for row in rows {
        let own = || all.iter().filter(|visit| visit.state == row.state);
        assert_eq!(row.visit_count, i64::try_from(own().count()).unwrap());
        assert_eq!(row.latest, own().map(|visit| visit.at).max());
    }
}

#[test]
fn rows_with_timestamps_and_enums_are_written_one_by_one() {
    let (_place, mut conn) = opened();
    let mut first = Visit::insert(&mut conn, visit(100, 0)).unwrap();
    Visit::add(&mut conn, &visit(101, 1)).unwrap();
    assert_right(&mut conn);
    first.moment_at = at(2);
    first.state = State::Gone;
    first.save(&mut conn).unwrap();
    assert_right(&mut conn);
    Visit::update(&mut conn, at(101), visits::state.eq(State::Good)).unwrap();
    assert_right(&mut conn);
    conn.buffer_autoupdates(|conn| -> Result<(), maintained::Error> {
        Visit::update(conn, at(100), visits::state.eq(State::Poor))?;
        assert_eq!(
            Moment::fresh(conn, at(2))?.unwrap().worst,
            Some(State::Poor)
        );
        assert_eq!(StateRow::fresh(conn, State::Poor)?.unwrap().visit_count, 1);
        Ok(())
    })
    .unwrap();
    Visit::find(&mut conn, at(101))
        .unwrap()
        .unwrap()
        .delete(&mut conn)
        .unwrap();
    assert_right(&mut conn);
}

#[test]
fn rows_with_timestamps_and_enums_are_written_in_bulk() {
    let (_place, mut conn) = opened();
    let news: Vec<NewVisit> = (100..3100)
        .map(|number| visit(number, number % 3))
        .collect();
    Visit::add_many(&mut conn, &news[..1500]).unwrap();
    let mut rows = Visit::insert_many(&mut conn, news[1500..].to_vec()).unwrap();
    assert_right(&mut conn);
    for (row, number) in rows.iter_mut().zip(0..) {
        row.moment_at = at(number % 2);
        row.state = State::Good;
    }
    Visit::save_many(&mut conn, &mut rows).unwrap();
    assert_right(&mut conn);
    diesel::update(visits::table)
        .set(visits::state.eq(State::Poor))
        .execute(conn.inner_mut())
        .unwrap();
    let keys: Vec<_> = news.iter().map(|visit| visit.at).collect();
    Visit::touch(&mut conn, &keys).unwrap();
    StateRow::touch(&mut conn, &[State::Good, State::Gone]).unwrap();
    assert_right(&mut conn);
    Visit::delete_many(&mut conn, &keys[1500..]).unwrap();
    assert_right(&mut conn);
    assert_eq!(visits::table.count().get_result(&mut conn), Ok(1500));
}
