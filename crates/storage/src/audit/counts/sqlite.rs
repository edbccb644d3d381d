//! The counts on SQLite: a prepared statement for each row.

use std::collections::BTreeMap;

use alongside_domain::At;
use diesel::SqliteConnection;
use diesel::prelude::*;
use diesel::query_dsl::methods::FilterDsl;
use diesel::result::Error as Failure;
use diesel::upsert::excluded;

use crate::audit::counts::rows::{Count, CountRow, Once, Seen, SeenRow, count_of, stored};
use crate::database::schema::{activity, activity_seen};
use crate::database::sql_types::{Stamp, Uid};

/// Notes these with the hour of each. Those that are new in their hour.
pub(crate) fn see(connection: &mut SqliteConnection, once: &BTreeMap<Once, At>) -> Result<Vec<Seen>, Failure> {
    let mut new = Vec::new();
    for (one, hour) in once {
        let row = (
            activity_seen::worker_id.eq(Uid::from(one.worker)),
            activity_seen::kind.eq(one.kind.as_str()),
            activity_seen::on_day.eq(Stamp(one.day)),
            activity_seen::subject_id.eq(Uid(one.subject)),
            activity_seen::first_hour.eq(Stamp(*hour)),
            activity_seen::last_hour.eq(Stamp(*hour)),
        );
        let seen: Option<SeenRow> = diesel::insert_into(activity_seen::table)
            .values(row)
            .on_conflict((
                activity_seen::worker_id,
                activity_seen::kind,
                activity_seen::on_day,
                activity_seen::subject_id,
            ))
            .do_update()
            .set(activity_seen::last_hour.eq(excluded(activity_seen::last_hour)))
            .filter(activity_seen::last_hour.lt(excluded(activity_seen::last_hour)))
            .returning((
                activity_seen::worker_id,
                activity_seen::kind,
                activity_seen::first_hour,
                activity_seen::last_hour,
            ))
            .get_result(connection)
            .optional()?;
        new.extend(seen.map(Seen::try_from).transpose()?);
    }
    Ok(new)
}

/// Adds to the counts. What they are now.
pub(crate) fn raise(
    connection: &mut SqliteConnection,
    added: &BTreeMap<Count, u32>,
) -> Result<Vec<(Count, u32)>, Failure> {
    let one = |((worker, kind, since), more): (&Count, &u32)| {
        let row = (
            activity::worker_id.eq(Uid::from(*worker)),
            activity::kind.eq(kind.as_str()),
            activity::since.eq(Stamp(*since)),
            activity::amount.eq(stored(*more)),
        );
        let row: CountRow = diesel::insert_into(activity::table)
            .values(row)
            .on_conflict((activity::worker_id, activity::kind, activity::since))
            .do_update()
            .set(activity::amount.eq(activity::amount + excluded(activity::amount)))
            .returning(activity::all_columns)
            .get_result(connection)?;
        count_of(row)
    };
    added.iter().map(one).collect()
}
