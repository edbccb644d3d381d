//! An open change beside the service, so that requests that arrive meanwhile have to wait.

use std::time::Duration;

use actix_web::rt::time::sleep;

use super::database::{Backend, Behind, Fresh};

/// A transaction that is open, and what it locks.
pub(crate) struct Held {
    by: Behind,
    backend: Backend,
}

impl Held {
    pub(crate) fn begin(fresh: &Fresh, sql: &str) -> Self {
        let (mut by, backend) = (fresh.behind(), fresh.backend());
        let begin = if backend == Backend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
        by.run(&format!("{begin}; {sql}")).expect("the lock is taken");
        Self { by, backend }
    }

    /// Returns when this many wait for it or for one another. SQLite does not show who waits.
    pub(crate) async fn are_waited_for_by(&mut self, many: i64) {
        let waiting = "WITH RECURSIVE line (pid) AS (SELECT pg_backend_pid() UNION \
            SELECT a.pid FROM pg_stat_activity a JOIN line ON line.pid = ANY (pg_blocking_pids(a.pid))) \
            SELECT COUNT(*) - 1 AS n FROM line";
        for _ in 0..200 {
            sleep(Duration::from_millis(25)).await;
            if self.backend == Backend::Sqlite {
                return;
            }
            // A transaction keeps its first view of the activity of others.
            self.by.run("SELECT pg_stat_clear_snapshot()").expect("a fresh view");
            if self.by.number(waiting) == many {
                return;
            }
        }
        panic!("the requests do not wait");
    }

    pub(crate) fn end(mut self) {
        self.by.run("COMMIT").expect("the lock is released");
    }
}
