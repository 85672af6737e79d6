//! The shop in an `SQLite` file: a pool of blocking connections, and a hop to a thread for a scope.

#[path = "blocking.rs"]
pub(crate) mod blocking;

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection};
use diesel::sqlite::SqliteConnection;
use futures_util::future::BoxFuture;
use maintained::operations::{self, Status};
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use self::blocking::Conn;
use super::super::upload::Rows;
use super::super::{answer, models, request, stamp};
use super::Store;
use answer::{Done, Edited, Failure, Listed, Uploaded};
use models::create;
use request::{Edit, Part, User};

pub(crate) type Inner = SqliteConnection;
pub(crate) type Pool = r2d2::Pool<ConnectionManager<Conn>>;

pub(crate) struct Sqlite {
    pub(crate) pool: Pool,
    /// Writers queue here: one at a time can write, and `SQLite` itself lets those who wait look
    /// again after longer and longer pauses.
    queue: Arc<Mutex<()>>,
}

impl Sqlite {
    pub(crate) async fn open(path: &str, size: u32, names: &[&str]) -> Result<Self, Failure> {
        let pool = pool(path, size)?;
        let queue = Arc::default();
        let shop = Self { pool, queue };
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        shop.write(move |conn| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            prepare(conn, &names)
        })
        .await?;
        Ok(shop)
    }

    /// Runs a scope that writes, when those before it have ended.
    async fn write<T: Send + 'static>(
        &self,
        scope: impl FnOnce(&mut Conn) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = Arc::clone(&self.queue).lock_owned().await;
        self.run(move |conn| {
            let result = scope(conn);
            drop(turn);
            result
        })
        .await
    }

    /// Runs a whole scope on a thread that may block.
    ///
    /// Where its request is given up meanwhile, it runs to its end all the same: it is done or undone
    /// as a whole, and the connection goes back to the pool after that.
    async fn run<T: Send + 'static>(
        &self,
        scope: impl FnOnce(&mut Conn) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let pool = self.pool.clone();
        let running = tokio::task::spawn_blocking(move || {
            let mut conn = pool
                .get()
                .map_err(|error| Failure::Pool(error.to_string()))?;
            scope(&mut conn)
        });
        running
            .await
            .map_err(|error| Failure::Panic(error.to_string()))?
    }
}

/// A pool of connections to the file.
pub(crate) fn pool(path: &str, size: u32) -> Result<Pool, Failure> {
    let builder = Pool::builder()
        .max_size(size)
        .connection_customizer(Box::new(Settings));
    builder
        .build(ConnectionManager::new(path))
        .map_err(|error| Failure::Pool(error.to_string()))
}

/// Gets a file ready.
pub(crate) fn prepare(conn: &mut Conn, names: &[&str]) -> Result<(), Failure> {
    // Readers go on while somebody writes.
    conn.batch_execute("PRAGMA journal_mode = WAL")?;
    blocking::prepare(conn, &create("INTEGER PRIMARY KEY NOT NULL"), names)
}

/// What is set on each connection: a writer waits for those of other programs.
#[derive(Debug)]
struct Settings;

impl CustomizeConnection<Conn, r2d2::Error> for Settings {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), r2d2::Error> {
        conn.batch_execute(
            "PRAGMA busy_timeout = 60000; PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL",
        )
        .map_err(r2d2::Error::QueryError)
    }
}

impl Store for Sqlite {
    fn edit(&self, user: User, edit: Edit) -> BoxFuture<'_, Result<Done<Edited>, Failure>> {
        Box::pin(self.write(move |conn| blocking::edit(conn, user, &edit)))
    }

    fn upload(
        &self,
        user: User,
        part: Part,
        mut rows: Rows,
    ) -> BoxFuture<'_, Result<(Done<Uploaded>, Rows), Failure>> {
        Box::pin(async move {
            // The thread waits for rows that have not come yet.
            let handle = Handle::current();
            self.write(move |conn| {
                let mut coming = std::iter::from_fn(|| handle.block_on(rows.next()));
                let done = blocking::upload(conn, user, part, &mut coming)?;
                Ok((done, rows))
            })
            .await
        })
    }

    fn orders(&self) -> BoxFuture<'_, Result<Listed, Failure>> {
        Box::pin(self.run(blocking::orders))
    }

    fn status(&self) -> BoxFuture<'_, Result<Status, Failure>> {
        Box::pin(self.run(|conn| Ok(operations::status(conn)?)))
    }
}
