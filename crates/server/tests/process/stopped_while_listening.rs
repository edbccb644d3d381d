//! An open notice stream does not keep the service from stopping.

use std::io::Read as _;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::server::{Server, add_worker};

/// Much less than the time that running requests have to finish.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_stream_of_notices_ends_when_the_service_is_told_to_stop() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("records.db").display());
    add_worker(folder.path(), &database);
    let mut server = Server::start(folder.path(), &database);
    let mut stream = server.listens(&server.sign_in());
    let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", server.process.id())]).status().unwrap();
    assert!(told.success());
    let begun = Instant::now();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("retry: "), "{text}");
    drop(stream);
    let status = loop {
        if let Some(status) = server.process.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < SOON, "the service does not stop");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "{status}");
}
