//! The program `alongside`: the only part that uses the command line, the environment and the terminal.

mod check;
mod commands;
mod demo;
mod failure;
mod health;
mod open;
mod policies;
mod rules;
mod serve;
mod settings;
mod start;
mod terminal;
mod worker;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    match commands::run(commands::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::complain(&format!("alongside: {failure}"));
            ExitCode::FAILURE
        }
    }
}
