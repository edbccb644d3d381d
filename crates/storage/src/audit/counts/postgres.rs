//! The counts on PostgreSQL. What is added goes as columns: a statement whose text does not depend on the number of rows
//! is planned once.

use std::collections::BTreeMap;

use alongside_domain::At;
use diesel::PgConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::Error as Failure;
use diesel::sql_types::{Array, Integer, Text};

use crate::audit::counts::rows::{Count, CountRow, Once, Seen, SeenRow, count_of, stored};
use crate::database::sql_types::{Guid, Stamp, Uid, UtcTime};

/// Notes these with the hour of each. Those that are new in their hour.
pub(crate) fn see(connection: &mut PgConnection, once: &BTreeMap<Once, At>) -> Result<Vec<Seen>, Failure> {
    let mut columns = See::default();
    for (one, hour) in once {
        columns.workers.push(one.worker.into());
        columns.kinds.push(one.kind.as_str());
        columns.days.push(Stamp(one.day));
        columns.subjects.push(Uid(one.subject));
        columns.hours.push(Stamp(*hour));
    }
    let rows: Vec<SeenRow> = columns.load(connection)?;
    rows.into_iter().map(Seen::try_from).collect()
}

/// Adds to the counts. What they are now.
pub(crate) fn raise(connection: &mut PgConnection, added: &BTreeMap<Count, u32>) -> Result<Vec<(Count, u32)>, Failure> {
    let mut columns = Raise::default();
    for ((worker, kind, since), more) in added {
        columns.workers.push((*worker).into());
        columns.kinds.push(kind.as_str());
        columns.since.push(Stamp(*since));
        columns.amounts.push(stored(*more));
    }
    let rows: Vec<CountRow> = columns.load(connection)?;
    rows.into_iter().map(count_of).collect()
}

#[derive(Default, QueryId)]
struct See {
    workers: Vec<Uid>,
    kinds: Vec<&'static str>,
    days: Vec<Stamp>,
    subjects: Vec<Uid>,
    hours: Vec<Stamp>,
}

impl QueryFragment<Pg> for See {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO activity_seen (worker_id, kind, on_day, subject_id, first_hour, last_hour) \
             SELECT worker_id, kind, on_day, subject_id, hour, hour FROM unnest(",
        );
        out.push_bind_param::<Array<Guid>, _>(&self.workers)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<UtcTime>, _>(&self.days)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Guid>, _>(&self.subjects)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<UtcTime>, _>(&self.hours)?;
        out.push_sql(
            ") AS once (worker_id, kind, on_day, subject_id, hour) \
             ON CONFLICT (worker_id, kind, on_day, subject_id) DO UPDATE SET last_hour = excluded.last_hour \
             WHERE activity_seen.last_hour < excluded.last_hour \
             RETURNING worker_id, kind, first_hour, last_hour",
        );
        Ok(())
    }
}

impl Query for See {
    type SqlType = (Guid, Text, UtcTime, UtcTime);
}

impl RunQueryDsl<PgConnection> for See {}

#[derive(Default, QueryId)]
struct Raise {
    workers: Vec<Uid>,
    kinds: Vec<&'static str>,
    since: Vec<Stamp>,
    amounts: Vec<i32>,
}

impl QueryFragment<Pg> for Raise {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO activity (worker_id, kind, since, amount) SELECT * FROM unnest(");
        out.push_bind_param::<Array<Guid>, _>(&self.workers)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<UtcTime>, _>(&self.since)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&self.amounts)?;
        out.push_sql(
            ") ON CONFLICT (worker_id, kind, since) DO UPDATE SET amount = activity.amount + excluded.amount \
             RETURNING worker_id, kind, since, amount",
        );
        Ok(())
    }
}

impl Query for Raise {
    type SqlType = (Guid, Text, UtcTime, Integer);
}

impl RunQueryDsl<PgConnection> for Raise {}
