//! What an expression reads, held against what its declaration names.
//!
//! The derive sees the names that are written in the declaration. A function, a macro or a text may
//! hide others: they are in the SQL, whoever has written it.

use diesel::query_builder::QueryFragment;

use crate::declare::columns::ColumnSet;
use crate::declare::model::ModelMeta;
use crate::declare::rule::DeclaredMeta;
use crate::error::Error;
use crate::graph::Node;
use crate::sql::Dialect;
use crate::sql::text::{Quotes, Reference, references};

/// A table, as the database names it.
#[derive(Default)]
pub(super) struct Table {
    name: String,
    columns: Vec<String>,
}

impl Table {
    /// The table of these columns, each of which is written with the table's name.
    pub(super) fn of<DB: Dialect>(all_columns: &dyn QueryFragment<DB>) -> Result<Self, Error> {
        let sql = DB::sql_of(all_columns)?;
        let mut table = Self::default();
        for reference in references(&sql, Quotes::of::<DB>()?) {
            if let Reference::Column {
                table: Some(name),
                column,
            } = reference
            {
                table.name = name;
                table.columns.push(column);
            }
        }
        Ok(table)
    }

    /// An expression reads its own row, names the columns that it reads where it is declared, and
    /// hides none in a function or in a text.
    pub(super) fn names_what_is_read<DB: Dialect>(
        &self,
        node: &Node,
        declared: &DeclaredMeta,
        expression: &dyn QueryFragment<DB>,
    ) -> Result<(), Error> {
        let sql = DB::sql_of(expression)?;
        let read = references(&sql, Quotes::of::<DB>()?);
        let mut mistakes = read
            .iter()
            .filter_map(|it| self.mistake(node.meta, declared.setter.own, it));
        match mistakes.next() {
            Some(mistake) => Err(Error::Declaration(format!(
                "the expression of `{}::{}` {mistake}",
                node.meta.name, declared.setter.name
            ))),
            None => Ok(()),
        }
    }

    /// What is wrong with something that an expression reads, which names these columns of a model.
    fn mistake(&self, meta: &ModelMeta, named: ColumnSet, read: &Reference) -> Option<String> {
        match read {
            Reference::Query => Some(format!("reads rows by a query, {OTHER_ROWS}")),
            Reference::Chance(word) => Some(format!(
                "follows from `{word}`, which is another value each time: {NO_COLUMN}"
            )),
            Reference::Column {
                table: Some(table), ..
            } if !is(table, &self.name) => Some(format!("reads the table `{table}`, {OTHER_ROWS}")),
            Reference::Column { table, column } => {
                self.mistake_of_own(meta, named, (table.as_deref(), column))
            }
        }
    }

    /// What is wrong with a column that is written with the table's own name, or with none.
    fn mistake_of_own(
        &self,
        meta: &ModelMeta,
        named: ColumnSet,
        (qualifier, column): (Option<&str>, &str),
    ) -> Option<String> {
        let (model, table) = (meta.name, meta.table);
        let known = self.columns.iter().any(|known| is(known, column));
        // A table's bare name stands for the whole row, unless a column is called so.
        let is_row = qualifier.is_none() && is(column, &self.name) && !known;
        if column == "*" || is_row {
            return Some(format!(
                "reads the whole row of `{table}`: name the columns that it reads, like `{table}::column`"
            ));
        }
        match meta.columns.position(|it| is(it.name, column)) {
            Some(position) if named.contains(position) => None,
            Some(position) => {
                let field = meta.columns[position].field;
                Some(format!(
                    "reads the column `{field}`, which its declaration does not name: write `{table}::{field}` there, and hide it neither in a function nor in a text"
                ))
            }
            None if known || qualifier.is_some() => Some(format!(
                "reads the column `{column}`, for which `{model}` has no field, so that nobody sees it change: add the field"
            )),
            // Any other word need not be a column of the table.
            None => None,
        }
    }
}

