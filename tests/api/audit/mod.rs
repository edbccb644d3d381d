//! The audit of every action.

mod events;
