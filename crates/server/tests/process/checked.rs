//! Checks a database from the command line, with a key file that others may read.

use std::fs::{OpenOptions, Permissions, metadata, set_permissions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use crate::server::{add_worker, alongside};

/// The exit code and the output.
fn run(folder: &Path, database: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output =
        alongside(folder, database, 1).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn a_damaged_database_is_reported_with_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.db");
    let database = format!("sqlite://{}", file.display());
    add_worker(folder.path(), &database);
    let (code, said) = run(folder.path(), &database, &["check"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("No damage found"), "{said}");

    let page = metadata(&file).unwrap().len() / 4_096 / 2;
    let mut open = OpenOptions::new().write(true).open(&file).unwrap();
    open.seek(SeekFrom::Start(page * 4_096)).unwrap();
    open.write_all(&[0xff; 4_096]).unwrap();
    drop(open);
    let (code, said) = run(folder.path(), &database, &["check"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("damaged: ") && said.contains("restore the last backup"), "{said}");
}

#[test]
fn a_key_file_that_others_can_read_needs_the_operators_word() {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("records.db").display());
    add_worker(folder.path(), &database);
    let key = folder.path().join("key");
    set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
    let (code, said) = run(folder.path(), &database, &["check"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("chmod 600 {}", key.display())), "{said}");
    let (code, said) = run(folder.path(), &database, &["check", "--allow-open-key-file"]);
    assert_eq!(code, Some(0), "{said}");
}
