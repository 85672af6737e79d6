//! Compares what `explain` says of a write with what really ran.

use std::collections::{BTreeMap, BTreeSet};

use std::sync::{Arc, Mutex};

use diesel::Connection;
use diesel::connection::InstrumentationEvent;
use maintained::operations::{self, Action, Explanation, Follows, Planned, Sent};
use maintained::{Database, FlushReport, MaintainedConnection};

/// How deep the trees of the tests are, at most.
const DEPTH: usize = 5;

/// What the runs of one write came to.
#[derive(Debug, Default)]
struct Seen {
    /// The setters that were due, by model and name.
    setters: BTreeSet<(&'static str, &'static str)>,
    /// How many statements ran, at most.
    statements: usize,
}

/// A write, its runs, and what of its explanation they do not come to.
#[derive(Debug)]
pub(super) struct Explained {
    explanation: Explanation,
    seen: Seen,
}

impl Explained {
    /// What is said of a write on such a connection.
    #[track_caller]
    pub(super) fn of<C: Database>(_: &MaintainedConnection<C>, write: &str) -> Self {
        Self {
            explanation: operations::explain::<C>(write).unwrap(),
            seen: Seen::default(),
        }
    }

    /// Runs the write, and compares what runs with what is said.
    #[track_caller]
    pub(super) fn run<C: Database, T>(
        &mut self,
        conn: &mut MaintainedConnection<C>,
        work: impl FnOnce(&mut MaintainedConnection<C>) -> Result<T, maintained::Error>,
    ) where
        MaintainedConnection<C>: Connection,
    {
        let log = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&log);
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                writer.lock().unwrap().push(query.to_string());
            }
        });
        let done = work(conn);
        conn.set_instrumentation(|_: InstrumentationEvent<'_>| {});
        done.unwrap();
        let ran = std::mem::take(&mut *log.lock().unwrap());
        let texts = ran.iter().filter_map(|text| text.split(" -- binds").next());
        let texts: Vec<&str> = texts.filter(|text| !is_frame(text)).collect();
        let report = conn.last_flush().unwrap();
        agrees(&self.explanation, &texts, report, &mut self.seen);
    }

    /// The fields that are said to follow, and were computed by no run.
    pub(super) fn not_computed(&self) -> Vec<String> {
        unseen(&self.explanation, &self.seen)
    }

    /// How many statements ran at most, and how many are said to run as a rule.
    pub(super) fn statements(&self) -> (usize, usize) {
        (self.seen.statements, self.explanation.usual())
    }
}

/// Whether a statement opens or ends a transaction or savepoint, or asks for settings or triggers.
fn is_frame(text: &str) -> bool {
    let frames = [
        "SET TRANSACTION",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SAVEPOINT",
        "RELEASE",
        "SELECT @@",
        "SELECT (SELECT CAST(CAST(NOT EXISTS",
        "SELECT NOT EXISTS (SELECT 1 FROM information_schema.triggers",
    ];
    frames.iter().any(|frame| text.starts_with(frame))
}

/// Compares a run with the explanation of its write: nothing runs that it does not name.
#[track_caller]
fn agrees(explained: &Explanation, texts: &[&str], report: &FlushReport, seen: &mut Seen) {
    let write = &explained.write;
    for &(model, setter) in report.setters.keys() {
        let is_named = |it: &&Follows| it.model == model && is_of(it, setter);
        assert!(
            explained.follows.iter().any(|it| is_named(&it)),
            "{write}: {model}::{setter} was computed, and is not explained:\n{explained}"
        );
        seen.setters.insert((model, setter));
    }
    assert!(
        texts.len() == 1 || !explained.is_one,
        "{write}: one statement is explained, and these ran:\n{}",
        texts.join("\n"),
    );
    // The rows are few, and nobody else is there. But a statement that takes long counts as one
    // that has waited. And some of these tables' foreign keys are nulled.
    let usual = explained.statements.iter();
    let usual = usual.filter(|it| matches!(it.sent, Sent::Always | Sent::IfWaited | Sent::IfLeft));
    let most: usize = usual.map(times).sum();
    assert!(
        texts.len() <= most,
        "{write}: {} statements ran, and as a rule at most {most} are explained:\n{}\n{explained}",
        texts.len(),
        texts.join("\n"),
    );
    seen.statements = seen.statements.max(texts.len());
    let mut left: BTreeMap<(Action, &str), usize> = BTreeMap::new();
    for planned in &explained.statements {
        *left.entry((planned.action, planned.table)).or_default() += times(planned);
    }
    for text in texts {
        let words = words(text);
        for (action, table) in written(&words) {
            let left = left.entry((action, table)).or_default();
            assert!(*left > 0, "{write}: not explained: {text}\n{explained}");
            *left -= 1;
        }
        reads_only_what_is_explained(explained, text, &words);
        locks_only_what_is_explained(explained, text, &words);
    }
}

