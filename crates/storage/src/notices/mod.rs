//! What workers are notified of.

pub(crate) mod link;
pub(crate) mod notice;
pub(crate) mod recipients;
pub(crate) mod row;
pub(crate) mod stream;
pub(crate) mod suppression;
