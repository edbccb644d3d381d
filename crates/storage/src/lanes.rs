//! The threads that own connections. Readers each work on a snapshot of their own; a writer gathers every
//! job that is waiting — changes, and the audit events of reads — into one transaction with one commit, and
//! answers all of them after it. A job that fails is undone to its savepoint and harms no neighbour.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use alongside_domain::audit::AuditEvent;
use crossbeam_channel::{Receiver, Sender, bounded};
use diesel::result::{DatabaseErrorKind, Error as Failure};

use crate::audit;
use crate::connection::{Connection, Database, Use};
use crate::error::{Error, OpenError, kind_of};

/// How many jobs may wait before the service says that it is busy.
const WAITING: usize = 4_096;
/// How many jobs share a commit at most.
const BATCH: usize = 128;

/// Work on a snapshot. Gets an error when there is no database.
pub(crate) type ReadJob = Box<dyn FnOnce(Result<&mut Connection, Error>) + Send>;

/// What a write job did.
pub(crate) struct Ran {
    /// Whether its changes are to be undone.
    pub(crate) undo: bool,
    /// Its audit event.
    pub(crate) event: Option<AuditEvent>,
}

/// Work that changes something. May run more than once; only the last run counts.
pub(crate) trait WriteJob: Send {
    /// Does the work. `None` where it only brings an audit event.
    fn run(&mut self, connection: &mut Connection) -> Result<Ran, Failure>;

    /// Whether it needs a savepoint: an event alone does not.
    fn changes(&self) -> bool {
        true
    }

    /// Answers whoever waits, once it is durable or cannot become so.
    fn settle(self: Box<Self>, durable: Result<(), Error>);
}

/// A line that hands jobs to threads.
pub(crate) struct Lane<J> {
    jobs: Sender<J>,
}

impl<J> Clone for Lane<J> {
    fn clone(&self) -> Self {
        Self { jobs: self.jobs.clone() }
    }
}

impl<J> Lane<J> {
    /// Gives the job back when too many are waiting.
    pub(crate) fn submit(&self, job: J) -> Result<(), J> {
        self.jobs.try_send(job).map_err(crossbeam_channel::TrySendError::into_inner)
    }
}

/// Starts `count` readers.
pub(crate) fn readers(database: &Arc<Database>, count: usize) -> Result<Lane<ReadJob>, OpenError> {
    let (jobs, waiting) = bounded::<ReadJob>(WAITING);
    for _ in 0..count.max(1) {
        let (waiting, mut slot) = (waiting.clone(), Slot::new(database));
        spawn("reader", move || {
            let mut next = waiting.recv().ok();
            while let Some(job) = next {
                let whole = slot.read(job);
                let following = waiting.try_recv().ok();
                slot.end_read(whole, following.is_some());
                next = following.or_else(|| waiting.recv().ok());
            }
        })?;
    }
    Ok(Lane { jobs })
}

/// Starts `count` writers. SQLite has one writer by nature.
pub(crate) fn writers(database: &Arc<Database>, count: usize) -> Result<Lane<Box<dyn WriteJob>>, OpenError> {
    let count = if matches!(**database, Database::Sqlite(_)) { 1 } else { count.max(1) };
    let (jobs, waiting) = bounded::<Box<dyn WriteJob>>(WAITING);
    for _ in 0..count {
        let (waiting, mut slot) = (waiting.clone(), Slot::new(database));
        spawn("writer", move || {
            while let Some(batch) = gather(&waiting) {
                slot.write(batch);
            }
        })?;
    }
    Ok(Lane { jobs })
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), OpenError> {
    let builder = thread::Builder::new().name(format!("storage-{name}"));
    builder.spawn(work).map(drop).map_err(|error| OpenError::Database(error.to_string()))
}

fn gather(waiting: &Receiver<Box<dyn WriteJob>>) -> Option<Vec<Box<dyn WriteJob>>> {
    let mut batch = vec![waiting.recv().ok()?];
    batch.extend(waiting.try_iter().take(BATCH - 1));
    Some(batch)
}

/// A place for a connection, opened when needed and given up when broken.
struct Slot {
    database: Arc<Database>,
    connection: Option<Connection>,
    /// A transaction is open already.
    begun: bool,
}

