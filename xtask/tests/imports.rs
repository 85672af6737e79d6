//! The folders of `maintained-core` import one another as the map in ARCHITECTURE.md has it: downwards only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// What stands for a folder in the map, and what it imports.
type Arrows = BTreeMap<String, BTreeSet<String>>;

#[test]
fn imports_run_down_the_map_only() {
    let map = map(&read(&workspace().join("ARCHITECTURE.md")));
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    let source = workspace().join("maintained-core/src");
    for file in files(&source) {
        let name = file.strip_prefix(&source).expect("it is in there");
        let name = name.to_string_lossy().replace('\\', "/");
        let from = folder(&name);
        if from == "lib" {
            continue;
        }
        assert!(
            map.contains_key(&from),
            "`{from}` is not in the map of ARCHITECTURE.md"
        );
        for to in imports(&read(&file)).into_iter().filter(|to| *to != from) {
            if !below(&map, &from).contains(&to) {
                wrong.push(format!("{name} imports `crate::{to}`"));
            }
            used.insert((from.clone(), to));
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that the map of ARCHITECTURE.md does not allow:\n{}",
        wrong.join("\n")
    );
    assert!(used.len() > 50, "hardly any import was found: {used:?}");
}

#[test]
fn the_map_has_no_circle() {
    let map = map(&read(&workspace().join("ARCHITECTURE.md")));
    for folder in map.keys() {
        assert!(
            !below(&map, folder).contains(folder),
            "`{folder}` is below itself"
        );
    }
}

#[test]
fn an_import_is_found_wherever_it_stands() {
    let found = imports(
        "use crate::one::{Two, three::Four}; \
         use crate::{five, six::Seven}; \
         fn f(it: &crate::eight::Nine) { crate::ten::eleven(it) }",
    );
    let expected = ["eight", "five", "one", "six", "ten"].map(str::to_owned);
    assert_eq!(found, BTreeSet::from(expected));
}

/// All that a folder may import: what its arrows lead to, near or far.
fn below(map: &Arrows, folder: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest: Vec<&String> = map.get(folder).into_iter().flatten().collect();
    while let Some(next) = rest.pop() {
        if found.insert(next.clone()) {
            rest.extend(map.get(next).into_iter().flatten());
        }
    }
    found
}

/// The arrows of the diagram: lines such as `plan --> marks & graph`.
fn map(text: &str) -> Arrows {
    let mut map = Arrows::new();
    let diagram = text.split("```mermaid").nth(1).expect("there is a diagram");
    let diagram = diagram.split("```").next().expect("it ends");
    for line in diagram.lines() {
        let Some((from, to)) = line.split_once("-->") else {
            continue;
        };
        for to in to.split('&').map(str::trim) {
            map.entry(to.to_owned()).or_default();
            for from in from.split('&').map(str::trim) {
                map.entry(from.to_owned())
                    .or_default()
                    .insert(to.to_owned());
            }
        }
    }
    map
}

/// The folder of a file, or the name of one that is in none.
fn folder(name: &str) -> String {
    let first = name.split('/').next().unwrap_or(name);
    first.trim_end_matches(".rs").to_owned()
}

/// The modules at the crate's root that some code names.
fn imports(code: &str) -> BTreeSet<String> {
    struct Found(BTreeSet<String>);

    impl<'ast> Visit<'ast> for Found {
        fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
            if let syn::UseTree::Path(path) = &item.tree
                && path.ident == "crate"
            {
                first_names(&path.tree, &mut self.0);
            }
        }

        fn visit_path(&mut self, path: &'ast syn::Path) {
            let mut segments = path.segments.iter();
            if segments.next().is_some_and(|first| first.ident == "crate") {
                self.0
                    .extend(segments.next().map(|it| it.ident.to_string()));
            }
            syn::visit::visit_path(self, path);
        }
    }

    let file = syn::parse_file(code).expect("the code is compiled beside this test");
    let mut found = Found(BTreeSet::new());
    found.visit_file(&file);
    // A macro is at the root, wherever it is declared.
    found.0.retain(|name| !MACROS.contains(&name.as_str()));
    found.0
}

/// The macros that the core names itself, to hand them on.
const MACROS: &[&str] = &[
    "is_array",
    "is_array_type",
    "keep_part",
    "named",
    "no_arrays",
    "on_backends",
    "postgres_arrays",
    "same",
    "selected",
    "setters_of",
];

fn first_names(tree: &syn::UseTree, into: &mut BTreeSet<String>) {
    match tree {
        syn::UseTree::Path(path) => {
            into.insert(path.ident.to_string());
        }
        syn::UseTree::Name(name) => {
            into.insert(name.ident.to_string());
        }
        syn::UseTree::Rename(name) => {
            into.insert(name.ident.to_string());
        }
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|tree| first_names(tree, into));
        }
        syn::UseTree::Glob(_) => {}
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("a folder can be listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(path);
        }
    }
    found
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
