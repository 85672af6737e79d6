//! The data of the isotope-tracing study.
//!
//! What is infused is written down here; the animals follow a scheme, which has in it what makes
//! the fields interesting: samples without a time, samples that were run twice, and last samples
//! that lack one of the tracers.

use super::row::row;

const ANIMALS: usize = 12;

const COMPOUNDS: &[[&str; 3]] = &[
    ["glucose", "C6H12O6", "HMDB0000122"],
    ["C16:0", "C16H32O2", "HMDB0000220"],
    ["lysine2", "C6H14N2O2", "HMDB0000182"],
    ["lactate", "C3H6O3", "HMDB0000190"],
    ["citrate", "C6H8O7", "HMDB0000094"],
    ["isocitrate", "C6H8O7", "HMDB0000193"],
    ["glutamine", "C5H10N2O3", "HMDB0000641"],
    ["pyruvate", "C3H4O3", "HMDB0000243"],
];

const TISSUES: &[[&str; 1]] = &[
    ["serum_plasma_tail"],
    ["Serum_plasma_artery"],
    ["liver"],
    ["brain"],
    ["quadriceps"],
];

/// A line for each label; those of one number are one tracer.
const TRACERS: &[[&str; 6]] = &[
    ["1", "glucose", "C", "13", "2", "2,3"],
    ["1", "glucose", "O", "17", "1", "4"],
    ["2", "C16:0", "C", "13", "2", "5,6"],
    ["2", "C16:0", "O", "17", "2", ""],
    ["3", "C16:0", "C", "13", "2", "4,5,6"],
    ["3", "C16:0", "O", "17", "2", ""],
    ["4", "lysine2", "", "", "", ""],
];

const GLUCOSE: &str = "glucose-[2,3-13C2,4-17O1]";
const PALMITATE: &str = "C16:0-[5,6-13C2,17O2]";
const OTHER_PALMITATE: &str = "C16:0-[4,5,6-13C2,17O2]";
const LYSINE: &str = "lysine2";

/// A line for each tracer; those of one number are one infusate.
const INFUSATES: &[[&str; 4]] = &[
    ["1", "ti", GLUCOSE, "1"],
    ["1", "ti", PALMITATE, "2"],
    ["2", "", GLUCOSE, "3"],
    ["2", "", OTHER_PALMITATE, "4"],
    ["3", "ti3", "", ""],
    ["4", "", LYSINE, "23.2"],
];

const SEQUENCES: &[[&str; 4]] = &[
    ["1", "Ines", "2025-03-03", "QE2"],
    ["2", "Hugo", "2025-03-10", "QE2"],
    ["3", "Ines", "2025-03-17", "Exploris"],
];

/// The samples of each animal: the end of the name, the tissue, and the minutes.
const SAMPLES: &[[&str; 3]] = &[
    ["s1", "serum_plasma_tail", "60"],
    ["s2", "Serum_plasma_artery", "120"],
    ["s3", "serum_plasma_tail", "150"],
    ["liver", "liver", "155"],
    ["muscle", "quadriceps", "155"],
];

