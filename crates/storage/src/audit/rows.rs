//! Writes audit events: many in one statement on PostgreSQL, one prepared statement each on SQLite.

use alongside_domain::audit::event::AuditEvent;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, Nullable, Text};

use crate::database::connection::Connection;
use crate::database::schema::audit_event;
use crate::database::sql_types::{Guid, Stamp, Uid, UtcTime};

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
        Connection::Postgres(c) => Columns::of(rows).execute(c).map(drop),
    }
}

/// Events as columns. A statement whose text does not depend on the number of rows is planned once; `diesel::sql_query`
/// is planned each time.
macro_rules! columns {
    ($first:ident: $first_sql:ty = $first_value:ty $(, $field:ident: $sql:ty = $value:ty)+) => {
        #[derive(QueryId)]
        struct Columns {
            $first: Vec<$first_value>,
            $($field: Vec<$value>,)+
        }

        impl Columns {
            fn of(rows: Vec<AuditRow>) -> Self {
                let count = rows.len();
                let mut columns =
                    Self { $first: Vec::with_capacity(count), $($field: Vec::with_capacity(count),)+ };
                for row in rows {
                    columns.$first.push(row.$first);
                    $(columns.$field.push(row.$field);)+
                }
                columns
            }
        }

        impl QueryFragment<Pg> for Columns {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                out.push_sql(concat!(
                    "INSERT INTO audit_event (", stringify!($first), $(", ", stringify!($field),)+
                    ") SELECT * FROM unnest("
                ));
                out.push_bind_param::<Array<$first_sql>, _>(&self.$first)?;
                $(
                    out.push_sql(", ");
                    out.push_bind_param::<Array<$sql>, _>(&self.$field)?;
                )+
                out.push_sql(")");
                Ok(())
            }
        }
    };
}
columns! {
    id: Guid = Uid,
    at: UtcTime = Stamp,
    worker_id: Nullable<Guid> = Option<Uid>,
    agency_id: Nullable<Guid> = Option<Uid>,
    roles: Text = String,
    session_id: Nullable<Guid> = Option<Uid>,
    action: Text = String,
    subject_kind: Text = String,
    subject_id: Nullable<Guid> = Option<Uid>,
    child_id: Nullable<Guid> = Option<Uid>,
    purpose: Nullable<Text> = Option<String>,
    policies: Text = String,
    fields: Text = String,
    outcome: Text = String,
    request_id: Guid = Uid
}

impl RunQueryDsl<PgConnection> for Columns {}
