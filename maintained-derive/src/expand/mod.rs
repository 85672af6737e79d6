//! The code that the macros emit.
//!
//! It names nothing but `::maintained::__private`, `::core` and the user's own types. Its local
//! names start with `__`: `use schema::orders::dsl::*` brings a unit struct for each column into
//! scope, which no pattern may shadow.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::parse::Parser;
use syn::spanned::Spanned;
use syn::{FnArg, Ident, ImplItemFn, ItemFn, ItemImpl, Path, Type};

use crate::ast::model::Model;
use crate::ast::new::New;
use crate::ast::scope::{Mode, ScopeFunction};
use crate::ast::setters::{Setters, respan};
use crate::ast::view::View;
use crate::attr::diesel::{self};
use crate::ctxt::Ctxt;
use crate::{check, fallback};

mod arguments;
mod compute;
mod declared;
mod fields;
mod hops;
mod keys;
mod maintained_fields;
pub(crate) mod model;
pub(crate) mod new;
mod relations;
mod scope;
mod setter_meta;
mod setters;
pub(crate) mod stored;
pub(crate) mod view;
pub(crate) mod wrap;

/// `#[derive(Maintained)]`
pub(crate) fn derive_model(item: TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let mut model = ctxt
        .take(syn::parse2(item))
        .and_then(|item| Model::read(&ctxt, item));
    if let Some(model) = &mut model {
        check::model(&ctxt, model);
    }
    match (ctxt.finish(), model) {
        (Ok(()), model) => model.as_ref().map(model::expand).unwrap_or_default(),
        (Err(errors), model) => {
            let stubs = model.as_ref().map(fallback::model);
            quote! { #errors #stubs }
        }
    }
}

/// `#[derive(View)]`
pub(crate) fn derive_view(item: TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let view = ctxt
        .take(syn::parse2(item))
        .and_then(|item| View::read(&ctxt, item));
    if let Some(view) = &view {
        check::view(&ctxt, view);
    }
    match (ctxt.finish(), view) {
        (Ok(()), view) => view.as_ref().map(view::expand).unwrap_or_default(),
        (Err(errors), view) => {
            let stubs = view.as_ref().map(fallback::view);
            quote! { #errors #stubs }
        }
    }
}

/// `#[derive(New)]`
pub(crate) fn derive_new(item: TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let new = ctxt
        .take(syn::parse2(item))
        .and_then(|item| New::read(&ctxt, item));
    if let Some(new) = &new {
        check::new(&ctxt, new);
    }
    match (ctxt.finish(), new) {
        (Ok(()), new) => new.as_ref().map(new::expand).unwrap_or_default(),
        (Err(errors), new) => {
            let stubs = new.as_ref().map(fallback::new);
            quote! { #errors #stubs }
        }
    }
}

/// `#[maintained::setters]`
pub(crate) fn setters(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let Ok(mut block) = syn::parse2::<ItemImpl>(item.clone()) else {
        return misplaced(
            "`#[maintained::setters]` stands on a model's functions: write it over an `impl Model { .. }`",
            item,
        );
    };
    let backends = ctxt
        .take(diesel::only_backends.parse2(arguments))
        .unwrap_or_default();
    let setters = Setters::read(&ctxt, &mut block);
    if let Some(setters) = &setters {
        check::setters(&ctxt, setters);
    }
    match (ctxt.finish(), setters) {
        (Ok(()), setters) => {
            let expansion = setters.map(|setters| {
                setters::allow_what_declares(&mut block, &setters);
                setters::expand(&setters, &backends)
            });
            quote! { #block #expansion }
        }
        (Err(errors), setters) => {
            let stubs = setters.map(|setters| fallback::setters(&setters.model, &backends));
            quote! { #block #errors #stubs }
        }
    }
}

/// A `#[setter]` that no block has taken.
pub(crate) fn stray_setter(item: &TokenStream) -> TokenStream {
    let message = "this setter stands in no block of setters: write `#[maintained::setters]` over its `impl Model { .. }`";
    let Ok(mut function) = syn::parse2::<ImplItemFn>(item.clone()) else {
        return misplaced(message, item);
    };
    for input in &mut function.sig.inputs {
        match input {
            FnArg::Receiver(receiver) => receiver.attrs.clear(),
            FnArg::Typed(parameter) => parameter.attrs.clear(),
        }
    }
    misplaced(message, &function.to_token_stream())
}

/// `#[maintained::buffer_autoupdates]` and its siblings
pub(crate) fn scope(mode: Mode, arguments: TokenStream, item: &TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let Ok(function) = syn::parse2::<ItemFn>(item.clone()) else {
        return misplaced(
            "a scope's attribute stands on a function with a body: write it over a `fn name(conn: &mut ..) -> Result<..> { .. }`",
            item,
        );
    };
    let scope = ScopeFunction::read(&ctxt, arguments, function);
    if let Some(scope) = &scope {
        check::scope(&ctxt, scope);
    }
    match (ctxt.finish(), scope) {
        (Ok(()), scope) => scope
            .map(|scope| scope::expand(mode, scope))
            .unwrap_or_default(),
        (Err(errors), _) => quote! { #errors #item },
    }
}

fn misplaced(message: &str, item: &TokenStream) -> TokenStream {
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
    quote! { #error #item }
}

/// A place in the user's code for emitted code that has local names, which must not take on the
/// hygiene of that place.
fn at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

/// `impl TRAIT for Model { ITEMS }`, at the model's name: a second implementation is reported
/// there.
fn implementation(model: &Type, name: &TokenStream, items: &TokenStream) -> TokenStream {
    let span = at(model.span());
    let model = respan(model.to_token_stream(), span);
    let name = respan(name.clone(), span);
    quote_spanned! {span=>
        #[automatically_derived]
        impl #name for #model {
            #items
        }
    }
}

/// The name of a tuple's part.
fn part(index: usize, span: Span) -> Literal {
    let mut literal = Literal::usize_unsuffixed(index);
    literal.set_span(span);
    literal
}

/// The type of a column in a table's module.
fn column_of(table: &Path, column: &Ident) -> TokenStream {
    let table = table.to_token_stream();
    quote!(#table::#column)
}
