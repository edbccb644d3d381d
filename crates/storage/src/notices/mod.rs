//! What workers are notified of.

pub(crate) mod notice;
pub(crate) mod stream;
pub(crate) mod suppression;
