//! Reads the Cedar text, validates it strictly, and decides. Any failure refuses the request.

use std::collections::{HashMap, HashSet};
use std::marker::PhantomData;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use alongside_domain::Purpose;
use alongside_domain::accounts::worker::Roles;
use alongside_domain::record::entry::EntryKind;
use cedar_policy::{Authorizer, EntityUid, PolicySet, Schema, ValidationMode, Validator};
use lru::LruCache;

use crate::decision::{Decision, LoadError};
use crate::facts::{EntryFacts, Facts, Relation, SecondFactor};
use crate::operation::Action;
use crate::operation::{Resource, Verb, verb_of_field};
use crate::permit::{Permit, Refusal, RefusalReason};
use crate::question::{Scene, scene, uid};
use crate::slices::Slices;

/// The policies that ship with the service.
pub(crate) const SHIPPED: &[&str] = &[
    include_str!("../../../policies/1-limits.cedar"),
    include_str!("../../../policies/2-children.cedar"),
    include_str!("../../../policies/3-entries.cedar"),
    include_str!("../../../policies/4-referrals.cedar"),
    include_str!("../../../policies/5-partnership.cedar"),
];
pub(crate) const SCHEMA: &str = include_str!("../../../policies/alongside.cedarschema");

/// How many decisions are remembered. Facts contain no ids, so few different ones exist.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// The parts of a policy that people read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PolicyText {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) because: String,
    pub(crate) forbids: bool,
}

/// The rules, loaded and valid.
pub struct Policy {
    slices: Slices,
    groups: HashMap<Verb, HashSet<EntityUid>>,
    source: String,
    warnings: Vec<String>,
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

    /// Reads policies. Refuses a policy that does not parse, fails strict validation, or lacks `@id`, `@title` or
    /// `@because`.
    pub fn load(schema: &str, policies: &str) -> Result<Self, LoadError> {
        let fail = |error: &dyn std::fmt::Display| LoadError(error.to_string());
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|e| fail(&e))?;
        let (named, mut texts) = name(&policies.parse().map_err(|e| fail(&e))?)?;
        let result = Validator::new(schema.clone()).validate(&named, ValidationMode::Strict);
        if let Some(error) = result.validation_errors().next() {
            return Err(fail(error));
        }
        let warnings = result.validation_warnings().map(ToString::to_string).collect();
        texts.sort_by(|a, b| a.id.cmp(&b.id));
        let groups = groups(&schema)?;
        let slices = Slices::of(&named, &groups)?;
        let source = policies.to_owned();
        Ok(Self { slices, groups, source, warnings, texts, remembered: Mutex::new(LruCache::new(REMEMBERED)) })
    }

    /// The rules of a directory: every file that ends in `.cedar`, in the order of their names. They must fit this
    /// program's schema, and are refused as in [`Policy::load`].
    pub fn of_directory(directory: &Path) -> Result<Self, LoadError> {
        let unread = |error: std::io::Error| LoadError(format!("{}: {error}", directory.display()));
        let mut files: Vec<_> = std::fs::read_dir(directory)
            .map_err(unread)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(unread)?;
        files.retain(|file| file.extension().is_some_and(|extension| extension == "cedar"));
        files.sort();
        if files.is_empty() {
            return Err(LoadError(format!("{} has no file that ends in .cedar", directory.display())));
        }
        let texts = files.iter().map(std::fs::read_to_string).collect::<Result<Vec<_>, _>>().map_err(unread)?;
        Self::load(SCHEMA, &texts.join("\n"))
    }

    /// The text of the rules, for their digest.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Warnings about valid rules that are probably wrong, such as a rule that can never apply.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The number of rules.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there are no rules.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// The title of a rule and its reason.
    pub fn title_of(&self, id: &str) -> Option<(&str, &str)> {
        self.texts.iter().find(|text| text.id == id).map(|text| (text.title.as_str(), text.because.as_str()))
    }

    pub(crate) fn texts(&self) -> &[PolicyText] {
        &self.texts
    }

    /// Whether the policies allow this action with these facts.
    pub fn permit<A: Action>(&self, action: &A, facts: Facts) -> Result<Permit<A>, Refusal> {
        let assumed = facts.relation.allocated.then_some(Purpose::DirectWork);
        let purpose = action.purpose().or(assumed);
        let facts = Facts { purpose_stated: purpose.is_some(), reason_given: action.reason_given(), ..facts };
        let also = A::VERB.fields();
        let verbs = || std::iter::once(A::VERB).chain(also.iter().map(|field| verb_of_field(*field)));
        // Questions that are not remembered share one scene, since they are about the same subject.
        let mut scene = None;
        let mut decide = |verb| {
            self.remembered(verb, facts, || {
                let scene = scene.get_or_insert_with(|| self.scene(A::VERB.resource(), verbs(), &facts));
                scene.as_ref().map_or_else(|_| Decision::refused(), |scene| self.evaluate_in(scene, verb, facts.roles))
            })
        };
        let decision = decide(A::VERB);
        if decision.allowed {
            let fields = also.iter().copied().filter(|field| decide(verb_of_field(*field)).allowed).collect();
            Ok(Permit { decision, purpose, facts, fields, action: PhantomData })
        } else {
            Err(Refusal { reason: self.what_they_may_learn(A::VERB, facts), policies: decision.policies.clone() })
        }
    }

    /// Whether a verb must wait until the account's owner has chosen the password, whatever the subject. Checked before
    /// anything is looked up, like the second factor.
    pub fn needs_own_password(&self, verb: Verb, own: bool) -> bool {
        !(own || self.is_within(verb, "first_steps"))
    }

    /// Whether a verb needs a stronger or fresher second factor than this session has, whatever the subject. Checked
    /// before anything is looked up, so that the response shows nothing about the subject.
    pub fn needs_second_factor(&self, verb: Verb, proved: SecondFactor) -> bool {
        let needed = if self.is_within(verb, "step_up") {
            SecondFactor::Fresh
        } else if self.is_within(verb, "own_account") {
            SecondFactor::Missing
        } else {
            SecondFactor::Proved
        };
        proved < needed
    }

    /// Whether a verb waits for a colleague's confirmation, since the worker is above the second threshold of unusual
    /// access. If it does, the refusal says only that, and shows nothing about the subject.
    pub fn waits(&self, verb: Verb, over_volume: bool) -> bool {
        over_volume && self.is_within(verb, "waits")
    }

    fn is_within(&self, verb: Verb, group: &str) -> bool {
        let group = uid("Action", group);
        self.groups.get(&verb).is_some_and(|groups| group.is_ok_and(|group| groups.contains(&group)))
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

    /// What the policies decide, remembered: equal facts get equal decisions. Only [`Policy::permit`] gives a permit.
    pub fn decide(&self, verb: Verb, facts: Facts) -> Arc<Decision> {
        self.remembered(verb, facts, || self.evaluate(verb, &facts))
    }

    /// Whether the actor of a permit may also do `verb` to a child with whom they have this relation. Search uses it to
    /// decide what to show of each result.
    pub fn allows_for<A: Action>(&self, permit: &Permit<A>, verb: Verb, relation: Relation) -> bool {
        self.decide(verb, Facts { relation, ..permit.facts }).allowed
    }

    /// Whether the actor of a permit may also do `verb` to another recording of the same child. Lists use it to check
    /// each recording.
    pub fn allows_also<A: Action>(&self, permit: &Permit<A>, verb: Verb, entry: EntryFacts) -> bool {
        self.decide(verb, permit.facts.about(entry)).allowed
    }

    fn remembered(&self, verb: Verb, facts: Facts, evaluate: impl FnOnce() -> Decision) -> Arc<Decision> {
        let question = (verb, facts);
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(decision) = remembered.get(&question) {
            return Arc::clone(decision);
        }
        drop(remembered);
        let decision = Arc::new(evaluate());
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.put(question, Arc::clone(&decision));
        decision
    }

    fn scene(&self, about: Resource, verbs: impl Iterator<Item = Verb>, facts: &Facts) -> Result<Scene, LoadError> {
        scene(about, verbs.filter_map(|verb| Some((verb, self.slices.groups_named(verb)?))), facts)
    }

    fn evaluate(&self, verb: Verb, facts: &Facts) -> Decision {
        self.scene(verb.resource(), std::iter::once(verb), facts)
            .map_or_else(|_| Decision::refused(), |scene| self.evaluate_in(&scene, verb, facts.roles))
    }

    fn evaluate_in(&self, scene: &Scene, verb: Verb, roles: Roles) -> Decision {
        let policies = self.slices.policies(verb, roles);
        policies.map_or_else(|_| Decision::refused(), |policies| Self::evaluate_with(&policies, scene, verb))
    }

    /// Cedar skips a policy that fails to evaluate, even a forbid. Here any failure refuses the request.
    fn evaluate_with(policies: &PolicySet, scene: &Scene, verb: Verb) -> Decision {
        let Ok(request) = scene.question(verb, None) else {
            return Decision::refused();
        };
        let response = Authorizer::new().is_authorized(&request, policies, &scene.entities);
        if response.diagnostics().errors().next().is_some() {
            return Decision::refused();
        }
        let mut policies: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        policies.sort();
        Decision { allowed: response.decision() == cedar_policy::Decision::Allow, policies }
    }
}

