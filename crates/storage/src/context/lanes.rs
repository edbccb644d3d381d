//! The threads that own connections. Each reader works on its own snapshot. A writer gathers every waiting job
//! (changes, and the audit events of reads) into one transaction and answers all of them after one commit. A job that
//! fails is undone to its savepoint and does not affect the others.
//!
//! Changes wait in a lane that all writers share; the audit events of reads wait for one writer each.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use alongside_domain::WorkerId;
use alongside_domain::audit::event::{AuditEvent, AuditOutcome};
use diesel::result::{DatabaseErrorKind, Error as Failure};

use crate::audit::activity::Activity;
use crate::audit::counting;
use crate::audit::rows;
use crate::context::queues::{Intake, Job, Lane, Priority, lane};
use crate::database::connection::{Connection, Database, Use};
use crate::database::error::{Error, OpenError, kind_of};

/// Work on a snapshot.
pub(crate) trait ReadJob: Job {
    /// Does the work. Gets an error when there is no database.
    fn run(self: Box<Self>, connection: Result<&mut Connection, Error>);
}

/// What a write job did.
pub(crate) struct Ran {
    /// Whether its changes are to be undone.
    pub(crate) undo: bool,
    /// Its audit events.
    pub(crate) events: Vec<AuditEvent>,
    /// What is counted of it.
    pub(crate) activity: Option<Activity>,
}

/// Work that changes something. May run more than once; only the last run counts.
pub(crate) trait WriteJob: Job {
    /// Does the work.
    fn run(&mut self, connection: &mut Connection) -> Result<Ran, Failure>;

    /// Whether it needs a savepoint: an event alone does not.
    fn changes(&self) -> bool {
        true
    }

    /// The worker has to wait for a confirmation. Returns whether what was read is withheld, so that the event says
    /// that it was refused.
    fn withhold(&mut self) -> bool {
        false
    }

    /// Answers the caller, once the work is durable or cannot become durable.
    fn settle(self: Box<Self>, durable: Result<(), Error>);
}

/// Starts `count` readers.
pub(crate) fn readers(source: &Arc<Source>, count: usize) -> Result<Lane<dyn ReadJob>, OpenError> {
    let (lane, queues) = lane::<dyn ReadJob>();
    for _ in 0..count.max(1) {
        let (queues, mut slot) = (queues.clone(), Slot::new(source));
        spawn("reader", move || {
            let mut next = queues.next();
            while let Some(job) = next {
                let whole = slot.read(job);
                let following = queues.at_once();
                slot.end_read(whole, following.is_some());
                next = following.or_else(|| queues.next());
            }
        })?;
    }
    Ok(lane)
}

/// The writers: one lane for all of them, and one for each. One writer counts what one worker reads. Two would wait for
/// each other's locks on that worker's counts, and commit one after the other.
pub(crate) struct Writers {
    shared: Lane<dyn WriteJob>,
    own: Vec<Lane<dyn WriteJob>>,
}

impl Writers {
    /// Starts `count` writers. SQLite allows only one.
    pub(crate) fn start(source: &Arc<Source>, count: usize) -> Result<Self, OpenError> {
        let count = if matches!(source.database, Database::Sqlite(_)) { 1 } else { count.max(1) };
        let (shared, for_all) = lane::<dyn WriteJob>();
        let mut own = Vec::with_capacity(count);
        for _ in 0..count {
            let (lane, for_one) = lane::<dyn WriteJob>();
            let (intake, mut slot) = (Intake::new(for_one, for_all.clone()), Slot::new(source));
            spawn("writer", move || {
                loop {
                    let batch = intake.at_once().or_else(|| {
                        slot.rest();
                        intake.next()
                    });
                    let Some(batch) = batch else { break };
                    slot.write(batch, &|| intake.is_waiting());
                }
            })?;
            own.push(lane);
        }
        Ok(Self { shared, own })
    }

    /// Hands a change to the next free writer. Returns it when too many are waiting.
    pub(crate) fn submit(&self, priority: Priority, job: Box<dyn WriteJob>) -> Result<(), Box<dyn WriteJob>> {
        self.shared.submit(priority, job)
    }

