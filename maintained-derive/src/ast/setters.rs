//! A setters block: the `impl` under `#[maintained::setters]`.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    FnArg, ImplItem, ImplItemFn, ItemImpl, LitStr, Pat, PatType, Receiver, ReturnType, Signature,
    Type,
};

use super::input::{Input, strip};
use super::own_columns::Columns;
use crate::attr::setter::{Fields, ParameterAttributes, SetterAttribute};
use crate::ctxt::Ctxt;
use crate::definition;

/// A model's setters.
pub(crate) struct Setters {
    pub(crate) model: Type,
    pub(crate) setters: Vec<Setter>,
}

/// A function that keeps a maintained field, or several.
pub(crate) struct Setter {
    pub(crate) name: Ident,
    pub(crate) keeps: Keeps,
    pub(crate) labels: Vec<LitStr>,
    /// The columns of its own row that it reads; `None` where it does not take `&self`.
    pub(crate) own: Option<Columns>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) output: Type,
    /// What the source code tells of its definition, as a number.
    pub(crate) definition: u64,
}

/// What a setter's value is for.
pub(crate) enum Keeps {
    One(Ident),
    /// The setter returns a tuple.
    Several(Vec<Ident>),
}

impl Keeps {
    pub(crate) fn fields(&self) -> &[Ident] {
        match self {
            Self::One(field) => std::slice::from_ref(field),
            Self::Several(fields) => fields,
        }
    }
}

impl Setters {
    /// Reads a block and takes our attributes off it.
    ///
    /// `None` where it is no block of setters at all; a setter that cannot be read is left out.
    pub(crate) fn read(ctxt: &Ctxt, block: &mut ItemImpl) -> Option<Self> {
        let model = model(ctxt, block);
        let mut setters = Vec::new();
        for item in &mut block.items {
            let ImplItem::Fn(function) = item else {
                continue;
            };
            if let Some(attribute) = SetterAttribute::take(ctxt, &mut function.attrs) {
                setters.extend(Setter::read(ctxt, function, attribute));
            }
        }
        let model = model?;
        for setter in &mut setters {
            setter
                .inputs
                .iter_mut()
                .for_each(|input| name_self(input, &model));
        }
        Some(Self { model, setters })
    }
}

/// The model that a block is for.
fn model(ctxt: &Ctxt, block: &ItemImpl) -> Option<Type> {
    if let Some((_, path, _)) = &block.trait_ {
        ctxt.error(path, "setters are functions of the model itself: write `#[maintained::setters] impl Model { .. }`");
        return None;
    }
    let generic = match strip(&block.self_ty) {
        Type::Path(path) => path
            .path
            .segments
            .iter()
            .any(|segment| !segment.arguments.is_none()),
        _ => true,
    };
    if generic || !block.generics.params.is_empty() || block.generics.where_clause.is_some() {
        ctxt.error(&block.self_ty, "a model has no generics and no lifetimes: write `#[maintained::setters] impl Model { .. }`");
        return None;
    }
    Some(strip(&block.self_ty).clone())
}

impl Setter {
    fn read(ctxt: &Ctxt, function: &mut ImplItemFn, attribute: SetterAttribute) -> Option<Self> {
        plain(ctxt, function);
        let body = function.block.to_token_stream();
        let signature = &mut function.sig;
        let output = output(ctxt, signature);
        let mut own = None;
        let mut inputs = Some(Vec::new());
        for parameter in &mut signature.inputs {
            match parameter {
                FnArg::Receiver(receiver) => {
                    borrows(ctxt, receiver);
                    own = Some(Columns::used(
                        &Ident::new("self", Span::call_site()),
                        body.clone(),
                    ));
                }
                FnArg::Typed(parameter) => {
                    let input = input(ctxt, parameter, &body);
                    inputs = inputs.zip(input).map(|(mut inputs, input)| {
                        inputs.push(input);
                        inputs
                    });
                }
            }
        }
        let name = signature.ident.clone();
        let keeps = match attribute.fields {
            Fields::Own => Keeps::One(name.clone()),
            Fields::Named(field) => Keeps::One(field),
            Fields::Several(fields) => Keeps::Several(fields),
        };
        let several = match &keeps {
            Keeps::One(_) => &[],
            Keeps::Several(fields) => &**fields,
        };
        let definition =
            definition::of_setter(signature, &function.block, several, attribute.version);
        Some(Self {
            name,
            keeps,
            labels: attribute.labels,
            own,
            inputs: inputs?,
            output: output?,
            definition,
        })
    }
}

