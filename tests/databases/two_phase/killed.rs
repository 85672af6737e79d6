//! A program that is killed with SIGKILL at each step of the end of a scope: this program once
//! more, with the addresses of the databases in its environment.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use super::super::text::fleet::Fleet;
use super::{DECIDE, Ready, load};
use crate::board::AtCommit;

/// Where the program finds its databases.
const ADDRESSES: &str = "TWO_PHASE_OF";
/// At which event after the decision it is to stop.
const EVENT: &str = "TWO_PHASE_AT";
const USED: [&str; 3] = ["at", "ch", "de"];

fn say(words: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{words}").unwrap();
    out.flush().unwrap();
}

/// The program: it stops at an event, and waits to be killed.
fn program(addresses: &str, event: i64) {
    let urls: BTreeMap<String, String> = addresses
        .lines()
        .map(|line| line.split_once(' ').unwrap())
        .map(|(key, url)| (key.to_owned(), url.to_owned()))
        .collect();
    let fleet = Fleet {
        places: BTreeMap::new(),
        board: Arc::default(),
    };
    let board = Arc::clone(&fleet.board);
    let stop = AtCommit::Run(Arc::new(|| {
        say("stopped");
        loop {
            thread::park();
        }
    }));
    let arm = AtCommit::Run(Arc::new(move || board.at_event(event, stop.clone())));
    fleet.board.at_statement("at", DECIDE, arm);
    let mut databases = fleet.databases_at(urls).two_phase();
    load(&mut databases, &USED, 1_000 + event).unwrap();
    say("done");
}

#[test]
fn a_program_that_is_killed_at_any_step_leaves_all_or_nothing_to_whoever_recovers() {
    if let Ok(addresses) = std::env::var(ADDRESSES) {
        return program(&addresses, std::env::var(EVENT).unwrap().parse().unwrap());
    }
    let name = thread::current().name().unwrap().to_owned();
    let ready = Ready::new();
    let urls = ready.urls();
    let lines = urls.iter().map(|(key, url)| format!("{key} {url}\n"));
    let addresses: String = lines.collect();
    let (mut committed, mut undone, mut left) = (0, 0, 0);
    for event in 1.. {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &name, "--nocapture"])
            .env(ADDRESSES, &addresses)
            .env(EVENT, event.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = lines.map_while(Result::ok);
        let is_stopped = match said.find(|line| line == "stopped" || line == "done") {
            Some(line) => line == "stopped",
            None => panic!("the program has failed"),
        };
        child.kill().unwrap();
        child.wait().unwrap();
        // The servers may not have noticed yet; then they keep it waiting.
        let recovered = ready.recover();
        left += usize::from(recovered.committed.len() + recovered.undone.len() > 0);
        let is_committed = ready.is_committed(1_000 + event, &USED);
        *if is_committed {
            &mut committed
        } else {
            &mut undone
        } += 1;
        assert!(recovered.committed.is_empty() || is_committed);
        assert!(recovered.undone.is_empty() || !is_committed);
        ready.assert_nothing_left();
        if !is_stopped {
            assert!(is_committed);
            break;
        }
    }
    eprintln!("killed: {committed} committed, {undone} undone, {left} of them by the recovery");
    assert!(committed > 2 && undone > 2 && left > 4);
}
