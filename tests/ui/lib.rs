//! The folders `attr` and `bound` hold programs with mistakes, which `ui.rs` compiles, and what the compiler says of them.
