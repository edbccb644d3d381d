//! Callers who send too many requests wait, and no caller can lock another out.

use std::net::IpAddr;

use alongside_http::Limits;
use chrono::Duration;
use serde_json::json;

use crate::support::world::{PASSWORD, PLENTY};
use crate::support::{Answer, Ask, Worker, World};

async fn signs_in(world: &World, address: IpAddr, worker: &Worker, password: &str) -> Answer {
    let body = json!({ "sign_in_name": worker.name, "password": password });
    world.asks(Ask::post("/v1/sessions", &body).from(address)).await
}

on_both! {
    async fn guessing_one_name_is_slowed_and_other_names_are_not(world: World) {
        let (nurse, officer) = (world.practitioner(&world.health).await, world.practitioner(&world.police).await);
        let world = world.limited_to(Limits { sign_ins: 3, ..PLENTY }).await;
        for _ in 0..3 {
            world.sign_in(&nurse.name, "not the password at all").await.is(401);
        }
        let refused = world.sign_in(&nurse.name, PASSWORD).await.is(429);
        let wait: u64 = refused.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&wait), "{wait}");
        world.sign_in(&officer.name, PASSWORD).await.is(201);
    }

    async fn ten_thousand_guesses_from_a_thousand_addresses_lock_no_owner_out(world: World) {
        let (nurse, officer) = (world.practitioner(&world.health).await, world.practitioner(&world.police).await);
        let world = world.limited_to(Limits { sign_ins: 5, sign_ins_by_address: 60, ..PLENTY }).await;
        let (home, station) = (IpAddr::from([192, 0, 2, 7]), IpAddr::from([192, 0, 2, 8]));
        signs_in(&world, home, &nurse, PASSWORD).await.is(201);
        let compared = || world.behind().number(
            "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'sign_in' AND outcome = 'refused'",
        );
        let before = compared();
        for guess in 0..10_000_u32 {
            let (third, fourth) = (guess % 1_000 / 250, guess % 250);
            let address = [198, 51, u8::try_from(third).expect("a byte"), u8::try_from(fourth).expect("a byte")];
            let answer = signs_in(&world, address.into(), &nurse, &format!("guess number {guess:06}")).await;
            assert!([401, 429].contains(&answer.status), "{}", answer.text);
            if guess % 10 == 0 {
                world.pass(Duration::seconds(1));
            }
            if guess % 1_000 == 500 {
                signs_in(&world, home, &nurse, PASSWORD).await.is(201);
                signs_in(&world, station, &officer, PASSWORD).await.is(201);
            }
        }
        let compared = compared() - before;
        assert!((5..=12).contains(&compared), "{compared} guesses were compared in 17 minutes");
        signs_in(&world, station, &nurse, PASSWORD).await.is(429);
        world.pass(Duration::minutes(15));
        signs_in(&world, station, &nurse, PASSWORD).await.is(201);
    }

    async fn guesses_after_a_restart_lock_no_owner_out_of_a_known_network(world: World) {
        let limits = Limits { sign_ins: 5, sign_ins_by_address: 60, ..PLENTY };
        let world = world.limited_to(limits).await;
        let mut owners = Vec::new();
        for number in 0..14 {
            let (owner, home) = (world.practitioner(&world.health).await, IpAddr::from([192, 0, 2, number]));
            signs_in(&world, home, &owner, PASSWORD).await.is(201);
            owners.push((owner, home));
        }
        // Another process: the same records, and nothing in memory.
        let world = world.limited_to(limits).await;
        for guess in 0..5 {
            for (owner, _) in &owners {
                let address = IpAddr::from([198, 51, 100, guess]);
                signs_in(&world, address, owner, "not the password at all").await.is(401);
            }
        }
        for (owner, home) in &owners {
            signs_in(&world, IpAddr::from([198, 51, 100, 200]), owner, PASSWORD).await.is(429);
            signs_in(&world, *home, owner, PASSWORD).await.is(201);
        }
    }

    async fn guesses_at_other_names_from_an_office_lock_no_colleague_out(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let limits = Limits { sign_ins_by_address: 4, ..PLENTY };
        let (world, office) = (world.limited_to(limits).await, IpAddr::from([192, 0, 2, 7]));
        signs_in(&world, office, &nurse, PASSWORD).await.is(201);
        let guess = |n: usize| json!({ "sign_in_name": format!("nobody.{n}"), "password": "not the password at all" });
        for n in 0..3 {
            world.asks(Ask::post("/v1/sessions", &guess(n)).from(office)).await.is(401);
        }
        world.asks(Ask::post("/v1/sessions", &guess(3)).from(office)).await.is(429);
        signs_in(&world, office, &nurse, PASSWORD).await.is(201);
    }

    async fn twenty_networks_of_a_worker_are_known_and_the_one_longest_unused_is_forgotten_first(world: World) {
        let nurse = world.practitioner(&world.health).await;
        for number in 0..30 {
            world.pass(Duration::seconds(1));
            signs_in(&world, IpAddr::from([192, 0, 2, number]), &nurse, PASSWORD).await.is(201);
        }
        assert_eq!(world.rows("known_address"), 20);
        let known = async |number: u8| {
            world.store.is_known_address(nurse.name.clone(), format!("192.0.2.{number}")).await.expect("an answer")
        };
        assert!(!known(9).await && known(10).await && known(29).await);
        assert!(!world.store.is_known_address("nobody".to_owned(), "192.0.2.29".to_owned()).await.expect("an answer"));
        world.pass(Duration::days(181));
        assert!(!known(29).await, "half a year without a sign-in");
        world.store.forget_old_addresses().await.expect("forgotten");
        assert_eq!(world.rows("known_address"), 0);
    }

    async fn an_ipv6_network_counts_as_one_address(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let world = world.limited_to(Limits { sign_ins_by_address: 4, ..PLENTY }).await;
        let guesses = |host: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, host]);
        for host in 0..4 {
            signs_in(&world, guesses(host), &nurse, "not the password at all").await.is(401);
        }
        signs_in(&world, guesses(4), &nurse, "not the password at all").await.is(429);
        signs_in(&world, IpAddr::from([0x2001, 0xdb8, 0, 2, 0, 0, 0, 4]), &nurse, PASSWORD).await.is(201);
    }

    async fn guessing_from_one_address_is_slowed_whatever_the_name(world: World) {
        let world = world.limited_to(Limits { sign_ins_by_address: 4, ..PLENTY }).await;
        for n in 0..4 {
            world.sign_in(&format!("nobody.{n}"), "not the password at all").await.is(401);
        }
        world.sign_in("nobody.4", "not the password at all").await.is(429);
    }

    async fn searching_has_a_separate_limit(world: World) {
        let world = world.limited_to(Limits { searches: 2, ..PLENTY }).await;
        let nurse = world.practitioner(&world.health).await;
        let search = json!({ "name": { "family_name": "Aldercott", "born_on": "2011-04-09" } });
        nurse.searches(&search).await.is(200);
        nurse.searches(&search).await.is(200);
        let before = world.rows("audit_event");
        nurse.searches(&search).await.is(429);
        assert_eq!(world.rows("audit_event"), before, "no decision was made");
        nurse.get("/v1/me").await.is(200);
    }

    async fn a_worker_sees_what_is_left_of_their_allowance_and_others_keep_theirs(world: World) {
        let world = world.limited_to(Limits { requests: 2, ..PLENTY }).await;
        let (nurse, officer) = (world.practitioner(&world.health).await, world.practitioner(&world.police).await);
        let first = nurse.get("/v1/me").await.is(200);
        assert_eq!(first.header("ratelimit-policy"), "\"worker\";q=2;w=60");
        assert_eq!(first.header("ratelimit"), "\"worker\";r=1");
        nurse.get("/v1/me").await.is(200);
        nurse.asks(Ask::get("/v1/me")).await.is(429);
        officer.get("/v1/me").await.is(200);
    }

    async fn an_allowance_refills_evenly_and_not_as_one_burst_a_minute(world: World) {
        let world = world.limited_to(Limits { requests: 60, burst: 3, ..PLENTY }).await;
        let nurse = world.practitioner(&world.health).await;
        let mut passed = 0;
        while nurse.asks(Ask::get("/v1/me")).await.status == 200 {
            passed += 1;
            assert!(passed <= 10, "60 at once");
        }
        assert!(passed >= 2, "{passed}");
        let refused = nurse.asks(Ask::get("/v1/me")).await.is(429);
        assert_eq!(refused.header("retry-after"), "1");
        std::thread::sleep(std::time::Duration::from_millis(1_100));
        let answer = nurse.get("/v1/me").await.is(200);
        assert_eq!(answer.header("ratelimit-policy"), "\"worker\";q=3;w=3");
    }

    async fn a_page_that_asks_for_thirty_things_at_once_gets_them(world: World) {
        let world = world.limited_to(Limits { searches: 1_000, sign_ins_by_address: 1_000, ..Limits::default() }).await;
        let nurse = world.practitioner(&world.health).await;
        for _ in 0..30 {
            nurse.get("/v1/me").await.is(200);
        }
    }

    async fn only_a_signed_in_worker_waits_for_a_not_found(world: World) {
        let nurse = world.practitioner(&world.health).await;
        let (mut missing, mut nowhere) = (Vec::new(), Vec::new());
        for _ in 0..50 {
            let begun = std::time::Instant::now();
            nurse.asks(Ask::get(&format!("/v1/children/{}", world.store.new_id()))).await.is(404);
            missing.push(begun.elapsed());
            let begun = std::time::Instant::now();
            world.asks(Ask::get("/v1/there-is-no-such-address")).await.is(404);
            nowhere.push(begun.elapsed());
        }
        let beat = std::time::Duration::from_millis(2);
        assert!(missing.iter().all(|took| *took >= beat), "{missing:?}");
        assert!(nowhere.iter().any(|took| *took < beat), "{nowhere:?}");
    }
}
