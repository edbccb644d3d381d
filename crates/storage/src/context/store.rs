//! The store: opened once, shared by all.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use alongside_domain::accounts::worker::Actor;
use alongside_domain::audit::activity::Thresholds;
use alongside_domain::audit::event::AuditEvent;
use alongside_domain::{At, Clock, IdSource};
use alongside_policy::{Action, Effect, Policy};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::accounts::password::{PasswordCost, Passwords};
use crate::accounts::session;
use crate::audit::activity::Watch;
use crate::context::lanes::{self, Job, Lane, Priority, ReadJob, Source, WriteJob};
use crate::database::connection::{Connection, Database};
use crate::database::error::{Error, OpenError};
use crate::database::migrations;
use crate::door::health::Health;
use crate::door::idempotency::{self, Once, Repeatable};
use crate::door::pass::{Change, Granted, Passed, Trace, pass};
use crate::notices::notice::Told;
use crate::sealing::keys::{self, KeyFileReaders, Keys};

/// What a store is opened with.
pub struct Options {
    /// Where the records are kept.
    pub database: Database,
    /// The file that opens them; made when there is none.
    pub key_file: PathBuf,
    /// Who may be able to read that file.
    pub key_file_readers: KeyFileReaders,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn IdSource>,
    /// How many connections read.
    pub readers: usize,
    /// How many connections write; SQLite has one whatever stands here.
    pub writers: usize,
    /// How long a caller waits for the database, and a statement may take.
    pub patience: Duration,
    /// How dear a password hash is.
    pub password_cost: PasswordCost,
    /// The rules about who may do what.
    pub policy: Policy,
    /// How long the worker who accepts a referral is allocated to the child, in days.
    pub referral_days: u32,
    /// Above which counts what a worker does is unusual.
    pub thresholds: Thresholds,
}

