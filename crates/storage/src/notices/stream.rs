//! Streams of notices. A listener needs a permit from the door, and every poll reads it again from the database. One
//! poll serves all listeners of a process.
//!
//! The database numbers notices as it commits them, and a stream remembers the last number it sent. A notice's time or
//! id would not do. Both are made before the commit, and of two servers the later may commit first.

use std::collections::{HashMap, HashSet};

use alongside_domain::notices::notice::Notice;
use alongside_domain::{NoticeId, SessionId, WorkerId};
use alongside_policy::Verb;
use alongside_policy::action::StreamNotices;
use diesel::dsl::max;
use diesel::prelude::*;

use crate::audit::unusual::with_counts;
use crate::context::granted::Granted;
use crate::context::store::Store;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::notice;
use crate::database::sql_types::Uid;
use crate::notices::link::Links;
use crate::notices::row::{NOTICE, Row};
use crate::standing::actor;
use crate::standing::facts::SubjectFacts;

/// How many missed notices are sent when a stream is resumed. A listener who missed more resumes again.
const MOST_MISSED: i64 = 200;
/// How many notices a poll reads at most.
const MOST_NEWS: i64 = 10_000;

/// A listener with a permit from the door.
#[derive(Debug, Clone)]
pub struct Listener {
    worker: WorkerId,
    session: SessionId,
    /// Everything up to this number was sent, or existed before.
    told: i64,
}

/// A new stream.
#[derive(Debug)]
pub struct Opening {
    /// The listener.
    pub listener: Listener,
    /// What was missed since the given notice, in the order of the commits.
    pub missed: Vec<Notice>,
    /// Whether more was missed than is sent at once. The stream then ends, to be resumed.
    pub more: bool,
}

/// What one poll found.
#[derive(Debug)]
pub struct News {
    may_listen: HashSet<SessionId>,
    notices: HashMap<WorkerId, Vec<(i64, Notice)>>,
    /// The last number that was found.
    last: i64,
}

impl Listener {
    /// New notices, in the order of the commits. `None` when the listener may no longer listen.
    pub fn hears(&mut self, news: &News) -> Option<Vec<Notice>> {
        if !news.may_listen.contains(&self.session) {
            return None;
        }
        let mine = news.notices.get(&self.worker).map(Vec::as_slice).unwrap_or_default();
        let new = mine.iter().filter(|(number, _)| *number > self.told).map(|(_, notice)| notice.clone()).collect();
        self.told = self.told.max(news.last);
        Some(new)
    }
}

impl Granted<'_, StreamNotices> {
    /// Starts to listen, from now on or after a notice that was already sent. `None` when there is no such notice.
    pub fn listen(&mut self, session: SessionId, after: Option<NoticeId>) -> Result<Option<Opening>, Error> {
        let worker = self.actor.worker;
        let last: Option<i64> =
            on_either!(&mut *self.connection, c => notice::table.select(max(notice::number)).first(c))?;
        let mut missed = Vec::new();
        if let Some(after) = after {
            let mine = || notice::table.filter(notice::worker_id.eq(Uid::from(worker)));
            let number: Option<Option<i64>> = on_either!(&mut *self.connection, c => mine()
                .filter(notice::id.eq(Uid::from(after)))
                .select(notice::number)
                .first(c)
                .optional())?;
            let Some(number) = number else { return Ok(None) };
            let rows: Vec<Row> = on_either!(&mut *self.connection, c => mine()
                .filter(notice::number.gt(number))
                .order(notice::number.asc())
                .limit(MOST_MISSED + 1)
                .select(NOTICE)
                .load(c))?;
            let mut links = Links::new(self.connection, &self.policy, self.now);
            let notices = rows.into_iter().map(|row| links.open(&self.actor, row)).collect::<Result<_, _>>()?;
            missed = with_counts(self.connection, notices)?;
        }
        let most = usize::try_from(MOST_MISSED).unwrap_or(usize::MAX);
        let more = missed.len() > most;
        missed.truncate(most);
        let listener = Listener { worker, session, told: last.unwrap_or_default() };
        Ok(Some(Opening { listener, missed, more }))
    }
}

impl Store {
    /// New notices for these listeners, and which of them may still listen, in one query for all. It writes no event.
    /// The caller asks the door about a listener who may no longer listen.
    pub async fn news(&self, listeners: Vec<Listener>) -> Result<News, Error> {
        self.look_unaudited(move |shared, connection| {
            let (now, policy) = (shared.clock.now(), shared.policy());
            let sessions = listeners.iter().map(|listener| listener.session).collect();
            let may = |facts| policy.decide(Verb::StreamNotices, facts).allowed;
            let allowed: Vec<_> = actor::actors(connection, &sessions, now)?
                .into_iter()
                .filter(|(_, actor)| may(actor.facts(&SubjectFacts::default())))
                .collect();
            let may_listen = allowed.iter().map(|(session, _)| *session).collect();
            let readers: HashMap<_, _> = allowed.iter().map(|(_, actor)| (actor.worker, actor)).collect();
            let told = listeners.iter().map(|listener| listener.told).min().unwrap_or_default();
            let workers: HashSet<Uid> = listeners.iter().map(|listener| listener.worker.into()).collect();
            let rows: Vec<(Uid, Option<i64>, Row)> = on_either!(connection, c => notice::table
                .filter(notice::worker_id.eq_any(workers))
                .filter(notice::number.gt(told))
                .order(notice::number.asc())
                .limit(MOST_NEWS)
                .select((notice::worker_id, notice::number, NOTICE))
                .load(c))?;
            if i64::try_from(rows.len()).is_ok_and(|count| count >= MOST_NEWS) {
                return Err(Error::Unavailable);
            }
            let mut news = News { may_listen, notices: HashMap::new(), last: told };
            let mut links = Links::new(connection, &policy, now);
            let (mut places, mut notices) = (Vec::new(), Vec::new());
            for (worker, number, row) in rows {
                let number = number.ok_or(Error::Corrupt("a notice has no number"))?;
                news.last = number;
                if let Some(reader) = readers.get(&worker.into()) {
                    places.push((worker.into(), number));
                    notices.push(links.open(reader, row)?);
                }
            }
            for ((worker, number), notice) in places.into_iter().zip(with_counts(connection, notices)?) {
                news.notices.entry(worker).or_default().push((number, notice));
            }
            Ok(news)
        })
        .await
    }
}
