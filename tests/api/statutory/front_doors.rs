//! Who decides about referrals, who is notified, and when the work that a referral asks for ends.

use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, Worker, World, words};

fn duty(worker: &Worker, world: &World, days: i64) -> Value {
    json!({ "worker_id": worker.id, "ends_at": world.now() + Duration::days(days) })
}

async fn notices(worker: &Worker, kind: &str) -> Vec<Value> {
    let notices = worker.get("/v1/notices").await.is(200);
    notices.items().iter().filter(|notice| notice["kind"] == kind).cloned().collect()
}

/// The involvement of a worker who is allocated through a referral.
async fn allocation(reader: &Worker, child: &str, worker: &Worker) -> Value {
    let team = reader.reads(&format!("/v1/children/{child}/involvements")).await.is(200);
    let made = team.items().iter().find(|one| one["worker_id"] == json!(worker.id) && one["referral_id"].is_string());
    made.unwrap_or_else(|| panic!("{}", team.text)).clone()
}

async fn renews(worker: &Worker, involvement: &Value, ends_at: alongside_domain::At) -> Answer {
    let path = format!("/v1/involvements/{}/renewal", involvement["id"].as_str().expect("an id"));
    let body = json!({ "ends_at": ends_at, "reason": "The paediatric report is awaited." });
    worker.asks(Ask::post(&path, &body).if_match(&format!("\"{}\"", involvement["version"]))).await
}

