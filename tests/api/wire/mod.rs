//! What is sent and answered.

mod bad_input;
mod forms;
