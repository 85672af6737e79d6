//! The places at which something can be stopped.

/// The places from the first on at which a test stops, fails or drops something, each in its turn:
/// before a statement, at a row, at an await. With `PLACES_STEP=3` it is every third one.
pub fn places(first: usize) -> impl Iterator<Item = usize> {
    let step = std::env::var("PLACES_STEP").map_or(1, |step| {
        step.parse()
            .unwrap_or_else(|_| panic!("PLACES_STEP is no number: {step}"))
    });
    (first..).step_by(step)
}
