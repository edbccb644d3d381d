//! Asks the solver about each property, for every kind of request that the property covers.
//!
//! "Denied when X" becomes this question: is there a request that the policies allow, and that a separate policy allows
//! which permits everything when X? Such a request breaks the promise, and the solver shows it.

use cedar_policy::{Effect, Policy, PolicyId, PolicySet};
use cedar_policy_symcc::Env;

use crate::environments::{Environment, compile, compile_all};
use crate::example::Example;
use crate::failure::{Failure, Refutation};
use crate::policies::Policies;
use crate::promises::Promise;
use crate::solver::Solver;

/// Policies, the kinds of request they decide, and a solver.
#[derive(Debug)]
pub(crate) struct Prover<'a> {
    policies: &'a Policies,
    environments: Vec<Environment>,
    solver: Solver,
}

impl<'a> Prover<'a> {
    pub(crate) fn new(policies: &'a Policies, solver: Solver) -> Result<Self, Failure> {
        Ok(Self { policies, environments: Environment::all(policies)?, solver })
    }

    /// The number of questions asked so far.
    pub(crate) const fn queries(&self) -> usize {
        self.solver.queries()
    }

    /// Every kind of request.
    pub(crate) fn environments(&self) -> &[Environment] {
        &self.environments
    }

    /// No policy can fail for a request that it can apply to.
    pub(crate) fn nothing_fails(&mut self) -> Result<(), Failure> {
        for policy in self.policies.all() {
            for request in policy.get_valid_request_envs(&self.policies.schema) {
                let (name, action) = (policy.id().to_string(), request.action().to_string());
                let compiled = compile(self.policies, policy, &request)?;
                if let Some(example) = self.solver.failing(&name, &compiled)? {
                    let example = Example::new(example);
                    return Err(Failure::Refuted(Refutation::Fails { policy: name, action, example }));
                }
            }
        }
        Ok(())
    }

    /// A promise is kept for every action that it covers.
    pub(crate) fn kept(&mut self, promise: &Promise) -> Result<(), Failure> {
        let condition = condition(promise)?;
        let mut covered = 0;
        for environment in self.environments.iter().filter(|environment| promise.actions.cover(environment)) {
            covered += 1;
            kept_for(self.policies, &mut self.solver, environment, promise, &condition)?;
        }
        if covered == 0 { Err(Failure::Vacuous(promise.title.to_owned())) } else { Ok(()) }
    }

    /// At least one request of every kind is allowed.
    pub(crate) fn every_action_is_open(&mut self) -> Result<(), Failure> {
        for environment in &self.environments {
            if self.solver.allowed(environment.action(), &environment.rules)?.is_none() {
                return Err(Failure::Refuted(Refutation::Closed(environment.action().to_owned())));
            }
        }
        Ok(())
    }

    /// Every permit covers a request that all policies together allow.
    pub(crate) fn every_permit_is_reached(&mut self) -> Result<(), Failure> {
        for permit in self.policies.of(Effect::Permit) {
            if !self.is_reached(permit)? {
                return Err(Failure::Refuted(Refutation::Unreached(permit.id().to_string())));
            }
        }
        Ok(())
    }

    fn is_reached(&mut self, permit: &Policy) -> Result<bool, Failure> {
        for environment in &self.environments {
            let alone = compile(self.policies, permit, &environment.request)?.into_compiled_policyset();
            if self.solver.allowed_by_both(permit.id().as_ref(), &environment.rules, &alone)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Without any one forbid, some request would be decided differently.
    pub(crate) fn every_forbid_matters(&mut self) -> Result<(), Failure> {
        for forbid in self.policies.of(Effect::Forbid) {
            if !self.matters(forbid.id())? {
                return Err(Failure::Refuted(Refutation::Idle(forbid.id().to_string())));
            }
        }
        Ok(())
    }

    fn matters(&mut self, id: &PolicyId) -> Result<bool, Failure> {
        let rest = self.policies.without(id)?;
        for environment in &self.environments {
            let without = compile_all(self.policies, &rest.set, &environment.request)?;
            if self.solver.decided_differently(id.as_ref(), &environment.rules, &without)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A policy that permits everything under the condition of a promise, and nothing else.
fn condition(promise: &Promise) -> Result<Policy, Failure> {
    let text = format!("permit (principal, action, resource) when {{ {} }};", promise.when);
    Policy::parse(Some(PolicyId::new(promise.title)), text)
        .map_err(|e| Failure::NotAQuestion { about: promise.title.to_owned(), reason: e.to_string() })
}

fn kept_for(
    policies: &Policies,
    solver: &mut Solver,
    environment: &Environment,
    promise: &Promise,
    condition: &Policy,
) -> Result<(), Failure> {
    let about = format!("\"{}\" for {}", promise.title, environment.action());
    let compiled = compile(policies, condition, &environment.request)?;
    // A condition that can fail would hide the requests for which it does.
    if solver.failing(&about, &compiled)?.is_some() {
        return Err(Failure::NotAQuestion { about, reason: "the condition can fail".to_owned() });
    }
    let under_condition = compiled.into_compiled_policyset();
    if solver.allowed(&about, &under_condition)?.is_none() {
        return Err(Failure::Vacuous(about));
    }
    match solver.allowed_by_both(&about, &environment.rules, &under_condition)? {
        None => Ok(()),
        Some(found) => Err(broken(policies, promise, environment, condition, found)),
    }
}

/// Checks with the engine of the service what the solver found.
fn broken(
    policies: &Policies,
    promise: &Promise,
    environment: &Environment,
    condition: &Policy,
    found: Env,
) -> Failure {
    let (property, action) = (promise.title.to_owned(), environment.action().to_owned());
    let example = Example::new(found);
    let (allowed, allowing) = example.decided_by(&policies.set);
    let met = PolicySet::from_policies([condition.clone()]).is_ok_and(|set| example.decided_by(&set).0);
    if allowed && met {
        Failure::Refuted(Refutation::Allowed { property, action, policies: allowing, example })
    } else {
        Failure::Disagreement(format!("\"{property}\" for {action}"))
    }
}
