//! Police access whose notices are suppressed for a time. It is audited like any other access, and marked.

use std::collections::HashSet;

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::audit::event::AuditEvent;
use alongside_domain::notices::notice::NoticeKind;
use alongside_domain::notices::suppression::{NewSuppression, Suppression, SuppressionForOverseers};
use alongside_domain::{AgencyId, At, AuditEventId, ChildId, SuppressionId};
use alongside_policy::action::{SuppressNotices, ViewNoticeSuppression};
use alongside_policy::{Action, Subject, Verb};
use diesel::prelude::*;

use crate::context::granted::Granted;
use crate::context::repeatable::Repeatable;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{notice_suppression, suppressed_look};
use crate::database::sql_types::{Stamp, Uid};
use crate::sealing::keys::At as Place;
use crate::standing::facts::ActorFacts;
use crate::standing::facts::SubjectFacts;

fn place(id: SuppressionId, child: ChildId) -> Place<'static> {
    Place { table: "notice_suppression", row: id.0, part: "explanation", owner: child.0 }
}

/// Whether a suppression covers this caller's access to the record now. It ends with the relationship that allowed it.
/// It never covers emergency access.
pub(crate) fn covers(
    connection: &mut Connection,
    actor: &ActorFacts,
    subject: &SubjectFacts,
    now: At,
) -> Result<bool, Error> {
    let relation = subject.relation;
    let works = relation.allocated || relation.team || (relation.duty && relation.agency_involved);
    match &subject.child {
        Some(child) if actor.sector == Sector::Police && works && !relation.emergency => {
            runs(connection, actor, child.id, now)
        }
        _ => Ok(false),
    }
}

fn runs(connection: &mut Connection, actor: &ActorFacts, child: ChildId, now: At) -> Result<bool, Error> {
    let running: i64 = on_either!(connection, c => notice_suppression::table
        .filter(notice_suppression::child_id.eq(Uid::from(child)))
        .filter(notice_suppression::worker_id.eq(Uid::from(actor.worker)))
        .filter(notice_suppression::agency_id.eq(Uid::from(actor.agency)))
        .filter(notice_suppression::started_at.le(Stamp(now)))
        .filter(notice_suppression::ends_at.gt(Stamp(now)))
        .count()
        .get_result(c))?;
    Ok(running > 0)
}

/// The events that are marked as suppressed.
pub(crate) fn marked(connection: &mut Connection, events: &[AuditEvent]) -> Result<HashSet<AuditEventId>, Error> {
    let ids: Vec<Uid> = events.iter().map(|event| event.id.into()).collect();
    let marked: Vec<Uid> = on_either!(connection, c => suppressed_look::table
        .filter(suppressed_look::event_id.eq_any(ids))
        .select(suppressed_look::event_id)
        .load(c))?;
    Ok(marked.into_iter().map(AuditEventId::from).collect())
}

impl<A: Action> Granted<'_, A> {
    /// The agency whose suppressed access the caller oversees: their own, for supervisors and leads of police.
    pub(crate) fn oversees_looks_of(&self) -> Option<AgencyId> {
        let roles = self.actor.roles;
        let oversees = roles.iter().any(|role| matches!(role, Role::Supervisor | Role::SafeguardingLead));
        (oversees && self.actor.sector == Sector::Police).then_some(self.actor.agency)
    }
}

