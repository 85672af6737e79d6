//! The folder `cases` holds programs with mistakes, which `mistakes.rs` compiles, and what the compiler says of them.
