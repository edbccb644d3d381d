//! Every request is answered in time, whatever the database does.

use std::time::{Duration, Instant};

use actix_web::rt::time::sleep;
use alongside_http::Limits;

use crate::support::world::PLENTY;
use crate::support::{Ask, Backend, World, words};

/// How long the service has for an answer here.
const DEADLINE: Duration = Duration::from_millis(700);
const HURRIED: Limits = Limits { deadline: DEADLINE, ..PLENTY };
/// How much later the answer may arrive on a busy machine.
const LATE: Duration = Duration::from_millis(1_500);

fn concern_once(child: &str, key: &str) -> Ask {
    Ask::post(&format!("/v1/children/{child}/concerns"), &words::concern()).with("Idempotency-Key", key)
}

/// A change to the tables that makes storing a recording slow, and how to undo it.
fn slow(backend: Backend) -> [&'static str; 2] {
    match backend {
        Backend::Sqlite => [
            "CREATE TABLE many (n INTEGER); \
             INSERT INTO many WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 7000) SELECT x FROM c; \
             CREATE TRIGGER slow AFTER INSERT ON entry BEGIN \
             SELECT COUNT(*) FROM many a, many b WHERE a.n + b.n = -1; END",
            "DROP TRIGGER slow",
        ],
        Backend::Postgresql => [
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2); RETURN NEW; END $$; \
             CREATE TRIGGER slow BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION slow()",
            "DROP TRIGGER slow ON entry",
        ],
    }
}

/// Returns when there are this many recordings.
async fn are_stored(world: &World, many: i64) {
    for _ in 0..400 {
        if world.rows("entry") == many {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("the recordings are not stored");
}

on_both! {
    async fn a_change_that_had_not_begun_by_its_deadline_is_never_made(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let hurried = world.behind_limits(&officer, HURRIED).await;
        let held = world.holds_writing();
        // The writer is stuck with the first change.
        hurried.asks(concern_once(&id, "first")).await.is(503);
        let asked = Instant::now();
        let late = hurried.asks(concern_once(&id, "second")).await.is(503);
        assert!(asked.elapsed() < DEADLINE + LATE, "{:?}", asked.elapsed());
        assert_eq!(late.problem(), "/problems/too-late");
        assert!(late.text.contains("Idempotency-Key"), "{}", late.text);
        assert_eq!(late.header("retry-after"), "2");
        held.end();
        officer.raises_concern(&id, &words::concern()).await.is(201);
        let begun = i64::from(world.fresh.backend() == Backend::Postgresql);
        assert_eq!(world.rows("entry"), 1 + begun, "the first may have begun, the second had not");
        officer.asks(concern_once(&id, "first")).await.is(201);
        officer.asks(concern_once(&id, "second")).await.is(201);
        assert_eq!(world.rows("entry"), 3, "each was stored once");
    }

    async fn a_change_that_was_made_after_its_deadline_is_found_with_its_key(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let hurried = world.behind_limits(&officer, HURRIED).await;
        let [slow, quick] = slow(world.fresh.backend());
        world.behind().run(slow).expect("storing is made slow");
        assert_eq!(hurried.asks(concern_once(&id, "k")).await.is(503).problem(), "/problems/too-late");
        are_stored(&world, 1).await;
        world.behind().run(quick).expect("storing is made fast again");
        let found = hurried.asks(concern_once(&id, "k")).await.is(201);
        assert_eq!(world.rows("entry"), 1, "the change was made once");
        let path = format!("/v1/concerns/{}", found.id());
        officer.get(&path).await.is(200);
        assert_eq!(world.behind().number("SELECT COUNT(*) AS n FROM audit_event WHERE outcome = 'replayed'"), 1);
    }

    async fn a_read_whose_event_is_not_durable_in_time_discloses_nothing_and_leaves_its_event(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        let hurried = world.behind_limits(&officer, HURRIED).await;
        let before = world.rows("audit_event");
        let held = world.holds_writing();
        let asked = Instant::now();
        let late = hurried.get(&format!("/v1/children/{id}")).await.is(503);
        assert!(asked.elapsed() < DEADLINE + LATE, "{:?}", asked.elapsed());
        assert!(!late.text.contains("Robin"), "{}", late.text);
        held.end();
        officer.get("/v1/me").await.is(200);
        assert_eq!(world.rows("audit_event"), before + 2, "every decision writes its event");
    }

    async fn readiness_fails_within_two_seconds_while_nothing_can_be_written_and_then_recovers(world: World) {
        let officer = world.practitioner(&world.police).await;
        let id = officer.creates_child(&words::child(0)).await.is(201).id();
        world.asks(Ask::get("/health/ready")).await.is(204);
        let hurried = world.behind_limits(&officer, HURRIED).await;
        let held = world.holds_writing();
        hurried.raises_concern(&id, &words::concern()).await.is(503);
        let asked = Instant::now();
        world.asks(Ask::get("/health/ready")).await.is(503);
        assert!(asked.elapsed() < Duration::from_secs(2) + LATE, "{:?}", asked.elapsed());
        // More requests than may wait for the writer. Frequent checks must not take the place of other requests.
        for _ in 0..600 {
            world.asks(Ask::get("/health/ready")).await.is(503);
        }
        let concern = words::concern();
        let asking = officer.raises_concern(&id, &concern);
        let lets_go = async {
            sleep(Duration::from_millis(200)).await;
            held.end();
        };
        let (raised, ()) = tokio::join!(asking, lets_go);
        raised.is(201);
        let mut ready = world.asks(Ask::get("/health/ready")).await.status;
        for _ in 0..20 {
            if ready == 204 {
                break;
            }
            sleep(Duration::from_millis(100)).await;
            ready = world.asks(Ask::get("/health/ready")).await.status;
        }
        assert_eq!(ready, 204, "readiness recovers without help");
    }
}
