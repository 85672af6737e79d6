//! What is said of a key that nobody knows.

use syn::Ident;
use syn::ext::IdentExt;

/// A key, and how it is written.
pub(crate) type Known = (&'static str, &'static str);

/// The error for a key that is none of those that are known at its place, `of` something.
pub(crate) fn unknown(key: &Ident, of: &str, known: &[Known]) -> syn::Error {
    let key_text = key.unraw().to_string();
    let meant = closest(&key_text, known.iter().map(|(word, _)| *word));
    let meant = meant.map(|word| format!(", did you mean `{word}`"));
    let written: Vec<String> = known
        .iter()
        .map(|(_, write)| format!("`{write}`"))
        .collect();
    let written = match written.split_last() {
        Some((last, [])) => format!("{of} takes {last} only"),
        Some((last, others)) => format!("{of} takes {} and {last}", others.join(", ")),
        None => format!("{of} takes no keys"),
    };
    let meant = meant.unwrap_or_default();
    let message = format!("unknown key `{key_text}`{meant}: {written}");
    syn::Error::new(key.span(), message)
}

/// The word that somebody meant who has written another one, if they are nearly the same.
fn closest(written: &str, known: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    let distance = |word: &str| strsim::osa_distance(written, word);
    let nearest = known.min_by_key(|word| distance(word))?;
    let most = nearest.len().min(written.len()) / 3;
    (distance(nearest) <= most.max(1)).then_some(nearest)
}
