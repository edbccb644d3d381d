//! What workers are notified of.

mod reads;
mod streams;
mod suppressions;
