//! Who works with a child, from when to when and why.

use alongside_domain::access::involvement::{
    ClaimDuty, DUTY_HOURS, EndInvolvement, Involvement, InvolvementKind, NewInvolvement,
};
use alongside_domain::accounts::worker::Role;
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::{EntryId, InvolvementId, Version, Violations};
use alongside_policy::action::{ClaimDuty as Claim, EndInvolvement as End, ListInvolvements, StartInvolvement};
use alongside_policy::{Action, Subject};
use diesel::prelude::*;

use crate::context::granted::{Granted, OpenRecord};
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::involvement;
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::SealKey;
use crate::standing::whose::agency_of;

mod ending;
mod renewal;
mod renewals;
mod repetition;
mod row;

use renewals::Renewals;
use row::{Row, place};

impl<A: Action> Granted<'_, A> {
    /// Starts an involvement of a worker with a child.
    pub(crate) fn involve(&mut self, record: &OpenRecord, new: &NewInvolvement) -> Result<Involvement, Error> {
        self.involve_for(record, new, None)
    }

    /// Starts an involvement of a worker with a child, for the work that a referral asks for.
    pub(crate) fn involve_for(
        &mut self,
        record: &OpenRecord,
        new: &NewInvolvement,
        referral: Option<EntryId>,
    ) -> Result<Involvement, Error> {
        let (child, key) = (Uid::from(record.child()), record.key());
        let agency = agency_of(self.connection, new.worker_id)?;
        let agency =
            agency.ok_or_else(|| Violations::one("/worker_id", "names no worker. GET /v1/workers lists them"))?;
        let id = Uid::from(InvolvementId(self.shared.ids.next(self.now)));
        let row = Row {
            id,
            child_id: child,
            worker_id: new.worker_id.into(),
            agency_id: agency.into(),
            kind: new.kind.as_str().to_owned(),
            started_at: Stamp(self.now),
            ends_at: Stamp(new.ends_at),
            reason_sealed: key.seal_json(place(id, child, "reason"), &new.reason)?,
            end_reason_sealed: None,
            ended_by: None,
            version: Version::FIRST.0,
            referral_id: referral.map(Uid::from),
        };
        on_either!(&mut *self.connection, c => diesel::insert_into(involvement::table).values(&row).execute(c))?;
        row.open(key, &mut Renewals::default())
    }

    /// Ends the allocations made when the referral was accepted, and those that depend on them. Its outcome is
    /// recorded.
    pub(crate) fn end_allocations_of(&mut self, referral: EntryId) -> Result<(), Error> {
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        let running: Vec<Row> = on_either!(&mut *self.connection, c => involvement::table
            .filter(involvement::child_id.eq(Uid::from(child)))
            .filter(involvement::referral_id.eq(Uid::from(referral)))
            .filter(involvement::ends_at.gt(Stamp(self.now)))
            .select(Row::as_select())
            .load(c))?;
        for row in running {
            self.end_now(row, &key, "The outcome of the referral was recorded.")?;
        }
        Ok(())
    }

    fn end_now(&mut self, row: Row, key: &SealKey, reason: &str) -> Result<Row, Error> {
        let ended = Row {
            ends_at: Stamp(self.now),
            end_reason_sealed: Some(key.seal_json(place(row.id, row.child_id, "end_reason"), &reason)?),
            ended_by: Some(self.actor.worker.into()),
            version: Version(row.version).next().0,
            ..row
        };
        on_either!(&mut *self.connection, c => diesel::update(involvement::table.find(ended.id))
            .set((
                involvement::ends_at.eq(ended.ends_at),
                involvement::end_reason_sealed.eq(&ended.end_reason_sealed),
                involvement::ended_by.eq(ended.ended_by),
                involvement::version.eq(ended.version),
            ))
            .execute(c))?;
        Ok(ended)
    }
}

