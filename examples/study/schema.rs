//! The study's tables, as Diesel sees them on every database. What makes them is in `migrations`.

diesel::table! {
    compounds (id) {
        id -> Integer,
        name -> Text,
        formula -> Text,
        hmdb_id -> Text,
        animals_by_tracer -> Nullable<Integer>,
    }
}

diesel::table! {
    tracers (id) {
        id -> Integer,
        compound_id -> Integer,
        name -> Nullable<Text>,
        label_combo -> Nullable<Text>,
    }
}

diesel::table! {
    tracer_labels (id) {
        id -> Integer,
        tracer_id -> Integer,
        element -> Text,
        mass_number -> Integer,
        count -> Integer,
        positions -> Text,
        name -> Nullable<Text>,
    }
}

diesel::table! {
    infusates (id) {
        id -> Integer,
        tracer_group_name -> Nullable<Text>,
        name -> Nullable<Text>,
        label_combo -> Nullable<Text>,
    }
}

diesel::table! {
    infusate_tracers (id) {
        id -> Integer,
        infusate_id -> Integer,
        tracer_id -> Integer,
        concentration -> Double,
    }
}

diesel::table! {
    animals (id) {
        id -> Integer,
        name -> Text,
        infusate_id -> Nullable<Integer>,
        genotype -> Text,
        age -> Nullable<Double>,
        sex -> Nullable<Text>,
        diet -> Nullable<Text>,
        body_weight -> Nullable<Double>,
        infusion_rate -> Nullable<Double>,
        last_serum_sample_id -> Nullable<Integer>,
        label_combo -> Nullable<Text>,
    }
}

diesel::table! {
    tissues (id) {
        id -> Integer,
        name -> Text,
    }
}

diesel::table! {
    samples (id) {
        id -> Integer,
        name -> Text,
        date -> Date,
        researcher -> Text,
        animal_id -> Integer,
        tissue_id -> Integer,
        time_collected -> Nullable<Integer>,
        is_serum_sample -> Bool,
    }
}

diesel::table! {
    fcircs (id) {
        id -> Integer,
        serum_sample_id -> Integer,
        tracer_id -> Integer,
        element -> Text,
        is_last -> Bool,
    }
}

diesel::table! {
    msrun_sequences (id) {
        id -> Integer,
        researcher -> Text,
        date -> Date,
        instrument -> Text,
    }
}

diesel::table! {
    msrun_samples (id) {
        id -> Integer,
        msrun_sequence_id -> Integer,
        sample_id -> Integer,
        polarity -> Text,
    }
}

diesel::table! {
    peak_groups (id) {
        id -> Integer,
        name -> Text,
        formula -> Text,
        msrun_sample_id -> Integer,
    }
}

diesel::table! {
    peak_group_compounds (peak_group_id, compound_id) {
        peak_group_id -> Integer,
        compound_id -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    compounds,
    tracers,
    tracer_labels,
    infusates,
    infusate_tracers,
    animals,
    tissues,
    samples,
    fcircs,
    msrun_sequences,
    msrun_samples,
    peak_groups,
    peak_group_compounds,
);