/// What an animal was infused with: the infusate's name, and its tracers with their compounds and
/// elements.
struct Infusion {
    name: &'static str,
    tracers: &'static [(&'static str, &'static str, &'static [&'static str])],
}

const INFUSIONS: [Infusion; 4] = [
    Infusion {
        name: "ti {C16:0-[5,6-13C2,17O2][2];glucose-[2,3-13C2,4-17O1][1]}",
        tracers: &[
            (GLUCOSE, "glucose", &["C", "O"]),
            (PALMITATE, "C16:0", &["C", "O"]),
        ],
    },
    Infusion {
        name: "C16:0-[4,5,6-13C2,17O2][4];glucose-[2,3-13C2,4-17O1][3]",
        tracers: &[
            (GLUCOSE, "glucose", &["C", "O"]),
            (OTHER_PALMITATE, "C16:0", &["C", "O"]),
        ],
    },
    Infusion {
        name: "lysine2[23.2]",
        tracers: &[(LYSINE, "lysine2", &["N"])],
    },
    Infusion {
        name: "",
        tracers: &[],
    },
];

/// The files with their contents.
pub(super) fn files() -> [(&'static str, String); 10] {
    let mut sheets = Sheets::new();
    for animal in 0..ANIMALS {
        sheets.animal(animal);
    }
    [
        ("compounds.csv", table("name,formula,hmdb_id", COMPOUNDS)),
        ("tissues.csv", table("name", TISSUES)),
        (
            "tracers.csv",
            table(
                "tracer,compound,element,mass_number,count,positions",
                TRACERS,
            ),
        ),
        (
            "infusates.csv",
            table("infusate,group_name,tracer,concentration", INFUSATES),
        ),
        ("animals.csv", sheets.animals),
        ("samples.csv", sheets.samples),
        (
            "sequences.csv",
            table("sequence,researcher,date,instrument", SEQUENCES),
        ),
        ("runs.csv", sheets.runs),
        ("peak_groups.csv", sheets.peak_groups),
        ("fcircs.csv", sheets.fcircs),
    ]
}

fn table<const WIDTH: usize>(header: &str, rows: &[[&str; WIDTH]]) -> String {
    let mut text = format!("{header}\n");
    for fields in rows {
        row(&mut text, fields);
    }
    text
}

/// The sheets that grow with the animals.
struct Sheets {
    animals: String,
    samples: String,
    runs: String,
    peak_groups: String,
    fcircs: String,
    run_count: usize,
}

impl Sheets {
    fn new() -> Self {
        let animals = "name,infusate,genotype,age,sex,diet,body_weight,infusion_rate\n";
        Self {
            animals: animals.to_owned(),
            samples: "name,date,researcher,animal,tissue,time_collected\n".to_owned(),
            runs: "run,sequence,sample,polarity\n".to_owned(),
            peak_groups: "run,name,formula,compounds\n".to_owned(),
            fcircs: "sample,tracer,element\n".to_owned(),
            run_count: 0,
        }
    }

    fn animal(&mut self, animal: usize) {
        let name = format!("A{:02}", animal + 1);
        let infusion = match animal {
            0..5 => &INFUSIONS[0],
            5..9 => &INFUSIONS[1],
            9..11 => &INFUSIONS[2],
            _ => &INFUSIONS[3],
        };
        let is_infused = !infusion.tracers.is_empty();
        let fields = [
            name.as_str(),
            infusion.name,
            if animal % 4 == 3 { "ob/ob" } else { "WT" },
            &format!("{}", 9 + animal % 5),
            if animal.is_multiple_of(2) { "F" } else { "M" },
            if animal % 3 == 2 {
                "ketogenic"
            } else {
                "LabDiet 5053"
            },
            &format!("{}.{}", 22 + animal % 7, animal % 10),
            if is_infused { "0.11" } else { "" },
        ];
        row(&mut self.animals, &fields);
        for (at, [suffix, tissue, minutes]) in SAMPLES.iter().enumerate() {
            let sample = format!("{name}-{suffix}");
            // Nobody has noted when some last samples were taken.
            let minutes = if animal.is_multiple_of(4) && at == 2 {
                ""
            } else {
                minutes
            };
            let date = format!("2025-02-{:02}", 3 + animal);
            let fields = [&*sample, &date, "Ada", &name, tissue, minutes];
            row(&mut self.samples, &fields);
            // Some last samples lack the second tracer, and some of these are run again.
            let lacks = animal % 3 == 1 && at == 2;
            let is_repeated = (animal * SAMPLES.len() + at) % 10 % 3 == 2;
            self.runs(&sample, infusion, lacks, is_repeated);
            if at < 3 {
                self.fcircs(&sample, infusion);
            }
        }
    }

    fn runs(&mut self, sample: &str, infusion: &Infusion, lacks: bool, is_repeated: bool) {
        let traced = infusion.tracers.iter().map(|(_, compound, _)| *compound);
        let shown = traced.clone().take(if lacks { 1 } else { 2 });
        let others = ["lactate", "citrate/isocitrate", "glutamine"];
        self.run("1", sample, shown.chain(others));
        if is_repeated {
            let sequence = if lacks { "3" } else { "2" };
            self.run(sequence, sample, traced.chain(["pyruvate"]));
        }
    }

    fn run(
        &mut self,
        sequence: &str,
        sample: &str,
        compounds: impl IntoIterator<Item = &'static str>,
    ) {
        self.run_count += 1;
        let run = self.run_count.to_string();
        let polarity = if sequence == "1" {
            "positive"
        } else {
            "negative"
        };
        row(&mut self.runs, &[&run, sequence, sample, polarity]);
        for name in compounds {
            let first = name.split('/').next();
            let formula = COMPOUNDS.iter().find(|compound| Some(compound[0]) == first);
            let formula = formula.map_or("", |compound| compound[1]);
            row(&mut self.peak_groups, &[&run, name, formula, name]);
        }
    }

    fn fcircs(&mut self, sample: &str, infusion: &Infusion) {
        for (tracer, _, elements) in infusion.tracers {
            for element in *elements {
                row(&mut self.fcircs, &[sample, tracer, element]);
            }
        }
    }
}
