//! Work on its way to a connection: a change, a read, and the audit event of a read.

use alongside_domain::audit::event::AuditEvent;
use diesel::result::Error as Failure;
use tokio::sync::oneshot;

use crate::audit::activity::Activity;
use crate::context::lanes::{Ran, ReadJob, WriteJob};
use crate::context::looks::{FirstLook, UnseenLook};
use crate::context::queues::Job;
use crate::database::connection::Connection;
use crate::database::error::Error;

/// The result of an attempt, and its audit event.
pub(crate) struct Passed<T> {
    pub(crate) result: Result<T, Error>,
    pub(crate) event: Option<AuditEvent>,
    /// The event of a search that the attempt amounted to.
    pub(crate) search: Option<AuditEvent>,
    /// What is counted of it.
    pub(crate) activity: Option<Activity>,
    /// The notices of a read. A change writes its notices itself.
    pub(crate) first: Option<FirstLook>,
    /// The mark of a read without notices.
    pub(crate) unseen: Option<UnseenLook>,
}

impl<T> Passed<T> {
    pub(crate) fn of(result: Result<T, Error>, event: Option<AuditEvent>) -> Self {
        Self { result, event, search: None, activity: None, first: None, unseen: None }
    }
}

/// A change on its way through the writer.
pub(crate) struct Change<F, T> {
    pub(crate) run: F,
    pub(crate) result: Option<Result<T, Error>>,
    pub(crate) reply: oneshot::Sender<Result<T, Error>>,
}

impl<F: Send, T: Send> Job for Change<F, T> {
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

impl<F, T> WriteJob for Change<F, T>
where
    F: FnMut(&mut Connection) -> Passed<T> + Send,
    T: Send,
{
    fn run(&mut self, connection: &mut Connection) -> Result<Ran, Failure> {
        let Passed { result, event, search, activity, .. } = (self.run)(connection);
        match result {
            // The statement failed: the savepoint decides whether it is tried again.
            Err(Error::Database(failure)) => Err(failure),
            result => {
                let undo = result.is_err();
                self.result = Some(result);
                Ok(Ran { undo, events: event.into_iter().chain(search).collect(), activity })
            }
        }
    }

    fn settle(self: Box<Self>, durable: Result<(), Error>) {
        let result = self.result.unwrap_or(Err(Error::Unavailable));
        // If the client has gone away, no one waits. The change remains.
        let _ = self.reply.send(durable.and(result));
    }
}

/// The audit event of a read whose answer waits for it.
pub(crate) struct Trace {
    pub(crate) event: AuditEvent,
    pub(crate) activity: Option<Activity>,
    pub(crate) first: Option<FirstLook>,
    pub(crate) unseen: Option<UnseenLook>,
    /// The answer waits for a confirmation.
    pub(crate) withheld: bool,
    pub(crate) reply: oneshot::Sender<Result<(), Error>>,
}

impl Job for Trace {
    /// A decision leaves its event, even if the caller has stopped waiting.
    fn is_abandoned(&self) -> bool {
        false
    }
}

impl WriteJob for Trace {
    fn run(&mut self, connection: &mut Connection) -> Result<Ran, Failure> {
        self.withheld = false;
        if let Some(first) = &self.first {
            first.write(connection)?;
        }
        if let Some(unseen) = self.unseen {
            unseen.write(connection)?;
        }
        Ok(Ran { undo: false, events: vec![self.event.clone()], activity: self.activity.clone() })
    }

    fn changes(&self) -> bool {
        self.first.as_ref().is_some_and(FirstLook::tells) || self.unseen.is_some()
    }

    fn withhold(&mut self) -> bool {
        self.withheld = true;
        true
    }

    fn settle(self: Box<Self>, durable: Result<(), Error>) {
        // A withheld read is not remembered as counted, or the next request would skip the check and show it.
        if let (Some(activity), Ok(()), false) = (&self.activity, &durable, self.withheld) {
            activity.remember();
        }
        if let (Some(first), Ok(())) = (self.first, &durable) {
            // If there is no one to notify now, there may be later today.
            if first.tells() {
                first.remember();
            }
        }
        let shown = if self.withheld { Err(Error::ConfirmationNeeded) } else { Ok(()) };
        let _ = self.reply.send(durable.and(shown));
    }
}

/// A read on its way to a reader.
pub(crate) struct Look<F, T> {
    pub(crate) run: F,
    pub(crate) reply: oneshot::Sender<T>,
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
