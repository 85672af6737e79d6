//! SQLite, which has no async driver: whole scopes in one hop to a thread that may block.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, bb8};
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use maintained::MaintainedConnection;
use maintained::prelude::*;

use crate::models::{Cart, Line, Owner, line};
use crate::rows::Seen;
use crate::schema::{CREATE, FIRST_ROWS, carts};

type Blocking = MaintainedConnection<SqliteConnection>;
type Wrapped = SyncConnectionWrapper<Blocking>;
type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// A file with the tables and their first rows.
fn file() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let path = path.to_str().unwrap().to_owned();
    let mut conn = SqliteConnection::establish(&path).unwrap();
    conn.batch_execute("PRAGMA journal_mode = WAL").unwrap();
    for statement in CREATE.iter().chain(FIRST_ROWS) {
        let statement = statement
            .replace("{serial}", "INTEGER PRIMARY KEY NOT NULL")
            .replace("{text}", "TEXT")
            .replace("{end}", "");
        conn.batch_execute(&statement).unwrap();
    }
    (folder, path)
}

fn rows(path: &str) -> Vec<String> {
    Seen::on(&mut SqliteConnection::establish(path).unwrap()).right()
}

fn load(conn: &mut Blocking) -> QueryResult<i64> {
    conn.buffer_autoupdates(|conn| {
        for cents in 0..10 {
            Line::insert(conn, line(1, cents))?;
        }
        Ok(Owner::fresh(conn, 1)?.map_or(0, |it| it.spent))
    })
    .map_err(|error: maintained::Error| error.into())
}

#[tokio::test]
async fn a_whole_scope_runs_in_one_hop() -> Outcome {
    let (_folder, path) = file();
    let task = {
        let path = path.clone();
        tokio::spawn(async move {
            let mut conn = Wrapped::establish(&path).await?;
            let spent = conn.spawn_blocking(load).await?;
            assert_eq!(spent, 120 + 45);
            let totals = carts::table.order(carts::id).select(carts::total);
            let totals: Vec<i64> = totals.load(&mut conn).await?;
            assert_eq!(totals[0], 30 + 45);
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        })
    };
    task.await??;
    assert_eq!(rows(&path).len(), 17 + 10);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hop_that_is_not_waited_for_comes_to_its_end() -> Outcome {
    let (_folder, path) = file();
    let mut conn = Wrapped::establish(&path).await?;
    drop(crate::polled::polled(conn.spawn_blocking(load), 1).await);
    // The next one waits for it.
    conn.spawn_blocking(|conn| Ok(Cart::find(conn, 1)?)).await?;
    assert_eq!(rows(&path).len(), 17 + 10);
    Ok(())
}

#[tokio::test]
async fn a_plain_write_is_refused_behind_the_wrapper() -> Outcome {
    let (_folder, path) = file();
    let mut conn = Wrapped::establish(&path).await?;
    let plain = diesel::sql_query("DELETE FROM lines_").execute(&mut conn);
    assert!(plain.await.is_err());
    conn.batch_execute("SELECT 1").await?;
    assert_eq!(rows(&path).len(), 17);
    Ok(())
}

#[tokio::test]
async fn a_pool_hands_wrapped_connections_out() -> Outcome {
    let (_folder, path) = file();
    let pool = bb8::Pool::builder()
        .max_size(2)
        .build(AsyncDieselConnectionManager::<Wrapped>::new(&path))
        .await?;
    let mut tasks = Vec::new();
    for _ in 0..4 {
        let pool = pool.clone();
        tasks.push(tokio::spawn(async move {
            let mut conn = pool.get().await?;
            conn.spawn_blocking(|conn| {
                conn.batch_execute("PRAGMA busy_timeout = 20000")?;
                load(conn)
            })
            .await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    assert_eq!(rows(&path).len(), 17 + 40);
    Ok(())
}
