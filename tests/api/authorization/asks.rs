//! What the operations are tried on, and how each is asked for.

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use serde_json::{Value, json};

use crate::support::world::beginning;
use crate::support::{Ask, Worker, World, words};

/// What the operations are tried on.
pub(super) struct Scene {
    pub(super) child: String,
    pub(super) concern: String,
    pub(super) observation: String,
    pub(super) contact: String,
    pub(super) referral: String,
    pub(super) involvement: String,
    /// Of somebody of the allocated worker's agency, who is not in the table.
    pub(super) renewable: String,
    /// The front-door duty of the same.
    pub(super) duty: String,
    pub(super) colleague: Worker,
    pub(super) agency: Value,
    pub(super) team: Worker,
    pub(super) allocated: Worker,
    pub(super) receiver: Worker,
    pub(super) lead: Worker,
    pub(super) other_lead: Worker,
    /// Of somebody who is not in the table.
    pub(super) session: String,
    /// Begun by somebody who is not in the table.
    pub(super) emergency: String,
    /// By the same.
    pub(super) suppression: String,
    /// By another lead.
    pub(super) proposal: String,
    /// Kept by the agency of the team's worker.
    pub(super) kept: String,
    /// By the allocated worker, for what is kept.
    pub(super) request: String,
    /// Kept by police.
    pub(super) kept_by_police: String,
    /// What police released of it.
    pub(super) line: String,
    pub(super) police_supervisor: Worker,
    /// By another administrator, for somebody who is not in the table.
    pub(super) role_grant: String,
}

pub(super) async fn scene(world: &World) -> Scene {
    let allocated = world.practitioner(&world.social_care).await;
    let team = world.practitioner(&world.health).await;
    let elsewhere = world.agency("Larkmoor Housing", Sector::Other).await;
    let child = allocated.creates_child(&words::child(0)).await.is(201).id();
    let concern = allocated.raises_concern(&child, &words::concern()).await.is(201).id();
    let other = world.practitioner(&world.police).await;
    let other_lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
    let lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
    let sealing = json!({ "change": "seal", "restriction": words::restriction(&[&other_lead, &lead]) });
    let proposed = other_lead.post(&format!("/v1/children/{child}/sealing-proposals"), &sealing).await.is(201);
    let involvement = allocated.involves(&child, &team, "team").await.is(201).id();
    let helper = world.practitioner(&world.social_care).await;
    let renewable = allocated.involves(&child, &helper, "team").await.is(201).id();
    let for_a_while = allocated.involves(&child, &other, "team").await.is(201);
    let police_supervisor = world.worker(Role::Supervisor, &world.police).await;
    world.worker(Role::SafeguardingLead, &world.police).await;
    let suppression = format!("/v1/children/{child}/notice-suppressions");
    let suppression = other.post(&suppression, &words::suppression(beginning())).await.is(201).id();
    let kept = team.raises_concern(&child, &words::kept_in("own_agency", words::concern())).await.is(201).id();
    let kept_by_police = words::kept_in("police_restricted", words::concern());
    let kept_by_police = other.raises_concern(&child, &kept_by_police).await.is(201).id();
    let released = police_supervisor
        .post(&format!("/v1/recordings/{kept_by_police}/sanitised-lines"), &words::sanitised_line())
        .await
        .is(201);
    let requested = format!("/v1/recordings/{kept}/disclosure-requests");
    let requested = allocated.post(&requested, &json!({ "reason": "For the plan." })).await.is(201);
    let ending = Ask::post(&format!("/v1/involvements/{}/end", for_a_while.id()), &json!({ "reason": "Handed over." }));
    allocated.asks(ending.if_match("\"1\"")).await.is(200);
    let administrator = world.worker(Role::Administrator, &world.health).await;
    let proposed_role = json!({ "role": "safeguarding_lead", "reason": "Named as the designated lead." });
    let path = format!("/v1/workers/{}/role-grants", other.id);
    let duty = json!({ "worker_id": helper.id, "ends_at": beginning() + chrono::Duration::days(7) });
    Scene {
        renewable,
        duty: lead.post("/v1/front-door-duties", &duty).await.is(201).id(),
        kept,
        kept_by_police,
        request: requested.id(),
        line: released.id(),
        police_supervisor,
        role_grant: administrator.post(&path, &proposed_role).await.is(201).id(),
        lead,
        other_lead,
        session: other.get("/v1/me/sessions").await.is(200).items()[0]["id"].as_str().expect("an id").to_owned(),
        suppression,
        emergency: other.begins_emergency(&child).await.is(201).id(),
        proposal: proposed.body["steps"][0]["id"].as_str().expect("an id").to_owned(),
        observation: allocated.observes(&child, &words::observation()).await.is(201).id(),
        contact: allocated.records_contact(&child, &words::contact()).await.is(201).id(),
        referral: allocated.refers(&child, &words::referral(&world.police, &[&concern])).await.is(201).id(),
        involvement,
        colleague: world.practitioner(&world.social_care).await,
        agency: json!({ "id": elsewhere.id }),
        receiver: world.on_front_door(&world.police).await,
        team,
        allocated,
        child,
        concern,
    }
}

