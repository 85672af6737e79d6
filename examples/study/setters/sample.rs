use super::super::models::{Sample, Tissue};

#[maintained::setters]
impl Sample {
    /// Whether the tissue is a kind of serum.
    #[setter(label = "serum")]
    fn is_serum_sample(tissue: &Tissue) -> bool {
        tissue.name.to_lowercase().starts_with("serum")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serum_is_known_by_its_name_in_any_case() {
        for (name, is_serum) in [
            ("serum_plasma", true),
            ("Serum", true),
            ("SERUM_tail", true),
            ("plasma", false),
            ("plasma_serum", false),
            ("seru", false),
        ] {
            let name = name.to_owned();
            assert_eq!(Sample::is_serum_sample(&Tissue { id: 1, name }), is_serum);
        }
    }
}
