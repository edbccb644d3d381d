//! Every kind of request that the schema allows: an action with a type of caller and a type of resource.
//!
//! They are enumerated from the schema alone, so a new action is covered the day it is written.

use std::collections::BTreeSet;

use cedar_policy::{Entities, EntityUid, Policy, PolicySet, RequestEnv};
use cedar_policy_symcc::{CompiledPolicy, CompiledPolicySet};

use crate::failure::Failure;
use crate::policies::Policies;

/// One kind of request, and what all policies together decide about it.
#[derive(Debug)]
pub(crate) struct Environment {
    pub(crate) request: RequestEnv,
    pub(crate) rules: CompiledPolicySet,
    action: String,
    groups: BTreeSet<String>,
}

impl Environment {
    /// Every kind of request that the schema allows, in the order of the actions.
    pub(crate) fn all(policies: &Policies) -> Result<Vec<Self>, Failure> {
        let actions = policies.schema.action_entities().map_err(|e| Failure::Policies(e.to_string()))?;
        let mut requests: Vec<_> = policies.schema.request_envs().collect();
        requests.sort_by_cached_key(order);
        requests.into_iter().map(|request| Self::new(policies, &actions, request)).collect()
    }

    fn new(policies: &Policies, actions: &Entities, request: RequestEnv) -> Result<Self, Failure> {
        let rules = compile_all(policies, &policies.set, &request)?;
        let action = name_of(request.action());
        let groups = actions.ancestors(request.action()).into_iter().flatten().map(name_of).collect();
        Ok(Self { request, rules, action, groups })
    }

    /// The name of the action.
    pub(crate) fn action(&self) -> &str {
        &self.action
    }

    /// Whether the action is in a group, directly or through another group.
    pub(crate) fn is_in(&self, group: &str) -> bool {
        self.groups.contains(group)
    }
}

/// Compiles one policy into a question about one kind of request.
pub(crate) fn compile(policies: &Policies, policy: &Policy, request: &RequestEnv) -> Result<CompiledPolicy, Failure> {
    CompiledPolicy::compile(policy, request, &policies.schema).map_err(|e| not_a_question(policy.id(), request, e))
}

/// Compiles several policies together into a question about one kind of request.
pub(crate) fn compile_all(
    policies: &Policies,
    set: &PolicySet,
    request: &RequestEnv,
) -> Result<CompiledPolicySet, Failure> {
    CompiledPolicySet::compile(set, request, &policies.schema).map_err(|e| not_a_question(&"policies", request, e))
}

/// A type error has its causes in a separate list.
fn not_a_question(
    what: &dyn std::fmt::Display,
    request: &RequestEnv,
    error: cedar_policy_symcc::err::Error,
) -> Failure {
    let reason = match error {
        cedar_policy_symcc::err::Error::PolicyNotWellTyped { errs } => {
            errs.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    };
    Failure::NotAQuestion { about: format!("{what} for {}", name_of(request.action())), reason }
}

/// The schema lists requests in no fixed order. Sorting them makes every run ask the same questions.
fn order(request: &RequestEnv) -> [String; 3] {
    [request.action().to_string(), request.principal().to_string(), request.resource().to_string()]
}

fn name_of(action: &EntityUid) -> String {
    action.id().unescaped().to_owned()
}
