//! Proves what the policies promise, for every request that their schema allows.
//!
//! Tests of the policies use examples. Here a solver searches every combination of roles, relationships and attributes,
//! for every action, for a request that breaks a promise. If it finds none, none exists.

mod environments;
mod example;
mod failure;
mod policies;
mod promises;
mod properties;
mod prover;
#[cfg(test)]
mod refutations;
mod solver;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use failure::Failure;
use policies::Policies;
use properties::Property;
use prover::Prover;
use solver::Solver;

const USAGE: &str = "usage: alongside-proofs [DIRECTORY OF THE POLICIES]";

fn main() -> ExitCode {
    match directory().and_then(|directory| prove(&directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If the standard error is closed, there is no place left to report that.
            drop(writeln!(std::io::stderr(), "alongside-proofs: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn directory() -> Result<PathBuf, Failure> {
    let mut arguments = std::env::args_os().skip(1);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../policies"))),
        (Some(directory), None) => Ok(directory.into()),
        (Some(_), Some(_)) => Err(Failure::Usage(USAGE)),
    }
}

fn prove(directory: &std::path::Path) -> Result<(), Failure> {
    let policies = Policies::read(directory)?;
    let mut prover = Prover::new(&policies, Solver::start()?)?;
    let properties = Property::all();
    for property in &properties {
        let before = prover.queries();
        property.prove(&mut prover)?;
        say(&format!("proved with {:>4} queries: {property}", prover.queries() - before))?;
    }
    let (count, queries, environments) = (properties.len(), prover.queries(), prover.environments().len());
    say(&format!("{count} properties hold for all {environments} kinds of request ({queries} queries)"))
}

fn say(line: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout(), "{line}").map_err(Failure::Output)
}
