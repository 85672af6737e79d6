//! `#[maintained::buffer_autoupdates]` and its siblings.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::at;
use crate::ast::scope::{Mode, ScopeFunction};
use crate::attr::scope::ScopeArguments;

/// Emits the function, with its body in a scope:
///
/// ```text
/// fn load(&self, conn: &mut Conn) -> Result<Report, LoadError> {
///     ::maintained::Scope::buffered()
///         .except(["names"])
///         .disable_if(self.dry_run)
///         .run(conn, |conn: &mut _| -> Result<Report, LoadError> { BODY })
/// }
/// ```
///
/// The body of an async function becomes an async closure, and its scope is awaited:
///
/// ```text
/// async fn load(conn: &mut Conn) -> Result<Report, LoadError> {
///     ::maintained::Scope::buffered()
///         .run_async(conn, async |conn: &mut Conn| -> Result<Report, LoadError> { BODY })
///         .await
/// }
/// ```
pub(crate) fn expand(mode: Mode, scope: ScopeFunction) -> TokenStream {
    let ScopeFunction {
        arguments,
        function,
        connection,
        connection_type,
        output,
    } = scope;
    let ScopeArguments {
        only,
        except,
        only_fields,
        except_fields,
        disable_if,
        with,
        retries,
        ..
    } = arguments;
    let (attributes, visibility, signature, body) = (
        &function.attrs,
        &function.vis,
        &function.sig,
        &function.block,
    );
    let span = at(output.span());
    let mode = Ident::new(mode.text(), span);
    let only = only.map(|labels| quote_spanned!(span=> .only([#(#labels),*])));
    let except = except.map(|labels| quote_spanned!(span=> .except([#(#labels),*])));
    let only_fields = only_fields.map(|fields| quote_spanned!(span=> .only_fields([#(#fields),*])));
    let except_fields =
        except_fields.map(|fields| quote_spanned!(span=> .except_fields([#(#fields),*])));
    let disable_if = disable_if.map(|condition| quote_spanned!(span=> .disable_if(#condition)));
    let with = with
        .iter()
        .map(|value| quote_spanned!(span=> .with(#value)));
    let retries = retries.map(|count| quote_spanned!(span=> .retries(#count)));
    let name = &connection.ident;
    let call = if signature.asyncness.is_some() {
        // An async closure is of one type of connection: Rust cannot tell which it is from the call.
        quote_spanned! {span=>
            .run_async(#name, async |#connection: #connection_type| -> #output #body).await
        }
    } else {
        quote_spanned!(span=> .run(#name, |#connection: &mut _| -> #output #body))
    };
    let run = quote_spanned! {span=>
        ::maintained::Scope::#mode() #only #except #only_fields #except_fields #disable_if #(#with)* #retries
            #call
    };
    quote! {
        #(#attributes)*
        #visibility #signature {
            #run
        }
    }
}

impl Mode {
    /// The function of a scope that has the mode.
    fn text(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Buffered => "buffered",
            Self::Disabled => "disabled",
        }
    }
}
