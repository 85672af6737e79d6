//! The maintained fields of a block.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;

use super::at;
use crate::ast::setters::{Setters, respan};

/// The maintained fields of a block, by the constants that hold their positions.
pub(crate) struct Fields<'s> {
    fields: Vec<&'s Ident>,
}

impl<'s> Fields<'s> {
    pub(crate) fn of(setters: &'s Setters) -> Self {
        Self {
            fields: setters
                .setters
                .iter()
                .flat_map(|setter| setter.keeps.fields())
                .collect(),
        }
    }

    /// ```text
    /// const __FIELD0: usize = match __m::kept::<Order>("total_cents") {
    ///     __m::Kept::At(__column) => __column,
    ///     __m::Kept::None(__message) => ::core::panic!("{}", __message.text()),
    /// };
    /// ```
    pub(crate) fn positions(&self, model: &Type) -> TokenStream {
        let positions = self.fields.iter().enumerate().map(|(index, field)| {
            let (constant, name) = (constant(index, field), field.unraw().to_string());
            let place = at(field.span());
            let missing = quote_spanned!(place=> ::core::panic!("{}", __message.text()));
            quote! {
                const #constant: ::core::primitive::usize = match __m::kept::<#model>(#name) {
                    __m::Kept::At(__column) => __column,
                    __m::Kept::None(__message) => #missing,
                };
            }
        });
        positions.collect()
    }

    /// The implementation of a field: `<Order as __m::MaintainedField<__FIELD0>>`.
    pub(crate) fn implementation(&self, model: &Type, field: &Ident) -> TokenStream {
        let index = self
            .fields
            .iter()
            .position(|known| *known == field)
            .unwrap_or_default();
        let constant = constant(index, field);
        let model = respan(model.to_token_stream(), at(field.span()));
        quote_spanned!(at(field.span())=> <#model as __m::MaintainedField<#constant>>)
    }
}

fn constant(index: usize, field: &Ident) -> Ident {
    format_ident!("__FIELD{index}", span = field.span())
}
