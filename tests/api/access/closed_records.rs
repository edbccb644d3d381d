//! A closed record can always be opened again: enough leads who can open it are on its list and stay there.

use actix_web::rt;
use alongside_domain::accounts::agency::{Agency, Sector};
use alongside_domain::accounts::worker::{Role, WorkerState};
use alongside_storage::Error;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Worker, World, words};

/// A social worker, the child whose record they began, and safeguarding leads of their agency.
async fn scene<const LEADS: usize>(world: &World) -> (Worker, String, [Worker; LEADS]) {
    let social_worker = world.practitioner(&world.social_care).await;
    let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
    let mut leads = Vec::new();
    for _ in 0..LEADS {
        leads.push(world.worker(Role::SafeguardingLead, &world.social_care).await);
    }
    (social_worker, child, leads.try_into().unwrap_or_else(|_| panic!("leads")))
}

async fn restricts(lead: &Worker, child: &str, open_to: &[&Worker]) -> Answer {
    lead.post(&format!("/v1/children/{child}/restriction"), &words::restriction(open_to)).await
}

async fn proposes(lead: &Worker, child: &str, change: &str, open_to: &[&Worker]) -> Answer {
    let body = json!({ "change": change, "restriction": words::restriction(open_to) });
    lead.post(&format!("/v1/children/{child}/sealing-proposals"), &body).await
}

async fn decides(lead: &Worker, proposed: &Answer, answer: &str) -> Answer {
    let proposal = proposed.body["steps"][0]["id"].as_str().expect("an id");
    let body = json!({ "answer": answer, "because": "The placement order was seen." });
    lead.post(&format!("/v1/sealing-proposals/{proposal}/decision"), &body).await
}

/// New details for the account of a lead.
fn account(agency: &Agency, state: &str, role: &str) -> Value {
    json!({ "agency_id": agency.id, "display_name": "Noor Hale", "job_title": "Lead", "roles": [role], "state": state })
}

async fn amends(administrator: &Worker, worker: &Worker, version: usize, account: &Value) -> Answer {
    administrator.put(&format!("/v1/workers/{}", worker.id), &format!("\"{version}\""), account).await
}

/// Checks that the change is refused, in words that do not reveal a closed record.
fn is_to_be_handed_over(answer: &Answer) {
    assert_eq!(answer.status, 409, "{}", answer.text);
    let detail = answer.string("detail");
    assert!(detail.contains("handed over first. Ask a safeguarding lead"), "{detail}");
    for betraying in ["record", "closed", "restrict", "sealed", "child", "list"] {
        assert!(!detail.contains(betraying), "{detail}");
    }
}

