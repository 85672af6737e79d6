//! The shop's server without async: a pool of threads, and one of connections.
//!
//! ```sh
//! cargo run --example server_threads
//! curl -X PATCH localhost:3000/customers/1 -H 'x-user: eva' -d '{"name": "Ada L."}'
//! ```
//!
//! `DATABASE_URL`, `LISTEN` and `POOL` are those of the example `server`, with which this one has
//! its models, its scopes and its requests in common.

use std::error::Error;
use std::io::{self, Read, Write};
use std::thread;

use csv::{ReaderBuilder, Trim};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tiny_http::{Method, Request, Server, StatusCode};

#[path = "server/answer.rs"]
#[allow(dead_code, reason = "an upload is one scope here")]
pub(crate) mod answer;
#[path = "server/models.rs"]
pub(crate) mod models;
#[path = "server_threads/postgres.rs"]
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[path = "server/request.rs"]
pub(crate) mod request;
#[path = "server_threads/sqlite.rs"]
pub(crate) mod sqlite;
#[path = "server/stamp.rs"]
mod stamp;

use answer::{Done, Edited, Failure, Listed, Uploaded};
use models::CUSTOMERS;
use request::{Edit, How, Line, Part, Row, USER, User};

/// What the requests ask of the shop. Each call is one scope on one connection of the pool.
pub(crate) trait Store: Sync {
    fn edit(&self, user: User, edit: &Edit) -> Result<Done<Edited>, Failure>;

    fn upload(
        &self,
        user: User,
        part: Part,
        rows: &mut dyn Iterator<Item = Result<Row, Failure>>,
    ) -> Result<Done<Uploaded>, Failure>;

    fn orders(&self) -> Result<Listed, Failure>;
}

fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let setting = |name: &str| std::env::var(name).ok();
    let address = setting("DATABASE_URL").unwrap_or_else(|| {
        let file = temporary.path().join("shop.sqlite");
        file.to_string_lossy().into_owned()
    });
    let size = setting("POOL").map_or(Ok(8), |size| size.parse())?;
    let shop = open(&address, size)?;
    let listen = setting("LISTEN").unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let server = Server::http(&listen).map_err(|error| error.to_string())?;
    eprintln!("http://{}", server.server_addr());
    serve(&server, &*shop, 16);
    Ok(())
}

fn open(address: &str, size: u32) -> Result<Box<dyn Store>, Failure> {
    let is_server = address.starts_with("postgres://") || address.starts_with("postgresql://");
    #[cfg(feature = "postgres")]
    if is_server {
        let shop = postgres::Pooled::open(address, size, &CUSTOMERS)?;
        return Ok(Box::new(shop));
    }
    if is_server {
        let why = "build this program with `--features postgres` to use a PostgreSQL server";
        return Err(Failure::Request(why.to_owned()));
    }
    let shop = sqlite::Pooled::open(address, size, &CUSTOMERS)?;
    Ok(Box::new(shop))
}

/// Serves on so many threads, until each of them is [unblocked](Server::unblock).
pub(crate) fn serve(server: &Server, shop: &dyn Store, threads: usize) {
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    // A client that has gone gets no response.
                    answer(shop, request).ok();
                }
            });
        }
    });
}

fn answer(shop: &dyn Store, mut request: Request) -> io::Result<()> {
    let (status, body) = match respond(shop, &mut request) {
        Ok(body) => (200, body),
        Err(failure) => (failure.status(), failure.body().to_string()),
    };
    // A client that is still sending its file reads no response.
    io::copy(request.as_reader(), &mut io::sink()).ok();
    let reason = StatusCode(status).default_reason_phrase();
    let length = body.len();
    // `tiny_http` reads each connection on a thread of its own. It starts new ones too late: where
    // many connections are opened at once and stay open, some are never read. So each of them is for
    // one request, which `Request::respond` cannot say.
    let mut response = request.into_writer();
    write!(
        response,
        "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )?;
    response.flush()
}

fn respond(shop: &dyn Store, request: &mut Request) -> Result<String, Failure> {
    let named = request
        .headers()
        .iter()
        .find(|header| header.field.equiv(USER));
    let user = User::named(named.map(|header| header.value.as_str()));
    let (method, url) = (request.method().clone(), request.url().to_owned());
    let path: Vec<&str> = url.split('/').skip(1).collect();
    match (method, path.as_slice()) {
        (Method::Get, ["orders"]) => json(&shop.orders()?),
        (Method::Post, ["orders"]) => {
            let edit = Edit::NewOrder(read(request)?);
            json(&shop.edit(user, &edit)?)
        }
        (Method::Patch, ["items", id]) => {
            let edit = Edit::ChangeItem(number(id)?, read(request)?);
            json(&shop.edit(user, &edit)?)
        }
        (Method::Delete, ["items", id]) => {
            let edit = Edit::DeleteItem(number(id)?);
            json(&shop.edit(user, &edit)?)
        }
        (Method::Patch, ["customers", id]) => {
            let edit = Edit::RenameCustomer(number(id)?, read(request)?);
            json(&shop.edit(user, &edit)?)
        }
        (Method::Post, ["import"]) => upload(shop, user, How::Import, request),
        (Method::Post, ["validate"]) => upload(shop, user, How::Validate, request),
        _ => Err(Failure::Request(format!("there is nothing at {url}"))),
    }
}

/// Does an upload in one scope.
fn upload(
    shop: &dyn Store,
    user: User,
    how: How,
    request: &mut Request,
) -> Result<String, Failure> {
    let part = Part {
        how,
        rows: usize::MAX,
    };
    json(&shop.upload(user, part, &mut rows(request.as_reader()))?)
}

/// The rows of a CSV file, of which no more is kept than the row that is read.
fn rows(file: &mut dyn Read) -> impl Iterator<Item = Result<Row, Failure>> {
    let reader = ReaderBuilder::new().trim(Trim::All).from_reader(file);
    let mut lines = reader.into_deserialize::<Line>();
    std::iter::from_fn(move || {
        let line = match lines.next()? {
            Ok(line) => Ok(line),
            Err(error) if error.is_io_error() => {
                return Some(Err(Failure::Upload(error.to_string())));
            }
            Err(error) => Err(error.to_string()),
        };
        // The reader stands behind the row.
        let number = lines.reader().position().line() - 1;
        Some(Ok(Row { number, line }))
    })
}

fn read<T: DeserializeOwned>(request: &mut Request) -> Result<T, Failure> {
    serde_json::from_reader(request.as_reader())
        .map_err(|error| Failure::Request(error.to_string()))
}

fn number(text: &str) -> Result<i32, Failure> {
    text.parse()
        .map_err(|_| Failure::Request(format!("`{text}` is no key")))
}

fn json(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(|error| Failure::Request(error.to_string()))
}
