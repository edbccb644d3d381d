//! An account that is linked with an issuer: a person who chose or knows its password cannot sign in with it.

use actix_web::rt;
use alongside_domain::accounts::worker::Role;
use serde_json::{Value, json};

use crate::support::issuer::{Key, KeyServer, claims};
use crate::support::world::PASSWORD;
use crate::support::{Answer, Ask, Worker, World};

const SUBJECT: &str = "nurse-7";
const ANOTHER: &str = "another few words nobody knows";
const OWN: &str = "what only she herself could say";

async fn changes(worker: &Worker, present: &str, new: &str) -> Answer {
    worker.post("/v1/me/password", &json!({ "present_password": present, "new_password": new })).await
}

fn link_of(worker: &Worker) -> String {
    format!("/v1/workers/{}/external-identities/larkmoor", worker.id)
}

fn account(world: &World) -> Value {
    json!({ "agency_id": world.health.id, "display_name": "Noor Hale", "job_title": "Nurse", "roles": ["practitioner"] })
}

/// An account that an administrator adds, and whose owner replaces the first password.
async fn taken_over(world: &World, administrator: &Worker) -> Worker {
    let new = json!({ "sign_in_name": "noor.hale", "password": PASSWORD, "details": account(world) });
    let id = administrator.post("/v1/workers", &new).await.is(201).id();
    let token = world.sign_in("noor.hale", PASSWORD).await.is(201).string("access_token");
    let nurse = Worker { id, name: "noor.hale".to_owned(), token, ..administrator.clone() };
    changes(&nurse, PASSWORD, ANOTHER).await.is(204);
    nurse.get("/v1/agencies").await.is(200);
    nurse
}

async fn links(administrator: &Worker, nurse: &Worker) -> Answer {
    administrator.asks(Ask::put(&link_of(nurse), &json!({ "subject": SUBJECT }))).await
}

/// Such an account, linked afterwards.
async fn linked(world: &World, administrator: &Worker) -> Worker {
    let nurse = taken_over(world, administrator).await;
    links(administrator, &nurse).await.is(204);
    nurse
}

/// Another administrator confirms her role, and she takes it up in this session.
async fn takes_the_role_up(world: &World, nurse: &Worker) {
    let second = world.worker(Role::Administrator, &world.police).await;
    let code = second.confirms_all().await.remove(0);
    assert_eq!(nurse.takes_up(&code).await.is(200).body["details"]["roles"], json!(["practitioner"]));
}

