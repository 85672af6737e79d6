//! The words of a Markdown file.

/// How many words a reader of the file sees: in prose, in tables and in code.
///
/// A word has a letter or a digit. The targets of links are none, nor are lines of code that
/// documentation hides.
pub(super) fn count(text: &str) -> usize {
    let mut is_code = false;
    let mut words = 0;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with("```") {
            is_code = !is_code;
            continue;
        }
        let is_hidden = is_code && (line == "#" || line.starts_with("# "));
        let is_target = !is_code && line.starts_with('[') && line.contains("]: ");
        if !is_hidden && !is_target {
            let said = line.split_whitespace();
            words += said
                .filter(|word| word.contains(char::is_alphanumeric))
                .count();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn marks_are_no_words() {
        assert_eq!(count("| a | b-c |\n|---|---|\n- d, e."), 4);
    }

    #[test]
    fn code_counts_as_far_as_it_is_seen() {
        assert_eq!(
            count("one\n```rust\n# hidden line\nlet two = three;\n```\nfour"),
            5
        );
    }

    #[test]
    fn targets_of_links_do_not_count() {
        assert_eq!(count("[one][two] three\n\n[two]: docs/two.md"), 2);
    }
}
