//! How the rules load and decide.

use std::sync::LazyLock;

use alongside_domain::access::restriction::Restriction;
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::entry::Segment;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use alongside_domain::ChildId;
use cedar_policy::Entities;

use super::*;
use crate::action::ViewOverview;
use crate::facts::{EntryFacts, Relation};
use alongside_domain::record::entry::Field;

fn relations() -> impl Strategy<Value = Relation> {
    let proposed = proptest::option::of(select(Role::ALL));
    (select(Restriction::ALL), any::<[bool; 15]>(), proposed).prop_map(|(restriction, facts, proposed_role)| {
        let [conflict, listed, emergency, review_overdue, allocated, team, duty, meeting, ..] = facts;
        let [.., responder, audit_case, agency_involved, agency_receiving, colleague, own, in_line] = facts;
        Relation {
            conflict,
            restriction,
            listed,
            emergency,
            review_overdue,
            allocated,
            team,
            duty,
            meeting,
            responder,
            audit_case,
            agency_involved,
            agency_receiving,
            colleague,
            own,
            in_line,
            proposed_role,
        }
    })
}

fn entries() -> impl Strategy<Value = EntryFacts> {
    (select(EntryKind::ALL), select(Segment::ALL), any::<[bool; 7]>()).prop_map(|(kind, segment, facts)| {
        let [own_agency, author, named, released, sent_by_my_agency, sent_to_my_agency, attached_to_referral] = facts;
        EntryFacts {
            kind,
            segment,
            own_agency,
            author,
            named,
            released,
            sent_by_my_agency,
            sent_to_my_agency,
            attached_to_referral,
        }
    })
}

fn all_facts() -> impl Strategy<Value = Facts> {
    let roles = subsequence(Role::ALL, 0..=Role::ALL.len()).prop_map(|roles| roles.into_iter().collect());
    let factor = select(&[SecondFactor::Missing, SecondFactor::Proved, SecondFactor::Fresh][..]);
    let entry = proptest::option::of(entries());
    (roles, select(Sector::ALL), any::<[bool; 6]>(), factor, relations(), entry).prop_map(
        |(roles, sector, told, second_factor, relation, entry)| {
            let [may_act, own_password, over_volume, purpose_stated, reason_given, front_door] = told;
            Facts {
                roles,
                sector,
                may_act,
                own_password,
                second_factor,
                front_door,
                over_volume,
                relation,
                entry,
                purpose_stated,
                reason_given,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn the_policies_of_a_verb_decide_like_all_policies(facts in all_facts(), verb in select(Verb::ALL)) {
        static SHIPPED_POLICY: LazyLock<(Policy, PolicySet)> = LazyLock::new(|| {
            let whole = name(&SHIPPED.join("\n").parse().unwrap()).unwrap().0;
            (Policy::shipped().unwrap(), whole)
        });
        let (policy, whole) = &*SHIPPED_POLICY;
        let of_all = scene(verb.resource(), std::iter::once((verb, &policy.groups[&verb])), &facts)
            .map_or_else(|_| Decision::refused(), |scene| Policy::evaluate_with(whole, &scene, verb));
        prop_assert_eq!(policy.evaluate(verb, &facts), of_all);
    }

    #[test]
    fn what_the_rules_are_asked_with_fits_the_schema(facts in all_facts(), verb in select(Verb::ALL)) {
        static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::shipped().unwrap());
        static SCHEMA_READ: LazyLock<Schema> = LazyLock::new(|| Schema::from_cedarschema_str(SCHEMA).unwrap().0);
        let Ok(scene) = scene(verb.resource(), std::iter::once((verb, &POLICY.groups[&verb])), &facts) else {
            prop_assert!(facts.entry.is_none() && verb.resource() == Resource::Entry);
            return Ok(());
        };
        prop_assert!(scene.question(verb, Some(&SCHEMA_READ)).is_ok());
        prop_assert!(Entities::from_entities(scene.entities.iter().cloned(), Some(&SCHEMA_READ)).is_ok());
    }

    #[test]
    fn a_permit_says_of_every_field_what_the_rules_say_of_it_alone(facts in all_facts()) {
        static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::shipped().unwrap());
        let child: ChildId = "00000000-0000-0000-0000-000000000000".parse().unwrap();
        let action = ViewOverview { child, purpose: Some(Purpose::DirectWork) };
        let asked = Facts { purpose_stated: true, reason_given: false, ..facts };
        let alone = POLICY.evaluate(Verb::ViewOverview, &asked);
        let Ok(permit) = POLICY.permit(&action, facts) else {
            prop_assert!(!alone.allowed);
            return Ok(());
        };
        prop_assert!(alone.allowed);
        for field in [Field::Identity, Field::Identifiers, Field::Address] {
            prop_assert_eq!(permit.grants(field), POLICY.evaluate(verb_of_field(field), &asked).allowed);
        }
    }
}

const SMALL: &str =
    r#"entity Worker; entity Child; action "view_child" appliesTo { principal: Worker, resource: Child };"#;

#[test]
fn the_shipped_policies_are_valid() {
    Policy::shipped().unwrap();
}

#[test]
fn the_schema_has_the_actions_of_the_program_and_no_others() {
    let (schema, _) = Schema::from_cedarschema_str(SCHEMA).unwrap();
    let applicable: std::collections::BTreeSet<String> =
        schema.request_envs().map(|env| env.action().id().unescaped().to_owned()).collect();
    assert_eq!(applicable, Verb::ALL.iter().map(|verb| verb.as_str().to_owned()).collect());
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
