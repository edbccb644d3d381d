//! The threads that own connections. Readers each work on a snapshot of their own; a writer gathers every
//! job that is waiting — changes, and the audit events of reads — into one transaction with one commit, and
//! answers all of them after it. A job that fails is undone to its savepoint and harms no neighbour.
//!
//! Each lane has two queues, and what is urgent goes first. A job whose caller has stopped waiting is dropped without
//! being run.

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use alongside_domain::WorkerId;
use alongside_domain::audit::event::{AuditEvent, AuditOutcome};
use crossbeam_channel::{Receiver, Sender, bounded, select_biased};
use diesel::result::{DatabaseErrorKind, Error as Failure};

use crate::audit::activity::Activity;
use crate::audit::counting;
use crate::audit::rows;
use crate::database::connection::{Connection, Database, Use};
use crate::database::error::{Error, OpenError, kind_of};

/// How many jobs may wait before the service says that it is busy.
const WAITING: usize = 4_096;
/// How many of them may be urgent.
const WAITING_URGENT: usize = 512;
/// How many jobs share a commit at most.
const BATCH: usize = 128;

/// Which of two queues a job waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Priority {
    /// Goes before everything ordinary.
    Urgent,
    Ordinary,
}

/// What waits in a lane.
pub(crate) trait Job: Send {
    /// Whether nobody waits for its outcome any more, and nothing would be missed.
    fn is_abandoned(&self) -> bool;
}

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

    /// The worker did too much with this. Whether what was read is not shown, so that the event says that it was refused.
    fn withhold(&mut self) -> bool {
        false
    }

    /// Answers whoever waits, once it is durable or cannot become so.
    fn settle(self: Box<Self>, durable: Result<(), Error>);
}

/// A line that hands jobs to threads.
pub(crate) struct Lane<J: ?Sized> {
    urgent: Sender<Box<J>>,
    ordinary: Sender<Box<J>>,
}

impl<J: ?Sized> Clone for Lane<J> {
    fn clone(&self) -> Self {
        Self { urgent: self.urgent.clone(), ordinary: self.ordinary.clone() }
    }
}

impl<J: ?Sized> Lane<J> {
    /// Gives the job back when too many are waiting.
    pub(crate) fn submit(&self, priority: Priority, job: Box<J>) -> Result<(), Box<J>> {
        let queue = match priority {
            Priority::Urgent => &self.urgent,
            Priority::Ordinary => &self.ordinary,
        };
        queue.try_send(job).map_err(crossbeam_channel::TrySendError::into_inner)
    }
}

/// The other end of a lane.
struct Queues<J: ?Sized> {
    urgent: Receiver<Box<J>>,
    ordinary: Receiver<Box<J>>,
}

impl<J: ?Sized> Clone for Queues<J> {
    fn clone(&self) -> Self {
        Self { urgent: self.urgent.clone(), ordinary: self.ordinary.clone() }
    }
}

impl<J: Job + ?Sized> Queues<J> {
    /// The next job, if one waits.
    fn at_once(&self) -> Option<Box<J>> {
        let waiting = iter::from_fn(|| self.urgent.try_recv().or_else(|_| self.ordinary.try_recv()).ok());
        wanted(waiting)
    }

    /// The next job, once there is one; `None` when no more can come.
    fn next(&self) -> Option<Box<J>> {
        let coming = iter::from_fn(|| {
            select_biased! {
                recv(self.urgent) -> job => job.ok(),
                recv(self.ordinary) -> job => job.ok(),
            }
        });
        self.at_once().or_else(|| wanted(coming))
    }
}

fn wanted<J: Job + ?Sized>(mut jobs: impl Iterator<Item = Box<J>>) -> Option<Box<J>> {
    jobs.find(|job| !job.is_abandoned())
}

