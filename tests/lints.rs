//! Expansions under the strictest lints that a user may set.
#![deny(warnings, clippy::pedantic, clippy::nursery, clippy::cargo)]
#![deny(
    missing_docs,
    missing_debug_implementations,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unnameable_types,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    let_underscore_drop,
    clippy::absolute_paths,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::default_numeric_fallback,
    clippy::exhaustive_structs,
    clippy::expect_used,
    clippy::implicit_return,
    clippy::indexing_slicing,
    clippy::missing_docs_in_private_items,
    clippy::missing_inline_in_public_items,
    clippy::missing_trait_methods,
    clippy::mod_module_files,
    clippy::question_mark_used,
    clippy::same_name_method,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::single_char_lifetime_names,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]
#![allow(
    clippy::blanket_clippy_restriction_lints,
    clippy::cargo_common_metadata,
    clippy::exhaustive_structs,
    clippy::implicit_return,
    clippy::multiple_crate_versions,
    reason = "these are about the test itself"
)]
#![forbid(unsafe_code)]

use core::fmt;

use diesel::prelude::*;

/// The tables.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    clippy::nursery,
    clippy::restriction,
    reason = "Diesel's code is not ours"
)]
mod schema {
    diesel::table! { parents (id) { id -> Integer, name -> Text, total -> BigInt, code -> Nullable<Text> } }
    diesel::table! { children (parent_id, number) { parent_id -> Integer, number -> Integer, weight -> Double, label -> Text, both -> Text } }
}

use schema::{children, parents};

/// A model that is public.
#[derive(Debug, Queryable, Selectable, Identifiable, maintained::Maintained)]
#[diesel(table_name = parents)]
pub(crate) struct Parent {
    /// The key.
    id: i32,
    /// A column.
    name: String,
    /// A maintained field.
    #[maintained]
    total: i64,
    /// A unique maintained field.
    #[maintained(unique)]
    code: Option<String>,
}

/// A model with a composite key.
#[derive(Debug, Queryable, Selectable, Identifiable, Associations, maintained::Maintained)]
#[diesel(table_name = children, primary_key(parent_id, number), belongs_to(Parent))]
struct Child {
    /// A foreign key.
    parent_id: i32,
    /// The rest of the key.
    number: i32,
    /// A value that may be NaN.
    weight: f64,
    /// A maintained field.
    #[maintained]
    label: String,
    /// Another.
    #[maintained]
    both: String,
}

/// A row to add.
#[derive(Debug, maintained::New)]
#[diesel(table_name = children)]
#[maintained(new_of = Child)]
struct NewChild<'new> {
    /// A foreign key, borrowed.
    parent_id: &'new i32,
    /// A value that may be left to its column's default.
    number: Option<i32>,
    /// A value.
    weight: &'new f64,
}

/// A view.
#[derive(Debug, Queryable, Selectable, maintained::View)]
#[diesel(table_name = children)]
#[maintained(view_of = Child)]
struct ChildWeight {
    /// A column.
    weight: f64,
}

#[maintained::setters]
impl Parent {
    /// A setter.
    #[setter(label = "sums")]
    fn total(lines: &[(&ChildWeight, &Self)]) -> i64 {
        lines
            .iter()
            .map(|&(child, parent)| {
                if child.weight > 0.0_f64 {
                    i64::from(parent.id)
                } else {
                    0_i64
                }
            })
            .sum()
    }

    /// A setter that can fail.
    #[setter]
    fn code(&self, #[child] child: Option<&ChildWeight>) -> Result<Option<String>, fmt::Error> {
        if self.id < 0_i32 {
            return Err(fmt::Error);
        }
        Ok(child.map(|_| self.name.clone()))
    }
}

#[maintained::setters]
impl Child {
    /// A setter of two fields.
    #[setter(fields(label, both))]
    fn texts(&self, parent: &Parent) -> (String, String) {
        (
            format!("{}-{}", self.parent_id, self.number),
            parent.name.clone(),
        )
    }
}

/// A connection.
type Conn = maintained::MaintainedConnection<SqliteConnection>;

/// A function in a scope.
#[maintained::buffer_autoupdates(only("sums"), disable_if = dry_run)]
fn in_scope(conn: &mut Conn, dry_run: bool) -> QueryResult<usize> {
    diesel::delete(parents::table).execute(conn)
}

#[test]
fn expansions_are_clean() {
    // Compiling the file, with clippy, is the test.
    let used: fn(&mut Conn, bool) -> QueryResult<usize> = in_scope;
    let _ = used;
    let new = NewChild {
        parent_id: &1_i32,
        number: None,
        weight: &0.5_f64,
    };
    assert_eq!(maintained::New::key(&new), None);
}
