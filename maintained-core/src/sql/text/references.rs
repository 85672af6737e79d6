//! What an expression reads: the columns that its SQL names, whether Diesel or the user wrote it.

use super::{Quotes, Token, tokens};

/// What an expression reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reference {
    /// A column, with its table where that is named, too.
    Column {
        table: Option<String>,
        column: String,
    },
    /// Rows, by a query of its own.
    Query,
    /// The time, or a random value: by this word or function.
    Chance(String),
}

/// Words and functions that return another value each time.
const CHANCE: [&str; 35] = [
    "clock_timestamp",
    "curdate",
    "current_date",
    "current_time",
    "current_timestamp",
    "curtime",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "last_insert_id",
    "last_insert_rowid",
    "lastval",
    "localtime",
    "localtimestamp",
    "nextval",
    "now",
    "rand",
    "random",
    "random_bytes",
    "random_normal",
    "randomblob",
    "statement_timestamp",
    "sysdate",
    "timeofday",
    "total_changes",
    "transaction_timestamp",
    "utc_date",
    "utc_time",
    "utc_timestamp",
    "uuid",
    "uuid_generate_v1",
    "uuid_generate_v4",
    "uuid_short",
    "uuidv4",
    "uuidv7",
];

/// Functions that return the time where they are given nothing, or the text `now`.
const TIMES: [&str; 7] = [
    "date",
    "datetime",
    "julianday",
    "strftime",
    "time",
    "unix_timestamp",
    "unixepoch",
];

/// Words of SQL that may stand in an expression, and are no names unless they are quoted. A word
/// that is missing here is taken for a column, which is refused only if the table has such a one.
const LANGUAGE: [&str; 23] = [
    "all", "and", "any", "as", "between", "cast", "collate", "distinct", "else", "escape",
    "exists", "false", "from", "in", "is", "like", "not", "null", "or", "some", "then", "true",
    "when",
];

/// What an expression reads, as far as its text tells.
///
/// Each name is taken for a column, unless it calls a function, or names a type or a collation.
pub(crate) fn references(sql: &str, quotes: Quotes) -> Vec<Reference> {
    let tokens: Vec<Token<'_>> = tokens(sql, quotes).into_iter().map(|(_, it)| it).collect();
    let mut references = Vec::new();
    let (mut at, mut cases) = (0, 0_usize);
    while at < tokens.len() {
        let (before, rest) = tokens.split_at(at);
        let path = path(rest);
        at += path.len().max(1);
        // Behind a dot that no name precedes, as in `(row).field`, a field of a value is named.
        if path.is_empty() || matches!(before, [.., Token::Sign('.')]) {
            continue;
        }
        let after = &tokens[at..];
        match path {
            // `END` is a word of the language inside a `CASE` only, and may be a column elsewhere.
            [word] if word.is_word("case") => cases += 1,
            [word] if word.is_word("end") && cases > 0 => cases -= 1,
            [word] if is_query(word, after) => references.push(Reference::Query),
            [.., word] if is_chance(word, after) => {
                references.extend(word.name().map(|word| Reference::Chance(word.to_owned())));
            }
            [Token::Word(word)] if is_language(word, before, after) => {}
            _ if is_type(before) || after.first() == Some(&Token::Sign('(')) => {}
            _ => references.extend(reference(path)),
        }
    }
    references
}

/// The names, joined by dots, with which the tokens start: `"orders"."id"`, `orders.*`.
fn path<'t, 's>(tokens: &'t [Token<'s>]) -> &'t [Token<'s>] {
    if tokens.first().and_then(Token::name).is_none() {
        return &[];
    }
    let mut length = 1;
    while let [Token::Sign('.'), next, ..] = &tokens[length..]
        && (next.name().is_some() || *next == Token::Sign('*'))
    {
        length += 2;
    }
    &tokens[..length]
}

fn reference(path: &[Token<'_>]) -> Option<Reference> {
    let (last, before) = path.split_last()?;
    let table = before.iter().rev().find_map(Token::name);
    Some(Reference::Column {
        table: table.map(str::to_owned),
        column: last.name().unwrap_or("*").to_owned(),
    })
}

/// Whether a word reads other rows: a subquery, or a window.
fn is_query(word: &Token<'_>, after: &[Token<'_>]) -> bool {
    word.is_word("select") || word.is_word("over") && after.first() == Some(&Token::Sign('('))
}

/// Whether a word returns the time or a random value: as a call, or as one of the words, like
/// `current_date`, that need no brackets.
fn is_chance(word: &Token<'_>, after: &[Token<'_>]) -> bool {
    let stands_alone = ["current_", "local"];
    let is = |known: &&&str| word.is_word(known);
    let Some(arguments) = arguments(after) else {
        let mut known = CHANCE.iter().filter(is);
        return known.any(|known| stands_alone.iter().any(|start| known.starts_with(start)));
    };
    let is_now =
        |token: &Token<'_>| matches!(token, Token::Text(text) if text.eq_ignore_ascii_case("now"));
    CHANCE.iter().any(|known| word.is_word(known))
        || TIMES.iter().any(|known| word.is_word(known))
            && (arguments.is_empty() || arguments.iter().any(is_now))
        // The age of one time is that until today.
        || word.is_word("age") && !arguments.contains(&Token::Sign(','))
}

