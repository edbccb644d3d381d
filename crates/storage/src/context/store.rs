//! The store: shared by all. It hands work to the connections and waits for it.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use alongside_domain::{At, Clock, IdSource};
use alongside_policy::Policy;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::audit::activity::Watch;
use crate::context::health::Health;
use crate::context::job::{Change, Look, Passed, Trace};
use crate::context::lanes::{ReadJob, Writers};
use crate::context::looks::Told;
use crate::context::queues::{Lane, Priority};
use crate::database::connection::Connection;
use crate::database::error::Error;
use crate::sealing::hashing::Passwords;
use crate::sealing::keys::{self, Keys};

/// What every thread needs.
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) keys: Keys,
    pub(crate) policy: RwLock<Arc<Policy>>,
    pub(crate) told: Arc<Told>,
    pub(crate) referral_days: i64,
    pub(crate) watch: Arc<Watch>,
}

impl Shared {
    /// The policies in force now. A decision and what follows from it use one set throughout.
    pub(crate) fn policy(&self) -> Arc<Policy> {
        Arc::clone(&self.policy.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where records are kept. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
    pub(crate) readers: Lane<dyn ReadJob>,
    pub(crate) writers: Arc<Writers>,
    pub(crate) patience: Duration,
    pub(crate) health: Arc<Health>,
    pub(crate) passwords: Arc<Passwords>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// The present instant.
    pub fn now(&self) -> At {
        self.shared.clock.now()
    }

    /// A new id.
    pub fn new_id(&self) -> uuid::Uuid {
        self.shared.ids.next(self.now())
    }

    /// The policies in force.
    pub fn policy(&self) -> Arc<Policy> {
        self.shared.policy()
    }

    /// The Ed25519 seed of the key that signs access tokens, derived from the key file.
    pub fn signing_seed(&self) -> [u8; 32] {
        self.shared.keys.signing_seed()
    }

    /// Seals what a client sends back unread, such as a cursor. `purpose` separates the uses.
    pub fn service_seal(&self, purpose: &'static str, text: &[u8]) -> String {
        let sealed = self.shared.keys.service().seal(service_place(purpose), text);
        URL_SAFE_NO_PAD.encode(sealed.unwrap_or_default())
    }

    /// Opens what [`Store::service_seal`] sealed for the same purpose.
    pub fn service_open(&self, purpose: &'static str, text: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        self.shared.keys.service().open(service_place(purpose), &sealed).ok().map(|text| text.to_vec())
    }

    /// Hands a change to the writer.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        priority: Priority,
        run: impl FnMut(&mut Connection) -> Passed<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.writers.submit(priority, Box::new(Change { run, result: None, reply })).map_err(|_| busy())?;
        self.wait(answer).await
    }

    /// A change without a signed-in caller, such as signing in.
    pub(crate) async fn session_change<T: Send + 'static>(
        &self,
        run: impl FnMut(&Shared, &mut Connection, At) -> Passed<T> + Send + 'static,
    ) -> Result<T, Error> {
        self.session_change_in(Priority::Ordinary, run).await
    }

    pub(crate) async fn session_change_in<T: Send + 'static>(
        &self,
        priority: Priority,
        mut run: impl FnMut(&Shared, &mut Connection, At) -> Passed<T> + Send + 'static,
    ) -> Result<T, Error> {
        let shared = Arc::clone(&self.shared);
        self.change(priority, move |c| run(&shared, c, shared.clock.now())).await
    }

    /// Hands a read to a reader. Its response waits until its audit event is durable.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        priority: Priority,
        mut run: impl FnMut(&mut Connection) -> Passed<T> + Send + 'static,
    ) -> Result<T, Error> {
        let writers = Arc::clone(&self.writers);
        let found = Arc::new(Mutex::new(None));
        // What was found is dropped when the caller stops waiting. Its event may wait much longer.
        let kept = Arc::downgrade(&found);
        let look = move |connection: Result<&mut Connection, Error>, reply: oneshot::Sender<Result<(), Error>>| {
            let passed = match connection {
                Ok(connection) => run(connection),
                Err(error) => Passed::of(Err(error), None),
            };
            let Passed { first, unseen, result, event, activity, .. } = passed;
            let Some(event) = event else {
                // No decision was made and nothing was read, so there is no event and no notice.
                let _ = reply.send(Err(result.err().unwrap_or(Error::Unavailable).outward()));
                return;
            };
            if let Some(found) = kept.upgrade() {
                *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            }
            // If there is no room for the event, the response is dropped too: nothing is disclosed unaudited.
            let trace = Trace { event, activity, first, unseen, withheld: false, reply };
            let of = trace.event.worker_id;
            if let Err(trace) = writers.submit_read(of, priority, Box::new(trace)) {
                trace.settle(Err(busy()));
            }
        };
        self.read(priority, look).await?;
        let found = found.lock().unwrap_or_else(PoisonError::into_inner).take();
        found.unwrap_or(Err(Error::Unavailable)).map_err(Error::outward)
    }

    /// Reads what concerns no child and needs no caller.
    pub(crate) async fn look_unaudited<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared, &mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.look_unaudited_in(Priority::Ordinary, read).await
    }

    pub(crate) async fn look_unaudited_in<T: Send + 'static>(
        &self,
        priority: Priority,
        read: impl FnOnce(&Shared, &mut Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let shared = Arc::clone(&self.shared);
        self.read(priority, move |connection, reply| {
            let _ = reply.send(connection.and_then(|c| read(&shared, c)).map_err(Error::outward));
        })
        .await
    }

    async fn read<T: Send + 'static>(
        &self,
        priority: Priority,
        run: impl FnOnce(Result<&mut Connection, Error>, oneshot::Sender<Result<T, Error>>) + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.readers.submit(priority, Box::new(Look { run, reply })).map_err(|_| busy())?;
        self.wait(answer).await
    }

    /// When a caller stops waiting, work that has not begun is dropped. Work that has begun may still be done.
    async fn wait<T>(&self, answer: oneshot::Receiver<Result<T, Error>>) -> Result<T, Error> {
        match timeout(self.patience, answer).await {
            Ok(answer) => answer.unwrap_or(Err(Error::Unavailable)),
            Err(_) => Err(Error::TooLate),
        }
    }
}

fn service_place(purpose: &'static str) -> keys::At<'static> {
    keys::At { table: "service", row: uuid::Uuid::nil(), part: purpose, owner: uuid::Uuid::nil() }
}

fn busy() -> Error {
    tracing::warn!("too many requests are waiting for the database");
    Error::Unavailable
}
