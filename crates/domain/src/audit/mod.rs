//! The audit of every action, and unusual access.

pub mod activity;
pub mod event;
