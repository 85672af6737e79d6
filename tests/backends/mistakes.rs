//! What the compiler says of a database that one model leaves out and another does not. As in `tests/ui`,
//! `TRYBUILD=overwrite cargo test -p backends --features long,servers` renews the messages.

#[test]
fn a_model_that_needs_one_that_is_not_there_does_not_compile() {
    trybuild::TestCases::new().compile_fail("cases/*.rs");
}
