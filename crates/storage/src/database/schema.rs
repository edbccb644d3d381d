//! The tables, once for both databases. A test compares them with what the migrations make.

mod confidences;
mod guards;
mod volume;

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

pub(crate) use confidences::{disclosure_request, named_reader, sanitised_line};
pub(crate) use guards::{
    conflict, cosignature, emergency_access, emergency_review, external_identity, front_door_duty, listed_person,
    notice, notice_suppression, recovery_code, restriction_step, role_grant, role_handover, second_factor,
    suppressed_look, way_in,
};
pub(crate) use volume::{activity, activity_seen, unusual_access};

table! {
    use diesel::sql_types::{Binary, Text};

    key_check (root_id) {
        root_id -> Text,
        content -> Binary,
    }
}

table! {
    use diesel::sql_types::{Bool, Integer, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    agency (id) {
        id -> Guid,
        name -> Text,
        sector -> Text,
        in_sharing_agreement -> Bool,
        recorded_at -> UtcTime,
        version -> Integer,
    }
}

table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    worker (id) {
        id -> Guid,
        agency_id -> Guid,
        sign_in_name -> Text,
        password_hash -> Text,
        own_password -> Bool,
        display_name -> Text,
        job_title -> Text,
        roles -> Text,
        state -> Text,
        recorded_at -> UtcTime,
        version -> Integer,
        supervisor_id -> Nullable<Guid>,
    }
}

table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    account_version (kind, subject_id, version) {
        kind -> Text,
        subject_id -> Guid,
        version -> Integer,
        author_id -> Nullable<Guid>,
        recorded_at -> UtcTime,
        details -> Text,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    session (id) {
        id -> Guid,
        worker_id -> Guid,
        started_at -> UtcTime,
        refreshed_at -> UtcTime,
        ends_at -> UtcTime,
        second_factor_at -> Nullable<UtcTime>,
        issuer -> Nullable<Text>,
    }
}

table! {
    use diesel::sql_types::Binary;
    use crate::database::sql_types::{Guid, UtcTime};

    known_address (digest) {
        digest -> Binary,
        worker_id -> Guid,
        last_at -> UtcTime,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::database::sql_types::{Guid, UtcTime};

    refresh_token (digest) {
        digest -> Binary,
        session_id -> Guid,
        issued_at -> UtcTime,
        used_at -> Nullable<UtcTime>,
    }
}

table! {
    use diesel::sql_types::{Binary, Bool, Integer, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    child (id) {
        id -> Guid,
        agency_id -> Guid,
        recorded_at -> UtcTime,
        version -> Integer,
        root_id -> Text,
        key_sealed -> Nullable<Binary>,
        restriction -> Text,
        has_partner_information -> Bool,
    }
}

table! {
    use diesel::sql_types::{Binary, Integer};
    use crate::database::sql_types::{Guid, UtcTime};

    child_version (child_id, version) {
        child_id -> Guid,
        version -> Integer,
        author_id -> Guid,
        recorded_at -> UtcTime,
        content -> Binary,
    }
}

table! {
    use diesel::sql_types::{Binary, Bool, Text};
    use crate::database::sql_types::{Guid};

    child_token (child_id, kind, token) {
        child_id -> Guid,
        kind -> Text,
        token -> Binary,
        claims -> Bool,
    }
}

table! {
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    involvement (id) {
        id -> Guid,
        child_id -> Guid,
        worker_id -> Guid,
        agency_id -> Guid,
        kind -> Text,
        started_at -> UtcTime,
        ends_at -> UtcTime,
        reason_sealed -> Binary,
        end_reason_sealed -> Nullable<Binary>,
        ended_by -> Nullable<Guid>,
        version -> Integer,
        referral_id -> Nullable<Guid>,
        notified_of_end_at -> Nullable<UtcTime>,
    }
}

table! {
    use diesel::sql_types::{Binary, Integer};
    use crate::database::sql_types::{Guid, UtcTime};

    involvement_renewal (involvement_id, version) {
        involvement_id -> Guid,
        version -> Integer,
        renewed_by -> Guid,
        renewed_at -> UtcTime,
        ended_at_before -> UtcTime,
        ends_at -> UtcTime,
        reason_sealed -> Binary,
    }
}

table! {
    use diesel::sql_types::{Integer, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    entry (id) {
        id -> Guid,
        child_id -> Guid,
        kind -> Text,
        agency_id -> Guid,
        author_id -> Guid,
        segment -> Text,
        status -> Text,
        codes -> Text,
        occurred_at -> UtcTime,
        recorded_at -> UtcTime,
        version -> Integer,
    }
}

table! {
    use diesel::sql_types::{Binary, Integer, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    entry_version (entry_id, version) {
        entry_id -> Guid,
        version -> Integer,
        author_id -> Guid,
        recorded_at -> UtcTime,
        segment -> Text,
        status -> Text,
        codes -> Text,
        occurred_at -> UtcTime,
        occurred_precision -> Text,
        captured_at -> Nullable<UtcTime>,
        content -> Binary,
    }
}

table! {
    use diesel::sql_types::{Text};
    use crate::database::sql_types::{Guid, UtcTime};

    referral (id) {
        id -> Guid,
        child_id -> Guid,
        from_agency_id -> Guid,
        to_agency_id -> Guid,
        status -> Text,
        recorded_at -> UtcTime,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::database::sql_types::Guid;

    referral_concern (concern_id, referral_id) {
        referral_id -> Guid,
        concern_id -> Guid,
        segment -> Text,
    }
}

table! {
    use diesel::sql_types::{Binary, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    referral_answer (referral_id, status) {
        referral_id -> Guid,
        status -> Text,
        author_id -> Guid,
        recorded_at -> UtcTime,
        content -> Binary,
    }
}

table! {
    use diesel::sql_types::{Binary};
    use crate::database::sql_types::{Guid, UtcTime};

    idempotency (worker_id, key_digest) {
        worker_id -> Guid,
        key_digest -> Binary,
        fingerprint -> Binary,
        recorded_at -> UtcTime,
        content -> Binary,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    audit_event (id) {
        id -> Guid,
        at -> UtcTime,
        worker_id -> Nullable<Guid>,
        agency_id -> Nullable<Guid>,
        roles -> Text,
        session_id -> Nullable<Guid>,
        action -> Text,
        subject_kind -> Text,
        subject_id -> Nullable<Guid>,
        child_id -> Nullable<Guid>,
        purpose -> Nullable<Text>,
        policies -> Text,
        fields -> Text,
        outcome -> Text,
        request_id -> Guid,
    }
}

joinable!(worker -> agency (agency_id));
joinable!(entry_version -> entry (entry_id));
joinable!(involvement_renewal -> involvement (involvement_id));
joinable!(referral -> entry (id));
joinable!(referral_concern -> referral (referral_id));
joinable!(disclosure_request -> entry (entry_id));
joinable!(emergency_review -> emergency_access (emergency_id));
allow_tables_to_appear_in_same_query!(
    key_check,
    agency,
    worker,
    account_version,
    session,
    external_identity,
    refresh_token,
    child,
    child_version,
    child_token,
    involvement,
    involvement_renewal,
    entry,
    entry_version,
    named_reader,
    disclosure_request,
    sanitised_line,
    referral,
    referral_concern,
    referral_answer,
    idempotency,
    audit_event,
    second_factor,
    recovery_code,
    conflict,
    restriction_step,
    listed_person,
    emergency_access,
    emergency_review,
    cosignature,
    notice,
    notice_suppression,
    role_grant,
    role_handover,
    suppressed_look,
    front_door_duty,
    unusual_access
);
