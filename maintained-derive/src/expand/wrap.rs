//! What stands around emitted items.

use proc_macro2::TokenStream;
use quote::quote;

use crate::attr::diesel::Backends;

/// Wraps items, so that they may name the core `__m` and leave no name behind.
///
/// ```text
/// const _: () = {
///     use ::maintained::__private as __m;
///     ITEMS
/// };
/// ```
pub(crate) fn in_private(items: &TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            use ::maintained::__private as __m;
            #items
        };
    }
}

/// Wraps items that are emitted once for each database, and may name its
/// `__Backend`.
///
/// ```text
/// __m::on_backends! { all { ITEMS } }
/// __m::on_backends! { Sqlite { ITEMS } }     // with `check_for_backend(diesel::sqlite::Sqlite)`
/// ```
pub(crate) fn on_backends(backends: &Backends, items: &TokenStream) -> TokenStream {
    match backends {
        Backends::All => quote! { __m::on_backends! { all { #items } } },
        Backends::Only(names) => quote! { #(__m::on_backends! { #names { #items } })* },
    }
}
