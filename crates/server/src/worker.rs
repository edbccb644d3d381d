//! Accounts from the command line: how the first administrator comes to be, movers and leavers.

use alongside_domain::AgencyId;
use alongside_domain::accounts::agency::AgencyDetails;
use alongside_domain::accounts::worker::{NewWorker, Roles, Worker, WorkerDetails, WorkerState};
use alongside_storage::{Error, PasswordChosenBy, Store};

use crate::commands::{AddArguments, MoveArguments, NameArguments};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::{start, terminal};

/// Adds one worker, and the agency where it is not known and its sector is given.
pub(crate) fn add(settings: &Settings, add: &AddArguments) -> Result<(), Failure> {
    let store = start::open_now(settings)?;
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
        // Before the agency, so that a worker who cannot be added leaves no agency behind.
        new.validate()
            .and_then(|()| new.validate_password(&add.agency))
            .map_err(|violations| Failure::invalid("The worker", &violations))?;
        new.details.agency_id = agency(&store, add).await?;
        let worker = store.bootstrap_worker(new, PasswordChosenBy::SomebodyElse).await?;
        terminal::say(&format!(
            "{} may sign in as {}. This password opens nothing until they replace it: POST /v1/me/password, and then \
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
        return Err(no_agency(&add.agency, "Check the spelling, or give --sector to add it."));
    };
    let details = AgencyDetails { name: add.agency.clone(), sector, in_sharing_agreement: true };
    details.validate().map_err(|violations| Failure::invalid("The agency", &violations))?;
    Ok(store.bootstrap_agency(details).await?.id)
}

fn no_agency(name: &str, remedy: &str) -> Failure {
    Failure::new(format!("There is no agency named \"{name}\". {remedy}"))
}

/// Lists everybody, one on a line.
pub(crate) fn list(settings: &Settings) -> Result<(), Failure> {
    let store = start::open_now(settings)?;
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

/// Suspends, retires or reinstates an account.
pub(crate) fn put_in_state(settings: &Settings, of: &NameArguments, state: WorkerState) -> Result<(), Failure> {
    let store = start::open_now(settings)?;
    actix_web::rt::System::new().block_on(async {
        let (before, after) = correct(&store, &of.sign_in_name, move |details| details.state = state).await?;
        let what = match state {
            WorkerState::Active => "may sign in again",
            WorkerState::Suspended => "may do nothing until reinstated, and is signed out",
            WorkerState::Left => "has left and is signed out; every involvement with a child has ended",
        };
        terminal::say(&format!("{} {what}.{}", after.details.display_name, not_brought_along(&before, &after)))
    })
}

/// Moves an account to another agency.
pub(crate) fn move_to(settings: &Settings, to: &MoveArguments) -> Result<(), Failure> {
    let store = start::open_now(settings)?;
    actix_web::rt::System::new().block_on(async {
        let agency = store.find_agency_by_name(to.to.clone()).await?;
        let agency = agency.ok_or_else(|| no_agency(&to.to, "`alongside worker list` names those that have staff."))?;
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
        Error::Unknown => {
            Failure::new(format!("Nobody signs in as \"{sign_in_name}\". `alongside worker list` names everybody."))
        }
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
            " You alone granted: {alone}. The audit has the event bootstrap_worker. Add the first administrators and \
             leads in this way, and everybody else through the API, where a second person confirms."
        ),
    }
}

/// Says which roles have to be granted anew.
fn not_brought_along(before: &Worker, after: &Worker) -> String {
    let lost = before.details.roles.iter().copied().filter(|role| !after.details.roles.contains(role));
    match role_names(lost.collect()).as_str() {
        "" => String::new(),
        lost => format!(" No longer {lost}: an administrator proposes that again, and a second person confirms it."),
    }
}
