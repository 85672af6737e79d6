//! Blocks of code in a Markdown file.

/// The first block in a language, without the lines around it.
pub(super) fn first_block<'t>(text: &'t str, language: &str) -> Option<&'t str> {
    let fence = format!("```{language}\n");
    let begin = text.find(&fence)? + fence.len();
    let end = text[begin..].find("```")?;
    Some(&text[begin..begin + end])
}

#[cfg(test)]
mod tests {
    use super::first_block;

    #[test]
    fn the_first_block_of_a_language_is_found() {
        let text = "```sh\none\n```\n```rust\ntwo\n```\n```rust\nthree\n```\n";
        assert_eq!(first_block(text, "rust"), Some("two\n"));
        assert_eq!(first_block(text, "toml"), None);
    }
}
