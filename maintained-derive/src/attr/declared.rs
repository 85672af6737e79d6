//! A rule on a maintained field: `count(..)`, `sum(..)` and their like in `#[maintained(..)]`.

use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Expr, Ident, LitStr, Path, Token, parenthesized, token};

use super::setter::ViaHop;
use super::unknown::{Known, unknown};
use super::{list, or_write, value, version};

/// How a field follows that no setter keeps.
pub(crate) struct Declared {
    /// The rule's name, as it was written.
    pub(crate) word: Ident,
    pub(crate) rule: Rule,
    pub(crate) filter: Option<ColumnPath>,
    /// The models between the field's and the one that is read, from the field's on.
    pub(crate) through: Vec<Path>,
    pub(crate) via: Vec<ViaHop>,
    pub(crate) labels: Vec<LitStr>,
    /// What the text of the rule does not tell of the definition.
    pub(crate) version: Option<u32>,
}

/// What a field's value is.
pub(crate) enum Rule {
    /// `count(Item)`, `exists(Item)`
    Rows { what: OfRows, of: Path },
    /// `sum(Item::price)`, `min(..)`, `max(..)`, `copy(Customer::name)`
    Values { what: OfValues, of: ColumnPath },
    /// `expr = items::quantity * items::price`
    Expression(Box<Expr>),
}

/// What is told of rows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfRows {
    Count,
    Exists,
}

/// What is made of the values of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfValues {
    Sum,
    Min,
    Max,
    Copy,
}

/// `Item::price`
pub(crate) struct ColumnPath {
    pub(crate) model: Path,
    pub(crate) column: Ident,
}

impl Parse for ColumnPath {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let mut path: Path = input.parse()?;
        let whole = path.clone();
        let column = path.segments.pop().map(syn::punctuated::Pair::into_value);
        path.segments.pop_punct();
        match column {
            Some(column) if !path.segments.is_empty() => {
                let write = format!("`Model::{}`", column.ident);
                Ok(Self {
                    model: of_model(path, &write)?,
                    column: column.ident,
                })
            }
            _ => Err(syn::Error::new(
                whole.span(),
                "a column is named with its model: write `Model::column`",
            )),
        }
    }
}

/// The column of a filter, with nothing after it: who writes more means a condition.
struct FilterColumn(ColumnPath);

impl Parse for FilterColumn {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let ahead = input.fork();
        let path = ahead.parse::<Path>();
        if path.is_ok() && (ahead.is_empty() || ahead.peek(Token![,])) {
            return input.parse().map(Self);
        }
        Err(syn::Error::new(
            path.map_or_else(|_| input.span(), |path| path.span()),
            "a filter is a boolean column of the rows that count, and no condition (which may be kept \
             in such a column, as `#[maintained(expr = table::column.eq(false))]`, or be part of a \
             setter)",
        ))
    }
}

/// The model of a row that is counted.
struct Rows(Path);

impl Parse for Rows {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        of_model(input.parse()?, "`Model`").map(Self)
    }
}

/// The path of a model, where it is not that of a table.
fn of_model(path: Path, write: &str) -> syn::Result<Path> {
    let name = path.segments.last().map(|last| last.ident.to_string());
    match name {
        Some(name) if name.starts_with(char::is_lowercase) => Err(syn::Error::new(
            path.span(),
            format!("`{name}` is a table, and a rule names the model of its rows: write {write}"),
        )),
        _ => Ok(path),
    }
}

const UNIQUE: Known = ("unique", "unique");

const RULES: [Known; 7] = [
    ("count", "count(Model)"),
    ("exists", "exists(Model)"),
    ("sum", "sum(Model::column)"),
    ("min", "min(Model::column)"),
    ("max", "max(Model::column)"),
    ("copy", "copy(Parent::column)"),
    ("expr", "expr = table::column + 1"),
];

/// What may stand beside a rule.
const OPTIONS: [Known; 6] = [
    ("label", "label = \"name\""),
    ("labels", "labels(\"one\", \"another\")"),
    ("version", "version = 2"),
    ("through", "through = Model"),
    ("via", "via(table::column)"),
    ("filter", "filter = Model::column"),
];

/// What may stand beside the rule with a name: a copy has no filter, and an expression reads its
/// own row.
fn options_of(rule: &Ident) -> &'static [Known] {
    match rule.to_string().as_str() {
        "expr" => &OPTIONS[..3],
        "copy" => &OPTIONS[..5],
        _ => &OPTIONS,
    }
}

/// The words and keys of a rule, gathered in whatever order they are written.
#[derive(Default)]
pub(crate) struct Rules {
    declared: Option<Declared>,
    filter: Option<ColumnPath>,
    through: Vec<Path>,
    via: Vec<ViaHop>,
    labels: Vec<LitStr>,
    version: Option<u32>,
    /// The keys that only go with a rule.
    keys: Vec<Ident>,
}

impl Rules {
    /// Reads a key of `#[maintained(..)]`; false where it is none of a rule's.
    pub(crate) fn read_key(&mut self, key: &Ident, input: ParseStream) -> syn::Result<bool> {
        let rows = |what| move |Rows(of)| Rule::Rows { what, of };
        let values = |what| move |of| Rule::Values { what, of };
        let rule = match key.to_string().as_str() {
            "count" => self.in_parentheses(key, input, rows(OfRows::Count))?,
            "exists" => self.in_parentheses(key, input, rows(OfRows::Exists))?,
            "sum" => self.in_parentheses(key, input, values(OfValues::Sum))?,
            "min" => self.in_parentheses(key, input, values(OfValues::Min))?,
            "max" => self.in_parentheses(key, input, values(OfValues::Max))?,
            "copy" => self.in_parentheses(key, input, values(OfValues::Copy))?,
            "expr" => Rule::Expression(Box::new(or_write(
                value(input),
                "`expr = table::column + 1`",
            )?)),
            _ => return self.option(key, input),
        };
        if self.declared.is_some() {
            return Err(syn::Error::new(
                key.span(),
                "the field has two rules: write one",
            ));
        }
        self.declared = Some(Declared {
            word: key.clone(),
            rule,
            filter: None,
            through: Vec::new(),
            via: Vec::new(),
            labels: Vec::new(),
            version: None,
        });
        Ok(true)
    }

