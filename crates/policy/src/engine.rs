//! Reads the Cedar text, validates it strictly, and decides. Every doubt refuses.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use alongside_domain::Purpose;
use alongside_domain::entry::{EntryKind, Field};
use alongside_domain::worker::Role;
use cedar_policy::{
    ActionConstraint, Authorizer, Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use lru::LruCache;

use crate::action::{Action, Resource, Verb, verb_of_field};
use crate::facts::{EntryFacts, Facts};
use crate::permit::{Permit, Refusal, RefusalReason};

/// The policies as they ship.
const SHIPPED: &[&str] = &[
    include_str!("../../../policies/1-limits.cedar"),
    include_str!("../../../policies/2-children.cedar"),
    include_str!("../../../policies/3-entries.cedar"),
    include_str!("../../../policies/4-referrals.cedar"),
    include_str!("../../../policies/5-partnership.cedar"),
];
const SCHEMA: &str = include_str!("../../../policies/alongside.cedarschema");

/// How many decisions are remembered. Facts carry no ids, so that few exist.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// The policies cannot be used. The service does not start.
#[derive(Debug, thiserror::Error)]
#[error("the policies cannot be used: {0}")]
pub struct LoadError(String);

/// What the policies say about one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// The ids of the policies that decided.
    pub policies: Vec<String>,
}

/// A policy as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyText {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) because: String,
    pub(crate) forbids: bool,
}

/// The rules, loaded and valid.
pub struct Policy {
    slices: HashMap<Verb, PolicySet>,
    schema: Schema,
    texts: Vec<PolicyText>,
    remembered: Mutex<LruCache<(Verb, Facts), Arc<Decision>>>,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy").field("policies", &self.texts.len()).finish_non_exhaustive()
    }
}

impl Policy {
    /// The policies that ship with the service.
    pub fn shipped() -> Result<Self, LoadError> {
        Self::load(SCHEMA, &SHIPPED.join("\n"))
    }

