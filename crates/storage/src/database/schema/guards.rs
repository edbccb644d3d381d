//! The tables of second factors, role grants, front-door duty, other issuers, closed records, exceptions and notices.

use diesel::table;

table! {
    use diesel::sql_types::Text;
    use crate::database::sql_types::{Guid, UtcTime};

    external_identity (issuer, subject) {
        issuer -> Text,
        subject -> Text,
        worker_id -> Guid,
        linked_at -> UtcTime,
        linked_by -> Guid,
    }
}

table! {
    use diesel::sql_types::{BigInt, Binary, Nullable};
    use crate::database::sql_types::{Guid, UtcTime};

    second_factor (worker_id) {
        worker_id -> Guid,
        secret_sealed -> Binary,
        confirmed_at -> Nullable<UtcTime>,
        last_step -> BigInt,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::database::sql_types::{Guid, UtcTime};

    recovery_code (worker_id, digest) {
        worker_id -> Guid,
        digest -> Binary,
        used_at -> Nullable<UtcTime>,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    conflict (id) {
        id -> Guid,
        child_id -> Guid,
        worker_id -> Guid,
        kind -> Text,
        declared_by -> Guid,
        declared_at -> UtcTime,
        note_sealed -> Binary,
        lifted_by -> Nullable<Guid>,
        lifted_at -> Nullable<UtcTime>,
        lifted_because_sealed -> Nullable<Binary>,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    restriction_step (id) {
        id -> Guid,
        child_id -> Guid,
        level -> Text,
        status -> Text,
        reason -> Nullable<Text>,
        owner_id -> Guid,
        review_on -> Nullable<Text>,
        proposed_by -> Guid,
        proposed_at -> UtcTime,
        content -> Binary,
        decided_by -> Nullable<Guid>,
        decided_at -> Nullable<UtcTime>,
        decided_because_sealed -> Nullable<Binary>,
    }
}

table! {
    use diesel::sql_types::{};
    use crate::database::sql_types::Guid;

    listed_person (child_id, worker_id) {
        child_id -> Guid,
        worker_id -> Guid,
    }
}

table! {
    use diesel::sql_types::{Binary, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    emergency_access (id) {
        id -> Guid,
        child_id -> Guid,
        worker_id -> Guid,
        agency_id -> Guid,
        reason -> Text,
        explanation_sealed -> Binary,
        started_at -> UtcTime,
        ends_at -> UtcTime,
        review_due_at -> UtcTime,
    }
}

table! {
    use diesel::sql_types::{Binary, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    emergency_review (emergency_id) {
        emergency_id -> Guid,
        reviewer_id -> Guid,
        outcome -> Text,
        note_sealed -> Binary,
        recorded_at -> UtcTime,
    }
}

table! {
    use diesel::sql_types::Nullable;
    use crate::database::sql_types::{Guid, UtcTime};

    cosignature (id) {
        id -> Guid,
        child_id -> Guid,
        worker_id -> Guid,
        signed_by -> Guid,
        signed_at -> UtcTime,
        used_for -> Nullable<Guid>,
    }
}

table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    notice (id) {
        id -> Guid,
        worker_id -> Guid,
        kind -> Text,
        about_kind -> Text,
        about_id -> Guid,
        recorded_at -> UtcTime,
        acknowledged_at -> Nullable<UtcTime>,
        number -> Nullable<BigInt>,
    }
}

table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    role_grant (id) {
        id -> Guid,
        worker_id -> Guid,
        agency_id -> Guid,
        role -> Text,
        reason -> Text,
        proposed_by -> Guid,
        proposed_at -> UtcTime,
        status -> Text,
        decided_by -> Nullable<Guid>,
        decided_at -> Nullable<UtcTime>,
        decided_because -> Nullable<Text>,
    }
}

table! {
    use crate::database::sql_types::Guid;

    way_in (worker_id, known_to) {
        worker_id -> Guid,
        known_to -> Guid,
    }
}

table! {
    use diesel::sql_types::Binary;
    use crate::database::sql_types::{Guid, UtcTime};

    role_handover (grant_id) {
        grant_id -> Guid,
        worker_id -> Guid,
        digest -> Binary,
        made_at -> UtcTime,
    }
}

table! {
    use diesel::sql_types::{Binary, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    notice_suppression (id) {
        id -> Guid,
        child_id -> Guid,
        worker_id -> Guid,
        agency_id -> Guid,
        reason -> Text,
        explanation_sealed -> Binary,
        started_at -> UtcTime,
        ends_at -> UtcTime,
    }
}

table! {
    use diesel::sql_types::{};
    use crate::database::sql_types::Guid;

    suppressed_look (event_id) {
        event_id -> Guid,
        child_id -> Guid,
        worker_id -> Guid,
        agency_id -> Guid,
    }
}

table! {
    use diesel::sql_types::Nullable;
    use crate::database::sql_types::{Guid, UtcTime};

    front_door_duty (id) {
        id -> Guid,
        agency_id -> Guid,
        worker_id -> Guid,
        starts_at -> UtcTime,
        ends_at -> UtcTime,
        given_by -> Guid,
        given_at -> UtcTime,
        ended_at -> Nullable<UtcTime>,
        ended_by -> Nullable<Guid>,
    }
}