impl Granted<'_, SuppressNotices> {
    /// Suppresses notices of the caller's access to this record, and notifies the caller's overseers.
    pub fn suppress(&mut self, new: &NewSuppression) -> Result<Suppression, Error> {
        let (child, key) = (self.child_facts()?.id, self.child_key()?);
        if runs(self.connection, &self.actor, child, self.now)? {
            return Err(Error::Conflict(
                "notifications of your access to this record are already suppressed. You can suppress them again after the end",
            ));
        }
        let id = SuppressionId(self.shared.ids.next(self.now));
        let row = (
            notice_suppression::id.eq(Uid::from(id)),
            notice_suppression::child_id.eq(Uid::from(child)),
            notice_suppression::worker_id.eq(Uid::from(self.actor.worker)),
            notice_suppression::agency_id.eq(Uid::from(self.actor.agency)),
            notice_suppression::reason.eq(new.reason.as_str()),
            notice_suppression::explanation_sealed.eq(key.seal_json(place(id, child), &new.explanation)?),
            notice_suppression::started_at.eq(Stamp(self.now)),
            notice_suppression::ends_at.eq(Stamp(new.ends_at)),
        );
        on_either!(&mut *self.connection, c => diesel::insert_into(notice_suppression::table).values(row).execute(c))?;
        let overseers = self.overseers(Verb::ViewNoticeSuppression, Subject::Suppression(id))?;
        if overseers.is_empty() {
            return Err(Error::Conflict(
                "none of your overseers may know about this record. Your agency must first name another safeguarding \
                 lead. For a closed record it must be one on its list",
            ));
        }
        self.tell(overseers, NoticeKind::NoticesSuppressed, Subject::Suppression(id))?;
        self.recorded = Some(("suppression", id.0));
        Ok(Suppression {
            id,
            child_id: child,
            worker_id: self.actor.worker,
            reason: new.reason,
            explanation: new.explanation.clone(),
            started_at: self.now,
            ends_at: new.ends_at,
        })
    }
}

impl Repeatable for SuppressNotices {
    type Answer = Suppression;
    type Made = SuppressionId;

    fn made(suppression: &Suppression) -> SuppressionId {
        suppression.id
    }

    /// Only overseers may read it with a GET. An officer who repeats the request reads what they wrote, while they may
    /// still suppress notices.
    fn again(granted: &mut Granted<'_, Self>, id: SuppressionId) -> Result<Suppression, Error> {
        type Row = (String, Vec<u8>, Stamp, Stamp);
        granted.recorded = Some(("suppression", id.0));
        let (child, key, worker_id) = (granted.child_facts()?.id, granted.child_key()?, granted.actor.worker);
        let row: Option<Row> = on_either!(&mut *granted.connection, c => notice_suppression::table
            .find(Uid::from(id))
            .filter(notice_suppression::worker_id.eq(Uid::from(worker_id)))
            .select((
                notice_suppression::reason,
                notice_suppression::explanation_sealed,
                notice_suppression::started_at,
                notice_suppression::ends_at,
            ))
            .first(c)
            .optional())?;
        let (reason, explanation, started_at, ends_at) = row.ok_or(Error::Unknown)?;
        Ok(Suppression {
            id,
            child_id: child,
            worker_id,
            reason: reason.parse().map_err(|_| Error::Corrupt("a suppression has an unknown reason"))?,
            explanation: key.open_json(place(id, child), &explanation)?,
            started_at: started_at.0,
            ends_at: ends_at.0,
        })
    }
}

impl Granted<'_, ViewNoticeSuppression> {
    /// Why notices are suppressed, for the officer's overseers. It names the child only where the reader may know about
    /// the record.
    pub fn suppression(&mut self) -> Result<SuppressionForOverseers, Error> {
        type Row = (Uid, Uid, String, Vec<u8>, Stamp, Stamp);
        let (id, child, key) = (self.action.suppression, self.child_facts()?.id, self.child_key()?);
        let row: Row = on_either!(&mut *self.connection, c => notice_suppression::table
            .find(Uid::from(id))
            .select((
                notice_suppression::worker_id,
                notice_suppression::agency_id,
                notice_suppression::reason,
                notice_suppression::explanation_sealed,
                notice_suppression::started_at,
                notice_suppression::ends_at,
            ))
            .first(c))?;
        let (worker, agency, reason, explanation, started_at, ends_at) = row;
        let relation = self.subject.relation;
        let is_there = relation.restriction == Restriction::Open || relation.listed;
        Ok(SuppressionForOverseers {
            id,
            child_id: is_there.then_some(child),
            worker_id: worker.into(),
            agency_id: agency.into(),
            reason: reason.parse().map_err(|_| Error::Corrupt("a suppression has an unknown reason"))?,
            explanation: key.open_json(place(id, child), &explanation)?,
            started_at: started_at.0,
            ends_at: ends_at.0,
        })
    }
}
