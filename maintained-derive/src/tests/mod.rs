//! Snapshots of expansions, and the wording of mistakes.
//!
//! After a change that is meant, `cargo insta review` (or `INSTA_UPDATE=always cargo test`) renews
//! the snapshots.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{format_ident, quote};

mod definition;
mod expression;
mod mistakes;
mod model;
mod new;
mod own_columns;
mod scope;
mod setters;
mod view;

/// An expansion as formatted code; what is emitted once for each database stands in a module
/// `on_backends_..`.
fn formatted(expansion: TokenStream) -> String {
    let file = syn::parse2(show_backends(expansion)).expect("an expansion is made of items");
    prettyplease::unparse(&file)
}

/// Writes `__m::on_backends! { all { ITEMS } }`, whose inside a formatter leaves alone, as
/// `mod on_backends_all { ITEMS }`.
fn show_backends(tokens: TokenStream) -> TokenStream {
    let mut shown = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "__m" && is_on_backends(tokens.clone()) => {
                let inside = tokens.nth(4).expect("the macro has arguments").to_string();
                let inside: TokenStream =
                    inside.parse().expect("tokens are printed as they are read");
                let TokenTree::Group(arguments) =
                    inside.into_iter().next().expect("one group was printed")
                else {
                    unreachable!("the macro's arguments are a group");
                };
                let mut words: Vec<_> = arguments.stream().into_iter().collect();
                let items = words.pop().expect("the items stand last");
                let words: Vec<_> = words.into_iter().map(|word| word.to_string()).collect();
                let name = format_ident!("on_backends_{}", words.concat());
                let items = show_backends(group(items));
                shown.extend(quote!(mod #name { #items }));
            }
            TokenTree::Group(group) => {
                let inside = show_backends(group.stream());
                shown.extend([TokenTree::from(proc_macro2::Group::new(
                    group.delimiter(),
                    inside,
                ))]);
            }
            token => shown.extend([token]),
        }
    }
    shown
}

fn is_on_backends(mut tokens: impl Iterator<Item = TokenTree>) -> bool {
    tokens
        .nth(2)
        .is_some_and(|token| token.to_string() == "on_backends")
}

fn group(token: TokenTree) -> TokenStream {
    match token {
        TokenTree::Group(group) if group.delimiter() != Delimiter::None => group.stream(),
        other => other.into(),
    }
}

/// The messages of an expansion's errors.
fn mistakes(expansion: TokenStream) -> Vec<String> {
    let mut messages = Vec::new();
    let mut tokens = expansion.into_iter();
    while let Some(token) = tokens.next() {
        if let TokenTree::Ident(word) = &token
            && word == "compile_error"
        {
            let arguments = tokens.nth(1).map(group).unwrap_or_default();
            let message = syn::parse2::<syn::LitStr>(arguments).expect("an error has a message");
            messages.push(message.value());
        }
    }
    messages
}
