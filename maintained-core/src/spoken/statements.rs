//! The statements of a SQL text: `;` stands between them, but not within the body of a trigger or a
//! procedure.

use crate::spoken::Spelling;
use crate::spoken::words::{Word, Words};

/// The statements of a text, each as its first words.
#[derive(Debug)]
pub(super) struct Statements<'s> {
    words: Words<'s>,
    /// How many words of each are wanted.
    most: usize,
}

impl<'s> Statements<'s> {
    pub(super) fn of(text: &'s str, spelling: Spelling, most: usize) -> Self {
        Self {
            words: Words::of(text, spelling),
            most,
        }
    }
}

impl<'s> Iterator for Statements<'s> {
    type Item = Vec<Word<'s>>;

    fn next(&mut self) -> Option<Vec<Word<'s>>> {
        let mut kept = Vec::new();
        let mut body = Body::default();
        let mut is_empty = true;
        for word in self.words.by_ref() {
            if word == Word::Mark(';') && !body.is_open() {
                if is_empty {
                    continue;
                }
                return Some(kept);
            }
            is_empty = false;
            body.read(word);
            if kept.len() < self.most {
                kept.push(word);
            }
        }
        (!is_empty).then_some(kept)
    }
}

/// How many words stand before what a `CREATE` creates, at most.
const LONGEST_HEAD: usize = 16;

/// What is known of the body of a statement that may hold others.
#[derive(Debug, Default)]
struct Body<'s> {
    read: usize,
    /// Whether the statement makes something that has a body, or is one.
    has_one: bool,
    /// Whether it is a `CREATE`, of which it may still be said what it creates.
    creates: bool,
    depth: usize,
    before: Option<Word<'s>>,
    /// Whether the word before is an `END`, of which the next word says what it ends.
    ends: bool,
}

impl<'s> Body<'s> {
    fn is_open(&self) -> bool {
        // An `END` that is the last word of the body has no word behind it.
        self.depth > usize::from(self.ends)
    }

    fn read(&mut self, word: Word<'s>) {
        let first = self.read == 0;
        self.read += 1;
        if first {
            self.creates = word.is("CREATE");
        } else if self.read <= LONGEST_HEAD && self.creates {
            self.has_one |= word.is_one_of(&["TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"]);
            // A table may be called so, and its columns, too.
            self.creates = word != Word::Mark('(') && !word.is("TABLE");
        } else if self.read == 2 {
            // MariaDB runs a body by itself.
            let after_begin = self.before.is_some_and(|before| before.is("BEGIN"));
            self.has_one = after_begin && word.is("NOT");
            self.depth = usize::from(self.has_one);
        }
        if self.has_one {
            self.count(word);
        }
        self.before = Some(word);
    }

    /// Counts what is open: `BEGIN` and `CASE` open, an `END` closes the latest.
    ///
    /// `END IF` and its like close what is not counted.
    fn count(&mut self, word: Word<'s>) {
        let is_case = word.is("CASE");
        if std::mem::take(&mut self.ends) {
            let ends_other = word.is_one_of(&["IF", "LOOP", "WHILE", "REPEAT", "FOR"]);
            if !ends_other {
                self.depth = self.depth.saturating_sub(1);
            }
            if is_case || ends_other {
                return;
            }
        }
        let is_name = self.before == Some(Word::Mark('.'));
        if !is_name && (is_case || word.is("BEGIN")) {
            self.depth += 1;
        }
        self.ends = !is_name && word.is("END");
    }
}