    /// Reads policies; refuses what does not parse, does not pass strict validation, or lacks `@id`,
    /// `@title` or `@because`.
    pub fn load(schema: &str, policies: &str) -> Result<Self, LoadError> {
        let fail = |error: &dyn std::fmt::Display| LoadError(error.to_string());
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|e| fail(&e))?;
        let unnamed: PolicySet = policies.parse().map_err(|e| fail(&e))?;
        let mut named = PolicySet::new();
        let mut texts = Vec::new();
        for policy in unnamed.policies() {
            let annotation = |name: &str| {
                let text = policy.annotation(name).filter(|text| !text.trim().is_empty());
                text.map(str::to_owned).ok_or_else(|| LoadError(format!("{} has no @{name}", policy.id())))
            };
            let text = PolicyText {
                id: annotation("id")?,
                title: annotation("title")?,
                because: annotation("because")?,
                forbids: policy.effect() == cedar_policy::Effect::Forbid,
            };
            let id = text.id.parse().map_err(|e| fail(&e))?;
            named.add(policy.new_id(id)).map_err(|e| fail(&e))?;
            texts.push(text);
        }
        let result = Validator::new(schema.clone()).validate(&named, ValidationMode::Strict);
        if let Some(error) = result.validation_errors().next() {
            return Err(fail(error));
        }
        texts.sort_by(|a, b| a.id.cmp(&b.id));
        let slices = Verb::ALL
            .iter()
            .map(|verb| Ok((*verb, slice(&named, &schema, *verb)?)))
            .collect::<Result<_, LoadError>>()?;
        Ok(Self { slices, schema, texts, remembered: Mutex::new(LruCache::new(REMEMBERED)) })
    }

    pub(crate) fn texts(&self) -> &[PolicyText] {
        &self.texts
    }

    /// Whether the policies allow this action with these facts.
    pub fn permit<A: Action>(&self, action: &A, facts: Facts) -> Result<Permit<A>, Refusal> {
        let assumed = facts.relation.allocated.then_some(Purpose::DirectWork);
        let purpose = action.purpose().or(assumed);
        let facts = Facts { purpose_stated: purpose.is_some(), ..facts };
        let decision = self.decide(A::VERB, facts);
        if decision.allowed {
            let fields = fields_of(A::VERB)
                .iter()
                .copied()
                .filter(|field| self.decide(verb_of_field(*field), facts).allowed)
                .collect();
            Ok(Permit { decision, purpose, facts, fields, action: PhantomData })
        } else {
            Err(Refusal { reason: self.what_they_may_learn(A::VERB, facts), policies: decision.policies.clone() })
        }
    }

    fn what_they_may_learn(&self, verb: Verb, facts: Facts) -> RefusalReason {
        let with_purpose = Facts { purpose_stated: true, ..facts };
        if !facts.purpose_stated && self.decide(verb, with_purpose).allowed {
            RefusalReason::PurposeNeeded
        } else if view_of(verb, &facts).is_some_and(|view| self.decide(view, with_purpose).allowed) {
            RefusalReason::NotYours
        } else if facts.entry.is_some() && self.decide(Verb::KnowOfEntry, with_purpose).allowed {
            RefusalReason::Withheld
        } else {
            RefusalReason::Hidden
        }
    }

    /// What the policies say, remembered: equal facts get equal decisions.
    pub(crate) fn decide(&self, verb: Verb, facts: Facts) -> Arc<Decision> {
        let question = (verb, facts);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decision) = remembered.get(&question) {
            return Arc::clone(decision);
        }
        drop(remembered);
        let decision = Arc::new(self.evaluate(verb, &facts));
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.put(question, Arc::clone(&decision));
        decision
    }

    /// Asks Cedar. Cedar skips a policy that fails to evaluate, a forbid too; here any failure refuses.
    fn evaluate(&self, verb: Verb, facts: &Facts) -> Decision {
        let refused = Decision { allowed: false, policies: Vec::new() };
        let Some(slice) = self.slices.get(&verb) else {
            return refused;
        };
        let Ok((request, entities)) = self.question(verb, facts) else {
            return refused;
        };
        let response = Authorizer::new().is_authorized(&request, slice, &entities);
        if response.diagnostics().errors().next().is_some() {
            return refused;
        }
        let mut policies: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        policies.sort();
        Decision { allowed: response.decision() == cedar_policy::Decision::Allow, policies }
    }

    fn question(&self, verb: Verb, facts: &Facts) -> Result<(Request, Entities), LoadError> {
        let fail = |error: &dyn std::fmt::Display| LoadError(error.to_string());
        let worker = uid("Worker", "asking")?;
        let (resource, resource_entity) = match (verb.resource(), facts.entry) {
            (Resource::Partnership, _) => bare("Partnership")?,
            (Resource::Child, _) => bare("Child")?,
            (Resource::Entry, Some(entry)) => entry_entity(entry)?,
            (Resource::Entry, None) => {
                return Err(LoadError("a recording is asked about and none is given".into()));
            }
        };
        let mut roles = HashSet::new();
        for role in facts.roles.iter() {
            roles.insert(uid("Role", role.as_str())?);
        }
        let mut entities = vec![resource_entity];
        for role in facts.roles.iter() {
            let parents = works_with_records(role).then(|| uid("Role", "works_with_records")).transpose()?;
            let role = uid("Role", role.as_str())?;
            entities.push(Entity::new_no_attrs(role, parents.into_iter().collect()));
        }
        let attributes = HashMap::from([
            ("sector".to_owned(), RestrictedExpression::new_string(facts.sector.as_str().to_owned())),
            ("may_act".to_owned(), RestrictedExpression::new_bool(facts.may_act)),
        ]);
        entities.push(Entity::new(worker.clone(), attributes, roles).map_err(|e| fail(&e))?);
        let relation = &facts.relation;
        let standing = [
            ("allocated", relation.allocated),
            ("team", relation.team),
            ("agency_involved", relation.agency_involved),
            ("agency_receiving", relation.agency_receiving),
            ("colleague", relation.colleague),
            ("own", relation.own),
            ("purpose_stated", facts.purpose_stated),
        ];
        let context =
            Context::from_pairs(standing.map(|(name, fact)| (name.to_owned(), RestrictedExpression::new_bool(fact))))
                .map_err(|e| fail(&e))?;
        let action = uid("Action", verb.as_str())?;
        let request = Request::new(worker, action, resource, context, Some(&self.schema)).map_err(|e| fail(&e))?;
        let entities = Entities::from_entities(entities, Some(&self.schema)).map_err(|e| fail(&e))?;
        Ok((request, entities))
    }
}

/// The verb that shows the subject of another verb.
fn view_of(verb: Verb, facts: &Facts) -> Option<Verb> {
    match (verb.resource(), facts.entry) {
        (Resource::Entry, Some(entry)) => Some(verb_to_view(entry.kind)),
        (Resource::Child, _) => Some(Verb::ViewChild),
        _ => None,
    }
}

