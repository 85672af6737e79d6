//! A model whose key is an array, below one whose key is none: what is locked ahead of a change
//! leaves out its own rows.

use diesel::pg::Pg;
use diesel::prelude::*;
use maintained::prelude::*;

use super::with;

mod schema {
    diesel::table! {
        sections (id) {
            id -> Integer,
            title -> Text,
            texts -> Text,
        }
    }

    diesel::table! {
        pages (path) {
            path -> Array<Integer>,
            section_id -> Integer,
            text -> Text,
            heading -> Text,
        }
    }

    diesel::allow_tables_to_appear_in_same_query!(sections, pages);
}

use schema::{pages, sections};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Maintained)]
#[diesel(table_name = sections, check_for_backend(Pg))]
struct Section {
    id: i32,
    title: String,
    #[maintained]
    texts: String,
}

#[derive(
    Debug, Clone, PartialEq, Queryable, Selectable, Identifiable, Associations, Maintained,
)]
#[diesel(table_name = pages, primary_key(path), belongs_to(Section), check_for_backend(Pg))]
struct Page {
    path: Vec<i32>,
    section_id: i32,
    text: String,
    #[maintained]
    heading: String,
}

/// What a section shows of a page.
#[derive(Debug, Clone, Queryable, Selectable, View)]
#[diesel(table_name = pages, check_for_backend(Pg))]
#[maintained(view_of = Page)]
struct PageText {
    text: String,
}

/// What a page shows of its section.
#[derive(Debug, Clone, Queryable, Selectable, View)]
#[diesel(table_name = sections, check_for_backend(Pg))]
#[maintained(view_of = Section)]
struct SectionTitle {
    title: String,
}

#[maintained::setters(check_for_backend(Pg))]
impl Section {
    #[setter]
    fn texts(pages: &[PageText]) -> String {
        let texts: Vec<&str> = pages.iter().map(|page| page.text.as_str()).collect();
        texts.join(" ")
    }
}

#[maintained::setters(check_for_backend(Pg))]
impl Page {
    #[setter]
    fn heading(&self, section: &SectionTitle) -> String {
        format!("{}: {}", section.title, self.text)
    }
}

const TABLES: &str = "
    CREATE TEMPORARY TABLE sections (id INTEGER PRIMARY KEY, title TEXT NOT NULL,
        texts TEXT NOT NULL DEFAULT '');
    CREATE TEMPORARY TABLE pages (path INTEGER[] PRIMARY KEY,
        section_id INTEGER NOT NULL REFERENCES sections, text TEXT NOT NULL,
        heading TEXT NOT NULL DEFAULT '');";

#[test]
fn a_row_with_an_array_as_its_key_is_changed_below_a_parent_that_is_locked_ahead() {
    let mut conn = with(TABLES);
    Section::insert(&mut conn, (sections::id.eq(1), sections::title.eq("One"))).unwrap();
    let new = (pages::path.eq(vec![1, 2]), pages::section_id.eq(1));
    let page = Page::insert(&mut conn, (new, pages::text.eq("first"))).unwrap();
    assert_eq!(page.heading, "One: first");
    let page = Page::update(&mut conn, vec![1, 2], pages::text.eq("second")).unwrap();
    assert_eq!(page.heading, "One: second");
    let section = Section::update(&mut conn, 1, sections::title.eq("Two")).unwrap();
    assert_eq!(section.texts, "second");
    let page = Page::find(&mut conn, vec![1, 2]).unwrap().unwrap();
    assert_eq!(page.heading, "Two: second");
}
