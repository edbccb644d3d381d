//! The subjects of the operations, and how each operation is requested.

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use serde_json::json;

use crate::support::world::beginning;
use crate::support::{Ask, Sample, Worker, World, words};

/// The subjects of the operations.
pub(super) struct Scene {
    pub(super) child: String,
    pub(super) concern: String,
    pub(super) observation: String,
    pub(super) contact: String,
    pub(super) referral: String,
    pub(super) involvement: String,
    /// The involvement of a colleague of the allocated worker. The colleague is not in the table.
    pub(super) renewable: String,
    /// The front-door duty of the same colleague.
    pub(super) duty: String,
    pub(super) colleague: Worker,
    pub(super) agency: String,
    pub(super) team: Worker,
    pub(super) allocated: Worker,
    pub(super) receiver: Worker,
    pub(super) lead: Worker,
    pub(super) other_lead: Worker,
    /// The session of a worker who is not in the table.
    pub(super) session: String,
    /// Begun by a worker who is not in the table.
    pub(super) emergency: String,
    /// By the same worker.
    pub(super) suppression: String,
    /// By another lead.
    pub(super) proposal: String,
    /// Withheld by the agency of the team's worker.
    pub(super) kept: String,
    /// By the allocated worker, for the withheld recording.
    pub(super) request: String,
    /// A recording in the police segment.
    pub(super) kept_by_police: String,
    /// The line that police released about it.
    pub(super) line: String,
    pub(super) police_supervisor: Worker,
    /// By another administrator, for a worker who is not in the table.
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
        agency: elsewhere.id.to_string(),
        receiver: world.on_front_door(&world.police).await,
        team,
        allocated,
        child,
        concern,
    }
}

/// The example of the API's description, about what is in the scene.
pub(super) fn example(operation: &str, scene: &Scene) -> Option<Sample> {
    let id = |name: &str| {
        let id = match (name, operation) {
            ("agency", _) => &scene.agency,
            ("child", _) => &scene.child,
            ("concern", _) => &scene.concern,
            ("contact", _) => &scene.contact,
            ("duty", _) => &scene.duty,
            ("emergency", _) => &scene.emergency,
            ("grant", _) => &scene.role_grant,
            ("involvement", "renew_involvement") => &scene.renewable,
            ("involvement", _) => &scene.involvement,
            ("issuer", _) => "larkmoor",
            ("line", _) => &scene.line,
            ("notice" | "session", _) => &scene.session,
            ("observation", _) => &scene.observation,
            ("proposal", _) => &scene.proposal,
            ("recording", "sanitise_recording") => &scene.kept_by_police,
            ("recording", _) => &scene.kept,
            ("referral", _) => &scene.referral,
            ("request", _) => &scene.request,
            ("suppression", _) => &scene.suppression,
            ("worker", _) => scene.colleague.id.as_str(),
            _ => return None,
        };
        Some(id.to_owned())
    };
    let (agency, lead, other_lead) = (json!(scene.agency), json!(scene.lead.id), json!(scene.other_lead.id));
    let sample = Sample::of(operation, id)?
        .put("/agency_id", &agency)
        .put("/details/agency_id", &agency)
        .put("/content/to_agency_id", &agency)
        .put("/content/concern_ids", &json!([scene.concern]))
        .put("/decisions/0/grant_id", &json!(scene.session))
        .put("/worker_id", &json!(scene.colleague.id))
        .put("/owner_id", &lead)
        .put("/open_to/0", &lead)
        .put("/restriction/owner_id", &lead)
        .put("/restriction/open_to/0", &lead)
        .put("/restriction/open_to/1", &other_lead);
    Some(sample)
}

/// How an operation is requested so that many people can try it one after the other; `n` makes names and numbers that are
/// not taken.
pub(super) fn ask(operation: &str, scene: &Scene, n: usize) -> Option<Ask> {
    let sample = example(operation, scene)?;
    let sample = match operation {
        "add_agency" => sample.put("/name", &json!(format!("Agency {n}"))),
        "add_worker" => sample.put("/sign_in_name", &json!(format!("amira.{n}"))),
        "create_child" => sample.put("", &words::child(100 + n)),
        "change_password" => sample.put("/present_password", &json!("not the password at all")),
        "decide_disclosure" => sample.put("", &json!({ "answer": "refuse", "because": "The child asked for it." })),
        "decide_role_grant" => sample.put("/answer", &json!("decline")),
        // Nobody but the author's agency may attach the concern.
        "refer_child" => sample.put("/content/concern_ids", &json!([])),
        _ => sample,
    };
    Some(sample.ask().purpose("safeguarding_enquiry").if_match("\"999\""))
}
