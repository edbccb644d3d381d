//! The one way to a record: decide, do, write the audit event, and only then answer.

pub(crate) mod act;
pub(crate) mod explain;
pub(crate) mod health;
pub(crate) mod idempotency;
pub(crate) mod open;
pub(crate) mod pass;
