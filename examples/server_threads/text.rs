//! The shop by a pool of blocking connections.

#[path = "../server/shop/blocking.rs"]
#[allow(clippy::duplicate_mod, reason = "one text for all databases")]
pub(crate) mod blocking;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection, PooledConnection};

use self::blocking::Conn;
use super::super::Store;
use super::answer::{Done, Edited, Failure, Listed, Uploaded};
use super::models::create;
use super::request::{Edit, Part, Row, User};
use super::{Inner, KEY, SETTINGS, answer, models, request, stamp};

pub(crate) type Pool = r2d2::Pool<ConnectionManager<Conn>>;

/// A shop with its pool.
#[derive(Clone)]
pub(crate) struct Pooled {
    pub(crate) pool: Pool,
}

impl Pooled {
    pub(crate) fn open(address: &str, size: u32, names: &[&str]) -> Result<Self, Failure> {
        let builder = Pool::builder()
            .max_size(size)
            .connection_customizer(Box::new(Settings));
        let pool = builder.build(ConnectionManager::new(address));
        let pool = pool.map_err(|error| Failure::Pool(error.to_string()))?;
        let shop = Self { pool };
        blocking::prepare(&mut *shop.conn()?, &create(KEY), names)?;
        Ok(shop)
    }

    fn conn(&self) -> Result<PooledConnection<ConnectionManager<Conn>>, Failure> {
        let conn = self.pool.get();
        conn.map_err(|error| Failure::Pool(error.to_string()))
    }
}

#[derive(Debug)]
struct Settings;

impl CustomizeConnection<Conn, r2d2::Error> for Settings {
    fn on_acquire(&self, conn: &mut Conn) -> Result<(), r2d2::Error> {
        conn.batch_execute(SETTINGS)
            .map_err(r2d2::Error::QueryError)
    }
}

impl Store for Pooled {
    fn edit(&self, user: User, edit: &Edit) -> Result<Done<Edited>, Failure> {
        blocking::edit(&mut *self.conn()?, user, edit)
    }

    fn upload(
        &self,
        user: User,
        part: Part,
        mut rows: &mut dyn Iterator<Item = Result<Row, Failure>>,
    ) -> Result<Done<Uploaded>, Failure> {
        blocking::upload(&mut *self.conn()?, user, part, &mut rows)
    }

    fn orders(&self) -> Result<Listed, Failure> {
        blocking::orders(&mut *self.conn()?)
    }
}