    /// Hands the audit event of a read to the writer that counts what this worker reads.
    pub(crate) fn submit_read(
        &self,
        of: Option<WorkerId>,
        priority: Priority,
        job: Box<dyn WriteJob>,
    ) -> Result<(), Box<dyn WriteJob>> {
        // The end of an id is random.
        let number = of.and_then(|worker| worker.0.as_bytes().last().copied()).map_or(0, usize::from);
        self.own.get(number % self.own.len().max(1)).unwrap_or(&self.shared).submit(priority, job)
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
    let builder = thread::Builder::new().name(format!("storage-{name}"));
    builder.spawn(work).map(drop).map_err(|error| OpenError::Database(error.to_string()))
}

/// What a connection is opened from.
pub(crate) struct Source {
    pub(crate) database: Database,
    /// How long a statement may take.
    pub(crate) patience: Duration,
}

/// A place for a connection, opened when needed and given up when broken.
struct Slot {
    source: Arc<Source>,
    connection: Option<Connection>,
    /// A transaction is open already.
    begun: bool,
}

impl Slot {
    fn new(source: &Arc<Source>) -> Self {
        Self { source: Arc::clone(source), connection: None, begun: false }
    }

    /// A connection with an open transaction. A connection that broke while idle is replaced once.
    fn begin(&mut self, purpose: Use) -> Result<&mut Connection, Error> {
        let begun = std::mem::take(&mut self.begun);
        let held = match self.connection.as_mut() {
            Some(_) if begun => true,
            Some(connection) => match connection.begin(purpose) {
                Ok(()) => true,
                // Another connection of SQLite writes, and this one has waited for as long as it may.
                Err(error) if is_busy(connection, &error) => return Err(error.into()),
                Err(_) => false,
            },
            None => false,
        };
        if !held {
            self.connection = None;
            let mut connection = Connection::open(&self.source.database, self.source.patience).map_err(|error| {
                tracing::error!(%error, "no connection to the database");
                Error::Unavailable
            })?;
            connection.begin(purpose)?;
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or(Error::Unavailable)
    }

    /// Does the job, and says whether the connection came through it.
    fn read(&mut self, job: Box<dyn ReadJob>) -> bool {
        match self.begin(Use::Read) {
            Ok(connection) => catch_unwind(AssertUnwindSafe(|| job.run(Ok(&mut *connection)))).is_ok(),
            Err(error) => {
                job.run(Err(error.outward()));
                false
            }
        }
    }

    /// Lets the snapshot go. Where another job waits, the same round trip opens the transaction for it.
    fn end_read(&mut self, whole: bool, another: bool) {
        let Some(connection) = self.connection.as_mut().filter(|_| whole) else {
            self.connection = None;
            return;
        };
        let ended = if another { connection.begin_next_read() } else { connection.execute("COMMIT") };
        self.begun = another && ended.is_ok();
        if ended.is_err() {
            self.connection = None;
        }
    }

    /// Does the jobs and answers all of them. Whether there was a database to do them in. Where other jobs wait, the
    /// round trip that commits begins the transaction for them.
    fn write(&mut self, mut batch: Vec<Box<dyn WriteJob>>, others: &dyn Fn() -> bool) -> bool {
        let begun_before = self.begun;
        match self.attempt(&mut batch, others) {
            Ok(()) => batch.into_iter().for_each(|job| job.settle(Ok(()))),
            // One job or the database failed the batch. Each job is tried in a separate transaction, and only those
            // that fail alone get the error. A transaction that was begun before may have lost its connection since.
            Err(Failed::Batch(_)) if batch.len() > 1 || begun_before => return self.write_each(batch),
            Err(Failed::Batch(error)) => {
                tracing::error!(kind = kind_of(&error), "a change could not be made durable");
                fail(batch);
            }
            // Each job would fail alone too, after the same wait.
            Err(Failed::Begin(error)) => {
                tracing::error!(%error, "no transaction can be begun");
                fail(batch);
                return false;
            }
        }
        true
    }

    fn write_each(&mut self, batch: Vec<Box<dyn WriteJob>>) -> bool {
        let mut jobs = batch.into_iter();
        while let Some(job) = jobs.next() {
            if !self.write(vec![job], &|| false) {
                fail(jobs);
                return false;
            }
        }
        true
    }

    fn attempt(&mut self, batch: &mut [Box<dyn WriteJob>], others: &dyn Fn() -> bool) -> Result<(), Failed> {
        let connection = self.begin(Use::Write).map_err(|error| Failed::Begin(error.outward()))?;
        let done = run_all(connection, batch).and_then(|()| connection.commit(others()));
        if done.is_err() && connection.execute("ROLLBACK").is_err() {
            self.connection = None;
        }
        self.begun = done.as_ref().is_ok_and(|begun| *begun);
        done.map(drop).map_err(Failed::Batch)
    }

    /// Ends a transaction that was begun for jobs that did not come.
    fn rest(&mut self) {
        if std::mem::take(&mut self.begun)
            && self.connection.as_mut().is_some_and(|connection| connection.execute("ROLLBACK").is_err())
        {
            self.connection = None;
        }
    }
}

/// Why a batch is not durable.
enum Failed {
    /// No transaction could be begun.
    Begin(Error),
    /// Something in it failed, or its commit.
    Batch(Failure),
}

fn fail(jobs: impl IntoIterator<Item = Box<dyn WriteJob>>) {
    jobs.into_iter().for_each(|job| job.settle(Err(Error::Unavailable)));
}

/// Whether the connection is whole, and another one writes.
fn is_busy(connection: &Connection, error: &Failure) -> bool {
    // SQLite's message for SQLITE_BUSY; Diesel has no kind for it.
    matches!(connection, Connection::Sqlite(_))
        && matches!(error, Failure::DatabaseError(_, info) if info.message() == "database is locked")
}

/// Skips jobs that were abandoned while the transaction could not begin.
fn run_all(connection: &mut Connection, batch: &mut [Box<dyn WriteJob>]) -> Result<(), Failure> {
    let mut all = Vec::with_capacity(batch.len());
    let mut savepoint = Savepoint::None;
    for job in batch.iter_mut().filter(|job| !job.is_abandoned()) {
        let ran = run_one(connection, job.as_mut(), &mut savepoint)?;
        all.push((job, ran));
    }
    savepoint.close(connection)?;
    let activities: Vec<&Activity> = all.iter().filter_map(|(_, ran)| ran.activity.as_ref()).collect();
    let held = counting::count(connection, &activities)?;
    for (job, ran) in &mut all {
        let too_much = |activity: &Activity| activity.may_be_withheld() && held.contains(&activity.worker);
        if ran.activity.as_ref().is_some_and(too_much) && job.withhold() {
            ran.events.iter_mut().for_each(|event| event.outcome = AuditOutcome::Refused);
        }
    }
    let events: Vec<AuditEvent> = all.into_iter().flat_map(|(_, ran)| ran.events).collect();
    rows::insert(connection, &events)
}

/// What is left of the savepoint of the job before. It is closed in one round trip with what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoint {
    None,
    Kept,
    Undone,
}

impl Savepoint {
    /// Opens the savepoint of the next job.
    fn open(self, connection: &mut Connection) -> Result<(), Failure> {
        connection.execute(match self {
            Self::None => "SAVEPOINT job",
            Self::Kept => "RELEASE SAVEPOINT job; SAVEPOINT job",
            Self::Undone => "ROLLBACK TO SAVEPOINT job",
        })
    }