impl Slot {
    fn new(database: &Arc<Database>) -> Self {
        Self { database: Arc::clone(database), connection: None, begun: false }
    }

    /// A connection with an open transaction. A connection that broke while idle is replaced once.
    fn begin(&mut self, purpose: Use) -> Result<&mut Connection, Error> {
        let begun = std::mem::take(&mut self.begun);
        let ready = self.connection.as_mut().is_some_and(|connection| begun || connection.begin(purpose).is_ok());
        if !ready {
            self.connection = None;
            let mut connection = Connection::open(&self.database).map_err(|error| {
                tracing::error!(%error, "no connection to the database");
                Error::Unavailable
            })?;
            connection.begin(purpose)?;
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or(Error::Unavailable)
    }

    /// Does the job, and says whether the connection came through it.
    fn read(&mut self, job: ReadJob) -> bool {
        match self.begin(Use::Read) {
            Ok(connection) => catch_unwind(AssertUnwindSafe(|| job(Ok(&mut *connection)))).is_ok(),
            Err(error) => {
                job(Err(error.outward()));
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

    fn write(&mut self, mut batch: Vec<Box<dyn WriteJob>>) {
        match self.attempt(&mut batch) {
            Ok(()) => batch.into_iter().for_each(|job| job.settle(Ok(()))),
            // One of them spoils the batch, or the database does: each gets a transaction of its own, and
            // only those that fail alone are told so.
            Err(_) if batch.len() > 1 => {
                for job in batch {
                    self.write(vec![job]);
                }
            }
            Err(error) => {
                tracing::error!(kind = kind_of(&error), "a change could not be made durable");
                for job in batch {
                    job.settle(Err(Error::Unavailable));
                }
            }
        }
    }

    fn attempt(&mut self, batch: &mut [Box<dyn WriteJob>]) -> Result<(), Failure> {
        let connection = self.begin(Use::Write).map_err(|error| match error {
            Error::Database(failure) => failure,
            _ => Failure::BrokenTransactionManager,
        })?;
        let done = run_all(connection, batch);
        if done.is_err() && connection.execute("ROLLBACK").is_err() {
            self.connection = None;
        }
        done
    }
}

fn run_all(connection: &mut Connection, batch: &mut [Box<dyn WriteJob>]) -> Result<(), Failure> {
    let mut events = Vec::with_capacity(batch.len());
    let mut savepoint = Savepoint::None;
    for job in batch {
        events.extend(run_one(connection, job.as_mut(), &mut savepoint)?);
    }
    savepoint.close(connection)?;
    audit::insert(connection, &events)?;
    connection.execute("COMMIT")
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

    /// Ends the last one. What is kept needs no word: the commit keeps it.
    fn close(self, connection: &mut Connection) -> Result<(), Failure> {
        match self {
            Self::None | Self::Kept => Ok(()),
            Self::Undone => connection.execute("ROLLBACK TO SAVEPOINT job"),
        }
    }
}

fn run_one(
    connection: &mut Connection,
    job: &mut dyn WriteJob,
    savepoint: &mut Savepoint,
) -> Result<Option<AuditEvent>, Failure> {
    if !job.changes() {
        return job.run(connection).map(|ran| ran.event);
    }
    savepoint.open(connection)?;
    let mut ran = run_safely(connection, job);
    if ran.as_ref().err().is_some_and(is_passing) {
        connection.execute("ROLLBACK TO SAVEPOINT job")?;
        ran = run_safely(connection, job);
    }
    let ran = ran?;
    *savepoint = if ran.undo { Savepoint::Undone } else { Savepoint::Kept };
    Ok(ran.event)
}

fn run_safely(connection: &mut Connection, job: &mut dyn WriteJob) -> Result<Ran, Failure> {
    catch_unwind(AssertUnwindSafe(|| job.run(connection))).unwrap_or_else(|_| {
        tracing::error!("a change panicked and was undone");
        Err(Failure::RollbackTransaction)
    })
}

/// Two writers met: what one of them added is there when the other looks again.
fn is_passing(error: &Failure) -> bool {
    matches!(
        error,
        Failure::DatabaseError(DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure, _)
    )
}
