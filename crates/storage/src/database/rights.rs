//! The rights of the serving role on each table of PostgreSQL, column by column. It may read every column, because the
//! service answers from them and `alongside check` examines them.
//!
//! Every table has its line here. Tests compare the lines with the schema, and the rights that PostgreSQL reports with
//! a separate list.

/// The rights to one table, besides reading it.
pub(crate) struct Rights {
    pub(crate) table: &'static str,
    /// Columns that a new row is written with. The others start empty.
    pub(crate) insert: &'static [&'static str],
    /// Columns that may be changed.
    pub(crate) update: &'static [&'static str],
    /// Whether rows may be deleted.
    pub(crate) delete: bool,
}

/// A table to which rows are only added.
const fn adds(table: &'static str, insert: &'static [&'static str]) -> Rights {
    Rights { table, insert, update: &[], delete: false }
}

impl Rights {
    const fn changes(self, update: &'static [&'static str]) -> Self {
        Self { update, ..self }
    }

    const fn deletes(self) -> Self {
        Self { delete: true, ..self }
    }

    /// The statements that grant these rights to a role that has none.
    pub(crate) fn grants(&self, role: &str) -> String {
        let Self { table, insert, update, delete } = self;
        let columns = |right: &str, columns: &[&str]| {
            (!columns.is_empty()).then(|| format!("GRANT {right} ({}) ON {table} TO {role}; ", columns.join(", ")))
        };
        let rights = [
            Some(format!("GRANT SELECT ON {table} TO {role}; ")),
            columns("INSERT", insert),
            columns("UPDATE", update),
            delete.then(|| format!("GRANT DELETE ON {table} TO {role}; ")),
        ];
        rights.into_iter().flatten().collect()
    }
}

