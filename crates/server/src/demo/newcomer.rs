//! A colleague who joins today: added by one administrator, and not confirmed yet.

use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::{NewWorker, Role, WorkerDetails, WorkerState};
use alongside_policy::action::AddWorker;

use super::seed::{Seeder, known};
use crate::failure::Failure;

/// The password of all other workers names the service, which the rules for a first password do not allow.
const FIRST_PASSWORD: &str = "four ordinary words together";

impl Seeder<'_> {
    /// Adds a school nurse, whose role a safeguarding lead of health or another administrator may confirm.
    pub(super) async fn add_newcomer(&mut self) -> Result<(), Failure> {
        let administrator = known(&self.workers, "piotr")?;
        let actor = self.actor_of(administrator).await?;
        let new = NewWorker {
            sign_in_name: "tomas.school-nurse".to_owned(),
            password: FIRST_PASSWORD.to_owned(),
            details: WorkerDetails {
                agency_id: known(&self.agencies, &Sector::Health)?,
                display_name: "Tomás Varley-Quist".to_owned(),
                job_title: "School Nurse, from today".to_owned(),
                roles: vec![Role::Practitioner],
                state: WorkerState::Active,
                supervisor_id: None,
            },
        };
        let hash = self.store.hash_password(new.password.clone()).await?;
        self.store.act(&actor, AddWorker {}, move |granted| granted.add(&new, &hash)).await?;
        Ok(())
    }
}
