//! Names, and combinations of labels.

use std::collections::BTreeSet;

use super::Field;
use super::plain::{Label, Plain};

pub(super) fn of_labels(plain: &Plain) -> Field<Option<String>> {
    let name = |label: &Label| {
        let mut positions = label.positions.clone();
        positions.sort_by_key(|position| -position);
        let mut name = String::new();
        while let Some(position) = positions.pop() {
            name += &position.to_string();
            name += if positions.is_empty() { "-" } else { "," };
        }
        name + &label.mass_number.to_string() + &label.element + &label.count.to_string()
    };
    let labels = plain.labels.iter();
    labels.map(|label| (label.id, Some(name(label)))).collect()
}

/// A tracer's labels in their order.
fn labels_of(plain: &Plain, tracer: i32) -> Vec<&Label> {
    let mut labels: Vec<&Label> = plain
        .labels
        .iter()
        .filter(|it| it.tracer == tracer)
        .collect();
    labels.sort_by(|one, other| one.positions.cmp(&other.positions));
    labels.sort_by_key(|label| label.count);
    labels.sort_by_key(|label| label.mass_number);
    labels.sort_by(|one, other| one.element.cmp(&other.element));
    labels
}

pub(super) fn of_tracers(plain: &Plain, labels: &Field<Option<String>>) -> Field<Option<String>> {
    let mut names = Field::new();
    for &(id, compound) in &plain.tracers {
        let mut name = plain.compounds[&compound].clone();
        for (at, label) in labels_of(plain, id).into_iter().enumerate() {
            name += if at == 0 { "-[" } else { "," };
            name += labels[&label.id].as_deref().unwrap_or_default();
        }
        if name.len() > plain.compounds[&compound].len() {
            name.push(']');
        }
        names.insert(id, Some(name));
    }
    names
}

pub(super) fn combos_of_tracers(plain: &Plain) -> Field<Option<String>> {
    let combo = |tracer: i32| {
        let labels = labels_of(plain, tracer).into_iter();
        labels
            .map(|label| label.element.clone())
            .reduce(|combo, element| combo + "+" + &element)
    };
    let tracers = plain.tracers.iter();
    tracers.map(|&(id, _)| (id, combo(id))).collect()
}

pub(super) fn of_infusates(
    plain: &Plain,
    tracers: &Field<Option<String>>,
) -> Field<Option<String>> {
    let mut names = Field::new();
    for (&id, group) in &plain.infusates {
        let links = plain.infusate_tracers.iter().filter(|link| link.0 == id);
        let parts: BTreeSet<String> = links
            .map(|(_, tracer, concentration)| {
                let tracer = tracers[tracer].clone().unwrap_or_default();
                tracer + "[" + &rounded(*concentration) + "]"
            })
            .collect();
        let parts: Vec<String> = parts.into_iter().collect();
        let name = match (group, parts.is_empty()) {
            (group, true) => group.clone(),
            (Some(group), false) => Some([group.as_str(), " {", &parts.join(";"), "}"].concat()),
            (None, false) => Some(parts.join(";")),
        };
        names.insert(id, name);
    }
    names
}

pub(super) fn combos_of_infusates(
    plain: &Plain,
    tracers: &Field<Option<String>>,
) -> Field<Option<String>> {
    let combo = |infusate: i32| {
        let links = plain.infusate_tracers.iter();
        let combos: BTreeSet<&String> = links
            .filter(|link| link.0 == infusate)
            .filter_map(|(_, tracer, _)| tracers[tracer].as_ref())
            .collect();
        combos
            .into_iter()
            .cloned()
            .reduce(|all, combo| all + ", " + &combo)
    };
    let infusates = plain.infusates.keys();
    infusates.map(|&id| (id, combo(id))).collect()
}

/// A number with three significant digits: rounded, and written as short as it can be.
fn rounded(number: f64) -> String {
    let text = format!("{number:.2e}");
    let Ok(value) = text.parse::<f64>() else {
        return text;
    };
    if value == 0.0 || (1e-4..1e3).contains(&value.abs()) {
        return value.to_string();
    }
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa: f64 = mantissa.parse().unwrap_or_default();
    let exponent: i32 = exponent.parse().unwrap_or_default();
    format!("{mantissa}e{exponent:+03}")
}
