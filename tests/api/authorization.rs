//! Who may do what: every operation of the API for everybody who might try it.

use std::collections::{BTreeMap, BTreeSet};

use alongside_domain::agency::Sector;
use alongside_domain::worker::Role;
use serde_json::{Value, json};

use crate::support::{Ask, Worker, World, words};

/// One line for each operation: what is answered to nobody, a stranger, somebody of an agency that was sent a
/// referral, a member of the team, the allocated worker, their supervisor and their safeguarding lead, a board
/// analyst, an auditor and an administrator. Whoever may see the child or the recording is told with 403 that
/// the rest is for others; to everybody else it is not there. Changes are tried on a version that is not there, so that 412
/// means allowed.
const TABLE: &str = "
    live                      204 204 204 204 204 204 204 204 204 204
    ready                     204 204 204 204 204 204 204 204 204 204
    list_keys                 200 200 200 200 200 200 200 200 200 200
    sign_in                   401 401 401 401 401 401 401 401 401 401
    refresh_session           401 401 401 401 401 401 401 401 401 401
    view_me                   401 200 200 200 200 200 200 200 200 200
    list_agencies             401 200 200 200 200 200 200 200 200 200
    list_workers              401 200 200 200 200 200 200 200 200 200
    list_indicators           401 200 200 200 200 200 200 200 200 200
    add_agency                401 404 404 404 404 404 404 404 404 201
    amend_agency              401 404 404 404 404 404 404 404 404 412
    view_agency_versions      401 404 404 404 404 404 404 404 200 200
    view_worker_versions      401 404 404 404 404 404 404 404 200 200
    add_worker                401 404 404 404 404 404 404 404 404 201
    amend_worker              401 404 404 404 404 404 404 404 404 412
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
    view_concern_counts       401 404 404 404 404 404 404 200 404 404
    prove_second_factor       401 422 422 422 422 422 422 422 422 422
    enrol_second_factor       401 201 201 201 201 201 201 201 201 201
    confirm_second_factor     401 422 422 422 422 422 422 422 422 422
    list_own_sessions         401 200 200 200 200 200 200 200 200 200
    end_own_session           401 404 404 404 404 404 404 404 404 404
    list_notices              401 200 200 200 200 200 200 200 200 200
    acknowledge_notice        401 404 404 404 404 404 404 404 404 404
    list_sessions             401 404 404 404 404 404 404 404 404 200
    end_session               401 404 404 404 404 404 404 404 404 204
    reset_second_factor       401 404 404 404 404 404 404 404 404 204
    link_identity             401 404 404 404 404 404 404 404 404 204
    unlink_identity           401 404 404 404 404 404 404 404 404 204
    list_emergency_reviews    401 404 404 404 404 404 200 404 200 404
    review_emergency_access   401 404 403 403 403 403 204 404 409 404
    cosign_emergency_access   401 404 403 403 403 204 204 404 404 404
    declare_conflict          401 404 403 403 403 403 204 404 404 404
    lift_conflict             401 404 403 403 403 403 204 404 404 404
    decide_sealing            401 404 403 403 403 403 200 404 404 404
    propose_sealing           401 404 403 403 403 403 201 404 404 404
    view_restriction          401 404 403 403 403 403 200 404 404 404
    restrict_record           401 404 403 403 403 403 201 404 404 404
    lift_restriction          401 404 404 404 404 404 200 404 404 404
    view_own_access           401 200 200 200 200 200 200 404 200 404
    claim_duty                401 404 403 201 201 201 201 404 404 404
    begin_emergency_access    401 201 201 201 201 201 201 404 404 404
    sign_out                  401 204 204 204 204 204 204 204 204 204
";

/// What the operations are tried on.
struct Scene {
    child: String,
    concern: String,
    observation: String,
    contact: String,
    referral: String,
    involvement: String,
    colleague: Worker,
    agency: Value,
    team: Worker,
    allocated: Worker,
    receiver: Worker,
    lead: Worker,
    /// Of somebody who is not in the table.
    session: String,
    /// Begun by somebody who is not in the table.
    emergency: String,
    /// By another lead.
    proposal: String,
}

