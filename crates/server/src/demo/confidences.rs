//! What the agencies of the demonstration keep to themselves, and how others come to know what they need.

use alongside_domain::access::disclosure::{DisclosureAnswer, DisclosureDecision, NewDisclosureRequest};
use alongside_domain::access::partner_information::{Handling, NewSanitisedLine};
use alongside_domain::record::entry::New;
use alongside_domain::record::third_party::ThirdParty;
use alongside_domain::{At, WorkerId};
use alongside_policy::action::{DecideDisclosure, RequestDisclosure, SanitiseRecording};
use chrono::Duration;
use serde::Deserialize;

use super::script::{Event, Life, Part};
use super::seed::{Seeder, known, missing};
use crate::failure::Failure;

/// Who reads a recording beside those for whom it is kept, or does not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confidence {
    /// What those see of it who do not read it.
    summary: Option<String>,
    /// For whom it is kept beside its author.
    #[serde(default)]
    named_people: Vec<Part>,
    #[serde(default)]
    third_parties: Vec<ThirdParty>,
    #[serde(default)]
    pub(super) requests: Vec<ScriptRequest>,
    pub(super) line: Option<ScriptLine>,
}

/// Somebody asks to read it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptRequest {
    by: Part,
    reason: String,
    /// What whoever wrote it says; without an answer the request is of yesterday, and waits.
    pub(super) answered: Option<ScriptAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptAnswer {
    /// How long after the recording somebody asks, in days. The answer comes on the day after.
    pub(super) asked_after_days: i64,
    answer: DisclosureAnswer,
    because: String,
    for_days: Option<i64>,
}

/// A line that police release about it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptLine {
    pub(super) after_days: i64,
    /// The key of the worker.
    pub(super) by: String,
    line: String,
    handling: Handling,
}

impl ScriptRequest {
    /// The request in the words of the service.
    pub(super) fn as_asked(&self) -> NewDisclosureRequest {
        NewDisclosureRequest { reason: self.reason.clone() }
    }
}

impl ScriptAnswer {
    /// The answer, given at `now`.
    pub(super) fn decision(&self, now: At) -> DisclosureDecision {
        let ends_at = self.for_days.map(|days| now + Duration::days(days));
        DisclosureDecision { answer: self.answer, because: self.because.clone(), ends_at }
    }
}

impl ScriptLine {
    /// The line in the words of the service.
    pub(super) fn as_released(&self) -> NewSanitisedLine {
        NewSanitisedLine { line: self.line.clone(), handling: self.handling }
    }
}

/// The recording with what is said of its confidence. `reader` gives the worker who has a part.
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
    /// The worker who has a part in the child's team.
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
