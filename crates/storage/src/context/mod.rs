//! What a query is handed: the store, the lanes to the database, and the grant.

pub(crate) mod granted;
pub(crate) mod health;
pub(crate) mod job;
pub(crate) mod lanes;
pub(crate) mod looks;
pub(crate) mod queues;
pub(crate) mod repeatable;
pub(crate) mod store;