on_both! {
    async fn a_restriction_must_name_a_lead_who_can_open_the_record_again(world: World) {
        let (social_worker, child, [lead, suspended, relative]) = scene::<3>(&world).await;
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let housing = world.agency("Larkmoor Housing", Sector::Other).await;
        let elsewhere = world.worker(Role::SafeguardingLead, &housing).await;
        let outside = json!({ "name": "Larkmoor Housing", "sector": "other", "in_sharing_agreement": false });
        administrator.put(&format!("/v1/agencies/{}", housing.id), "\"1\"", &outside).await.is(200);
        relative.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&relative)).await.is(204);
        let without: [&[&Worker]; 3] = [&[&social_worker], &[&social_worker, &elsewhere], &[&social_worker, &relative]];
        for open_to in without {
            let refused = restricts(&lead, &child, open_to).await.is(422);
            assert_eq!(refused.pointers(), ["/open_to"]);
            assert!(refused.text.contains("a safeguarding lead who can open the record again"), "{}", refused.text);
        }
        let away = account(&world.social_care, "suspended", "safeguarding_lead");
        amends(&administrator, &suspended, 1, &away).await.is(200);
        assert_eq!(restricts(&lead, &child, &[&social_worker, &suspended]).await.is(422).pointers(), ["/open_to/1"]);
        assert_eq!(world.rows("restriction_step"), 0, "no record was closed");
        restricts(&lead, &child, &[&social_worker, &lead]).await.is(201);
    }

    async fn a_sealing_must_name_two_leads_who_can_unseal_the_record(world: World) {
        let (social_worker, child, [lead, other]) = scene::<2>(&world).await;
        let remedy = "must name two safeguarding leads who can open the record again";
        for too_few in [&[&social_worker][..], &[&lead], &[&social_worker, &other]] {
            let refused = proposes(&lead, &child, "seal", too_few).await.is(422);
            assert_eq!(refused.pointers(), ["/restriction/open_to"]);
            assert!(refused.text.contains(remedy), "{}", refused.text);
        }
        assert_eq!(world.rows("restriction_step"), 0, "nothing is proposed");
        let proposed = proposes(&lead, &child, "seal", &[&social_worker, &lead, &other]).await.is(201);
        decides(&other, &proposed, "approve").await.is(200);
        let path = format!("/v1/children/{child}/new-identity");
        let refused = lead.post(&path, &words::new_identity(1, &[&lead, &social_worker])).await.is(422);
        assert_eq!(refused.pointers(), ["/restriction/open_to"]);
        assert!(refused.text.contains(remedy), "{}", refused.text);
        assert_eq!(world.rows("child"), 1, "no record was started");
        lead.post(&path, &words::new_identity(1, &[&lead, &other])).await.is(201);
    }

    async fn an_outdated_proposal_is_declined_and_made_again(world: World) {
        let (social_worker, child, [lead, other, third]) = scene::<3>(&world).await;
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let changes = [
            account(&world.social_care, "suspended", "safeguarding_lead"),
            account(&world.social_care, "active", "practitioner"),
            account(&world.social_care, "left", "practitioner"),
        ];
        for change in changes {
            let gone = world.worker(Role::SafeguardingLead, &world.social_care).await;
            world.pass(Duration::seconds(1));
            let proposed = proposes(&lead, &child, "seal", &[&lead, &gone]).await.is(201);
            amends(&administrator, &gone, 1, &change).await.is(200);
            let refused = decides(&other, &proposed, "approve").await.is(409);
            assert!(refused.text.contains("propose it again with other people"), "{change}: {}", refused.text);
            social_worker.reads(&format!("/v1/children/{child}")).await.is(200);
            decides(&other, &proposed, "decline").await.is(200);
        }
        world.pass(Duration::seconds(1));
        let proposed = proposes(&lead, &child, "seal", &[&lead, &third]).await.is(201);
        assert_eq!(decides(&other, &proposed, "approve").await.is(200).body["level"], "sealed");
    }

    async fn the_two_leads_of_a_sealed_record_cannot_leave_but_can_be_suspended(world: World) {
        let (social_worker, child, mut leads) = scene::<2>(&world).await;
        let administrator = world.worker(Role::Administrator, &world.health).await;
        world.seals(&child, &leads, &[&leads[0], &leads[1], &social_worker]).await;
        let restriction = format!("/v1/children/{child}/restriction");
        let listed = leads[0].get(&restriction).await.is(200).body["open_to"].clone();
        for lead in &mut leads {
            for going in [
                account(&world.police, "active", "practitioner"),
                account(&world.social_care, "left", "practitioner"),
                account(&world.social_care, "active", "practitioner"),
                account(&world.social_care, "suspended", "practitioner"),
            ] {
                is_to_be_handed_over(&amends(&administrator, lead, 1, &going).await);
            }
            let left = world.store.operator_correct_worker(lead.name.clone(), |details| details.state = WorkerState::Left).await;
            assert!(matches!(left, Err(Error::Conflict(why)) if why.contains("handed over") && !why.contains("record")));
            let lead_as = |state| account(&world.social_care, state, "safeguarding_lead");
            amends(&administrator, lead, 1, &lead_as("suspended")).await.is(200);
            lead.get(&restriction).await.is(401);
            is_to_be_handed_over(&amends(&administrator, lead, 2, &lead_as("left")).await);
            amends(&administrator, lead, 2, &lead_as("active")).await.is(200);
            world.pass(Duration::minutes(1));
            world.signs_in(lead).await;
            assert_eq!(lead.get(&restriction).await.is(200).body["open_to"], listed, "suspension changes no list");
        }
        let gone = account(&world.social_care, "left", "practitioner");
        amends(&administrator, &social_worker, 1, &gone).await.is(200);
        assert_eq!(leads[0].get(&restriction).await.is(200).body["open_to"], words::listed(&[&leads[0], &leads[1]]));
    }

    async fn a_suspended_lead_does_not_count_when_another_lead_leaves(world: World) {
        let (_, child, [lead, other]) = scene::<2>(&world).await;
        let administrator = world.worker(Role::Administrator, &world.health).await;
        restricts(&lead, &child, &[&lead, &other]).await.is(201);
        let of_care = |state, role| account(&world.social_care, state, role);
        amends(&administrator, &other, 1, &of_care("suspended", "safeguarding_lead")).await.is(200);
        is_to_be_handed_over(&amends(&administrator, &lead, 1, &of_care("active", "practitioner")).await);
        amends(&administrator, &other, 2, &of_care("active", "safeguarding_lead")).await.is(200);
        amends(&administrator, &lead, 1, &of_care("active", "practitioner")).await.is(200);
    }

    async fn a_sealed_record_is_handed_over_without_being_opened(world: World) {
        let (social_worker, child, leads) = scene::<2>(&world).await;
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let successor = world.worker(Role::SafeguardingLead, &world.social_care).await;
        world.seals(&child, &leads, &[&leads[0], &leads[1]]).await;
        world.pass(Duration::seconds(1));
        let proposed = proposes(&leads[0], &child, "seal", &[&successor, &leads[1]]).await.is(201);
        assert_eq!(proposed.body["level"], "sealed");
        successor.get(&format!("/v1/children/{child}/restriction")).await.is(404);
        let handed_over = decides(&leads[1], &proposed, "approve").await.is(200);
        assert_eq!(handed_over.body["level"], "sealed");
        assert_eq!(handed_over.body["open_to"], words::listed(&[&leads[1], &successor]));
        for closed_out in [&leads[0], &social_worker] {
            closed_out.reads(&format!("/v1/children/{child}")).await.is(404);
        }
        let left = account(&world.social_care, "left", "practitioner");
        amends(&administrator, &leads[0], 1, &left).await.is(200);
        is_to_be_handed_over(&amends(&administrator, &leads[1], 1, &left).await);
    }

    async fn a_listed_lead_can_open_a_record_after_all_work_with_the_child_has_ended(world: World) {
        let (social_worker, child, leads) = scene::<2>(&world).await;
        let elsewhere = world.worker(Role::SafeguardingLead, &world.police).await;
        restricts(&leads[0], &child, &[&leads[0], &elsewhere, &social_worker]).await.is(201);
        world.behind().run("UPDATE involvement SET ends_at = started_at").expect("the work has ended");
        let lift = async |lead: &Worker| {
            let path = format!("/v1/children/{child}/restriction/lift");
            lead.post(&path, &json!({ "because": "The relative has left." })).await
        };
        lift(&leads[1]).await.is(404);
        lift(&social_worker).await.is(404);
        leads[0].reads(&format!("/v1/children/{child}")).await.is(404);
        world.pass(Duration::seconds(1));
        let proposed = proposes(&leads[0], &child, "seal", &[&leads[0], &elsewhere]).await.is(201);
        decides(&elsewhere, &proposed, "approve").await.is(200);
        world.pass(Duration::seconds(1));
        let proposed = proposes(&elsewhere, &child, "unseal", &[&elsewhere]).await.is(201);
        assert_eq!(decides(&leads[0], &proposed, "approve").await.is(200).body["level"], "open");
        lift(&leads[0]).await.is(404);
    }

    async fn of_two_leads_who_restrict_a_record_to_themselves_at_the_same_moment_one_succeeds(world: World) {
        let (_, child, leads) = scene::<2>(&world).await;
        restricts(&leads[0], &child, &[&leads[0], &leads[1]]).await.is(201);
        let world = world.beside_another();
        let others = [leads[0].clone(), world.answers(&leads[1]).await];
        let path = format!("/v1/children/{child}/restriction");
        let (mut held, mut closing) = (world.holds_accounts(), Vec::new());
        for (lead, waiting) in others.iter().zip(1..) {
            let (lead, ask) = (lead.clone(), Ask::post(&path, &words::restriction(&[lead])));
            closing.push(rt::spawn(async move { lead.asks(ask).await.status }));
            held.are_waited_for_by(waiting).await;
        }
        held.end();
        let mut statuses = Vec::new();
        for closing in closing {
            statuses.push(closing.await.expect("an answer"));
        }
        let stays = statuses.iter().position(|status| *status == 201).expect("one of them succeeds");
        assert!([404, 409].contains(&statuses[1 - stays]), "{statuses:?}");
        others[stays].reads(&path).await.is(200);
        others[1 - stays].reads(&path).await.is(404);
    }

    async fn enough_leads_stay_when_several_leave_at_the_same_moment(world: World) {
        let (_, child, leads) = scene::<3>(&world).await;
        let (one, other) = (
            world.worker(Role::Administrator, &world.health).await,
            world.worker(Role::Administrator, &world.police).await,
        );
        world.seals(&child, &[leads[0].clone(), leads[1].clone()], &[&leads[0], &leads[1], &leads[2]]).await;
        let world = world.beside_another();
        let administrators = [one, world.answers(&other).await, other];
        let left = account(&world.social_care, "left", "practitioner");
        let leaving = leads.iter().zip(administrators).map(|(lead, administrator)| {
            let (ask, left) = (format!("/v1/workers/{}", lead.id), left.clone());
            rt::spawn(async move { administrator.asks(Ask::put(&ask, &left).if_match("\"1\"")).await.status })
        });
        let mut statuses = Vec::new();
        for leaving in leaving.collect::<Vec<_>>() {
            statuses.push(leaving.await.expect("an answer"));
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409]);
        assert_eq!(world.rows("listed_person"), 2);
    }
}
