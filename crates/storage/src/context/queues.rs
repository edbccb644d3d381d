//! The queues in which jobs wait for a thread. What is urgent goes first, and a job whose caller has stopped waiting is
//! dropped without being run.

use std::iter;

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};

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
    /// Whether its caller has stopped waiting and it can be dropped.
    fn is_abandoned(&self) -> bool;
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
    /// Returns the job when too many are waiting.
    pub(crate) fn submit(&self, priority: Priority, job: Box<J>) -> Result<(), Box<J>> {
        let queue = match priority {
            Priority::Urgent => &self.urgent,
            Priority::Ordinary => &self.ordinary,
        };
        queue.try_send(job).map_err(crossbeam_channel::TrySendError::into_inner)
    }
}

/// The other end of a lane.
pub(crate) struct Queues<J: ?Sized> {
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
    pub(crate) fn at_once(&self) -> Option<Box<J>> {
        let waiting = iter::from_fn(|| self.urgent.try_recv().or_else(|_| self.ordinary.try_recv()).ok());
        wanted(waiting)
    }

    /// The next job, once there is one; `None` when no more can come.
    pub(crate) fn next(&self) -> Option<Box<J>> {
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

/// A lane and its other end.
pub(crate) fn lane<J: ?Sized>() -> (Lane<J>, Queues<J>) {
    let ((urgent, urgent_end), (ordinary, ordinary_end)) = (bounded(WAITING_URGENT), bounded(WAITING));
    (Lane { urgent, ordinary }, Queues { urgent: urgent_end, ordinary: ordinary_end })
}

/// What one writer takes jobs from: its own lane, and the lane that all writers share.
pub(crate) struct Intake<J: ?Sized> {
    own: Queues<J>,
    shared: Queues<J>,
}

impl<J: Job + ?Sized> Intake<J> {
    pub(crate) fn new(own: Queues<J>, shared: Queues<J>) -> Self {
        Self { own, shared }
    }

    /// Whether a job waits, for this writer or for any.
    pub(crate) fn is_waiting(&self) -> bool {
        let all = [&self.own.urgent, &self.shared.urgent, &self.own.ordinary, &self.shared.ordinary];
        all.into_iter().any(|queue| !queue.is_empty())
    }

    /// The jobs that wait, up to the size of a batch.
    pub(crate) fn at_once(&self) -> Option<Vec<Box<J>>> {
        self.batch(|| None)
    }

    /// The jobs that wait, once there is one; `None` when no more can come.
    pub(crate) fn next(&self) -> Option<Vec<Box<J>>> {
        let (own, shared) = (&self.own, &self.shared);
        let coming = iter::from_fn(|| {
            select_biased! {
                recv(own.urgent) -> job => job.ok(),
                recv(shared.urgent) -> job => job.ok(),
                recv(own.ordinary) -> job => job.ok(),
                recv(shared.ordinary) -> job => job.ok(),
            }
        });
        self.batch(|| wanted(coming))
    }

    fn batch(&self, coming: impl FnOnce() -> Option<Box<J>>) -> Option<Vec<Box<J>>> {
        let (own, shared) = (&self.own, &self.shared);
        let urgent = || own.urgent.try_recv().or_else(|_| shared.urgent.try_recv());
        // Alternates, so that many reads do not keep changes waiting, or changes reads.
        let mut turn = [&own.ordinary, &shared.ordinary];
        let mut ordinary = || {
            turn.reverse();
            let [first, second] = turn;
            first.try_recv().or_else(|_| second.try_recv())
        };
        let mut at_once = || wanted(iter::from_fn(|| urgent().or_else(|_| ordinary()).ok()));
        let mut batch = vec![at_once().or_else(coming)?];
        batch.extend(iter::from_fn(at_once).take(BATCH - 1));
        Some(batch)
    }
}
