//! What an expression over a row's columns names, by a look at its syntax.
//!
//! What it hides in a function or in a macro is found when the graph is built: by the SQL that it
//! makes.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Expr, ExprCall, ExprLit, ExprMethodCall, ExprPath, Lit, LitStr, Macro, PatIdent, Path, Token,
    Type,
};

/// What an expression names.
#[derive(Default)]
pub(crate) struct Names {
    /// What follows the `::` of the row's own table.
    pub(crate) own: Vec<Ident>,
    /// Other names, without a path: columns that were brought in by a `use`, or constants.
    pub(crate) bare: Vec<Ident>,
    /// Tables whose rows the expression reads.
    pub(crate) tables: Vec<Path>,
    /// Texts that are SQL.
    pub(crate) texts: Vec<LitStr>,
    /// The row's own table, by its last word.
    table: Option<Ident>,
    /// Variables of the expression's own.
    variables: BTreeSet<Ident>,
}

/// Modules of a table in which its columns stand, too.
const MODULES: [&str; 2] = ["columns", "dsl"];
/// Functions that take SQL.
const TAKES_SQL: [&str; 2] = ["sql", "sql_query"];

impl Names {
    /// What an expression over the rows of a table names.
    pub(crate) fn of(expression: &Expr, table: &Path) -> Self {
        let mut names = Self {
            table: table.segments.last().map(|last| last.ident.unraw()),
            ..Self::default()
        };
        names.visit_expr(expression);
        let Self {
            bare, variables, ..
        } = &mut names;
        bare.retain(|name| !variables.contains(&name.unraw()));
        names
    }

    /// Whether a column of the row's own table is named.
    pub(crate) fn names(&self, column: &Ident) -> bool {
        self.own.iter().any(|own| own.unraw() == column.unraw())
    }

    fn path(&mut self, path: &[&Ident]) {
        let Some((&last, before)) = path.split_last() else {
            return;
        };
        let is_module = |word: &&Ident| MODULES.iter().any(|module| word.unraw() == module);
        let table = match before {
            [] => return self.bare.push(last.clone()),
            [table, module] | [.., table, module] if is_module(module) => table,
            [.., table] => table,
        };
        if self.table.as_ref() == Some(&table.unraw()) {
            self.own.push(last.clone());
        }
    }

    /// Finds paths in the arguments of a macro, of which nobody knows what it makes.
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            let mut path = Vec::new();
            while let Some(TokenTree::Ident(word)) = tokens.get(at) {
                path.push(word);
                at += 1;
                if !is_colons(&tokens[at..]) {
                    break;
                }
                at += 2;
            }
            let is_call = matches!(tokens.get(at), Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis);
            if path.len() > 1 && !is_call {
                self.path(&path);
            }
            if path.is_empty() {
                if let TokenTree::Group(group) = &tokens[at] {
                    self.tokens(group.stream());
                }
                at += 1;
            }
        }
    }

    fn texts(&mut self, arguments: &Punctuated<Expr, Token![,]>) {
        self.texts.extend(arguments.iter().filter_map(|argument| {
            if let Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            }) = argument
            {
                Some(text.clone())
            } else {
                None
            }
        }));
    }
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let is_colon =
        |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    matches!(tokens, [first, second, ..] if is_colon(first) && is_colon(second))
}

impl<'ast> Visit<'ast> for Names {
    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func {
            let last = function.path.segments.last();
            if last.is_some_and(|last| TAKES_SQL.iter().any(|name| last.ident == name)) {
                self.texts(&call.args);
            }
        } else {
            self.visit_expr(&call.func);
        }
        for argument in &call.args {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "sql" {
            self.texts(&call.args);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if path.qself.is_some() {
            return;
        }
        let words: Vec<&Ident> = path.path.segments.iter().map(|it| &it.ident).collect();
        if matches!(words.as_slice(), [_, .., last] if *last == "table") {
            self.tables.push(path.path.clone());
        } else {
            self.path(&words);
        }
    }

    fn visit_pat_ident(&mut self, variable: &'ast PatIdent) {
        self.variables.insert(variable.ident.unraw());
        visit::visit_pat_ident(self, variable);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
    }

    /// A type names a column without a value of it.
    fn visit_type(&mut self, _: &'ast Type) {}
}
