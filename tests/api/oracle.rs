//! The rules a second time, in Rust and by hand, held against the running service.

mod case;
mod differences;
mod mutations;
mod rules;
