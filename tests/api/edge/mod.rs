//! What happens to every request.

mod connections;
mod deadlines;
mod limits;
mod overload;
