//! 1,000 connections that stop in the middle of a body, and 1,000 that never read their answer.

use super::{Outcome, Stage};
use crate::Failure;

/// Children in the database.
const CHILDREN: usize = 500;

pub(crate) fn run(stage: &Stage) -> Result<Outcome, Failure> {
    stage.load(CHILDREN)?;
    let server = stage.serve(&[])?;
    let peak = server.peak_memory()?;
    server.stop()?;
    Ok(Outcome::of(format!("peak {peak:.0} MiB"), false))
}
