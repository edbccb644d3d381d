//! Acting through the door.

use std::sync::Arc;

use alongside_domain::accounts::worker::Actor;
use alongside_policy::{Action, Effect};

use crate::context::granted::Granted;
use crate::context::queues::Priority;
use crate::context::repeatable::{Once, Repeatable};
use crate::context::store::Store;
use crate::database::error::Error;
use crate::door::idempotency;
use crate::door::pass::pass;

impl Store {
    /// Does `work` if the policies allow the caller `action`. Every decision writes one audit event, which is durable
    /// before this returns. If it cannot be written, nothing is disclosed and nothing changed.
    ///
    /// `work` may run more than once and must depend only on its arguments.
    pub async fn act<A, T>(
        &self,
        actor: &Actor,
        action: A,
        mut work: impl FnMut(&mut Granted<'_, A>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error>
    where
        A: Action,
        T: Send + 'static,
    {
        let (shared, actor) = (Arc::clone(&self.shared), actor.clone());
        let priority = if A::VERB.is_urgent() { Priority::Urgent } else { Priority::Ordinary };
        match A::VERB.effect() {
            Effect::Write => self.change(priority, move |c| pass(&shared, c, &actor, &action, &mut work)).await,
            Effect::Read => self.look(priority, move |c| pass(&shared, c, &actor, &action, &mut work)).await,
        }
    }

    /// Like [`Store::act`], but a repetition with the same key and body does nothing. It returns what the first request
    /// made, as the caller may see it now.
    pub async fn act_once<A>(
        &self,
        actor: &Actor,
        action: A,
        once: Option<Once>,
        mut work: impl FnMut(&mut Granted<'_, A>) -> Result<A::Answer, Error> + Send + 'static,
    ) -> Result<A::Answer, Error>
    where
        A: Repeatable,
        A::Answer: Send + 'static,
    {
        let Some(once) = once else {
            return self.act(actor, action, work).await;
        };
        self.act(actor, action, move |granted| idempotency::once(granted, &once, &mut work)).await
    }
}
