use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use syn::Ident;

use crate::ast::own_columns::Columns;

#[track_caller]
fn assert_names(body: &str, expected: &[&str]) {
    let expected: BTreeSet<_> = expected.iter().copied().map(str::to_owned).collect();
    assert_eq!(used(body), Columns::Named(expected), "of `{body}`");
}

#[track_caller]
fn assert_all(body: &str) {
    assert_eq!(used(body), Columns::All, "of `{body}`");
}

fn used(body: &str) -> Columns {
    let name = Ident::new("row", proc_macro2::Span::call_site());
    Columns::used(&name, body.parse::<TokenStream>().unwrap())
}

#[test]
fn a_field_access_names_its_column() {
    assert_names("row.a + row.b", &["a", "b"]);
    assert_names("row.a.len()", &["a"]);
    assert_names("row.r#type == other.c", &["type"]);
    assert_names("vec![row.a; 3]", &["a"]);
    assert_names("0..row.a", &["a"]);
    assert_names("format!(\"row {} {rows}\", row.a)", &["a"]);
}

#[test]
fn other_uses_of_the_name_stand_for_all_columns() {
    for body in [
        "row",
        "f(row)",
        "row.method()",
        "row.method::<T>()",
        "&row",
        "let Row { a, .. } = row;",
        "..row",
        "row..",
        "row.0",
    ] {
        assert_all(body);
    }
}

#[test]
fn a_format_string_that_captures_the_name_stands_for_all_columns() {
    for body in [
        "format!(\"{row}\")",
        "format!(\"{row:?}\")",
        "format!(r#\"{row}\"#)",
        "format!(\"{:row$}\", 1)",
    ] {
        assert_all(body);
    }
}

#[test]
fn a_member_of_another_value_is_not_the_row() {
    assert_names("self.row + x.0.row + row.a", &["a"]);
}

#[test]
fn a_body_without_the_name_uses_no_column() {
    assert_names("rows.len()", &[]);
}