    /// Ends the last one. The commit keeps what it did.
    fn close(self, connection: &mut Connection) -> Result<(), Failure> {
        match self {
            Self::None | Self::Kept => Ok(()),
            Self::Undone => connection.execute("ROLLBACK TO SAVEPOINT job"),
        }
    }
}

fn run_one(connection: &mut Connection, job: &mut dyn WriteJob, savepoint: &mut Savepoint) -> Result<Ran, Failure> {
    if !job.changes() {
        return job.run(connection);
    }
    savepoint.open(connection)?;
    let mut ran = run_safely(connection, job);
    if ran.as_ref().err().is_some_and(is_passing) {
        connection.execute("ROLLBACK TO SAVEPOINT job")?;
        ran = run_safely(connection, job);
    }
    let ran = ran?;
    *savepoint = if ran.undo { Savepoint::Undone } else { Savepoint::Kept };
    Ok(ran)
}

fn run_safely(connection: &mut Connection, job: &mut dyn WriteJob) -> Result<Ran, Failure> {
    catch_unwind(AssertUnwindSafe(|| job.run(connection))).unwrap_or_else(|_| {
        tracing::error!("a change panicked and was undone");
        Err(Failure::RollbackTransaction)
    })
}

/// Two writers added the same row. A retry finds it.
fn is_passing(error: &Failure) -> bool {
    matches!(
        error,
        Failure::DatabaseError(DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure, _)
    )
}
