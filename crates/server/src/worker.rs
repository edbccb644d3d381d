//! Accounts from the command line: the first administrator, movers and leavers.

#![expect(clippy::doc_markdown, reason = "help is read on a terminal, where backticks around names are noise")]

use alongside_domain::AgencyId;
use alongside_domain::accounts::agency::{AgencyDetails, Sector};
use alongside_domain::accounts::worker::{NewWorker, Role, Roles, Worker, WorkerDetails, WorkerState};
use alongside_storage::{Error, PasswordChosenBy, Store};
use clap::{Args, Subcommand};

use crate::failure::Failure;
use crate::open::open_now;
use crate::settings::Settings;
use crate::terminal;

#[derive(Subcommand)]
pub(crate) enum WorkerCommand {
    /// Add a member of staff
    ///
    /// One person grants the roles alone: only for the first administrators and leads. Add all other workers through
    /// the API, where a second person confirms the roles.
    ///
    /// The first password (15 to 128 characters) is read from standard input. The worker must
    /// replace it before anything else, and so must the first administrator:
    ///
    /// alongside worker add --sign-in-name piotr.lind --agency 'Larkmoor Council' \
    /// --sector social_care --display-name 'Piotr Lind' \
    /// --job-title 'Systems administrator' --role administrator < password.txt
    #[command(verbatim_doc_comment)]
    Add(AddArguments),
    /// List all workers: sign-in name, name, agency, roles and state
    List,
    /// Suspend a worker for now
    ///
    /// Their sessions end at once, and their access tokens stop working.
    Suspend(NameArguments),
    /// Record that a worker has left
    ///
    /// As suspending, and their involvements with children end. Refused while they have work that must be handed over
    /// first.
    Leave(NameArguments),
    /// Let a worker who was suspended or had left sign in again
    ///
    /// A worker who had left comes back without roles: an administrator proposes them again, and a second person
    /// confirms.
    Reinstate(NameArguments),
    /// Move a worker to another agency
    ///
    /// Their involvements with children end. They stay signed in, but without roles until an administrator has proposed
    /// them for the other agency and a second person has confirmed them. Refused while they have work that must be
    /// handed over first.
    Move(MoveArguments),
}

#[derive(Args)]
pub(crate) struct NameArguments {
    /// Name with which the worker signs in
    #[arg(value_name = "NAME")]
    pub(crate) sign_in_name: String,
}

#[derive(Args)]
pub(crate) struct MoveArguments {
    /// Name with which the worker signs in
    #[arg(value_name = "NAME")]
    pub(crate) sign_in_name: String,
    /// Name of the agency to which the worker moves
    #[arg(long, value_name = "AGENCY")]
    pub(crate) to: String,
}

#[derive(Args)]
pub(crate) struct AddArguments {
    /// Name to sign in with: 3 to 64 of a-z, 0-9, dot, hyphen
    #[arg(long, value_name = "NAME")]
    pub(crate) sign_in_name: String,
    /// Name of the agency that employs the worker
    #[arg(long, value_name = "NAME")]
    pub(crate) agency: String,
    /// Field of the agency, which is added if it does not exist: social_care, police, health, education, other
    #[arg(long, value_name = "SECTOR", value_parser = |text: &str| code(text, Sector::ALL))]
    pub(crate) sector: Option<Sector>,
    /// Name that colleagues know
    #[arg(long, value_name = "NAME")]
    pub(crate) display_name: String,
    /// The worker's post
    #[arg(long, value_name = "TITLE")]
    pub(crate) job_title: String,
    /// Role; may be repeated: practitioner, supervisor, safeguarding_lead, board_analyst, auditor, administrator
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = |text: &str| code(text, Role::ALL))]
    pub(crate) roles: Vec<Role>,
}

/// Reads a code. If it is unknown, the error lists the codes.
fn code<T: Copy + ToString>(text: &str, all: &[T]) -> Result<T, String> {
    let known = |code: &&T| code.to_string() == text;
    all.iter().find(known).copied().ok_or_else(|| {
        let codes: Vec<_> = all.iter().map(ToString::to_string).collect();
        format!("must be one of {}", codes.join(", "))
    })
}

/// Runs the command.
pub(crate) fn run(settings: &Settings, command: &WorkerCommand) -> Result<(), Failure> {
    match command {
        WorkerCommand::Add(new) => add(settings, new),
        WorkerCommand::List => list(settings),
        WorkerCommand::Suspend(name) => put_in_state(settings, name, WorkerState::Suspended),
        WorkerCommand::Leave(name) => put_in_state(settings, name, WorkerState::Left),
        WorkerCommand::Reinstate(name) => put_in_state(settings, name, WorkerState::Active),
        WorkerCommand::Move(to) => move_to(settings, to),
    }
}

