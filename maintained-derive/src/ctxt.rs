//! Where mistakes are collected.

use std::cell::RefCell;
use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far, each at its token.
#[derive(Default)]
pub(crate) struct Ctxt {
    errors: RefCell<Vec<syn::Error>>,
}

impl Ctxt {
    /// Reports a mistake at some tokens.
    pub(crate) fn error(&self, at: impl ToTokens, message: impl Display) {
        self.report(syn::Error::new_spanned(at, message));
    }

    /// Reports an error that `syn` has found, or that carries its place with it.
    pub(crate) fn report(&self, error: syn::Error) {
        self.errors.borrow_mut().push(error);
    }

    /// What was read, if it could be read.
    pub(crate) fn take<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.report(error)).ok()
    }

    /// Whether no mistake was found; otherwise the code that reports them all.
    pub(crate) fn finish(self) -> Result<(), TokenStream> {
        let errors = self.errors.into_inner();
        if errors.is_empty() {
            return Ok(());
        }
        Err(errors.iter().map(syn::Error::to_compile_error).collect())
    }
}
