//! What workers are notified of, and when notices of police access are suppressed.

pub mod notice;
pub mod suppression;
