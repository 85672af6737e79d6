//! A model's maintained fields.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, column_of};
use crate::ast::model::Model;
use crate::ast::row_struct::{Field, text};

/// The fields of a model that setters keep, with their positions.
pub(crate) fn maintained(model: &Model) -> impl Iterator<Item = (usize, &Field)> {
    let fields = model.fields.iter().enumerate();
    fields.filter(|(_, field)| {
        field
            .mark
            .as_ref()
            .is_some_and(|mark| mark.declared.is_none())
    })
}

/// ```text
/// impl __m::MaintainedField<3usize> for Order {
///     type Type = i64;
///     fn set(&mut self, __value: i64) -> __m::ColumnSet {
///         if __m::same!(self.total_cents, __value) {
///             return __m::ColumnSet::NONE;
///         }
///         self.total_cents = __value;
///         __m::ColumnSet::of(__m::ColumnIndex::at(3usize))
///     }
/// }
/// ```
pub(crate) fn maintained_field(model: &Model, index: usize, field: &Field) -> TokenStream {
    let name = &model.name;
    let Field {
        name: member, ty, ..
    } = field;
    let same = quote_spanned!(at(ty.span())=> __m::same!(self.#member, __value));
    quote! {
        #[automatically_derived]
        impl __m::MaintainedField<#index> for #name {
            type Type = #ty;
            fn set(&mut self, __value: #ty) -> __m::ColumnSet {
                if #same {
                    return __m::ColumnSet::NONE;
                }
                self.#member = __value;
                __m::ColumnSet::of(__m::ColumnIndex::at(#index))
            }
        }
    }
}

/// What the compiler checks of each maintained field, at the field's name:
///
/// ```text
/// const _: () = ::core::assert!(
///     __m::keeps(__m::setters_of!(Order), __m::ColumnIndex::at(3usize)),
///     "{}",
///     "no setter keeps ..",
/// );
/// const _: () = ::core::assert!(__m::is_nullable::<orders::code>(), "the column of ..");
/// ```
pub(crate) fn promises(model: &Model) -> TokenStream {
    let name = &model.name;
    let promise = |(index, field): (usize, &Field)| {
        let Some(mark) = &field.mark else {
            return TokenStream::new();
        };
        let column = column_of(&model.table, &field.column);
        let (span, text_of_field, ty) = (at(field.name.span()), field.text(), text(&field.ty));
        let no_setter = format!(
            "no setter keeps the maintained field `{text_of_field}` of `{name}`: write `#[setter] fn {text_of_field}(..) -> {ty}` in its block `#[maintained::setters] impl {name} {{ .. }}`, or a rule like `#[maintained(sum(..))]` in place of the mark, or take the mark off"
        );
        let not_nullable = format!(
            "the maintained field `{text_of_field}` of `{name}` is marked unique, but its column is not nullable: values that are swapped or shifted are NULL for a moment, so make the column nullable and the field an `Option`"
        );
        let nullable = mark.unique.then(|| quote_spanned!(span=> const _: () = ::core::assert!(__m::is_nullable::<#column>(), #not_nullable);));
        let kept = mark.declared.is_none().then(|| quote_spanned!(span=> const _: () = ::core::assert!(__m::keeps(__m::setters_of!(#name), __m::ColumnIndex::at(#index)), "{}", #no_setter);));
        quote! { #kept #nullable }
    };
    model.fields.iter().enumerate().map(promise).collect()
}
