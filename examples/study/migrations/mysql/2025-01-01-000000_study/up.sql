-- Maintained columns are nullable or have a default, so that a row can be inserted before it is computed.
-- Names are compared as they are written, as on the other databases, and fit into an index.

CREATE TABLE compounds (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(700) NOT NULL UNIQUE CHECK (name <> ''),
    formula VARCHAR(200) NOT NULL,
    hmdb_id VARCHAR(200) NOT NULL UNIQUE,
    animals_by_tracer INTEGER
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE tracers (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    compound_id INTEGER NOT NULL,
    name VARCHAR(700) UNIQUE,
    label_combo VARCHAR(200),
    FOREIGN KEY (compound_id) REFERENCES compounds (id) ON DELETE RESTRICT
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE tracer_labels (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    tracer_id INTEGER NOT NULL,
    element VARCHAR(1) NOT NULL CHECK (element IN ('C', 'N', 'H', 'O', 'S', 'P')),
    mass_number INTEGER NOT NULL CHECK (mass_number > 0),
    count INTEGER NOT NULL CHECK (count > 0),
    positions VARCHAR(200) NOT NULL,
    name VARCHAR(700),
    UNIQUE (tracer_id, element, mass_number, count, positions),
    FOREIGN KEY (tracer_id) REFERENCES tracers (id) ON DELETE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE infusates (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    tracer_group_name VARCHAR(200),
    name VARCHAR(700) UNIQUE,
    label_combo VARCHAR(200)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE infusate_tracers (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    infusate_id INTEGER NOT NULL,
    tracer_id INTEGER NOT NULL,
    concentration DOUBLE NOT NULL CHECK (concentration >= 0),
    UNIQUE (infusate_id, tracer_id),
    FOREIGN KEY (infusate_id) REFERENCES infusates (id) ON DELETE CASCADE,
    FOREIGN KEY (tracer_id) REFERENCES tracers (id) ON DELETE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- An animal names its last serum sample, and a sample its animal: that key is added when both tables are there.
CREATE TABLE animals (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(700) NOT NULL UNIQUE CHECK (name <> ''),
    infusate_id INTEGER,
    genotype VARCHAR(200) NOT NULL,
    age DOUBLE,
    sex VARCHAR(1) CHECK (sex IN ('F', 'M')),
    diet VARCHAR(200),
    body_weight DOUBLE,
    infusion_rate DOUBLE,
    last_serum_sample_id INTEGER,
    label_combo VARCHAR(200),
    FOREIGN KEY (infusate_id) REFERENCES infusates (id) ON DELETE RESTRICT
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE tissues (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(700) NOT NULL UNIQUE CHECK (name <> '')
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE samples (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(700) NOT NULL UNIQUE CHECK (name <> ''),
    date DATE NOT NULL,
    researcher VARCHAR(200) NOT NULL,
    animal_id INTEGER NOT NULL,
    tissue_id INTEGER NOT NULL,
    time_collected INTEGER,
    is_serum_sample BOOLEAN NOT NULL DEFAULT FALSE,
    FOREIGN KEY (animal_id) REFERENCES animals (id) ON DELETE CASCADE,
    FOREIGN KEY (tissue_id) REFERENCES tissues (id) ON DELETE RESTRICT
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

ALTER TABLE animals ADD CONSTRAINT animals_last_serum_sample FOREIGN KEY (last_serum_sample_id) REFERENCES samples (id) ON DELETE SET NULL;

CREATE TABLE fcircs (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    serum_sample_id INTEGER NOT NULL,
    tracer_id INTEGER NOT NULL,
    element VARCHAR(1) NOT NULL CHECK (element IN ('C', 'N', 'H', 'O', 'S', 'P')),
    is_last BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (serum_sample_id, tracer_id, element),
    FOREIGN KEY (serum_sample_id) REFERENCES samples (id) ON DELETE CASCADE,
    FOREIGN KEY (tracer_id) REFERENCES tracers (id) ON DELETE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE msrun_sequences (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    researcher VARCHAR(200) NOT NULL,
    date DATE NOT NULL,
    instrument VARCHAR(200) NOT NULL
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE msrun_samples (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    msrun_sequence_id INTEGER NOT NULL,
    sample_id INTEGER NOT NULL,
    polarity VARCHAR(8) NOT NULL CHECK (polarity IN ('positive', 'negative')),
    FOREIGN KEY (msrun_sequence_id) REFERENCES msrun_sequences (id) ON DELETE RESTRICT,
    FOREIGN KEY (sample_id) REFERENCES samples (id) ON DELETE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE peak_groups (
    id INTEGER AUTO_INCREMENT PRIMARY KEY,
    name VARCHAR(700) NOT NULL,
    formula VARCHAR(200) NOT NULL,
    msrun_sample_id INTEGER NOT NULL,
    FOREIGN KEY (msrun_sample_id) REFERENCES msrun_samples (id) ON DELETE CASCADE
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE peak_group_compounds (
    peak_group_id INTEGER NOT NULL,
    compound_id INTEGER NOT NULL,
    PRIMARY KEY (peak_group_id, compound_id),
    FOREIGN KEY (peak_group_id) REFERENCES peak_groups (id) ON DELETE CASCADE,
    FOREIGN KEY (compound_id) REFERENCES compounds (id) ON DELETE RESTRICT
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
