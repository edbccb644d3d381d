//! Shows that the prover finds errors: each test breaks the policies on purpose, and the prover must notice.

use std::path::Path;

use cedar_policy::{Effect, Policy, PolicyId};

use crate::failure::{Failure, Refutation};
use crate::policies::Policies;
use crate::promises::{Actions, PROMISES, Promise};
use crate::properties::Property;
use crate::prover::Prover;
use crate::solver::Solver;

/// The forbid that keeps each promise, in the order of the promises. `None` means that no permit is wide enough
/// to break it.
const KEPT_BY: &[Option<&str>] = &[
    Some("only-those-who-may-act"),
    Some("a-password-that-another-chose-opens-nothing"),
    Some("a-password-that-another-chose-opens-nothing"),
    Some("nothing-of-a-child-without-a-second-factor"),
    Some("grave-steps-need-a-fresh-second-factor"),
    Some("grave-steps-need-a-fresh-second-factor"),
    Some("nobody-grants-alone"),
    None,
    Some("administrator-sees-no-record"),
    None,
    None,
    None,
    None,
    Some("nobody-involves-themselves"),
    None,
    Some("nobody-involves-themselves"),
    None,
    Some("an-emergency-has-a-reason"),
    Some("nobody-touches-what-concerns-themselves"),
    Some("nobody-touches-what-concerns-themselves"),
    Some("sealed-records-are-for-named-people"),
    Some("sealed-records-are-for-named-people"),
    Some("board-analyst-sees-no-record"),
    None,
    None,
    None,
    None,
    Some("nobody-reviews-themselves-or-their-line"),
    None,
    None,
    Some("nobody-decides-their-own-proposal"),
    Some("nobody-decides-their-own-proposal"),
    None,
    None,
    None,
    Some("unusual-volume-waits-for-a-colleague"),
    None,
    None,
];

const EVERYTHING: &str = "permit (principal, action, resource);";

fn directory() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../policies"))
}

fn shipped() -> Policies {
    Policies::read(directory()).unwrap()
}

fn without(id: &str) -> Policies {
    shipped().without(&PolicyId::new(id)).unwrap()
}

fn with(mut policies: Policies, text: &str) -> Policies {
    policies.set.add(Policy::parse(Some(PolicyId::new("added")), text).unwrap()).unwrap();
    policies
}

fn prove(policies: &Policies, property: Property) -> Result<(), Failure> {
    property.prove(&mut Prover::new(policies, Solver::start().unwrap()).unwrap())
}

fn refutation(policies: &Policies, property: Property) -> Refutation {
    match prove(policies, property) {
        Err(Failure::Refuted(refutation)) => refutation,
        other => panic!("not refuted, but {other:?}: {property}"),
    }
}

fn titled(title: &str) -> Promise {
    *PROMISES.iter().find(|promise| promise.title == title).unwrap()
}

#[test]
fn without_its_forbid_no_promise_is_kept() {
    assert_eq!(PROMISES.len(), KEPT_BY.len(), "every promise names its forbid, or says that there is none");
    for (promise, forbid) in PROMISES.iter().zip(KEPT_BY) {
        let Some(forbid) = forbid else { continue };
        let found = refutation(&without(forbid), Property::Kept(*promise));
        assert!(matches!(found, Refutation::Allowed { .. }), "{found}");
    }
}

#[test]
fn a_permit_for_everything_breaks_only_the_promises_that_no_forbid_keeps() {
    let policies = with(shipped(), EVERYTHING);
    for (promise, forbid) in PROMISES.iter().zip(KEPT_BY) {
        let proof = prove(&policies, Property::Kept(*promise));
        assert_eq!(proof.is_ok(), forbid.is_some(), "{}: {proof:?}", promise.title);
    }
}

#[test]
fn a_permit_that_lets_an_emergency_open_the_confidences_of_police_is_found() {
    let permit = r#"permit (principal in Role::"works_with_records", action in Action::"read_entry", resource is Entry)
        when { context.emergency && resource.segment == "police_restricted" };"#;
    let promise = titled("an emergency alone opens no recording kept for police or named people");
    let found = refutation(&with(shipped(), permit), Property::Kept(promise)).to_string();
    assert!(found.contains("allowed by added") && found.contains("police_restricted"), "{found}");
}

