//! Handlers for children and the recordings about them.

pub(crate) mod child;
pub(crate) mod concern;
pub(crate) mod contact;
pub(crate) mod entry;
pub(crate) mod indicator;
pub(crate) mod observation;
