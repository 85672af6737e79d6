//! Reading and writing the rows of a model, and reading those of a view, on one database.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::keys::{key_fields, key_type};
use super::{at, column_of};
use crate::ast::model::Model;
use crate::ast::row_struct::Field;

/// Emits what a model needs on a database.
pub(crate) fn model(model: &Model) -> TokenStream {
    let readable = readable(&model.name, model.fields.len());
    let stored = stored(model);
    quote! { #readable #stored }
}

/// ```text
/// impl __m::Readable<__Backend> for Order {
///     const WIDTH: usize = 5usize;
///     fn selection() -> __m::Fragment<__Backend> {
///         __m::selected!(Order, (), __Backend, selection())
///     }
///     fn read<'__a>(__row: &impl __m::SqlRow<'__a, __Backend>) -> __m::deserialize::Result<Self> {
///         __m::selected!(Order, _, __Backend, read(__row, 5usize))
///     }
/// }
/// ```
pub(crate) fn readable(name: &Ident, width: usize) -> TokenStream {
    let span = at(name.span());
    let mut row = name.clone();
    row.set_span(span);
    let selection = quote_spanned!(span=> __m::selected!(#row, (), __Backend, selection()));
    let read = quote_spanned!(span=> __m::selected!(#row, _, __Backend, read(__row, #width)));
    quote! {
        #[automatically_derived]
        impl __m::Readable<__Backend> for #name {
            const WIDTH: ::core::primitive::usize = #width;
            fn selection() -> __m::Fragment<__Backend> {
                #selection
            }
            fn read<'__a>(__row: &impl __m::SqlRow<'__a, __Backend>) -> __m::deserialize::Result<Self> {
                #read
            }
        }
    }
}

/// ```text
/// impl __m::Stored<__Backend> for Order {
///     fn table() -> __m::Fragment<__Backend> {
///         __m::Box::new(<orders::table as __m::QuerySource>::from_clause(&orders::table))
///     }
///     fn bind<'__b>(
///         &'__b self,
///         __column: __m::ColumnIndex,
///         mut __out: ..,
///     ) -> __m::QueryResult<()> {
///         match __column.number() {
///             0usize => __out.push_bind_param::<__m::SqlTypeOf<orders::id>, _>(&self.id),
///             ..
///             _ => __m::no_such_column(),
///         }
///     }
///     fn bind_key<'__b>(__key: &'__b i32, __part: usize, mut __out: ..) -> __m::QueryResult<()> {
///         match __part {
///             0usize => __out.push_bind_param::<__m::SqlTypeOf<orders::id>, _>(__key),
///             _ => __m::no_such_column(),
///         }
///     }
///     fn read_key<'__a>(__row: &impl .., __at: usize) -> __m::deserialize::Result<i32> {
///         ::core::result::Result::Ok(
///             __m::read_value::<i32, __m::SqlTypeOf<orders::id>, __Backend>(__row, __at + 0usize)?
///         )
///     }
/// }
/// ```
fn stored(model: &Model) -> TokenStream {
    let Model { name, table, .. } = model;
    let key = key_type(model);
    let binds = model.fields.iter().enumerate().map(|(index, field)| {
        let (member, sql_type) = (&field.name, sql_type(model, field));
        quote_spanned! {at(field.ty.span())=>
            #index => __out.push_bind_param::<#sql_type, _>(&self.#member),
        }
    });
    let key_binds = key_binds(model);
    let read_key = read_key(model);
    let arrays = arrays(model);
    quote! {
        #[automatically_derived]
        impl __m::Stored<__Backend> for #name {
            fn table() -> __m::Fragment<__Backend> {
                __m::Box::new(<#table::table as __m::QuerySource>::from_clause(&#table::table))
            }
            fn bind<'__b>(
                &'__b self,
                __column: __m::ColumnIndex,
                mut __out: __m::AstPass<'_, '__b, __Backend>,
            ) -> __m::QueryResult<()> {
                match __column.number() {
                    #(#binds)*
                    _ => __m::no_such_column(),
                }
            }
            fn bind_key<'__b>(
                __key: &'__b #key,
                __part: ::core::primitive::usize,
                mut __out: __m::AstPass<'_, '__b, __Backend>,
            ) -> __m::QueryResult<()> {
                match __part {
                    #key_binds
                    _ => __m::no_such_column(),
                }
            }
            fn read_key<'__a>(
                __row: &impl __m::SqlRow<'__a, __Backend>,
                __at: ::core::primitive::usize,
            ) -> __m::deserialize::Result<#key> {
                #read_key
            }
            #arrays
        }
    }
}

/// The fields and the parts of the key, for the databases that take a list as one array; the others
/// drop them.
///
/// ```text
/// __arrays! {
///     { 0usize [__m::SqlTypeOf<orders::id>] [id] .. }
///     [i32] { 0usize [__m::SqlTypeOf<orders::id>] [] }
/// }
/// ```
fn arrays(model: &Model) -> TokenStream {
    let key = key_type(model);
    let columns = model.fields.iter().enumerate().map(|(index, field)| {
        let (member, sql_type) = (&field.name, sql_type(model, field));
        quote_spanned!(at(field.ty.span())=> #index [#sql_type] [#member])
    });
    let single = model.key.len() == 1;
    let parts = key_fields(model).enumerate().map(|(part, field)| {
        let sql_type = sql_type(model, field);
        let tuple_index = syn::Index::from(part);
        let accessor = if single {
            quote!()
        } else {
            quote!(.#tuple_index)
        };
        quote!(#part [#sql_type] [#accessor])
    });
    quote!(__arrays! { { #(#columns)* } [#key] { #(#parts)* } })
}

/// The arms of `bind_key`.
fn key_binds(model: &Model) -> TokenStream {
    let single = model.key.len() == 1;
    let arm = |(part, field): (usize, &Field)| {
        let sql_type = sql_type(model, field);
        let tuple_index = super::part(part, at(field.ty.span()));
        let value = if single {
            quote!(__key)
        } else {
            quote!(&__key.#tuple_index)
        };
        quote_spanned!(at(field.ty.span())=> #part => __out.push_bind_param::<#sql_type, _>(#value),)
    };
    key_fields(model).enumerate().map(arm).collect()
}

/// The body of `read_key`.
fn read_key(model: &Model) -> TokenStream {
    let part = |(part, field): (usize, &Field)| {
        let (ty, sql_type) = (&field.ty, sql_type(model, field));
        quote_spanned!(at(ty.span())=> __m::read_value::<#ty, #sql_type, __Backend>(__row, __at + #part))
    };
    let parts: Vec<_> = key_fields(model).enumerate().map(part).collect();
    if let [only] = parts.as_slice() {
        return only.clone();
    }
    quote! { ::core::result::Result::Ok((#(#parts?),*)) }
}

fn sql_type(model: &Model, field: &Field) -> TokenStream {
    let column = column_of(&model.table, &field.column);
    quote!(__m::SqlTypeOf<#column>)
}
