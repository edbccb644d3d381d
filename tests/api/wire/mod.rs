//! Requests and responses.

mod bad_input;
mod descriptions;
mod forms;
