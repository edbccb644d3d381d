//! Handlers for notices, their stream, and their suppression.

pub(crate) mod notice;
pub(crate) mod stream;
pub(crate) mod suppression;