/// Refuses what a plain function does not have.
fn plain(ctxt: &Ctxt, function: &ImplItemFn) {
    let signature = &function.sig;
    if let Some(word) = &signature.asyncness {
        ctxt.error(
            word,
            "a setter is a function of its inputs and waits for nothing: take `async` off",
        );
    }
    if let Some(word) = &signature.unsafety {
        ctxt.error(word, "a setter is called by the library, which knows none of its conditions: take `unsafe` off");
    }
    if let Some(abi) = &signature.abi {
        ctxt.error(abi, "a setter is a plain function: take `extern` off");
    }
    if !signature.generics.params.is_empty() {
        ctxt.error(&signature.generics, "a setter's parameters say what it reads, so it has no generics and no lifetimes: write models and views");
    }
    if let Some(conditional) = function
        .attrs
        .iter()
        .find(|attribute| attribute.path().is_ident("cfg"))
    {
        ctxt.error(conditional, "a setter is not conditional, since its field would have none: write the condition into its body");
    }
}

fn output(ctxt: &Ctxt, signature: &Signature) -> Option<Type> {
    if let ReturnType::Type(_, output) = &signature.output {
        return Some((**output).clone());
    }
    let name = &signature.ident;
    ctxt.error(name, format!("the setter `{name}` returns nothing: write `-> T` or `-> Result<T, E>` with the field's type"));
    None
}

/// Refuses a receiver other than `&self`.
fn borrows(ctxt: &Ctxt, receiver: &Receiver) {
    let is_plain = receiver.colon_token.is_none() && receiver.mutability.is_none();
    if !matches!(&receiver.reference, Some((_, None)) if is_plain) {
        ctxt.error(
            receiver,
            "a setter reads its row and returns the value to keep: write `&self`",
        );
    }
}

fn input(ctxt: &Ctxt, parameter: &mut PatType, body: &TokenStream) -> Option<Input> {
    let attributes = ParameterAttributes::take(ctxt, &mut parameter.attrs);
    let columns = match &*parameter.pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => {
            Columns::used(&name.ident, body.clone())
        }
        _ => Columns::All,
    };
    Input::read(ctxt, &parameter.ty, attributes, columns)
}

/// Puts the model's name in place of `Self`, which means nothing outside of the block.
fn name_self(input: &mut Input, model: &Type) {
    let named = replace_self(input.row.to_token_stream(), model);
    if let Ok(row) = syn::parse2(named) {
        input.row = row;
    }
    input
        .inner
        .iter_mut()
        .flatten()
        .for_each(|input| name_self(input, model));
}

fn replace_self(tokens: TokenStream, model: &Type) -> TokenStream {
    let replace = |token| match token {
        TokenTree::Ident(word) if word == "Self" => respan(model.to_token_stream(), word.span()),
        TokenTree::Group(group) => {
            let mut replaced = Group::new(group.delimiter(), replace_self(group.stream(), model));
            replaced.set_span(group.span());
            TokenTree::from(replaced).into()
        }
        _ => TokenStream::from(token),
    };
    tokens.into_iter().map(replace).collect()
}

/// The same tokens at another place.
pub(crate) fn respan(tokens: TokenStream, span: Span) -> TokenStream {
    let respan_token = |token| {
        let mut token = match token {
            TokenTree::Group(group) => {
                Group::new(group.delimiter(), respan(group.stream(), span)).into()
            }
            token => token,
        };
        token.set_span(span);
        token
    };
    tokens.into_iter().map(respan_token).collect()
}
