//! What the service promises, asked through its API on SQLite and on PostgreSQL.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test says what it expects by panicking, and its helpers do too"
)]

#[macro_use]
mod support;

mod accounts;
mod audit;
mod authorization;
mod bad_input;
mod beginnings;
mod catalogue;
mod children;
mod closed_records;
mod concerns;
mod confidences;
mod connections;
mod deadlines;
mod disclosures;
mod duplicate_checks;
mod emergencies;
mod emergency_reviews;
mod examinations;
mod forms;
mod front_doors;
mod generated_worlds;
mod idempotency;
mod identities;
mod issuers;
mod keys;
mod limits;
mod linked_accounts;
mod moments;
mod movers;
mod notice_streams;
mod notices;
mod oracle;
mod overload;
mod partner_information;
mod passwords;
mod properties;
mod referrals;
mod repository;
mod restrictions;
mod rights;
mod role_grants;
mod searches;
mod second_factors;
mod sign_in;
mod single_administrator;
mod suppressions;
mod tour;
mod unusual_access;
mod versions;
