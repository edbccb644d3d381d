//! What must be denied, whatever else the policies say. Each promise is one entry of the table below.
//!
//! The promises repeat on purpose what the policies say. A policy loosened by mistake is found only by comparing it
//! with a promise that was written independently.

use crate::environments::Environment;

/// Which actions a promise is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Actions {
    All,
    In(&'static str),
    Outside(&'static str),
    Only(&'static str),
}

impl Actions {
    pub(crate) fn cover(self, environment: &Environment) -> bool {
        match self {
            Self::All => true,
            Self::In(group) => environment.is_in(group),
            Self::Outside(group) => !environment.is_in(group),
            Self::Only(action) => environment.action() == action,
        }
    }
}

/// A promise: these actions are always denied under this condition, which is written in Cedar.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Promise {
    pub(crate) title: &'static str,
    pub(crate) actions: Actions,
    pub(crate) when: &'static str,
}

/// Every promise.
pub(crate) const PROMISES: &[Promise] = &[
    Promise { title: "a worker who may not act does nothing", actions: Actions::All, when: "!principal.may_act" },
    Promise {
        title: "a worker whose password another person chose can only take the first steps",
        actions: Actions::Outside("first_steps"),
        when: "!principal.own_password",
    },
    Promise {
        title: "a worker whose password another person chose cannot set up a second factor",
        actions: Actions::Only("set_second_factor"),
        when: "!principal.own_password",
    },
    Promise {
        title: "a worker without a second factor can only use their own account",
        actions: Actions::Outside("own_account"),
        when: "!principal.second_factor",
    },
    Promise {
        title: "actions that are hard to undo need a fresh second factor",
        actions: Actions::In("step_up"),
        when: "!principal.fresh_second_factor",
    },
    Promise {
        title: "emergency access needs a fresh second factor",
        actions: Actions::Only("begin_emergency_access"),
        when: "!principal.fresh_second_factor",
    },
    Promise {
        title: "no worker confirms a role that they proposed, will hold, or that is for an account they could get into",
        actions: Actions::Only("decide_role_grant"),
        when: "context.own",
    },
    Promise {
        title: "only an administrator confirms a role for another agency, or one that opens more than their own",
        actions: Actions::Only("decide_role_grant"),
        when: CONFIRMS_BEYOND_THEIR_OWN,
    },
    Promise {
        title: "an administrator opens no record",
        actions: Actions::In("touch_records"),
        when: r#"principal in Role::"administrator""#,
    },
    Promise {
        title: "an account without a confirmed role opens no record",
        actions: Actions::In("touch_records"),
        when: WITHOUT_A_ROLE_OF_TWO,
    },
    Promise {
        title: "an account without a confirmed role neither manages accounts nor confirms roles",
        actions: Actions::In("administer"),
        when: WITHOUT_A_ROLE_OF_TWO,
    },
    Promise {
        title: "a practitioner without front-door duty decides no referral",
        actions: Actions::Only("decide_referral"),
        when: r#"
            !principal.front_door
            && !(principal in Role::"oversight")
        "#,
    },
    Promise {
        title: "no worker decides a referral that was sent to another agency, or one that they wrote",
        actions: Actions::Only("decide_referral"),
        when: "!resource.sent_to_my_agency || resource.author",
    },
    Promise {
        title: "no worker puts themselves on front-door duty",
        actions: Actions::Only("give_front_door_duty"),
        when: "context.own",
    },
    Promise {
        title: "only a supervisor or lead of the same agency puts a worker on front-door duty",
        actions: Actions::Only("give_front_door_duty"),
        when: r#"!(principal in Role::"oversight") || !context.colleague"#,
    },
    Promise {
        title: "no worker starts their own involvement",
        actions: Actions::Only("start_involvement"),
        when: "context.own",
    },
    Promise {
        title: "only supervisors and leads of the worker's agency renew an involvement, and never their own",
        actions: Actions::Only("renew_involvement"),
        when: r#"
            context.own || !context.colleague
            || !(principal in Role::"oversight")
        "#,
    },
    Promise {
        title: "emergency access needs a reason",
        actions: Actions::Only("begin_emergency_access"),
        when: "!context.reason_given",
    },
    Promise {
        title: "a worker who is part of the child's story cannot use the record",
        actions: Actions::In("touch_records"),
        when: "context.conflict",
    },
    Promise {
        title: "a worker who is part of the child's story cannot use the record in an emergency either",
        actions: Actions::In("touch_records"),
        when: "context.conflict && context.emergency",
    },
    Promise {
        title: "a sealed record is closed to workers who are not named",
        actions: Actions::In("touch_records"),
        when: "context.sealed && !context.listed",
    },
    Promise {
        title: "a sealed record is closed in an emergency too",
        actions: Actions::In("touch_records"),
        when: "context.sealed && !context.listed && context.emergency",
    },
    Promise {
        title: "a board analyst never gets a row",
        actions: Actions::In("touch_records"),
        when: r#"principal in Role::"board_analyst""#,
    },
    Promise {
        title: "an emergency alone opens no recording kept for police or named people",
        actions: Actions::In("read_entry"),
        when: EMERGENCY_ALONE,
    },
    Promise {
        title: "only police who work with the child suppress notices",
        actions: Actions::Only("suppress_notices"),
        when: r#"principal.sector != "police" || !(context.allocated || context.team || context.duty)"#,
    },
    Promise {
        title: "a new identity begins only from a sealed record that is open to the worker",
        actions: Actions::Only("begin_new_identity"),
        when: "!(context.sealed && context.listed)",
    },
    Promise {
        title: "the former identity is hidden from workers who are not named on the sealed new record",
        actions: Actions::Only("view_former_identity"),
        when: "!(context.sealed && context.listed)",
    },
    Promise {
        title: "no worker reviews their own emergency access, or that of a person they manage or who manages them",
        actions: Actions::Only("review_emergency_access"),
        when: "context.own || context.in_line",
    },
    Promise {
        title: "a worker cannot read the emergency access of a person they manage or who manages them",
        actions: Actions::Only("view_emergency_access"),
        when: "context.in_line && !context.own",
    },
    Promise {
        title: "of other agencies, only auditors read why notices are suppressed",
        actions: Actions::Only("view_notice_suppression"),
        when: r#"!context.colleague && !(principal in Role::"auditor")"#,
    },
    Promise {
        title: "no worker decides their own disclosure request",
        actions: Actions::Only("decide_disclosure"),
        when: "context.own",
    },
    Promise {
        title: "no worker ends the access that they were granted themselves",
        actions: Actions::Only("revoke_disclosure"),
        when: "context.own",
    },
    Promise {
        title: "only the agency that holds a recording decides a disclosure request",
        actions: Actions::Only("decide_disclosure"),
        when: "!resource.own_agency",
    },
    Promise {
        title: "only the agency that disclosed a recording ends the access",
        actions: Actions::Only("revoke_disclosure"),
        when: "!resource.own_agency",
    },
    Promise {
        title: "partner information is released only by the police agency holding the recording, and not by its author",
        actions: Actions::Only("sanitise_recording"),
        when: r#"resource.segment != "police_restricted" || !resource.own_agency || resource.author"#,
    },
    Promise {
        title: "above the second threshold of unusual access, more opens only in an emergency or for a missing child",
        actions: Actions::In("waits"),
        when: "principal.over_volume && !context.emergency && !context.responder",
    },
    Promise {
        title: "no worker confirms the need for their own unusual access, or for that of another agency's worker",
        actions: Actions::Only("confirm_unusual_access"),
        when: "context.own || !context.colleague",
    },
    Promise {
        title: "in other agencies, only the author sees the name of a source who asked not to be named",
        actions: Actions::Only("read_unnamed_people"),
        when: "!resource.own_agency && !resource.author",
    },
];

/// The caller is not an administrator, and the role is not one that they may confirm in their agency.
const CONFIRMS_BEYOND_THEIR_OWN: &str = r#"
    !(principal in Role::"administrator")
    && !(
      context.colleague
      && (
        (principal in Role::"safeguarding_lead" && ["practitioner", "supervisor"].contains(context.proposed_role))
        || (principal in Role::"supervisor" && context.proposed_role == "practitioner")
      )
    )
"#;

/// The caller has none of the roles that two people grant. A single administrator's acts give no more than that, as
/// `tests/api/accounts/single_administrator.rs` shows, so they open no record.
const WITHOUT_A_ROLE_OF_TWO: &str = r#"
    !(principal in Role::"practitioner" || principal in Role::"supervisor" || principal in Role::"safeguarding_lead"
      || principal in Role::"works_with_records" || principal in Role::"oversight" || principal in Role::"auditor"
      || principal in Role::"administrator")
"#;

/// Emergency access, and no other tie to the child or the recording.
const EMERGENCY_ALONE: &str = r#"
    context.emergency
    && !(
      context.allocated || context.team || context.duty || context.meeting || context.responder
      || context.audit_case || context.agency_involved
    )
    && !(
      resource.author || resource.named || resource.released || resource.own_agency
      || resource.sent_by_my_agency || resource.sent_to_my_agency || resource.attached_to_referral
    )
    && (resource.segment == "police_restricted" || resource.segment == "named_people")
"#;
