//! Another person reviews every emergency access.

use alongside_domain::accounts::worker::Role;
use chrono::Duration;
use serde_json::json;

use crate::access::emergencies::{notices, review};
use crate::support::{Ask, World, words};

on_both! {
    async fn another_person_reviews_emergency_access_once(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let (lead, other_lead) = (
            world.worker(Role::SafeguardingLead, &world.police).await,
            world.worker(Role::SafeguardingLead, &world.health).await,
        );
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let own = lead.begins_emergency(&child).await.is(201).id();
        assert_eq!(review(&lead, &own).await, 403, "a lead cannot review their own access");
        assert_eq!(review(&social_worker, &own).await, 403);
        let waiting = other_lead.get("/v1/emergency-accesses").await.is(200);
        assert!(waiting.items()[0].get("outcome").is_none());
        assert!(!waiting.text.contains(&child));
        assert_eq!(review(&other_lead, &own).await, 204);
        assert_eq!(review(&other_lead, &own).await, 409);
        let reviewed = other_lead.get("/v1/emergency-accesses").await.is(200);
        assert_eq!(reviewed.items()[0]["outcome"], "justified");
        assert_eq!(reviewed.items()[0]["reviewed_by"], json!(other_lead.id));
        assert_eq!(notices(&lead, "emergency_reviewed").await.len(), 1);
    }

    async fn a_reviewer_reads_the_reason_and_what_was_viewed(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let (officer, nurse) = (world.practitioner(&world.police).await, world.practitioner(&world.health).await);
        let (lead, auditor) = (
            world.worker(Role::SafeguardingLead, &world.health).await,
            world.worker(Role::Auditor, &world.social_care).await,
        );
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let concern = social_worker.raises_concern(&child, &words::concern()).await.is(201).header("location");
        let begun = officer.begins_emergency(&child).await.is(201);
        let path = format!("/v1/emergency-accesses/{}", begun.id());
        officer.reads(&format!("/v1/children/{child}")).await.is(200);
        officer.reads(&concern).await.is(200);
        officer.reads(&format!("/v1/children/{child}/restriction")).await.is(403);
        officer.raises_concern(&child, &words::kept_in("police_restricted", words::concern())).await.is(201);
        social_worker.reads(&format!("/v1/children/{child}")).await.is(200);
        nurse.reads(&format!("/v1/children/{child}")).await.is(404);
        world.pass(Duration::minutes(1));
        officer.get(&format!("/v1/children/{child}/chronology")).await.is(400);
        for reader in [&lead, &auditor, &officer] {
            let read = reader.get(&path).await.is(200);
            for field in ["id", "worker_id", "reason", "explanation", "started_at", "ends_at", "review_due_at"] {
                assert_eq!(read.body[field], begun.body[field], "{field}");
            }
            let mut looks: Vec<_> = read.body["looks"].as_array().expect("looks").iter().map(|look| {
                ["action", "subject_kind", "outcome"].map(|field| look[field].as_str().expect("a code"))
            }).collect();
            assert_eq!(looks.remove(0), ["view_chronology", "child", "refused"], "newest first");
            looks.sort_unstable();
            assert_eq!(looks, [["view_child", "child", "permitted"], ["view_concern", "entry", "permitted"]]);
            assert!(read.body["next"].is_null() && read.body.get("outcome").is_none() && read.body.get("note").is_none());
            assert!(!read.text.contains(&child), "no child is named: {}", read.text);
        }
        review(&lead, &begun.id()).await;
        let read = officer.get(&path).await.is(200);
        assert_eq!((&read.body["outcome"], &read.body["reviewed_by"]), (&json!("justified"), &json!(lead.id)));
        assert_eq!(read.body["note"], "The log of that night shows the call.");
        let ask = Ask::get(&format!("/v1/children/{child}/access-history")).purpose("audit");
        let history = auditor.asks(ask).await.is(200);
        let looked = history.items().iter().filter(|event| event["action"] == "view_emergency_access").count();
        assert_eq!(looked, 4, "reading the review is listed too");
        assert!(notices(&social_worker, "record_read").await.len() == 1, "of the officer, and not of the reviewers");
    }

    async fn emergency_access_is_hidden_from_all_but_its_reviewers(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let administrator = world.worker(Role::Administrator, &world.police).await;
        let (manager, lead) = (
            world.worker(Role::SafeguardingLead, &world.police).await,
            world.worker(Role::SafeguardingLead, &world.social_care).await,
        );
        let account = json!({
            "agency_id": world.police.id, "display_name": "Worker", "job_title": "Officer", "roles": ["practitioner"],
            "supervisor_id": manager.id,
        });
        administrator.put(&format!("/v1/workers/{}", officer.id), "\"1\"", &account).await.is(200);
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/emergency-accesses/{}", officer.begins_emergency(&child).await.is(201).id());
        let unknown = lead.get("/v1/emergency-accesses/01900000-0000-7000-8000-000000000000").await.is(404);
        let others = [
            social_worker.clone(),
            manager,
            administrator,
            world.practitioner(&world.police).await,
            world.worker(Role::Supervisor, &world.social_care).await,
            world.worker(Role::BoardAnalyst, &world.social_care).await,
        ];
        for other in &others {
            assert_eq!(other.get(&path).await.is(404).text, unknown.text, "{}", other.name);
        }
        let leads = [lead, world.worker(Role::SafeguardingLead, &world.social_care).await];
        let restriction = words::restriction(&[&leads[0], &leads[1]]);
        leads[0].post(&format!("/v1/children/{child}/restriction"), &restriction).await.is(201);
        let health_lead = world.worker(Role::SafeguardingLead, &world.health).await;
        for reader in [&officer, &health_lead] {
            reader.get(&path).await.is(200);
        }
        world.pass(Duration::seconds(1));
        let named = world.worker(Role::SafeguardingLead, &world.social_care).await;
        world.seals(&child, &leads, &[&leads[0], &named]).await;
        leads[0].get(&path).await.is(200);
        for reader in [&officer, &health_lead, &leads[1]] {
            assert_eq!(reader.get(&path).await.is(404).text, unknown.text, "sealed since: {}", reader.name);
        }
    }

    async fn the_events_of_a_long_hour_come_in_pages(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let lead = world.worker(Role::SafeguardingLead, &world.health).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let path = format!("/v1/emergency-accesses/{}", officer.begins_emergency(&child).await.is(201).id());
        for _ in 0..5 {
            officer.reads(&format!("/v1/children/{child}")).await.is(200);
        }
        let (mut pages, mut seen) = (vec![format!("{path}?limit=2")], 0);
        while let Some(page) = pages.pop() {
            let read = lead.get(&page).await.is(200);
            seen += read.body["looks"].as_array().expect("looks").len();
            pages.extend(read.body["next"].as_str().map(|next| format!("{path}?limit=2&cursor={next}")));
        }
        assert_eq!(seen, 5);
        assert_eq!(lead.get(&format!("{path}?limit=201")).await.status, 400);
    }

    async fn no_one_in_the_line_of_management_reviews_emergency_access(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let social_worker = world.practitioner(&world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let sergeant = world.worker(Role::Supervisor, &world.police).await;
        let manager = world.worker(Role::SafeguardingLead, &world.police).await;
        for (staff, role, above) in [(&officer, "practitioner", &sergeant), (&sergeant, "supervisor", &manager)] {
            let account = json!({
                "agency_id": world.police.id, "display_name": "Worker", "job_title": "Officer", "roles": [role],
                "supervisor_id": above.id,
            });
            administrator.put(&format!("/v1/workers/{}", staff.id), "\"1\"", &account).await.is(200);
        }
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        let emergency = officer.begins_emergency(&child).await.is(201).id();
        assert_eq!(review(&manager, &emergency).await, 404);
        let elsewhere = world.worker(Role::SafeguardingLead, &world.social_care).await;
        assert_eq!(review(&elsewhere, &emergency).await, 204);
    }

    async fn a_worker_in_conflict_is_neither_notified_nor_shown_emergency_access(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let (lead, close) = (
            world.worker(Role::SafeguardingLead, &world.police).await,
            world.worker(Role::SafeguardingLead, &world.police).await,
        );
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        close.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&close)).await.is(204);
        let hidden = officer.begins_emergency(&child).await.is(201).id();
        assert_eq!((notices(&lead, "emergency_access").await.len(), notices(&close, "emergency_access").await.len()), (1, 0));
        world.pass(Duration::minutes(1));
        let other = social_worker.creates_child(&words::child(1)).await.is(201).id();
        let shown = officer.begins_emergency(&other).await.is(201).id();
        for (reader, expected) in [(&lead, vec![&shown, &hidden]), (&close, vec![&shown])] {
            let listed = reader.get("/v1/emergency-accesses?limit=1").await.is(200);
            assert_eq!(listed.items()[0]["id"], json!(shown));
            assert_eq!(listed.body["next"].is_null(), expected.len() == 1, "{}", reader.name);
            let listed = reader.get("/v1/emergency-accesses").await.is(200);
            let ids: Vec<_> = listed.items().iter().map(|row| row["id"].clone()).collect();
            assert_eq!(json!(ids), json!(expected), "{}", reader.name);
            for emergency in [&shown, &hidden] {
                let status = if expected.contains(&emergency) { 200 } else { 404 };
                reader.get(&format!("/v1/emergency-accesses/{emergency}")).await.is(status);
            }
        }
    }

    async fn another_lead_is_notified_where_the_only_lead_has_a_conflict(world: World) {
        let social_worker = world.practitioner(&world.social_care).await;
        let officer = world.practitioner(&world.police).await;
        let close = world.worker(Role::SafeguardingLead, &world.police).await;
        let auditor = world.worker(Role::Auditor, &world.health).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        close.post(&format!("/v1/children/{child}/conflicts"), &words::conflict(&close)).await.is(204);
        let begun = officer.begins_emergency(&child).await.is(201).id();
        assert!(notices(&close, "emergency_access").await.is_empty());
        assert_eq!(notices(&auditor, "emergency_access").await.len(), 1, "an allocated worker may not review it");
        assert_eq!(review(&auditor, &begun).await, 204);
    }

    async fn a_refused_recording_is_shown_only_to_reviewers_who_may_know_of_it(world: World) {
        let (social_worker, officer) = (world.practitioner(&world.social_care).await, world.practitioner(&world.police).await);
        let (lead, auditor) = (
            world.worker(Role::SafeguardingLead, &world.social_care).await,
            world.worker(Role::Auditor, &world.social_care).await,
        );
        let child = officer.creates_child(&words::child(0)).await.is(201).id();
        let kept = officer.raises_concern(&child, &words::kept_in("police_restricted", words::concern())).await.is(201);
        let begun = social_worker.begins_emergency(&child).await.is(201).id();
        social_worker.reads(&format!("/v1/children/{child}")).await.is(200);
        social_worker.reads(&kept.header("location")).await.is(404);
        for (reader, expected) in [(&lead, 1), (&social_worker, 1), (&auditor, 2)] {
            let read = reader.get(&format!("/v1/emergency-accesses/{begun}?limit=1")).await.is(200);
            assert_eq!(read.body["next"].is_null(), expected == 1, "{}", reader.name);
            let read = reader.get(&format!("/v1/emergency-accesses/{begun}")).await.is(200);
            assert_eq!(read.body["looks"].as_array().expect("looks").len(), expected, "{}", reader.name);
        }
    }
}