/// The tokens between the brackets of a call, if there is one.
fn arguments<'t, 's>(after: &'t [Token<'s>]) -> Option<&'t [Token<'s>]> {
    let (Token::Sign('('), inside) = after.split_first()? else {
        return None;
    };
    let mut depth = 1_usize;
    let end = inside.iter().position(|token| {
        match token {
            Token::Sign('(') => depth += 1,
            Token::Sign(')') => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    Some(&inside[..end.unwrap_or(inside.len())])
}

fn is_language(word: &str, before: &[Token<'_>], after: &[Token<'_>]) -> bool {
    let follows = |other| before.last().is_some_and(|token| token.is_word(other));
    let is = |other: &str| word.eq_ignore_ascii_case(other);
    // `date '2001-01-01'`, `E'..'`
    let is_of_a_text = matches!(after, [Token::Text(_), ..]);
    let is_of_a_zone = is("at")
        && matches!(after, [time, zone, ..] if time.is_word("time") && zone.is_word("zone"));
    // `extract(year FROM ..)`
    let is_unit = matches!(before, [.., extract, Token::Sign('(')] if extract.is_word("extract"));
    LANGUAGE.iter().any(|known| is(known))
        || is_of_a_text
        || is_of_a_zone
        || is("time") && follows("at")
        || is("zone") && follows("time")
        || is_unit && after.first().is_some_and(|token| token.is_word("from"))
}

/// Whether the next name is a type or a collation, by the tokens before it: `CAST(.. AS double
/// precision)`, `..::text`, `COLLATE "C"`.
fn is_type(before: &[Token<'_>]) -> bool {
    let mut words = before
        .iter()
        .rev()
        .take_while(|token| token.name().is_some());
    matches!(before, [.., Token::Sign(':'), Token::Sign(':')])
        || before.last().is_some_and(|token| token.is_word("collate"))
        || words.any(|token| token.is_word("as"))
}

#[cfg(test)]
mod tests {
    use super::{Quotes, Reference, references};

    fn named(sql: &str, quotes: Quotes) -> Vec<String> {
        let text = |reference| match reference {
            Reference::Column { table, column } => {
                let table = table.map(|table| table + ".").unwrap_or_default();
                table + &column
            }
            Reference::Query => "a query".to_owned(),
            Reference::Chance(word) => word + "!",
        };
        references(sql, quotes).into_iter().map(text).collect()
    }

    #[track_caller]
    fn assert_named(sql: &str, names: &[&str]) {
        assert_eq!(named(sql, Quotes::Double), names, "{sql}");
    }

    #[test]
    fn a_column_is_found_quoted_or_not_and_with_its_table() {
        assert_named(
            "(\"items\".\"price\" * \"items\".\"quantity\")",
            &["items.price", "items.quantity"],
        );
        assert_named("\"shop\".\"items\".\"price\" + $1", &["items.price"]);
        assert_named("upper(name) || Items.NAME", &["name", "Items.NAME"]);
        assert_named("\"a\"\"b\" + a.*", &["a\"b", "a.*"]);
        assert_eq!(
            named(
                "`items`.`price` + \"price\" + 'it\\'s name'",
                Quotes::Backtick
            ),
            ["items.price"]
        );
    }

    #[test]
    fn functions_types_texts_and_words_of_the_language_are_no_columns() {
        assert_named("upper($1) || 'name' || E'\\'name'", &[]);
        assert_named("CAST($1 AS double precision) = $2::text", &[]);
        assert_named("CAST(\"a\".\"b\" AS text) COLLATE \"C\"", &["a.b"]);
        assert_named("CASE WHEN a IS NOT NULL THEN 1 ELSE NULL END", &["a"]);
        assert_named("a AND end > 1", &["a", "end"]);
        assert_named("extract(year FROM since) + year", &["since", "year"]);
        assert_named("date '2001-01-01' AT TIME ZONE zone", &["zone"]);
        assert_named("a::text AND name", &["a", "name"]);
        assert_named("(a).b -- name\n /* name */", &["a"]);
        assert_named("pg_catalog.upper(substring(a FROM 1))", &["a"]);
        assert_named("a /* b /* c */ d */ + e", &["a", "e"]);
        let names = |sql| named(sql, Quotes::Backtick);
        assert_eq!(names("price--cost -- name\n + a"), ["price", "cost", "a"]);
        assert_eq!(names("a /*!50000 + b */ /* c */"), ["a", "b"]);
    }

    #[test]
    fn the_time_and_chance_are_found() {
        assert_named("a < CURRENT_TIMESTAMP", &["a", "CURRENT_TIMESTAMP!"]);
        assert_named("pg_catalog.now() - random()", &["now!", "random!"]);
        assert_named("now + \"current_date\"", &["now", "current_date"]);
        assert_named(
            "datetime(since, 'now') + date()",
            &["datetime!", "since", "date!"],
        );
        assert_named("datetime(since, '+1 day') || 'now'", &["since"]);
        assert_named(
            "age(since) - age(until, since)",
            &["age!", "since", "until", "since"],
        );
    }

    #[test]
    fn other_rows_are_found() {
        assert_named("(SELECT 1)", &["a query"]);
        assert_named(
            "row_number() OVER (PARTITION BY a)",
            &["a query", "PARTITION", "BY", "a"],
        );
    }
}
