//! Listeners receive notices at once, and workers who may no longer listen receive none.

use std::time::Duration;

use alongside_domain::accounts::session::ACCESS_TOKEN_SECONDS;
use alongside_domain::accounts::worker::Role;
use alongside_http::Limits;
use serde_json::json;

use crate::oracle::id_in_sql;
use crate::support::stream::{Event, Served, Stream};
use crate::support::world::PLENTY;
use crate::support::{Ask, Backend, Worker, World, words};

/// What must happen within a second, with time to spare for a busy machine.
const SOON: Duration = Duration::from_secs(3);
/// Longer than a poll takes.
const A_WHILE: Duration = Duration::from_millis(1_800);

/// Waits on another thread, because this one runs the service.
async fn waits<T: Send + 'static>(stream: Stream, wait: impl FnOnce(&Stream) -> T + Send + 'static) -> (Stream, T) {
    let waited = move || {
        let found = wait(&stream);
        (stream, found)
    };
    actix_web::rt::task::spawn_blocking(waited).await.expect("an end")
}

/// Every event until none arrives for a while.
fn all(stream: &Stream) -> Vec<Event> {
    std::iter::from_fn(|| stream.event_within(A_WHILE)).collect()
}

async fn listens(served: &Served, worker: &Worker, after: Option<&str>) -> Stream {
    let (address, token, after) = (served.address(), worker.token.clone(), after.map(str::to_owned));
    let opened = actix_web::rt::task::spawn_blocking(move || Stream::new(address, &token, after.as_deref())).await;
    opened.expect("a stream")
}

/// A social worker in charge of a child with whom a nurse works. They are notified when the nurse takes duty.
struct Ward {
    social_worker: Worker,
    child: String,
}

impl Ward {
    async fn new(world: &World) -> Self {
        let social_worker = world.practitioner(&world.social_care).await;
        let child = social_worker.creates_child(&words::child(0)).await.is(201).id();
        Self { social_worker, child }
    }

    /// The nurse claims duty, and the social worker is notified. Returns the involvement's id.
    async fn duty(&self, world: &World) -> String {
        let colleague = world.practitioner(&world.social_care).await;
        let reason = json!({ "reason": "Covering for a colleague who is ill." });
        colleague.post(&format!("/v1/children/{}/duty", self.child), &reason).await.is(201).id()
    }
}

fn earlier_id(number: u32) -> String {
    format!("01900000-0000-7000-8000-{number:012}")
}

/// A notice like the first one, with an earlier id and time than all others, as from a slow server.
fn earlier_notice(world: &World, number: u32) -> String {
    notice_about(world, number, "about_kind")
}

fn notice_about(world: &World, number: u32, kind: &str) -> String {
    let minutes = match world.fresh.backend() {
        Backend::Sqlite => "600000000",
        Backend::Postgresql => "INTERVAL '10 minutes'",
    };
    format!(
        "INSERT INTO notice (id, worker_id, kind, about_kind, about_id, recorded_at) \
         SELECT {}, worker_id, kind, {kind}, about_id, recorded_at - {minutes} FROM notice WHERE number = 1",
        id_in_sql(world, &earlier_id(number))
    )
}

