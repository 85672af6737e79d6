use super::super::models::{CompoundName, Tracer, TracerLabel};

#[maintained::setters]
impl TracerLabel {
    /// `2,3-13C2`: the atoms, the mass number, the element and how many; `17O2` where nobody knows the atoms.
    #[setter(label = "names")]
    fn name(&self) -> String {
        let mut numbers = self.positions.numbers();
        numbers.sort_unstable();
        let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
        let dash = if numbers.is_empty() { "" } else { "-" };
        format!(
            "{}{dash}{}{}{}",
            numbers.join(","),
            self.mass_number,
            self.element,
            self.count
        )
    }
}

#[maintained::setters]
impl Tracer {
    /// `glucose-[2,3-13C2,4-17O1]`: the compound and the labels.
    #[setter(label = "names")]
    fn name(compound: &CompoundName, labels: &[TracerLabel]) -> String {
        if labels.is_empty() {
            return compound.name.clone();
        }
        let names: Vec<&str> = in_order(labels)
            .into_iter()
            .filter_map(|label| label.name.as_deref())
            .collect();
        format!("{}-[{}]", compound.name, names.join(","))
    }

    /// `C+O`: the elements of the labels.
    #[setter(label = "label_combos")]
    fn label_combo(labels: &[TracerLabel]) -> Option<String> {
        let elements: Vec<&str> = in_order(labels)
            .into_iter()
            .map(|label| label.element.letter())
            .collect();
        (!elements.is_empty()).then(|| elements.join("+"))
    }
}

/// The labels in the order in which they are named.
fn in_order(labels: &[TracerLabel]) -> Vec<&TracerLabel> {
    let mut labels: Vec<&TracerLabel> = labels.iter().collect();
    labels.sort_by_key(|label| {
        let positions = label.positions.numbers();
        (label.element, label.mass_number, label.count, positions)
    });
    labels
}

#[cfg(test)]
mod tests {
    use super::super::super::models::Element;
    use super::*;

    fn label(positions: &[u32], mass_number: i32, element: Element, count: i32) -> TracerLabel {
        let mut label = TracerLabel {
            id: 1,
            tracer_id: 1,
            element,
            mass_number,
            count,
            positions: positions.into(),
            name: None,
        };
        label.name = Some(label.name());
        label
    }

    fn compound(name: &str) -> CompoundName {
        let name = name.to_owned();
        CompoundName { name }
    }

    fn named(label: &TracerLabel) -> &str {
        label.name.as_deref().unwrap()
    }

    #[test]
    fn a_label_names_its_atoms_in_ascending_order() {
        assert_eq!(named(&label(&[2, 3], 13, Element::C, 2)), "2,3-13C2");
        assert_eq!(named(&label(&[10, 5, 6], 13, Element::C, 3)), "5,6,10-13C3");
    }

    #[test]
    fn a_label_without_positions_has_no_dash() {
        assert_eq!(named(&label(&[], 17, Element::O, 2)), "17O2");
    }

    #[test]
    fn a_tracer_names_its_labels_in_their_order() {
        let labels = [
            label(&[4], 17, Element::O, 1),
            label(&[2, 3], 13, Element::C, 2),
        ];
        let name = Tracer::name(&compound("glucose"), &labels);
        assert_eq!(name, "glucose-[2,3-13C2,4-17O1]");
    }

    #[test]
    fn labels_are_ordered_by_element_mass_number_count_and_positions_as_numbers() {
        let labels = [
            label(&[10], 13, Element::C, 1),
            label(&[9], 13, Element::C, 1),
            label(&[], 15, Element::N, 1),
            label(&[1, 2], 13, Element::C, 2),
            label(&[], 2, Element::H, 1),
            label(&[3], 12, Element::C, 7),
        ];
        let names: Vec<&str> = in_order(&labels).into_iter().map(named).collect();
        assert_eq!(
            names,
            ["3-12C7", "9-13C1", "10-13C1", "1,2-13C2", "2H1", "15N1"]
        );
    }

    #[test]
    fn a_tracer_without_labels_is_named_as_its_compound() {
        let name = Tracer::name(&compound("lysine2"), &[]);
        assert_eq!(name, "lysine2");
        assert_eq!(Tracer::label_combo(&[]), None);
    }

    #[test]
    fn a_combination_of_labels_is_not_made_distinct() {
        let labels = [
            label(&[5], 17, Element::O, 1),
            label(&[4], 17, Element::O, 1),
            label(&[], 13, Element::C, 2),
        ];
        assert_eq!(Tracer::label_combo(&labels).as_deref(), Some("C+O+O"));
    }
}
