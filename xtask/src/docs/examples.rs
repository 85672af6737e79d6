//! Which public methods have an example.

use std::collections::BTreeSet;
use std::path::Path;

use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, TraitItem, Type, UseTree, Visibility};

use crate::step::Failure;

/// Traits whose methods users call. All other ones are the library's own: users name them in
/// bounds.
const CALLED: [&str; 1] = ["Maintained"];

/// The methods of a crate, and the names that it hands out.
#[derive(Debug, Default)]
pub(super) struct Methods {
    /// Of which type, of which name, and whether there is an example.
    found: Vec<(String, String, bool)>,
    handed_out: BTreeSet<String>,
    /// Modules that users see as such.
    modules: BTreeSet<String>,
}

impl Methods {
    /// Adds those of a file. The crate's own, `lib.rs`, comes first: it says which modules are
    /// public.
    pub(super) fn add(&mut self, path: &Path, text: &str) -> Result<(), Failure> {
        let file = syn::parse_file(text).map_err(|source| Failure::Rust {
            path: path.display().to_string(),
            said: source.to_string(),
        })?;
        let is_public = self.is_public_module(path);
        for item in &file.items {
            if is_public {
                self.hand_out(item);
            }
            self.add_item(item);
        }
        Ok(())
    }

    fn is_public_module(&self, path: &Path) -> bool {
        match stem(path) {
            "lib" => true,
            "mod" => path
                .parent()
                .is_some_and(|folder| self.modules.contains(stem(folder))),
            name => self.modules.contains(name),
        }
    }

    /// Notes what an item of a public module hands out.
    fn hand_out(&mut self, item: &Item) {
        let (visibility, attributes, name) = match item {
            Item::Use(it) if is_public(&it.vis) && !is_hidden(&it.attrs) => {
                return names(&it.tree, &mut self.handed_out);
            }
            Item::Mod(it) => (&it.vis, &it.attrs, &it.ident),
            Item::Fn(it) => (&it.vis, &it.attrs, &it.sig.ident),
            Item::Struct(it) => (&it.vis, &it.attrs, &it.ident),
            Item::Enum(it) => (&it.vis, &it.attrs, &it.ident),
            Item::Trait(it) => (&it.vis, &it.attrs, &it.ident),
            _ => return,
        };
        if is_public(visibility) && !is_hidden(attributes) {
            let names = match item {
                Item::Mod(_) => &mut self.modules,
                _ => &mut self.handed_out,
            };
            names.insert(name.to_string());
        }
    }

    fn add_item(&mut self, item: &Item) {
        match item {
            Item::Fn(it) if is_public(&it.vis) && !is_hidden(&it.attrs) => {
                let name = it.sig.ident.to_string();
                self.found
                    .push((name.clone(), name, has_example(&it.attrs)));
            }
            Item::Trait(it) if CALLED.iter().any(|called| it.ident == called) => {
                for item in &it.items {
                    if let TraitItem::Fn(method) = item {
                        self.add_method(it.ident.to_string(), &method.sig, &method.attrs);
                    }
                }
            }
            Item::Impl(it) if it.trait_.is_none() => {
                let Type::Path(path) = &*it.self_ty else {
                    return;
                };
                let Some(of) = path.path.segments.last() else {
                    return;
                };
                for item in &it.items {
                    if let ImplItem::Fn(method) = item
                        && is_public(&method.vis)
                    {
                        self.add_method(of.ident.to_string(), &method.sig, &method.attrs);
                    }
                }
            }
            _ => {}
        }
    }

    fn add_method(&mut self, of: String, signature: &syn::Signature, attributes: &[Attribute]) {
        if !is_hidden(attributes) {
            let name = format!("{of}::{}", signature.ident);
            self.found.push((of, name, has_example(attributes)));
        }
    }

    /// Those of types and functions that a crate hands out.
    fn public(&self) -> impl Iterator<Item = &(String, String, bool)> {
        let found = self.found.iter();
        found.filter(|(of, ..)| self.handed_out.contains(of))
    }

    pub(super) fn count(&self) -> usize {
        self.public().count()
    }

    pub(super) fn without_example(&self) -> Vec<&str> {
        let without = self.public().filter(|(.., has_example)| !has_example);
        let mut names: Vec<&str> = without.map(|(_, name, _)| &**name).collect();
        names.sort_unstable();
        names
    }
}

/// The name of a file or folder, without its ending.
fn stem(path: &Path) -> &str {
    path.file_stem()
        .and_then(|name| name.to_str())
        .unwrap_or_default()
}

/// The names that a `use` hands out.
fn names(tree: &UseTree, into: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => names(&path.tree, into),
        UseTree::Group(group) => group.items.iter().for_each(|tree| names(tree, into)),
        UseTree::Name(name) => {
            into.insert(name.ident.to_string());
        }
        UseTree::Rename(_) | UseTree::Glob(_) => {}
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_hidden(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let list = attribute.meta.require_list();
        attribute.path().is_ident("doc")
            && list.is_ok_and(|list| list.tokens.to_string().contains("hidden"))
    })
}

/// Whether the documentation has a block of code, or brings a file along: that is an example.
fn has_example(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::NameValue(doc) => match &doc.value {
            Expr::Lit(value) => {
                matches!(&value.lit, Lit::Str(text) if text.value().trim_start().starts_with("```"))
            }
            _ => false,
        },
        Meta::List(list) => {
            list.path.is_ident("cfg_attr") && list.tokens.to_string().contains("include_str")
        }
        Meta::Path(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Methods;

    #[test]
    fn what_a_crate_hands_out_is_looked_at() {
        let mut methods = Methods::default();
        let text = "
            pub use self::scope::Scope;
            impl<C> Scope<C> {
                /// Shown.
                ///
                /// ```
                /// shown();
                /// ```
                pub fn shown() {}
                /// Told.
                pub fn told() {}
                #[doc(hidden)]
                pub fn hidden() {}
                fn own() {}
            }
            impl Inner { pub fn inner() {} }
            impl Clone for Scope<u8> { fn clone(&self) {} }
        ";
        methods.add(Path::new("src/lib.rs"), text).unwrap();
        assert_eq!(methods.count(), 2);
        assert_eq!(methods.without_example(), ["Scope::told"]);
    }

    #[test]
    fn a_public_module_hands_out_what_it_declares() {
        let mut methods = Methods::default();
        let crate_itself = "pub mod shown; mod own; #[doc(hidden)] pub mod hidden;";
        methods.add(Path::new("src/lib.rs"), crate_itself).unwrap();
        for (file, text) in [
            ("src/hidden.rs", "pub fn one() {}"),
            ("src/own.rs", "pub fn two() {}"),
            ("src/shown/mod.rs", "pub fn three() {} fn four() {}"),
        ] {
            methods.add(Path::new(file), text).unwrap();
        }
        assert_eq!(methods.without_example(), ["three"]);
    }
}
