//! The server is killed under load, twenty times, on either database. Every change that it acknowledged must be stored
//! with its audit event, nothing may be half-written, and it must start again without help.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use crate::server::{Server, add_worker, alongside, child, concern};

const ROUNDS: u32 = 20;
const CLIENTS: usize = 8;
/// Raises concerns from many clients until the server is killed. Returns the acknowledged concerns.
fn load_until_killed(server: Server, token: &str, child: &str, after: Duration) -> Vec<String> {
    let (acknowledged, stop, number) = (Mutex::new(Vec::new()), AtomicBool::new(false), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let body = concern(number.fetch_add(1, Ordering::Relaxed));
                    match server.post(&format!("/v1/children/{child}/concerns"), token, &body) {
                        Some((201, answer)) => {
                            acknowledged.lock().unwrap().push(answer["id"].as_str().unwrap().to_owned())
                        }
                        Some((status, _)) => assert_eq!(status, 503, "only a dying server refuses"),
                        None => return,
                    }
                }
            });
        }
        std::thread::sleep(after);
        let killed = Command::new("sh").args(["-c", &format!("kill -9 {}", server.process.id())]).status().unwrap();
        assert!(killed.success());
        stop.store(true, Ordering::Relaxed);
    });
    server.kill();
    acknowledged.into_inner().unwrap()
}

fn survives(database: &str, folder: &Path) {
    add_worker(folder, database);
    let server = Server::start(folder, database);
    let token = server.sign_in();
    let (status, record) = server.post("/v1/children", &token, &child()).unwrap();
    assert_eq!(status, 201);
    let child = record["id"].as_str().unwrap().to_owned();
    server.kill();
    let mut acknowledged = Vec::new();
    for round in 0..ROUNDS {
        let server = Server::start(folder, database);
        let after = Duration::from_millis(100 + u64::from(round) * 17);
        acknowledged.extend(load_until_killed(server, &token, &child, after));
    }
    assert!(acknowledged.len() > 100, "the load was too small to prove anything: {}", acknowledged.len());

    let server = Server::start(folder, database);
    let token = server.sign_in();
    let concerns = server.all(&format!("/v1/children/{child}/concerns"), &token);
    let stored: std::collections::HashSet<_> = concerns.iter().map(|concern| concern["id"].as_str().unwrap()).collect();
    let lost: Vec<_> = acknowledged.iter().filter(|id| !stored.contains(id.as_str())).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged concerns are lost", lost.len(), acknowledged.len());
    let events = server.all(&format!("/v1/children/{child}/access-history"), &token);
    let raised = events.iter().filter(|event| event["action"] == "raise_concern" && event["outcome"] == "permitted");
    assert_eq!(raised.count(), stored.len(), "every stored concern has its event and no event is without its concern");
    let kept = format!("{ROUNDS} kills: {} acknowledged, {} stored, 0 lost", acknowledged.len(), stored.len());
    let _ = writeln!(std::io::stderr(), "{kept}");
    server.kill();
}

#[test]
fn sqlite_keeps_every_acknowledged_change_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("records.db").display());
    survives(&database, folder.path());
}

#[test]
fn postgresql_keeps_every_acknowledged_change_when_the_server_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "where the throwaway PostgreSQL is comes from scripts/test")]
    let server =
        std::env::var("ALONGSIDE_TEST_POSTGRES").expect("run scripts/test, or this under scripts/with-postgres");
    let folder = tempfile::tempdir().unwrap();
    let name = format!("killed_{}", std::process::id());
    let created = Command::new("psql").args([&server, "-qc", &format!("CREATE SCHEMA {name}")]).status().unwrap();
    assert!(created.success(), "no schema can be made");
    let database = format!("{server}?options=-csearch_path%3D{name}");
    assert!(alongside(folder.path(), &database, 1).arg("migrate").status().unwrap().success());
    survives(&database, folder.path());
    let dropped = Command::new("psql").args([&server, "-qc", &format!("DROP SCHEMA {name} CASCADE")]).status();
    assert!(dropped.unwrap().success());
}
