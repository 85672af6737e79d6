//! A model's primary key.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, column_of, part};
use crate::ast::model::Model;
use crate::ast::row_struct::Field;

/// The type of a model's key: its column's, or a tuple.
pub(crate) fn key_type(model: &Model) -> TokenStream {
    let types = key_fields(model).map(|field| &field.ty);
    if let [_] = model.key.as_slice() {
        quote!(#(#types)*)
    } else {
        quote!((#(#types),*))
    }
}

pub(crate) fn key_fields(model: &Model) -> impl Iterator<Item = &Field> {
    model.key.iter().map(|&position| &model.fields[position])
}

/// The type of the key's parts, each of which may be unknown: a tuple, of one part as well.
pub(crate) fn key_parts(model: &Model) -> TokenStream {
    let types = key_fields(model).map(|field| &field.ty);
    quote!((#(::core::option::Option<#types>,)*))
}

/// The body that makes a key of its parts.
pub(crate) fn key_of(model: &Model) -> TokenStream {
    if let [_] = model.key.as_slice() {
        return quote!(__parts.0);
    }
    let parts = key_fields(model).enumerate().map(|(index, field)| {
        let index = part(index, at(field.ty.span()));
        quote!(__parts.#index?)
    });
    quote!(::core::option::Option::Some((#(#parts),*)))
}

/// For each column of the key:
///
/// ```text
/// impl __m::KeyColumn<orders::id> for Order {
///     type Value = i32;
///     fn part(__parts: &mut (::core::option::Option<i32>,)) -> &mut ::core::option::Option<i32> {
///         &mut __parts.0
///     }
/// }
/// ```
pub(crate) fn key_columns(model: &Model) -> TokenStream {
    let (name, parts) = (&model.name, key_parts(model));
    let columns = key_fields(model).enumerate().map(|(index, field)| {
        let (column, ty) = (column_of(&model.table, &field.column), &field.ty);
        let index = part(index, at(ty.span()));
        quote! {
            #[automatically_derived]
            impl __m::KeyColumn<#column> for #name {
                type Value = #ty;
                fn part(__parts: &mut #parts) -> &mut ::core::option::Option<#ty> {
                    &mut __parts.#index
                }
            }
        }
    });
    columns.collect()
}

pub(crate) fn key_value(model: &Model) -> TokenStream {
    let parts = key_fields(model).map(|field| {
        let member = &field.name;
        quote_spanned!(at(field.ty.span())=> ::core::clone::Clone::clone(&self.#member))
    });
    if let [_] = model.key.as_slice() {
        quote!(#(#parts)*)
    } else {
        quote!((#(#parts),*))
    }
}

/// For a key of one column:
///
/// ```text
/// impl __m::SingleKey for Order {
///     fn key_ref(&self) -> &i32 {
///         &self.id
///     }
/// }
/// ```
pub(crate) fn key_ref(model: &Model) -> Option<TokenStream> {
    let [position] = *model.key.as_slice() else {
        return None;
    };
    let (
        name,
        Field {
            name: member, ty, ..
        },
    ) = (&model.name, &model.fields[position]);
    Some(quote! {
        #[automatically_derived]
        impl __m::SingleKey for #name {
            fn key_ref(&self) -> &#ty {
                &self.#member
            }
        }
    })
}
