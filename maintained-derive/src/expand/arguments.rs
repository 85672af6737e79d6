//! A setter's arguments, lent from the rows that the hops have loaded.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::hops::{Hops, Loaded, place, variable};
use crate::ast::input::Step;

/// Builds the arguments of one setter.
pub(crate) struct Arguments<'s> {
    pub(crate) hops: &'s Hops<'s>,
    /// The statements that make the tuples which arguments are taken from.
    pub(crate) tuples: TokenStream,
    count: usize,
}

impl<'s> Arguments<'s> {
    pub(crate) fn of(hops: &'s Hops<'s>) -> Self {
        Self {
            hops,
            tuples: TokenStream::new(),
            count: 0,
        }
    }

    /// The argument for the row at `__at`, by its form:
    ///
    /// ```text
    /// __hop0.links.one(&__hop0.rows, __at)?               // &P
    /// __hop0.links.maybe(&__hop0.rows, __at)              // Option<&P>
    /// __hop0.links.slice(&__hop0.rows, __at)              // &[C]
    /// __hop0.links.only(&__hop0.rows, __at)?              // #[child] Option<&C>
    /// *__hop0.links.one(&__tuples0, __at)?                // (&P, ..)
    /// __hop0.links.maybe(&__tuples0, __at).copied()       // Option<(&P, ..)>
    /// ```
    pub(crate) fn lend(&mut self, loaded: &Loaded<'_>) -> TokenStream {
        let span = place(loaded.input);
        let hop = variable(loaded.hop, span);
        let items = match &loaded.inner {
            None => quote_spanned!(span=> #hop.rows),
            Some(inner) => {
                let tuples = self.make_tuples(loaded, inner);
                quote_spanned!(span=> #tuples)
            }
        };
        let copied = loaded
            .inner
            .as_ref()
            .map(|_| quote_spanned!(span=> .copied()));
        match loaded.input.step {
            Step::Parent if loaded.inner.is_some() => {
                quote_spanned!(span=> *#hop.links.one(&#items, __at)?)
            }
            Step::Parent => quote_spanned!(span=> #hop.links.one(&#items, __at)?),
            Step::OptionalParent => quote_spanned!(span=> #hop.links.maybe(&#items, __at)#copied),
            Step::Children => quote_spanned!(span=> #hop.links.slice(&#items, __at)),
            Step::OnlyChild => quote_spanned!(span=> #hop.links.only(&#items, __at)?#copied),
        }
    }

    /// Makes the tuples of the rows of a hop and their own inputs, after the tuples that those
    /// need:
    ///
    /// ```text
    /// let __tuples0 = __hop0
    ///     .arguments(|__at, __row| ::core::result::Result::Ok((__row, __hop1.links.one(&__hop1.rows, __at)?)))
    ///     .map_err(|(__problem, __at)| __batch.blame(__setter, __problem, __at, &[&__hop0.links]))?;
    /// ```
    fn make_tuples(&mut self, loaded: &Loaded<'_>, inner: &[Loaded<'_>]) -> Ident {
        let elements: Vec<_> = inner.iter().map(|inner| self.lend(inner)).collect();
        let span = place(loaded.input);
        let hop = variable(loaded.hop, span);
        let tuples = format_ident!("__tuples{}", self.count, span = span);
        self.count += 1;
        let trail = self.hops.trail(loaded.hop).map(|hop| {
            let hop = variable(hop, span);
            quote!(&#hop.links)
        });
        self.tuples.extend(quote_spanned! {span=>
            let #tuples = #hop
                .arguments(|__at, __row| ::core::result::Result::Ok((__row, #(#elements,)*)))
                .map_err(|(__problem, __at)| __batch.blame(__setter, __problem, __at, &[#(#trail),*]))?;
        });
        tuples
    }
}
