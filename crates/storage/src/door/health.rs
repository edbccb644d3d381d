//! Whether changes become durable. The probe is a commit of the writer's, since a database may answer and not write.
//! One serves everybody who asks at about the same time, so that asking often costs nothing.

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

/// A commit that is on its way. It stays the only one until it is settled, however long the writer is stuck.
struct Probe(Arc<Health>);

impl Job for Probe {
    fn is_abandoned(&self) -> bool {
        false
    }
}

impl WriteJob for Probe {
    fn run(&mut self, connection: &mut Connection) -> Result<Ran, Failure> {
        // Changes nothing, and is written to the log of the database all the same.
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
        // Before it is looked at what is known, so that nothing is missed in between.
        let mut settled = self.health.settled.subscribe();
        if let Some(writes) = self.health.known() {
            return answer(writes);
        }
        let begun = self.probe();
        // A probe that takes too long answers at once whoever comes later.
        let done = timeout_at((begun + PATIENCE).into(), settled.changed()).await;
        answer(done.is_ok() && self.health.known() == Some(true))
    }

    /// Begins a probe unless one is under way. Gives when it was begun.
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
