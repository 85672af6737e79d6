//! A process that loads until it is killed: this test's own program, started once more.
//!
//! It says on its output what it is about to do. Each of its loads is one scope.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::super::super::{Conn, connect, number};
use super::super::shop::{self, Outcome};
use super::{load, loads};

/// The variable that says where a victim loads.
const PLACE: &str = "STRESS_VICTIM_PLACE";
/// The variable that says which load is its first.
const FIRST: &str = "STRESS_VICTIM_FIRST";

/// What a victim says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The number of its connection.
    Connected(i64),
    /// It is in a load's body.
    Body(i32),
    /// The body has ended; the flush and the commit are next.
    Flush(i32),
    /// The load is committed.
    Done(i32),
}

impl Word {
    fn say(self) {
        let (name, number) = match self {
            Self::Connected(number) => ("connected", number),
            Self::Body(load) => ("body", i64::from(load)),
            Self::Flush(load) => ("flush", i64::from(load)),
            Self::Done(load) => ("done", i64::from(load)),
        };
        let mut out = std::io::stdout();
        writeln!(out, "\nvictim {name} {number}").unwrap();
        out.flush().unwrap();
    }

    fn read(line: &str) -> Option<Self> {
        let mut words = line.strip_prefix("victim ")?.split(' ');
        let (name, number) = (words.next()?, words.next()?.parse::<i64>().ok()?);
        let load = i32::try_from(number);
        Some(match name {
            "connected" => Self::Connected(number),
            "body" => Self::Body(load.ok()?),
            "flush" => Self::Flush(load.ok()?),
            "done" => Self::Done(load.ok()?),
            _ => return None,
        })
    }
}

/// The victim's program, and at the same time the test that what it loads is right when nobody strikes.
#[test]
fn load_that_nobody_strikes_is_right() {
    if let Ok(place) = std::env::var(PLACE) {
        let first = std::env::var(FIRST).unwrap().parse().unwrap();
        run(&mut connect(&place), first..);
        return;
    }
    let place = shop::stocked();
    let mut conn = place.connect();
    run(&mut conn, 1..=3);
    assert_eq!(loads(&mut conn), [1, 2, 3]);
}

fn run(conn: &mut Conn, numbers: impl IntoIterator<Item = i32>) {
    Word::Connected(number(conn)).say();
    for number in numbers {
        conn.buffer_autoupdates(|conn| {
            Word::Body(number).say();
            load(conn, number)?;
            Word::Flush(number).say();
            Outcome::Ok(())
        })
        .unwrap();
        Word::Done(number).say();
    }
}

/// A victim at work.
#[derive(Debug)]
pub struct Victim {
    process: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Victim {
    /// Starts a victim, whose first load is given.
    pub fn start(place: &str, first: i32) -> Self {
        let (_, module) = module_path!().split_once("::").unwrap();
        let test = format!("{module}::load_that_nobody_strikes_is_right");
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &test, "--nocapture", "--test-threads=1"])
            .env(PLACE, place)
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { process, said }
    }

    /// What the victim says next.
    ///
    /// # Panics
    /// When it says nothing more.
    pub fn next_word(&mut self) -> Word {
        self.words().next().unwrap()
    }

    /// Kills it, and returns what it has said until then.
    pub fn kill(mut self) -> Vec<Word> {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.words().collect()
    }

    fn words(&mut self) -> impl Iterator<Item = Word> {
        let lines = self.said.by_ref().map_while(Result::ok);
        lines.filter_map(|line| Word::read(&line))
    }
}
