//! Why a worker may or may not do something: for the operator by command line, and for callers about themselves.

use alongside_domain::access::own_access::{Access, AllowedAction, Rule};
use alongside_domain::accounts::worker::Roles;
use alongside_domain::{ChildId, WorkerId};
use alongside_policy::action::ViewOwnAccess;
use alongside_policy::{Decision, Facts, SecondFactor, Verb};
use diesel::prelude::*;

use crate::audit::event;
use crate::audit::unusual::is_held;
use crate::context::granted::Granted;
use crate::context::job::Passed;
use crate::context::store::Store;
use crate::database::connection::on_either;
use crate::database::error::Error;
use crate::database::schema::{agency, worker};
use crate::database::sql_types::Uid;
use crate::standing::child::of_child;
use crate::standing::facts::ActorFacts;
use crate::statutory::front_door;

impl Store {
    /// Explains to the operator what the rules decide about a worker, an action and a child. It assumes that the worker
    /// has chosen their own password, proved a second factor just now, stated a purpose and given a reason. Writes an
    /// event, and reveals nothing of the record.
    pub async fn explain(&self, sign_in_name: String, verb: Verb, child: ChildId) -> Result<Decision, Error> {
        let request = self.new_id();
        self.session_change(move |shared, c, now| {
            let mut event = event::without_actor(shared.ids.as_ref(), now, "explain_access", None, None, request);
            event.child_id = Some(child);
            let decision = (|| {
                type Row = (Uid, Uid, String, String, String, bool);
                let row: Row = on_either!(&mut *c, c => worker::table
                    .inner_join(agency::table.on(agency::id.eq(worker::agency_id)))
                    .filter(worker::sign_in_name.eq(&sign_in_name))
                    .select((
                        worker::id,
                        worker::agency_id,
                        worker::roles,
                        worker::state,
                        agency::sector,
                        agency::in_sharing_agreement,
                    ))
                    .first(c)
                    .optional())?
                .ok_or(Error::Unknown)?;
                let (id, agency, roles, state, sector, in_agreement) = row;
                let unknown = |_| Error::Corrupt("a worker has an unknown code");
                let front_door = front_door::is_on_duty(c, id.into(), agency.into(), now)?;
                let actor = ActorFacts {
                    worker: WorkerId::from(id),
                    agency: agency.into(),
                    sector: sector.parse().map_err(unknown)?,
                    roles: Roles::from_text(&roles).map_err(unknown)?,
                    may_act: state == "active" && in_agreement,
                    own_password: true,
                    second_factor: SecondFactor::Fresh,
                    front_door,
                    over_volume: is_held(c, id.into(), now)?,
                };
                let subject = of_child(c, &actor, child, now)?.ok_or(Error::Unknown)?;
                let facts = Facts { purpose_stated: true, reason_given: true, ..actor.facts(&subject) };
                Ok((actor.worker, (*shared.policy().decide(verb, facts)).clone()))
            })();
            if let Ok((worker, _)) = &decision {
                event.worker_id = Some(*worker);
                event = event.permitted();
            }
            Passed::of(decision.map(|(_, decision)| decision), Some(event))
        })
        .await
    }
}

impl Granted<'_, ViewOwnAccess> {
    /// What the caller may do to the child's record now, and by which rules.
    pub fn access(&mut self) -> Result<Access, Error> {
        let child_id = self.child_facts()?.id;
        let facts = Facts { purpose_stated: true, reason_given: true, ..*self.permit.facts() };
        let policy = self.policy();
        let may = Verb::ALL
            .iter()
            .filter(|verb| verb.is_about_a_child())
            .map(|verb| (verb, policy.decide(*verb, facts)))
            .filter(|(_, decision)| decision.allowed)
            .map(|(verb, decision)| AllowedAction {
                action: verb.as_str().to_owned(),
                because: decision.policies.iter().filter_map(|id| policy.title_of(id)).map(rule).collect(),
            })
            .collect();
        let relation = facts.relation;
        let standing = [
            (relation.allocated, "You are allocated to the child."),
            (relation.team, "You are in the team around the child."),
            (relation.duty, "You are on duty for the child."),
            (relation.meeting, "You are invited to a meeting about the child."),
            (relation.responder, "You are looking for the child, who is missing."),
            (relation.audit_case, "You examine this record in an audit of cases."),
            (relation.emergency, "You have emergency access. Another person will review it."),
            (relation.listed, "You are on the list of people who may open this record."),
            (relation.agency_involved, "Your agency works with the child."),
            (relation.agency_receiving, "Your agency was sent a referral that it has not answered yet."),
        ];
        let standing = standing.into_iter().filter(|(holds, _)| *holds).map(|(_, words)| words.to_owned()).collect();
        Ok(Access { child_id, standing, may })
    }
}

fn rule((title, because): (&str, &str)) -> Rule {
    Rule { title: title.to_owned(), because: because.to_owned() }
}
