//! A repeated request to add a worker returns the account as the list of workers shows it.

use alongside_domain::WorkerId;
use alongside_domain::accounts::worker::Worker;
use alongside_policy::action::{AddWorker, ViewWorker};

use crate::context::granted::Granted;
use crate::context::repeatable::Repeatable;
use crate::database::error::Error;

impl Repeatable for AddWorker {
    type Answer = Worker;
    type Made = WorkerId;

    fn made(worker: &Worker) -> WorkerId {
        worker.id
    }

    fn again(granted: &mut Granted<'_, Self>, id: WorkerId) -> Result<Worker, Error> {
        granted.look_again(&ViewWorker { worker: id }, |granted| granted.worker())
    }
}
