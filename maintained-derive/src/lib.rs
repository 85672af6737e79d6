//! The macros of `maintained`: use the `maintained` crate, which re-exports them.

// Each macro goes the same way, and each stage is a file or a folder: `attr` reads attributes and `ast` the item, into
// types of our own; `check` holds them against the rules; `expand` emits code. All of them report their mistakes to a
// `ctxt::Ctxt`, so that the user sees every mistake at once; where there is one, `fallback` emits what keeps it from
// causing others.

// The examples are files in `docs`. The facade tests them, since users name it in them: a dependency of this crate on it
// would change the features with which Diesel is built.

use proc_macro::TokenStream;

mod ast;
mod attr;
mod check;
mod ctxt;
mod definition;
mod expand;
mod fallback;
#[cfg(test)]
mod tests;

use ast::scope::Mode;

/// Makes a struct for the rows of a table a model.
///
/// It stands beside Diesel's `Queryable`, `Selectable` and `Identifiable`, and reads their
/// attributes `table_name`, `primary_key`, `belongs_to`, `check_for_backend`, and on fields
/// `column_name` and `skip_update`. Its own are:
///
/// | attribute | on | says |
/// |---|---|---|
/// | `#[maintained]` | a field | a setter of the model computes the column |
/// | `#[maintained(unique)]` | a field | the same, and its values are unique in the database |
/// | `#[maintained(sum(Item::price))]` | a field | a rule: the database computes the column |
/// | `#[maintained(sum(..), version = 2)]` | a field | the rule has changed, its text has not |
/// | `#[maintained(belongs_to(.., foreign_key = ..))]` | the struct | a foreign key: see below |
///
/// The rules are `count`, `exists`, `sum`, `min`, `max`, `copy` and `expr`: see the guide's chapter
/// on declared fields. `belongs_to(Address, foreign_key = billing_address_id)` declares a foreign
/// key that Diesel's `belongs_to` cannot name: a further one to the same parent, or one to the
/// table itself.
///
#[cfg_attr(not(doctest), doc = include_str!("../docs/model.md"))]
#[proc_macro_derive(Maintained, attributes(maintained, diesel))]
pub fn derive_maintained(item: TokenStream) -> TokenStream {
    expand::derive_model(item.into()).into()
}

/// Makes a struct for some columns of a model's table a view, so that a setter can say which
/// columns it reads.
///
/// It stands beside Diesel's `Queryable` and `Selectable`, and takes the model in
/// `#[maintained(view_of = Order)]`.
///
#[cfg_attr(not(doctest), doc = include_str!("../docs/view.md"))]
#[proc_macro_derive(View, attributes(maintained, diesel))]
pub fn derive_view(item: TokenStream) -> TokenStream {
    expand::derive_view(item.into()).into()
}

/// Makes a struct of values to insert a new row of a model: `add` and `add_many` take it, the
/// inserts that read nothing back.
///
/// It stands beside Diesel's `Insertable`, whose attributes it reads (`table_name`, and on fields
/// `column_name`, `skip_insertion` and `treat_none_as_default_value`), and takes the model in
/// `#[maintained(new_of = Order)]`. Its fields may borrow: a `&str` for a text, a `&[u8]` for
/// bytes. A maintained field of the model is none of its own.
///
#[cfg_attr(not(doctest), doc = include_str!("../docs/new.md"))]
#[proc_macro_derive(New, attributes(maintained, diesel))]
pub fn derive_new(item: TokenStream) -> TokenStream {
    expand::derive_new(item.into()).into()
}

/// Makes the functions that are marked `#[setter]` in a model's `impl` block the setters of its
/// maintained fields.
///
/// A setter's parameters are what it reads:
///
/// | parameter | reads |
/// |---|---|
/// | `&self` | the row itself |
/// | `&P` | the parent that the row's foreign key names |
/// | `Option<&P>` | the same where the foreign key is nullable |
/// | `&[C]` | the children: the rows whose foreign key names this row |
/// | `#[child] x: Option<&C>` | the one child of a one-to-one |
/// | `(&P, ..)`, `Option<(&P, ..)>`, `&[(&C, ..)]` | such rows, and for each of them its own inputs |
/// | `Through<P>` in place of `P` | such rows on the way to others: none of their columns is read |
///
/// `#[via(orders::billing_address_id)]` on a parameter names the foreign key that is meant: one for
/// each row type of the parameter, from left to right, with `_` for the obvious one: the first that
/// is declared. A setter keeps the field of its own name, or that of `#[setter(field = "..")]`, or
/// several with `#[setter(fields(.., ..))]`; `label = ".."` and `labels("..", "..")` give it
/// labels. `version = 2` says that what it computes has changed, though its own text has not: a
/// function that it calls has.
///
#[cfg_attr(not(doctest), doc = include_str!("../docs/setters.md"))]
#[proc_macro_attribute]
pub fn setters(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::setters(arguments.into(), &item.into()).into()
}

/// Says where `#[setter]` belongs: to a function in a block under [`macro@setters`], which takes it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn setter(_: TokenStream, item: TokenStream) -> TokenStream {
    expand::stray_setter(&item.into()).into()
}

/// Runs a function's body in a buffered scope: what depends on its writes is computed once, at its
/// end.
///
/// The function takes the connection as `conn`, or under the name in `connection = name`, and
/// returns a `Result`. The other arguments are those of a scope: `only("..", "..")`,
/// `except("..")`, `only_fields("Order::total")`, `except_fields("Order::total")`,
/// `disable_if = condition`, `with = value` (any number of times), `retries = n`.
///
#[cfg_attr(not(doctest), doc = include_str!("../docs/scope.md"))]
#[proc_macro_attribute]
pub fn buffer_autoupdates(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::scope(Mode::Buffered, arguments.into(), &item.into()).into()
}

/// Runs a function's body in a disabled scope: its writes leave maintained fields as they are.
///
/// It takes the arguments of [`macro@buffer_autoupdates`].
///
#[cfg_attr(not(doctest), doc = include_str!("../docs/disabled.md"))]
#[proc_macro_attribute]
pub fn disable_autoupdates(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::scope(Mode::Disabled, arguments.into(), &item.into()).into()
}

/// Runs a function's body in an immediate scope: each write computes what depends on it.
///
/// It takes the arguments of [`macro@buffer_autoupdates`].
///
#[cfg_attr(not(doctest), doc = include_str!("../docs/immediate.md"))]
#[proc_macro_attribute]
pub fn immediate_autoupdates(arguments: TokenStream, item: TokenStream) -> TokenStream {
    expand::scope(Mode::Immediate, arguments.into(), &item.into()).into()
}
