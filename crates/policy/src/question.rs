//! Facts as Cedar reads them: the caller, the subject, and the relationship between them.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::worker::{Role, Roles};
use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression, Schema,
};

use crate::decision::LoadError;
use crate::facts::{EntryFacts, Facts, SecondFactor};
use crate::operation::{Resource, Verb};

/// Facts as Cedar reads them, for several questions about the same subject. A test shows that facts of every kind fit
/// the schema. Checking each request would take longer than the decision.
pub(crate) struct Scene {
    worker: EntityUid,
    resource: EntityUid,
    context: Context,
    pub(crate) entities: Entities,
}

impl Scene {
    /// The question whether `verb` is allowed, checked against a schema if one is given. The scene must have been made
    /// for this verb.
    pub(crate) fn question(&self, verb: Verb, schema: Option<&Schema>) -> Result<Request, LoadError> {
        let (worker, resource, context) = (self.worker.clone(), self.resource.clone(), self.context.clone());
        Request::new(worker, uid("Action", verb.as_str())?, resource, context, schema)
            .map_err(|e| LoadError(e.to_string()))
    }
}

/// Makes the scene for some verbs with their groups. All verbs must be about the same resource.
pub(crate) fn scene<'a>(
    about: Resource,
    verbs: impl Iterator<Item = (Verb, &'a HashSet<EntityUid>)>,
    facts: &Facts,
) -> Result<Scene, LoadError> {
    let fail = |error: &dyn std::fmt::Display| LoadError(error.to_string());
    let worker = uid("Worker", "asking")?;
    let (resource, resource_entity) = match (about, facts.entry) {
        (Resource::Partnership | Resource::Child, _) => bare(about.as_str())?,
        (Resource::Entry, Some(entry)) => entry_entity(entry)?,
        (Resource::Entry, None) => {
            return Err(LoadError("the action is about a recording, but the facts contain none".into()));
        }
    };
    let roles = roles_of(facts.roles)?;
    let mut entities = vec![resource_entity];
    let attributes = HashMap::from([
        ("sector".to_owned(), RestrictedExpression::new_string(facts.sector.as_str().to_owned())),
        ("may_act".to_owned(), RestrictedExpression::new_bool(facts.may_act)),
        ("own_password".to_owned(), RestrictedExpression::new_bool(facts.own_password)),
        ("second_factor".to_owned(), RestrictedExpression::new_bool(facts.second_factor >= SecondFactor::Proved)),
        ("fresh_second_factor".to_owned(), RestrictedExpression::new_bool(facts.second_factor == SecondFactor::Fresh)),
        ("front_door".to_owned(), RestrictedExpression::new_bool(facts.front_door)),
        ("over_volume".to_owned(), RestrictedExpression::new_bool(facts.over_volume)),
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
    let proposed = relation.proposed_role.map_or("", Role::as_str);
    let proposed = ("proposed_role".to_owned(), RestrictedExpression::new_string(proposed.to_owned()));
    let standing = standing.map(|(name, fact)| (name.to_owned(), RestrictedExpression::new_bool(fact)));
    let context = Context::from_pairs(standing.into_iter().chain([proposed])).map_err(|e| fail(&e))?;
    for (verb, groups) in verbs {
        entities.push(Entity::new_no_attrs(uid("Action", verb.as_str())?, groups.clone()));
    }
    let entities = Entities::from_entities(entities, None).map_err(|e| fail(&e))?;
    Ok(Scene { worker, resource, context, entities })
}

/// The Cedar roles of a worker. The groups of each role are included, so that Cedar need not follow a hierarchy.
pub(crate) fn roles_of(roles: Roles) -> Result<HashSet<EntityUid>, LoadError> {
    let mut names = HashSet::new();
    for role in roles.iter() {
        names.insert(uid("Role", role.as_str())?);
        if works_with_records(role) {
            names.insert(uid("Role", "works_with_records")?);
        }
        if oversees(role) {
            names.insert(uid("Role", "oversight")?);
        }
    }
    Ok(names)
}

pub(crate) const fn works_with_records(role: Role) -> bool {
    matches!(role, Role::Practitioner | Role::Supervisor | Role::SafeguardingLead)
}

const fn oversees(role: Role) -> bool {
    matches!(role, Role::Supervisor | Role::SafeguardingLead)
}

/// The types of the schema, parsed once. Parsing them takes longer than a decision.
static KINDS: LazyLock<HashMap<&str, EntityTypeName>> = LazyLock::new(|| {
    let kinds = ["Action", "Worker", "Role", "Partnership", "Child", "Entry"];
    kinds.into_iter().filter_map(|kind| Some((kind, kind.parse().ok()?))).collect()
});

pub(crate) fn uid(kind: &str, id: &str) -> Result<EntityUid, LoadError> {
    let known = KINDS.get(kind).ok_or_else(|| LoadError(format!("the schema has no type {kind}")))?;
    Ok(EntityUid::from_type_name_and_id(known.clone(), EntityId::new(id)))
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
