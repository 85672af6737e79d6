//! What the text of a statement says: which tables it writes, and what it does to transactions and
//! savepoints.
//!
//! No grammar is followed. A parser that knows each database's SQL refuses what is newer than
//! itself, and a statement that it refuses would go unseen. Here a few keywords say what a
//! statement does, and one without any of them counts as doing nothing.

mod level;
mod name;
mod set;
mod spelling;
mod statements;
mod targets;
mod words;
mod write;

use self::level::Opened;
pub(crate) use self::name::Name;
pub use self::spelling::Spelling;
use self::statements::Statements;
use self::words::Word;
pub(crate) use self::write::{Action, Write};

/// What a text does to transactions and savepoints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Levels {
    /// The first command that goes beyond the text: about a level that it has not opened, or one
    /// that it leaves open.
    pub(crate) beyond: Option<String>,
    /// The first command that begins a transaction, which the text ends.
    pub(crate) begins: Option<String>,
    /// The first statement that commits whatever is open, as changes of the schema do on `MySQL`.
    pub(crate) commits: Option<String>,
}

/// What a text does to transactions and savepoints.
pub(crate) fn levels(text: &str, spelling: Spelling) -> Levels {
    let mut levels = Levels::default();
    let mut opened = Opened::default();
    let mut first_open = None;
    for words in Statements::of(text, spelling, level::WORDS) {
        let Some(command) = level::command(&words, spelling) else {
            if level::commits(&words, spelling) {
                levels.commits.get_or_insert_with(|| shown(&words));
            }
            continue;
        };
        let was_closed = opened.is_closed();
        if !opened.follow(&command) {
            levels.beyond = Some(shown(&words));
            return levels;
        }
        if was_closed {
            first_open = Some(shown(&words));
        }
        if command == level::Command::Begin {
            levels.begins.get_or_insert_with(|| shown(&words));
        }
    }
    levels.beyond = first_open.filter(|_| !opened.is_closed());
    levels
}

/// The tables that a text writes, and how.
pub(crate) fn writes(text: &str, spelling: Spelling) -> Vec<Write> {
    let statements = Statements::of(text, spelling, usize::MAX);
    statements
        .flat_map(|words| write::writes(&words, spelling))
        .collect()
}

/// The name of a table as the database knows it, given how the library writes it: in quotes.
pub(crate) fn name(text: &str, spelling: Spelling) -> Option<Name> {
    let words = Statements::of(text, spelling, usize::MAX).next()?;
    let mut parts = words.into_iter().filter_map(|word| match word {
        Word::Quoted { name, quote } => Some(spelling.unquoted(name, quote).into_owned()),
        _ => None,
    });
    let name = parts.next_back()?;
    let qualifier = parts.next_back();
    Some(Name { qualifier, name })
}

/// The first words of a statement.
fn shown(words: &[Word<'_>]) -> String {
    let words: Vec<String> = words.iter().map(|word| word.shown()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
