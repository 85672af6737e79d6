use super::super::models::{Animal, SerumCandidate};

#[maintained::setters]
impl Animal {
    /// The serum sample that was collected last; of several, the last by name.
    #[setter(label = "serum")]
    fn last_serum_sample_id(samples: &[SerumCandidate]) -> Option<i32> {
        samples
            .iter()
            .filter(|sample| sample.is_serum_sample)
            .max_by_key(|sample| (sample.time_collected, &sample.name))
            .map(|sample| sample.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(
        id: i32,
        name: &str,
        time_collected: Option<i32>,
        is_serum_sample: bool,
    ) -> SerumCandidate {
        SerumCandidate {
            id,
            name: name.to_owned(),
            time_collected,
            is_serum_sample,
        }
    }

    #[test]
    fn the_last_serum_sample_is_the_last_by_time() {
        let samples = [
            sample(1, "c", Some(60), true),
            sample(2, "b", Some(120), true),
            sample(3, "a", Some(180), false),
        ];
        assert_eq!(Animal::last_serum_sample_id(&samples), Some(2));
    }

    #[test]
    fn a_time_that_nobody_knows_comes_first() {
        let samples = [sample(1, "z", None, true), sample(2, "a", Some(-5), true)];
        assert_eq!(Animal::last_serum_sample_id(&samples), Some(2));
    }

    #[test]
    fn of_two_at_one_time_the_last_by_name_counts() {
        let samples = [
            sample(1, "s2", Some(60), true),
            sample(2, "s1", Some(60), true),
        ];
        assert_eq!(Animal::last_serum_sample_id(&samples), Some(1));
    }

    #[test]
    fn without_serum_there_is_none() {
        assert_eq!(Animal::last_serum_sample_id(&[]), None);
        let samples = [sample(1, "s1", Some(60), false)];
        assert_eq!(Animal::last_serum_sample_id(&samples), None);
    }
}
