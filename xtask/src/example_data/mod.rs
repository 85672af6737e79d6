//! `cargo xtask example-data`: writes the data of the examples.

mod row;
mod shop;
mod study;

use std::fs;

use crate::step::{self, Failure};

/// Writes the files of both examples.
pub(crate) fn write() -> Result<(), Failure> {
    for (path, text) in files() {
        let path = step::workspace().join("examples/data").join(path);
        let folder = path.parent().unwrap_or(&path);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|source| Failure::write(&path, source))?;
    }
    Ok(())
}

/// All files, by their paths in the folder of the data.
fn files() -> impl Iterator<Item = (String, String)> {
    let shop = shop::files().map(|(name, text)| (format!("shop/{name}"), text));
    let study = study::files().map(|(name, text)| (format!("study/{name}"), text));
    shop.into_iter().chain(study)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_data_is_what_the_generator_writes() {
        for (name, text) in files() {
            let path = step::workspace().join("examples/data").join(&name);
            let committed = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            assert!(
                committed == text,
                "{name} differs: run `cargo xtask example-data`"
            );
        }
    }
}
