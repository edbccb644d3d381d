//! Children, the recordings about them, and finding a child.

pub(crate) mod child;
pub(crate) mod entry;
pub(crate) mod search;
pub(crate) mod sight;
