//! What is kept of every act, and what is unusual in it.

pub mod activity;
pub mod event;
