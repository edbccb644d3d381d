//! Tests that need a separate server process: it is killed, it is stopped, its disk fills up.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by panicking, and its helpers do too"
)]

mod accounts;
mod checked;
mod full_disk;
mod killed_under_load;
mod rules_replaced;
mod server;
mod stopped_while_listening;
