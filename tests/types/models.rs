//! Visits at moments, each in a state: keys, foreign keys and fields that are timestamps or an enum of the program's own.

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use maintained::New;
use maintained::prelude::*;

#[path = "models/decimals.rs"]
pub(crate) mod decimals;
#[path = "models/generated.rs"]
pub(crate) mod generated;
#[macro_use]
#[path = "models/json.rs"]
pub(crate) mod json;
#[macro_use]
#[path = "models/uuids.rs"]
pub(crate) mod uuids;

pub(crate) mod schema {
    diesel::table! { states (state) { state -> Text, visit_count -> BigInt, latest -> Nullable<Timestamp> } }
    diesel::table! {
        moments (at) {
            at -> Timestamp,
            name -> Text,
            begun -> Timestamp,
            latest -> Nullable<Timestamp>,
            worst -> Nullable<Text>,
        }
    }
    diesel::table! { seconds (at) { at -> Timestamp, sight_count -> BigInt } }
    diesel::table! {
        visits (at) {
            at -> Timestamp,
            moment_at -> Timestamp,
            state -> Text,
            seen -> Nullable<Timestamp>,
            moment_latest -> Nullable<Timestamp>,
            moment_begun -> Nullable<Timestamp>,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(states, moments, seconds, visits);
}

use schema::{moments, seconds, states, visits};

/// How a visitor was, stored as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub(crate) enum State {
    Good,
    Poor,
    Gone,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Poor => "poor",
            Self::Gone => "gone",
        }
    }
}

impl<DB: Backend> ToSql<Text, DB> for State
where
    str: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.name().to_sql(out)
    }
}

impl<DB: Backend> FromSql<Text, DB> for State
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let name = String::from_sql(bytes)?;
        let all = [Self::Good, Self::Poor, Self::Gone];
        let found = all.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| format!("no state is called {name}").into())
    }
}

/// So many seconds from some time.
pub(crate) fn at(seconds: i64) -> NaiveDateTime {
    DateTime::from_timestamp(1_600_000_000 + seconds, 0)
        .unwrap()
        .naive_utc()
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = states, primary_key(state))]
pub(crate) struct StateRow {
    pub(crate) state: State,
    #[maintained(count(Visit))]
    pub(crate) visit_count: i64,
    #[maintained]
    pub(crate) latest: Option<NaiveDateTime>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = moments, primary_key(at))]
pub(crate) struct Moment {
    pub(crate) at: NaiveDateTime,
    pub(crate) name: String,
    pub(crate) begun: NaiveDateTime,
    #[maintained]
    pub(crate) latest: Option<NaiveDateTime>,
    #[maintained]
    pub(crate) worst: Option<State>,
}

/// A second in which visitors were seen.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = seconds, primary_key(at))]
pub(crate) struct Second {
    pub(crate) at: NaiveDateTime,
    #[maintained]
    pub(crate) sight_count: i64,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = visits, primary_key(at))]
#[diesel(belongs_to(Moment, foreign_key = moment_at), belongs_to(StateRow, foreign_key = state))]
#[diesel(belongs_to(Second, foreign_key = seen))]
pub(crate) struct Visit {
    pub(crate) at: NaiveDateTime,
    pub(crate) moment_at: NaiveDateTime,
    pub(crate) state: State,
    #[maintained]
    pub(crate) seen: Option<NaiveDateTime>,
    #[maintained(copy(Moment::latest))]
    pub(crate) moment_latest: Option<NaiveDateTime>,
    #[maintained(copy(Moment::begun))]
    pub(crate) moment_begun: Option<NaiveDateTime>,
}

impl Visit {
    pub(crate) const A_MOMENT: TimeDelta = TimeDelta::milliseconds(400);
}

/// What a moment needs of a visit.
#[derive(Debug, Queryable, Selectable, View)]
#[diesel(table_name = visits)]
#[maintained(view_of = Visit)]
pub(crate) struct Sight {
    at: NaiveDateTime,
    state: State,
    seen: Option<NaiveDateTime>,
}

#[maintained::setters]
impl StateRow {
    #[setter]
    fn latest(visits: &[Sight]) -> Option<NaiveDateTime> {
        visits.iter().map(|visit| visit.at).max()
    }
}

#[maintained::setters]
impl Moment {
    #[setter]
    fn latest(visits: &[Sight]) -> Option<NaiveDateTime> {
        visits.iter().filter_map(|visit| visit.seen).max()
    }

    #[setter]
    fn worst(visits: &[Sight]) -> Option<State> {
        visits.iter().map(|visit| visit.state).max()
    }
}

#[maintained::setters]
impl Second {
    #[setter]
    fn sight_count(visits: &[Sight]) -> i64 {
        i64::try_from(visits.len()).unwrap()
    }
}

#[maintained::setters]
impl Visit {
    /// A foreign key, which is stored in whole seconds.
    #[setter]
    fn seen(&self) -> Option<NaiveDateTime> {
        self.at.checked_add_signed(Self::A_MOMENT)
    }
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = states)]
#[maintained(new_of = StateRow)]
pub(crate) struct NewState {
    pub(crate) state: State,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = moments)]
#[maintained(new_of = Moment)]
pub(crate) struct NewMoment {
    pub(crate) at: NaiveDateTime,
    pub(crate) name: String,
    pub(crate) begun: NaiveDateTime,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = seconds)]
#[maintained(new_of = Second)]
pub(crate) struct NewSecond {
    pub(crate) at: NaiveDateTime,
}

#[derive(Debug, Clone, Insertable, New)]
#[diesel(table_name = visits)]
#[maintained(new_of = Visit)]
pub(crate) struct NewVisit {
    pub(crate) at: NaiveDateTime,
    pub(crate) moment_at: NaiveDateTime,
    pub(crate) state: State,
}