#[test]
fn a_permit_for_board_analysts_counts_once_the_forbid_is_gone() {
    let permit = r#"permit (principal in Role::"board_analyst", action == Action::"search_children", resource);"#;
    let promise = Property::Kept(titled("a board analyst never gets a row"));
    prove(&with(shipped(), permit), promise).unwrap();

    let mut policies = with(without("board-analyst-sees-no-record"), permit);
    for other in shipped().of(Effect::Permit) {
        policies = policies.without(other.id()).unwrap();
    }
    let found = refutation(&policies, promise).to_string();
    assert!(found.contains("search_children is allowed by added"), "{found}");
}

#[test]
fn a_policy_that_can_fail_is_found() {
    let overflow = "forbid (principal, action, resource)
        when { !principal.may_act && 9223372036854775807 + 1 == 0 };";
    let found = refutation(&with(shipped(), overflow), Property::NothingFails);
    assert!(matches!(&found, Refutation::Fails { policy, .. } if policy == "added"), "{found}");
}

#[test]
fn a_permit_that_forbids_swallow_is_found() {
    let swallowed = r#"permit (principal, action in Action::"read_record", resource) when { context.conflict };"#;
    let found = refutation(&with(shipped(), swallowed), Property::EveryPermitIsReached);
    assert!(matches!(&found, Refutation::Unreached(policy) if policy == "added"), "{found}");
}

#[test]
fn a_forbid_that_another_one_contains_is_found() {
    let contained = r#"forbid (principal, action == Action::"view_child", resource) when { context.conflict };"#;
    let found = refutation(&with(shipped(), contained), Property::EveryForbidMatters);
    assert!(matches!(&found, Refutation::Idle(policy) if policy == "added"), "{found}");
}

#[test]
fn an_action_that_no_permit_opens_is_found() {
    let found = refutation(&without("board-analyst-draws-counts"), Property::EveryActionIsOpen);
    assert!(matches!(&found, Refutation::Closed(action) if action == "view_concern_counts"), "{found}");
}

#[test]
fn a_new_action_is_covered_the_day_it_is_written() {
    let schema = std::fs::read_to_string(directory().join("alongside.cedarschema")).unwrap();
    let action = r#"action "photograph_child"
        appliesTo { principal: Worker, resource: Child, context: Standing };"#;
    let policies =
        Policies::parse(&format!("{schema}\n{action}"), &format!("@id(\"everything\")\n{EVERYTHING}")).unwrap();
    let promise =
        Promise { title: "photographs", actions: Actions::Only("photograph_child"), when: "context.conflict" };
    let found = refutation(&policies, Property::Kept(promise)).to_string();
    assert!(found.contains("photograph_child is allowed by everything"), "{found}");
}

#[test]
fn a_promise_needs_no_forbid_when_the_permits_are_narrow() {
    let schema = r#"entity Worker = { "here": Bool, "known": Bool }; entity Child;
        action "view_child" appliesTo { principal: Worker, resource: Child };"#;
    let policies = r#"@id("here-and-known") permit (principal, action, resource)
        when { principal.here && principal.known };"#;
    let policies = Policies::parse(schema, policies).unwrap();
    let promise = |when| Property::Kept(Promise { title: "narrow", actions: Actions::All, when });
    prove(&policies, promise("!principal.here")).unwrap();
    prove(&policies, promise("!principal.here || !principal.known")).unwrap();
    let found = refutation(&policies, promise("principal.here"));
    assert!(matches!(found, Refutation::Allowed { .. }), "{found}");
}

#[test]
fn a_promise_about_nothing_is_no_proof() {
    let about = |actions, when| prove(&shipped(), Property::Kept(Promise { title: "nothing", actions, when }));
    let nowhere = about(Actions::In("touch_rekords"), "context.conflict");
    assert!(matches!(nowhere, Err(Failure::Vacuous(_))), "{nowhere:?}");
    let never = about(Actions::All, "principal.may_act && !principal.may_act");
    assert!(matches!(never, Err(Failure::Vacuous(_))), "{never:?}");
}

#[test]
fn a_promise_that_can_fail_or_does_not_fit_the_schema_is_no_proof() {
    let child = Actions::Only("view_child");
    let about = |when| prove(&shipped(), Property::Kept(Promise { title: "unfit", actions: child, when }));
    for when in ["resource.author", "context.conflikt", "context.conflict &&", "9223372036854775807 + 1 == 0"] {
        let unfit = about(when);
        assert!(matches!(unfit, Err(Failure::NotAQuestion { .. })), "{when}: {unfit:?}");
    }
}