/// The verb that shows the subject of another verb.
fn view_of(verb: Verb, facts: &Facts) -> Option<Verb> {
    match (verb.resource(), facts.entry) {
        (Resource::Entry, Some(entry)) => Some(verb_to_view(entry.kind)),
        (Resource::Child, _) if verb.is_about_an_exception() => None,
        (Resource::Child, _) => Some(Verb::ViewChild),
        (Resource::Partnership, _) => match verb {
            Verb::DecideRoleGrant => Some(Verb::ListRoleGrants),
            Verb::GiveFrontDoorDuty | Verb::EndFrontDoorDuty => Some(Verb::ListFrontDoorDuties),
            Verb::ConfirmUnusualAccess => Some(Verb::ListUnusualAccess),
            _ => None,
        },
        (Resource::Entry, None) => None,
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

/// Names every policy by its `@id`, and reads its title and reason.
fn name(unnamed: &PolicySet) -> Result<(PolicySet, Vec<PolicyText>), LoadError> {
    let fail = |error: &dyn std::fmt::Display| LoadError(error.to_string());
    let (mut named, mut texts) = (PolicySet::new(), Vec::new());
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
    Ok((named, texts))
}

/// The groups that each verb belongs to. A verb that the schema does not know is an error.
fn groups(schema: &Schema) -> Result<HashMap<Verb, HashSet<EntityUid>>, LoadError> {
    let actions = schema.action_entities().map_err(|e| LoadError(e.to_string()))?;
    let mut groups = HashMap::new();
    for verb in Verb::ALL {
        let action = uid("Action", verb.as_str())?;
        if actions.get(&action).is_none() {
            return Err(LoadError(format!("the schema has no {action}")));
        }
        groups.insert(*verb, actions.ancestors(&action).into_iter().flatten().cloned().collect());
    }
    Ok(groups)
}

#[cfg(test)]
mod tests;
