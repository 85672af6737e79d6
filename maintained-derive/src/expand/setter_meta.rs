//! What a block declares: its setters, as constants.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::hops::{self, model_of};
use super::{at, implementation};
use crate::ast::input::{Input, Step};
use crate::ast::own_columns::Columns;
use crate::ast::setters::{Setter, Setters};

/// ```text
/// impl __m::Setters for Order {
///     const SETTERS: &'static [__m::SetterMeta] = &[
///         __m::SetterMeta {
///             name: "label",
///             fields: <Order as __m::Model>::META.columns_named(&["label"]),
///             labels: &["names"],
///             own: <Order as __m::Model>::META.columns_named(&["id"]),
///             inputs: &[..],
///             definition: 6113214208362943105u64,
///         },
///         ..
///     ];
///     fn run(..) -> .. { .. }
/// }
/// ```
pub(crate) fn expand(setters: &Setters, run: &TokenStream) -> TokenStream {
    let model = &setters.model;
    let metas = setters.setters.iter().map(|setter| meta(model, setter));
    let items = quote! {
        const SETTERS: &'static [__m::SetterMeta] = &[#(#metas),*];
        #run
    };
    implementation(model, &quote!(__m::Setters), &items)
}

fn meta(model: &Type, setter: &Setter) -> TokenStream {
    let (name, labels) = (setter.name.unraw().to_string(), &setter.labels);
    let fields = setter
        .keeps
        .fields()
        .iter()
        .map(|field| field.unraw().to_string());
    let own = match &setter.own {
        None => quote!(__m::ColumnSet::NONE),
        Some(columns) => used(model, columns),
    };
    let definition = setter.definition;
    let start = model.to_token_stream();
    let inputs = setter.inputs.iter().map(|input| input_meta(&start, input));
    quote! {
        __m::SetterMeta {
            name: #name,
            fields: <#model as __m::Model>::META.columns_named(&[#(#fields),*]),
            labels: &[#(#labels),*],
            own: #own,
            inputs: &[#(#inputs),*],
            definition: #definition,
        }
    }
}

/// ```text
/// __m::InputMeta {
///     direction: __m::Direction::Children,
///     model: __m::type_id::<__m::ModelOf<Item>>,
///     relation: <__m::ModelOf<Item> as __m::References<
///         Order,
///         <__m::ModelOf<Item> as __m::BelongsTo<Order>>::Via,
///     >>::INDEX,
///     columns: <Item as __m::Row>::COLUMNS,
///     inner: &[..],
/// }
/// ```
fn input_meta(start: &TokenStream, input: &Input) -> TokenStream {
    let direction = match input.step {
        Step::Parent => quote!(Parent { optional: false }),
        Step::OptionalParent => quote!(Parent { optional: true }),
        Step::Children | Step::OnlyChild => quote!(Children),
    };
    let (model, reference) = (model_of(input), hops::reference(start, input));
    let columns = used(&input.row, &input.columns);
    let inner = input
        .inner
        .iter()
        .flatten()
        .map(|inner| input_meta(&model, inner));
    quote! {
        __m::InputMeta {
            direction: __m::Direction::#direction,
            model: __m::type_id::<#model>,
            relation: #reference::INDEX,
            columns: #columns,
            inner: &[#(#inner),*],
        }
    }
}

/// The columns that are used of a row.
fn used(row: &Type, columns: &Columns) -> TokenStream {
    match columns {
        Columns::Named(names) => {
            let names = names.iter();
            quote_spanned!(at(row.span())=> __m::used_columns::<#row>(&[#(#names),*]))
        }
        Columns::All => quote_spanned!(at(row.span())=> <#row as __m::Row>::COLUMNS),
    }
}
