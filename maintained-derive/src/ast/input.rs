//! A setter's input: a parameter, read by the grammar.

use std::vec;

use syn::{GenericArgument, Meta, Path, PathArguments, Type, TypeReference};

use super::own_columns::Columns;
use super::row_struct::text;
use crate::attr::setter::{ParameterAttributes, ViaHop};
use crate::ctxt::Ctxt;

/// Rows that a setter reads, one step away from the row that the input belongs to.
pub(crate) struct Input {
    pub(crate) step: Step,
    /// The model or view that is read.
    pub(crate) row: Type,
    /// The foreign key, where it is not the obvious one.
    pub(crate) via: Option<Path>,
    /// The columns that are read.
    pub(crate) columns: Columns,
    /// What is read of each row's own relations; `None` where the row stands alone and not in a
    /// tuple.
    pub(crate) inner: Option<Vec<Input>>,
    /// The input's type, as it was written.
    pub(crate) ty: Type,
}

/// The way to an input's rows, and how many of them there may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// `&P`
    Parent,
    /// `Option<&P>`
    OptionalParent,
    /// `&[C]`
    Children,
    /// `#[child] Option<&C>`
    OnlyChild,
}

/// Reads the type of one parameter.
struct Reader<'c> {
    ctxt: &'c Ctxt,
    via: vec::IntoIter<ViaHop>,
    hops: usize,
    child: Option<Meta>,
}

impl Input {
    /// Reads a parameter's type; `columns` are those of a row that is lent alone.
    pub(crate) fn read(
        ctxt: &Ctxt,
        ty: &Type,
        attributes: ParameterAttributes,
        columns: Columns,
    ) -> Option<Self> {
        let ParameterAttributes { child, via } = attributes;
        let hops = via.as_ref().map_or_else(Vec::new, |via| via.hops.clone());
        let mut reader = Reader {
            ctxt,
            via: hops.into_iter(),
            hops: 0,
            child,
        };
        let mut input = reader.input(ty)?;
        if let Some(via) = via.filter(|via| via.hops.len() != reader.hops) {
            let message = format!(
                "`#[via(..)]` names {}, but the parameter has {}: name one for each row type, from left to right, with `_` for the obvious one",
                count(via.hops.len(), "foreign key"),
                count(reader.hops, "hop"),
            );
            ctxt.error(via.meta, message);
        }
        if let (Step::Parent, None) = (input.step, &input.inner) {
            input.columns = columns;
        }
        Some(input)
    }
}

