//! The guide, chapter by chapter. Begin with [`start`]; the terms are in [`words`].
//!
//! The same texts are the files in
//! [`docs/guide`](https://github.com/maintained-rs/maintained/tree/main/docs/guide).

/// Where files are that are no modules.
macro_rules! files {
    () => {
        "https://github.com/maintained-rs/maintained/blob/main/docs/"
    };
}

/// Declares a module for each chapter.
///
/// The chapters lead to one another by names (`[Scopes][scopes]`), which their files define as
/// paths, for readers of the files. Of two definitions Markdown takes the first: here the names
/// lead to modules.
macro_rules! chapters {
    ($($name:ident: $file:literal,)*) => {
        $(
            /// [words]: crate::guide::words
            /// [declaring]: crate::guide::declaring
            /// [left-out]: crate::guide::declaring#columns-that-a-model-leaves-out
            /// [fields]: crate::guide::declared_fields
            /// [writing]: crate::guide::reading_and_writing
            /// [scopes]: crate::guide::scopes
            /// [trees]: crate::guide::trees_and_links
            /// [async]: crate::guide::async_programs
            /// [production]: crate::guide::in_production
            /// [check]: crate::guide::in_production#check-and-repair
            /// [limits]: crate::guide::limits
            /// [databases]: crate::guide::several_databases
            /// [two-phase]: crate::guide::several_databases#all-or-none
            /// [servers]: crate::guide::servers
            /// [past]: crate::guide::past_one_machine
            #[doc = concat!("[concurrency]: ", files!(), "CONCURRENCY.md")]
            #[doc = concat!("[performance]: ", files!(), "PERFORMANCE.md")]
            #[doc = ""]
            #[doc = include_str!(concat!("../docs/", $file))]
            pub mod $name {}
        )*
    };
}

chapters! {
    words: "guide/words.md",
    start: "guide/start.md",
    declaring: "guide/declaring.md",
    declared_fields: "guide/declared_fields.md",
    reading_and_writing: "guide/reading_and_writing.md",
    scopes: "guide/scopes.md",
    testing_setters: "guide/testing_setters.md",
    trees_and_links: "guide/trees_and_links.md",
    several_threads: "guide/several_threads.md",
    async_programs: "guide/async_programs.md",
    in_production: "guide/in_production.md",
    several_databases: "guide/several_databases.md",
    servers: "guide/servers.md",
    past_one_machine: "guide/past_one_machine.md",
    from_django: "guide/from_django.md",
    from_rails_and_triggers: "guide/from_rails_and_triggers.md",
    from_diesel: "guide/from_diesel.md",
    rules: "RULES.md",
    limits: "LIMITS.md",
}