on_both! {
    async fn the_password_of_a_linked_account_is_chosen_in_a_session_of_the_issuer(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let mut whoever_knows_it = linked(&world, &administrator).await;
        let shut = whoever_knows_it.get("/v1/agencies").await.is(403);
        assert_eq!(shut.problem(), "/problems/own-password-needed");
        whoever_knows_it.token = world.sign_in("noor.hale", ANOTHER).await.is(201).string("access_token");
        let refused = changes(&whoever_knows_it, ANOTHER, OWN).await.is(409);
        assert!(refused.text.contains("issuer"), "{}", refused.text);
        whoever_knows_it.get("/v1/agencies").await.is(403);

        let nurse = Worker { token: key.signs(&claims(&world, SUBJECT)), ..whoever_knows_it.clone() };
        nurse.get("/v1/agencies").await.is(200);
        changes(&nurse, ANOTHER, OWN).await.is(204);
        whoever_knows_it.get("/v1/me").await.is(401);
        whoever_knows_it.token = world.sign_in("noor.hale", OWN).await.is(201).string("access_token");
        whoever_knows_it.get("/v1/agencies").await.is(200);
    }

    async fn a_password_that_is_changed_while_its_account_is_linked_opens_nothing(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let account = taken_over(&world, &administrator).await;
        let world = world.beside_another();
        let mut whoever_knows_it = world.answers(&account).await;
        let mut held = world.holds_accounts();
        let (nurse, elsewhere) = (account.clone(), whoever_knows_it.clone());
        let link = rt::spawn(async move { links(&administrator, &nurse).await });
        held.are_waited_for_by(1).await;
        let change = rt::spawn(async move { changes(&elsewhere, ANOTHER, OWN).await });
        held.are_waited_for_by(2).await;
        held.end();
        link.await.expect("an answer").is(204);
        let changed = change.await.expect("an answer").status;
        assert!([204, 409].contains(&changed), "{changed}");
        let known = if changed == 204 { OWN } else { ANOTHER };
        whoever_knows_it.token = world.sign_in("noor.hale", known).await.is(201).string("access_token");
        assert_eq!(whoever_knows_it.get("/v1/agencies").await.is(403).problem(), "/problems/own-password-needed");
        let open = "SELECT COUNT(*) AS n FROM worker WHERE sign_in_name = 'noor.hale' AND own_password";
        assert_eq!(world.behind().number(open), 0);
    }

    async fn an_unlinked_worker_proves_their_second_factor_and_then_replaces_the_password(world: World) {
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let mut nurse = world.practitioner(&world.health).await;
        links(&administrator, &nurse).await.is(204);
        administrator.asks(Ask::delete(&link_of(&nurse))).await.is(204);
        nurse.token = world.sign_in(&nurse.name, PASSWORD).await.is(201).string("access_token");
        assert_eq!(nurse.get("/v1/agencies").await.is(403).problem(), "/problems/own-password-needed");
        let refused = changes(&nurse, PASSWORD, OWN).await.is(403);
        assert_eq!(refused.problem(), "/problems/second-factor-needed");
        let proof = "/v1/sessions/current/second-factor";
        assert!(refused.text.contains(proof), "{}", refused.text);
        nurse.post(proof, &json!({ "code": world.code(&nurse) })).await.is(204);
        assert_eq!(nurse.get("/v1/agencies").await.is(403).problem(), "/problems/own-password-needed");
        nurse.post("/v1/me/second-factor", &json!({})).await.is(403);
        changes(&nurse, PASSWORD, OWN).await.is(204);
        nurse.get("/v1/agencies").await.is(200);
    }

    async fn an_unlinked_worker_who_never_chose_a_password_is_confirmed_again(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let account = linked(&world, &administrator).await;
        let nurse = Worker { token: key.signs(&claims(&world, SUBJECT)), ..account.clone() };
        takes_the_role_up(&world, &nurse).await;
        administrator.asks(Ask::delete(&link_of(&nurse))).await.is(204);
        let workers = administrator.get("/v1/workers").await.is(200);
        let noor = workers.items().iter().find(|worker| worker["id"] == json!(account.id)).expect("her account");
        assert_eq!((&noor["details"]["roles"], &noor["proposed_roles"]), (&json!([]), &json!(["practitioner"])));
    }

    async fn a_role_of_a_linked_account_is_taken_up_in_a_session_of_the_issuer(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let nurse = world.practitioner(&world.health).await;
        links(&administrator, &nurse).await.is(204);
        let second = world.worker(Role::Administrator, &world.police).await;
        let code = second.confirms_all().await.remove(0);
        assert_eq!(nurse.takes_up(&code).await.is(403).problem(), "/problems/own-password-needed");
        world.behind().run("UPDATE worker SET own_password = true").expect("as if she had chosen it there");
        assert!(nurse.takes_up(&code).await.is(409).text.contains("issuer"));
        let elsewhere = nurse.clone();
        let nurse = Worker { token: key.signs(&claims(&world, SUBJECT)), ..nurse };
        nurse.takes_up(&code).await.is(200);
        elsewhere.get("/v1/me").await.is(401);
        let open = "SELECT COUNT(*) AS n FROM worker WHERE NOT own_password";
        assert_eq!(world.behind().number(open), 1, "a password that another person may have chosen stays disabled");
    }

    async fn one_administrator_can_unlink_an_account_whose_owner_chose_the_password(world: World) {
        let key = Key::new("a");
        let server = KeyServer::serving(&[&key]);
        let world = world.trusting(vec![server.issuer()]).await;
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let account = linked(&world, &administrator).await;
        let nurse = Worker { token: key.signs(&claims(&world, SUBJECT)), ..account };
        takes_the_role_up(&world, &nurse).await;
        changes(&nurse, ANOTHER, OWN).await.is(204);
        administrator.asks(Ask::delete(&link_of(&nurse))).await.is(204);
        nurse.get("/v1/me").await.is(401);
        let workers = administrator.get("/v1/workers").await.is(200);
        let noor = workers.items().iter().find(|worker| worker["id"] == json!(nurse.id)).expect("her account");
        assert_eq!(noor["details"]["roles"], json!(["practitioner"]), "only she knows the password");
    }
}
