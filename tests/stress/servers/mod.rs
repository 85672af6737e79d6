//! What is tested on databases that are servers.

mod terminated;
