//! Keys.

mod keys;
