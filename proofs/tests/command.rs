//! The program as its users run it.

use std::path::Path;
use std::process::Command;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_alongside-proofs"))
}

fn policies() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../policies"))
}

#[test]
fn the_shipped_policies_keep_every_promise() {
    let output = program().output().unwrap();
    let (said, complained) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{complained}");
    assert!(said.contains("a board analyst never gets a row"), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("proved with")).count(), said.lines().count() - 1);
}

#[test]
fn a_broken_promise_ends_the_run_and_shows_the_request_that_breaks_it() {
    let broken = tempfile::tempdir().unwrap();
    for file in std::fs::read_dir(policies()).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), broken.path().join(file.file_name())).unwrap();
    }
    let permit = r#"@id("too-much")
        permit (principal in Role::"works_with_records", action in Action::"read_entry", resource);"#;
    std::fs::write(broken.path().join("9-broken.cedar"), permit).unwrap();
    let output = program().arg(broken.path()).output().unwrap();
    let complained = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{complained}");
    for part in ["REFUTED: an emergency alone", "allowed by too-much", "emergency: true", "segment: \"", "Worker::"] {
        assert!(complained.contains(part), "{part} is not in: {complained}");
    }
}

#[test]
fn a_missing_solver_is_an_error_that_says_what_to_install() {
    let output = program().env("CVC5", "/nowhere/cvc5").output().unwrap();
    let complained = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(69), "{complained}");
    assert!(complained.contains("apt-get install cvc5") && complained.contains("CVC5"), "{complained}");
}

#[test]
fn a_directory_without_policies_is_an_error() {
    let empty = tempfile::tempdir().unwrap();
    let output = program().arg(empty.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(70));
}
