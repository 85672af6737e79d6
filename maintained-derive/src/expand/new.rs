//! `#[derive(New)]`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{GenericParam, Lifetime};

use super::wrap::{in_private, on_backends};
use super::{at, column_of};
use crate::ast::new::{Field, New};
use crate::ast::row_struct::text;

/// Emits all of a new row's code.
pub(crate) fn expand(new: &New) -> TokenStream {
    let description = description(new);
    let promises = promises(new);
    let on_backends = on_backends(&new.backends, &bound(new));
    in_private(&quote! { #description #promises #on_backends })
}

/// ```text
/// impl __m::New for NewItem<'a> {
///     type Model = Item;
///     type Id = NewItem<'static>;
///     const COLUMNS: &'static [&'static str] = &[<items::order_id as __m::Column>::NAME, ..];
///     const PLACES: &'static [__m::ColumnIndex] = &[
///         __m::place_of(<Item as __m::Model>::META, <items::order_id as __m::Column>::NAME),
///         ..
///     ];
///     fn left_out(&self) -> __m::ColumnSet {
///         let mut __columns = __m::ColumnSet::NONE;
///         if self.note.is_none() {
///             __columns = __columns.with(__m::ColumnIndex::at(1usize));
///         }
///         __columns
///     }
///     fn key(&self) -> ::core::option::Option<<Item as __m::Model>::Key> {
///         let mut __parts = ::core::default::Default::default();
///         __m::keep_part!(Item, items::order_id, &self.order_id, &mut __parts);
///         ..
///         <Item as __m::Model>::key_of(__parts)
///     }
///     const INTEGERS: __m::ColumnSet = __m::columns_at(&[__m::place_of(..), ..]);
///     fn integer(&self, __column: __m::ColumnIndex) -> ::core::option::Option<i64> {
///         if __column == __m::place_of(<Item as __m::Model>::META, <items::order_id as __m::Column>::NAME) {
///             return ::core::option::Option::Some(i64::from(self.order_id));
///         }
///         ..
///         ::core::option::Option::None
///     }
///     fn parent(
///         &self,
///         __relation: __m::RelationIndex,
///         __parents: &mut (dyn __m::AnyArena + 'static),
///     ) -> __m::Named {
///         if let ::core::option::Option::Some(__named) =
///             __m::named!(Item, items::order_id, &self.order_id, __relation, __parents)
///         {
///             return __named;
///         }
///         ..
///         __m::Named::Unknown
///     }
/// }
/// ```
pub(crate) fn description(new: &New) -> TokenStream {
    let New { name, model, .. } = new;
    let (impl_generics, ty_generics, where_clause) = new.generics.split_for_impl();
    let meta = meta(new);
    let id = arguments_for_good(new);
    let names: Vec<_> = new.fields.iter().map(|field| name_of(new, field)).collect();
    let left_out = new.fields.iter().enumerate().map(|(index, field)| {
        let member = &field.name;
        field.none_is_default.then(|| {
            quote! {
                if ::core::option::Option::is_none(&self.#member) {
                    __columns = __columns.with(__m::ColumnIndex::at(#index));
                }
            }
        })
    });
    let parts = new.fields.iter().map(|field| keep_part(new, field));
    let parents = new.fields.iter().map(|field| named(new, field));
    let integers = integers(new);
    quote! {
        #[automatically_derived]
        #[allow(single_use_lifetimes, reason = "the struct's lifetimes are its own matter")]
        impl #impl_generics __m::New for #name #ty_generics #where_clause {
            type Model = #model;
            type Id = #name #id;
            const COLUMNS: &'static [&'static ::core::primitive::str] = &[#(#names),*];
            const PLACES: &'static [__m::ColumnIndex] = &[#(__m::place_of(#meta, #names)),*];
            #[allow(unused_mut, reason = "nothing may be left out")]
            fn left_out(&self) -> __m::ColumnSet {
                let mut __columns = __m::ColumnSet::NONE;
                #(#left_out)*
                __columns
            }
            fn key(&self) -> ::core::option::Option<<#model as __m::Model>::Key> {
                let mut __parts = <<#model as __m::Model>::KeyParts as ::core::default::Default>::default();
                #(#parts)*
                <#model as __m::Model>::key_of(__parts)
            }
            #integers
            fn parent(
                &self,
                __relation: __m::RelationIndex,
                __parents: &mut (dyn __m::AnyArena + 'static),
            ) -> __m::Named {
                #(#parents)*
                __m::Named::Unknown
            }
        }
    }
}

/// The struct's arguments where they live forever.
fn arguments_for_good(new: &New) -> TokenStream {
    let lifetimes = new
        .generics
        .params
        .iter()
        .filter(|parameter| matches!(parameter, GenericParam::Lifetime(_)))
        .map(|_| Lifetime::new("'static", Span::call_site()));
    let lifetimes: Vec<_> = lifetimes.collect();
    if lifetimes.is_empty() {
        TokenStream::new()
    } else {
        quote!(<#(#lifetimes),*>)
    }
}

/// What tells the integers and truths as they are, whatever their type.
fn integers(new: &New) -> Option<TokenStream> {
    let meta = meta(new);
    let (mut places, mut arms) = (Vec::new(), Vec::new());
    for field in &new.fields {
        let (member, name, ty) = (&field.name, name_of(new, field), text(&field.ty));
        let plain = ty
            .strip_prefix("Option<")
            .and_then(|ty| ty.strip_suffix('>'));
        if !["i16", "i32", "i64", "bool"].contains(&plain.unwrap_or(&ty)) {
            continue;
        }
        let value = if plain.is_some() {
            quote!(::core::option::Option::map(self.#member, ::core::primitive::i64::from))
        } else {
            quote!(::core::option::Option::Some(::core::primitive::i64::from(self.#member)))
        };
        let place = quote!(__m::place_of(#meta, #name));
        arms.push(quote! {
            if __column == #place {
                return #value;
            }
        });
        places.push(place);
    }
    (!arms.is_empty()).then(|| {
        quote! {
            const INTEGERS: __m::ColumnSet = __m::columns_at(&[#(#places),*]);
            fn integer(&self, __column: __m::ColumnIndex) -> ::core::option::Option<::core::primitive::i64> {
                #(#arms)*
                ::core::option::Option::None
            }
        }
    })
}

/// A key that is null is given by the database.
fn keep_part(new: &New, field: &Field) -> TokenStream {
    let (model, column, member) = (
        &new.model,
        column_of(&new.table, &field.column),
        &field.name,
    );
    let span = at(field.ty.span());
    let keep =
        quote_spanned!(span=> __m::keep_part!(#model, #column, &self.#member, &mut __parts););
    unless_none(field.is_option, field, keep)
}

fn named(new: &New, field: &Field) -> TokenStream {
    let (model, column, member) = (
        &new.model,
        column_of(&new.table, &field.column),
        &field.name,
    );
    let find = quote_spanned! {at(field.ty.span())=>
        if let ::core::option::Option::Some(__named) =
            __m::named!(#model, #column, &self.#member, __relation, __parents)
        {
            return __named;
        }
    };
    unless_none(field.none_is_default, field, find)
}

fn unless_none(may_be_none: bool, field: &Field, code: TokenStream) -> TokenStream {
    let member = &field.name;
    if may_be_none {
        quote_spanned!(at(field.ty.span())=> if ::core::option::Option::is_some(&self.#member) { #code })
    } else {
        code
    }
}

/// ```text
/// impl __m::NewOn<__Backend> for NewItem<'a> {
///     fn bind<'__b>(
///         &'__b self,
///         __field: __m::ColumnIndex,
///         mut __out: ..,
///     ) -> __m::QueryResult<()> {
///         match __field.number() {
///             0usize => __out.push_bind_param::<__m::SqlTypeOf<items::order_id>, _>(&self.order_id),
///             1usize => match &self.note {
///                 ::core::option::Option::Some(__value) => {
///                     __out.push_bind_param::<__m::SqlTypeOf<items::note>, _>(__value)
///                 }
///                 ::core::option::Option::None => __m::no_such_column(),
///             },
///             _ => __m::no_such_column(),
///         }
///     }
///     __arrays! { new {
///         0usize [items::order_id] [__row => ::core::option::Option::Some(&__row.order_id)]
///         ..
///     } }
/// }
/// ```
pub(crate) fn bound(new: &New) -> TokenStream {
    let name = &new.name;
    let (impl_generics, ty_generics, where_clause) = new.generics.split_for_impl();
    let binds = new.fields.iter().enumerate().map(|(index, field)| {
        let (column, member) = (column_of(&new.table, &field.column), &field.name);
        let sql_type = quote!(__m::SqlTypeOf<#column>);
        let span = at(field.ty.span());
        if field.none_is_default {
            quote_spanned! {span=>
                #index => match &self.#member {
                    ::core::option::Option::Some(__value) => __out.push_bind_param::<#sql_type, _>(__value),
                    ::core::option::Option::None => __m::no_such_column(),
                },
            }
        } else {
            quote_spanned!(span=> #index => __out.push_bind_param::<#sql_type, _>(&self.#member),)
        }
    });
    let arrays = new.fields.iter().enumerate().map(|(index, field)| {
        let (column, member) = (column_of(&new.table, &field.column), &field.name);
        let span = at(field.ty.span());
        let value = if field.none_is_default {
            quote_spanned!(span=> ::core::option::Option::as_ref(&__row.#member))
        } else {
            quote_spanned!(span=> ::core::option::Option::Some(&__row.#member))
        };
        quote_spanned!(span=> #index [#column] [__row => #value])
    });
    quote! {
        #[automatically_derived]
        #[allow(single_use_lifetimes, reason = "the struct's lifetimes are its own matter")]
        impl #impl_generics __m::NewOn<__Backend> for #name #ty_generics #where_clause {
            fn bind<'__b>(
                &'__b self,
                __field: __m::ColumnIndex,
                mut __out: __m::AstPass<'_, '__b, __Backend>,
            ) -> __m::QueryResult<()> {
                match __field.number() {
                    #(#binds)*
                    _ => __m::no_such_column(),
                }
            }
            __arrays! { new { #(#arrays)* } }
        }
    }
}

/// What the compiler checks of a new row, at the table and at each field:
///
/// ```text
/// const _: () = __m::same_table::<items::table, <Item as __m::Model>::Table>();
/// const _: () = ::core::assert!(
///     !__m::maintains_column(<Item as __m::Model>::META, ..),
///     "`total_cents` is maintained ..",
/// );
/// ```
fn promises(new: &New) -> TokenStream {
    let New { model, table, .. } = new;
    let meta = meta(new);
    let fields = new.fields.iter().map(|field| {
        let name = name_of(new, field);
        let message = format!(
            "the column of `{}` is a maintained field of `{}`, which is computed and not inserted: leave the field out",
            field.name.unraw(),
            text(model),
        );
        quote_spanned! {at(field.name.span())=>
            const _: () = ::core::assert!(!__m::maintains_column(#meta, #name), #message);
        }
    });
    let same_table = quote_spanned! {at(table.span())=>
        const _: () = __m::same_table::<#table::table, <#model as __m::Model>::Table>();
    };
    quote! { #same_table #(#fields)* }
}

fn meta(new: &New) -> TokenStream {
    let model = &new.model;
    quote_spanned!(at(model.span())=> <#model as __m::Model>::META)
}

fn name_of(new: &New, field: &Field) -> TokenStream {
    let column = column_of(&new.table, &field.column);
    quote!(<#column as __m::Column>::NAME)
}
