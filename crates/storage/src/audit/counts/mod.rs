//! The counts of what workers do, as rows: a statement for each row on SQLite, one for all on PostgreSQL.

pub(crate) mod postgres;
pub(crate) mod rows;
pub(crate) mod sqlite;
