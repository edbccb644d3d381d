//! Who may do what: every operation of the API, tried by every kind of caller.

mod asks;
mod hidden_ids;
mod repetitions;

use std::collections::BTreeSet;

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;

use self::asks::{ask, example, scene};
use crate::support::World;
use crate::support::sample::SAMPLES;

/// One line for each operation, with the answer to each caller. The callers are: not signed in, a stranger, a worker of
/// an agency that was sent a referral, a member of the team, the allocated worker, their supervisor, their safeguarding
/// lead, a board analyst, an auditor and an administrator.
///
/// Callers who may see the child or the recording get 403 for what they may not do. For all others it does not exist.
/// Changes are tried on a version that does not exist, so that 412 means allowed.
const TABLE: &str = "
    live                      204 204 204 204 204 204 204 204 204 204
    ready                     204 204 204 204 204 204 204 204 204 204
    list_keys                 200 200 200 200 200 200 200 200 200 200
    sign_in                   401 401 401 401 401 401 401 401 401 401
    refresh_session           401 401 401 401 401 401 401 401 401 401
    view_me                   401 200 200 200 200 200 200 200 200 200
    list_agencies             401 200 200 200 200 200 200 200 200 200
    view_agency               401 200 200 200 200 200 200 200 200 200
    list_workers              401 200 200 200 200 200 200 200 200 200
    view_worker               401 200 200 200 200 200 200 200 200 200
    list_indicators           401 200 200 200 200 200 200 200 200 200
    add_agency                401 404 404 404 404 404 404 404 404 201
    amend_agency              401 404 404 404 404 404 404 404 404 412
    view_agency_versions      401 404 404 404 404 404 404 404 200 200
    view_worker_versions      401 404 404 404 404 404 404 404 200 200
    add_worker                401 404 404 404 404 404 404 404 404 201
    amend_worker              401 404 404 404 404 404 404 404 404 412
    list_role_grants          401 404 404 404 404 200 200 404 200 200
    propose_role_grant        401 404 404 404 404 404 404 404 404 201
    decide_role_grant         401 404 404 404 404 403 403 404 403 200
    decide_role_grants        401 200 200 200 200 200 200 200 200 200
    take_up_roles             401 422 422 422 422 422 422 422 422 422
    create_child              401 201 201 201 201 201 201 404 404 404
    search_children           401 200 200 200 200 200 200 404 404 404
    view_child                401 404 200 200 200 200 200 404 404 404
    view_child_versions       401 404 200 200 200 200 200 404 404 404
    view_overview             401 404 403 200 200 200 200 404 404 404
    view_chronology           401 404 403 200 200 200 200 404 404 404
    view_access_history       401 404 403 200 200 200 200 404 200 404
    amend_child               401 404 403 412 412 403 403 404 404 404
    list_involvements         401 404 403 200 200 200 200 404 404 404
    start_involvement         401 404 403 403 201 201 201 404 404 404
    end_involvement           401 404 403 412 412 403 403 404 404 404
    renew_involvement         401 404 403 403 403 412 412 404 404 404
    raise_concern             401 201 201 201 201 201 201 404 404 404
    list_concerns             401 404 403 200 200 200 200 404 404 404
    view_concern              401 404 200 200 200 200 200 404 404 404
    view_concern_versions     401 404 200 200 200 200 200 404 404 404
    amend_concern             401 404 403 403 412 412 412 404 404 404
    withdraw_concern          401 404 403 403 412 412 412 404 404 404
    observe_indicator         401 404 403 201 201 403 403 404 404 404
    list_observations         401 404 403 200 200 200 200 404 404 404
    view_observation          401 404 404 200 200 200 200 404 404 404
    view_observation_versions 401 404 404 200 200 200 200 404 404 404
    amend_observation         401 404 404 403 412 412 412 404 404 404
    withdraw_observation      401 404 404 403 412 412 412 404 404 404
    record_contact            401 404 403 201 201 403 403 404 404 404
    list_contacts             401 404 403 200 200 200 200 404 404 404
    view_contact              401 404 404 200 200 200 200 404 404 404
    view_contact_versions     401 404 404 200 200 200 200 404 404 404
    amend_contact             401 404 404 403 412 412 412 404 404 404
    withdraw_contact          401 404 404 403 412 412 412 404 404 404
    refer_child               401 201 201 201 201 201 201 404 404 404
    list_referrals            401 200 200 200 200 200 200 404 404 404
    view_referral             401 404 200 200 200 200 200 404 404 404
    decide_referral           401 404 412 403 403 403 403 404 404 404
    conclude_referral         401 404 412 403 403 403 403 404 404 404
    list_front_door_duties    401 200 200 200 200 200 200 404 200 404
    give_front_door_duty      401 403 403 403 403 201 201 404 403 404
    end_front_door_duty       401 404 404 404 403 200 409 404 403 404
    request_disclosure        401 404 404 201 409 201 201 404 404 404
    list_disclosure_requests  401 200 200 200 200 200 200 404 404 404
    decide_disclosure         401 404 404 200 403 403 403 404 404 404
    revoke_disclosure         401 404 404 409 403 403 403 404 404 404
    list_partner_information  401 404 403 200 200 200 200 404 404 404
    sanitise_recording        401 404 404 404 404 404 404 404 404 404
    withdraw_sanitised_line   401 404 404 404 404 404 404 404 404 404
    view_concern_counts       401 404 404 404 404 404 404 200 404 404
    prove_second_factor       401 422 422 422 422 422 422 422 422 422
    enrol_second_factor       401 201 201 201 201 201 201 201 201 201
    confirm_second_factor     401 422 422 422 422 422 422 422 422 422
    change_password           401 422 422 422 422 422 422 422 422 422
    list_own_sessions         401 200 200 200 200 200 200 200 200 200
    end_own_session           401 404 404 404 404 404 404 404 404 404
    list_notices              401 200 200 200 200 200 200 200 200 200
    stream_notices            401 200 200 200 200 200 200 200 200 200
    acknowledge_notice        401 404 404 404 404 404 404 404 404 404
    list_sessions             401 404 404 404 404 404 404 404 404 200
    end_session               401 404 404 404 404 404 404 404 404 204
    reset_second_factor       401 404 404 404 404 404 404 404 404 204
    list_identities           401 404 404 404 404 404 404 404 404 200
    link_identity             401 404 404 404 404 404 404 404 404 204
    unlink_identity           401 404 404 404 404 404 404 404 404 204
    list_unusual_access       401 404 404 404 404 200 200 404 200 404
    confirm_unusual_access    401 404 404 404 404 409 409 404 403 404
    list_emergency_reviews    401 404 404 404 404 404 200 404 200 404
    view_emergency_access     401 404 404 404 404 404 200 404 200 404
    view_notice_suppression   401 404 404 404 404 404 404 404 200 404
    review_emergency_access   401 404 403 403 403 403 204 404 409 404
    cosign_emergency_access   401 404 403 403 403 204 204 404 404 404
    declare_conflict          401 404 403 403 403 403 204 404 404 404
    lift_conflict             401 404 403 403 403 403 204 404 404 404
    decide_sealing            401 404 403 403 403 403 200 404 404 404
    propose_sealing           401 404 403 403 403 403 201 404 404 404
    view_restriction          401 404 403 403 403 403 200 404 404 404
    begin_new_identity        401 404 403 403 403 403 403 404 404 404
    view_former_identity      401 404 403 403 403 403 403 404 404 404
    restrict_record           401 404 403 403 403 403 201 404 404 404
    lift_restriction          401 404 404 404 404 404 200 404 404 404
    view_own_access           401 200 200 200 200 200 200 404 200 404
    claim_duty                401 404 403 201 201 201 201 404 404 404
    suppress_notices          401 404 403 403 403 403 403 404 404 404
    begin_emergency_access    401 201 201 201 201 201 201 404 404 404
    sign_out                  401 204 204 204 204 204 204 204 204 204