/// How an operation is asked for; `n` makes names that are not taken.
pub(super) fn ask(operation: &str, scene: &Scene, n: usize) -> Option<Ask> {
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
        "change_password" => Ask::post(
            "/v1/me/password",
            &json!({ "present_password": "not the password at all", "new_password": "another few words nobody knows" }),
        ),
        "list_own_sessions" => Ask::get("/v1/me/sessions"),
        "end_own_session" => Ask::delete(&format!("/v1/me/sessions/{}", scene.session)),
        "list_notices" => Ask::get("/v1/notices"),
        "stream_notices" => Ask::get("/v1/notices/stream"),
        "acknowledge_notice" => Ask::post(&format!("/v1/notices/{}/acknowledgement", scene.session), &json!({})),
        "list_sessions" => Ask::get(&format!("/v1/workers/{}/sessions", colleague.id)),
        "end_session" => Ask::delete(&format!("/v1/sessions/{}", scene.session)),
        "reset_second_factor" => Ask::delete(&format!("/v1/workers/{}/second-factor", colleague.id)),
        "list_identities" => Ask::get(&format!("/v1/workers/{}/external-identities", colleague.id)),
        "link_identity" => Ask::put(&identity_of(colleague), &json!({ "subject": "nurse-7" })),
        "unlink_identity" => Ask::delete(&identity_of(colleague)),
        "list_front_door_duties" => Ask::get("/v1/front-door-duties"),
        "give_front_door_duty" => Ask::post(
            "/v1/front-door-duties",
            &json!({ "worker_id": colleague.id, "ends_at": beginning() + chrono::Duration::days(7) }),
        ),
        "end_front_door_duty" => Ask::post(&format!("/v1/front-door-duties/{}/end", scene.duty), &json!({})),
        "renew_involvement" => Ask::post(
            &format!("/v1/involvements/{}/renewal", scene.renewable),
            &json!({ "ends_at": "2027-03-01T09:00:00Z", "reason": "The work goes on." }),
        ),
        "list_role_grants" => Ask::get("/v1/role-grants"),
        "propose_role_grant" => Ask::post(
            &format!("/v1/workers/{}/role-grants", colleague.id),
            &json!({ "role": "safeguarding_lead", "reason": "Named as the designated lead." }),
        ),
        "decide_role_grant" => Ask::post(
            &format!("/v1/role-grants/{}/decision", scene.role_grant),
            &json!({ "answer": "decline", "because": "Another colleague was named." }),
        ),
        "decide_role_grants" => Ask::post(
            "/v1/role-grants/decisions",
            &json!({ "decisions": [{
                "grant_id": scene.session, "decision": { "answer": "approve", "because": "Joins the team on Monday." },
            }] }),
        ),
        "take_up_roles" => Ask::post("/v1/me/roles", &json!({ "code": "JBSWY3DPEHPK3PXP" })),
        "list_unusual_access" => Ask::get("/v1/audit/unusual"),
        "confirm_unusual_access" => {
            Ask::post(&format!("/v1/workers/{}/unusual-access/confirmation", colleague.id), &because)
        }
        "list_emergency_reviews" => Ask::get("/v1/emergency-accesses"),
        "view_emergency_access" => Ask::get(&format!("/v1/emergency-accesses/{}", scene.emergency)),
        "view_notice_suppression" => Ask::get(&format!("/v1/notice-suppressions/{}", scene.suppression)),
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
            &json!({ "change": "seal", "restriction": words::restriction(&[&scene.lead, &scene.other_lead]) }),
        ),
        "view_restriction" => Ask::get(&of_child("/restriction")),
        "begin_new_identity" => {
            Ask::post(&of_child("/new-identity"), &words::new_identity(99, &[&scene.lead, &scene.other_lead]))
        }
        "view_former_identity" => Ask::get(&of_child("/former-identity")),
        "restrict_record" => Ask::post(&of_child("/restriction"), &words::restriction(&[&scene.lead])),
        "lift_restriction" => Ask::post(&of_child("/restriction/lift"), &because),
        "view_own_access" => Ask::get(&format!("/v1/me/access/{child}")),
        "claim_duty" => Ask::post(&of_child("/duty"), &json!({ "reason": "Covering for a colleague who is ill." })),
        "suppress_notices" => Ask::post(&of_child("/notice-suppressions"), &words::suppression(beginning())),
        "begin_emergency_access" => Ask::post(&of_child("/emergency-access"), &words::emergency()),
        _ => return ask_of_confidences(operation, scene),
    };
    Some(prepared(ask))
}

/// How the operations about what is kept in confidence are asked for.
fn ask_of_confidences(operation: &str, scene: &Scene) -> Option<Ask> {
    let ask = match operation {
        "request_disclosure" => Ask::post(
            &format!("/v1/recordings/{}/disclosure-requests", scene.kept),
            &json!({ "reason": "The meeting decides on Thursday whether home is safe." }),
        ),
        "list_disclosure_requests" => Ask::get("/v1/disclosure-requests"),
        "decide_disclosure" => Ask::post(
            &format!("/v1/disclosure-requests/{}/decision", scene.request),
            &json!({ "answer": "refuse", "because": "The child asked that it stays here." }),
        ),
        "revoke_disclosure" => Ask::post(
            &format!("/v1/disclosure-requests/{}/revoke", scene.request),
            &json!({ "because": "The meeting was called off." }),
        ),
        "list_partner_information" => Ask::get(&format!("/v1/children/{}/partner-information", scene.child)),
        "sanitise_recording" => {
            Ask::post(&format!("/v1/recordings/{}/sanitised-lines", scene.kept_by_police), &words::sanitised_line())
        }
        "withdraw_sanitised_line" => Ask::post(
            &format!("/v1/sanitised-lines/{}/withdraw", scene.line),
            &json!({ "because": "No longer needed." }),
        ),
        _ => return None,
    };
    Some(prepared(ask))
}