on_both! {
    async fn two_practitioners_cannot_open_a_record_through_a_referral(world: World) {
        let stranger = world.practitioner(&world.health).await;
        let (sender, accomplice) = (world.practitioner(&world.police).await, world.practitioner(&world.social_care).await);
        let child = stranger.creates_child(&words::child(0)).await.is(201).id();
        let sent = sender.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        accomplice.get(&sent.header("location")).await.is(200);
        for decision in ["accept", "decline"] {
            let refused = accomplice.decides(&sent.id(), &sent.etag(), decision).await.is(403);
            assert_eq!(refused.problem(), "/problems/not-yours");
        }
        for path in ["", "/overview", "/chronology", "/involvements"] {
            for worker in [&sender, &accomplice] {
                worker.reads(&format!("/v1/children/{child}{path}")).await.is(404);
            }
        }
        accomplice.involves(&child, &sender, "team").await.is(404);
        accomplice.concludes(&sent.id(), &sent.etag()).await.is(403);
        accomplice.post("/v1/front-door-duties", &duty(&accomplice, &world, 1)).await.is(403);
        sender.post("/v1/front-door-duties", &duty(&accomplice, &world, 1)).await.is(403);
        sender.refers(&child, &words::referral(&world.police, &[])).await.is(422);
    }

    async fn staff_on_front_door_duty_decide_until_it_ends(world: World) {
        let (officer, mut social_worker) = (world.practitioner(&world.police).await, world.practitioner(&world.social_care).await);
        let supervisor = world.worker(Role::Supervisor, &world.social_care).await;
        let mut lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let refers = || async { officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201) };
        let first = refers().await;
        social_worker.accepts(&first.id(), &first.etag()).await.is(403);
        let given = supervisor.post("/v1/front-door-duties", &duty(&social_worker, &world, 14)).await.is(201);
        assert_eq!(given.body["given_by"], json!(supervisor.id));
        for worker in [&social_worker, &lead] {
            assert_eq!(notices(worker, "front_door_duty_given").await[0]["about_id"], json!(given.id()));
            assert_eq!(worker.get("/v1/front-door-duties").await.is(200).items().len(), 1);
        }
        assert!(officer.get("/v1/front-door-duties").await.is(200).items().is_empty(), "of another agency");
        social_worker.reads(&format!("/v1/children/{child}")).await.is(200);
        social_worker.decides(&first.id(), &first.etag(), "decline").await.is(200);

        let second = refers().await;
        let end = format!("/v1/front-door-duties/{}/end", given.id());
        officer.post(&end, &json!({})).await.is(404);
        let ended = supervisor.post(&end, &json!({})).await.is(200);
        assert_eq!(ended.body["ended_by"], json!(supervisor.id));
        supervisor.post(&end, &json!({})).await.is(409);
        social_worker.accepts(&second.id(), &second.etag()).await.is(403);
        lead.accepts(&second.id(), &second.etag()).await.is(200);

        let third = refers().await;
        let given = supervisor.post("/v1/front-door-duties", &duty(&social_worker, &world, 2)).await.is(201);
        world.pass(Duration::days(2));
        for worker in [&mut social_worker, &mut lead] {
            world.signs_in(worker).await;
        }
        social_worker.accepts(&third.id(), &third.etag()).await.is(403);
        lead.post(&format!("/v1/front-door-duties/{}/end", given.id()), &json!({})).await.is(409);
    }

    async fn a_duty_has_a_limit_and_is_only_for_colleagues_who_work_with_records(world: World) {
        let supervisor = world.worker(Role::Supervisor, &world.social_care).await;
        let colleague = world.practitioner(&world.social_care).await;
        let gives = |body: Value| {
            let supervisor = supervisor.clone();
            async move { supervisor.post("/v1/front-door-duties", &body).await }
        };
        let refused = gives(duty(&colleague, &world, 15)).await.is(422);
        assert_eq!(refused.pointers(), ["/ends_at"]);
        let from = |days: i64, hours: i64| {
            let start = world.now() + Duration::days(days);
            json!({ "worker_id": colleague.id, "starts_at": start, "ends_at": start + Duration::hours(hours) })
        };
        assert_eq!(gives(from(29, 8)).await.is(422).pointers(), ["/starts_at"]);
        assert_eq!(gives(from(-1, 30)).await.is(422).pointers(), ["/starts_at"]);
        assert_eq!(gives(from(1, 0)).await.is(422).pointers(), ["/ends_at"]);
        gives(from(28, 14 * 24)).await.is(201);
        let analyst = world.worker(Role::BoardAnalyst, &world.social_care).await;
        assert_eq!(gives(duty(&analyst, &world, 1)).await.is(422).pointers(), ["/worker_id"]);
        gives(duty(&supervisor, &world, 1)).await.is(403);
        gives(duty(&world.practitioner(&world.police).await, &world, 1)).await.is(403);
        let nobody = json!({ "worker_id": "01900000-0000-7000-8000-000000000000", "ends_at": world.now() + Duration::days(1) });
        gives(nobody).await.is(404);
        let planned = world.behind().number("SELECT COUNT(*) AS n FROM front_door_duty");
        assert_eq!(planned, 1);
        // A duty that is planned for later opens nothing yet.
        let officer = world.practitioner(&world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        colleague.accepts(&sent.id(), &sent.etag()).await.is(403);
    }

    async fn a_duty_pauses_during_a_suspension_and_ends_with_a_move(world: World) {
        let administrator = world.worker(Role::Administrator, &world.health).await;
        let officer = world.practitioner(&world.police).await;
        let mut nurse = world.on_front_door(&world.health).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.health, &[])).await.is(201);
        let path = format!("/v1/workers/{}", nurse.id);
        let account = |agency: &alongside_domain::accounts::agency::Agency, state: &str| json!({
            "agency_id": agency.id, "display_name": "Noor Hale", "job_title": "Nurse", "roles": ["practitioner"],
            "state": state,
        });
        administrator.put(&path, "\"1\"", &account(&world.health, "suspended")).await.is(200);
        nurse.accepts(&sent.id(), &sent.etag()).await.is(401);
        world.behind().run(&format!(
            "UPDATE worker SET state = 'active' WHERE id = {}", crate::oracle::id_in_sql(&world, &nurse.id)
        )).expect("back at work");
        world.pass(Duration::minutes(1));
        world.signs_in(&mut nurse).await;
        nurse.decides(&sent.id(), &sent.etag(), "decline").await.is(200);
        administrator.put(&path, "\"2\"", &account(&world.police, "active")).await.is(200);
        let running = "SELECT COUNT(*) AS n FROM front_door_duty WHERE ended_at IS NULL";
        assert_eq!(world.behind().number(running), 0);
    }

    async fn the_author_of_a_referral_cannot_decide_it_after_moving_to_the_receiver(world: World) {
        let officer = world.worker(Role::Supervisor, &world.police).await;
        let founder = world.practitioner(&world.health).await;
        let child = founder.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        let id = |id: &str| crate::oracle::id_in_sql(&world, id);
        world.behind().run(&format!(
            "UPDATE worker SET agency_id = {} WHERE id = {}", id(&world.social_care.id.to_string()), id(&officer.id)
        )).expect("a move");
        officer.accepts(&sent.id(), &sent.etag()).await.is(403);
        world.worker(Role::Supervisor, &world.social_care).await.accepts(&sent.id(), &sent.etag()).await.is(200);
    }

    async fn workers_in_charge_are_notified_when_a_referral_is_accepted(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let (named_lead, own_lead) =
            (world.worker(Role::SafeguardingLead, &world.health).await, world.worker(Role::SafeguardingLead, &world.social_care).await);
        let uninvolved = world.worker(Role::SafeguardingLead, &world.police).await;
        let (officer, social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        let declined = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.decides(&declined.id(), &declined.etag(), "decline").await.is(200);
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        for worker in [&nurse, &named_lead, &own_lead] {
            let notices = notices(worker, "referral_accepted").await;
            assert_eq!(notices.len(), 1, "{}", worker.name);
            assert_eq!(notices[0]["about_id"], json!(sent.id()));
        }
        for worker in [&uninvolved, &officer, &social_worker] {
            assert!(notices(worker, "referral_accepted").await.is_empty(), "{}", worker.name);
        }
    }

    async fn no_worker_is_notified_of_an_acceptance_on_a_hidden_record(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let close = world.worker(Role::SafeguardingLead, &world.health).await;
        let (officer, social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        close.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&close)).await.is(204);
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        assert_eq!(notices(&nurse, "referral_accepted").await.len(), 1);
        assert!(notices(&close, "referral_accepted").await.is_empty());
    }

    async fn workers_in_charge_are_notified_when_another_agency_is_brought_in(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let lead = world.worker(Role::SafeguardingLead, &world.health).await;
        let (officer, social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let child = nurse.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        let colleague = world.practitioner(&world.social_care).await;
        social_worker.involves(&child, &colleague, "team").await.is(201);
        assert!(notices(&nurse, "involvement_started").await.is_empty(), "no notice within the agency");
        let brought_in = social_worker.involves(&child, &officer, "team").await.is(201);
        for worker in [&nurse, &lead] {
            let notices = notices(worker, "involvement_started").await;
            assert_eq!(notices.len(), 1, "{}", worker.name);
            assert_eq!(notices[0]["about_id"], json!(brought_in.id()));
        }
    }

    async fn no_worker_involves_others_beyond_their_own_allocation_or_involves_themselves(world: World) {
        let (officer, social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let supervisor = world.worker(Role::Supervisor, &world.social_care).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        let nurse = world.practitioner(&world.health).await;
        let involve = |by: &Worker, worker: &Worker, kind: &str, days: i64| {
            let body = json!({
                "worker_id": worker.id, "kind": kind, "ends_at": world.now() + Duration::days(days), "reason": "For the plan.",
            });
            let (by, path) = (by.clone(), format!("/v1/children/{child}/involvements"));
            async move { by.post(&path, &body).await }
        };
        assert_eq!(involve(&social_worker, &nurse, "team", 71).await.is(422).pointers(), ["/ends_at"]);
        involve(&social_worker, &nurse, "allocated", 70).await.is(201);
        assert_eq!(involve(&nurse, &social_worker, "allocated", 71).await.is(422).pointers(), ["/ends_at"]);
        involve(&social_worker, &social_worker, "allocated", 60).await.is(403);
        involve(&supervisor, &supervisor, "allocated", 60).await.is(403);
        involve(&supervisor, &social_worker, "allocated", 180).await.is(201);
        involve(&social_worker, &nurse, "team", 180).await.is(201);
    }

    async fn the_allocation_of_a_referral_ends_with_the_outcome(world: World) {
        let (officer, social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        let accepted = social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        let other = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        let also = social_worker.accepts(&other.id(), &other.etag()).await.is(200);
        social_worker.concludes(&sent.id(), &accepted.etag()).await.is(200);
        social_worker.reads(&format!("/v1/children/{child}/chronology")).await.is(200);
        social_worker.concludes(&other.id(), &also.etag()).await.is(200);
        social_worker.reads(&format!("/v1/children/{child}/chronology")).await.is(404);
        let ended = allocation(&officer, &child, &social_worker).await;
        assert_eq!(ended["end_reason"], "The outcome of the referral was recorded.");
        assert_eq!(ended["ends_at"], json!(world.now()));
    }

    async fn two_workers_of_a_referral_do_not_keep_each_other_allocated_beyond_its_outcome(world: World) {
        let (officer, social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let (sender, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = sender.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        let accepted = social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        let path = format!("/v1/children/{child}/involvements");
        let involves = |by: &Worker, worker: &Worker, kind: &str| {
            let ends_at = world.now() + Duration::days(60);
            let body = json!({ "worker_id": worker.id, "kind": kind, "ends_at": ends_at, "reason": "For the plan." });
            let (by, path) = (by.clone(), path.clone());
            async move { by.post(&path, &body).await.is(201) }
        };
        let brought = involves(&social_worker, &sender, "allocated").await;
        assert_eq!(brought.body["referral_id"], json!(sent.id()));
        assert_eq!(involves(&sender, &social_worker, "allocated").await.body["referral_id"], json!(sent.id()));
        assert!(involves(&social_worker, &nurse, "team").await.body.get("referral_id").is_none());
        social_worker.concludes(&sent.id(), &accepted.etag()).await.is(200);
        for worker in [&social_worker, &sender] {
            worker.reads(&format!("/v1/children/{child}/chronology")).await.is(404);
        }
        nurse.reads(&format!("/v1/children/{child}/chronology")).await.is(200);
    }

    async fn the_outcome_is_recorded_by_the_worker_or_their_overseers(world: World) {
        let (officer, social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let (bystander, supervisor) = (world.practitioner(&world.social_care).await, world.worker(Role::Supervisor, &world.social_care).await);
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        for allocated_concludes in [true, false] {
            let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
            let accepted = social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
            world.behind().run("UPDATE front_door_duty SET ended_at = given_at WHERE ended_at IS NULL").expect("an end");
            bystander.concludes(&sent.id(), &accepted.etag()).await.is(403);
            officer.concludes(&sent.id(), &accepted.etag()).await.is(403);
            let by = if allocated_concludes { &social_worker } else { &supervisor };
            by.concludes(&sent.id(), &accepted.etag()).await.is(200);
            supervisor.post("/v1/front-door-duties", &duty(&social_worker, &world, 1)).await.is(201);
        }
    }

    async fn an_allocation_runs_out_after_the_days_of_the_setting_and_is_renewed_by_a_supervisor(world: World) {
        let (mut officer, mut social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let mut supervisor = world.worker(Role::Supervisor, &world.social_care).await;
        let mut elsewhere = world.worker(Role::Supervisor, &world.police).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        let made = allocation(&officer, &child, &social_worker).await;
        assert_eq!(made["ends_at"], json!(world.now() + Duration::days(70)));
        world.pass(Duration::days(60));
        for worker in [&mut officer, &mut social_worker, &mut supervisor, &mut elsewhere] {
            world.signs_in(worker).await;
        }
        let in_days = |days: i64| world.now() + Duration::days(days);
        for worker in [&social_worker, &officer, &elsewhere] {
            renews(worker, &made, in_days(70)).await.is(403);
        }
        assert_eq!(renews(&supervisor, &made, in_days(71)).await.is(422).pointers(), ["/ends_at"]);
        assert_eq!(renews(&supervisor, &made, in_days(9)).await.is(422).pointers(), ["/ends_at"]);
        let renewed = renews(&supervisor, &made, in_days(70)).await.is(200);
        assert_eq!(renewed.body["ends_at"], json!(in_days(70)));
        assert_eq!(renewed.body["reason"], made["reason"], "nothing is overwritten");
        assert_eq!(renewed.body["renewals"][0]["renewed_by"], json!(supervisor.id));
        assert_eq!(renewed.body["renewals"][0]["ended_at_before"], made["ends_at"]);
        renews(&supervisor, &made, in_days(70)).await.is(412);
        let listed = allocation(&social_worker, &child, &social_worker).await;
        assert_eq!(listed["renewals"][0]["reason"], "The paediatric report is awaited.");
        world.pass(Duration::days(70));
        for worker in [&mut social_worker, &mut supervisor] {
            world.signs_in(worker).await;
        }
        social_worker.reads(&format!("/v1/children/{child}")).await.is(404);
        renews(&supervisor, &listed, in_days(70)).await.is(404);
    }

    async fn an_allocation_that_ends_soon_is_notified_once_by_all_servers_and_again_after_a_renewal(world: World) {
        let (officer, mut social_worker) = (world.practitioner(&world.police).await, world.on_front_door(&world.social_care).await);
        let mut supervisor = world.worker(Role::Supervisor, &world.social_care).await;
        let mut lead = world.worker(Role::SafeguardingLead, &world.social_care).await;
        let elsewhere = world.worker(Role::Supervisor, &world.health).await;
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let sent = officer.refers(&child, &words::referral(&world.social_care, &[])).await.is(201);
        social_worker.accepts(&sent.id(), &sent.etag()).await.is(200);
        let made = allocation(&officer, &child, &social_worker).await;
        let told = "SELECT COUNT(*) AS n FROM notice WHERE kind = 'allocation_ending'";
        let first = world.store.clone();
        let world = world.beside_another();
        let keep_house = || async {
            let (one, other) = (first.notify_of_ending_allocations(), world.store.notify_of_ending_allocations());
            let (one, other) = tokio::join!(one, other);
            one.and(other).expect("housekeeping");
            world.behind().number(told)
        };
        assert_eq!(keep_house().await, 0);
        world.pass(Duration::days(57));
        // The worker, the supervisor who put them on duty, the other supervisor, the lead.
        assert_eq!(keep_house().await, 4);
        assert_eq!(keep_house().await, 4);
        for worker in [&mut social_worker, &mut supervisor, &mut lead] {
            world.signs_in(worker).await;
            let notice = &notices(worker, "allocation_ending").await[0];
            assert_eq!(notice["about_id"], made["id"], "{}", worker.name);
            assert_eq!(notice["child_id"], json!(child), "where its version is listed");
        }
        let to_elsewhere = format!("{told} AND worker_id = {}", crate::oracle::id_in_sql(&world, &elsewhere.id));
        assert_eq!(world.behind().number(&to_elsewhere), 0);
        renews(&supervisor, &made, world.now() + Duration::days(70)).await.is(200);
        assert_eq!(keep_house().await, 4);
        world.pass(Duration::days(60));
        assert_eq!(keep_house().await, 8);
    }
}
