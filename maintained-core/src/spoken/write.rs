//! The writes that a statement makes.

use crate::spoken::targets::{Target, tables};
use crate::spoken::words::Word;
use crate::spoken::{Name, Spelling, set};

/// What a statement does to the rows of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) table: Name,
    pub(crate) action: Action,
}

/// What is done to rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Insert,
    Delete,
    /// These columns get new values.
    Update(Vec<String>),
}

/// The words with which a statement begins that writes.
const VERBS: &[&str] = &[
    "INSERT", "REPLACE", "UPDATE", "DELETE", "MERGE", "TRUNCATE", "COPY", "LOAD",
];
/// What may stand between a verb and its table.
const BETWEEN: &[&str] = &[
    "LOW_PRIORITY",
    "HIGH_PRIORITY",
    "DELAYED",
    "QUICK",
    "IGNORE",
    "INTO",
    "ONLY",
];
/// What ends the tables of a `DELETE`.
const CONDITIONS: &[&str] = &["WHERE", "ORDER", "LIMIT", "RETURNING"];

/// The writes of one statement.
pub(super) fn writes(words: &[Word<'_>], spelling: Spelling) -> Vec<Write> {
    let mut found = Vec::new();
    for at in starts(words, spelling) {
        let verb = Verb {
            words: &words[at..end(words, at)],
            spelling,
        };
        verb.writes(&mut found);
    }
    found
}

/// The places at which a statement that writes may begin: at the front, in front of a query, and in
/// it.
fn starts(words: &[Word<'_>], spelling: Spelling) -> Vec<usize> {
    let begins_with = |keyword| words.first().is_some_and(|word| word.is(keyword));
    // `EXPLAIN` runs nothing, unless it analyses; `ANALYZE` alone runs the statement behind it on
    // MariaDB.
    let explains = begins_with("EXPLAIN") || begins_with("ANALYZE");
    let first = explains.then(|| explained(words)).flatten().unwrap_or(0);
    let options = &words[..if first > 0 { first } else { words.len() }];
    if explains && !options.iter().any(|word| word.is("ANALYZE")) {
        return Vec::new();
    }
    let has_queries = words[first.min(words.len())..]
        .first()
        .is_some_and(|word| word.is("WITH"));
    let mut depth = 0_usize;
    let mut starts = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).map(|place| words[place]);
        let before_is = |back, keywords: &[&str]| {
            before(back).is_some_and(|word: Word<'_>| word.is_one_of(keywords))
        };
        let in_query =
            before(1) == Some(Word::Mark('(')) && before_is(2, &["AS", "MATERIALIZED", "COPY"]);
        let behind_queries = has_queries && depth == 0 && before(1) == Some(Word::Mark(')'));
        // `WITH .. SEARCH DEPTH FIRST BY a SET b DELETE ..`
        let behind_order =
            has_queries && depth == 0 && is_behind(&words[..at], &["SEARCH", "CYCLE"]);
        // `THEN REPLACE(a, 'b', 'c')` calls a function.
        let is_call = words.get(at + 1) == Some(&Word::Mark('('));
        let in_block = spelling == Spelling::Mysql
            && before_is(1, &["ATOMIC", "THEN", "ELSE", "DO"])
            && !is_call;
        let may_begin = at == first || in_query || behind_queries || behind_order || in_block;
        if word.is_one_of(VERBS) && may_begin {
            starts.push(at);
        }
        match word {
            Word::Mark('(') => depth += 1,
            Word::Mark(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    starts
}

/// Where the statement begins that is explained: behind the options, which stand in brackets or not.
fn explained(words: &[Word<'_>]) -> Option<usize> {
    let mut depth = 0_usize;
    words.iter().position(|word| {
        match word {
            Word::Mark('(') => depth += 1,
            Word::Mark(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && (word.is_one_of(VERBS) || word.is_one_of(&["SELECT", "VALUES", "WITH"]))
    })
}

/// Whether there is one of these words since the last bracket was closed.
fn is_behind(words: &[Word<'_>], keywords: &[&str]) -> bool {
    let since = words
        .iter()
        .rev()
        .take_while(|&&word| word != Word::Mark(')'));
    since.into_iter().any(|word| word.is_one_of(keywords))
}

/// Where what begins at a place ends: at the bracket that closes around it.
fn end(words: &[Word<'_>], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, word) in words.iter().enumerate().skip(start) {
        match word {
            Word::Mark('(') => depth += 1,
            Word::Mark(')') if depth == 0 => return at,
            Word::Mark(')') => depth -= 1,
            _ => {}
        }
    }
    words.len()
}

/// The words of a write, from its verb on.
struct Verb<'w, 's> {
    words: &'w [Word<'s>],
    spelling: Spelling,
}

impl Verb<'_, '_> {
    fn writes(&self, found: &mut Vec<Write>) {
        let is = |verb| self.words[0].is(verb);
        match () {
            () if is("INSERT") || is("REPLACE") => self.insert(is("REPLACE"), found),
            () if is("UPDATE") => self.update(found),
            () if is("DELETE") => self.delete(found),
            () if is("MERGE") => self.merge(found),
            () if is("TRUNCATE") => self.truncate(found),
            () if is("COPY") => self.copy(found),
            () => self.load(found),
        }
    }

    /// The place of the table behind the verb, and whether rows that are in the way are replaced.
    fn behind_verb(&self) -> (usize, bool) {
        let mut at = 1;
        let mut replaces = false;
        while let Some(word) = self.words.get(at) {
            if word.is("OR") {
                replaces |= self
                    .words
                    .get(at + 1)
                    .is_some_and(|word| word.is("REPLACE"));
                at += 2;
            } else if word.is_one_of(BETWEEN) {
                at += 1;
            } else {
                break;
            }
        }
        (at, replaces)
    }

    fn name(&self, at: usize) -> Option<Name> {
        Name::at(self.words.get(at..)?, self.spelling).map(|(name, _)| name)
    }

    fn insert(&self, is_replace: bool, found: &mut Vec<Write>) {
        let (at, replaces) = self.behind_verb();
        let Some(table) = self.name(at) else {
            return;
        };
        found.push(of(&table, Action::Insert));
        if is_replace || replaces {
            found.push(of(&table, Action::Delete));
        }
        // `ON CONFLICT .. DO UPDATE SET ..`, `ON DUPLICATE KEY UPDATE ..`
        for update in self.places("UPDATE") {
            let after = update + 1;
            let is_set = self.words.get(after).is_some_and(|word| word.is("SET"));
            if self.words[update - 1].is_one_of(&["DO", "KEY"]) {
                self.assign(
                    std::slice::from_ref(&table),
                    after + usize::from(is_set),
                    found,
                );
            }
        }
    }

    fn update(&self, found: &mut Vec<Write>) {
        let (at, replaces) = self.behind_verb();
        let (targets, read) = tables(
            &self.words[at.min(self.words.len())..],
            &["SET"],
            self.spelling,
        );
        let set = at + read;
        if self.words.get(set).is_none_or(|word| !word.is("SET")) {
            return;
        }
        for path in set::columns(&self.words[set + 1..], self.spelling) {
            let (named, column) = resolve(&path, &targets, self.spelling);
            for target in named {
                update(&target.table, column.clone(), found);
            }
        }
        if replaces {
            found.extend(
                targets
                    .iter()
                    .map(|target| of(&target.table, Action::Delete)),
            );
        }
    }

    fn delete(&self, found: &mut Vec<Write>) {
        let (at, _) = self.behind_verb();
        let has_from = self.words.get(at).is_some_and(|word| word.is("FROM"));
        let words = &self.words[(at + usize::from(has_from)).min(self.words.len())..];
        let ends = [CONDITIONS, &["FROM", "USING"]].concat();
        let (mut targets, read) = tables(words, &ends, self.spelling);
        let rest = &words[read..];
        let joins = rest
            .first()
            .is_some_and(|word| word.is("FROM") || word.is("USING"));
        if joins && self.spelling == Spelling::Mysql {
            // `DELETE a, b FROM ..` and `DELETE FROM a, b USING ..`: the names are those of the
            // tables behind.
            let (joined, _) = tables(&rest[1..], CONDITIONS, self.spelling);
            for target in &mut targets {
                if let Some(meant) = joined.iter().find(|it| it.is_called(&target.table)) {
                    *target = meant.clone();
                }
            }
        }
        found.extend(
            targets
                .iter()
                .map(|target| of(&target.table, Action::Delete)),
        );
    }

    fn merge(&self, found: &mut Vec<Write>) {
        let Some(table) = self.name(self.behind_verb().0) else {
            return;
        };
        for then in self.places("THEN") {
            match self.words.get(then + 1) {
                Some(word) if word.is("INSERT") => found.push(of(&table, Action::Insert)),
                Some(word) if word.is("DELETE") => found.push(of(&table, Action::Delete)),
                Some(word) if word.is("UPDATE") => {
                    // Behind `THEN UPDATE SET`.
                    self.assign(std::slice::from_ref(&table), then + 3, found);
                }
                _ => {}
            }
        }
    }

    fn truncate(&self, found: &mut Vec<Write>) {
        let has_word = self.words.get(1).is_some_and(|word| word.is("TABLE"));
        let words = &self.words[(1 + usize::from(has_word)).min(self.words.len())..];
        let (targets, _) = tables(
            words,
            &["RESTART", "CONTINUE", "CASCADE", "RESTRICT"],
            self.spelling,
        );
        found.extend(
            targets
                .iter()
                .map(|target| of(&target.table, Action::Delete)),
        );
    }

    fn copy(&self, found: &mut Vec<Write>) {
        let reads_in = self.places("FROM").next().is_some();
        if let Some(table) = self.name(1).filter(|_| reads_in) {
            found.push(of(&table, Action::Insert));
        }
    }

    fn load(&self, found: &mut Vec<Write>) {
        let into = self.places("INTO").next();
        let at = into.filter(|&at| self.words.get(at + 1).is_some_and(|word| word.is("TABLE")));
        if let Some(table) = at.and_then(|at| self.name(at + 2)) {
            found.push(of(&table, Action::Insert));
            if self.places("REPLACE").next().is_some() {
                found.push(of(&table, Action::Delete));
            }
        }
    }

    /// The places of a keyword that stands in no bracket, behind the verb.
    fn places<'k>(&'k self, keyword: &'k str) -> impl Iterator<Item = usize> + 'k {
        let mut depth = 0_usize;
        let words = self.words.iter().enumerate().skip(1);
        words.filter_map(move |(at, word)| {
            match word {
                Word::Mark('(') => depth += 1,
                Word::Mark(')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            (depth == 0 && word.is(keyword)).then_some(at)
        })
    }

    /// Adds the assignments at a place.
    fn assign(&self, tables: &[Name], at: usize, found: &mut Vec<Write>) {
        for path in set::columns(self.words.get(at..).unwrap_or_default(), self.spelling) {
            let column = column(&path, self.spelling);
            for table in tables {
                update(table, column.clone(), found);
            }
        }
    }
}

fn of(table: &Name, action: Action) -> Write {
    Write {
        table: table.clone(),
        action,
    }
}

/// Adds a column to those that a table's update sets.
fn update(table: &Name, column: String, found: &mut Vec<Write>) {
    for write in &mut *found {
        if let Action::Update(columns) = &mut write.action
            && write.table == *table
        {
            columns.push(column);
            return;
        }
    }
    found.push(of(table, Action::Update(vec![column])));
}

/// The column that a path names: the first of its names, and on `MySQL` the last, which stands
/// behind its table.
fn column(path: &[String], spelling: Spelling) -> String {
    let name = match spelling {
        Spelling::Mysql => path.last(),
        Spelling::Sqlite | Spelling::Postgres => path.first(),
    };
    name.cloned().unwrap_or_default()
}

/// The tables that a path may mean, and its column.
fn resolve<'t>(
    path: &[String],
    targets: &'t [Target],
    spelling: Spelling,
) -> (Vec<&'t Target>, String) {
    let column = column(path, spelling);
    let named = match path {
        [.., table, _] if spelling == Spelling::Mysql => {
            let qualifier = path.len().checked_sub(3).map(|at| path[at].clone());
            let name = table.clone();
            let name = Name { qualifier, name };
            targets
                .iter()
                .filter(|target| target.is_called(&name))
                .collect()
        }
        _ => targets.iter().collect(),
    };
    (named, column)
}
