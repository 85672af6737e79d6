//! The fields of a model that the database computes.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Path, Type, TypePath};

use super::hops::{further_reference, model_of, place, reference};
use super::{at, column_of};
use crate::ast::expression::Names;
use crate::ast::input::{Input, Step};
use crate::ast::model::Model;
use crate::ast::own_columns::Columns;
use crate::ast::row_struct::{Field, text};
use crate::attr::declared::{Declared, OfRows, OfValues, Rule};
use crate::attr::setter::ViaHop;
use crate::definition;

/// Names the foreign key of a hop, given where the hop starts.
type Refer = fn(&TokenStream, &Input) -> TokenStream;

/// The declared fields of a model.
fn declared(model: &Model) -> impl Iterator<Item = (&Field, &Declared)> {
    let fields = model.fields.iter();
    fields.filter_map(|field| Some((field, field.mark.as_ref()?.declared.as_ref()?)))
}

/// ```text
/// .with_declared(
///     &[__m::DeclaredMeta {
///         setter: __m::SetterMeta { name: "total_cents", .. },
///         rule: __m::Rule::Sum,
///         value: ::core::option::Option::Some(__m::field_position::<__m::ModelOf<Item>>("price_cents")),
///         filter: ::core::option::Option::None,
///     }],
///     &[::core::option::Option::None],
/// )
/// .with_columns(__m::all_columns::<__Backend, orders::table>)     // where some field has an expression
/// ```
pub(crate) fn registration(model: &Model) -> Option<TokenStream> {
    declared(model).next()?;
    let metas = declared(model).map(|(field, declared)| meta(model, field, declared));
    let expressions = declared(model).map(|(field, declared)| expression(model, field, declared));
    let table = &model.table;
    let has_expression = declared(model).any(|(_, it)| matches!(it.rule, Rule::Expression(_)));
    let columns =
        has_expression.then(|| quote!(.with_columns(__m::all_columns::<__Backend, #table::table>)));
    Some(quote! { .with_declared(&[#(#metas),*], &[#(#expressions),*]) #columns })
}

fn meta(model: &Model, field: &Field, declared: &Declared) -> TokenStream {
    let (name, labels, field_text) = (&model.name, &declared.labels, field.text());
    let hops = hops(declared);
    let column = column_of(&model.table, &field.column);
    // Where the field may be null, its row may be there before the one that is copied from.
    let (direction, further): (_, Refer) = if declared.is_copy() {
        let direction = quote!(Parent { optional: __m::is_nullable::<#column>() });
        (direction, reference)
    } else {
        (quote!(Children), further_reference)
    };
    let inputs = inputs(
        &name.to_token_stream(),
        &hops,
        &direction,
        [reference, further],
    );
    let own = own_columns(model, declared);
    let definition = definition::of_declared(&declared.rule, declared.version);
    let position = |column: Option<String>| {
        if let (Some(source), Some(column)) = (declared.source(), column) {
            let model = quote_spanned!(at(source.span())=> __m::ModelOf<#source>);
            quote!(::core::option::Option::Some(__m::field_position::<#model>(#column)))
        } else {
            quote!(::core::option::Option::None)
        }
    };
    let value = match &declared.rule {
        Rule::Values { of, .. } => Some(of.column.unraw().to_string()),
        _ => None,
    };
    let filter = declared
        .filter
        .as_ref()
        .map(|filter| filter.column.unraw().to_string());
    let (value, filter) = (position(value), position(filter));
    let rule = match &declared.rule {
        Rule::Rows { what, .. } => match what {
            OfRows::Count => quote!(Count),
            OfRows::Exists => quote!(Exists),
        },
        Rule::Values { what, .. } => match what {
            OfValues::Sum => quote!(Sum),
            OfValues::Min => quote!(Min),
            OfValues::Max => quote!(Max),
            OfValues::Copy => quote!(Copy),
        },
        Rule::Expression(_) => quote!(Expression),
    };
    quote! {
        __m::DeclaredMeta {
            setter: __m::SetterMeta {
                name: #field_text,
                fields: <#name as __m::Model>::META.columns_named(&[#field_text]),
                labels: &[#(#labels),*],
                own: #own,
                inputs: &[#inputs],
                definition: #definition,
            },
            rule: __m::Rule::#rule,
            value: #value,
            filter: #filter,
        }
    }
}

/// The way from a field's row to the rows that it follows from, as the inputs of a setter.
fn hops(declared: &Declared) -> Vec<Input> {
    let Some(source) = declared.source() else {
        return Vec::new();
    };
    let models: Vec<&Path> = declared.through.iter().chain([source]).collect();
    let last = models.len() - 1;
    let step = if declared.is_copy() {
        Step::Parent
    } else {
        Step::Children
    };
    let hop = |(at, model): (usize, &&Path)| {
        let row = Type::Path(TypePath {
            qself: None,
            path: (*model).clone(),
        });
        let mut columns = BTreeSet::new();
        if at == last {
            if let Rule::Values { of, .. } = &declared.rule {
                columns.insert(of.column.unraw().to_string());
            }
            columns.extend(
                declared
                    .filter
                    .as_ref()
                    .map(|it| it.column.unraw().to_string()),
            );
        }
        Input {
            step,
            ty: row.clone(),
            row,
            via: match declared.via.get(at) {
                Some(ViaHop::Column(column)) => Some(column.clone()),
                _ => None,
            },
            columns: Columns::Named(columns),
            inner: None,
        }
    };
    models.iter().enumerate().map(hop).collect()
}

/// ```text
/// __m::InputMeta {
///     direction: __m::Direction::Children,
///     model: __m::type_id::<__m::ModelOf<Item>>,
///     relation: <__m::ModelOf<Item> as __m::References<..>>::INDEX,
///     columns: __m::used_columns::<Item>(&["price_cents"]),
///     inner: &[],
/// }
/// ```
fn inputs(
    start: &TokenStream,
    hops: &[Input],
    direction: &TokenStream,
    [refer, further]: [Refer; 2],
) -> TokenStream {
    let Some((input, rest)) = hops.split_first() else {
        return TokenStream::new();
    };
    let (model, row) = (model_of(input), &input.row);
    let foreign_key = refer(start, input);
    let names = match &input.columns {
        Columns::Named(names) => names.iter().collect(),
        Columns::All => Vec::new(),
    };
    let inner = inputs(&model, rest, direction, [further, further]);
    quote! {
        __m::InputMeta {
            direction: __m::Direction::#direction,
            model: __m::type_id::<#model>,
            relation: #foreign_key::INDEX,
            columns: __m::used_columns::<#row>(&[#(#names),*]),
            inner: &[#inner],
        }
    }
}

/// The columns that an expression names. What it hides in a function is found when the graph is
/// built.
fn own_columns(model: &Model, declared: &Declared) -> TokenStream {
    let Rule::Expression(expression) = &declared.rule else {
        return quote!(__m::ColumnSet::NONE);
    };
    let names = Names::of(expression, &model.table);
    let fields = model.fields.iter();
    let fields = fields
        .filter(|field| names.names(&field.column))
        .map(Field::text);
    let name = &model.name;
    quote!(<#name as __m::Model>::META.columns_named(&[#(#fields),*]))
}

/// ```text
/// ::core::option::Option::Some({
///     fn __expression() -> __m::Fragment<__Backend> {
///         __m::expression::<__Backend, items::amount, _>(items::quantity * items::price)
///     }
///     __expression
/// })
/// ```
fn expression(model: &Model, field: &Field, declared: &Declared) -> TokenStream {
    let Rule::Expression(expression) = &declared.rule else {
        return quote!(::core::option::Option::None);
    };
    let (table, column) = (&model.table, column_of(&model.table, &field.column));
    let made = quote_spanned!(at(expression.span())=> __m::expression::<__Backend, #table::table, #column, _>(#expression));
    quote! {
        ::core::option::Option::Some({
            fn __expression() -> __m::Fragment<__Backend> {
                #made
            }
            __expression
        })
    }
}

/// What the compiler checks of a declared field, at what was written:
///
/// ```text
/// const _: () = __m::counts::<i64>();
/// const _: () = __m::copies::<Customer, _, String>(|__row| &__row.name);
/// ```
pub(crate) fn promises(model: &Model) -> TokenStream {
    declared(model)
        .map(|(field, declared)| promise(model, field, declared))
        .collect()
}

fn promise(model: &Model, field: &Field, declared: &Declared) -> TokenStream {
    let (ty, own) = (&field.ty, column_of(&model.table, &field.column));
    let type_at = at(ty.span());
    let may_be_null = |condition: TokenStream, message: String| quote_spanned!(type_at=> const _: () = ::core::assert!(!(#condition) || __m::is_nullable::<#own>(), #message););
    let checks = match &declared.rule {
        Rule::Rows {
            what: OfRows::Count,
            ..
        } => quote_spanned!(type_at=> const _: () = __m::counts::<#ty>();),
        Rule::Rows {
            what: OfRows::Exists,
            ..
        } => quote_spanned!(type_at=> const _: () = __m::tells::<#ty>();),
        Rule::Values { what, of } => {
            let (source, column, place_of) = (&of.model, &of.column, at(of.column.span()));
            let value = quote_spanned!(place_of=> |__row: &#source| &__row.#column);
            if *what == OfValues::Sum {
                quote_spanned!(place_of=> const _: () = __m::sums::<#source, _>(#value);)
            } else {
                let copies = quote_spanned!(place_of=> const _: () = __m::copies::<#source, _, #ty>(#value););
                let word = &declared.word;
                let null = match what {
                    OfValues::Copy => {
                        let message = format!(
                            "there may be no such row, so that `{}` may be null: make its column nullable and the field an `Option`",
                            field.text()
                        );
                        let mut start = model.name.to_token_stream();
                        let nullable = hops(declared)
                            .iter()
                            .map(|input| {
                                let reference = reference(&start, input);
                                start = model_of(input);
                                quote_spanned!(place(input)=> #reference::NULLABLE)
                            })
                            .collect::<Vec<_>>();
                        may_be_null(quote!(#(#nullable)||*), message)
                    }
                    OfValues::Sum | OfValues::Min | OfValues::Max => may_be_null(
                        quote!(true),
                        format!(
                            "there may be no row, so that the `{word}` of `{}` may be null: make its column nullable and the field an `Option<{}>`",
                            text(&source),
                            text(ty)
                        ),
                    ),
                };
                quote! { #copies #null }
            }
        }
        Rule::Expression(_) => TokenStream::new(),
    };
    let filter = declared.filter.as_ref().map(|filter| {
        let (source, column, place) = (&filter.model, &filter.column, at(filter.column.span()));
        quote_spanned!(place=> const _: () = __m::filters::<#source, _>(|__row: &#source| &__row.#column);)
    });
    quote! { #checks #filter }
}
