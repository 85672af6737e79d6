//! A model's foreign keys.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, column_of};
use crate::ast::model::{Model, Relation};
use crate::ast::row_struct::Field;

/// ```text
/// impl __m::References<Customer, orders::customer_id> for Order {
///     type Column = orders::customer_id;
///     const INDEX: __m::RelationIndex = __m::RelationIndex::at(0usize);
///     const NULLABLE: bool = __m::is_nullable::<orders::customer_id>();
///     fn foreign_key(&self) -> ::core::option::Option<&<Customer as __m::Model>::Key> {
///         <i32 as __m::ForeignKeyField<<Customer as __m::Model>::Key>>::as_key(&self.customer_id)
///     }
/// }
/// impl __m::ForeignKeyColumn<orders::customer_id> for Order {
///     type Parent = Customer;
///     const RELATION: __m::RelationIndex = __m::RelationIndex::at(0usize);
/// }
/// impl __m::BelongsTo<Customer> for Order {
///     type Via = orders::customer_id;
/// }
/// impl __m::BelongsFurther<Customer> for Order {
///     type Via = orders::customer_id;
/// }
/// ```
pub(crate) fn references(model: &Model, index: usize, relation: &Relation) -> TokenStream {
    let name = &model.name;
    let Relation {
        parent,
        column,
        field,
        obvious,
    } = relation;
    let via = column_of(&model.table, column);
    let Field {
        name: member, ty, ..
    } = &model.fields[*field];
    let key = quote_spanned!(at(parent.span())=> <#parent as __m::Model>::Key);
    let as_key =
        quote_spanned!(at(ty.span())=> <#ty as __m::ForeignKeyField<#key>>::as_key(&self.#member));
    let belongs_to = obvious.then(|| {
        quote! {
            #[automatically_derived]
            impl __m::BelongsTo<#parent> for #name {
                type Via = #via;
            }
            #[automatically_derived]
            impl __m::BelongsFurther<#parent> for #name {
                type Via = #via;
            }
        }
    });
    quote! {
        #[automatically_derived]
        impl __m::References<#parent, #via> for #name {
            type Column = #via;
            const INDEX: __m::RelationIndex = __m::RelationIndex::at(#index);
            const NULLABLE: ::core::primitive::bool = __m::is_nullable::<#via>();
            fn foreign_key(&self) -> ::core::option::Option<&#key> {
                #as_key
            }
        }
        #[automatically_derived]
        impl __m::ForeignKeyColumn<#via> for #name {
            type Parent = #parent;
            const RELATION: __m::RelationIndex = __m::RelationIndex::at(#index);
        }
        #belongs_to
    }
}
