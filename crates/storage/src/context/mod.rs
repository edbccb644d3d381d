//! What a query is handed: the store, the lanes to the database, and the grant.

pub(crate) mod lanes;
pub(crate) mod store;
