//! Many requests on one small pool: none disturbs another.

use diesel::r2d2::PooledConnection;
use maintained::{MaintainedConnection, Mode, Wrapped};

use crate::load::place::Place;
use crate::load::{Load, POOL, names};
use crate::running::{Pool, Running};
use crate::server::request::User;

/// What is left open on a connection that nobody uses.
fn left_open<C: Wrapped>(conn: &MaintainedConnection<C>) -> Option<String> {
    let user = conn.value::<User>();
    let pending = conn.pending().unwrap();
    let is_idle = conn.mode() == Mode::Immediate && user.is_none() && pending.is_empty();
    (!is_idle).then(|| format!("{:?}, {user:?}, {pending:?}", conn.mode()))
}

/// Takes all connections of the pool at once, and looks at them.
async fn faults_of(pool: &Pool) -> Vec<String> {
    let mut faults = Vec::new();
    match pool {
        Pool::Sqlite(pool) => {
            let all: Vec<PooledConnection<_>> = (0..POOL).map(|_| pool.get().unwrap()).collect();
            faults.extend(all.iter().filter_map(|conn| left_open(conn)));
        }
        Pool::Postgres(pool) => {
            let mut all = Vec::new();
            for _ in 0..POOL {
                all.push(pool.get().await.unwrap());
            }
            faults.extend(all.iter().filter_map(|conn| left_open(conn)));
        }
    }
    faults
}

async fn load(place: Place) {
    let names = names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let running = Running::start(place, POOL, &names).await;
    let load = Load::new("tasks", &running.place, running.url.clone());
    let mut faults = load.run().await;
    faults.extend(faults_of(&running.pool).await);
    assert_eq!(faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_leaves_nothing_stale_and_no_request_disturbs_another_on_sqlite() {
    load(Place::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_load_leaves_nothing_stale_and_no_request_disturbs_another_on_postgres() {
    load(Place::postgres()).await;
}