fn lane<J: ?Sized>() -> (Lane<J>, Queues<J>) {
    let ((urgent, urgent_end), (ordinary, ordinary_end)) = (bounded(WAITING_URGENT), bounded(WAITING));
    (Lane { urgent, ordinary }, Queues { urgent: urgent_end, ordinary: ordinary_end })
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

/// The writers: one lane for all of them, and one for each. What one worker reads is counted by one writer: two would wait
/// for each other over the counts of the same worker, and commit one after the other.
pub(crate) struct Writers {
    shared: Lane<dyn WriteJob>,
    own: Vec<Lane<dyn WriteJob>>,
}

impl Writers {
    /// Starts `count` writers. SQLite has one writer by nature.
    pub(crate) fn start(source: &Arc<Source>, count: usize) -> Result<Self, OpenError> {
        let count = if matches!(source.database, Database::Sqlite(_)) { 1 } else { count.max(1) };
        let (shared, for_all) = lane::<dyn WriteJob>();
        let mut own = Vec::with_capacity(count);
        for _ in 0..count {
            let (lane, for_one) = lane::<dyn WriteJob>();
            let (queues, mut slot) = ((for_one, for_all.clone()), Slot::new(source));
            spawn("writer", move || {
                while let Some(batch) = gather(&queues) {
                    slot.write(batch);
                }
            })?;
            own.push(lane);
        }
        Ok(Self { shared, own })
    }

    /// Hands a change to whichever writer is free. Gives it back when too many are waiting.
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

fn gather((own, shared): &(Queues<dyn WriteJob>, Queues<dyn WriteJob>)) -> Option<Vec<Box<dyn WriteJob>>> {
    let coming = iter::from_fn(|| {
        select_biased! {
            recv(own.urgent) -> job => job.ok(),
            recv(shared.urgent) -> job => job.ok(),
            recv(own.ordinary) -> job => job.ok(),
            recv(shared.ordinary) -> job => job.ok(),
        }
    });
    let urgent = || own.urgent.try_recv().or_else(|_| shared.urgent.try_recv());
    // In turn, so that a flood of reads keeps no change waiting, nor the other way round.
    let mut turn = [&own.ordinary, &shared.ordinary];
    let mut ordinary = || {
        turn.reverse();
        let [first, second] = turn;
        first.try_recv().or_else(|_| second.try_recv())
    };
    let mut at_once = || wanted(iter::from_fn(|| urgent().or_else(|_| ordinary()).ok()));
    let mut batch = vec![at_once().or_else(|| wanted(coming))?];
    batch.extend(iter::from_fn(at_once).take(BATCH - 1));
    Some(batch)
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

    /// Does the jobs and answers all of them. Whether there was a database to do them in.
    fn write(&mut self, mut batch: Vec<Box<dyn WriteJob>>) -> bool {
        match self.attempt(&mut batch) {
            Ok(()) => batch.into_iter().for_each(|job| job.settle(Ok(()))),
            // One of them spoils the batch, or the database does: each gets a transaction of its own, and
            // only those that fail alone are told so.
            Err(Failed::Batch(_)) if batch.len() > 1 => return self.write_each(batch),
            Err(Failed::Batch(error)) => {
                tracing::error!(kind = kind_of(&error), "a change could not be made durable");
                fail(batch);
            }
            // None of them would fare better alone, and each would wait as long again.
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
            if !self.write(vec![job]) {
                fail(jobs);
                return false;
            }
        }
        true
    }

    fn attempt(&mut self, batch: &mut [Box<dyn WriteJob>]) -> Result<(), Failed> {
        let connection = self.begin(Use::Write).map_err(|error| Failed::Begin(error.outward()))?;
        let done = run_all(connection, batch);
        if done.is_err() && connection.execute("ROLLBACK").is_err() {
            self.connection = None;
        }
        done.map_err(Failed::Batch)
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

/// Jobs that were abandoned while the transaction could not begin are passed over.
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
    rows::insert(connection, &events)?;
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

/// Two writers met: what one of them added is there when the other looks again.
fn is_passing(error: &Failure) -> bool {
    matches!(
        error,
        Failure::DatabaseError(DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure, _)
    )
}