impl Granted<'_, StartInvolvement> {
    /// Starts an involvement that ends at the given time. The workers who answer for the child are notified when a
    /// worker of another agency is added.
    pub fn start(&mut self, new: &NewInvolvement) -> Result<Involvement, Error> {
        let child = self.child_facts()?.id;
        let referral = if self.oversees_colleague() { None } else { self.rests_on(new)? };
        let referral = referral.filter(|_| new.kind == InvolvementKind::Allocated);
        let answering = if self.subject.relation.colleague { Vec::new() } else { self.answering_for(child)? };
        let involvement = self.involve_for(&self.opened()?, new, referral)?;
        self.tell(answering, NoticeKind::InvolvementStarted, Subject::Involvement(involvement.id))?;
        Ok(involvement)
    }

    /// Whether the caller oversees the work of their agency, and the worker belongs to the same agency.
    fn oversees_colleague(&self) -> bool {
        let relation = self.subject.relation;
        let oversees = |role| matches!(role, Role::Supervisor | Role::SafeguardingLead);
        relation.colleague && relation.agency_involved && self.actor.roles.iter().any(oversees)
    }

    /// The referral on which the caller's own allocation depends, unless they also have an allocation that depends on
    /// none. An allocation that they start then ends with its outcome too. Otherwise two workers could allocate each
    /// other and stay.
    fn rests_on(&mut self, new: &NewInvolvement) -> Result<Option<EntryId>, Error> {
        let child = self.child_facts()?.id;
        let own: Vec<Option<Uid>> = on_either!(&mut *self.connection, c => involvement::table
            .filter(involvement::child_id.eq(Uid::from(child)))
            .filter(involvement::worker_id.eq(Uid::from(self.actor.worker)))
            .filter(involvement::agency_id.eq(Uid::from(self.actor.agency)))
            .filter(involvement::kind.eq(InvolvementKind::Allocated.as_str()))
            .filter(involvement::ends_at.gt(Stamp(self.now)))
            .filter(involvement::ends_at.ge(Stamp(new.ends_at)))
            .order(involvement::ends_at.desc())
            .select(involvement::referral_id)
            .load(c))?;
        if own.is_empty() {
            let detail = "is after the end of your own allocation. Choose an earlier end, or ask a supervisor or \
                          safeguarding lead of your agency to renew your allocation first";
            return Err(Violations::one("/ends_at", detail).into());
        }
        let of_referrals: Option<Vec<Uid>> = own.into_iter().collect();
        Ok(of_referrals.and_then(|referrals| referrals.first().copied()).map(EntryId::from))
    }
}

impl Granted<'_, Claim> {
    /// Declares the caller the duty worker for the child, and notifies the allocated workers.
    pub fn claim(&mut self, claim: &ClaimDuty) -> Result<Involvement, Error> {
        let involvement = self.involve(
            &self.opened()?,
            &NewInvolvement {
                worker_id: self.actor.worker,
                kind: InvolvementKind::Duty,
                ends_at: self.now + chrono::Duration::hours(DUTY_HOURS),
                reason: claim.reason.clone(),
            },
        )?;
        let in_charge = self.in_charge()?.into_iter().map(|told| told.worker).collect();
        self.tell(in_charge, NoticeKind::DutyClaimed, Subject::Involvement(involvement.id))?;
        Ok(involvement)
    }
}

impl Granted<'_, End> {
    /// Ends an involvement early.
    pub fn end(&mut self, expected: Version, end: &EndInvolvement) -> Result<Involvement, Error> {
        let (row, key) = (self.involvement_row(self.action.involvement)?, self.child_key()?);
        if row.version != expected.0 {
            return Err(row.stale(self.now));
        }
        if row.ends_at.0 <= self.now {
            return Err(Error::Conflict("this involvement has already ended"));
        }
        let mut renewals = Renewals::of_involvement(self.connection, &key, (row.id, row.child_id))?;
        self.end_now(row, &key, &end.reason)?.open(&key, &mut renewals)
    }
}

impl Granted<'_, ListInvolvements> {
    /// All workers who work or worked with the child, latest first.
    pub fn involvements(&mut self) -> Result<Vec<Involvement>, Error> {
        let (child, key) = (Uid::from(self.child_facts()?.id), self.child_key()?);
        let rows: Vec<Row> = on_either!(&mut *self.connection, c => involvement::table
            .filter(involvement::child_id.eq(child))
            .order((involvement::started_at.desc(), involvement::id.desc()))
            .select(Row::as_select())
            .load(c))?;
        let mut renewals = Renewals::of_child(self.connection, &key, child)?;
        rows.iter().map(|row| row.open(&key, &mut renewals)).collect()
    }
}
