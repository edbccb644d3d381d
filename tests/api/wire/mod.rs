//! Requests and responses.

mod bad_input;
mod forms;