async fn scene(world: &World) -> Scene {
    let allocated = world.practitioner(&world.social_care).await;
    let team = world.practitioner(&world.health).await;
    let elsewhere = world.agency("Larkmoor Housing", Sector::Other).await;
    let child = allocated.creates_child(&words::child(0)).await.is(201).id();
    let concern = allocated.raises_concern(&child, &words::concern()).await.is(201).id();
    let other = world.practitioner(&world.police).await;
    let other_lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
    let sealing = json!({ "change": "seal", "restriction": words::restriction(&[&other_lead]) });
    let proposed = other_lead.post(&format!("/v1/children/{child}/sealing-proposals"), &sealing).await.is(201);
    Scene {
        lead: world.worker(Role::SafeguardingLead, &world.social_care).await,
        session: other.get("/v1/me/sessions").await.is(200).items()[0]["id"].as_str().expect("an id").to_owned(),
        emergency: other.begins_emergency(&child).await.is(201).id(),
        proposal: proposed.body["steps"][0]["id"].as_str().expect("an id").to_owned(),
        observation: allocated.observes(&child, &words::observation()).await.is(201).id(),
        contact: allocated.records_contact(&child, &words::contact()).await.is(201).id(),
        referral: allocated.refers(&child, &words::referral(&world.police, &[&concern])).await.is(201).id(),
        involvement: allocated.involves(&child, &team, "team").await.is(201).id(),
        colleague: world.practitioner(&world.social_care).await,
        agency: json!({ "id": elsewhere.id }),
        receiver: world.practitioner(&world.police).await,
        team,
        allocated,
        child,
        concern,
    }
}

/// How an operation is asked for; `n` makes names that are not taken.
fn ask(operation: &str, scene: &Scene, n: usize) -> Option<Ask> {
    let Scene { child, concern, observation, contact, referral, involvement, colleague, agency, .. } = scene;
    let of_child = |rest: &str| format!("/v1/children/{child}{rest}");
    let because = json!({ "because": "Recorded on the wrong child's record." });
    let details = json!({ "agency_id": agency["id"], "display_name": "Amira Dunn", "job_title": "Nurse", "roles": ["practitioner"] });
    let ask = match operation {
        "live" => Ask::get("/health/live"),
        "ready" => Ask::get("/health/ready"),
        "list_keys" => Ask::get("/.well-known/jwks.json"),
        "sign_in" => Ask::post("/v1/sessions", &json!({ "sign_in_name": "nobody", "password": "nothing" })),
        "refresh_session" => Ask::post("/v1/sessions/refresh", &json!({ "refresh_token": "A".repeat(43) })),
        "sign_out" => Ask::delete("/v1/sessions/current"),
        "view_me" => Ask::get("/v1/me"),
        "list_agencies" => Ask::get("/v1/agencies"),
        "list_workers" => Ask::get("/v1/workers"),
        "list_indicators" => Ask::get("/v1/indicators"),
        "add_agency" => Ask::post("/v1/agencies", &json!({ "name": format!("Agency {n}"), "sector": "other" })),
        "amend_agency" => Ask::put(
            &format!("/v1/agencies/{}", agency["id"].as_str()?),
            &json!({ "name": "Another", "sector": "other" }),
        ),
        "view_agency_versions" => Ask::get(&format!("/v1/agencies/{}/versions", agency["id"].as_str()?)),
        "view_worker_versions" => Ask::get(&format!("/v1/workers/{}/versions", colleague.id)),
        "add_worker" => Ask::post(
            "/v1/workers",
            &json!({ "sign_in_name": format!("amira.{n}"), "password": "four ordinary words together", "details": details }),
        ),
        "amend_worker" => Ask::put(&format!("/v1/workers/{}", colleague.id), &details),
        "create_child" => Ask::post("/v1/children", &words::child(100 + n)),
        "search_children" => Ask::post(
            "/v1/children/search",
            &json!({ "name": { "family_name": "Aldercott", "born_on": "2011-04-09" } }),
        ),
        "view_child" => Ask::get(&of_child("")),
        "view_child_versions" => Ask::get(&of_child("/versions")),
        "view_overview" => Ask::get(&of_child("/overview")),
        "view_chronology" => Ask::get(&of_child("/chronology")),
        "view_access_history" => Ask::get(&of_child("/access-history")),
        "amend_child" => Ask::put(&of_child(""), &words::amendment(&words::details("Robyn", None))),
        "list_involvements" => Ask::get(&of_child("/involvements")),
        "start_involvement" => Ask::post(&of_child("/involvements"), &words::involvement(colleague, "team")),
        "end_involvement" => {
            Ask::post(&format!("/v1/involvements/{involvement}/end"), &json!({ "reason": "The work is done." }))
        }
        "raise_concern" => Ask::post(&of_child("/concerns"), &words::concern()),
        "list_concerns" => Ask::get(&of_child("/concerns")),
        "view_concern" => Ask::get(&format!("/v1/concerns/{concern}")),
        "view_concern_versions" => Ask::get(&format!("/v1/concerns/{concern}/versions")),
        "amend_concern" => Ask::put(&format!("/v1/concerns/{concern}"), &words::amendment(&words::concern())),
        "withdraw_concern" => Ask::post(&format!("/v1/concerns/{concern}/withdraw"), &because),
        "observe_indicator" => Ask::post(&of_child("/observations"), &words::observation()),
        "list_observations" => Ask::get(&of_child("/observations")),
        "view_observation" => Ask::get(&format!("/v1/observations/{observation}")),
        "view_observation_versions" => Ask::get(&format!("/v1/observations/{observation}/versions")),
        "amend_observation" => {
            Ask::put(&format!("/v1/observations/{observation}"), &words::amendment(&words::observation()))
        }
        "withdraw_observation" => Ask::post(&format!("/v1/observations/{observation}/withdraw"), &because),
        "record_contact" => Ask::post(&of_child("/contacts"), &words::contact()),
        "list_contacts" => Ask::get(&of_child("/contacts")),
        "view_contact" => Ask::get(&format!("/v1/contacts/{contact}")),
        "view_contact_versions" => Ask::get(&format!("/v1/contacts/{contact}/versions")),
        "amend_contact" => Ask::put(&format!("/v1/contacts/{contact}"), &words::amendment(&words::contact())),
        "withdraw_contact" => Ask::post(&format!("/v1/contacts/{contact}/withdraw"), &because),
        // To an agency of its own, so that nobody else receives it.
        "refer_child" => Ask::post(
            &of_child("/referrals"),
            &words::recording(&json!({
                "to_agency_id": agency["id"], "asks_for": "A place to be safe.", "reason": "The family asks for it.",
            })),
        ),
        "list_referrals" => Ask::get("/v1/referrals"),
        "view_referral" => Ask::get(&format!("/v1/referrals/{referral}")),
        "decide_referral" => Ask::post(
            &format!("/v1/referrals/{referral}/decision"),
            &json!({ "decision": "accept", "reason": "The need is clear." }),
        ),
        "conclude_referral" => {
            Ask::post(&format!("/v1/referrals/{referral}/outcome"), &json!({ "outcome": "A plan is agreed." }))
        }
        "view_concern_counts" => Ask::get("/v1/statistics/concerns?from=2026-11&to=2026-11"),
        _ => return ask_of_guards(operation, scene),
    };
    Some(prepared(ask))
}