/// The verb that shows a recording of a kind.
pub fn verb_to_view(kind: EntryKind) -> Verb {
    match kind {
        EntryKind::Concern => Verb::ViewConcern,
        EntryKind::Observation => Verb::ViewObservation,
        EntryKind::Contact => Verb::ViewContact,
        EntryKind::Referral => Verb::ViewReferral,
    }
}

/// The groups of fields that an action may carry.
const fn fields_of(verb: Verb) -> &'static [Field] {
    match verb {
        Verb::ViewChild | Verb::ViewOverview | Verb::AmendChild => {
            &[Field::Identity, Field::Identifiers, Field::Address]
        }
        Verb::ViewConcern
        | Verb::ViewObservation
        | Verb::ViewContact
        | Verb::AmendConcern
        | Verb::AmendObservation
        | Verb::AmendContact
        | Verb::WithdrawConcern
        | Verb::WithdrawObservation
        | Verb::WithdrawContact => &[Field::SensitiveWords],
        _ => &[],
    }
}

pub(crate) const fn works_with_records(role: Role) -> bool {
    matches!(role, Role::Practitioner | Role::Supervisor | Role::SafeguardingLead)
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, LoadError> {
    let kind: EntityTypeName = kind.parse().map_err(|e| LoadError(format!("{e}")))?;
    Ok(EntityUid::from_type_name_and_id(kind, EntityId::new(id)))
}

fn bare(kind: &str) -> Result<(EntityUid, Entity), LoadError> {
    let uid = uid(kind, "asked")?;
    Ok((uid.clone(), Entity::new_no_attrs(uid, HashSet::new())))
}

fn entry_entity(entry: EntryFacts) -> Result<(EntityUid, Entity), LoadError> {
    let uid = uid("Entry", "asked")?;
    let mut attributes: HashMap<String, RestrictedExpression> = [
        ("own_agency", entry.own_agency),
        ("author", entry.author),
        ("sent_by_my_agency", entry.sent_by_my_agency),
        ("sent_to_my_agency", entry.sent_to_my_agency),
        ("attached_to_referral", entry.attached_to_referral),
    ]
    .into_iter()
    .map(|(name, fact)| (name.to_owned(), RestrictedExpression::new_bool(fact)))
    .collect();
    for (name, code) in [("kind", entry.kind.as_str()), ("segment", entry.segment.as_str())] {
        attributes.insert(name.to_owned(), RestrictedExpression::new_string(code.to_owned()));
    }
    let entity = Entity::new(uid.clone(), attributes, HashSet::new()).map_err(|e| LoadError(e.to_string()))?;
    Ok((uid, entity))
}

/// The policies that can apply to a verb, so that a decision does not evaluate the rest.
fn slice(all: &PolicySet, schema: &Schema, verb: Verb) -> Result<PolicySet, LoadError> {
    let action = uid("Action", verb.as_str())?;
    let groups = groups_of(schema, &action)?;
    let covers = |uid: &EntityUid| *uid == action || groups.contains(uid);
    let mut slice = PolicySet::new();
    for policy in all.policies() {
        let applies = match policy.action_constraint() {
            ActionConstraint::Any => true,
            ActionConstraint::In(uids) => uids.iter().any(covers),
            ActionConstraint::Eq(uid) => uid == action,
        };
        if applies {
            slice.add(policy.clone()).map_err(|e| LoadError(e.to_string()))?;
        }
    }
    Ok(slice)
}

fn groups_of(schema: &Schema, action: &EntityUid) -> Result<HashSet<EntityUid>, LoadError> {
    let actions = schema.action_entities().map_err(|e| LoadError(e.to_string()))?;
    let parents: BTreeMap<_, _> = actions.iter().map(|entity| (entity.uid(), entity)).collect();
    if !parents.contains_key(action) {
        return Err(LoadError(format!("the schema has no {action}")));
    }
    Ok(actions.ancestors(action).into_iter().flatten().cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str =
        r#"entity Worker; entity Child; action "view_child" appliesTo { principal: Worker, resource: Child };"#;

    #[test]
    fn the_shipped_policies_are_valid() {
        Policy::shipped().unwrap();
    }

    #[test]
    fn a_policy_that_misspells_an_attribute_is_refused_at_load() {
        let bad = SHIPPED.join("\n").replacen("principal.may_act", "principal.may_akt", 1);
        assert!(Policy::load(SCHEMA, &bad).is_err());
    }

    #[test]
    fn a_policy_without_its_reason_is_refused_at_load() {
        let bare = r#"@id("x") @title("t") permit(principal, action, resource);"#;
        let error = Policy::load(SMALL, bare).unwrap_err();
        assert!(error.to_string().contains("@because"), "{error}");
    }
}
