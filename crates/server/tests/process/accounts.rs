//! Movers and leavers from the command line, while the service runs.

use std::path::Path;
use std::process::Stdio;

use crate::server::{Server, add_worker, alongside, child};

/// The output of the command, and whether it succeeded.
fn worker(folder: &Path, database: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = alongside(folder, database, 1);
    let output = command.arg("worker").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn what_the_operator_says_of_an_account_holds_for_tokens_that_are_out() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("records.db").display());
    add_worker(folder.path(), &database);
    let server = Server::start(folder.path(), &database);
    let token = server.sign_in();
    let (status, record) = server.post("/v1/children", &token, &child()).unwrap();
    assert_eq!(status, 201, "{record}");
    let record = format!("/v1/children/{}/involvements", record["id"].as_str().unwrap());
    assert_eq!(server.get(&record, &token).0, 200);
    let says = |arguments: &[&str]| worker(folder.path(), &database, arguments);

    let (done, list) = says(&["list"]);
    assert!(done && list.contains("test.worker\tTest Worker\tTest Council\tpractitioner\tactive"), "{list}");
    let (done, refused) = says(&["move", "test.worker", "--to", "Test Police"]);
    assert!(!done && refused.contains("There is no agency named"), "{refused}");
    let (done, refused) = says(&["suspend", "nobody"]);
    assert!(!done && refused.contains("worker list"), "{refused}");

    let mut add = alongside(folder.path(), &database, 1);
    add.args(["worker", "add", "--sign-in-name", "a.constable", "--agency", "Test Police", "--sector", "police"]);
    add.args(["--display-name", "A Constable", "--job-title", "Constable", "--role", "safeguarding_lead"]);
    let mut process = add.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut process.stdin.take().unwrap(), b"a password for this one alone\n").unwrap();
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success());
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("opens nothing until they replace it: POST /v1/me/password"), "{told}");
    assert!(told.contains("You alone granted: safeguarding lead"), "{told}");
    let (done, told) = says(&["move", "a.constable", "--to", "Test Council"]);
    assert!(done && told.contains("No longer safeguarding lead"), "{told}");

    let (done, told) = says(&["move", "test.worker", "--to", "Test Police"]);
    assert!(done && told.contains("works for Test Police now"), "{told}");
    assert_eq!(server.get("/v1/me", &token).0, 200, "signed in still");
    assert_eq!(server.get(&record, &token).0, 404, "and no longer involved");

    let (done, told) = says(&["suspend", "test.worker"]);
    assert!(done && told.contains("until reinstated"), "{told}");
    assert_eq!(server.get("/v1/me", &token).0, 401);
    assert!(!says(&["suspend", "test.worker"]).0, "nothing would change");
    assert!(says(&["reinstate", "test.worker"]).0);
    assert_eq!(server.get("/v1/me", &token).0, 401, "the session has ended");
    let token = server.sign_in();
    assert_eq!(server.get("/v1/me", &token).0, 200);
    let (done, told) = says(&["leave", "test.worker"]);
    assert!(done && told.contains("has left"), "{told}");
    assert_eq!(server.get("/v1/me", &token).0, 401);
    server.kill();
}