fn identity_of(worker: &Worker) -> String {
    format!("/v1/workers/{}/external-identities/larkmoor", worker.id)
}

/// With everything an operation may ask for.
fn prepared(ask: Ask) -> Ask {
    ask.purpose("safeguarding_enquiry").if_match("\"999\"")
}

/// How the operations about accounts, exceptions and closed records are asked for.
fn ask_of_guards(operation: &str, scene: &Scene) -> Option<Ask> {
    let Scene { child, colleague, .. } = scene;
    let of_child = |rest: &str| format!("/v1/children/{child}{rest}");
    let because = json!({ "because": "No longer needed." });
    let ask = match operation {
        "prove_second_factor" => Ask::post("/v1/sessions/current/second-factor", &json!({ "code": "000000" })),
        "enrol_second_factor" => Ask::post("/v1/me/second-factor", &json!({})),
        "confirm_second_factor" => Ask::post("/v1/me/second-factor/confirmation", &json!({ "code": "000000" })),
        "list_own_sessions" => Ask::get("/v1/me/sessions"),
        "end_own_session" => Ask::delete(&format!("/v1/me/sessions/{}", scene.session)),
        "list_notices" => Ask::get("/v1/notices"),
        "acknowledge_notice" => Ask::post(&format!("/v1/notices/{}/acknowledgement", scene.session), &json!({})),
        "list_sessions" => Ask::get(&format!("/v1/workers/{}/sessions", colleague.id)),
        "end_session" => Ask::delete(&format!("/v1/sessions/{}", scene.session)),
        "reset_second_factor" => Ask::delete(&format!("/v1/workers/{}/second-factor", colleague.id)),
        "link_identity" => Ask::put(&identity_of(colleague), &json!({ "subject": "nurse-7" })),
        "unlink_identity" => Ask::delete(&identity_of(colleague)),
        "list_emergency_reviews" => Ask::get("/v1/emergency-accesses"),
        "review_emergency_access" => Ask::post(
            &format!("/v1/emergency-accesses/{}/review", scene.emergency),
            &json!({ "outcome": "justified", "note": "The log of that night shows the call." }),
        ),
        "cosign_emergency_access" => {
            Ask::post(&of_child("/emergency-cosignatures"), &json!({ "worker_id": colleague.id }))
        }
        "declare_conflict" => Ask::post(&of_child("/conflicts"), &words::conflict(colleague)),
        "lift_conflict" => Ask::post(&of_child(&format!("/conflicts/{}/lift", colleague.id)), &because),
        "decide_sealing" => Ask::post(
            &format!("/v1/sealing-proposals/{}/decision", scene.proposal),
            &json!({ "answer": "decline", "because": "A restriction is enough." }),
        ),
        "propose_sealing" => Ask::post(
            &of_child("/sealing-proposals"),
            &json!({ "change": "seal", "restriction": words::restriction(&[&scene.lead]) }),
        ),
        "view_restriction" => Ask::get(&of_child("/restriction")),
        "restrict_record" => Ask::post(&of_child("/restriction"), &words::restriction(&[&scene.lead])),
        "lift_restriction" => Ask::post(&of_child("/restriction/lift"), &because),
        "view_own_access" => Ask::get(&format!("/v1/me/access/{child}")),
        "claim_duty" => Ask::post(&of_child("/duty"), &json!({ "reason": "Covering for a colleague who is ill." })),
        "begin_emergency_access" => Ask::post(&of_child("/emergency-access"), &words::emergency()),
        _ => return None,
    };
    Some(prepared(ask))
}