    /// Reads `(what)` or `(what, key = ..)`.
    fn in_parentheses<T: Parse>(
        &mut self,
        word: &Ident,
        input: ParseStream,
        rule: impl FnOnce(T) -> Rule,
    ) -> syn::Result<Rule> {
        if !input.peek(token::Paren) {
            let known = RULES.iter().find(|(known, _)| word == known);
            let write = known.map_or("count(Model)", |(_, write)| write);
            return Err(syn::Error::new(
                word.span(),
                format!("`{word}` takes what it reads in parentheses: write `{write}`"),
            ));
        }
        let content;
        parenthesized!(content in input);
        let what = content.parse()?;
        while !content.is_empty() {
            content.parse::<Token![,]>()?;
            if content.is_empty() {
                break;
            }
            let key: Ident = content.parse()?;
            if !self.option(&key, &content)? {
                return Err(unknown(&key, &format!("`{word}(..)`"), options_of(word)));
            }
        }
        Ok(rule(what))
    }

    /// The error for a key that is none of a field's.
    pub(crate) fn unknown(&self, key: &Ident) -> syn::Error {
        let Some(word) = self.declared.as_ref().map(|declared| &declared.word) else {
            let known = [&[UNIQUE], &RULES[..], &OPTIONS[..]].concat();
            let error = unknown(key, "a maintained field", &known);
            let error = format!("{error}; what no rule says, a setter computes");
            return syn::Error::new(key.span(), error);
        };
        let mut known = vec![UNIQUE];
        known.extend(options_of(word));
        unknown(key, &format!("a field with the rule `{word}`"), &known)
    }

    fn option(&mut self, key: &Ident, input: ParseStream) -> syn::Result<bool> {
        match key.to_string().as_str() {
            "filter" => {
                let FilterColumn(column) = or_write(value(input), "`filter = Model::column`")?;
                self.filter = Some(column);
            }
            "through" if input.peek(Token![=]) => {
                self.through = vec![or_write(value(input), "`through = Model`")?];
            }
            "through" => self.through = or_write(list(input), "`through(Model, Model)`")?,
            "via" => {
                self.via = or_write(
                    list(input),
                    "`via(table::column)`, with `_` for the obvious foreign key",
                )?;
            }
            "label" => self
                .labels
                .push(or_write(value(input), "`label = \"name\"`")?),
            "labels" => self.labels = or_write(list(input), "`labels(\"one\", \"another\")`")?,
            "version" => version(&mut self.version, key, input)?,
            _ => return Ok(false),
        }
        self.keys.push(key.clone());
        Ok(true)
    }

    /// The rule, with its keys.
    pub(crate) fn finish(self) -> syn::Result<Option<Declared>> {
        let Some(mut declared) = self.declared else {
            return match self.keys.first() {
                Some(key) => Err(syn::Error::new(
                    key.span(),
                    format!(
                        "`{key}` goes with a rule: write it beside `count(..)`, `sum(..)` or their like; a setter has its own keys"
                    ),
                )),
                None => Ok(None),
            };
        };
        let hops = match &declared.rule {
            Rule::Expression(_) => 0,
            Rule::Rows { .. } | Rule::Values { .. } => self.through.len() + 1,
        };
        if hops == 0
            && let known = options_of(&declared.word)
            && let mut keys = self.keys.iter()
            && let Some(key) = keys.find(|key| known.iter().all(|(known, _)| key != known))
        {
            return Err(syn::Error::new(
                key.span(),
                format!(
                    "`{key}` is for rules that read other rows: an expression reads its own row"
                ),
            ));
        }
        if !self.via.is_empty() && self.via.len() != hops {
            return Err(syn::Error::new(
                declared.word.span(),
                format!(
                    "`via(..)` names {} foreign keys, and the way has {hops}: name one for each step, with `_` for the obvious one",
                    self.via.len()
                ),
            ));
        }
        declared.filter = self.filter;
        declared.through = self.through;
        declared.via = self.via;
        declared.labels = self.labels;
        declared.version = self.version;
        declared.check_filter()?;
        Ok(Some(declared))
    }
}

impl Declared {
    /// The model at the end of the way.
    pub(crate) fn source(&self) -> Option<&Path> {
        match &self.rule {
            Rule::Rows { of, .. } => Some(of),
            Rule::Values { of, .. } => Some(&of.model),
            Rule::Expression(_) => None,
        }
    }

    /// Whether the value is a parent's.
    pub(crate) fn is_copy(&self) -> bool {
        matches!(
            self.rule,
            Rule::Values {
                what: OfValues::Copy,
                ..
            }
        )
    }

    fn check_filter(&self) -> syn::Result<()> {
        let Some(filter) = &self.filter else {
            return Ok(());
        };
        if self.is_copy() {
            return Err(syn::Error::new(
                filter.column.span(),
                "a copy is of one row, which no filter chooses: take `filter` off",
            ));
        }
        let text = |path: &Path| path.to_token_stream().to_string();
        match self.source() {
            Some(source) if text(source) != text(&filter.model) => Err(syn::Error::new(
                filter.model.span(),
                format!(
                    "the filter is a column of the rows that count: write `{}::{}`",
                    text(source),
                    filter.column
                ),
            )),
            _ => Ok(()),
        }
    }
}
