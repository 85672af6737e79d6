//! What the chapter "From Django" counts in the example.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const CHAPTER: &str = include_str!("../../docs/guide/from_django.md");

fn example(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples/study")
        .join(folder);
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    files.sort();
    files
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect()
}

/// The models' maintained fields, each with the lines of its marker.
fn markers() -> BTreeMap<String, usize> {
    let mut markers = BTreeMap::new();
    for text in example("models") {
        let (mut model, mut marked) = ("", 0);
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("pub(crate) struct ") {
                model = rest.split_whitespace().next().unwrap();
            }
            if line.starts_with("    #[maintained") {
                marked += 1;
            } else if let Some(field) = line.strip_prefix("    pub(crate) ").filter(|_| marked > 0)
            {
                let field = field.split(':').next().unwrap();
                markers.insert(format!("{model}::{field}"), marked);
                marked = 0;
            }
        }
    }
    markers
}

/// The setters, each with the lines of its signature and its body.
fn functions() -> BTreeMap<String, usize> {
    let mut functions = BTreeMap::new();
    for text in example("setters") {
        let mut model = "";
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            if let Some(rest) = line.strip_prefix("impl ") {
                model = rest.split_whitespace().next().unwrap();
            }
            if line.starts_with("    #[setter") {
                let signature = lines
                    .next()
                    .unwrap()
                    .trim_start()
                    .strip_prefix("fn ")
                    .unwrap();
                let name = signature.split('(').next().unwrap();
                let body = lines.by_ref().take_while(|line| *line != "    }").count();
                functions.insert(format!("{model}::{name}"), body + 2);
            }
        }
    }
    functions
}

#[test]
fn the_lines_that_a_field_costs_are_those_of_the_example() {
    let (markers, functions) = (markers(), functions());
    let counted: BTreeMap<String, (usize, usize)> = markers
        .iter()
        .map(|(field, &marker)| {
            let function = functions.get(field).copied().unwrap_or_default();
            (field.clone(), (marker, function))
        })
        .collect();
    let told: BTreeMap<String, (usize, usize)> = CHAPTER
        .lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [field, marker, function, _] = cells[..] else {
                return None;
            };
            let field = field.trim_matches('`').to_owned();
            Some((field, (marker.parse().ok()?, function.parse().ok()?)))
        })
        .collect();
    assert_eq!(told, counted);
    assert_eq!(told.len(), 10);
    assert!(functions.keys().all(|setter| markers.contains_key(setter)));
}

#[test]
fn the_views_are_as_many_as_it_says() {
    let views: usize = example("models")
        .iter()
        .map(|text| text.matches("#[maintained(view_of").count())
        .sum();
    assert_eq!(views, 9);
    assert!(CHAPTER.contains("Nine views"));
}