/// The operation ids of the document.
fn operations() -> BTreeSet<String> {
    let document: Value = serde_json::from_str(&alongside_http::openapi::document()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    paths
        .values()
        .filter_map(Value::as_object)
        .flat_map(|path| path.values())
        .filter_map(|operation| operation["operationId"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn the_table_has_every_operation_of_the_document() {
    let table: BTreeSet<String> =
        TABLE.lines().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect();
    let documented = operations();
    let missing: Vec<_> = documented.difference(&table).collect();
    assert!(missing.is_empty(), "say in TABLE who may do: {missing:?}");
    let unknown: Vec<_> = table.difference(&documented).collect();
    assert!(unknown.is_empty(), "not in the document: {unknown:?}");
}

/// The document's examples of bodies, by operation.
fn examples() -> BTreeMap<String, Value> {
    let document: Value = serde_json::from_str(&alongside_http::openapi::document()).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.values().filter_map(Value::as_object).flat_map(|path| path.values());
    operations
        .filter(|operation| operation["requestBody"].is_object())
        .map(|operation| {
            let body = &operation["requestBody"]["content"]["application/json"];
            (operation["operationId"].as_str().expect("a name").to_owned(), body["example"].clone())
        })
        .collect()
}

/// The document with ids of this world in the place of its own.
fn placed(mut example: Value, scene: &Scene) -> Value {
    for (field, id) in [("agency_id", &scene.agency["id"]), ("to_agency_id", &scene.agency["id"])] {
        for pointer in ["", "/details", "/content"] {
            if let Some(place) = example.pointer_mut(&format!("{pointer}/{field}")) {
                *place = id.clone();
            }
        }
    }
    for pointer in ["/worker_id", "/owner_id", "/open_to/0", "/restriction/owner_id", "/restriction/open_to/0"] {
        if let Some(worker) = example.pointer_mut(pointer) {
            *worker = json!(scene.colleague.id);
        }
    }
    if let Some(concerns) = example.pointer_mut("/content/concern_ids") {
        *concerns = json!([scene.concern]);
    }
    example
}

on_both! {
    async fn every_body_of_the_document_has_an_example_that_is_accepted(world: World) {
        let scene = scene(&world).await;
        let people = [
            scene.allocated.clone(),
            scene.receiver.clone(),
            scene.lead.clone(),
            world.worker(Role::Administrator, &world.social_care).await,
        ];
        // Closing the record comes last, since it closes it.
        let mut examples: Vec<_> = examples().into_iter().collect();
        examples.sort_by_key(|(operation, _)| operation == "restrict_record");
        for (number, (operation, example)) in examples.into_iter().enumerate() {
            assert!(example.is_object(), "{operation} has no example");
            if operation.ends_with("_second_factor") {
                continue; // a code is good for half a minute
            }
            let mut ask = ask(&operation, &scene, number).unwrap_or_else(|| panic!("{operation}"));
            ask.body = placed(example, &scene).to_string().into_bytes();
            let mut statuses = Vec::new();
            for person in &people {
                let answer = person.asks(ask.clone()).await;
                assert!(![400, 415, 422].contains(&answer.status), "{operation}: {}", answer.text);
                statuses.push(answer.status);
            }
            let accepted = statuses.iter().any(|status| [200, 201, 204, 409, 412].contains(status));
            assert!(accepted || ["sign_in", "refresh_session"].contains(&operation.as_str()), "{operation}: {statuses:?}");
        }
    }

    async fn everybody_gets_the_answer_of_the_table(world: World) {
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
                let ask = ask(operation, &scene, n).unwrap_or_else(|| panic!("say in ask how to ask for {operation}"));
                let answer = match person {
                    Some(worker) => worker.asks(ask).await,
                    None => world.asks(ask).await,
                };
                if answer.status.to_string() != expected {
                    let who = person.as_ref().map_or("nobody", |worker| &worker.name);
                    wrong.push(format!("{operation} by {who}: {} and not {expected}: {}", answer.status, answer.text));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
