//! Random failures before, between and after commits.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use maintained::Error;

use super::{DECIDE, FORGET, KILL, Many, Outcome, PREPARE, Ready, add, doubt, get};
use crate::board::AtCommit;
use crate::proxy::Proxy;
use crate::random::Random;
use crate::{KEYS, rounds};

/// How many scopes the test runs.
const ROUNDS: usize = 60;

/// What goes wrong in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Nothing,
    Unreachable,
    BodyFails,
    BodyPanics,
    StatementFails,
    ConnectionLost,
    /// At a statement of the end, before it is sent.
    LostAt(&'static str),
    /// The same, after it was run.
    AnswerLost(&'static str),
    PanicAt(&'static str),
    /// All connections are lost, as those of a program that is killed.
    AllLostAt(&'static str),
    /// At some event of the end, be it of the statement or of another one.
    PanicAfter(i64),
}

impl Fault {
    fn any(random: &mut Random) -> Self {
        let [prepare, commit] = PREPARE;
        let at = random
            .pick(&[DECIDE, prepare, "COMMIT", commit, FORGET])
            .unwrap();
        match random.below(14) {
            0 | 1 => Self::Nothing,
            2 => Self::Unreachable,
            3 => Self::BodyFails,
            4 => Self::BodyPanics,
            5 => Self::StatementFails,
            6 => Self::ConnectionLost,
            7 | 8 => Self::LostAt(at),
            9 | 10 => Self::AnswerLost(at),
            11 => Self::PanicAt(at),
            12 => Self::AllLostAt(at),
            _ => Self::PanicAfter(1 + i64::try_from(random.below(40)).unwrap()),
        }
    }
}

/// What scopes came to, with how often.
#[derive(Debug, Default)]
struct Tally {
    committed: usize,
    undone: usize,
    in_doubt: usize,
    panicked: usize,
    /// The transactions that another program has ended.
    recovered: usize,
}

struct Round<'r> {
    ready: &'r Ready,
    proxies: &'r BTreeMap<String, Proxy>,
    cents: i64,
    /// The databases that are used, in this order.
    keys: Vec<&'static str>,
    fault: Fault,
    struck: &'static str,
}

impl<'r> Round<'r> {
    fn new(
        ready: &'r Ready,
        proxies: &'r BTreeMap<String, Proxy>,
        number: usize,
        random: &mut Random,
    ) -> Self {
        let mut left = KEYS.to_vec();
        let mut keys = Vec::new();
        for _ in 0..=1 + random.below(4) {
            let at = usize::try_from(random.below(left.len() as u64)).unwrap();
            keys.push(left.remove(at));
        }
        let fault = Fault::any(random);
        let struck = match fault {
            // These are of the database that decides.
            Fault::LostAt(at)
            | Fault::AnswerLost(at)
            | Fault::PanicAt(at)
            | Fault::AllLostAt(at)
                if !PREPARE.contains(&at) =>
            {
                keys[0]
            }
            _ => random.pick(&keys).unwrap(),
        };
        Self {
            ready,
            proxies,
            cents: 1_000 + i64::try_from(number).unwrap(),
            keys,
            fault,
            struck,
        }
    }

    /// What ends the connections to some databases.
    fn kill(&self, keys: &[&str]) -> AtCommit {
        let (urls, board) = (self.ready.urls(), Arc::clone(&self.ready.board));
        let keys: Vec<String> = keys.iter().map(|&key| key.to_owned()).collect();
        AtCommit::Run(Arc::new(move || {
            for key in &keys {
                KILL.unwrap()(&urls[key], board.number_of(key));
            }
        }))
    }

    fn at(&self, words: &'static str, what: AtCommit) {
        match words {
            "COMMIT" => self.ready.board.at_commit(self.struck, what),
            _ => self.ready.board.at_statement(self.struck, words, what),
        }
    }

    /// Sets what is to go wrong outside of the body.
    fn set(&self) {
        let board = &self.ready.board;
        match self.fault {
            Fault::Unreachable => board.close(self.struck),
            Fault::LostAt(words) => self.at(words, self.kill(&[self.struck])),
            Fault::AnswerLost(words) => self.proxies[self.struck].lose_the_answer_to(words),
            Fault::PanicAt(words) => self.at(words, AtCommit::Panic),
            Fault::AllLostAt(words) => self.at(words, self.kill(&self.keys)),
            Fault::PanicAfter(events) => {
                let board = Arc::clone(board);
                let arm = move || board.at_event(events, AtCommit::Panic);
                let arm = AtCommit::Run(Arc::new(arm));
                self.ready.board.at_statement(self.keys[0], DECIDE, arm);
            }
            _ => {}
        }
    }

    fn run(&self, databases: &mut Many) -> Outcome {
        databases.buffer_autoupdates(|databases| {
            for key in &self.keys {
                add(databases, key, self.cents)?;
                match self.fault {
                    _ if *key != self.struck => {}
                    Fault::StatementFails => add(databases, key, 1_000_000)?,
                    Fault::ConnectionLost => self.ready.kill(key),
                    _ => {}
                }
            }
            match self.fault {
                Fault::BodyFails => Err(Error::other("the body fails")),
                Fault::BodyPanics => std::panic::resume_unwind(Box::new("the body panics")),
                _ => Ok(()),
            }
        })
    }

    /// Compares what was said with what is there.
    #[track_caller]
    fn compare(&self, result: Result<Outcome, ()>, told: Option<Error>, tally: &mut Tally) {
        let is_committed = self.ready.is_committed(self.cents, &self.keys);
        let what = format!(
            "{:?} on {} of {:?}: {result:?}, then {told:?}; committed: {is_committed}",
            self.fault, self.struck, self.keys
        );
        *if is_committed {
            &mut tally.committed
        } else {
            &mut tally.undone
        } += 1;
        let error = match result {
            Ok(Ok(())) => return assert!(is_committed, "{what}"),
            Ok(Err(error)) => Some(error),
            Err(()) => {
                tally.panicked += 1;
                told
            }
        };
        match error.as_ref().and_then(doubt) {
            Some((committed, in_doubt)) => {
                tally.in_doubt += usize::from(!in_doubt.is_empty());
                assert!(is_committed || committed.is_empty(), "{what}");
            }
            None => assert!(!is_committed, "{what}"),
        }
        assert!(
            !matches!(error, Some(Error::PartlyCommitted { .. })),
            "{what}"
        );
    }
}

#[test]
fn never_is_one_committed_and_another_not() {
    let ready = Ready::new();
    let urls = ready.urls();
    let proxies: BTreeMap<String, Proxy> = urls
        .iter()
        .map(|(key, url)| (key.clone(), Proxy::before(url)))
        .collect();
    let urls: BTreeMap<String, String> = proxies
        .iter()
        .map(|(key, proxy)| (key.clone(), proxy.url()))
        .collect();
    let mut databases = ready.program_at(urls.clone());
    let mut random = Random::new(22);
    let mut tally = Tally::default();
    let count = rounds(ROUNDS);
    for number in 0..count {
        let round = Round::new(&ready, &proxies, number, &mut random);
        round.set();
        let result = catch_unwind(AssertUnwindSafe(|| round.run(&mut databases)));
        ready.board.mend();
        proxies.values().for_each(Proxy::mend);
        // The program goes on, or is gone, and another one recovers what is left.
        let told = if random.below(2) == 0 {
            get(&mut databases, "at").map(drop).err()
        } else {
            // Nothing that it leaves open is waited for.
            let told = match &result {
                Err(_) => get(&mut databases, "at").map(drop).err(),
                Ok(_) => None,
            };
            databases = ready.program_at(urls.clone());
            let recovered = ready.recover();
            tally.recovered += recovered.committed.len() + recovered.undone.len();
            told
        };
        round.compare(result.map_err(drop), told, &mut tally);
        if number % 10 == 9 {
            ready.assert_nothing_left();
        }
    }
    drop(databases);
    ready.assert_nothing_left();
    eprintln!("{count} scopes: {tally:?}");
    assert!(
        tally.committed > count / 5 && tally.undone > count / 5,
        "{tally:?}"
    );
    assert!(
        tally.in_doubt > count / 20 && tally.panicked > count / 20,
        "{tally:?}"
    );
    assert!(tally.recovered > count / 20, "{tally:?}");
}
