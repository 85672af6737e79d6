//! The shop of the recipes, in a file, and its command: in this process, or in one of its own.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use clap::Parser;
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use docs_shop::*;
use maintained::Error;

/// The words of a command that a process of this test is to run, one a line, and where its database is.
const WORDS: &str = "SHOP_WORDS";
const DATABASE: &str = "SHOP_DATABASE";
const SETTINGS: &str = "SHOP_SETTINGS";

#[derive(Debug, Parser)]
struct Program {
    #[command(subcommand)]
    command: maintained::cli::Command,
}

/// The shop's database, in a file.
pub(crate) struct Shop {
    folder: tempfile::TempDir,
}

#[derive(Debug, QueryableByName, PartialEq)]
struct Row {
    #[diesel(sql_type = Text)]
    row_text: String,
}

impl Shop {
    /// Some orders with an item each, all of them right.
    pub(crate) fn new(orders: i32) -> Self {
        let shop = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let mut conn = shop.connect();
        conn.batch_execute(TABLES).unwrap();
        let filled: Result<(), Error> = conn.buffer_autoupdates(|conn| {
            for name in ["Ada", "Ben"] {
                Customer::insert(conn, customers::name.eq(name))?;
            }
            for at in 0..orders {
                let order = Order::insert(conn, orders::customer_id.eq(1 + at % 2))?;
                let price = i64::from(at) + 1;
                Item::insert(
                    conn,
                    (items::order_id.eq(order.id), items::price_cents.eq(price)),
                )?;
            }
            Ok(())
        });
        filled.unwrap();
        shop
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn connect(&self) -> Conn {
        let mut conn = Conn::establish(self.file("shop.db").to_str().unwrap()).unwrap();
        conn.batch_execute("PRAGMA foreign_keys = ON; PRAGMA synchronous = OFF")
            .unwrap();
        conn
    }

    /// What somebody does in a session of the database's own program.
    pub(crate) fn by_hand(&self, sql: &str) {
        self.connect().inner_mut().batch_execute(sql).unwrap();
    }

    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let rows: Vec<Row> = diesel::sql_query(sql).load(&mut self.connect()).unwrap();
        rows.into_iter().map(|row| row.row_text).collect()
    }

    /// All rows of all tables.
    pub(crate) fn rows(&self) -> Vec<String> {
        self.texts(
            "SELECT 'c ' || id || name || spent_cents AS row_text FROM customers UNION ALL
             SELECT 'o ' || id || customer_id || total_cents || label FROM orders UNION ALL
             SELECT 'i ' || id || order_id || price_cents FROM items",
        )
    }

    /// Runs a command in this process: what it says, and how it ends.
    pub(crate) fn run(&self, words: &[&str]) -> (String, u8) {
        let words = std::iter::once("shop").chain(words.iter().copied());
        let program = Program::try_parse_from(words).unwrap();
        let mut out = Vec::new();
        let connect = || Ok::<_, Error>(self.connect());
        let end = program.command.run_on_to(connect, &mut out);
        (String::from_utf8(out).unwrap(), end)
    }
}

const TABLES: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL, spent_cents BIGINT NOT NULL DEFAULT 0);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
        total_cents BIGINT NOT NULL DEFAULT 0, label TEXT NOT NULL DEFAULT '');
    CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
        price_cents BIGINT NOT NULL);";

/// What a command in a process of its own comes to.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The lines of JSON that it prints.
    pub(crate) json: String,
    /// What it says of errors.
    pub(crate) errors: String,
    pub(crate) code: Option<i32>,
}

/// Runs the command that the environment names, and ends the process, if this is a process for that.
pub(crate) fn run_if_asked() {
    let Ok(words) = std::env::var(WORDS) else {
        return;
    };
    let program = Program::try_parse_from(std::iter::once("shop").chain(words.lines())).unwrap();
    let url = std::env::var(DATABASE).unwrap();
    let connect = || {
        let mut conn = Conn::establish(&url)?;
        if let Ok(settings) = std::env::var(SETTINGS) {
            conn.batch_execute(&settings).unwrap();
        }
        Ok::<_, ConnectionError>(conn)
    };
    let end = program.command.run_on_to(connect, &mut std::io::stdout());
    std::process::exit(i32::from(end));
}

/// Runs a command in a process of its own, which runs the test with this name.
pub(crate) fn process(test: &str, shop: &Shop, words: &[&str], input: &str) -> Ended {
    let url = shop.file("shop.db").to_str().unwrap().to_owned();
    process_on(test, (&url, ""), words, input)
}

/// The same at an address, with settings of the connection as SQL.
pub(crate) fn process_on(
    test: &str,
    (url, settings): (&str, &str),
    words: &[&str],
    input: &str,
) -> Ended {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(WORDS, words.join("\n"))
        .env(DATABASE, url)
        .env(SETTINGS, settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    // A process that ends before it has read all is no matter here.
    writer.join().unwrap().ok();
    let printed = String::from_utf8(output.stdout).unwrap();
    let json: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with('{'))
        .collect();
    Ended {
        json: json.join("\n"),
        errors: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}