/// What was explained and never computed by any of the runs.
fn unseen(explained: &Explanation, seen: &Seen) -> Vec<String> {
    let was_computed = |it: &&Follows| {
        let mut setters = seen.setters.iter();
        setters.any(|&(model, setter)| it.model == model && is_of(it, setter))
    };
    let follows = explained.follows.iter();
    let unseen = follows.filter(|it| !was_computed(it));
    unseen
        .map(|it| format!("{}::{}", it.model, it.fields[0]))
        .collect()
}

/// Whether a setter or declared field is the one that is explained.
fn is_of(follows: &Follows, setter: &str) -> bool {
    follows.by == format!("setter {setter}") || follows.fields.contains(&setter)
}

fn times(planned: &Planned) -> usize {
    if planned.each_level { DEPTH } else { 1 }
}

/// The words of a statement, names without quotes.
fn words(text: &str) -> Vec<&str> {
    let ends = |it: char| !(it.is_alphanumeric() || it == '_');
    text.split(ends).filter(|word| !word.is_empty()).collect()
}

/// The writes of a statement, each with its table; a lock is none.
fn written<'t>(words: &[&'t str]) -> Vec<(Action, &'t str)> {
    let mut writes = Vec::new();
    for (at, &word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| words[before]);
        let next = |skipped: usize| words.get(at + skipped).copied().unwrap_or_default();
        match word {
            "INSERT" => writes.push((Action::Insert, next(2))),
            "DELETE" => writes.push((Action::Delete, next(2))),
            "UPDATE" if !matches!(before, Some("FOR" | "KEY")) => {
                let joined = words.iter().position(|&it| it == "STRAIGHT_JOIN");
                let table = match joined {
                    Some(join) if next(1) == "SELECT" => words[join + 1],
                    _ => next(1),
                };
                writes.push((Action::Update, table));
            }
            _ => {}
        }
    }
    writes
}

fn tables(explained: &Explanation) -> BTreeSet<&str> {
    let statements = explained.statements.iter();
    let locks = statements.flat_map(|it| it.locks.iter().map(|lock| lock.table));
    let own = explained.statements.iter().map(|it| it.table);
    let ways = explained.follows.iter().flat_map(|it| &it.ways);
    let hops = ways.flat_map(|way| way.hops.iter());
    let hops = hops
        .flat_map(|hop| hop.split([' ', '.']))
        .filter(|it| !it.is_empty());
    locks.chain(own).chain(hops).collect()
}

/// Each table after `FROM` or `JOIN` is one of those that are explained.
fn reads_only_what_is_explained(explained: &Explanation, text: &str, words: &[&str]) {
    let known = tables(explained);
    for pair in words.windows(2) {
        if !matches!(pair[0], "FROM" | "JOIN" | "STRAIGHT_JOIN") {
            continue;
        }
        let is_table = pair[1]
            .chars()
            .all(|it| it.is_ascii_lowercase() || it == '_')
            && !matches!(pair[1], "unnest" | "maintained_computed");
        assert!(
            !is_table || known.contains(pair[1]) || is_alias(pair[1]),
            "{}: reads `{}`, which is not explained: {text}\n{explained}",
            explained.write,
            pair[1],
        );
    }
}

/// Names that statements give to parts of themselves.
fn is_alias(word: &str) -> bool {
    word.starts_with("maintained") || word.len() <= 2
}

/// Each clause that locks is explained for some table of the statement.
fn locks_only_what_is_explained(explained: &Explanation, text: &str, words: &[&str]) {
    for clause in [
        "FOR UPDATE",
        "FOR NO KEY UPDATE",
        "FOR SHARE",
        "LOCK IN SHARE MODE",
    ] {
        if !text.contains(clause) {
            continue;
        }
        let mut locks = explained.locks.iter();
        let is_there = locks.any(|lock| {
            let is_as_strong = lock.lock == clause || lock.lock == "FOR UPDATE";
            words.contains(&lock.table)
                && (is_as_strong || lock.lock == "FOR NO KEY UPDATE" && clause == "FOR SHARE")
        });
        assert!(
            is_there,
            "{}: `{clause}` is not explained: {text}\n{explained}",
            explained.write,
        );
    }
}
