//! Agencies and accounts: administrators keep them, and every earlier version remains.

use alongside_domain::accounts::worker::Role;
use serde_json::{Value, json};

use crate::support::{Worker, World};

fn account(world: &World, display_name: &str, roles: &[&str]) -> Value {
    json!({
        "agency_id": world.health.id, "display_name": display_name, "job_title": "School nurse", "roles": roles,
    })
}

async fn administrator(world: &World) -> Worker {
    world.worker(Role::Administrator, &world.social_care).await
}

on_both! {
    async fn earlier_versions_of_an_account_stay_readable(world: World) {
        let (administrator, nurse) = (administrator(&world).await, world.practitioner(&world.health).await);
        let auditor = world.worker(Role::Auditor, &world.social_care).await;
        let path = format!("/v1/workers/{}", nurse.id);
        administrator.put(&path, "\"1\"", &account(&world, "Amira Dunn", &["practitioner"])).await.is(200);
        administrator.put(&path, "\"2\"", &account(&world, "Amira Dunn", &["board_analyst"])).await.is(200);
        let versions = auditor.get(&format!("{path}/versions")).await.is(200);
        let versions = versions.items();
        assert_eq!(versions.len(), 3);
        assert!(versions[0].get("author_id").is_none(), "the operator added the account");
        assert_eq!(versions[1]["author_id"], json!(administrator.id));
        assert_eq!(versions[1]["details"]["roles"], json!(["practitioner"]));
        assert_eq!(versions[2]["details"]["roles"], json!(["board_analyst"]));
        nurse.get(&format!("{path}/versions")).await.is(404);
    }

    async fn earlier_versions_of_an_agency_stay_readable(world: World) {
        let administrator = administrator(&world).await;
        let added = administrator.post("/v1/agencies", &json!({ "name": "Larkmoor Academy", "sector": "education" })).await.is(201);
        let path = format!("/v1/agencies/{}", added.id());
        assert_eq!(added.header("location"), path);
        let left = json!({ "name": "Larkmoor Academy", "sector": "education", "in_sharing_agreement": false });
        administrator.put(&path, &added.etag(), &left).await.is(200);
        let versions = administrator.get(&format!("{path}/versions")).await.is(200);
        let in_agreement: Vec<_> = versions.items().iter().map(|version| &version["details"]["in_sharing_agreement"]).collect();
        assert_eq!(in_agreement, [&json!(true), &json!(false)]);
        administrator.get(&format!("/v1/agencies/{}/versions", administrator.id)).await.is(404);
    }

    async fn a_worker_views_any_agency_and_corrects_none(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let path = format!("/v1/agencies/{}", world.police.id);
        let seen = nurse.get(&path).await.is(200);
        assert_eq!(seen.body["details"]["name"], json!(world.police.details.name));
        assert_eq!(seen.etag(), "\"1\"");
        nurse.put(&path, &seen.etag(), &json!({ "name": "Another", "sector": "police" })).await.is(404);
        nurse.get(&format!("/v1/agencies/{}", nurse.id)).await.is(404);
        let administrator = administrator(&world).await;
        administrator.put(&path, &seen.etag(), &json!({ "name": "Larkmoor Constabulary", "sector": "police" })).await.is(200);
        assert_eq!(nurse.get(&path).await.is(200).body["details"]["name"], "Larkmoor Constabulary");
    }

    async fn colleagues_are_found_by_agency_and_part_of_a_name(world: World) {
        let (administrator, nurse) = (administrator(&world).await, world.practitioner(&world.health).await);
        let path = format!("/v1/workers/{}", nurse.id);
        administrator.put(&path, "\"1\"", &account(&world, "Łucja Dunn", &["practitioner"])).await.is(200);
        let seen = nurse.get(&path).await.is(200);
        assert_eq!(seen.body["details"]["display_name"], "Łucja Dunn");
        assert_eq!(nurse.get("/v1/me").await.is(200).etag(), seen.etag());
        let found = async |query: &str| -> Vec<String> {
            let list = nurse.get(&format!("/v1/workers?{query}")).await.is(200);
            list.items().iter().map(|worker| worker["id"].as_str().expect("an id").to_owned()).collect()
        };
        assert_eq!(found("name=%C5%82UCJA").await, [nurse.id.as_str()], "capitals do not matter");
        assert_eq!(found("name=dunn&limit=1").await, [nurse.id.as_str()], "a page is filled past others");
        assert!(found("name=nobody-is-called-this").await.is_empty());
        let health = found(&format!("agency={}", world.health.id)).await;
        assert!(health.contains(&nurse.id) && !health.contains(&administrator.id), "{health:?}");
        assert!(found(&format!("agency={}&name=dunn", world.police.id)).await.is_empty());
        for wrong in ["name=", "agency=health", "named=dunn"] {
            assert_eq!(nurse.get(&format!("/v1/workers?{wrong}")).await.is(400).problem(), "/problems/query", "{wrong}");
        }
    }

    async fn an_administrator_cannot_lock_themselves_out_or_give_themselves_a_role(world: World) {
        let administrator = administrator(&world).await;
        let path = format!("/v1/workers/{}", administrator.id);
        let account = |roles: &[&str], state: &str| json!({
            "agency_id": world.social_care.id, "display_name": "Noor Hale", "job_title": "Administrator",
            "roles": roles, "state": state,
        });
        for changed in [account(&["supervisor"], "active"), account(&["administrator"], "suspended")] {
            administrator.put(&path, "\"1\"", &changed).await.is(409);
        }
        administrator.put(&path, "\"1\"", &account(&["administrator"], "active")).await.is(200);
        let left = json!({ "name": "Larkmoor Children's Services", "sector": "social_care", "in_sharing_agreement": false });
        administrator.put(&format!("/v1/agencies/{}", world.social_care.id), "\"1\"", &left).await.is(409);
    }

    async fn a_stale_change_to_an_account_says_what_changed_and_who_changed_it(world: World) {
        let (first, second) = (administrator(&world).await, administrator(&world).await);
        let nurse = world.practitioner(&world.health).await;
        let path = format!("/v1/workers/{}", nurse.id);
        first.put(&path, "\"1\"", &account(&world, "Amira Dunn", &["practitioner"])).await.is(200);
        let stale = second.put(&path, "\"1\"", &account(&world, "A. Dunn", &["practitioner"])).await.is(412);
        assert_eq!(stale.body["changed_by"], json!(first.id));
        assert_eq!(stale.body["changed_fields"], json!(["display_name", "job_title"]));

        let path = format!("/v1/agencies/{}", world.health.id);
        let renamed = json!({ "name": "Larkmoor Health", "sector": "health" });
        first.put(&path, "\"1\"", &renamed).await.is(200);
        let stale = second.put(&path, "\"1\"", &renamed).await.is(412);
        assert_eq!(stale.body["changed_by"], json!(first.id));
        assert_eq!(stale.body["changed_fields"], json!(["name"]));
    }
}
