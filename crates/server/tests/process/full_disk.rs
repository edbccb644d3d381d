//! The disk fills up while the server runs, and has room again later.

use std::process::Command;

use crate::server::{Server, add_worker, child, concern};

/// The largest size of a file of the server: 1 byte is a full disk, `unlimited` a disk with room.
fn room(server: &Server, bytes: &str) {
    let limit = format!("--fsize={bytes}:");
    let set = Command::new("prlimit").args(["--pid", &server.process.id().to_string(), &limit]).status().unwrap();
    assert!(set.success(), "prlimit, of Debian's util-linux, is needed");
}

#[test]
fn a_full_disk_discloses_nothing_loses_nothing_and_needs_no_restart() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("records.db").display());
    add_worker(folder.path(), &database);
    let server = Server::start_on_a_disk_that_may_fill(folder.path(), &database);
    let token = server.sign_in();
    let (status, record) = server.post("/v1/children", &token, &child()).unwrap();
    assert_eq!(status, 201);
    let record = format!("/v1/children/{}", record["id"].as_str().unwrap());
    let concerns = format!("{record}/concerns");
    assert_eq!(server.post(&concerns, &token, &concern(0)).unwrap().0, 201);

    room(&server, "1");
    for number in 1..=5 {
        for path in [&record, &concerns] {
            let (status, answer) = server.get(path, &token);
            assert_eq!(status, 503, "an access that cannot be audited is refused: {answer}");
            let told = answer.to_string();
            assert!(!told.contains("Aldercott") && !told.contains("gate"), "{told}");
        }
        assert_eq!(server.post(&concerns, &token, &concern(number)).unwrap().0, 503);
    }

    // The result of a readiness check is reused for half a second.
    let fresh = std::time::Duration::from_millis(600);
    std::thread::sleep(fresh);
    assert_eq!(server.readiness(), 503);

    room(&server, "unlimited");
    assert_eq!(server.get(&record, &token).0, 200, "it recovers by itself");
    std::thread::sleep(fresh);
    assert_eq!(server.readiness(), 204);
    assert_eq!(server.all(&concerns, &token).len(), 1, "nothing that was refused is there");
    assert_eq!(server.post(&concerns, &token, &concern(6)).unwrap().0, 201);
    let server = server.restarted(folder.path(), &database);
    assert_eq!(server.all(&concerns, &token).len(), 2, "what was acknowledged is there");
    server.kill();
}
