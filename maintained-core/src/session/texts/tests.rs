//! Which statements stay prepared. No database.

use diesel::IntoSql;
use diesel::dsl::sql;
use diesel::sql_types::Integer;
use diesel::sqlite::Sqlite;

use super::*;

/// Whether a statement is kept prepared that says what Diesel would prepare anew each time.
fn is_prepared(texts: &mut Texts, said: &str) -> bool {
    let mut statement = Statement::<Sqlite>::new("SELECT ");
    statement.fragment(Box::new(sql::<Integer>(said)));
    let worded = texts.of(statement).unwrap();
    worded.is_safe_to_cache_prepared(&Sqlite).unwrap()
}

#[test]
fn a_text_is_prepared_when_it_comes_again() {
    let mut texts = Texts::default();
    assert!(!is_prepared(&mut texts, "1"));
    assert!(!is_prepared(&mut texts, "2"));
    assert!(is_prepared(&mut texts, "1"));
    assert!(is_prepared(&mut texts, "1"));
}

#[test]
fn no_more_texts_stay_prepared_than_there_is_room_for() {
    let mut texts = Texts::default();
    let mut prepared = 0;
    for number in 0..3 * MOST_REPEATED {
        is_prepared(&mut texts, &number.to_string());
        prepared += usize::from(is_prepared(&mut texts, &number.to_string()));
    }
    assert_eq!(prepared, MOST_REPEATED);
    assert!(is_prepared(&mut texts, "0"), "what has come again stays");
}

#[test]
fn a_text_that_never_comes_again_makes_room_for_one_that_does() {
    let mut texts = Texts::default();
    for number in 0..3 * MOST_REPEATED {
        assert!(!is_prepared(&mut texts, &number.to_string()));
    }
    assert!(!is_prepared(&mut texts, "again"));
    assert!(is_prepared(&mut texts, "again"));
}

#[test]
fn a_long_text_is_not_kept() {
    let mut texts = Texts::default();
    let long = "1 + ".repeat(LONGEST_REPEATED) + "1";
    assert!(!is_prepared(&mut texts, &long));
    assert!(!is_prepared(&mut texts, &long));
}

#[test]
fn a_known_text_binds_what_the_expressions_in_it_bind() {
    let mut texts = Texts::default();
    let mut said = || {
        let mut statement = Statement::<Sqlite>::new("SELECT ");
        statement.made(|| Box::new(3.into_sql::<Integer>()));
        statement.text(" FROM ").name("rows");
        let worded = texts.of(statement).unwrap();
        diesel::debug_query::<Sqlite, _>(&worded).to_string()
    };
    let first = said();
    assert!(first.ends_with("-- binds: [3]"), "{first}");
    assert_eq!(said(), first);
}

#[test]
fn a_piece_that_somebody_has_the_text_of_is_known_by_that_text() {
    let mut texts = Texts::default();
    let mut said = |sql: &str| {
        let piece = Named(sql.trim_matches('`'));
        let mut statement = Statement::<Sqlite>::new("SELECT ");
        statement.spelled(&piece, sql);
        let worded = texts.of(statement).unwrap();
        Sqlite::sql_of(&worded).unwrap()
    };
    for sql in ["`a`", "`b`", "`a`", "`a long name`", "`a long nom`"] {
        assert_eq!(said(sql), format!("SELECT {sql}"));
    }
}

/// A piece whose text Diesel takes for one that is always the same.
struct Named<'n>(&'n str);

impl QueryFragment<Sqlite> for Named<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_identifier(self.0)
    }
}
