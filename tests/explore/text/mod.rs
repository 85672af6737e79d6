//! What is explored, on whichever database includes it.

mod explorer;
mod gate;
mod order;
mod player;
mod stage;
mod tests;
mod writes;
