//! What must be denied, whatever else the policies say. Each promise is one line of the table below.
//!
//! The promises are written down a second time here on purpose: a policy that is loosened by mistake is found
//! only by somebody who does not read the promise from that policy.

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

/// Under a condition, written in Cedar, actions are always denied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Promise {
    pub(crate) title: &'static str,
    pub(crate) actions: Actions,
    pub(crate) when: &'static str,
}

/// Every promise.
pub(crate) const PROMISES: &[Promise] = &[
    Promise { title: "whoever may not act does nothing", actions: Actions::All, when: "!principal.may_act" },
    Promise {
        title: "with a password that somebody else chose there is nothing but choosing another",
        actions: Actions::Outside("first_steps"),
        when: "!principal.own_password",
    },
    Promise {
        title: "with a password that somebody else chose no second factor is set up",
        actions: Actions::Only("set_second_factor"),
        when: "!principal.own_password",
    },
    Promise {
        title: "without a second factor there is nothing but one's own account",
        actions: Actions::Outside("own_account"),
        when: "!principal.second_factor",
    },
    Promise {
        title: "grave steps need a fresh second factor",
        actions: Actions::In("step_up"),
        when: "!principal.fresh_second_factor",
    },
    Promise {
        title: "emergency access needs a fresh second factor",
        actions: Actions::Only("begin_emergency_access"),
        when: "!principal.fresh_second_factor",
    },
    Promise {
        title: "nobody confirms a role that they proposed, are to have, or that is for an account they could get into",
        actions: Actions::Only("decide_role_grant"),
        when: "context.own",
    },
    Promise {
        title: "nobody but an administrator confirms a role for another agency, or one that opens more than their own",
        actions: Actions::Only("decide_role_grant"),
        when: CONFIRMS_BEYOND_THEIR_OWN,
    },
    Promise {
        title: "an administrator opens no record",
        actions: Actions::In("touch_records"),
        when: r#"principal in Role::"administrator""#,
    },
    Promise {
        title: "an account whose role nobody has confirmed opens no record",
        actions: Actions::In("touch_records"),
        when: WITHOUT_A_ROLE_OF_TWO,
    },
    Promise {
        title: "an account whose role nobody has confirmed neither keeps accounts nor confirms roles",
        actions: Actions::In("administer"),
        when: WITHOUT_A_ROLE_OF_TWO,
    },
    Promise {
        title: "no practitioner decides a referral without front-door duty",
        actions: Actions::Only("decide_referral"),
        when: r#"
            !principal.front_door
            && !(principal in Role::"supervisor" || principal in Role::"safeguarding_lead")
        "#,
    },
    Promise {
        title: "nobody decides a referral of another agency, or one that they wrote",
        actions: Actions::Only("decide_referral"),
        when: "!resource.sent_to_my_agency || resource.author",
    },
    Promise {
        title: "nobody gives themselves front-door duty",
        actions: Actions::Only("give_front_door_duty"),
        when: "context.own",
    },
    Promise {
        title: "no practitioner gives anybody front-door duty",
        actions: Actions::Only("give_front_door_duty"),
        when: r#"!(principal in Role::"supervisor" || principal in Role::"safeguarding_lead") || !context.colleague"#,
    },
    Promise {
        title: "nobody starts their own involvement",
        actions: Actions::Only("start_involvement"),
        when: "context.own",
    },
    Promise {
        title: "nobody renews an involvement but supervisors and leads of the worker's agency, and never their own",
        actions: Actions::Only("renew_involvement"),
        when: r#"
            context.own || !context.colleague
            || !(principal in Role::"supervisor" || principal in Role::"safeguarding_lead")
        "#,
    },
    Promise {
        title: "emergency access needs a reason",
        actions: Actions::Only("begin_emergency_access"),
        when: "!context.reason_given",
    },
    Promise {
        title: "whoever is part of the child's story touches nothing",
        actions: Actions::In("touch_records"),
        when: "context.conflict",
    },
    Promise {
        title: "whoever is part of the child's story touches nothing in an emergency either",
        actions: Actions::In("touch_records"),
        when: "context.conflict && context.emergency",
    },
    Promise {
        title: "a sealed record is closed to whoever is not named",
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
        title: "an emergency alone opens no confidence of police or of named people",
        actions: Actions::In("read_entry"),
        when: EMERGENCY_ALONE,
    },
    Promise {
        title: "nobody but police who work with the child hold notices back",
        actions: Actions::Only("suppress_notices"),
        when: r#"principal.sector != "police" || !(context.allocated || context.team || context.duty)"#,
    },
    Promise {
        title: "nobody begins a new identity but from a sealed record that is open to them",
        actions: Actions::Only("begin_new_identity"),
        when: "!(context.sealed && context.listed)",
    },
    Promise {
        title: "nobody for whom a new identity is not open sees the former one",
        actions: Actions::Only("view_former_identity"),
        when: "!(context.sealed && context.listed)",
    },
    Promise {
        title: "nobody reviews their own emergency access or one in their line",
        actions: Actions::Only("review_emergency_access"),
        when: "context.own || context.in_line",
    },
    Promise {
        title: "nobody in the line of whoever made an emergency access reads what is recorded of it",
        actions: Actions::Only("view_emergency_access"),
        when: "context.in_line && !context.own",
    },
    Promise {
        title: "why notices are held back is read by nobody of another agency but auditors",
        actions: Actions::Only("view_notice_suppression"),
        when: r#"!context.colleague && !(principal in Role::"auditor")"#,
    },
    Promise {
        title: "nobody answers their own request to read what is withheld",
        actions: Actions::Only("decide_disclosure"),
        when: "context.own",
    },
    Promise {
        title: "nobody takes back what they were granted themselves",
        actions: Actions::Only("revoke_disclosure"),
        when: "context.own",
    },
    Promise {
        title: "what an agency keeps is disclosed by nobody of another",
        actions: Actions::Only("decide_disclosure"),
        when: "!resource.own_agency",
    },
    Promise {
        title: "what an agency disclosed is taken back by nobody of another",
        actions: Actions::Only("revoke_disclosure"),
        when: "!resource.own_agency",
    },
    Promise {
        title: "a line about what police keep is released by the agency that keeps it, and not by its author",
        actions: Actions::Only("sanitise_recording"),
        when: r#"resource.segment != "police_restricted" || !resource.own_agency || resource.author"#,
    },
    Promise {
        title: "whoever did unusually much opens nothing but in an emergency or for a missing child",
        actions: Actions::In("waits"),
        when: "principal.over_volume && !context.emergency && !context.responder",
    },
    Promise {
        title: "nobody confirms that their own work needs what was unusual, or that of another agency",
        actions: Actions::Only("confirm_unusual_access"),
        when: "context.own || !context.colleague",
    },
    Promise {
        title: "who asked not to be named is named to nobody of another agency but whoever wrote it down",
        actions: Actions::Only("read_unnamed_people"),
        when: "!resource.own_agency && !resource.author",
    },
];

/// No administrator, and not above the role in the same agency.
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

/// At most the role that one administrator grants. No single administrator's acts give more, as
/// `tests/api/accounts/single_administrator.rs` shows; so they lead to no read.
const WITHOUT_A_ROLE_OF_TWO: &str = r#"
    !(principal in Role::"practitioner" || principal in Role::"supervisor" || principal in Role::"safeguarding_lead"
      || principal in Role::"works_with_records" || principal in Role::"auditor"
      || principal in Role::"administrator")
"#;

/// Emergency access, and no other standing towards the child or the recording.
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
