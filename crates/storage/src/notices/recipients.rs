//! Who is notified. Never about a record that is hidden from them: the notice would reveal that it is closed, or is
//! about a person close to them.

use std::sync::Arc;

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::worker::Role;
use alongside_domain::{AgencyId, At, ChildId, EmergencyId, WorkerId};
use alongside_policy::{Action, Facts, Policy, Subject, Verb};
use diesel::prelude::*;

use crate::context::granted::Granted;
use crate::database::connection::{Connection, on_either};
use crate::database::error::Error;
use crate::database::schema::{involvement, listed_person, worker};
use crate::database::sql_types::{Stamp, Uid};
use crate::standing::actor;
use crate::standing::facts::ActorFacts;
use crate::standing::role::has_role;
use crate::standing::subject;

/// The workers among these to whom the rules would allow this now, with every proof.
pub(crate) fn who_may(
    policy: &Policy,
    connection: &mut Connection,
    question: (Verb, Subject),
    workers: &[WorkerId],
    now: At,
) -> Result<Vec<WorkerId>, Error> {
    let allowed = allowed(policy, connection, question, workers, now)?;
    Ok(allowed.into_iter().map(|worker| worker.worker).collect())
}

fn allowed(
    policy: &Policy,
    connection: &mut Connection,
    (verb, subject): (Verb, Subject),
    workers: &[WorkerId],
    now: At,
) -> Result<Vec<ActorFacts>, Error> {
    let may = actor::with_every_proof(connection, workers, now)?;
    let mut allowed = Vec::with_capacity(may.len());
    for worker in may {
        let known = subject::subject(connection, &worker, subject, now)?;
        let facts = known.map(|known| Facts { purpose_stated: true, ..worker.facts(&known) });
        if facts.is_some_and(|facts| policy.decide(verb, facts).allowed) {
            allowed.push(worker);
        }
    }
    Ok(allowed)
}

/// The active workers with this role, in these agencies or in any.
pub(crate) fn with_role(
    connection: &mut Connection,
    role: Role,
    agencies: Option<&[AgencyId]>,
) -> Result<Vec<WorkerId>, Error> {
    let of: Option<Vec<Uid>> = agencies.map(|agencies| agencies.iter().copied().map(Uid::from).collect());
    let rows: Vec<Uid> = on_either!(connection, c => {
        let mut query = worker::table
            .filter(worker::state.eq("active"))
            .filter(has_role(role))
            .select(worker::id)
            .into_boxed();
        if let Some(of) = of {
            query = query.filter(worker::agency_id.eq_any(of));
        }
        query.load(c)
    })?;
    Ok(rows.into_iter().map(WorkerId::from).collect())
}