/// Whether two names are the same to the least exact of the databases.
fn is(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

/// What to say of what no write changes.
const NO_COLUMN: &str = "write the value into a column of its own, and read that";

/// What to write in place of an expression over other rows.
const OTHER_ROWS: &str = "and nobody sees those change: an expression reads its own row, and other rows are read by a rule like `sum(..)` or `copy(..)`, or by a setter";

#[cfg(test)]
mod tests {
    use typed_index_collections::TiSlice;

    use super::*;
    use crate::declare::model::{ColumnMeta, Kind};
    use crate::declare::positions::ColumnIndex;

    const fn column(field: &'static str, name: &'static str) -> ColumnMeta {
        ColumnMeta {
            field,
            name,
            maintained: false,
            declared: false,
            unique: false,
            saved: true,
            kind: Kind::default,
            array: || false,
        }
    }

    const NAME: ColumnIndex = ColumnIndex::at(1);
    const BASE: ModelMeta = ModelMeta {
        name: "Base",
        table: "bases",
        columns: TiSlice::from_ref(&[
            column("id", "id"),
            column("name", "name"),
            column("kind", "Type"),
        ]),
        key: &[ColumnIndex::at(0)],
        relations: TiSlice::from_ref(&[]),
    };

    /// What is wrong with an expression that names `bases::name`.
    fn mistakes(sql: &str) -> Vec<String> {
        let table = Table {
            name: "bases".to_owned(),
            columns: ["id", "name", "Type", "hidden"].map(str::to_owned).into(),
        };
        let of = |quotes, sql: &str| -> Vec<String> {
            let read = references(sql, quotes);
            let named = ColumnSet::of(NAME);
            read.iter()
                .filter_map(|it| table.mistake(&BASE, named, it))
                .collect()
        };
        let mistakes = of(Quotes::Double, sql);
        let backticks = of(Quotes::Backtick, &sql.replace('"', "`"));
        assert_eq!(mistakes, backticks, "the same on each database: {sql}");
        mistakes
    }

    #[track_caller]
    fn assert_refused(sql: &str, reason: &str) {
        let mistakes = mistakes(sql);
        assert!(
            matches!(mistakes.as_slice(), [mistake] if mistake.starts_with(reason)),
            "{sql}: {mistakes:?}"
        );
    }

    #[test]
    fn a_column_that_is_named_may_be_read_in_any_way() {
        for sql in [
            "upper(\"bases\".\"name\")",
            "upper(name) || NAME || bases.name",
            "CAST(\"shop\".\"bases\".\"name\" AS text)",
            "surname || names || 'type' || id()",
        ] {
            assert_eq!(mistakes(sql), Vec::<String>::new(), "{sql}");
        }
    }

    #[test]
    fn a_column_that_is_not_named_is_found_in_any_spelling() {
        let reason =
            "reads the column `kind`, which its declaration does not name: write `bases::kind`";
        for sql in [
            "\"bases\".\"Type\"",
            "upper(\"Type\")",
            "upper(type)",
            "$1 || TYPE || ?",
            "Bases.tyPe",
            "CASE WHEN type IS NULL THEN name END",
        ] {
            assert_refused(sql, reason);
        }
    }

    #[test]
    fn a_column_without_a_field_is_found() {
        let reason = "reads the column `hidden`, for which `Base` has no field";
        assert_refused("\"bases\".\"hidden\"", reason);
        assert_refused("name || hidden", reason);
    }

    #[test]
    fn what_no_write_changes_is_refused() {
        let reason = "follows from `CURRENT_TIMESTAMP`, which is another value each time";
        assert_refused("name || CURRENT_TIMESTAMP", reason);
        assert_refused("name || random()", "follows from `random`");
    }

    #[test]
    fn the_whole_row_and_other_rows_are_no_columns() {
        assert_refused("to_json(bases)", "reads the whole row of `bases`");
        assert_refused("count(\"bases\".*)", "reads the whole row of `bases`");
        assert_refused("\"others\".\"name\"", "reads the table `others`");
        assert_refused("(SELECT 1)", "reads rows by a query");
        assert_refused("sum(name) OVER ()", "reads rows by a query");
    }
}
