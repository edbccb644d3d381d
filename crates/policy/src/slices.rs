//! The policies that can apply to a verb and a set of roles. A decision evaluates no others.
//!
//! A slice is selected by verb, resource and role. These parts of the scope are then opened in its policies, because
//! they hold for the whole slice and Cedar would check them again at every decision. A test shows that a slice decides
//! like all policies together.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use alongside_domain::accounts::worker::Roles;
use cedar_policy::{ActionConstraint, EntityUid, Policy, PolicySet, PrincipalConstraint, ResourceConstraint};

use crate::decision::LoadError;
use crate::operation::Verb;
use crate::question::{roles_of, uid};

/// The policies of one verb, for all callers.
struct OfVerb {
    policies: PolicySet,
    /// The groups of the verb that a condition names.
    groups_named: HashSet<EntityUid>,
}

pub(crate) struct Slices {
    of_verbs: HashMap<Verb, OfVerb>,
    /// Made when first needed, since few sets of roles exist.
    of_roles: Mutex<HashMap<(Verb, Roles), Arc<PolicySet>>>,
}

impl Slices {
    pub(crate) fn of(all: &PolicySet, groups: &HashMap<Verb, HashSet<EntityUid>>) -> Result<Self, LoadError> {
        let mut slices: HashMap<Verb, PolicySet> = Verb::ALL.iter().map(|verb| (*verb, PolicySet::new())).collect();
        for policy in all.policies() {
            let any_action = open(policy, "action")?;
            let any_resource = open(&any_action, "resource")?;
            for (verb, slice) in &mut slices {
                let action = uid("Action", verb.as_str())?;
                let covers = |uid: &EntityUid| *uid == action || groups.get(verb).is_some_and(|in_| in_.contains(uid));
                let applies = match policy.action_constraint() {
                    ActionConstraint::Any => true,
                    ActionConstraint::In(uids) => uids.iter().any(covers),
                    ActionConstraint::Eq(uid) => uid == action,
                };
                let opened = match policy.resource_constraint() {
                    ResourceConstraint::Is(kind) if kind.to_string() == verb.resource().as_str() => &any_resource,
                    _ => &any_action,
                };
                if applies {
                    add(slice, opened.clone())?;
                }
            }
        }
        let of_verb = |(verb, policies): (Verb, PolicySet)| {
            let named = policies.policies().flat_map(Policy::entity_literals);
            let groups_named = named.filter(|uid| groups.get(&verb).is_some_and(|in_| in_.contains(uid))).collect();
            (verb, OfVerb { policies, groups_named })
        };
        Ok(Self { of_verbs: slices.into_iter().map(of_verb).collect(), of_roles: Mutex::default() })
    }

    pub(crate) fn groups_named(&self, verb: Verb) -> Option<&HashSet<EntityUid>> {
        self.of_verbs.get(&verb).map(|slice| &slice.groups_named)
    }

    pub(crate) fn policies(&self, verb: Verb, roles: Roles) -> Result<Arc<PolicySet>, LoadError> {
        let mut slices = self.of_roles.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slice) = slices.get(&(verb, roles)) {
            return Ok(Arc::clone(slice));
        }
        let of_verb = self.of_verbs.get(&verb).ok_or_else(|| LoadError(format!("{verb:?} has no policies")))?;
        let (held, mut slice) = (roles_of(roles)?, PolicySet::new());
        for policy in of_verb.policies.policies() {
            match policy.principal_constraint() {
                PrincipalConstraint::In(role) if held.contains(&role) => add(&mut slice, open(policy, "principal")?)?,
                PrincipalConstraint::In(_) => {}
                _ => add(&mut slice, policy.clone())?,
            }
        }
        let slice = Arc::new(slice);
        slices.insert((verb, roles), Arc::clone(&slice));
        Ok(slice)
    }
}

fn add(slice: &mut PolicySet, policy: Policy) -> Result<(), LoadError> {
    slice.add(policy).map_err(|e| LoadError(e.to_string()))
}

/// The same policy with one part of its scope opened.
fn open(policy: &Policy, part: &str) -> Result<Policy, LoadError> {
    let mut json = policy.to_json().map_err(|e| LoadError(e.to_string()))?;
    let scope = json.get_mut(part).ok_or_else(|| LoadError(format!("{} has no scope", policy.id())))?;
    *scope = serde_json::json!({ "op": "All" });
    Policy::from_json(Some(policy.id().clone()), json).map_err(|e| LoadError(e.to_string()))
}
