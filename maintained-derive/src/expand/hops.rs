//! The hops of a block's inputs: a tree, each of whose edges is loaded once for all setters that
//! take it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::at;
use crate::ast::input::{Input, Step};
use crate::ast::setters::Setters;
use crate::ast::setters::respan;

/// All hops of a block; each stands behind the one that it starts from.
pub(crate) struct Hops<'s> {
    pub(crate) model: &'s Type,
    pub(crate) hops: Vec<Hop<'s>>,
}

/// A step from the rows of a batch, or of another hop, to other rows.
pub(crate) struct Hop<'s> {
    /// The hop that it starts from; `None` where it starts from the batch.
    pub(crate) from: Option<usize>,
    /// An input that it loads.
    pub(crate) input: &'s Input,
    /// The setters that take it, as a bit mask.
    pub(crate) setters: u64,
}

/// An input, and the hop that loads it.
pub(crate) struct Loaded<'s> {
    pub(crate) input: &'s Input,
    pub(crate) hop: usize,
    pub(crate) inner: Option<Vec<Loaded<'s>>>,
}

impl<'s> Hops<'s> {
    /// The hops of a block, and for each setter what loads its inputs.
    pub(crate) fn of(setters: &'s Setters) -> (Self, Vec<Vec<Loaded<'s>>>) {
        let mut hops = Self {
            model: &setters.model,
            hops: Vec::new(),
        };
        let loaded = setters.setters.iter().enumerate().map(|(index, setter)| {
            let inputs = setter.inputs.iter();
            inputs
                .map(|input| hops.load(None, input, 1 << index))
                .collect()
        });
        let loaded = loaded.collect();
        (hops, loaded)
    }

    fn load(&mut self, from: Option<usize>, input: &'s Input, setter: u64) -> Loaded<'s> {
        let known = self
            .hops
            .iter()
            .position(|hop| hop.from == from && is_same(hop.input, input));
        let hop = known.unwrap_or_else(|| {
            self.hops.push(Hop {
                from,
                input,
                setters: 0,
            });
            self.hops.len() - 1
        });
        self.hops[hop].setters |= setter;
        let inner = input.inner.as_ref().map(|inner| {
            let inputs = inner.iter();
            inputs
                .map(|input| self.load(Some(hop), input, setter))
                .collect()
        });
        Loaded { input, hop, inner }
    }

    /// The hops that start from a hop.
    pub(crate) fn next(&self, from: usize) -> impl Iterator<Item = (usize, &Hop<'s>)> {
        self.hops
            .iter()
            .enumerate()
            .filter(move |(_, hop)| hop.from == Some(from))
    }

    /// The numbers of the hops that start from the batch, then of those that start from these, and
    /// so on.
    pub(crate) fn waves(&self) -> Vec<Vec<usize>> {
        let mut waves = Vec::new();
        for at in 0..self.hops.len() {
            let depth = self.trail(at).count();
            waves.resize_with(depth.max(waves.len()), Vec::new);
            waves[depth - 1].push(at);
        }
        waves
    }

    /// A hop, the hop that it starts from, and so on, up to the batch.
    pub(crate) fn trail(&self, hop: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(hop), |&hop| self.hops[hop].from)
    }

    /// The model that a hop starts from.
    pub(crate) fn start(&self, hop: &Hop<'_>) -> TokenStream {
        hop.from.map_or_else(
            || self.model.to_token_stream(),
            |from| model_of(self.hops[from].input),
        )
    }
}

/// Whether two inputs are loaded by the same statement.
fn is_same(left: &Input, right: &Input) -> bool {
    let text = |tokens: &dyn Fn(&Input) -> TokenStream, input| tokens(input).to_string();
    let same = |tokens: &dyn Fn(&Input) -> TokenStream| text(tokens, left) == text(tokens, right);
    left.step.goes_to_children() == right.step.goes_to_children()
        && same(&|input| input.row.to_token_stream())
        && same(&|input| input.via.to_token_stream())
}

impl Step {
    pub(crate) fn goes_to_children(self) -> bool {
        matches!(self, Self::Children | Self::OnlyChild)
    }
}

/// The variable with a hop's rows.
pub(crate) fn variable(hop: usize, span: Span) -> Ident {
    format_ident!("__hop{hop}", span = span)
}

/// The model of an input's rows.
pub(crate) fn model_of(input: &Input) -> TokenStream {
    let row = &input.row;
    quote_spanned!(at(row.span())=> __m::ModelOf<#row>)
}

/// The place of a hop in the user's code: its row, since a place of several tokens is only its
/// first.
pub(crate) fn place(input: &Input) -> Span {
    at(input.row.span())
}

/// The column of the foreign key that an input follows from the rows of a model.
///
/// A column that was named is asked of its relation, so that one that is no foreign key is reported
/// there and nowhere else.
pub(crate) fn via(start: &TokenStream, input: &Input) -> TokenStream {
    let Some(column) = &input.via else {
        return via_by(&quote!(BelongsTo), start, input);
    };
    let reference = reference(start, input);
    quote_spanned!(at(column.span())=> #reference::Column)
}

/// The column as it was named, or as a trait says that is the obvious one.
fn via_by(obvious: &TokenStream, start: &TokenStream, input: &Input) -> TokenStream {
    if let Some(column) = &input.via {
        return quote!(#column);
    }
    let (child, parent) = ends(start, input);
    let obvious = respan(obvious.clone(), place(input));
    quote_spanned!(place(input)=> <#child as __m::#obvious<#parent>>::Via)
}

/// The foreign key that an input follows, as an implementation of the child's.
pub(crate) fn reference(start: &TokenStream, input: &Input) -> TokenStream {
    reference_by(&quote!(BelongsTo), start, input)
}

/// The foreign key that a rule follows from rows that it goes through to their children.
pub(crate) fn further_reference(start: &TokenStream, input: &Input) -> TokenStream {
    reference_by(&quote!(BelongsFurther), start, input)
}

fn reference_by(obvious: &TokenStream, start: &TokenStream, input: &Input) -> TokenStream {
    let via = via_by(obvious, start, input);
    let (child, parent) = ends(start, input);
    let span = input
        .via
        .as_ref()
        .map_or_else(|| place(input), |column| at(column.span()));
    let child = respan(child, span);
    quote_spanned!(span=> <#child as __m::References<#parent, #via>>)
}

/// The child and the parent of the relation that an input follows.
fn ends(start: &TokenStream, input: &Input) -> (TokenStream, TokenStream) {
    let (start, row) = (respan(start.clone(), place(input)), model_of(input));
    if input.step.goes_to_children() {
        (row, start)
    } else {
        (start, row)
    }
}
