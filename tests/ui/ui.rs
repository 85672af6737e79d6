//! What the compiler says of mistakes. The messages are user interface: `TRYBUILD=overwrite cargo test -p ui` renews
//! them after a change that is meant, or after a new compiler.

/// Mistakes that the macros see, in our own words.
#[test]
fn mistakes_in_attributes_and_signatures() {
    trybuild::TestCases::new().compile_fail("attr/*.rs");
}

/// Mistakes that only the compiler sees, as unmet bounds.
#[test]
fn mistakes_in_types() {
    trybuild::TestCases::new().compile_fail("bound/*.rs");
}