on_both! {
    async fn a_notice_arrives_as_the_list_shows_it(world: World) {
        let (served, ward) = (Served::new(&world, &PLENTY), Ward::new(&world).await);
        ward.duty(&world).await;
        let stream = listens(&served, &ward.social_worker, None).await;
        assert_eq!(stream.status, 200);
        let involvement = ward.duty(&world).await;
        let (stream, event) = waits(stream, Stream::event).await;
        assert_eq!(event.kind, "duty_claimed");
        assert_eq!(event.data["about_id"], json!(involvement), "an earlier notice is not sent again");
        assert_eq!(event.data["id"], json!(event.id));
        let listed = ward.social_worker.get("/v1/notices").await.is(200);
        assert!(listed.items().contains(&event.data));
        let (_, another) = waits(stream, |stream| stream.event_within(A_WHILE)).await;
        assert!(another.is_none(), "{another:?}");
    }

    async fn a_reader_who_returns_receives_the_notices_they_missed(world: World) {
        let (served, ward) = (Served::new(&world, &PLENTY), Ward::new(&world).await);
        let stream = listens(&served, &ward.social_worker, None).await;
        ward.duty(&world).await;
        let (stream, first) = waits(stream, Stream::event).await;
        stream.leaves();
        world.pass(chrono::Duration::seconds(1));
        let second = ward.duty(&world).await;
        world.pass(chrono::Duration::seconds(1));
        let third = ward.duty(&world).await;
        let mut stream = listens(&served, &ward.social_worker, Some(&first.id)).await;
        for missed in [second, third] {
            let event;
            (stream, event) = waits(stream, Stream::event).await;
            assert_eq!(event.data["about_id"], json!(missed));
        }
        let fourth = ward.duty(&world).await;
        let (stream, event) = waits(stream, Stream::event).await;
        assert_eq!(event.data["about_id"], json!(fourth));
        let (_, another) = waits(stream, |stream| stream.event_within(A_WHILE)).await;
        assert!(another.is_none(), "{another:?}");
    }

    async fn a_late_commit_is_sent_although_its_id_and_time_are_earlier(world: World) {
        let (served, ward) = (Served::new(&world, &PLENTY), Ward::new(&world).await);
        let stream = listens(&served, &ward.social_worker, None).await;
        ward.duty(&world).await;
        let (stream, first) = waits(stream, Stream::event).await;
        world.behind().run(&earlier_notice(&world, 1)).expect("a notice");
        let (stream, event) = waits(stream, Stream::event).await;
        assert!(event.id < first.id && event.data["at"].as_str() < first.data["at"].as_str(), "{event:?}");
        stream.leaves();
        world.behind().run(&earlier_notice(&world, 2)).expect("a notice");
        for (after, missed) in [(&event.id, vec![2]), (&first.id, vec![1, 2])] {
            let stream = listens(&served, &ward.social_worker, Some(after)).await;
            let (_, told) = waits(stream, all).await;
            assert_eq!(told.into_iter().map(|event| event.id).collect::<Vec<_>>(), missed.into_iter().map(earlier_id).collect::<Vec<_>>());
        }
    }

    async fn a_reader_who_missed_many_notices_receives_them_in_parts(world: World) {
        let (served, ward) = (Served::new(&world, &PLENTY), Ward::new(&world).await);
        ward.duty(&world).await;
        let first = ward.social_worker.get("/v1/notices").await.is(200).items()[0]["id"].as_str().expect("an id").to_owned();
        let columns = "worker_id, kind, about_kind, about_id";
        world.behind().run(&match world.fresh.backend() {
            Backend::Sqlite => format!(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) \
                 INSERT INTO notice (id, {columns}, recorded_at) SELECT randomblob(16), {columns}, recorded_at + i FROM notice, n"
            ),
            Backend::Postgresql => format!(
                "INSERT INTO notice (id, {columns}, recorded_at) SELECT gen_random_uuid(), {columns}, \
                 recorded_at + i * INTERVAL '1 microsecond' FROM notice, generate_series(1, 250) AS n (i)"
            ),
        }).expect("notices");
        let stream = listens(&served, &ward.social_worker, Some(&first)).await;
        let (stream, part) = waits(stream, all).await;
        assert_eq!(part.len(), 200);
        waits(stream, Stream::ends_after).await;
        let stream = listens(&served, &ward.social_worker, Some(&part[199].id)).await;
        let (_, rest) = waits(stream, all).await;
        assert_eq!(rest.len(), 50);
        assert!(rest.iter().all(|event| part.iter().all(|told| told.id != event.id)));
    }

    async fn a_reader_resumes_only_after_one_of_their_own_notices(world: World) {
        let ward = Ward::new(&world).await;
        ward.duty(&world).await;
        let notice = ward.social_worker.get("/v1/notices").await.is(200).items()[0]["id"].as_str().expect("an id").to_owned();
        let nurse = world.practitioner(&world.health).await;
        for id in [notice.as_str(), "01900000-0000-7000-8000-000000000000", "the last one"] {
            let ask = Ask::get("/v1/notices/stream").with("Last-Event-ID", id);
            let refused = nurse.asks(ask).await.is(400);
            assert!(refused.string("detail").contains("leave it out"), "{}", refused.text);
        }
        ward.social_worker.asks(Ask::get("/v1/notices/stream").with("Last-Event-ID", &notice)).await.is(200);
    }

    async fn the_stream_of_a_suspended_worker_ends_and_the_end_is_audited(world: World) {
        let (served, ward) = (Served::new(&world, &PLENTY), Ward::new(&world).await);
        let administrator = world.worker(Role::Administrator, &world.social_care).await;
        let stream = listens(&served, &ward.social_worker, None).await;
        let account = json!({
            "agency_id": world.social_care.id, "display_name": "Worker", "job_title": "Social worker",
            "roles": ["practitioner"], "state": "suspended",
        });
        administrator.put(&format!("/v1/workers/{}", ward.social_worker.id), "\"1\"", &account).await.is(200);
        let (_, after) = waits(stream, Stream::ends_after).await;
        assert!(after < SOON, "{after:?}");
        let refused = "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'stream_notices' AND outcome = 'refused'";
        for _ in 0..50 {
            if world.behind().number(refused) == 1 {
                return;
            }
            actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the end wrote no event");
    }

    async fn a_stream_ends_with_the_session_and_with_the_token(world: World) {
        let (served, ward) = (Served::new(&world, &PLENTY), Ward::new(&world).await);
        let stream = listens(&served, &ward.social_worker, None).await;
        ward.social_worker.asks(Ask::delete("/v1/sessions/current")).await.is(204);
        let (_, after) = waits(stream, Stream::ends_after).await;
        assert!(after < SOON, "{after:?}");
        assert_eq!(listens(&served, &ward.social_worker, None).await.status, 401);
        let nurse = world.practitioner(&world.health).await;
        let stream = listens(&served, &nurse, None).await;
        world.pass(chrono::Duration::seconds(ACCESS_TOKEN_SECONDS));
        let (_, after) = waits(stream, Stream::ends_after).await;
        assert!(after < SOON, "{after:?}");
    }

    async fn the_number_of_streams_is_bounded_for_each_worker_and_in_all(world: World) {
        let served = Served::new(&world, &Limits { streams: 2, streams_in_all: 3, ..PLENTY });
        let (nurse, officer) = (world.practitioner(&world.health).await, world.practitioner(&world.police).await);
        let first = listens(&served, &nurse, None).await;
        let second = listens(&served, &nurse, None).await;
        assert_eq!((first.status, second.status), (200, 200));
        assert_eq!(listens(&served, &nurse, None).await.status, 429);
        let third = listens(&served, &officer, None).await;
        assert_eq!(third.status, 200);
        assert_eq!(listens(&served, &officer, None).await.status, 429, "all streams are in use");
        nurse.asks(Ask::delete("/v1/sessions/current")).await.is(204);
        for stream in [first, second] {
            waits(stream, Stream::ends_after).await;
        }
        let fourth = listens(&served, &officer, None).await;
        assert_eq!(fourth.status, 200, "an ended stream makes room for another");
    }

    async fn a_slow_reader_is_disconnected_and_misses_nothing_on_return(world: World) {
        let (served, ward) = (Served::new(&world, &Limits { unread: 2, ..PLENTY }), Ward::new(&world).await);
        ward.duty(&world).await;
        let mut steady = listens(&served, &ward.social_worker, None).await;
        let (address, token) = (served.address(), ward.social_worker.token.clone());
        let slow = actix_web::rt::task::spawn_blocking(move || Stream::asked(address, &token, None)).await.expect("a stream");
        let begun = "SELECT COUNT(*) AS n FROM audit_event WHERE action = 'stream_notices'";
        while world.behind().number(begun) < 2 {
            actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        }
        // More than the connection can buffer.
        let much = match world.fresh.backend() {
            Backend::Sqlite => "hex(zeroblob(16000000))",
            Backend::Postgresql => "repeat('0', 32000000)",
        };
        let mut sent = Vec::new();
        for number in 1..=6 {
            let kind = if number == 1 { much } else { "about_kind" };
            world.behind().run(&notice_about(&world, number, kind)).expect("a notice");
            let event;
            (steady, event) = waits(steady, Stream::event).await;
            assert_eq!(event.id, earlier_id(number));
            sent.push(event.id);
        }
        let slow = actix_web::rt::task::spawn_blocking(move || Stream::read(slow)).await.expect("a stream");
        let (slow, mut told) = waits(slow, all).await;
        assert!(!told.is_empty() && told.len() < sent.len(), "{} were sent and {} received", sent.len(), told.len());
        waits(slow, Stream::ends_after).await;
        let back = listens(&served, &ward.social_worker, told.last().map(|event| event.id.as_str())).await;
        let (_, rest) = waits(back, all).await;
        told.extend(rest);
        assert_eq!(told.into_iter().map(|event| event.id).collect::<Vec<_>>(), sent);
    }

    async fn no_stream_keeps_the_service_from_stopping(world: World) {
        let (served, ward) = (Served::new(&world, &PLENTY), Ward::new(&world).await);
        let stream = listens(&served, &ward.social_worker, None).await;
        served.api().end_streams();
        let (_, after) = waits(stream, Stream::ends_after).await;
        assert!(after < SOON, "{after:?}");
        assert_eq!(listens(&served, &ward.social_worker, None).await.status, 503);
    }
}

