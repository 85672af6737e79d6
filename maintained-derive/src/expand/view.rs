//! `#[derive(View)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::wrap::{in_private, on_backends};
use super::{at, column_of, stored};
use crate::ast::row_struct::{Field, text};
use crate::ast::view::View;

/// Emits all of a view's code.
pub(crate) fn expand(view: &View) -> TokenStream {
    let row = row(view);
    let promises = promises(view);
    let readable = stored::readable(&view.name, view.fields.len());
    let on_backends = on_backends(&view.backends, &readable);
    in_private(&quote! { #row #promises #on_backends })
}

/// ```text
/// impl __m::Row for OrderTotal {
///     type Model = Order;
///     const READ: Option<&'static [&'static str]> = Some(&[<orders::total_cents as __m::Column>::NAME]);
///     const COLUMNS: __m::ColumnSet = __m::columns_read(<Order as __m::Model>::META, Self::READ);
///     const NAME: &'static str = "OrderTotal";
/// }
/// ```
///
/// A view with an expression of its own, whose columns nobody knows, counts as all columns.
pub(crate) fn row(view: &View) -> TokenStream {
    let View {
        name, model, table, ..
    } = view;
    let text = name.unraw().to_string();
    let meta = meta(view);
    let read = if view.fields.iter().any(is_expression) {
        quote!(::core::option::Option::None)
    } else {
        let names = view.fields.iter().map(|field| {
            let column = column_of(table, &field.column);
            quote!(<#column as __m::Column>::NAME)
        });
        quote!(::core::option::Option::Some(&[#(#names),*]))
    };
    quote! {
        #[automatically_derived]
        impl __m::Row for #name {
            type Model = #model;
            const READ: ::core::option::Option<&'static [&'static ::core::primitive::str]> = #read;
            const COLUMNS: __m::ColumnSet =
                __m::columns_read(#meta, <Self as __m::Row>::READ);
            const NAME: &'static ::core::primitive::str = #text;
        }
    }
}

/// What the compiler checks of a view, at the table and at each field:
///
/// ```text
/// const _: () = __m::same_table::<orders::table, <Order as __m::Model>::Table>();
/// const _: () = ::core::assert!(
///     <Order as __m::Model>::META.column(..).is_some(),
///     "`total_cents` is no field ..",
/// );
/// ```
fn promises(view: &View) -> TokenStream {
    let View {
        name, model, table, ..
    } = view;
    let meta = meta(view);
    let fields = view.fields.iter().filter(|field| !is_expression(field)).map(|field| {
        let column = column_of(table, &field.column);
        let message = format!(
            "the column of `{}` in the view `{name}` is no field of the model `{}`: add it there, or take it off here",
            field.text(),
            text(model),
        );
        quote_spanned! {at(field.name.span())=>
            const _: () = ::core::assert!(#meta.column(<#column as __m::Column>::NAME).is_some(), #message);
        }
    });
    let same_table = quote_spanned! {at(table.span())=>
        const _: () = __m::same_table::<#table::table, <#model as __m::Model>::Table>();
    };
    quote! { #same_table #(#fields)* }
}

fn meta(view: &View) -> TokenStream {
    let model = &view.model;
    quote_spanned!(at(model.span())=> <#model as __m::Model>::META)
}

fn is_expression(field: &Field) -> bool {
    field.diesel.select_expression.is_some()
}
