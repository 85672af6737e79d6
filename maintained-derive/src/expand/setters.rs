//! `#[maintained::setters]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{ImplItem, ItemImpl, parse_quote};

use super::fields::Fields;
use super::hops::{self, Hops, model_of, place};
use super::wrap::{in_private, on_backends};
use super::{compute, setter_meta};
use crate::ast::input::{Input, Step};
use crate::ast::row_struct::text;
use crate::ast::setters::{Setter, Setters};
use crate::attr::diesel::Backends;

/// Emits all that stands beside a block.
pub(crate) fn expand(setters: &Setters, backends: &Backends) -> TokenStream {
    let fields = Fields::of(setters);
    let positions = fields.positions(&setters.model);
    let (hops, loaded) = Hops::of(setters);
    let run = compute::run(setters, &fields, &hops, &loaded);
    let declared = setter_meta::expand(setters, &run);
    let promises = promises(setters);
    let on_backends = on_backends(backends, &compute::hops(&hops));
    in_private(&quote! { #positions #declared #promises #on_backends })
}

/// Allows the signatures that nest: clippy finds them complex, and no alias could stand for what
/// the macro has to read.
///
/// ```text
/// #[allow(clippy::type_complexity, reason = "..")]
/// fn label(lines: &[(&Item, (&Product, &Category))]) -> String { .. }
/// ```
pub(crate) fn allow_what_declares(block: &mut ItemImpl, setters: &Setters) {
    for item in &mut block.items {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        let nests = |setter: &Setter| {
            let mut inputs = setter.inputs.iter();
            setter.name == function.sig.ident && inputs.any(|input| input.inner.is_some())
        };
        if setters.setters.iter().any(nests) {
            function.attrs.push(parse_quote! {
                #[allow(clippy::type_complexity, reason = "a setter's signature declares what it reads")]
            });
        }
    }
}

/// What the compiler checks of each parent that a setter requires, at the parameter's type:
///
/// ```text
/// const _: () = ::core::assert!(!<Order as __m::References<..>>::NULLABLE, "the foreign key ..");
/// ```
fn promises(setters: &Setters) -> TokenStream {
    let start = setters.model.to_token_stream();
    let of_setter = |setter: &Setter| -> TokenStream {
        setter
            .inputs
            .iter()
            .map(|input| required(setter, &start, input))
            .collect()
    };
    setters.setters.iter().map(of_setter).collect()
}

fn required(setter: &Setter, start: &TokenStream, input: &Input) -> TokenStream {
    let model = model_of(input);
    let inner = input
        .inner
        .iter()
        .flatten()
        .map(|inner| required(setter, &model, inner));
    let required = (input.step == Step::Parent).then(|| {
        let (reference, shown) = (hops::reference(start, input), text(&input.ty));
        let message = format!(
            "the setter `{}` takes `{shown}`, but that foreign key is nullable, so there may be no such row: write `Option<{shown}>`",
            setter.name
        );
        quote_spanned!(place(input)=> const _: () = ::core::assert!(!#reference::NULLABLE, #message);)
    });
    quote! { #required #(#inner)* }
}
