//! Writes audit events: many in one statement on PostgreSQL, one prepared statement each on SQLite.

use alongside_domain::audit::AuditEvent;
use diesel::prelude::*;
use diesel::sql_types::{Array, Nullable, Text};

use crate::connection::Connection;
use crate::schema::audit_event;
use crate::sql_types::{Guid, Stamp, Uid, UtcTime};

#[derive(Insertable, Queryable, Selectable)]
#[diesel(table_name = audit_event)]
pub(crate) struct AuditRow {
    id: Uid,
    at: Stamp,
    worker_id: Option<Uid>,
    agency_id: Option<Uid>,
    roles: String,
    session_id: Option<Uid>,
    action: String,
    subject_kind: String,
    subject_id: Option<Uid>,
    child_id: Option<Uid>,
    purpose: Option<String>,
    policies: String,
    fields: String,
    outcome: String,
    request_id: Uid,
}

impl From<&AuditEvent> for AuditRow {
    fn from(event: &AuditEvent) -> Self {
        Self {
            id: event.id.into(),
            at: Stamp(event.at),
            worker_id: event.worker_id.map(Uid::from),
            agency_id: event.agency_id.map(Uid::from),
            roles: event.roles.clone(),
            session_id: event.session_id.map(Uid::from),
            action: event.action.clone(),
            subject_kind: event.subject_kind.clone(),
            subject_id: event.subject_id.map(Uid),
            child_id: event.child_id.map(Uid::from),
            purpose: event.purpose.map(|purpose| purpose.as_str().to_owned()),
            policies: event.policies.clone(),
            fields: event.fields.clone(),
            outcome: event.outcome.as_str().to_owned(),
            request_id: Uid(event.request_id),
        }
    }
}

impl TryFrom<AuditRow> for AuditEvent {
    type Error = crate::Error;

    fn try_from(row: AuditRow) -> Result<Self, Self::Error> {
        let unknown = |_| crate::Error::Corrupt("an audit event has an unknown code");
        Ok(Self {
            id: row.id.into(),
            at: row.at.0,
            worker_id: row.worker_id.map(Into::into),
            agency_id: row.agency_id.map(Into::into),
            roles: row.roles,
            session_id: row.session_id.map(Into::into),
            action: row.action,
            subject_kind: row.subject_kind,
            subject_id: row.subject_id.map(|id| id.0),
            child_id: row.child_id.map(Into::into),
            purpose: row.purpose.map(|purpose| purpose.parse()).transpose().map_err(unknown)?,
            policies: row.policies,
            fields: row.fields,
            outcome: row.outcome.parse().map_err(unknown)?,
            request_id: row.request_id.0,
        })
    }
}

/// Adds the events. They are durable when the transaction around this commits.
pub(crate) fn insert(connection: &mut Connection, events: &[AuditEvent]) -> QueryResult<()> {
    if events.is_empty() {
        return Ok(());
    }
    let rows: Vec<AuditRow> = events.iter().map(AuditRow::from).collect();
    match connection {
        Connection::Sqlite(c) => {
            for row in &rows {
                diesel::insert_into(audit_event::table).values(row).execute(c)?;
            }
            Ok(())
        }
        // A statement whose text does not depend on the number of rows is prepared once.
        Connection::Postgres(c) => {
            macro_rules! column {
                ($field:ident) => {
                    rows.iter().map(|row| row.$field.clone()).collect::<Vec<_>>()
                };
            }
            diesel::sql_query(
                "INSERT INTO audit_event (id, at, worker_id, agency_id, roles, session_id, action, subject_kind, \
                 subject_id, child_id, purpose, policies, fields, outcome, request_id) \
                 SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            )
            .bind::<Array<Guid>, _>(column!(id))
            .bind::<Array<UtcTime>, _>(column!(at))
            .bind::<Array<Nullable<Guid>>, _>(column!(worker_id))
            .bind::<Array<Nullable<Guid>>, _>(column!(agency_id))
            .bind::<Array<Text>, _>(column!(roles))
            .bind::<Array<Nullable<Guid>>, _>(column!(session_id))
            .bind::<Array<Text>, _>(column!(action))
            .bind::<Array<Text>, _>(column!(subject_kind))
            .bind::<Array<Nullable<Guid>>, _>(column!(subject_id))
            .bind::<Array<Nullable<Guid>>, _>(column!(child_id))
            .bind::<Array<Nullable<Text>>, _>(column!(purpose))
            .bind::<Array<Text>, _>(column!(policies))
            .bind::<Array<Text>, _>(column!(fields))
            .bind::<Array<Text>, _>(column!(outcome))
            .bind::<Array<Guid>, _>(column!(request_id))
            .execute(c)
            .map(drop)
        }
    }
}
