use maintained::Through;

use super::super::models::{Infusate, InfusateTracer, TracerCombo, TracerName};

#[maintained::setters]
impl Infusate {
    /// `ti {C16:0-[5,6-13C2,17O2][2];glucose-[2,3-13C2,4-17O1][1]}`: the group, if there is one, and each tracer with its
    /// concentration.
    #[setter(label = "names")]
    fn name(&self, tracers: &[(&InfusateTracer, &TracerName)]) -> Option<String> {
        let mut names: Vec<String> = tracers
            .iter()
            .map(|(link, tracer)| {
                let name = tracer.name.as_deref().unwrap_or_default();
                format!("{name}[{}]", three_digits(link.concentration))
            })
            .collect();
        names.sort_unstable();
        match (&self.tracer_group_name, names.join(";")) {
            (group, none) if none.is_empty() => group.clone(),
            (Some(group), names) => Some(format!("{group} {{{names}}}")),
            (None, names) => Some(names),
        }
    }

    /// `C, C+O`: the combinations of the tracers, each once.
    #[setter(label = "label_combos")]
    fn label_combo(tracers: &[(&Through<InfusateTracer>, &TracerCombo)]) -> Option<String> {
        let mut combos: Vec<&str> = tracers
            .iter()
            .filter_map(|(_, tracer)| tracer.label_combo.as_deref())
            .collect();
        combos.sort_unstable();
        combos.dedup();
        (!combos.is_empty()).then(|| combos.join(", "))
    }
}

/// A number with three significant digits, as C's `%.3g` writes it: `1`, `23.2`, `1.5e+03`.
fn three_digits(number: f64) -> String {
    let scientific = format!("{number:.2e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if !(-4..3).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        let exponent = exponent.unsigned_abs();
        return format!("{}e{sign}{exponent:02}", without_zeros(mantissa));
    }
    let decimals = usize::try_from(2 - exponent).unwrap_or_default();
    without_zeros(&format!("{number:.decimals$}")).to_owned()
}

/// A number without the zeros that end its fraction.
fn without_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infusate(group: Option<&str>) -> Infusate {
        Infusate {
            id: 1,
            tracer_group_name: group.map(str::to_owned),
            name: None,
            label_combo: None,
        }
    }

    fn link(concentration: f64) -> InfusateTracer {
        InfusateTracer {
            id: 1,
            infusate_id: 1,
            tracer_id: 1,
            concentration,
        }
    }

    fn tracer(name: &str) -> TracerName {
        let name = Some(name.to_owned());
        TracerName { name }
    }

    fn combo(label_combo: Option<&str>) -> TracerCombo {
        let label_combo = label_combo.map(str::to_owned);
        TracerCombo { label_combo }
    }

    #[test]
    fn a_group_stands_before_its_tracers() {
        let (glucose, palmitate) = (
            tracer("glucose-[2,3-13C2,4-17O1]"),
            tracer("C16:0-[5,6-13C2,17O2]"),
        );
        let tracers = [(&link(1.0), &glucose), (&link(2.0), &palmitate)];
        assert_eq!(
            infusate(Some("ti")).name(&tracers).as_deref(),
            Some("ti {C16:0-[5,6-13C2,17O2][2];glucose-[2,3-13C2,4-17O1][1]}")
        );
        assert_eq!(
            infusate(None).name(&tracers).as_deref(),
            Some("C16:0-[5,6-13C2,17O2][2];glucose-[2,3-13C2,4-17O1][1]")
        );
    }

    #[test]
    fn an_infusate_without_tracers_is_named_as_its_group() {
        assert_eq!(infusate(Some("ti3")).name(&[]).as_deref(), Some("ti3"));
        assert_eq!(infusate(None).name(&[]), None);
    }

    #[test]
    fn names_are_sorted_by_code_point_with_their_concentrations() {
        let (upper, lower) = (tracer("Z"), tracer("a"));
        let tracers = [
            (&link(9.0), &lower),
            (&link(10.0), &lower),
            (&link(1.0), &upper),
        ];
        assert_eq!(
            infusate(None).name(&tracers).as_deref(),
            Some("Z[1];a[10];a[9]")
        );
    }

    #[test]
    fn a_concentration_has_three_significant_digits() {
        for (number, text) in [
            (1.0, "1"),
            (23.2, "23.2"),
            (0.0, "0"),
            (0.5, "0.5"),
            (23.25, "23.2"),
            (23.35, "23.4"),
            (100.0, "100"),
            (123.4, "123"),
            (999.4, "999"),
            (999.6, "1e+03"),
            (1500.0, "1.5e+03"),
            (1.0e12, "1e+12"),
            (0.000_123_4, "0.000123"),
            (0.000_012_34, "1.23e-05"),
        ] {
            assert_eq!(three_digits(number), text, "{number}");
        }
    }

    #[test]
    fn combinations_are_distinct_and_sorted() {
        let tracers = [
            combo(Some("C+O")),
            combo(None),
            combo(Some("C")),
            combo(Some("C+O")),
        ];
        let link = Through::default();
        let tracers: Vec<_> = tracers.iter().map(|tracer| (&link, tracer)).collect();
        assert_eq!(Infusate::label_combo(&tracers).as_deref(), Some("C, C+O"));
        assert_eq!(Infusate::label_combo(&[]), None);
    }
}
