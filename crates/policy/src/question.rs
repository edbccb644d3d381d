//! Facts as Cedar reads them: one worker who asks, one resource that is asked about, and how they stand.

use std::collections::{HashMap, HashSet};

use alongside_domain::restriction::Restriction;
use alongside_domain::worker::Role;
use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};

use crate::engine::LoadError;
use crate::facts::{EntryFacts, Facts, SecondFactor};
use crate::verb::{Resource, Verb};

/// The question whether `verb` is allowed, given these facts.
pub(crate) fn question(schema: &Schema, verb: Verb, facts: &Facts) -> Result<(Request, Entities), LoadError> {
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
        ("second_factor".to_owned(), RestrictedExpression::new_bool(facts.second_factor >= SecondFactor::Proved)),
        ("fresh_second_factor".to_owned(), RestrictedExpression::new_bool(facts.second_factor == SecondFactor::Fresh)),
    ]);
    entities.push(Entity::new(worker.clone(), attributes, roles).map_err(|e| fail(&e))?);
    let relation = &facts.relation;
    let standing = [
        ("conflict", relation.conflict),
        ("restricted", relation.restriction != Restriction::Open),
        ("sealed", relation.restriction == Restriction::Sealed),
        ("listed", relation.listed),
        ("emergency", relation.emergency),
        ("reason_given", facts.reason_given),
        ("review_overdue", relation.review_overdue),
        ("allocated", relation.allocated),
        ("team", relation.team),
        ("duty", relation.duty),
        ("meeting", relation.meeting),
        ("responder", relation.responder),
        ("audit_case", relation.audit_case),
        ("agency_involved", relation.agency_involved),
        ("agency_receiving", relation.agency_receiving),
        ("colleague", relation.colleague),
        ("own", relation.own),
        ("in_line", relation.in_line),
        ("purpose_stated", facts.purpose_stated),
    ];
    let context =
        Context::from_pairs(standing.map(|(name, fact)| (name.to_owned(), RestrictedExpression::new_bool(fact))))
            .map_err(|e| fail(&e))?;
    let action = uid("Action", verb.as_str())?;
    let request = Request::new(worker, action, resource, context, Some(schema)).map_err(|e| fail(&e))?;
    let entities = Entities::from_entities(entities, Some(schema)).map_err(|e| fail(&e))?;
    Ok((request, entities))
}

pub(crate) const fn works_with_records(role: Role) -> bool {
    matches!(role, Role::Practitioner | Role::Supervisor | Role::SafeguardingLead)
}

pub(crate) fn uid(kind: &str, id: &str) -> Result<EntityUid, LoadError> {
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
        ("named", entry.named),
        ("released", entry.released),
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
