//! `#[derive(Maintained)]`: a model's description and its fields.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::keys::{key_columns, key_of, key_parts, key_ref, key_type, key_value};
use super::maintained_fields::{maintained, maintained_field, promises};
use super::relations::references;
use super::wrap::{in_private, on_backends};
use super::{at, column_of, declared, stored};
use crate::ast::model::{Model, Relation};
use crate::ast::row_struct::text;
use crate::ast::setters::respan;

/// Emits all of a model's code.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let description = description(model);
    let (promises, declared) = (promises(model), declared::promises(model));
    let stored = stored::model(model);
    let registration = registration(model);
    let on_backends = on_backends(&model.backends, &quote! { #stored #registration });
    in_private(&quote! { #description #promises #declared #on_backends })
}

/// Emits what is known of a model whatever the database.
pub(crate) fn description(model: &Model) -> TokenStream {
    let row = row(model);
    let key_ref = key_ref(model);
    let key_columns = key_columns(model);
    let relations = model
        .relations
        .iter()
        .enumerate()
        .map(|(index, relation)| references(model, index, relation));
    let fields = maintained(model).map(|(index, field)| maintained_field(model, index, field));
    quote! { #row #key_ref #key_columns #(#relations)* #(#fields)* }
}

/// ```text
/// impl __m::Row for Order {
///     type Model = Self;
///     const COLUMNS: __m::ColumnSet = __m::ColumnSet::ALL;
///     const NAME: &'static str = "Order";
///     const IS_MODEL: bool = true;
/// }
/// impl __m::Model for Order {
///     type Table = orders::table;
///     type Key = i32;
///     type KeyParts = (::core::option::Option<i32>,);
///     const META: &'static __m::ModelMeta = &__m::ModelMeta { .. };
///     fn key(&self) -> i32 {
///         ::core::clone::Clone::clone(&self.id)
///     }
///     fn key_of(__parts: (::core::option::Option<i32>,)) -> ::core::option::Option<i32> {
///         __parts.0
///     }
///     fn differences(&self, __other: &Self) -> __m::ColumnSet {
///         let mut __columns = __m::ColumnSet::NONE;
///         if !__m::same!(self.id, __other.id) {
///             __columns = __columns.with(__m::ColumnIndex::at(0usize));
///         }
///         ..
///         __columns
///     }
///     fn integer(&self, __column: __m::ColumnIndex) -> ::core::option::Option<i64> {
///         match __column.number() {
///             0usize => ::core::option::Option::Some(i64::from(self.id)),
///             ..
///             _ => ::core::option::Option::None,
///         }
///     }
///     fn parent_id(&self, ..) -> ::core::option::Option<u32> {
///         match __relation.number() {
///             0usize => __m::parent_id::<Self, Customer, orders::customer_id>(self, __parents),
///             _ => ::core::option::Option::None,
///         }
///     }
/// }
/// ```
fn row(model: &Model) -> TokenStream {
    let Model { name, table, .. } = model;
    let text = name.unraw().to_string();
    let meta = meta(model);
    let key = key_type(model);
    let (key_value, key_parts, key_of) = (key_value(model), key_parts(model), key_of(model));
    let differences = model.fields.iter().enumerate().map(|(index, field)| {
        let member = &field.name;
        quote_spanned! {at(field.ty.span())=>
            if !__m::same!(self.#member, __other.#member) {
                __columns = __columns.with(__m::ColumnIndex::at(#index));
            }
        }
    });
    let integers = integers(model);
    let parent_ids = model.relations.iter().enumerate().map(|(index, relation)| {
        let (parent, via) = (&relation.parent, column_of(table, &relation.column));
        quote! { #index => __m::parent_id::<Self, #parent, #via>(self, __parents), }
    });
    quote! {
        #[automatically_derived]
        impl __m::Row for #name {
            type Model = Self;
            const COLUMNS: __m::ColumnSet = __m::ColumnSet::ALL;
            const NAME: &'static ::core::primitive::str = #text;
            const IS_MODEL: ::core::primitive::bool = true;
        }
        #[automatically_derived]
        impl __m::Model for #name {
            type Table = #table::table;
            type Key = #key;
            type KeyParts = #key_parts;
            const META: &'static __m::ModelMeta = #meta;
            fn key(&self) -> #key {
                #key_value
            }
            fn key_of(__parts: #key_parts) -> ::core::option::Option<#key> {
                #key_of
            }
            fn differences(&self, __other: &Self) -> __m::ColumnSet {
                let mut __columns = __m::ColumnSet::NONE;
                #(#differences)*
                __columns
            }
            #integers
            fn parent_id(
                &self,
                __relation: __m::RelationIndex,
                __parents: &mut (dyn __m::AnyArena + 'static),
            ) -> ::core::option::Option<::core::primitive::u32> {
                match __relation.number() {
                    #(#parent_ids)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    }
}

/// What reads the model's integers and truths as they are, whatever their type.
fn integers(model: &Model) -> Option<TokenStream> {
    let arms: Vec<TokenStream> = model
        .fields
        .iter()
        .enumerate()
        .filter_map(|(index, field)| {
            let (member, ty) = (&field.name, text(&field.ty));
            let plain = ty.strip_prefix("Option<").and_then(|ty| ty.strip_suffix('>'));
            if !["i16", "i32", "i64", "bool"].contains(&plain.unwrap_or(&ty)) {
                return None;
            }
            Some(if plain.is_some() {
                quote! { #index => self.#member.map(::core::primitive::i64::from), }
            } else {
                quote! { #index => ::core::option::Option::Some(::core::primitive::i64::from(self.#member)), }
            })
        })
        .collect();
    (!arms.is_empty()).then(|| {
        quote! {
            fn integer(&self, __column: __m::ColumnIndex) -> ::core::option::Option<::core::primitive::i64> {
                match __column.number() {
                    #(#arms)*
                    _ => ::core::option::Option::None,
                }
            }
        }
    })
}

/// ```text
/// &__m::ModelMeta {
///     name: "Order",
///     table: "orders",
///     columns: __m::TiSlice::from_ref(&[
///         __m::ColumnMeta {
///             field: "id",
///             name: <orders::id as __m::Column>::NAME,
///             maintained: false,
///             declared: false,
///             unique: false,
///             saved: true,
///             kind: __m::kind::<__m::SqlTypeOf<orders::id>, i32>,
///             array: || __m::is_array!(orders::id),
///         },
///         ..
///     ]),
///     key: &[__m::ColumnIndex::at(0usize)],
///     relations: __m::TiSlice::from_ref(&[
///         __m::RelationMeta {
///             parent: __m::type_id::<Customer>,
///             column: __m::ColumnIndex::at(1usize),
///         },
///     ]),
/// }
/// ```
fn meta(model: &Model) -> TokenStream {
    let Model {
        name, table, key, ..
    } = model;
    let name = name.unraw().to_string();
    let table_name = table
        .segments
        .last()
        .map(|last| last.ident.unraw().to_string());
    let columns = model.fields.iter().map(|field| {
        let column = column_of(table, &field.column);
        let text = field.text();
        let maintained = field.mark.is_some();
        let mark = field.mark.as_ref();
        let declared = mark.is_some_and(|mark| mark.declared.is_some());
        let unique = mark.is_some_and(|mark| mark.unique);
        let saved = !field.diesel.skip_update;
        let ty = &field.ty;
        quote! {
            __m::ColumnMeta {
                field: #text,
                name: <#column as __m::Column>::NAME,
                maintained: #maintained,
                declared: #declared,
                unique: #unique,
                saved: #saved,
                kind: __m::kind::<__m::SqlTypeOf<#column>, #ty>,
                array: || __m::is_array!(#column),
            }
        }
    });
    let relations = model.relations.iter().map(|relation| {
        let Relation { parent, field, .. } = relation;
        quote! {
            __m::RelationMeta {
                parent: __m::type_id::<#parent>,
                column: __m::ColumnIndex::at(#field),
            }
        }
    });
    quote! {
        &__m::ModelMeta {
            name: #name,
            table: #table_name,
            columns: __m::TiSlice::from_ref(&[#(#columns),*]),
            key: &[#(__m::ColumnIndex::at(#key)),*],
            relations: __m::TiSlice::from_ref(&[#(#relations),*]),
        }
    }
}

/// ```text
/// __m::submit! {
///     __m::Registration::<__Backend>::new::<Order>(&[
///         __m::RelationOps::<__Backend>::new::<Order, Customer, orders::customer_id>(),
///     ])
///     .with_setters(__m::setters_of!(Order))
/// }
/// ```
fn registration(model: &Model) -> TokenStream {
    let Model { name, table, .. } = model;
    let relations = model
        .relations
        .iter()
        .map(|Relation { parent, column, .. }| {
            let span = at(parent.span());
            let via = respan(column_of(table, column), span);
            quote_spanned! {span=>
                __m::RelationOps::<__Backend>::new::<#name, #parent, #via>()
            }
        });
    let declared = declared::registration(model);
    let setters = maintained(model)
        .next()
        .map(|_| quote_spanned!(at(name.span())=> .with_setters(__m::setters_of!(#name))));
    quote! {
        __m::submit! {
            __m::Registration::<__Backend>::new::<#name>(&[#(#relations),*]) #setters #declared
        }
    }
}
