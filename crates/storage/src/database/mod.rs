//! Connections, the schema and its migrations, and how values are written in SQL.

pub(crate) mod account_turn;
pub(crate) mod connection;
pub(crate) mod error;
pub(crate) mod ids;
pub(crate) mod migrations;
pub(crate) mod paging;
pub(crate) mod rights;
pub(crate) mod schema;
pub(crate) mod sql_types;
