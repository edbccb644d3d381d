//! A partnership's own policies: loaded again while the service runs, and refused if they cannot be used.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::server::{Server, add_worker, child};

const BEGINNING: &str = "Action::\"create_child\", ";

fn copy_rules(to: &Path) {
    std::fs::create_dir(to).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policies");
    for entry in std::fs::read_dir(shipped).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// Writes the policies about children and makes the service load them.
fn put(server: &Server, rules: &Path, text: &str) {
    std::fs::write(rules, text).unwrap();
    let told = Command::new("sh").args(["-c", &format!("kill -HUP {}", server.process.id())]).status().unwrap();
    assert!(told.success());
}

/// Asks until the answer is the expected one, for as long as loading may take.
fn becomes(server: &Server, token: &str, expected: u16) {
    let begun = Instant::now();
    loop {
        let (status, answer) = server.post("/v1/children", token, &child()).unwrap();
        if status == expected {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{status} and not {expected}: {answer}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn rules_are_loaded_anew_and_a_mistyped_one_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("records.db").display());
    add_worker(folder.path(), &database);
    let rules = folder.path().join("rules");
    copy_rules(&rules);
    let children = rules.join("2-children.cedar");
    let shipped = std::fs::read_to_string(&children).unwrap();
    assert!(shipped.contains(BEGINNING));
    let server = Server::start_with_rules(folder.path(), &database, &rules);
    let token = server.sign_in();
    becomes(&server, &token, 201);
    put(&server, &children, &shipped.replace(BEGINNING, ""));
    becomes(&server, &token, 404);
    put(&server, &children, &shipped.replace("context.allocated", "context.alocated"));
    std::thread::sleep(Duration::from_secs(1));
    becomes(&server, &token, 404);
    put(&server, &children, &shipped);
    becomes(&server, &token, 201);
    server.kill();
}
