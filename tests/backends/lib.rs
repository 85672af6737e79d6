//! The folder `cases` holds programs with mistakes, which `backends.rs` compiles, and what the compiler says of them.
