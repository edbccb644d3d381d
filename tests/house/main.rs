//! The floors of each crate: which folder may import which, and that no two files import each other. And the words that
//! people read.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests and their helpers panic when an expectation fails"
)]

mod floors;
mod imports;
mod words;

use std::path::{Path, PathBuf};

use floors::FLOORS;
use imports::Crate;

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates")
}

#[test]
fn a_folder_imports_only_from_the_floors_below_it() {
    let faults: Vec<String> = FLOORS
        .iter()
        .flat_map(|(name, floors)| floors::faults(name, floors, &Crate::read(&crates().join(name))))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_two_files_import_each_other() {
    let faults: Vec<String> =
        FLOORS.iter().flat_map(|(name, _)| floors::loops(name, &Crate::read(&crates().join(name)))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_forbidden_import_and_a_loop_are_named_with_their_remedy() {
    let read = Crate::of(&[
        ("lib.rs", "mod record; mod door; pub use door::Granted;"),
        ("record/mod.rs", "pub(crate) mod child;"),
        ("record/child.rs", "use crate::Granted; mod row; use row::Row;"),
        ("record/child/row.rs", "// use crate::door::pass;\nfn f() { other!(super::helper()) }"),
        ("door.rs", "mod pass; #[cfg(test)] mod tests { use crate::record::child; }"),
        ("door/pass.rs", "use crate::{record::{child, child::row}, door};"),
    ]);
    assert_eq!(
        floors::faults("storage", &["record", "door"], &read),
        ["crates/storage/src/record/child.rs imports crate::door, from a higher floor: `record` is below `door`. \
             Move what it needs into `record` or below, or move the file into `door` or above."]
    );
    assert_eq!(
        floors::loops("storage", &read),
        ["In crates/storage/src these files import one another in a loop: record/child.rs, record/child/row.rs. \
          Move what two of them share into a separate file below both."]
    );
    let unknown = Crate::of(&[("lib.rs", "mod practice;"), ("practice.rs", "")]);
    assert_eq!(
        floors::faults("storage", &["record"], &unknown),
        ["crates/storage/src/practice.rs is on no floor: give `practice` a place in FLOORS (tests/house/floors.rs)."]
    );
}

#[test]
fn people_read_plain_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = words::files(&root);
    assert!(files.len() > 100, "{}", files.len());
    let faults: Vec<String> = files
        .iter()
        .flat_map(|path| {
            let name = path.strip_prefix(&root).expect("a file of the project").display().to_string();
            words::found(&name, &std::fs::read_to_string(path).expect("a text"))
        })
        .collect();
    assert!(faults.is_empty(), "{} phrases:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_phrase_is_found_in_comments_and_strings_and_nowhere_else() {
    let source = "/// Whoever reads.\nfn anew() { say(\"it is held\\\n    back\"); let quote = '\"'; } // said\nstruct Stands;\n";
    assert_eq!(
        words::found("crates/x.rs", source),
        [
            "crates/x.rs:1: \"whoever\": write name the person: the caller, the author, a worker who …",
            "crates/x.rs:2: \"held back\": write hidden, suppressed or withheld",
        ]
    );
    assert_eq!(words::found("docs/x.md", "It stands here, in listed_person.").len(), 1);
}
