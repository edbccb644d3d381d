//! How types differ between the two databases. No other module knows it.

use std::io::Write as _;

use alongside_domain::At;
use chrono::DateTime;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{BigInt, Binary, SqlOrd, SqlType};
use diesel::sqlite::{Sqlite, SqliteValue};
use uuid::Uuid;

/// `uuid` on PostgreSQL, 16 bytes on SQLite.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Guid;

/// `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct UtcTime;

impl SqlOrd for Guid {}
impl SqlOrd for UtcTime {}

/// An id as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = Guid)]
pub(crate) struct Uid(pub(crate) Uuid);

/// An instant as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = UtcTime)]
pub(crate) struct Stamp(pub(crate) At);

macro_rules! from_ids {
    ($($id:ident),+) => {$(
        impl From<alongside_domain::$id> for Uid {
            fn from(id: alongside_domain::$id) -> Self {
                Self(id.0)
            }
        }

        impl From<Uid> for alongside_domain::$id {
            fn from(id: Uid) -> Self {
                Self(id.0)
            }
        }
    )+};
}
from_ids!(
    AgencyId,
    WorkerId,
    SessionId,
    ChildId,
    EntryId,
    InvolvementId,
    AuditEventId,
    EmergencyId,
    ProposalId,
    NoticeId,
    DisclosureRequestId,
    SanitisedLineId,
    RoleGrantId,
    SuppressionId,
    FrontDoorDutyId,
    UnusualAccessId
);

/// PostgreSQL counts from 2000-01-01, this many microseconds after 1970-01-01.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl ToSql<Guid, Pg> for Uid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(self.0.as_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<Guid, Sqlite> for Uid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

impl FromSql<Guid, Pg> for Uid {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.as_bytes())?))
    }
}

impl FromSql<Guid, Sqlite> for Uid {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let bytes = <Vec<u8> as FromSql<Binary, Sqlite>>::from_sql(value)?;
        Ok(Self(Uuid::from_slice(&bytes)?))
    }
}

impl ToSql<UtcTime, Pg> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&(self.0.timestamp_micros() - POSTGRES_EPOCH).to_be_bytes())?;
        Ok(IsNull::No)
    }
}

impl ToSql<UtcTime, Sqlite> for Stamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.timestamp_micros());
        Ok(IsNull::No)
    }
}

impl FromSql<UtcTime, Pg> for Stamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Pg>>::from_sql(value)?;
        instant(micros + POSTGRES_EPOCH)
    }
}

impl FromSql<UtcTime, Sqlite> for Stamp {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        instant(<i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?)
    }
}

fn instant(micros: i64) -> deserialize::Result<Stamp> {
    DateTime::from_timestamp_micros(micros).map(Stamp).ok_or_else(|| "instant out of range".into())
}
