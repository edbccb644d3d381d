//! Whether changes become durable. The probe is a commit by the writer, because a database that answers may still be
//! unable to write. Callers who ask at about the same time share one probe, so that frequent checks cost nothing.

use std::sync::Arc;
use std::time::Instant;

use diesel::result::Error as Failure;
use tokio::time::timeout_at;

use crate::context::health::{Health, PATIENCE};
use crate::context::lanes::{Ran, WriteJob};
use crate::context::queues::{Job, Priority};
use crate::context::store::Store;
use crate::database::connection::Connection;
use crate::database::error::Error;

/// A commit that is under way. It stays the only one until it is settled, however long the writer is stuck.
struct Probe(Arc<Health>);

impl Job for Probe {
    fn is_abandoned(&self) -> bool {
        false
    }
}

impl WriteJob for Probe {
    fn run(&mut self, connection: &mut Connection) -> Result<Ran, Failure> {
        // Changes nothing, but is written to the log of the database.
        connection.execute(match connection {
            Connection::Sqlite(_) => "PRAGMA user_version = 0",
            Connection::Postgres(_) => "SELECT pg_logical_emit_message(true, 'alongside', 'ready')",
        })?;
        Ok(Ran { undo: false, events: Vec::new(), activity: None })
    }

    fn changes(&self) -> bool {
        false
    }

    fn settle(self: Box<Self>, durable: Result<(), Error>) {
        self.0.settle(durable.is_ok());
    }
}

impl Store {
    /// Whether the database makes changes durable, as of the last half second.
    pub async fn ready(&self) -> Result<(), Error> {
        let answer = |writes: bool| if writes { Ok(()) } else { Err(Error::Unavailable) };
        // Subscribe before reading what is known, so that no result is missed in between.
        let mut settled = self.health.settled.subscribe();
        if let Some(writes) = self.health.known() {
            return answer(writes);
        }
        let begun = self.probe();
        // Once a probe has taken too long, later callers are answered at once.
        let done = timeout_at((begun + PATIENCE).into(), settled.changed()).await;
        answer(done.is_ok() && self.health.known() == Some(true))
    }

    /// Starts a probe unless one is under way. Returns when it was started.
    fn probe(&self) -> Instant {
        let now = Instant::now();
        {
            let mut state = self.health.state();
            if let Some(begun) = state.begun {
                return begun;
            }
            state.begun = Some(now);
        }
        if self.writers.submit(Priority::Urgent, Box::new(Probe(Arc::clone(&self.health)))).is_err() {
            self.health.settle(false);
        }
        now
    }
}