/// Every table of the service. Diesel's own table may only be read, and is granted apart.
pub(crate) const RIGHTS: &[Rights] =
    &[
        adds("key_check", &["root_id", "content"]),
        // Agencies, accounts and sessions.
        adds("agency", &["id", "name", "sector", "in_sharing_agreement", "recorded_at", "version"]).changes(&[
            "name",
            "sector",
            "in_sharing_agreement",
            "version",
        ]),
        adds(
            "worker",
            &[
                "id",
                "agency_id",
                "sign_in_name",
                "password_hash",
                "own_password",
                "display_name",
                "job_title",
                "roles",
                "state",
                "recorded_at",
                "version",
                "supervisor_id",
            ],
        )
        .changes(&[
            "agency_id",
            "password_hash",
            "own_password",
            "display_name",
            "job_title",
            "roles",
            "state",
            "version",
            "supervisor_id",
        ]),
        adds("account_version", &["kind", "subject_id", "version", "author_id", "recorded_at", "details"]),
        adds("role_grant", &["id", "worker_id", "agency_id", "role", "reason", "proposed_by", "proposed_at", "status"])
            .changes(&["status", "decided_by", "decided_at", "decided_because"]),
        adds("session", &["id", "worker_id", "started_at", "refreshed_at", "ends_at", "second_factor_at", "issuer"])
            .changes(&["refreshed_at", "ends_at", "second_factor_at"]),
        adds("refresh_token", &["digest", "session_id", "issued_at"]).changes(&["used_at"]),
        adds("known_address", &["digest", "worker_id", "last_at"]).changes(&["last_at"]).deletes(),
        adds("external_identity", &["issuer", "subject", "worker_id", "linked_at", "linked_by"]).deletes(),
        adds("second_factor", &["worker_id", "secret_sealed", "confirmed_at", "last_step"])
            .changes(&["confirmed_at", "last_step"])
            .deletes(),
        adds("recovery_code", &["worker_id", "digest"]).changes(&["used_at"]).deletes(),
        adds("idempotency", &["worker_id", "key_digest", "fingerprint", "recorded_at", "content"]).deletes(),
        adds("way_in", &["worker_id", "known_to"]).deletes(),
        adds("role_handover", &["grant_id", "worker_id", "digest", "made_at"]).deletes(),
        // Counts of what workers do.
        adds("activity", &["worker_id", "kind", "since", "amount"]).changes(&["amount"]).deletes(),
        adds("activity_seen", &["worker_id", "kind", "on_day", "subject_id", "first_hour", "last_hour"])
            .changes(&["last_hour"])
            .deletes(),
        adds(
            "unusual_access",
            &[
                "id",
                "worker_id",
                "agency_id",
                "kind",
                "on_day",
                "holds",
                "amount",
                "threshold",
                "recorded_at",
                "confirmed_by",
                "confirmed_at",
                "confirmed_because",
            ],
        )
        .changes(&["confirmed_by", "confirmed_at", "confirmed_because"]),
        // Children, and who may see them.
        adds("child", &["id", "agency_id", "recorded_at", "version", "root_id", "key_sealed"]).changes(&[
            "version",
            "restriction",
            "has_partner_information",
        ]),
        adds("child_version", &["child_id", "version", "author_id", "recorded_at", "content"]),
        adds("child_token", &["child_id", "kind", "token", "claims"]).deletes(),
        adds(
            "involvement",
            &[
                "id",
                "child_id",
                "worker_id",
                "agency_id",
                "kind",
                "started_at",
                "ends_at",
                "reason_sealed",
                "end_reason_sealed",
                "ended_by",
                "version",
                "referral_id",
            ],
        )
        .changes(&["ends_at", "end_reason_sealed", "ended_by", "version", "notified_of_end_at"]),
        adds(
            "involvement_renewal",
            &["involvement_id", "version", "renewed_by", "renewed_at", "ended_at_before", "ends_at", "reason_sealed"],
        ),
        adds(
            "front_door_duty",
            &["id", "agency_id", "worker_id", "starts_at", "ends_at", "given_by", "given_at", "ended_at", "ended_by"],
        )
        .changes(&["ended_at", "ended_by"]),
        adds("conflict", &["id", "child_id", "worker_id", "kind", "declared_by", "declared_at", "note_sealed"])
            .changes(&["lifted_by", "lifted_at", "lifted_because_sealed"]),
        adds(
            "restriction_step",
            &[
                "id",
                "child_id",
                "level",
                "status",
                "reason",
                "owner_id",
                "review_on",
                "proposed_by",
                "proposed_at",
                "content",
            ],
        )
        .changes(&["status", "decided_by", "decided_at", "decided_because_sealed"]),
        adds("listed_person", &["child_id", "worker_id"]).deletes(),
        adds(
            "emergency_access",
            &[
                "id",
                "child_id",
                "worker_id",
                "agency_id",
                "reason",
                "explanation_sealed",
                "started_at",
                "ends_at",
                "review_due_at",
            ],
        ),
        adds("emergency_review", &["emergency_id", "reviewer_id", "outcome", "note_sealed", "recorded_at"]),
        adds("cosignature", &["id", "child_id", "worker_id", "signed_by", "signed_at"]).changes(&["used_for"]),
        // Recordings.
        adds(
            "entry",
            &[
                "id",
                "child_id",
                "kind",
                "agency_id",
                "author_id",
                "segment",
                "status",
                "codes",
                "occurred_at",
                "recorded_at",
                "version",
            ],
        )
        .changes(&["segment", "status", "codes", "occurred_at", "version"]),
        adds(
            "entry_version",
            &[
                "entry_id",
                "version",
                "author_id",
                "recorded_at",
                "segment",
                "status",
                "codes",
                "occurred_at",
                "occurred_precision",
                "captured_at",
                "content",
            ],
        ),
        adds("named_reader", &["entry_id", "worker_id"]).deletes(),
        adds("referral", &["id", "child_id", "from_agency_id", "to_agency_id", "status", "recorded_at"])
            .changes(&["status"]),
        adds("referral_concern", &["referral_id", "concern_id", "segment"]),
        adds("referral_answer", &["referral_id", "status", "author_id", "recorded_at", "content"]),
        adds(
            "disclosure_request",
            &["id", "entry_id", "child_id", "worker_id", "agency_id", "requested_at", "reason_sealed"],
        )
        .changes(&[
            "answer",
            "because_sealed",
            "decided_by",
            "decided_at",
            "ends_at",
            "segment",
            "revoked_because_sealed",
            "revoked_by",
            "revoked_at",
        ]),
        adds("sanitised_line", &["id", "entry_id", "child_id", "content", "released_by", "released_at"]).changes(&[
            "withdrawn_by",
            "withdrawn_at",
            "withdrawn_because_sealed",
        ]),
        // Notices and the audit.
        adds("notice", &["id", "worker_id", "kind", "about_kind", "about_id", "recorded_at"])
            .changes(&["acknowledged_at", "number"]),
        adds(
            "notice_suppression",
            &["id", "child_id", "worker_id", "agency_id", "reason", "explanation_sealed", "started_at", "ends_at"],
        ),
        adds("suppressed_look", &["event_id", "child_id", "worker_id", "agency_id"]),
        adds(
            "audit_event",
            &[
                "id",
                "at",
                "worker_id",
                "agency_id",
                "roles",
                "session_id",
                "action",
                "subject_kind",
                "subject_id",
                "child_id",
                "purpose",
                "policies",
                "fields",
                "outcome",
                "request_id",
            ],
        ),
    ];
