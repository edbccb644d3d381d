//! A contact: a meeting or call with the child, or an attempt at one. It records what the worker did, also when the
//! child was not met. Nothing here is added up into a measure of the child.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::record::child_words::ChildWords;
use crate::record::entry::{Content, EntryKind};
use crate::vocabulary::check::{LABEL, NARRATIVE, SENTENCE};
use crate::{At, Check};

crate::codes! {
    /// How the contact took place.
    pub enum Mode {
        /// Together in one place.
        InPerson = "in_person",
        /// On a walk or a drive.
        WalkOrDrive = "walk_or_drive",
        /// By telephone.
        Phone = "phone",
        /// By video.
        Video = "video",
        /// By text message.
        TextMessage = "text_message",
        /// By letter or card.
        Letter = "letter",
        /// In an online chat.
        OnlineChat = "online_chat",
        /// In a group.
        GroupActivity = "group_activity",
        /// The worker tried, and did not meet the child this time.
        AttemptedNoContact = "attempted_no_contact",
    }
}

crate::codes! {
    /// Where it took place.
    pub enum Setting {
        /// At home.
        Home = "home",
        /// Where a looked-after child lives.
        Placement = "placement",
        /// At school or college.
        School = "school",
        /// In a youth setting.
        YouthSetting = "youth_setting",
        /// In a clinic or surgery.
        Clinic = "clinic",
        /// In a police station.
        PoliceStation = "police_station",
        /// In a vehicle.
        Vehicle = "vehicle",
        /// Outdoors.
        Outdoors = "outdoors",
        /// In a place the child named.
        ChildChosenPlace = "child_chosen_place",
        /// Elsewhere.
        Other = "other",
    }
}

crate::codes! {
    /// Whether others could hear.
    pub enum Privacy {
        /// No one else could hear.
        Private = "private",
        /// Others could hear for part of the time.
        PartlyPrivate = "partly_private",
        /// Others could hear.
        NotPrivate = "not_private",
        /// Not known.
        Unknown = "unknown",
    }
}

crate::codes! {
    /// Who started the contact. A child who starts one is showing trust.
    pub enum StartedBy {
        /// The child.
        Child = "child",
        /// The worker.
        Worker = "worker",
        /// A parent or carer.
        Carer = "carer",
        /// Another agency.
        OtherAgency = "other_agency",
    }
}

crate::codes! {
    /// What the contact was for.
    pub enum ContactPurpose {
        /// Getting to know and trust each other.
        BuildRelationship = "build_relationship",
        /// Hearing the child.
        HearChild = "hear_child",
        /// Giving the child information.
        ShareInformation = "share_information",
        /// Planning together.
        PlanTogether = "plan_together",
        /// Planning for safety.
        SafetyPlanning = "safety_planning",
        /// Health.
        HealthSupport = "health_support",
        /// Speaking for the child.
        Advocacy = "advocacy",
        /// An interview after the child was missing.
        ReturnInterview = "return_interview",
        /// Preparing for court or an interview.
        CourtOrInterviewPreparation = "court_or_interview_preparation",
        /// Reviewing a plan.
        Review = "review",
        /// Practical help.
        PracticalHelp = "practical_help",
        /// Something to celebrate.
        Celebration = "celebration",
        /// A goodbye, or meeting the next worker together.
        GoodbyeOrHandover = "goodbye_or_handover",
    }
}

crate::codes! {
    /// The principles of trauma-informed practice.
    pub enum Principle {
        /// Physical and emotional safety.
        Safety = "safety",
        /// Trust.
        Trust = "trust",
        /// Choice.
        Choice = "choice",
        /// Working together.
        Collaboration = "collaboration",
        /// Strengthening the child's own voice.
        Empowerment = "empowerment",
        /// Respect for culture and identity.
        CulturalConsideration = "cultural_consideration",
    }
}

crate::codes! {
    /// Whether a principle was evident in the contact.
    pub enum Evidenced {
        /// It was.
        Yes = "yes",
        /// In part.
        Partly = "partly",
        /// It was not.
        No = "no",
        /// It does not apply to this contact.
        NotApplicable = "not_applicable",
    }
}

/// How a principle was evident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrincipleNote {
    /// Whether it was evident.
    pub evidenced: Evidenced,
    /// How it was evident. Needed for `yes` and `partly`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub how: Option<String>,
}

/// A choice that was offered to the child, and what the child chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What the choice was about.
    #[schema(example = "Where to meet next time", max_length = 1000)]
    pub what: String,
    /// The options that were offered.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub options: Vec<String>,
    /// What the child chose. Absent if the child chose nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub chosen: Option<String>,
}

crate::codes! {
    /// Whether a step was explained to the child.
    pub enum Explained {
        /// It was explained.
        Yes = "yes",
        /// It was not explained yet.
        No = "no",
        /// It would not have been safe.
        NotSafe = "not_safe",
    }
}

/// A next step, and whether the child knows of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NextStep {
    /// What will be done.
    #[schema(example = "Ask school about a quiet room", max_length = 1000)]
    pub step: String,
    /// The person who does it, by role.
    #[schema(example = "School nurse", max_length = 200)]
    pub who: String,
    /// The day by which it will be done. Absent if none was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Whether it was explained to the child.
    pub explained_to_child: Explained,
    /// What the child thinks of it. Absent if not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub child_view: Option<String>,
}

crate::codes! {
    /// Whether a promise was kept.
    pub enum Kept {
        /// It was kept.
        Yes = "yes",
        /// It was not kept.
        No = "no",
        /// Not due yet, or not known yet.
        Pending = "pending",
    }
}

