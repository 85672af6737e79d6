//! What a block's setters read, hop by hop, and what calls them.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::arguments::Arguments;
use super::fields::Fields;
use super::hops::{Hop, Hops, Loaded, model_of, place, variable, via};
use super::{at, implementation, part};
use crate::ast::setters::{Keeps, Setter, Setters, respan};

/// The hops, as data, wave by wave: those of a wave start from what the wave before has read.
///
/// ```text
/// impl __m::Hops<__Backend> for Order {
///     fn wave(
///         __at: ::core::primitive::usize,
///         __targets: &__m::Targets<'_, Self>,
///         __loaded: &__m::Loaded,
///     ) -> __m::Wave<__Backend> {
///         match __at {
///             0usize => __m::Wave::from([(0usize, __m::children::<..>(&..)), ..]),
///             ..
///             _ => __m::Wave::new(),
///         }
///     }
/// }
/// ```
pub(crate) fn hops(hops: &Hops<'_>) -> TokenStream {
    let waves = hops.waves().into_iter().enumerate().map(|(at, wave)| {
        let loads = wave.into_iter().map(|index| {
            let load = load(hops, index);
            quote!((#index, #load))
        });
        quote!(#at => __m::Wave::from([#(#loads),*]),)
    });
    let wave = hops.hops.first().map(|_| {
        quote! {
            fn wave(
                __at: ::core::primitive::usize,
                __targets: &__m::Targets<'_, Self>,
                __loaded: &__m::Loaded,
            ) -> __m::Wave<__Backend> {
                match __at {
                    #(#waves)*
                    _ => __m::Wave::new(),
                }
            }
        }
    });
    implementation(
        hops.model,
        &quote!(__m::Hops<__Backend>),
        &wave.into_token_stream(),
    )
}

/// The calls, with what the hops have read as arguments:
///
/// ```text
/// fn run(
///     __batch: &mut __m::Batch<'_, Self>,
///     __loaded: &__m::Loaded,
/// ) -> ::core::result::Result<(), __m::Error> {
///     let __hop0 = __loaded.hop::<Item>(0usize);
///     ..
///     for __setter in __batch.order() {
///         match __setter.number() {
///             0usize => __batch.keep(__setter, ..)?,
///             ..
///             _ => {}
///         }
///     }
///     ::core::result::Result::Ok(())
/// }
/// ```
pub(crate) fn run(
    setters: &Setters,
    fields: &Fields<'_>,
    hops: &Hops<'_>,
    loaded: &[Vec<Loaded<'_>>],
) -> TokenStream {
    let read = hops.hops.iter().enumerate().map(|(index, hop)| {
        let span = place(hop.input);
        let (variable, row) = (variable(index, span), &hop.input.row);
        let row = respan(row.to_token_stream(), span);
        quote_spanned!(span=> let #variable = __loaded.hop::<#row>(#index);)
    });
    let arms = setters
        .setters
        .iter()
        .zip(loaded)
        .enumerate()
        .map(|(index, (setter, inputs))| {
            let keep = keep(setters, fields, setter, Arguments::of(hops), inputs);
            quote! { #index => #keep }
        });
    quote! {
        fn run(
            __batch: &mut __m::Batch<'_, Self>,
            __loaded: &__m::Loaded,
        ) -> ::core::result::Result<(), __m::Error> {
            #(#read)*
            for __setter in __batch.order() {
                match __setter.number() {
                    #(#arms)*
                    _ => {}
                }
            }
            ::core::result::Result::Ok(())
        }
    }
}

/// One hop, with what the hops after it need of each row:
///
/// ```text
/// __m::children::<__Backend, Item, Order, VIA, (__m::ForeignKey<__m::ModelOf<ProductName>, VIA>,)>(
///     &__targets.keys(3u64),
/// )
/// ```
fn load(hops: &Hops<'_>, index: usize) -> TokenStream {
    let hop = &hops.hops[index];
    let span = place(hop.input);
    let (row, start) = (&hop.input.row, hops.start(hop));
    // At one place the compiler reports a missing relation once, whatever else does not hold without it.
    let row = respan(row.to_token_stream(), span);
    let via = via(&start, hop.input);
    let (extras, starts) = (extras(hops, index), starts(hops, index));
    if hop.input.step.goes_to_children() {
        quote_spanned!(span=> __m::children::<__Backend, #row, #start, #via, #extras>(&#starts))
    } else {
        quote_spanned!(span=> __m::parents::<__Backend, #row, #extras>(&#starts))
    }
}

/// What the hops after a hop need of each of its rows: its key first, then a foreign key for each
/// hop to a parent.
fn extras(hops: &Hops<'_>, from: usize) -> TokenStream {
    let own_key = hops
        .next(from)
        .any(|(_, hop)| hop.input.step.goes_to_children());
    let own_key = own_key.then(|| quote!(__m::OwnKey,));
    let foreign_keys = to_parents(hops, from).map(|(_, hop)| {
        let (parent, via) = (model_of(hop.input), via(&hops.start(hop), hop.input));
        quote_spanned!(place(hop.input)=> __m::ForeignKey<#parent, #via>,)
    });
    // A relation that is missing is reported at its own hop, and once more at the tuple unless that has the same place.
    let first = to_parents(hops, from).next();
    let hop = first.map_or(&hops.hops[from], |(_, hop)| hop);
    quote_spanned!(place(hop.input)=> (#own_key #(#foreign_keys)*))
}

fn to_parents<'h, 's>(
    hops: &'h Hops<'s>,
    from: usize,
) -> impl Iterator<Item = (usize, &'h Hop<'s>)> {
    hops.next(from)
        .filter(|(_, hop)| !hop.input.step.goes_to_children())
}

/// The keys that a hop starts from: of the batch, for the setters that take the hop, or of all rows
/// of another hop.
///
/// ```text
/// __targets.keys(3u64)
/// __targets.parents::<__m::ModelOf<Customer>, VIA>(2u64)
/// __loaded.keys(0usize)
/// __loaded.foreign_keys(0usize, __m::ColumnIndex::at(1usize))
/// ```
fn starts(hops: &Hops<'_>, index: usize) -> TokenStream {
    let hop = &hops.hops[index];
    let span = place(hop.input);
    let (to_children, mask) = (hop.input.step.goes_to_children(), hop.setters);
    let Some(from) = hop.from else {
        if to_children {
            return quote_spanned!(span=> __targets.keys(#mask));
        }
        let (parent, via) = (model_of(hop.input), via(&hops.start(hop), hop.input));
        return quote_spanned!(span=> __targets.parents::<#parent, #via>(#mask));
    };
    if to_children {
        return quote_spanned!(span=> __loaded.keys(#from));
    }
    let has_own_key = hops
        .next(from)
        .any(|(_, hop)| hop.input.step.goes_to_children());
    let before = to_parents(hops, from)
        .take_while(|(other, _)| *other != index)
        .count();
    let at = usize::from(has_own_key) + before;
    quote_spanned!(span=> __loaded.foreign_keys(#from, __m::ColumnIndex::at(#at)))
}

/// One setter's arm:
///
/// ```text
/// __batch.keep(
///     __setter,
///     |__row, __at| {
///         __m::Output::<<Order as __m::MaintainedField<__FIELD1>>::Type>::into_output(<Order>::label(
///             __row,
///             __hop2.links.one(&__hop2.rows, __at)?,
///             __hop0.links.slice(&__tuples0, __at),
///         ))
///         .map_err(__m::Problem::Setter)
///     },
///     |__row, __value| <Order as __m::MaintainedField<__FIELD1>>::set(__row, __value),
/// )?,
/// ```
fn keep(
    setters: &Setters,
    fields: &Fields<'_>,
    setter: &Setter,
    mut arguments: Arguments<'_>,
    inputs: &[Loaded<'_>],
) -> TokenStream {
    let (model, name) = (&setters.model, &setter.name);
    // All but the call has the place of the field, and the call that of the return type: a mistake in one of them is
    // reported there.
    let place_of_call = at(setter.output.span());
    let own = setter
        .own
        .as_ref()
        .map(|_| quote_spanned!(place_of_call=> __row,));
    let lent: Vec<_> = inputs.iter().map(|input| arguments.lend(input)).collect();
    let function = respan(quote!(<#model>::#name), place_of_call);
    let call = quote_spanned!(place_of_call=> #function(#own #(#lent),*));
    let (ty, assign) = kept(model, fields, &setter.keeps);
    let keep = quote_spanned! {at(setter.keeps.fields()[0].span())=>
        __batch.keep(
            __setter,
            |__row, __at| __m::Output::<#ty>::into_output(#call).map_err(__m::Problem::Setter),
            |__row, __value| #assign,
        )?
    };
    let tuples = arguments.tuples;
    if tuples.is_empty() {
        quote!(#keep,)
    } else {
        quote!({ #tuples #keep; })
    }
}

/// The type of the value that a setter keeps, and what puts it into the row.
fn kept(model: &Type, fields: &Fields<'_>, keeps: &Keeps) -> (TokenStream, TokenStream) {
    let implementation = |field: &Ident| fields.implementation(model, field);
    let field_type = |field: &Ident| {
        let implementation = implementation(field);
        quote_spanned!(at(field.span())=> #implementation::Type)
    };
    match keeps {
        Keeps::One(field) => {
            let implementation = implementation(field);
            let set = quote_spanned!(at(field.span())=> #implementation::set(__row, __value));
            (field_type(field), set)
        }
        Keeps::Several(several) => {
            let span = at(several[0].span());
            let types = several.iter().map(field_type);
            let sets = several.iter().enumerate().map(|(index, field)| {
                let span = at(field.span());
                let (implementation, part) = (implementation(field), part(index, span));
                quote_spanned!(span=> #implementation::set(__row, __value.#part))
            });
            let set = quote_spanned!(span=> __m::ColumnSet::NONE #(.union(#sets))*);
            (quote_spanned!(span=> (#(#types,)*)), set)
        }
    }
}
