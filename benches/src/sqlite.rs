//! The ceiling on `SQLite`: prepared statements on one thread, since `SQLite` allows only one writer.

use std::marker::PhantomData;
use std::path::Path;
use std::time::{Duration, Instant};

use alongside_domain::vocabulary::clock::{Clock as _, SystemClock};
use alongside_domain::{At, ChildId, IdSource as _};
use alongside_storage::SystemIds;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Nullable, Text};
use diesel::sqlite;
use uuid::Uuid;

use crate::ceiling::CONTENT;
use crate::load::Loaded;
use crate::random::Random;
use crate::report::number;
use crate::{Failure, Measure};

/// The warm-up before requests are counted.
const WARM_UP: Duration = Duration::from_secs(1);

/// A bound value.
#[derive(Clone, Copy)]
enum Bound<'a> {
    Id(&'a Uuid),
    Bytes(&'a [u8]),
    Text(&'a str),
    Number(i64),
}

/// A statement that is prepared once, with a question mark for each value. `diesel::sql_query` prepares every time,
/// which would lower the ceiling.
struct Statement<'a, T> {
    text: &'static str,
    bound: &'a [Bound<'a>],
    row: PhantomData<T>,
}

fn statement<'a, T>(text: &'static str, bound: &'a [Bound<'a>]) -> Statement<'a, T> {
    let row = PhantomData;
    Statement { text, bound, row }
}

impl<T> QueryId for Statement<'_, T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> Query for Statement<'_, T> {
    type SqlType = T;
}

impl<T> RunQueryDsl<SqliteConnection> for Statement<'_, T> {}

impl<T> QueryFragment<sqlite::Sqlite> for Statement<'_, T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, sqlite::Sqlite>) -> QueryResult<()> {
        let mut bound = self.bound.iter();
        for part in self.text.split('?') {
            out.push_sql(part);
            match bound.next() {
                Some(Bound::Id(id)) => out.push_bind_param::<Binary, _>(id.as_bytes())?,
                Some(Bound::Bytes(bytes)) => out.push_bind_param::<Binary, _>(bytes)?,
                Some(Bound::Text(text)) => out.push_bind_param::<Text, _>(text)?,
                Some(Bound::Number(number)) => out.push_bind_param::<BigInt, _>(number)?,
                None => {}
            }
        }
        Ok(())
    }
}

const ACTOR: &str = "SELECT w.agency_id, w.roles, w.state, s.ends_at, a.sector, a.in_sharing_agreement \
    FROM session s JOIN worker w ON w.id = s.worker_id JOIN agency a ON a.id = w.agency_id \
    WHERE s.id = ? AND w.id = ? LIMIT 1";
type ActorTypes = (Binary, Text, Text, BigInt, Text, Bool);
type ActorRow = (Vec<u8>, String, String, i64, String, bool);

/// The plus signs keep the planner from reading all involvements of the worker instead of the child's.
const STANDING: &str = "SELECT c.version, c.key_sealed, \
    EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > ? AND +i.worker_id = ? \
    AND i.agency_id = ? AND i.kind = 'allocated'), \
    EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > ? AND +i.worker_id = ? \
    AND i.agency_id = ? AND i.kind = 'team'), \
    EXISTS (SELECT 1 FROM involvement i WHERE i.child_id = c.id AND i.ends_at > ? AND i.agency_id = ?), \
    EXISTS (SELECT 1 FROM referral r WHERE r.child_id = c.id AND r.to_agency_id = ? AND r.status = 'sent') \
    FROM child c WHERE c.id = ?";
type StandingTypes = (Integer, Nullable<Binary>, Bool, Bool, Bool, Bool);
type StandingRow = (i32, Option<Vec<u8>>, bool, bool, bool, bool);

const CHILD: &str = "SELECT version, author_id, recorded_at, content FROM child_version \
    WHERE child_id = ? AND recorded_at <= ? ORDER BY version DESC LIMIT 1";
type ChildTypes = (Integer, Binary, BigInt, Binary);
type ChildRow = (i32, Vec<u8>, i64, Vec<u8>);

const CONCERNS: &str = "SELECT e.id, e.child_id, e.kind, e.agency_id, e.author_id, e.recorded_at, \
    e.occurred_at, v.version, v.author_id, v.recorded_at, v.segment, v.status, v.occurred_at, \
    v.occurred_precision, v.captured_at, v.content \
    FROM entry e JOIN entry_version v ON v.entry_id = e.id \
    WHERE e.child_id = ? AND e.kind IN ('concern') AND v.version = e.version \
    AND (v.segment IN ('shared', 'own_agency') OR e.author_id = ? OR e.agency_id = ?) \
    ORDER BY e.occurred_at DESC, e.id DESC LIMIT 21";
#[rustfmt::skip]
type ConcernTypes = (
    Binary, Binary, Text, Binary, Binary, BigInt, BigInt, Integer, Binary, BigInt, Text, Text, BigInt, Text,
    Nullable<BigInt>, Binary,
);
#[rustfmt::skip]
type ConcernRow = (
    Vec<u8>, Vec<u8>, String, Vec<u8>, Vec<u8>, i64, i64, i32, Vec<u8>, i64, String, String, i64, String,
    Option<i64>, Vec<u8>,
);

