//! What is kept of every act.

mod events;