impl Reader<'_> {
    /// Reads `&P`, `&[C]`, `Option<&P>`, and the same with a tuple in place of the row.
    fn input(&mut self, ty: &Type) -> Option<Input> {
        let child = self.child.take();
        if let Some(inside) = option(ty) {
            let step = if child.is_some() {
                Step::OnlyChild
            } else {
                Step::OptionalParent
            };
            return self.row(ty, inside, step);
        }
        if let Some(child) = child {
            let message = format!(
                "`#[child]` is for the one child of a one-to-one, not for `{}`: write `Option<&Child>`, or take `#[child]` off",
                text(ty)
            );
            self.ctxt.error(child, message);
            return None;
        }
        match strip(ty) {
            Type::Reference(reference) => match strip(&reference.elem) {
                Type::Slice(slice) => {
                    self.lent(reference)?;
                    self.children(ty, &slice.elem)
                }
                _ => self.row(ty, ty, Step::Parent),
            },
            _ => self.row(ty, ty, Step::Parent),
        }
    }

    /// Reads what a slice holds: rows, or tuples of a row and its own inputs.
    fn children(&mut self, ty: &Type, item: &Type) -> Option<Input> {
        match strip(item) {
            Type::Tuple(_) => self.row(ty, item, Step::Children),
            Type::Path(_) => self.hop(ty, item, Step::Children, None),
            _ => self.refuse(
                item,
                "a slice holds rows, or tuples of a row and its own inputs",
                "`&[Child]` or `&[(&Child, ..)]`",
            ),
        }
    }

    /// Reads `&Row`, or a tuple that starts with it.
    fn row(&mut self, ty: &Type, row: &Type, step: Step) -> Option<Input> {
        match strip(row) {
            Type::Reference(reference) => {
                let item = self.lent(reference)?;
                self.hop(ty, item, step, None)
            }
            Type::Tuple(tuple) => {
                let mut elements = tuple.elems.iter();
                let first = elements.next().map(|first| (first, strip(first)));
                let Some((_, Type::Reference(reference))) = first else {
                    let at = first.map_or(row, |(first, _)| first);
                    let named = first.map(|(_, first)| first).filter(|first| is_row(first));
                    let shown = named.map_or_else(|| "Row".to_owned(), text);
                    return self.refuse(
                        at,
                        "a tuple starts with the row that its other elements belong to",
                        &format!("`(&{shown}, ..)`"),
                    );
                };
                let item = self.lent(reference)?;
                self.hop(ty, item, step, Some(elements.collect()))
            }
            _ => self.refuse(
                ty,
                "a setter is lent its inputs",
                "`&Parent`, `Option<&Parent>`, `&[Child]`, or one of these with a tuple `(&Row, ..)` of a row and its own inputs",
            ),
        }
    }

    /// Reads a row's type, and its own inputs.
    fn hop(
        &mut self,
        ty: &Type,
        row: &Type,
        step: Step,
        inner: Option<Vec<&Type>>,
    ) -> Option<Input> {
        let row = self.row_type(row)?;
        self.hops += 1;
        let via = match self.via.next() {
            Some(ViaHop::Column(column)) => Some(column),
            Some(ViaHop::Obvious) | None => None,
        };
        let inner = match inner {
            None => None,
            Some(types) => {
                let inputs: Vec<_> = types.into_iter().map(|ty| self.input(ty)).collect();
                Some(inputs.into_iter().collect::<Option<_>>()?)
            }
        };
        Some(Input {
            step,
            row,
            via,
            columns: Columns::All,
            inner,
            ty: ty.clone(),
        })
    }

    /// Reads the name of a model or view, or `Through<Model>`.
    fn row_type(&mut self, row: &Type) -> Option<Type> {
        let row = strip(row);
        if let Type::Path(path) = row {
            let last = path.path.segments.last()?;
            let hint = match (last.ident.to_string().as_str(), &last.arguments) {
                (_, PathArguments::None) | ("Through", PathArguments::AngleBracketed(_)) => {
                    return Some(row.clone());
                }
                ("Vec", _) => "children are lent as a slice: write `&[Child]`",
                ("Option", _) => {
                    "a parent that may be missing is an option of a reference: write `Option<&Parent>`"
                }
                _ => {
                    "models and views have no generics: write the name of one, or `Through<Model>`"
                }
            };
            self.ctxt.error(
                row,
                format!("`{}` is neither a model nor a view: {hint}", text(row)),
            );
            return None;
        }
        let write = if let Type::Slice(_) = row {
            "`&[Child]`: where there are no rows, the slice is empty"
        } else {
            "the name of a model or view"
        };
        self.refuse(row, "a reference in an input is to a row", write)
    }

    /// What a reference is to, if it is one that a setter may take.
    fn lent<'t>(&self, reference: &'t TypeReference) -> Option<&'t Type> {
        if let Type::Path(path) = &*reference.elem
            && let Some(last) = path.path.segments.last()
            && last.ident.to_string().ends_with("Connection")
        {
            self.ctxt.error(
                reference,
                "a setter takes no connection: its inputs are the rows that it reads, as `&Parent` or \
                 `&[Child]`",
            );
            return None;
        }
        if let Some(mutability) = &reference.mutability {
            self.ctxt
                .error(mutability, "a setter only reads: take `mut` off");
            return None;
        }
        if let Some(lifetime) = &reference.lifetime {
            self.ctxt.error(
                lifetime,
                format!("a setter's inputs are lent for the call: take `{lifetime}` off"),
            );
            return None;
        }
        Some(&reference.elem)
    }

    fn refuse<T>(&self, at: &Type, rule: &str, write: &str) -> Option<T> {
        let shown = text(at);
        self.ctxt.error(
            at,
            format!("`{shown}` is no input here: {rule}: write {write}"),
        );
        None
    }
}

/// Whether a type may be the name of a model or view, or `Through<Model>`.
fn is_row(ty: &Type) -> bool {
    let Type::Path(path) = ty else {
        return false;
    };
    let last = path.path.segments.last();
    last.is_some_and(|last| last.arguments.is_none() || last.ident == "Through")
}

/// What an `Option<..>` is of.
fn option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = strip(ty) else {
        return None;
    };
    let last = path
        .path
        .segments
        .last()
        .filter(|last| last.ident == "Option")?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(GenericArgument::Type(inside)) => Some(inside),
            _ => None,
        },
        _ => None,
    }
}

/// A type without the brackets and invisible groups around it.
pub(super) fn strip(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inside) => strip(&inside.elem),
        Type::Group(inside) => strip(&inside.elem),
        _ => ty,
    }
}

fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
