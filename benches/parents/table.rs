//! The results of one database and shape, as a table.

/// The milliseconds of each step, by the number of threads.
pub(crate) struct Table {
    title: String,
    sizes: Vec<usize>,
    /// For each size, the seconds of each step.
    times: Vec<Vec<(&'static str, f64)>>,
}

impl Table {
    pub(crate) fn new(database: &str, shape: &str, sizes: &[usize]) -> Self {
        Self {
            title: format!("{database}, {shape}"),
            sizes: sizes.to_vec(),
            times: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, times: Vec<(&'static str, f64)>) {
        self.times.push(times);
    }

    pub(crate) fn print(&self) {
        println!(
            "\n| {} | {} |",
            self.title,
            self.sizes
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" | ")
        );
        println!("|{}", "---|".repeat(self.sizes.len() + 1));
        let steps = self.times.first().map_or(&[][..], |first| first);
        for (at, (step, _)) in steps.iter().enumerate() {
            let times = self
                .times
                .iter()
                .map(|times| format!("{:.1}", times[at].1 * 1e3));
            println!("| {step} | {} |", times.collect::<Vec<_>>().join(" | "));
        }
    }
}
