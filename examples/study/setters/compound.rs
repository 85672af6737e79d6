use std::collections::HashSet;

use maintained::Through;

use super::super::models::{AnimalKey, Compound, Infusate, InfusateTracer, Tracer};

#[maintained::setters]
impl Compound {
    /// How many animals were infused with a tracer of the compound: each once, by however many ways it is reached.
    #[setter(label = "counts")]
    fn animals_by_tracer(
        tracers: &[(
            &Through<Tracer>,
            &[(&Through<InfusateTracer>, (&Through<Infusate>, &[AnimalKey]))],
        )],
    ) -> Result<i32, std::num::TryFromIntError> {
        let infusates = tracers.iter().flat_map(|(_, infusates)| *infusates);
        let animals: HashSet<i32> = infusates
            .flat_map(|(_, (_, animals))| *animals)
            .map(|animal| animal.id)
            .collect();
        animals.len().try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_animal_counts_once_by_however_many_ways_it_is_reached() {
        let (first, second) = (
            [AnimalKey { id: 1 }, AnimalKey { id: 2 }],
            [AnimalKey { id: 3 }],
        );
        let (link, tracer, infusate) = (Through::default(), Through::default(), Through::default());
        let of_one_tracer = [
            (&link, (&infusate, first.as_slice())),
            (&link, (&infusate, second.as_slice())),
        ];
        let of_another = [(&link, (&infusate, first.as_slice()))];
        let tracers = [
            (&tracer, of_one_tracer.as_slice()),
            (&tracer, of_another.as_slice()),
            (&tracer, &[]),
        ];
        assert_eq!(Compound::animals_by_tracer(&tracers), Ok(3));
    }

    #[test]
    fn a_compound_that_is_no_tracer_counts_none() {
        assert_eq!(Compound::animals_by_tracer(&[]), Ok(0));
    }
}
