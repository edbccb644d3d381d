//! Adding staff from the command line: how the first administrator comes to be.

use alongside_domain::AgencyId;
use alongside_domain::agency::AgencyDetails;
use alongside_domain::worker::{NewWorker, WorkerDetails, WorkerState};
use alongside_storage::Store;

use crate::commands::AddArguments;
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
        let worker = store.bootstrap_worker(new).await?;
        terminal::say(&format!("{} may sign in as {}.", worker.details.display_name, worker.sign_in_name))
    })
}

async fn agency(store: &Store, add: &AddArguments) -> Result<AgencyId, Failure> {
    if let Some(agency) = store.find_agency_by_name(add.agency.clone()).await? {
        return Ok(agency.id);
    }
    let Some(sector) = add.sector else {
        return Err(Failure::new(format!(
            "There is no agency named \"{}\". Check the spelling, or give --sector to add it.",
            add.agency
        )));
    };
    let details = AgencyDetails { name: add.agency.clone(), sector, in_sharing_agreement: true };
    details.validate().map_err(|violations| Failure::invalid("The agency", &violations))?;
    Ok(store.bootstrap_agency(details).await?.id)
}