/// A promise to the child. To record whether it was kept, correct the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// What was promised.
    #[schema(example = "Call on Thursday, whatever the school says", max_length = 1000)]
    pub text: String,
    /// The day by which it was promised. Absent if none was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Whether it was kept.
    pub kept: Kept,
    /// How it was explained to the child that the promise was not kept. Needed if it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub explained_if_not: Option<String>,
}

/// A contact with the child. `occurred` is when it began.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// How it took place.
    pub mode: Mode,
    /// Where it took place.
    pub setting: Setting,
    /// Whether the child chose the place.
    pub chosen_by_child: bool,
    /// Whether others could hear.
    pub privacy: Privacy,
    /// What was done so that the child could speak freely. Needed if the contact was not private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub privacy_action: Option<String>,
    /// Who started it.
    pub started_by: StartedBy,
    /// How long it lasted, in minutes, at most 1440. Absent if not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1440)]
    pub duration_minutes: Option<u16>,
    /// What it was for. At least one purpose.
    #[schema(min_items = 1)]
    pub purpose: Vec<ContactPurpose>,
    /// Whether the limits of confidentiality were explained to the child.
    #[serde(default)]
    pub confidentiality_explained: bool,
    /// How the principles of trauma-informed practice were evident. The service never fills this in.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, PrincipleNote>)]
    pub principles: BTreeMap<Principle, PrincipleNote>,
    /// The child's own words.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub child_words: Vec<ChildWords>,
    /// Why the child's words are missing. Needed if the child was met and `child_words` is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub not_heard_because: Option<String>,
    /// The choices that were offered.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub choices: Vec<Choice>,
    /// The next steps.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub next_steps: Vec<NextStep>,
    /// The promises that were made.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub promises: Vec<Promise>,
    /// What the worker saw and did, separate from the child's account. Absent if not recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub worker_observation: Option<String>,
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(…)")
    }
}

impl Content for Contact {
    const KIND: EntryKind = EntryKind::Contact;

    fn check(&self, check: &mut Check, now: At) {
        check.distinct("purpose", &self.purpose);
        check.rule("purpose", !self.purpose.is_empty(), "is empty; say what the contact was for");
        check.rule(
            "duration_minutes",
            self.duration_minutes.is_none_or(|m| m <= 1440),
            "must be at most 1440 minutes (a day)",
        );
        check.optional_text("privacy_action", self.privacy_action.as_deref(), SENTENCE);
        check.rule(
            "privacy_action",
            self.privacy != Privacy::NotPrivate || self.privacy_action.is_some(),
            "is missing; say what was done so that the child could speak freely, or why it could not be done",
        );
        check.within("principles", |check| {
            for (principle, note) in &self.principles {
                check.within(principle.as_str(), |check| {
                    check.optional_text("how", note.how.as_deref(), SENTENCE);
                    let claimed = matches!(note.evidenced, Evidenced::Yes | Evidenced::Partly);
                    check.rule("how", !claimed || note.how.is_some(), "is missing; say how it was evident");
                });
            }
        });
        check.each("child_words", &self.child_words, |check, words| words.check(check));
        check.optional_text("not_heard_because", self.not_heard_because.as_deref(), SENTENCE);
        check.rule(
            "not_heard_because",
            self.mode == Mode::AttemptedNoContact || !self.child_words.is_empty() || self.not_heard_because.is_some(),
            "is missing; send the child's words, or say why there are none",
        );
        check.each("choices", &self.choices, |check, choice| {
            check.text("what", &choice.what, SENTENCE);
            check.each("options", &choice.options, |check, option| check.text("", option, SENTENCE));
            check.optional_text("chosen", choice.chosen.as_deref(), SENTENCE);
        });
        check.each("next_steps", &self.next_steps, |check, next| {
            check.text("step", &next.step, SENTENCE);
            check.name("who", &next.who, LABEL);
            check.near("due_on", next.due_on, now);
            check.optional_text("child_view", next.child_view.as_deref(), SENTENCE);
        });
        check.each("promises", &self.promises, |check, promise| {
            check.text("text", &promise.text, SENTENCE);
            check.near("due_on", promise.due_on, now);
            check.optional_text("explained_if_not", promise.explained_if_not.as_deref(), SENTENCE);
            check.rule(
                "explained_if_not",
                promise.kept != Kept::No || promise.explained_if_not.is_some(),
                "is missing; say how it was explained to the child that the promise was not kept",
            );
        });
        check.optional_text("worker_observation", self.worker_observation.as_deref(), NARRATIVE);
        check.rule(
            "worker_observation",
            self.mode != Mode::AttemptedNoContact || self.worker_observation.is_some(),
            "is missing; say what you did to reach the child",
        );
    }

    fn codes(&self) -> String {
        self.mode.as_str().to_owned()
    }

    fn child_words(&mut self) -> Option<&mut Vec<ChildWords>> {
        Some(&mut self.child_words)
    }

    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        let texts = [&mut self.privacy_action, &mut self.not_heard_because, &mut self.worker_observation];
        texts.into_iter().flatten().for_each(&mut *visit);
        self.principles.values_mut().filter_map(|note| note.how.as_mut()).for_each(&mut *visit);
        self.child_words.iter_mut().for_each(|words| words.each_text(visit));
        for choice in &mut self.choices {
            visit(&mut choice.what);
            choice.options.iter_mut().chain(&mut choice.chosen).for_each(&mut *visit);
        }
        for next in &mut self.next_steps {
            [&mut next.step, &mut next.who].into_iter().chain(&mut next.child_view).for_each(&mut *visit);
        }
        for promise in &mut self.promises {
            visit(&mut promise.text);
            promise.explained_if_not.iter_mut().for_each(&mut *visit);
        }
    }
}
