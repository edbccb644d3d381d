//! A request that breaks a property, shown without irrelevant entities.

use std::fmt;

use cedar_policy::{Authorizer, Decision, Entities, PolicySet};
use cedar_policy_symcc::Env;

/// A request with the caller and the resource.
#[derive(Debug)]
pub(crate) struct Example(Box<Env>);

impl Example {
    pub(crate) fn new(found: Env) -> Self {
        Self(Box::new(found))
    }

    /// Whether the engine of the service allows this, and the policies that decided.
    pub(crate) fn decided_by(&self, set: &PolicySet) -> (bool, Vec<String>) {
        let response = Authorizer::new().is_authorized(&self.0.request, set, &self.0.entities);
        let mut deciding: Vec<_> = response.diagnostics().reason().map(ToString::to_string).collect();
        deciding.sort();
        (response.decision() == Decision::Allow, deciding)
    }

    /// The caller and the resource. The solver also lists every action and every role.
    fn of_interest(&self) -> Option<Entities> {
        let ends = [self.0.request.principal()?, self.0.request.resource()?];
        let entities = self.0.entities.iter().filter(|entity| ends.contains(&&entity.uid())).cloned();
        Entities::from_entities(entities, None).ok()
    }
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of_interest() {
            Some(entities) => Env { request: self.0.request.clone(), entities }.fmt(f),
            None => self.0.fmt(f),
        }
    }
}
