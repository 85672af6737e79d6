//! The rules of expressions: each column that one reads is named in it, where everybody sees it.

use syn::ext::IdentExt;
use syn::{Expr, Ident, LitStr};

use crate::ast::expression::Names;
use crate::ast::model::Model;
use crate::ast::row_struct::text;
use crate::attr::maintained::Mark;
use crate::ctxt::Ctxt;

/// Checks the expressions of a model's fields.
pub(crate) fn check(ctxt: &Ctxt, model: &Model) {
    for field in &model.fields {
        if let Some(whole) = field.mark.as_ref().and_then(Mark::expression) {
            let names = Names::of(whole, &model.table);
            let table = table(model);
            Expression {
                ctxt,
                model,
                table,
                names,
            }
            .check(whole);
        }
    }
}

fn table(model: &Model) -> String {
    let last = model.table.segments.last();
    last.map(|last| last.ident.to_string()).unwrap_or_default()
}

struct Expression<'c> {
    ctxt: &'c Ctxt,
    model: &'c Model,
    /// What the table is called.
    table: String,
    names: Names,
}

impl Expression<'_> {
    fn check(&self, whole: &Expr) {
        let Self { names, table, .. } = self;
        let mut is_right = true;
        let mut mistake = |at: &dyn quote::ToTokens, message: String| {
            is_right = false;
            self.ctxt.error(at.to_token_stream(), message);
        };
        for path in &names.tables {
            let message = format!(
                "`{}` has other rows than the field's own, and nobody sees those change: an expression reads its own row, and other rows are read by a rule like `sum(..)` or `copy(..)`, or by a setter",
                text(path)
            );
            mistake(path, message);
        }
        for name in &names.own {
            if let Some(message) = self.own(name) {
                mistake(name, message);
            }
        }
        for name in names.bare.iter().filter(|name| self.is_column(name)) {
            mistake(
                name,
                format!(
                    "`{name}` may be a column or something else: write `{table}::{name}` for the column, or give the other thing another name"
                ),
            );
        }
        for text in &names.texts {
            for column in self.hidden_in(text) {
                mistake(
                    text,
                    format!(
                        "the text names the column `{column}`, and nobody sees that: write `{table}::{column}` in the expression, as an argument of a function from `define_sql_function!` or in `.bind(..)`"
                    ),
                );
            }
        }
        if is_right && names.own.is_empty() {
            self.ctxt.error(whole, format!(
                "the expression names no column of `{table}`, so that no change to a row would wake it: write each column that it reads as `{table}::column`"
            ));
        }
    }

    /// What is wrong with what follows the table's `::`.
    fn own(&self, name: &Ident) -> Option<String> {
        let Self { model, table, .. } = self;
        if self.is_column(name) {
            return None;
        }
        Some(if name == "star" || name == "all_columns" {
            format!(
                "`{table}::{name}` is every column: name those that the expression reads, like `{table}::column`"
            )
        } else {
            format!(
                "`{name}` is no field of `{}`, so that nobody sees it change: add the field",
                model.name
            )
        })
    }

    fn is_column(&self, name: &Ident) -> bool {
        let mut fields = self.model.fields.iter();
        fields.any(|field| field.column.unraw() == name.unraw())
    }

    /// The columns that a text names and the expression does not.
    fn hidden_in(&self, text: &LitStr) -> Vec<&Ident> {
        let text = text.value();
        let words = words(&text);
        let hidden = |column: &&Ident| {
            let name = column.unraw().to_string();
            words.iter().any(|word| word.eq_ignore_ascii_case(&name)) && !self.names.names(column)
        };
        let columns = self.model.fields.iter().map(|field| &field.column);
        columns.filter(hidden).collect()
    }
}

/// The words of some SQL that may be columns: not those in its texts, before a bracket (functions)
/// or after `AS` or `::` (types).
///
/// It is a first look. The graph's build looks at the whole of the SQL.
fn words(sql: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for outside in sql.split('\'').step_by(2) {
        let mut at = 0;
        while at < outside.len() {
            let rest = &outside[at..];
            let length = rest.find(|letter: char| !is_in_a_word(letter));
            let (word, after) = rest.split_at(length.unwrap_or(rest.len()));
            let before = outside[..at].trim_end().to_ascii_lowercase();
            let is_type = before.ends_with("::") || before.ends_with(" as");
            if !word.is_empty() && !is_type && !after.trim_start().starts_with('(') {
                words.push(word);
            }
            at += word.len() + after.chars().next().map_or(0, char::len_utf8);
        }
    }
    words
}

fn is_in_a_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}
