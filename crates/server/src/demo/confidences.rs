//! The withheld recordings of the demonstration, and how other agencies learn what they need.

use alongside_domain::WorkerId;
use alongside_domain::record::entry::New;
use alongside_policy::action::{DecideDisclosure, RequestDisclosure, SanitiseRecording};

use super::script::{Confidence, Event, Life, Part};
use super::seed::{Seeder, known, missing};
use crate::failure::Failure;

/// The recording with its segment and summary from the script. `reader` finds the worker with a part in the team.
pub(super) fn kept<C>(
    new: New<C>,
    confidence: Option<&Confidence>,
    reader: impl Fn(Part) -> Result<WorkerId, Failure>,
) -> Result<New<C>, Failure> {
    let Some(confidence) = confidence else { return Ok(new) };
    Ok(New {
        summary: confidence.summary.clone(),
        named_people: confidence.named_people.iter().copied().map(reader).collect::<Result<_, _>>()?,
        third_parties: confidence.third_parties.clone(),
        ..new
    })
}

impl Seeder<'_> {
    /// The worker who has this part in the child's team.
    pub(super) fn reader(&self, life: &Life, part: Part) -> Result<WorkerId, Failure> {
        known(&self.workers, life.worker(part))
    }

    pub(super) async fn request(
        &mut self,
        (index, number): (usize, usize),
        life: &Life,
        which: usize,
    ) -> Result<(), Failure> {
        let request = confidence_of(life, number)?.requests.get(which).ok_or_else(missing)?;
        let (entry, new) = (self.entry(index, number)?, request.as_asked());
        let actor = self.actor(life, request.by).await?;
        let action = RequestDisclosure { entry };
        let asked = self.store.act(&actor, action, move |granted| granted.request(&new)).await?.id;
        self.told.get_mut(index).ok_or_else(missing)?.requests.insert((number, which), asked);
        Ok(())
    }

    pub(super) async fn answer(
        &mut self,
        (index, number): (usize, usize),
        life: &Life,
        which: usize,
    ) -> Result<(), Failure> {
        let request = confidence_of(life, number)?.requests.get(which).ok_or_else(missing)?;
        let asked = self.told.get(index).and_then(|told| told.requests.get(&(number, which))).copied();
        let author = life.events.get(number).map(Event::by).ok_or_else(missing)?;
        let actor = self.actor(life, author).await?;
        let decision = request.answered.as_ref().ok_or_else(missing)?.decision(self.store.now());
        let action = DecideDisclosure { request: asked.ok_or_else(missing)? };
        self.store.act(&actor, action, move |granted| granted.decide(&decision)).await?;
        Ok(())
    }

    pub(super) async fn release(&mut self, index: usize, life: &Life, number: usize) -> Result<(), Failure> {
        let script = confidence_of(life, number)?.line.as_ref().ok_or_else(missing)?;
        let (entry, new) = (self.entry(index, number)?, script.as_released());
        let worker = known(&self.workers, script.by.as_str())?;
        let actor = self.actor_of(worker).await?;
        let action = SanitiseRecording { entry };
        self.store.act(&actor, action, move |granted| granted.release(&new)).await?;
        Ok(())
    }
}

fn confidence_of(life: &Life, number: usize) -> Result<&Confidence, Failure> {
    life.events.get(number).and_then(Event::confidence).ok_or_else(missing)
}
