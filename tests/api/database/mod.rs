//! The database itself.

mod examinations;
mod rights;
