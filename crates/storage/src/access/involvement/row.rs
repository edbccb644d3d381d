//! An involvement as it is stored.

use alongside_domain::access::involvement::{Involvement, InvolvementKind};
use alongside_domain::{At, EntryId, InvolvementId, Version, WorkerId};
use alongside_policy::Action;
use diesel::prelude::*;

use super::renewals::Renewals;
use crate::context::granted::Granted;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::involvement;
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::{At as Place, SealKey};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = involvement)]
pub(super) struct Row {
    pub(super) id: Uid,
    pub(super) child_id: Uid,
    pub(super) worker_id: Uid,
    pub(super) agency_id: Uid,
    pub(super) kind: String,
    pub(super) started_at: Stamp,
    pub(super) ends_at: Stamp,
    pub(super) reason_sealed: Vec<u8>,
    pub(super) end_reason_sealed: Option<Vec<u8>>,
    pub(super) ended_by: Option<Uid>,
    pub(super) version: i32,
    pub(super) referral_id: Option<Uid>,
}

pub(super) fn place(id: Uid, child: Uid, part: &'static str) -> Place<'static> {
    Place { table: "involvement", row: id.0, part, owner: child.0 }
}

impl Row {
    pub(super) fn kind(&self) -> Result<InvolvementKind, Error> {
        self.kind.parse().map_err(|_| Error::Corrupt("an involvement has an unknown kind"))
    }

    pub(super) fn open(&self, key: &SealKey, renewals: &mut Renewals) -> Result<Involvement, Error> {
        let end_reason = self
            .end_reason_sealed
            .as_deref()
            .map(|sealed| key.open_json(place(self.id, self.child_id, "end_reason"), sealed))
            .transpose()?;
        Ok(Involvement {
            id: self.id.into(),
            child_id: self.child_id.into(),
            worker_id: self.worker_id.into(),
            agency_id: self.agency_id.into(),
            kind: self.kind()?,
            started_at: self.started_at.0,
            ends_at: self.ends_at.0,
            reason: key.open_json(place(self.id, self.child_id, "reason"), &self.reason_sealed)?,
            end_reason,
            referral_id: self.referral_id.map(EntryId::from),
            renewals: renewals.of(self.id),
            version: Version(self.version),
        })
    }

    pub(super) fn stale(&self, now: At) -> Error {
        Error::Stale {
            current: Version(self.version),
            changed_at: self.ends_at.0.min(now),
            changed_by: self.ended_by.map(WorkerId::from),
            changed_fields: vec!["ends_at".to_owned()],
        }
    }
}

impl<A: Action> Granted<'_, A> {
    /// An involvement with the child of this action.
    pub(super) fn involvement_row(&mut self, id: InvolvementId) -> Result<Row, Error> {
        let child = self.child_facts()?.id;
        let row: Option<Row> = on_either!(&mut *self.connection, c => involvement::table
            .find(Uid::from(id))
            .filter(involvement::child_id.eq(Uid::from(child)))
            .select(Row::as_select())
            .first(c)
            .optional())?;
        row.ok_or(Error::Unknown)
    }
}
