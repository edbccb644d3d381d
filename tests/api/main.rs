//! What the service promises, tested through its API on SQLite and on PostgreSQL.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests and their helpers panic when an expectation fails"
)]

#[macro_use]
mod support;

mod access;
mod accounts;
mod audit;
mod authorization;
mod caller;
mod database;
mod door;
mod edge;
mod generated_worlds;
mod notices;
mod oracle;
mod properties;
mod record;
mod repository;
mod sealing;
mod statutory;
mod tour;
mod wire;
