//! What is emitted beside errors, so that they cause no others: the same traits, without checks and
//! registration.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use crate::ast::model::Model;
use crate::ast::new::New;
use crate::ast::view::View;
use crate::attr::diesel::Backends;
use crate::expand::wrap::{in_private, on_backends};
use crate::expand::{model, new, stored, view};

/// A model, as far as it could be read.
pub(crate) fn model(model: &Model) -> TokenStream {
    let description = model::description(model);
    let on_backends = on_backends(&model.backends, &stored::model(model));
    in_private(&quote! { #description #on_backends })
}

/// A view, as far as it could be read.
pub(crate) fn view(view: &View) -> TokenStream {
    let row = view::row(view);
    let on_backends = on_backends(
        &view.backends,
        &stored::readable(&view.name, view.fields.len()),
    );
    in_private(&quote! { #row #on_backends })
}

/// A new row, as far as it could be read.
pub(crate) fn new(new: &New) -> TokenStream {
    let description = new::description(new);
    let on_backends = on_backends(&new.backends, &new::bound(new));
    in_private(&quote! { #description #on_backends })
}

/// A block that keeps every field, and does nothing:
///
/// ```text
/// impl __m::Setters for Order {
///     const SETTERS: &'static [__m::SetterMeta] = &[__m::SetterMeta { fields: __m::ColumnSet::ALL, .. }];
///     fn run(_: &mut __m::Batch<'_, Self>, _: &__m::Loaded) -> ::core::result::Result<(), __m::Error> {
///         ::core::result::Result::Ok(())
///     }
/// }
/// impl __m::Hops<__Backend> for Order {}
/// ```
pub(crate) fn setters(model: &Type, backends: &Backends) -> TokenStream {
    let on_backends = on_backends(backends, &quote!(impl __m::Hops<__Backend> for #model {}));
    in_private(&quote! {
        impl __m::Setters for #model {
            const SETTERS: &'static [__m::SetterMeta] = &[__m::SetterMeta {
                name: "",
                fields: __m::ColumnSet::ALL,
                labels: &[],
                own: __m::ColumnSet::NONE,
                inputs: &[],
                definition: 0,
            }];

            fn run(
                _: &mut __m::Batch<'_, Self>,
                _: &__m::Loaded,
            ) -> ::core::result::Result<(), __m::Error> {
                ::core::result::Result::Ok(())
            }
        }
        #on_backends
    })
}
