//! The floors of each crate, and what breaks their order.

use std::collections::{BTreeMap, BTreeSet};

use crate::imports::{Crate, Module};

/// The folders and files directly in each crate's `src`, lowest floor first. Each may import only from those before it.
/// `docs/architecture.md` says what each is for.
pub(crate) const FLOORS: &[(&str, &[&str])] = &[
    (
        "domain",
        &["vocabulary", "accounts", "record", "audit", "access", "statutory", "notices", "chronology", "statistics"],
    ),
    (
        "policy",
        &[
            "facts",
            "subject",
            "operation",
            "action",
            "decision",
            "permit",
            "question",
            "slices",
            "engine",
            "situations",
            "matrix",
            "compare",
            "document",
        ],
    ),
    (
        "storage",
        &[
            "database",
            "sealing",
            "standing",
            "audit",
            "context",
            "notices",
            "record",
            "access",
            "statutory",
            "accounts",
            "chronology",
            "statistics",
            "door",
            "examine",
            "measure",
        ],
    ),
    (
        "http",
        &[
            "wire",
            "edge",
            "caller",
            "record",
            "access",
            "accounts",
            "statutory",
            "notices",
            "chronology",
            "statistics",
            "health",
            "routes",
            "openapi",
            "application",
            "listen",
        ],
    ),
    (
        "server",
        &[
            "failure", "terminal", "settings", "rules", "open", "start", "check", "worker", "policies", "demo",
            "serve", "health", "commands",
        ],
    ),
];

/// The imports that lead to a higher floor, each with a remedy.
pub(crate) fn faults(name: &str, floors: &[&str], read: &Crate) -> Vec<String> {
    let height = |folder: &str| floors.iter().position(|floor| *floor == folder);
    let mut faults = Vec::new();
    for (module, imported) in read.imports() {
        let Some(folder) = module.folder() else { continue };
        let path = read.path_of(module);
        let Some(own) = height(folder) else {
            faults.push(format!(
                "crates/{name}/src/{path} is on no floor: give `{folder}` a place in FLOORS (tests/house/floors.rs)."
            ));
            continue;
        };
        for other in imported {
            let Some(above) = other.folder().filter(|above| height(above).is_some_and(|height| height > own)) else {
                continue;
            };
            faults.push(format!(
                "crates/{name}/src/{path} imports crate::{other}, from a higher floor: `{folder}` is below `{above}`. \
                 Move what it needs into `{folder}` or below, or move the file into `{above}` or above."
            ));
        }
    }
    faults
}

/// The files that import one another in a loop, one sentence for each loop.
pub(crate) fn loops(name: &str, read: &Crate) -> Vec<String> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        read.imports().map(|(module, _)| (module, reached_from(module, read))).collect();
    let leads = |from: &Module, to: &Module| reached.get(from).is_some_and(|all| all.contains(to));
    let mut told: BTreeSet<&Module> = BTreeSet::new();
    let mut faults = Vec::new();
    for module in reached.keys().copied() {
        let in_loop: Vec<&Module> =
            reached.keys().copied().filter(|other| leads(module, other) && leads(other, module)).collect();
        if in_loop.is_empty() || told.contains(module) {
            continue;
        }
        told.extend(&in_loop);
        let files: Vec<String> = in_loop.into_iter().map(|module| read.path_of(module)).collect();
        faults.push(format!(
            "In crates/{name}/src these files import one another in a loop: {}. Move what two of them share into a \
             separate file below both.",
            files.join(", ")
        ));
    }
    faults
}

fn reached_from<'a>(module: &Module, read: &'a Crate) -> BTreeSet<&'a Module> {
    let (mut reached, mut next) = (BTreeSet::new(), read.imported_by(module));
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(read.imported_by(module));
        }
    }
    reached
}