const ENTRY: &str = "INSERT INTO entry (id, child_id, kind, agency_id, author_id, segment, status, codes, \
    occurred_at, recorded_at, version) VALUES (?, ?, 'concern', ?, ?, 'shared', 'current', 'cce', ?, ?, 1)";
const ENTRY_VERSION: &str = "INSERT INTO entry_version (entry_id, version, author_id, recorded_at, segment, \
    status, codes, occurred_at, occurred_precision, captured_at, content) \
    VALUES (?, 1, ?, ?, 'shared', 'current', 'cce', ?, 'exact', NULL, ?)";
const AUDIT: &str = "INSERT INTO audit_event (id, at, worker_id, agency_id, roles, session_id, action, \
    subject_kind, subject_id, child_id, purpose, policies, fields, outcome, request_id) \
    VALUES (?, ?, ?, ?, 'practitioner', ?, ?, 'child', ?, ?, NULL, ?, ?, 'permitted', ?)";

/// A connection with the store's settings.
pub(crate) struct Sqlite {
    connection: SqliteConnection,
    random: Random,
}

impl Sqlite {
    #[expect(clippy::disallowed_methods, reason = "the ceiling bypasses the store on purpose")]
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let path = path.to_str().ok_or("the directory is not UTF-8")?;
        let mut connection = SqliteConnection::establish(path)?;
        connection.batch_execute(
            "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -4000; \
             PRAGMA wal_checkpoint(TRUNCATE)",
        )?;
        let random = Random::new(3);
        Ok(Self { connection, random })
    }

    /// Durable transactions a second.
    pub(crate) fn run(&mut self, measure: Measure, loaded: &Loaded, time: Duration) -> Result<f64, Failure> {
        let content = self.random.bytes(CONTENT);
        let (mut begun, mut warm, mut done) = (Instant::now(), false, 0);
        loop {
            let elapsed = begun.elapsed();
            if !warm && elapsed >= WARM_UP {
                (begun, warm, done) = (Instant::now(), true, 0);
            } else if warm && elapsed >= time {
                return Ok(number(done) / elapsed.as_secs_f64());
            }
            let child = *self.random.pick(&loaded.children).ok_or("no children")?;
            self.change("BEGIN IMMEDIATE", &[])?;
            self.transaction(measure, loaded, child, &content)?;
            self.change("COMMIT", &[])?;
            done += 1;
        }
    }

    fn change(&mut self, text: &'static str, bound: &[Bound<'_>]) -> QueryResult<()> {
        statement::<()>(text, bound).execute(&mut self.connection).map(drop)
    }

    fn transaction(&mut self, measure: Measure, loaded: &Loaded, child: ChildId, content: &[u8]) -> QueryResult<()> {
        let now = SystemClock.now();
        let child = Bound::Id(&child.0);
        self.stand(loaded, &child, now)?;
        let (worker, agency) = (Bound::Id(&loaded.actor.worker.0), Bound::Id(&loaded.agency.0));
        let (action, policies, fields) = match measure {
            Measure::Read => {
                let until = Bound::Number((now + chrono::Duration::days(1)).timestamp_micros());
                let _: ChildRow = statement::<ChildTypes>(CHILD, &[child, until]).get_result(&mut self.connection)?;
                let _: Vec<ConcernRow> =
                    statement::<ConcernTypes>(CONCERNS, &[child, worker, agency]).load(&mut self.connection)?;
                let policy = "involved-worker-reads-the-record";
                ("view_overview", policy, "identity,identifiers,address")
            }
            Measure::Write => {
                let id = SystemIds.next(now);
                let (id, at) = (Bound::Id(&id), Bound::Number(now.timestamp_micros()));
                self.change(ENTRY, &[id, child, agency, worker, at, at])?;
                self.change(ENTRY_VERSION, &[id, worker, at, at, Bound::Bytes(content)])?;
                ("raise_concern", "anyone-may-raise-a-concern", "")
            }
        };
        self.change(
            AUDIT,
            &[
                Bound::Id(&SystemIds.next(now)),
                Bound::Number(now.timestamp_micros()),
                worker,
                agency,
                Bound::Id(&loaded.actor.session.0),
                Bound::Text(action),
                child,
                child,
                Bound::Text(policies),
                Bound::Text(fields),
                Bound::Id(&loaded.actor.request),
            ],
        )
    }

    /// The actor and their relationship to the child.
    fn stand(&mut self, loaded: &Loaded, child: &Bound<'_>, now: At) -> QueryResult<()> {
        let session = Bound::Id(&loaded.actor.session.0);
        let (worker, agency) = (Bound::Id(&loaded.actor.worker.0), Bound::Id(&loaded.agency.0));
        let now = Bound::Number(now.timestamp_micros());
        let _: ActorRow = statement::<ActorTypes>(ACTOR, &[session, worker]).get_result(&mut self.connection)?;
        let bound = [now, worker, agency, now, worker, agency, now, agency, agency, *child];
        let _: StandingRow = statement::<StandingTypes>(STANDING, &bound).get_result(&mut self.connection)?;
        Ok(())
    }
}
