//! The relationship of a caller to a subject: facts, never the content of a record.

pub(crate) mod actor;
pub(crate) mod child;
pub(crate) mod entry;
pub(crate) mod facts;
pub(crate) mod role;
pub(crate) mod subject;
pub(crate) mod whose;
