-- Maintained columns are nullable or have a default, so that a row can be inserted before it is computed.
-- The foreign keys are indexed, since a flush reads children by their parents' keys.

CREATE TABLE compounds (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    formula TEXT NOT NULL,
    hmdb_id TEXT NOT NULL UNIQUE,
    animals_by_tracer INTEGER
);

CREATE TABLE tracers (
    id INTEGER PRIMARY KEY NOT NULL,
    compound_id INTEGER NOT NULL REFERENCES compounds (id) ON DELETE RESTRICT,
    name TEXT UNIQUE,
    label_combo TEXT
);
CREATE INDEX tracers_by_compound ON tracers (compound_id);

CREATE TABLE tracer_labels (
    id INTEGER PRIMARY KEY NOT NULL,
    tracer_id INTEGER NOT NULL REFERENCES tracers (id) ON DELETE CASCADE,
    element TEXT NOT NULL CHECK (element IN ('C', 'N', 'H', 'O', 'S', 'P')),
    mass_number INTEGER NOT NULL CHECK (mass_number > 0),
    count INTEGER NOT NULL CHECK (count > 0),
    positions TEXT NOT NULL,
    name TEXT,
    UNIQUE (tracer_id, element, mass_number, count, positions)
);

CREATE TABLE infusates (
    id INTEGER PRIMARY KEY NOT NULL,
    tracer_group_name TEXT,
    name TEXT UNIQUE,
    label_combo TEXT
);

CREATE TABLE infusate_tracers (
    id INTEGER PRIMARY KEY NOT NULL,
    infusate_id INTEGER NOT NULL REFERENCES infusates (id) ON DELETE CASCADE,
    tracer_id INTEGER NOT NULL REFERENCES tracers (id) ON DELETE CASCADE,
    concentration DOUBLE NOT NULL CHECK (concentration >= 0),
    UNIQUE (infusate_id, tracer_id)
);
CREATE INDEX infusate_tracers_by_tracer ON infusate_tracers (tracer_id);

-- An animal names its last serum sample, and a sample its animal.
CREATE TABLE animals (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    infusate_id INTEGER REFERENCES infusates (id) ON DELETE RESTRICT,
    genotype TEXT NOT NULL,
    age DOUBLE,
    sex TEXT CHECK (sex IN ('F', 'M')),
    diet TEXT,
    body_weight DOUBLE,
    infusion_rate DOUBLE,
    last_serum_sample_id INTEGER REFERENCES samples (id) ON DELETE SET NULL,
    label_combo TEXT
);
CREATE INDEX animals_by_infusate ON animals (infusate_id);
CREATE INDEX animals_by_last_serum_sample ON animals (last_serum_sample_id);

CREATE TABLE tissues (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE CHECK (name <> '')
);

CREATE TABLE samples (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    date DATE NOT NULL,
    researcher TEXT NOT NULL,
    animal_id INTEGER NOT NULL REFERENCES animals (id) ON DELETE CASCADE,
    tissue_id INTEGER NOT NULL REFERENCES tissues (id) ON DELETE RESTRICT,
    time_collected INTEGER,
    is_serum_sample BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX samples_by_animal ON samples (animal_id);
CREATE INDEX samples_by_tissue ON samples (tissue_id);

CREATE TABLE fcircs (
    id INTEGER PRIMARY KEY NOT NULL,
    serum_sample_id INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    tracer_id INTEGER NOT NULL REFERENCES tracers (id) ON DELETE CASCADE,
    element TEXT NOT NULL CHECK (element IN ('C', 'N', 'H', 'O', 'S', 'P')),
    is_last BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (serum_sample_id, tracer_id, element)
);
CREATE INDEX fcircs_by_tracer ON fcircs (tracer_id);

CREATE TABLE msrun_sequences (
    id INTEGER PRIMARY KEY NOT NULL,
    researcher TEXT NOT NULL,
    date DATE NOT NULL,
    instrument TEXT NOT NULL
);

CREATE TABLE msrun_samples (
    id INTEGER PRIMARY KEY NOT NULL,
    msrun_sequence_id INTEGER NOT NULL REFERENCES msrun_sequences (id) ON DELETE RESTRICT,
    sample_id INTEGER NOT NULL REFERENCES samples (id) ON DELETE CASCADE,
    polarity TEXT NOT NULL CHECK (polarity IN ('positive', 'negative'))
);
CREATE INDEX msrun_samples_by_sequence ON msrun_samples (msrun_sequence_id);
CREATE INDEX msrun_samples_by_sample ON msrun_samples (sample_id);

CREATE TABLE peak_groups (
    id INTEGER PRIMARY KEY NOT NULL,
    name TEXT NOT NULL,
    formula TEXT NOT NULL,
    msrun_sample_id INTEGER NOT NULL REFERENCES msrun_samples (id) ON DELETE CASCADE
);
CREATE INDEX peak_groups_by_run ON peak_groups (msrun_sample_id);

CREATE TABLE peak_group_compounds (
    peak_group_id INTEGER NOT NULL REFERENCES peak_groups (id) ON DELETE CASCADE,
    compound_id INTEGER NOT NULL REFERENCES compounds (id) ON DELETE RESTRICT,
    PRIMARY KEY (peak_group_id, compound_id)
);
CREATE INDEX peak_group_compounds_by_compound ON peak_group_compounds (compound_id);
