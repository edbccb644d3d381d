//! The one way to a record.

mod idempotency;
