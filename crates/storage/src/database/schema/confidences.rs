//! The tables of withheld recordings and of how they are shared.

use diesel::table;

table! {
    use diesel::sql_types::{};
    use crate::database::sql_types::Guid;

    named_reader (worker_id, entry_id) {
        worker_id -> Guid,
        entry_id -> Guid,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    disclosure_request (id) {
        id -> Guid,
        entry_id -> Guid,
        child_id -> Guid,
        worker_id -> Guid,
        agency_id -> Guid,
        requested_at -> UtcTime,
        reason_sealed -> Binary,
        answer -> Nullable<Text>,
        because_sealed -> Nullable<Binary>,
        decided_by -> Nullable<Guid>,
        decided_at -> Nullable<UtcTime>,
        ends_at -> Nullable<UtcTime>,
        segment -> Nullable<Text>,
        revoked_because_sealed -> Nullable<Binary>,
        revoked_by -> Nullable<Guid>,
        revoked_at -> Nullable<UtcTime>,
    }
}

table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::database::sql_types::{Guid, UtcTime};

    sanitised_line (id) {
        id -> Guid,
        entry_id -> Guid,
        child_id -> Guid,
        content -> Binary,
        released_by -> Guid,
        released_at -> UtcTime,
        withdrawn_by -> Nullable<Guid>,
        withdrawn_at -> Nullable<UtcTime>,
        withdrawn_because_sealed -> Nullable<Binary>,
    }
}
