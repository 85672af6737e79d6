//! A function that runs in a scope: what stands under `#[maintained::buffer_autoupdates]`.

use proc_macro2::TokenStream;
use syn::{FnArg, ItemFn, Pat, PatIdent, ReturnType, Type};

use super::row_struct::text;
use crate::attr::scope::ScopeArguments;
use crate::ctxt::Ctxt;

/// The mode that a scope asks for.
#[derive(Clone, Copy)]
pub(crate) enum Mode {
    Immediate,
    Buffered,
    Disabled,
}

/// A function whose body runs in a scope.
pub(crate) struct ScopeFunction {
    pub(crate) arguments: ScopeArguments,
    pub(crate) function: ItemFn,
    /// The parameter that takes the connection, as the user wrote it.
    pub(crate) connection: PatIdent,
    /// The type of that parameter, without a lifetime: the body is lent the connection for as long
    /// as it runs.
    pub(crate) connection_type: Type,
    pub(crate) output: Type,
}

impl ScopeFunction {
    pub(crate) fn read(ctxt: &Ctxt, arguments: TokenStream, mut function: ItemFn) -> Option<Self> {
        let arguments = ScopeArguments::read(ctxt, arguments);
        let connection = connection(ctxt, &arguments, &mut function);
        let output = output(ctxt, &function);
        let (connection, connection_type) = connection?;
        Some(Self {
            connection,
            connection_type,
            output: output?,
            arguments,
            function,
        })
    }
}

/// Finds the connection's parameter, and takes `mut` off it, which is for the body.
fn connection(
    ctxt: &Ctxt,
    arguments: &ScopeArguments,
    function: &mut ItemFn,
) -> Option<(PatIdent, Type)> {
    let wanted = arguments
        .connection
        .as_ref()
        .map_or_else(|| "conn".to_owned(), ToString::to_string);
    for parameter in &mut function.sig.inputs {
        let FnArg::Typed(parameter) = parameter else {
            continue;
        };
        if let Pat::Ident(pattern) = &mut *parameter.pat
            && pattern.ident == wanted
        {
            let written = pattern.clone();
            pattern.mutability = None;
            let mut ty = (*parameter.ty).clone();
            if let Type::Reference(reference) = &mut ty {
                reference.lifetime = None;
            }
            return Some((written, ty));
        }
    }
    let name = &function.sig.ident;
    match &arguments.connection {
        Some(connection) => ctxt.error(connection, format!("`{name}` has no parameter `{wanted}`: name the one that takes the connection")),
        None => ctxt.error(
            name,
            format!("`{name}` has no parameter `conn` for the connection: write `conn: &mut ..`, or name the parameter with `connection = ..`"),
        ),
    }
    None
}

/// The function's return type, unless it is plainly no `Result`.
fn output(ctxt: &Ctxt, function: &ItemFn) -> Option<Type> {
    let name = &function.sig.ident;
    let ReturnType::Type(_, output) = &function.sig.output else {
        ctxt.error(name, format!("`{name}` returns nothing, but its scope can fail: write `-> Result<(), E>` with `E: From<diesel::result::Error>`"));
        return None;
    };
    if is_no_result(output) {
        let shown = text(output);
        ctxt.error(output, format!("`{name}` returns `{shown}`, but its scope can fail: write `-> Result<{shown}, E>` with `E: From<diesel::result::Error>`"));
        return None;
    }
    Some((**output).clone())
}

/// Whether a type is no `Result` under any alias.
fn is_no_result(ty: &Type) -> bool {
    const OTHERS: [&str; 18] = [
        "bool", "char", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize", "String", "Option", "Vec", "Self",
    ];
    match ty {
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|last| OTHERS.iter().any(|other| last.ident == other))
        }
        Type::Macro(_) => false,
        Type::Group(inside) => is_no_result(&inside.elem),
        Type::Paren(inside) => is_no_result(&inside.elem),
        _ => true,
    }
}
