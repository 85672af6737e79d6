//! The rules of functions that run in a scope.

use quote::ToTokens;
use syn::Type;
use syn::visit::{self, Visit};

use crate::ast::scope::ScopeFunction;
use crate::ctxt::Ctxt;

/// Checks a function.
pub(crate) fn check(ctxt: &Ctxt, scope: &ScopeFunction) {
    let signature = &scope.function.sig;
    if signature.asyncness.is_some() && !matches!(scope.connection_type, Type::Reference(_)) {
        let name = &scope.connection.ident;
        ctxt.error(
            &scope.connection_type,
            format!("the body becomes an async closure, which is lent the connection: write `{name}: &mut ..`"),
        );
    }
    if let Some(word) = &signature.constness {
        ctxt.error(
            word,
            "a scope is a transaction, which no constant can hold: take `const` off",
        );
    }
    Opaque { ctxt }.visit_type(&scope.output);
}

/// Finds `impl Trait`, which a closure cannot return.
struct Opaque<'c> {
    ctxt: &'c Ctxt,
}

impl<'ast> Visit<'ast> for Opaque<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        if let Type::ImplTrait(opaque) = ty {
            let message = "the body becomes a closure, which returns no `impl` type: write the type, or a `Box<dyn ..>`";
            self.ctxt.error(opaque.to_token_stream(), message);
        }
        visit::visit_type(self, ty);
    }
}