/// Adds one worker. Adds the agency too, if it does not exist and its sector is given.
pub(crate) fn add(settings: &Settings, add: &AddArguments) -> Result<(), Failure> {
    let store = open_now(settings)?;
    let password = terminal::ask_secret("First password:")?;
    actix_web::rt::System::new().block_on(async {
        let mut new = NewWorker {
            sign_in_name: add.sign_in_name.clone(),
            password,
            details: WorkerDetails {
                agency_id: AgencyId(uuid::Uuid::nil()),
                display_name: add.display_name.clone(),
                job_title: add.job_title.clone(),
                roles: add.roles.clone(),
                state: WorkerState::Active,
                supervisor_id: None,
            },
        };
        // Checked before the agency is added, so that a worker who cannot be added leaves no agency behind.
        new.validate()
            .and_then(|()| new.validate_password(&add.agency))
            .map_err(|violations| Failure::invalid("The worker", &violations))?;
        new.details.agency_id = agency(&store, add).await?;
        let worker = store.bootstrap_worker(new, PasswordChosenBy::SomebodyElse).await?;
        terminal::say(&format!(
            "{} can sign in as {}. This password opens nothing until they replace it: POST /v1/me/password, and then \
             POST /v1/me/second-factor.{}",
            worker.details.display_name,
            worker.sign_in_name,
            granted_alone(&worker)
        ))
    })
}

async fn agency(store: &Store, add: &AddArguments) -> Result<AgencyId, Failure> {
    if let Some(agency) = store.find_agency_by_name(add.agency.clone()).await? {
        return Ok(agency.id);
    }
    let Some(sector) = add.sector else {
        return Err(no_agency(&add.agency, "Check the spelling, or use --sector to add it."));
    };
    let details = AgencyDetails { name: add.agency.clone(), sector, in_sharing_agreement: true };
    details.validate().map_err(|violations| Failure::invalid("The agency", &violations))?;
    Ok(store.bootstrap_agency(details).await?.id)
}

fn no_agency(name: &str, remedy: &str) -> Failure {
    Failure::new(format!("There is no agency named \"{name}\". {remedy}"))
}

/// Lists all workers, one per line.
pub(crate) fn list(settings: &Settings) -> Result<(), Failure> {
    let store = open_now(settings)?;
    actix_web::rt::System::new().block_on(async {
        let mut lines = vec!["sign-in name\tname\tagency\troles\tstate".to_owned()];
        for (worker, agency) in store.operator_list_workers().await? {
            let (roles, state) = (role_names(worker.details.roles.iter().copied().collect()), worker.details.state);
            lines.push([worker.sign_in_name, worker.details.display_name, agency, roles, state.to_string()].join("\t"));
        }
        terminal::say(&lines.join("\n"))
    })
}

fn role_names(roles: Roles) -> String {
    roles.iter().map(|role| role.as_str().replace('_', " ")).collect::<Vec<_>>().join(", ")
}

/// Suspends an account, records a leaver, or reinstates an account.
pub(crate) fn put_in_state(settings: &Settings, of: &NameArguments, state: WorkerState) -> Result<(), Failure> {
    let store = open_now(settings)?;
    actix_web::rt::System::new().block_on(async {
        let (before, after) = correct(&store, &of.sign_in_name, move |details| details.state = state).await?;
        let what = match state {
            WorkerState::Active => "can sign in again",
            WorkerState::Suspended => "is suspended until reinstated, and is signed out",
            WorkerState::Left => "has left and is signed out; every involvement with a child has ended",
        };
        terminal::say(&format!("{} {what}.{}", after.details.display_name, not_brought_along(&before, &after)))
    })
}

/// Moves an account to another agency.
pub(crate) fn move_to(settings: &Settings, to: &MoveArguments) -> Result<(), Failure> {
    let store = open_now(settings)?;
    actix_web::rt::System::new().block_on(async {
        let agency = store.find_agency_by_name(to.to.clone()).await?;
        let agency =
            agency.ok_or_else(|| no_agency(&to.to, "`alongside worker list` shows the agencies that have staff."))?;
        let (before, after) = correct(&store, &to.sign_in_name, move |details| details.agency_id = agency.id).await?;
        let (name, agency) = (&after.details.display_name, &agency.details.name);
        let moved = "every involvement with a child has ended";
        terminal::say(&format!("{name} works for {agency} now; {moved}.{}", not_brought_along(&before, &after)))
    })
}

async fn correct(
    store: &Store,
    sign_in_name: &str,
    change: impl Fn(&mut WorkerDetails) + Send + 'static,
) -> Result<(Worker, Worker), Failure> {
    store.operator_correct_worker(sign_in_name.to_owned(), change).await.map_err(|error| match error {
        Error::Unknown => Failure::new(format!(
            "No worker signs in as \"{sign_in_name}\". `alongside worker list` shows every account."
        )),
        Error::Conflict(why) => {
            Failure::new(format!("Nothing was changed: {why}. `alongside worker list` shows every account."))
        }
        other => other.into(),
    })
}

/// Says that no second person confirmed these roles.
fn granted_alone(worker: &Worker) -> String {
    let alone = worker.details.roles.iter().copied().filter(|role| role.needs_two());
    match role_names(alone.collect()).as_str() {
        "" => String::new(),
        alone => format!(
            " You alone granted: {alone}. The audit event is bootstrap_worker. Add only the first administrators and \
             leads in this way, and all other workers through the API, where a second person confirms."
        ),
    }
}

/// Says which roles must be granted again.
fn not_brought_along(before: &Worker, after: &Worker) -> String {
    let lost = before.details.roles.iter().copied().filter(|role| !after.details.roles.contains(role));
    match role_names(lost.collect()).as_str() {
        "" => String::new(),
        lost => {
            format!(" No longer {lost}: an administrator must propose that again, and a second person must confirm it.")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_role_is_answered_with_the_known_ones() {
        assert_eq!(code("auditor", Role::ALL), Ok(Role::Auditor));
        assert!(code("king", Role::ALL).unwrap_err().contains("practitioner, supervisor"));
    }
}