#[actix_web::test]
async fn a_notice_that_a_slow_server_commits_late_is_sent_too() {
    let world = World::new(Backend::Postgresql).await;
    let (served, ward) = (Served::new(&world, &PLENTY), Ward::new(&world).await);
    ward.duty(&world).await;
    let mut slow = world.behind();
    slow.run(&format!("BEGIN; {}", earlier_notice(&world, 1))).expect("a notice that is not yet committed");
    let stream = listens(&served, &ward.social_worker, None).await;
    ward.duty(&world).await;
    let (stream, faster) = waits(stream, Stream::event).await;
    slow.run("COMMIT").expect("kept");
    let (stream, event) = waits(stream, Stream::event).await;
    assert_eq!(event.id, earlier_id(1));
    stream.leaves();
    let stream = listens(&served, &ward.social_worker, Some(&faster.id)).await;
    let (_, told) = waits(stream, all).await;
    assert_eq!(told.into_iter().map(|event| event.id).collect::<Vec<_>>(), [earlier_id(1)]);
}

#[actix_web::test]
async fn what_another_server_wrote_arrives_too() {
    let world = World::new(Backend::Postgresql).await;
    let ward = Ward::new(&world).await;
    let world = world.beside_another();
    let served = Served::new(&world, &PLENTY);
    let stream = listens(&served, &ward.social_worker, None).await;
    let involvement = ward.duty(&world).await;
    let (_, event) = waits(stream, Stream::event).await;
    assert_eq!(event.data["about_id"], json!(involvement));
}
