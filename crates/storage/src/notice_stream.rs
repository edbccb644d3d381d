//! Being told at once. Whoever listens has leave from the door, and it is looked up anew with every poll; one poll
//! serves everybody who listens at a process.

use std::collections::{HashMap, HashSet};

use alongside_domain::notice::Notice;
use alongside_domain::{At, NoticeId, SessionId, WorkerId};
use alongside_policy::Verb;
use alongside_policy::action::StreamNotices;
use chrono::Duration;
use diesel::prelude::*;

use crate::actor;
use crate::connection::on_either;
use crate::door::Granted;
use crate::error::Error;
use crate::notice::{NOTICE, Row, notice_of};
use crate::schema::notice;
use crate::sql_types::{Stamp, Uid};
use crate::standing::SubjectFacts;
use crate::store::Store;

/// How far back a poll looks: the clocks of two servers differ, and one commit may overtake another.
const OVERLAP: Duration = Duration::seconds(60);
/// How many missed notices are told when a stream is resumed. Whoever missed more resumes again.
const MOST_MISSED: i64 = 200;
/// How many notices a poll reads at most.
const MOST_NEWS: i64 = 10_000;

/// Somebody who listens, with leave from the door, and what they have been told.
#[derive(Debug)]
pub struct Listener {
    ear: Ear,
    /// What was told of the time that polls look back to.
    known: HashSet<NoticeId>,
}

/// Whom a poll is for.
#[derive(Debug, Clone, Copy)]
pub struct Ear {
    worker: WorkerId,
    session: SessionId,
    /// Nothing from before is news.
    from: At,
}

/// A stream that begins.
#[derive(Debug)]
pub struct Opening {
    /// Who listens.
    pub listener: Listener,
    /// What was missed since the notice that was named, oldest first.
    pub missed: Vec<Notice>,
    /// More was missed than is told at once: the stream ends after it, to be resumed.
    pub more: bool,
}

/// What one poll found.
#[derive(Debug)]
pub struct News {
    may_listen: HashSet<SessionId>,
    told: HashMap<WorkerId, Vec<Notice>>,
    /// Where the next poll begins.
    pub next: At,
}

impl Listener {
    /// Whom to poll for.
    pub fn ear(&self) -> Ear {
        self.ear
    }

    /// What is new, oldest first. `None` when the listener may no longer listen.
    pub fn hears(&mut self, news: &News) -> Option<Vec<Notice>> {
        if !news.may_listen.contains(&self.ear.session) {
            return None;
        }
        let mine = news.told.get(&self.ear.worker).map(Vec::as_slice).unwrap_or_default();
        let is_new = |notice: &&Notice| notice.at > self.ear.from && !self.known.contains(&notice.id);
        let new = mine.iter().filter(is_new).cloned().collect();
        self.known = mine.iter().map(|notice| notice.id).collect();
        Some(new)
    }
}

impl Granted<'_, StreamNotices> {
    /// Begins to listen, after a notice that was told already or from now on. `None` when there is no such notice.
    pub fn listen(&mut self, session: SessionId, after: Option<NoticeId>) -> Result<Option<Opening>, Error> {
        let (worker, from) = (self.actor.worker, self.now - OVERLAP);
        let mine = || notice::table.filter(notice::worker_id.eq(Uid::from(worker)));
        let known: Vec<Uid> = on_either!(&mut *self.connection, c => mine()
            .filter(notice::recorded_at.gt(Stamp(from)))
            .select(notice::id)
            .load(c))?;
        let mut missed = Vec::new();
        if let Some(after) = after {
            let place: Option<Stamp> = on_either!(&mut *self.connection, c => mine()
                .filter(notice::id.eq(Uid::from(after)))
                .select(notice::recorded_at)
                .first(c)
                .optional())?;
            let Some(at) = place else { return Ok(None) };
            let later = notice::recorded_at.gt(at).or(notice::recorded_at.eq(at).and(notice::id.gt(Uid::from(after))));
            let rows: Vec<Row> = on_either!(&mut *self.connection, c => mine()
                .filter(later)
                .order((notice::recorded_at.asc(), notice::id.asc()))
                .limit(MOST_MISSED + 1)
                .select(NOTICE)
                .load(c))?;
            missed = rows.into_iter().map(notice_of).collect::<Result<_, _>>()?;
        }
        let most = usize::try_from(MOST_MISSED).unwrap_or(usize::MAX);
        let more = missed.len() > most;
        missed.truncate(most);
        let ear = Ear { worker, session, from };
        let known = known.into_iter().map(NoticeId::from).collect();
        Ok(Some(Opening { listener: Listener { ear, known }, missed, more }))
    }
}

impl Store {
    /// What there is to tell these listeners, and which of them may still listen: one look for all of them. Leaves no
    /// event; that somebody may no longer listen is for the caller to ask the door.
    pub async fn news(&self, ears: Vec<Ear>, since: Option<At>) -> Result<News, Error> {
        self.look_unaudited(move |shared, connection| {
            let (now, policy) = (shared.clock.now(), shared.policy());
            let sessions = ears.iter().map(|ear| ear.session).collect();
            let may = |facts| policy.decide(Verb::StreamNotices, facts).allowed;
            let may_listen = actor::actors(connection, &sessions, now)?
                .into_iter()
                .filter(|(_, actor)| may(actor.facts(&SubjectFacts::default())))
                .map(|(session, _)| session)
                .collect();
            let since = since.or_else(|| ears.iter().map(|ear| ear.from).min()).unwrap_or(now);
            let workers: HashSet<Uid> = ears.iter().map(|ear| ear.worker.into()).collect();
            let rows: Vec<(Uid, Row)> = on_either!(connection, c => notice::table
                .filter(notice::worker_id.eq_any(workers))
                .filter(notice::recorded_at.gt(Stamp(since)))
                .order((notice::recorded_at.asc(), notice::id.asc()))
                .limit(MOST_NEWS)
                .select((notice::worker_id, NOTICE))
                .load(c))?;
            if i64::try_from(rows.len()).is_ok_and(|count| count >= MOST_NEWS) {
                return Err(Error::Unavailable);
            }
            let mut told: HashMap<WorkerId, Vec<Notice>> = HashMap::new();
            for (worker, row) in rows {
                told.entry(worker.into()).or_default().push(notice_of(row)?);
            }
            Ok(News { may_listen, told, next: now - OVERLAP })
        })
        .await
    }
}