impl<A: Action> Granted<'_, A> {
    /// The workers among these to whom the rules would allow this now, with every proof. Never the caller.
    pub(crate) fn who_may(
        &mut self,
        verb: Verb,
        subject: Subject,
        workers: &[WorkerId],
    ) -> Result<Vec<WorkerId>, Error> {
        Ok(self.allowed(verb, subject, workers)?.into_iter().map(|worker| worker.worker).collect())
    }

    /// The workers among these from whom the record of this child is not hidden.
    pub(crate) fn who_may_know(&mut self, child: ChildId, workers: &[WorkerId]) -> Result<Vec<WorkerId>, Error> {
        self.who_may(Verb::ViewOwnAccess, Subject::Child(child), workers)
    }

    fn allowed(&mut self, verb: Verb, subject: Subject, workers: &[WorkerId]) -> Result<Vec<ActorFacts>, Error> {
        let policy = Arc::clone(&self.policy);
        let mut allowed = allowed(&policy, self.connection, (verb, subject), workers, self.now)?;
        allowed.retain(|worker| worker.worker != self.actor.worker);
        Ok(allowed)
    }

    /// The workers in charge of this action's record: the allocated workers or, where the record is closed, the people
    /// on its list. No other worker may learn that anything happens to it.
    pub(crate) fn in_charge(&mut self) -> Result<Vec<ActorFacts>, Error> {
        let child = self.child_facts()?.id;
        let open = self.subject.relation.restriction == Restriction::Open;
        let workers: Vec<Uid> = on_either!(&mut *self.connection, c => if open {
            involvement::table
                .filter(involvement::child_id.eq(Uid::from(child)))
                .filter(involvement::kind.eq("allocated"))
                .filter(involvement::ends_at.gt(Stamp(self.now)))
                .select(involvement::worker_id)
                .load(c)
        } else {
            listed_person::table
                .filter(listed_person::child_id.eq(Uid::from(child)))
                .select(listed_person::worker_id)
                .load(c)
        })?;
        let workers: Vec<WorkerId> = workers.into_iter().map(WorkerId::from).collect();
        self.allowed(Verb::ViewOwnAccess, Subject::Child(child), &workers)
    }

    /// The safeguarding leads of the agencies that work with this child, and of the caller's agency.
    fn leads_for(&mut self, child: ChildId) -> Result<Vec<WorkerId>, Error> {
        let involved: Vec<Uid> = on_either!(&mut *self.connection, c => involvement::table
            .filter(involvement::child_id.eq(Uid::from(child)))
            .filter(involvement::ends_at.gt(Stamp(self.now)))
            .select(involvement::agency_id)
            .distinct()
            .load(c))?;
        let mut agencies: Vec<AgencyId> = involved.into_iter().map(AgencyId::from).collect();
        agencies.push(self.actor.agency);
        with_role(self.connection, Role::SafeguardingLead, Some(&agencies))
    }

    /// The workers who are notified that another agency takes part. They are the workers in charge of the record, and
    /// the safeguarding leads of the agencies concerned from whom it is not hidden.
    pub(crate) fn answering_for(&mut self, child: ChildId) -> Result<Vec<WorkerId>, Error> {
        let mut answering = self.in_charge()?.into_iter().map(|worker| worker.worker).collect::<Vec<_>>();
        let leads = self.leads_for(child)?;
        answering.extend(self.who_may_know(child, &leads)?);
        Ok(answering)
    }

    /// The workers who are notified of an emergency: the workers in charge of the record, and the leads of the agencies
    /// concerned. If none of them may review it, the leads of any agency who may are notified. If there are none,
    /// auditors are. A lead who manages the worker with the access is notified too, but leaves the review to others.
    pub(crate) fn told_of_emergency(&mut self, id: EmergencyId, child: ChildId) -> Result<Vec<WorkerId>, Error> {
        let mut told = self.in_charge()?.into_iter().map(|worker| worker.worker).collect::<Vec<_>>();
        let leads = self.leads_for(child)?;
        told.extend(self.who_may(Verb::ViewEmergencyAccess, Subject::Child(child), &leads)?);
        let mut reviewers = self.who_may(Verb::ReviewEmergencyAccess, Subject::Emergency(id), &told)?;
        for role in [Role::SafeguardingLead, Role::Auditor] {
            if !reviewers.is_empty() {
                break;
            }
            let others = with_role(self.connection, role, None)?;
            reviewers = self.who_may(Verb::ReviewEmergencyAccess, Subject::Emergency(id), &others)?;
            told.extend(&reviewers);
        }
        Ok(told)
    }

    /// The overseers of the caller who may do this with the subject. They are the safeguarding leads of the caller's
    /// agency. Auditors oversee a caller who is a lead, and take over where no lead may do this.
    pub(crate) fn overseers(&mut self, verb: Verb, subject: Subject) -> Result<Vec<WorkerId>, Error> {
        let is_lead = self.actor.roles.contains(Role::SafeguardingLead);
        let leads = with_role(self.connection, Role::SafeguardingLead, Some(&[self.actor.agency]))?;
        let mut told = self.who_may(verb, subject, &leads)?;
        if is_lead || told.is_empty() {
            let auditors = with_role(self.connection, Role::Auditor, None)?;
            told.extend(self.who_may(verb, subject, &auditors)?);
        }
        Ok(told)
    }
}
