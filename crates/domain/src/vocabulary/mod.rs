//! The words that every other module is written in: codes, identifiers, instants, purposes and the check of a value.

pub mod calendar;
pub mod check;
pub mod clock;
pub mod codes;
pub mod id;
pub mod purpose;
pub(crate) mod unseen;
pub mod version;
