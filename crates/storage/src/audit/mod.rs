//! The events that are kept of every act, and the counts that show unusual access.

pub(crate) mod activity;
pub(crate) mod counting;
pub(crate) mod counts;
pub(crate) mod event;
pub(crate) mod rows;
pub(crate) mod unusual;
