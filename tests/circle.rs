//! A circle among fields is an error when the graph is first built. The models of a test binary make one graph, so that
//! this one has its own.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use maintained::Error;
use maintained::prelude::*;

mod schema {
    diesel::table! {
        teams (id) {
            id -> Integer,
            name -> Text,
            budget -> Integer,
        }
    }

    diesel::table! {
        members (id) {
            id -> Integer,
            team_id -> Integer,
            share -> Integer,
        }
    }
}

use schema::{members, teams};

#[derive(Debug, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = teams)]
struct Team {
    id: i32,
    name: String,
    #[maintained]
    budget: i32,
}

#[derive(Debug, Queryable, Selectable, Identifiable, Associations, Maintained)]
#[diesel(table_name = members, belongs_to(Team))]
struct Member {
    id: i32,
    team_id: i32,
    #[maintained]
    share: i32,
}

#[maintained::setters]
impl Team {
    #[setter(label = "budgets")]
    fn budget(members: &[Member]) -> i32 {
        members.iter().map(|member| member.share).sum()
    }
}

#[maintained::setters]
impl Member {
    #[setter]
    fn share(team: &Team) -> i32 {
        team.budget / 2
    }
}

fn connection() -> MaintainedConnection<SqliteConnection> {
    let mut inner = SqliteConnection::establish(":memory:").unwrap();
    inner
        .batch_execute(
            "CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT NOT NULL, budget INTEGER NOT NULL DEFAULT 0);
             CREATE TABLE members (id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL, share INTEGER NOT NULL DEFAULT 0);",
        )
        .unwrap();
    MaintainedConnection::new(inner)
}

#[track_caller]
fn assert_circle(error: &Error) {
    let Error::Circle { fields, .. } = error else {
        panic!("a circle was expected, not {error}");
    };
    assert!(
        fields.contains(&"Team::budget".to_owned()) && fields.contains(&"Member::share".to_owned()),
        "{fields:?}"
    );
    let message = error.to_string();
    assert!(message.contains("View"), "it says what to write: {message}");
}

#[test]
fn the_first_write_says_which_fields_follow_from_one_another() {
    let mut conn = connection();
    assert_circle(&Team::insert(&mut conn, teams::name.eq("a")).unwrap_err());
    let scoped = conn.buffer_autoupdates(|conn| Team::insert(conn, teams::name.eq("a")));
    assert_circle(&scoped.unwrap_err());
    assert_eq!(
        teams::table.count().get_result::<i64>(&mut conn),
        Ok(0),
        "nothing was written"
    );
}

#[test]
fn a_scope_that_names_labels_says_it_too() {
    let mut conn = connection();
    let result = Scope::buffered()
        .only(["budgets"])
        .run(&mut conn, |_| -> Result<(), Error> { Ok(()) });
    assert_circle(&result.unwrap_err());
}
