//! What an edited set of rules changes: who could see or do something new.

use crate::engine::Policy;
use crate::situations::{Situation, situations};

/// A situation that two sets of rules decide differently.
#[derive(Debug, Clone)]
pub struct Difference {
    /// The situation.
    pub situation: Situation,
    /// Whether the new rules allow what the old ones refuse. If not, the new rules refuse what the old ones allow.
    pub widens: bool,
    /// The policies that decide, from the set of rules that allows it.
    pub policies: Vec<String>,
}

/// Every situation of the list that `new` decides differently from `old`. An empty answer covers only the list. The
/// prover in `proofs/` covers every possible request.
pub fn compare(old: &Policy, new: &Policy) -> Vec<Difference> {
    compare_in(situations(), old, new)
}

fn compare_in(situations: impl Iterator<Item = Situation>, old: &Policy, new: &Policy) -> Vec<Difference> {
    situations
        .filter_map(|situation| {
            let (before, after) =
                (old.decide(situation.verb, situation.facts), new.decide(situation.verb, situation.facts));
            let allowing = if after.allowed { &after } else { &before };
            (before.allowed != after.allowed).then(|| Difference {
                widens: after.allowed,
                policies: allowing.policies.clone(),
                situation,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Verb;
    use crate::engine::{SCHEMA, SHIPPED};
    use crate::situations::situations_of;

    /// Compares one action only, which is enough to test the method.
    fn compare(old: &Policy, new: &Policy) -> Vec<Difference> {
        compare_in(situations_of(Verb::ViewConcern).into_iter(), old, new)
    }

    fn edited(from: &str, to: &str) -> Policy {
        let text = SHIPPED.join("\n");
        assert!(text.contains(from));
        Policy::load(SCHEMA, &text.replacen(from, to, 1)).unwrap()
    }

    #[test]
    fn the_same_rules_differ_in_nothing() {
        let shipped = Policy::shipped().unwrap();
        assert!(compare(&shipped, &Policy::shipped().unwrap()).is_empty());
    }

    #[test]
    fn a_rule_that_is_loosened_shows_who_would_newly_see_what() {
        let shipped = Policy::shipped().unwrap();
        let loose =
            edited("when { context.responder && resource.segment == \"shared\" };", "when { context.responder };");
        let differences = compare(&shipped, &loose);
        assert!(!differences.is_empty() && differences.iter().all(|difference| difference.widens));
        assert!(differences.iter().any(|difference| difference.situation.recording.contains("police_restricted")));
        assert!(compare(&loose, &shipped).iter().all(|difference| !difference.widens));
    }

    #[test]
    fn a_rule_that_closes_no_longer_is_noticed() {
        let shipped = Policy::shipped().unwrap();
        let open = edited("when { context.conflict };", "when { context.conflict && context.sealed };");
        assert!(compare(&shipped, &open).iter().any(|difference| difference.widens));
    }
}
