//! Callers and how they are recognised.

mod issuers;