";

#[test]
fn the_table_has_every_operation_of_the_document() {
    let table: BTreeSet<String> =
        TABLE.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
    let documented: BTreeSet<String> = SAMPLES.keys().cloned().collect();
    let missing: Vec<_> = documented.difference(&table).collect();
    assert!(missing.is_empty(), "say in TABLE who may do: {missing:?}");
    let unknown: Vec<_> = table.difference(&documented).collect();
    assert!(unknown.is_empty(), "not in the document: {unknown:?}");
}

on_both! {
    async fn every_body_of_the_document_has_an_example_that_is_accepted(world: World) {
        let scene = scene(&world).await;
        let officer = world.practitioner(&world.police).await;
        scene.allocated.involves(&scene.child, &officer, "team").await.is(201);
        let people = [
            scene.allocated.clone(),
            scene.team.clone(),
            scene.receiver.clone(),
            officer,
            scene.lead.clone(),
            scene.police_supervisor.clone(),
            world.worker(Role::Administrator, &world.social_care).await,
        ];
        let with_body = SAMPLES.iter().filter(|(_, sample)| sample.has_body).map(|(operation, _)| operation.as_str());
        let mut operations: Vec<&str> = with_body.collect();
        // Closing the record comes last, since it closes it.
        let last = ["restrict_record", "begin_new_identity"];
        operations.sort_by_key(|operation| last.iter().position(|late| late == operation).map_or(0, |place| place + 1));
        for operation in operations {
            if operation == "begin_new_identity" {
                world.is_sealed_and_open_to_everybody();
            }
            if operation.ends_with("_second_factor") || operation == "take_up_roles" {
                continue; // a code works for half a minute, or for one account
            }
            let example = example(operation, &scene).unwrap_or_else(|| panic!("say in example what {operation} is about"));
            assert!(example.body.is_object(), "{operation} has no example");
            let ask = example.ask().purpose("safeguarding_enquiry").if_match("\"999\"");
            let mut statuses = Vec::new();
            for person in &people {
                let answer = person.asks(ask.clone()).await;
                assert!(![400, 415, 422].contains(&answer.status), "{operation}: {}", answer.text);
                statuses.push(answer.status);
            }
            let accepted = statuses.iter().any(|status| [200, 201, 204, 409, 412].contains(status));
            assert!(accepted || ["sign_in", "refresh_session"].contains(&operation), "{operation}: {statuses:?}");
        }
    }

    async fn every_caller_gets_the_answer_of_the_table(world: World) {
        let scene = scene(&world).await;
        let school = world.agency("Larkmoor Academy", Sector::Education).await;
        let people = [
            None,
            Some(world.practitioner(&school).await),
            Some(scene.receiver.clone()),
            Some(scene.team.clone()),
            Some(scene.allocated.clone()),
            Some(world.worker(Role::Supervisor, &world.social_care).await),
            Some(scene.lead.clone()),
            Some(world.worker(Role::BoardAnalyst, &world.social_care).await),
            Some(world.worker(Role::Auditor, &world.social_care).await),
            Some(world.worker(Role::Administrator, &world.social_care).await),
        ];
        let (mut n, mut wrong) = (0, Vec::new());
        for line in TABLE.lines().filter(|line| !line.trim().is_empty()) {
            let mut cells = line.split_whitespace();
            let operation = cells.next().expect("an operation");
            let expected: Vec<&str> = cells.collect();
            assert_eq!(expected.len(), people.len(), "{line}");
            for (person, expected) in people.iter().zip(expected) {
                n += 1;
                let ask = ask(operation, &scene, n).unwrap_or_else(|| panic!("say in example what {operation} is about"));
                let answer = match person {
                    Some(worker) => worker.asks(ask).await,
                    None => world.asks(ask).await,
                };
                if answer.status.to_string() != expected {
                    let who = person.as_ref().map_or("not signed in", |worker| &worker.name);
                    wrong.push(format!("{operation} by {who}: {} and not {expected}: {}", answer.status, answer.text));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
