//! A contact: time a worker spent, or tried to spend, with the child. What the worker did is recorded,
//! also when nobody was met; nothing here is added up into a measure of the child.

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
        /// The worker tried; nobody was met this time.
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
        /// Nobody else could.
        Private = "private",
        /// For part of the time.
        PartlyPrivate = "partly_private",
        /// Others could.
        NotPrivate = "not_private",
        /// Not known.
        Unknown = "unknown",
    }
}

crate::codes! {
    /// Who began the contact. A child who begins one is showing trust.
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
        /// Telling the child something.
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
        /// Looking back at a plan.
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
        /// Strengthening the child's own say.
        Empowerment = "empowerment",
        /// Regard for culture and identity.
        CulturalConsideration = "cultural_consideration",
    }
}

crate::codes! {
    /// Whether a principle showed in the contact.
    pub enum Evidenced {
        /// It did.
        Yes = "yes",
        /// In part.
        Partly = "partly",
        /// It did not.
        No = "no",
        /// It could not.
        NotApplicable = "not_applicable",
    }
}

/// How a principle showed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PrincipleNote {
    /// Whether it showed.
    pub evidenced: Evidenced,
    /// How; needed for `yes` and `partly`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub how: Option<String>,
}

/// A choice that was offered, and what the child chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What it was about.
    #[schema(example = "Where to meet next time", max_length = 1000)]
    pub what: String,
    /// What was on offer.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub options: Vec<String>,
    /// What the child chose, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub chosen: Option<String>,
}

crate::codes! {
    /// Whether a step was explained to the child.
    pub enum Explained {
        /// It was.
        Yes = "yes",
        /// Not yet.
        No = "no",
        /// It would not have been safe.
        NotSafe = "not_safe",
    }
}

/// What happens next, and whether the child knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NextStep {
    /// What.
    #[schema(example = "Ask school about a quiet room", max_length = 1000)]
    pub step: String,
    /// Who does it.
    #[schema(example = "School nurse", max_length = 200)]
    pub who: String,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Whether it was explained.
    pub explained_to_child: Explained,
    /// What the child thinks of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub child_view: Option<String>,
}

crate::codes! {
    /// Whether a promise was kept.
    pub enum Kept {
        /// It was.
        Yes = "yes",
        /// It was not.
        No = "no",
        /// Not due, or not known yet.
        Pending = "pending",
    }
}

/// A promise to the child. What became of it is recorded by amending the contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// What was promised.
    #[schema(example = "Call on Thursday whatever the answer from school is", max_length = 1000)]
    pub text: String,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// Whether it was kept.
    pub kept: Kept,
    /// How it was explained to the child; needed when it was not kept.
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
    /// Where.
    pub setting: Setting,
    /// Whether the child chose the place.
    pub chosen_by_child: bool,
    /// Whether others could hear.
    pub privacy: Privacy,
    /// What was done about privacy; needed when it was not private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub privacy_action: Option<String>,
    /// Who began it.
    pub started_by: StartedBy,
    /// How long it lasted, in minutes, at most a day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1440)]
    pub duration_minutes: Option<u16>,
    /// What it was for, at least one.
    #[schema(min_items = 1)]
    pub purpose: Vec<ContactPurpose>,
    /// Whether the limits of confidentiality were explained.
    #[serde(default)]
    pub confidentiality_explained: bool,
    /// How the principles of trauma-informed practice showed. Never filled in by itself.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, PrincipleNote>)]
    pub principles: BTreeMap<Principle, PrincipleNote>,
    /// The child's own words.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub child_words: Vec<ChildWords>,
    /// Why the child could not be heard; needed when somebody was met and there are no words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000)]
    pub not_heard_because: Option<String>,
    /// Choices that were offered.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub choices: Vec<Choice>,
    /// What happens next.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub next_steps: Vec<NextStep>,
    /// What was promised.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub promises: Vec<Promise>,
    /// What the worker saw and did, kept apart from the child's account.
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
        check.rule("duration_minutes", self.duration_minutes.is_none_or(|m| m <= 1440), "is more than a day");
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
                    check.rule("how", !claimed || note.how.is_some(), "is missing; say how it showed");
                });
            }
        });
        check.each("child_words", &self.child_words, |check, words| words.check(check));
        check.optional_text("not_heard_because", self.not_heard_because.as_deref(), SENTENCE);
        check.rule(
            "not_heard_because",
            self.mode == Mode::AttemptedNoContact || !self.child_words.is_empty() || self.not_heard_because.is_some(),
            "is missing; give the child's words, or say why they are not here",
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
