//! What statements say about transactions and savepoints.

use crate::spoken::Spelling;
use crate::spoken::words::Word;

/// What a statement says about transactions and savepoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Begin,
    /// A commit or a rollback of the whole transaction.
    End,
    /// The same, and a transaction that follows at once.
    EndAndBegin,
    Set(String),
    BackTo(String),
    Release(String),
}

/// How many words of a statement say which command it is.
pub(super) const WORDS: usize = 8;

/// The command that a statement is.
pub(super) fn command(words: &[Word<'_>], spelling: Spelling) -> Option<Command> {
    let (&first, rest) = words.split_first()?;
    let second = rest.first().copied();
    let second_is = |keyword| second.is_some_and(|word: Word<'_>| word.is(keyword));
    let name = |words: &[Word<'_>]| {
        let words = match words.split_first() {
            Some((word, after)) if word.is("SAVEPOINT") && !after.is_empty() => after,
            _ => words,
        };
        words.first().and_then(|word| word.as_name(spelling))
    };
    if first.is("BEGIN") {
        // `BEGIN NOT ATOMIC` is a block of MariaDB's.
        return (!second_is("NOT")).then_some(Command::Begin);
    }
    if first.is("START") {
        return second_is("TRANSACTION").then_some(Command::Begin);
    }
    if first.is("XA") && spelling == Spelling::Mysql {
        let begins = second_is("START") || second_is("BEGIN");
        let ends = second_is("COMMIT") || second_is("ROLLBACK");
        return match (begins, ends) {
            (true, _) => Some(Command::Begin),
            (_, true) => Some(Command::End),
            _ => None,
        };
    }
    if first.is("PREPARE") {
        let ends = second_is("TRANSACTION") && spelling == Spelling::Postgres;
        return ends.then_some(Command::End);
    }
    if first.is("SAVEPOINT") {
        return name(words).map(Command::Set);
    }
    if first.is("RELEASE") {
        return name(rest).map(Command::Release);
    }
    if first.is_one_of(&["COMMIT", "END", "ROLLBACK", "ABORT"]) && !second_is("PREPARED") {
        return Some(end(rest, name));
    }
    None
}

/// Whether a statement commits whatever is open, as changes of the schema and work on whole tables
/// do on `MySQL`.
pub(super) fn commits(words: &[Word<'_>], spelling: Spelling) -> bool {
    const CHANGES: &[&str] = &[
        "CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE", "GRANT", "REVOKE",
    ];
    const OF_TABLES: &[&str] = &["ANALYZE", "CHECK", "LOCK", "OPTIMIZE", "REPAIR"];
    const OF_SERVERS: &[&str] = &["CACHE", "FLUSH", "INSTALL", "RESET", "UNINSTALL"];
    let Some((first, rest)) = words.split_first() else {
        return false;
    };
    // The first words say what it is about: `CREATE OR REPLACE TEMPORARY TABLE`.
    let is_about = |keywords| rest.iter().take(3).any(|word| word.is_one_of(keywords));
    let is_change = first.is_one_of(CHANGES) && !is_about(&["TEMPORARY"]);
    let is_of_tables = first.is_one_of(OF_TABLES) && is_about(&["TABLE", "TABLES"]);
    let is_set = first.is("SET") && is_about(&["AUTOCOMMIT", "PASSWORD"]);
    let is_one = is_change || is_of_tables || is_set || first.is_one_of(OF_SERVERS);
    spelling == Spelling::Mysql && is_one
}

/// What the words behind a `COMMIT` or a `ROLLBACK` make of it.
fn end(words: &[Word<'_>], name: impl Fn(&[Word<'_>]) -> Option<String>) -> Command {
    if let Some(to) = words.iter().position(|word| word.is("TO")) {
        return name(&words[to + 1..]).map_or(Command::End, Command::BackTo);
    }
    let chains = words
        .windows(2)
        .any(|pair| pair[0].is("AND") && pair[1].is("CHAIN"));
    if chains {
        Command::EndAndBegin
    } else {
        Command::End
    }
}

/// The transactions and savepoints that a text has opened so far.
#[derive(Debug, Default)]
pub(super) struct Opened {
    is_transaction: bool,
    savepoints: Vec<String>,
}

impl Opened {
    /// Follows a command; `false`, where it is about more than what the text has opened.
    pub(super) fn follow(&mut self, command: &Command) -> bool {
        match command {
            Command::Begin => {
                let is_first = !self.is_transaction && self.savepoints.is_empty();
                self.is_transaction = true;
                is_first
            }
            Command::End => {
                self.savepoints.clear();
                std::mem::take(&mut self.is_transaction)
            }
            Command::EndAndBegin => {
                self.savepoints.clear();
                self.is_transaction
            }
            Command::Set(name) => {
                self.savepoints.push(name.clone());
                true
            }
            Command::BackTo(name) => self.place(name).is_some_and(|at| {
                self.savepoints.truncate(at + 1);
                true
            }),
            Command::Release(name) => self.place(name).is_some_and(|at| {
                self.savepoints.truncate(at);
                true
            }),
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.savepoints.iter().rposition(|known| known == name)
    }

    /// Whether all that was opened is closed again.
    pub(super) fn is_closed(&self) -> bool {
        !self.is_transaction && self.savepoints.is_empty()
    }
}