/// What every thread needs.
pub(crate) struct Shared {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Arc<dyn IdSource>,
    pub(crate) keys: Keys,
    policy: RwLock<Arc<Policy>>,
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
    readers: Lane<dyn ReadJob>,
    pub(crate) writers: Lane<dyn WriteJob>,
    patience: Duration,
    pub(crate) health: Arc<Health>,
    pub(crate) passwords: Arc<Passwords>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens the database. SQLite is migrated; PostgreSQL is only checked, and refused with migrations pending.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        if let Database::Sqlite(path) = &options.database {
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                std::fs::create_dir_all(folder).map_err(|error| OpenError::Database(error.to_string()))?;
            }
            make_private(path).map_err(|error| OpenError::Database(error.to_string()))?;
            migrations::run(&options.database, None)?;
        }
        let mut connection = Connection::open(&options.database, options.patience)?;
        let pending = migrations::pending(&mut connection)?;
        if !pending.is_empty() {
            return Err(OpenError::MigrationsPending(pending));
        }
        let keys = keys::open(&mut connection, &options.key_file, options.key_file_readers)?;
        let source = Arc::new(Source { database: options.database, patience: options.patience });
        Ok(Self {
            readers: lanes::readers(&source, options.readers)?,
            writers: lanes::writers(&source, options.writers)?,
            patience: options.patience,
            health: Arc::default(),
            passwords: Arc::new(Passwords::new(options.password_cost)),
            shared: Arc::new(Shared {
                clock: options.clock,
                watch: Arc::new(Watch::new(options.thresholds, Arc::clone(&options.ids))),
                ids: options.ids,
                keys,
                policy: RwLock::new(Arc::new(options.policy)),
                told: Arc::default(),
                referral_days: i64::from(options.referral_days),
            }),
        })
    }

    /// Runs the migrations that are pending and names them. On PostgreSQL, `app_role` is granted what the
    /// service needs: it may add to the audit and to record versions, and never change or remove them.
    pub fn migrate(database: &Database, app_role: Option<&str>) -> Result<Vec<String>, OpenError> {
        migrations::run(database, app_role)
    }

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

    /// Puts other policies in force, for every decision from now on. Leaves an event with their digest.
    pub async fn put_policy(&self, policy: Policy) -> Result<(), Error> {
        self.record_policy(&policy).await?;
        *self.shared.policy.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(policy);
        Ok(())
    }

    /// Leaves an event that says which policies are in force: the digest of their text.
    pub async fn record_policy(&self, policy: &Policy) -> Result<(), Error> {
        let digest = STANDARD.encode(keys::digest_of(policy.source().as_bytes()));
        let request = self.new_id();
        self.session_change(move |shared, _, now| {
            let event = session::event(shared, now, "load_policies", None, None, request);
            let event =
                AuditEvent { subject_kind: "policies".to_owned(), policies: format!("sha256-{digest}"), ..event };
            Passed::of(Ok(()), Some(event.permitted()))
        })
        .await
    }

    /// The Ed25519 seed of the key that signs access tokens, derived from the key file.
    pub fn signing_seed(&self) -> [u8; 32] {
        self.shared.keys.signing_seed()
    }

    /// Seals what goes out and comes back unread, such as a cursor. `purpose` keeps uses apart.
    pub fn service_seal(&self, purpose: &'static str, text: &[u8]) -> String {
        let sealed = self.shared.keys.service().seal(service_place(purpose), text);
        URL_SAFE_NO_PAD.encode(sealed.unwrap_or_default())
    }

    /// Opens what [`Store::service_seal`] sealed for the same purpose.
    pub fn service_open(&self, purpose: &'static str, text: &str) -> Option<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(text).ok()?;
        self.shared.keys.service().open(service_place(purpose), &sealed).ok().map(|text| text.to_vec())
    }

    /// Does `work` if the policies allow `action` to `actor`. Every decision leaves one audit event, which is
    /// durable before this answers; if it cannot be written, nothing is disclosed and nothing changed.
    ///
    /// `work` may run more than once and must depend on what it is given alone.
    pub async fn act<A, T>(
        &self,
        actor: &Actor,
        action: A,
        mut work: impl FnMut(&mut Granted<'_, A>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error>
    where
        A: Action,
        T: Send + 'static,
    {
        let (shared, actor) = (Arc::clone(&self.shared), actor.clone());
        let priority = if A::VERB.is_urgent() { Priority::Urgent } else { Priority::Ordinary };
        match A::VERB.effect() {
            Effect::Write => self.change(priority, move |c| pass(&shared, c, &actor, &action, &mut work)).await,
            Effect::Read => self.look(priority, move |c| pass(&shared, c, &actor, &action, &mut work)).await,
        }
    }

    /// As [`Store::act`]; a repetition with the same key and body does nothing, and is answered with what was made as
    /// the actor may see it now.
    pub async fn act_once<A>(
        &self,
        actor: &Actor,
        action: A,
        once: Option<Once>,
        mut work: impl FnMut(&mut Granted<'_, A>) -> Result<A::Answer, Error> + Send + 'static,
    ) -> Result<A::Answer, Error>
    where
        A: Repeatable,
        A::Answer: Send + 'static,
    {
        let Some(once) = once else {
            return self.act(actor, action, work).await;
        };
        self.act(actor, action, move |granted| idempotency::once(granted, &once, &mut work)).await
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

    /// Hands a look to a reader; its answer waits until its event is durable.
    async fn look<T: Send + 'static>(
        &self,
        priority: Priority,
        mut run: impl FnMut(&mut Connection) -> Passed<T> + Send + 'static,
    ) -> Result<T, Error> {
        let writers = self.writers.clone();
        let found = Arc::new(Mutex::new(None));
        // What was found lives no longer than its caller waits: its event may wait for much longer.
        let kept = Arc::downgrade(&found);
        let look = move |connection: Result<&mut Connection, Error>, reply: oneshot::Sender<Result<(), Error>>| {
            let passed = match connection {
                Ok(connection) => run(connection),
                Err(error) => Passed::of(Err(error), None),
            };
            let Passed { first, unseen, result, event, activity, .. } = passed;
            let Some(event) = event else {
                // No decision was made and nothing was read, so there is nothing to trace and nothing to tell.
                let _ = reply.send(Err(result.err().unwrap_or(Error::Unavailable).outward()));
                return;
            };
            if let Some(found) = kept.upgrade() {
                *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            }
            // A trace that finds no room takes its answer with it: nothing is disclosed unaudited.
            let trace = Trace { event, activity, first, unseen, withheld: false, reply };
            if let Err(trace) = writers.submit(priority, Box::new(trace)) {
                trace.settle(Err(busy()));
            }
        };
        self.read(priority, look).await?;
        let found = found.lock().unwrap_or_else(PoisonError::into_inner).take();
        found.unwrap_or(Err(Error::Unavailable)).map_err(Error::outward)
    }

    /// Reads what is about no child and needs no actor.
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

    /// A caller that stops waiting lets go of what was not begun. What was begun may still be done.
    async fn wait<T>(&self, answer: oneshot::Receiver<Result<T, Error>>) -> Result<T, Error> {
        match timeout(self.patience, answer).await {
            Ok(answer) => answer.unwrap_or(Err(Error::Unavailable)),
            Err(_) => Err(Error::TooLate),
        }
    }
}

/// A look on its way to a reader.
struct Look<F, T> {
    run: F,
    reply: oneshot::Sender<T>,
}

impl<F: Send, T: Send> Job for Look<F, T> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

impl<F, T> ReadJob for Look<F, T>
where
    F: FnOnce(Result<&mut Connection, Error>, oneshot::Sender<T>) + Send,
    T: Send,
{
    fn run(self: Box<Self>, connection: Result<&mut Connection, Error>) {
        (self.run)(connection, self.reply);
    }
}

/// A new database file is for its owner alone, and so are the files that SQLite puts beside it.
fn make_private(path: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600).open(path).map(drop)
}

fn service_place(purpose: &'static str) -> keys::At<'static> {
    keys::At { table: "service", row: uuid::Uuid::nil(), part: purpose, owner: uuid::Uuid::nil() }
}

fn busy() -> Error {
    tracing::warn!("too many requests are waiting for the database");
    Error::Unavailable
}
