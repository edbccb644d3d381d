//! How the actor stands to a subject: facts, and never the content of a record.

pub(crate) mod actor;
pub(crate) mod child;
pub(crate) mod entry;
pub(crate) mod facts;
pub(crate) mod subject;
pub(crate) mod whose;
