//! The script of the demonstration: agencies and workers, children, and their stories.
//!
//! The three files are in `demo/` next to the sources and are compiled into the program. All the people in them are
//! invented.

use std::collections::BTreeMap;

use alongside_domain::At;
use alongside_domain::access::disclosure::{DisclosureAnswer, DisclosureDecision, NewDisclosureRequest};
use alongside_domain::access::partner_information::{Handling, NewSanitisedLine};
use alongside_domain::accounts::agency::Sector;
use alongside_domain::accounts::worker::Role;
use alongside_domain::record::child::{Ethnicity, Sex};
use alongside_domain::record::child_words::ChildWords;
use alongside_domain::record::concern::ImmediateSafety;
use alongside_domain::record::contact::{
    Choice, ContactPurpose, Kept, Mode, NextStep, Principle, PrincipleNote, Privacy, Setting, StartedBy,
};
use alongside_domain::record::entry::{Segment, Source};
use alongside_domain::record::exploitation::ExploitationType;
use alongside_domain::record::observation::{Basis, Frequency, ObservationStatus};
use alongside_domain::record::third_party::ThirdParty;
use chrono::{Duration, NaiveDate};
use serde::Deserialize;

use crate::failure::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Partnership {
    pub(super) name: String,
    #[serde(rename = "agency")]
    pub(super) agencies: Vec<ScriptAgency>,
    #[serde(rename = "worker")]
    pub(super) workers: Vec<ScriptWorker>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptAgency {
    pub(super) key: String,
    pub(super) name: String,
    pub(super) sector: Sector,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptWorker {
    pub(super) key: String,
    pub(super) agency: String,
    pub(super) display_name: String,
    pub(super) job_title: String,
    pub(super) sign_in_name: String,
    pub(super) roles: Vec<Role>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptChild {
    pub(super) key: String,
    pub(super) given_name: String,
    pub(super) family_name: String,
    pub(super) date_of_birth: NaiveDate,
    pub(super) sex: Sex,
    pub(super) ethnicity: Ethnicity,
    pub(super) nhs_number: Option<String>,
    pub(super) upn: Option<String>,
    pub(super) address_line: String,
    pub(super) town: String,
    pub(super) postcode: String,
    pub(super) language: String,
    pub(super) communication_needs: Option<String>,
    pub(super) story: String,
    pub(super) start_days_ago: i64,
    pub(super) social_worker: String,
    pub(super) police: String,
    pub(super) nurse: String,
}

/// The part that a worker has in the child's team.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Part {
    SocialWorker,
    Police,
    Nurse,
}

/// An event that is recorded: by whom, and on which day of the story.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Event {
    Concern(ConcernEvent),
    Observation(ObservationEvent),
    Contact(Box<ContactEvent>),
    Referral(ReferralEvent),
}

/// How exactly the time of a concern is known.
#[derive(Deserialize, Debug, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum Known {
    Exact,
    Approximate,
    Day,
    Month,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConcernEvent {
    pub(super) day: i64,
    pub(super) by: Part,
    pub(super) exploitation_types: Vec<ExploitationType>,
    pub(super) who_told: Source,
    pub(super) told_to: String,
    pub(super) time_known: Known,
    pub(super) seen: Option<String>,
    pub(super) said: Option<String>,
    pub(super) opinion: Option<String>,
    #[serde(default)]
    pub(super) child_words: Vec<ChildWords>,
    pub(super) immediate_safety: ImmediateSafety,
    pub(super) action_taken: Option<String>,
    pub(super) segment: Segment,
    pub(super) confidence: Option<Confidence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObservationEvent {
    pub(super) day: i64,
    pub(super) by: Part,
    pub(super) indicator: String,
    pub(super) status: ObservationStatus,
    pub(super) frequency: Frequency,
    pub(super) basis: Basis,
    pub(super) source: Source,
    pub(super) narrative: String,
    pub(super) segment: Segment,
    pub(super) confidence: Option<Confidence>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactEvent {
    pub(super) day: i64,
    pub(super) by: Part,
    pub(super) mode: Mode,
    pub(super) setting: Setting,
    pub(super) chosen_by_child: bool,
    pub(super) privacy: Privacy,
    pub(super) privacy_action: Option<String>,
    #[serde(default)]
    pub(super) confidentiality_explained: bool,
    pub(super) purpose: Vec<ContactPurpose>,
    pub(super) duration_minutes: u16,
    pub(super) started_by: StartedBy,
    pub(super) worker_observation: String,
    #[serde(default)]
    pub(super) child_words: Vec<ChildWords>,
    #[serde(default)]
    pub(super) choices: Vec<Choice>,
    #[serde(default)]
    pub(super) next_steps: Vec<NextStep>,
    #[serde(default)]
    pub(super) promises: Vec<ScriptPromise>,
    pub(super) segment: Segment,
    pub(super) confidence: Option<Confidence>,
    #[serde(default)]
    pub(super) principles: BTreeMap<Principle, PrincipleNote>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptPromise {
    pub(super) text: String,
    pub(super) due_in_days: Option<i64>,
    pub(super) kept: Kept,
    pub(super) explained_if_not: Option<String>,
}

/// The decision of the agency that was asked.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum ScriptDecision {
    Accept,
    Decline,
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReferralEvent {
    pub(super) day: i64,
    pub(super) by: Part,
    pub(super) to: Sector,
    pub(super) asks_for: String,
    pub(super) reason: String,
    pub(super) decision: ScriptDecision,
    pub(super) decision_reason: String,
    pub(super) decided_after_days: i64,
    pub(super) outcome: Option<String>,
}

impl Event {
    /// The day of the story on which it is recorded.
    pub(super) fn day(&self) -> i64 {
        match self {
            Self::Concern(event) => event.day,
            Self::Observation(event) => event.day,
            Self::Contact(event) => event.day,
            Self::Referral(event) => event.day,
        }
    }

    /// The segment of the recording and its readers, if it is not shared.
    pub(super) fn confidence(&self) -> Option<&Confidence> {
        match self {
            Self::Concern(event) => event.confidence.as_ref(),
            Self::Observation(event) => event.confidence.as_ref(),
            Self::Contact(event) => event.confidence.as_ref(),
            Self::Referral(_) => None,
        }
    }

    /// The part of the worker who records it.
    pub(super) fn by(&self) -> Part {
        match self {
            Self::Concern(event) => event.by,
            Self::Observation(event) => event.by,
            Self::Contact(event) => event.by,
            Self::Referral(event) => event.by,
        }
    }
}

/// A child with the events of the child's story.
pub(super) struct Life {
    pub(super) child: ScriptChild,
    pub(super) events: Vec<Event>,
}

impl Life {
    /// The key of the worker who has this part in the child's team.
    pub(super) fn worker(&self, part: Part) -> &str {
        match part {
            Part::SocialWorker => &self.child.social_worker,
            Part::Police => &self.child.police,
            Part::Nurse => &self.child.nurse,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Children {
    child: Vec<ScriptChild>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stories {
    story: Vec<Story>,
}

/// A story without a child's name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    key: String,
    event: Vec<toml::Value>,
}

fn read<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, Failure> {
    toml::from_str(text).map_err(|error| fault(name, &error))
}

fn fault(place: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("The demonstration cannot be read at {place}: {error}"))
}

/// The agencies and their staff.
pub(super) fn partnership() -> Result<Partnership, Failure> {
    read("partnership.toml", include_str!("../../demo/partnership.toml"))
}

/// Every child with their story, in which the child's name is filled in.
pub(super) fn lives() -> Result<Vec<Life>, Failure> {
    let children: Children = read("children.toml", include_str!("../../demo/children.toml"))?;
    let stories: Stories = read("stories.toml", include_str!("../../demo/stories.toml"))?;
    let told = |child: ScriptChild| {
        let story = stories.story.iter().find(|story| story.key == child.story);
        let story = story.ok_or_else(|| fault(&child.key, &"there is no such story"))?;
        let events = story.event.iter().map(|event| {
            named(event, &child.given_name)
                .try_into()
                .map_err(|error: toml::de::Error| fault(&format!("story {}", story.key), &error))
        });
        Ok(Life { events: events.collect::<Result<_, _>>()?, child })
    };
    children.child.into_iter().map(told).collect()
}

/// The same value with the child's given name filled in.
fn named(value: &toml::Value, given_name: &str) -> toml::Value {
    match value {
        toml::Value::String(text) => toml::Value::String(text.replace("{name}", given_name)),
        toml::Value::Array(list) => toml::Value::Array(list.iter().map(|member| named(member, given_name)).collect()),
        toml::Value::Table(table) => {
            toml::Value::Table(table.iter().map(|(key, value)| (key.clone(), named(value, given_name))).collect())
        }
        other => other.clone(),
    }
}

/// The segment, readers and summary of a recording that is not shared.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confidence {
    /// The summary for workers who may not read it.
    pub(super) summary: Option<String>,
    /// The workers who may read it in addition to its author.
    #[serde(default)]
    pub(super) named_people: Vec<Part>,
    #[serde(default)]
    pub(super) third_parties: Vec<ThirdParty>,
    #[serde(default)]
    pub(super) requests: Vec<ScriptRequest>,
    pub(super) line: Option<ScriptLine>,
}

/// A request to read the recording.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptRequest {
    pub(super) by: Part,
    reason: String,
    /// The author's answer. Without one, the request was sent yesterday and is still open.
    pub(super) answered: Option<ScriptAnswer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptAnswer {
    /// The days between the recording and the request. The answer comes on the day after the request.
    pub(super) asked_after_days: i64,
    answer: DisclosureAnswer,
    because: String,
    for_days: Option<i64>,
}

/// A line of partner information about the recording.
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
    /// The request, as the service receives it.
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
    /// The line, as the service receives it.
    pub(super) fn as_released(&self) -> NewSanitisedLine {
        NewSanitisedLine { line: self.line.clone(), handling: self.handling }
    }
}
