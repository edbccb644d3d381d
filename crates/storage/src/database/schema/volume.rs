//! The tables that count what workers do.

use diesel::table;

table! {
    use diesel::sql_types::{Integer, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    activity (worker_id, kind, since) {
        worker_id -> Guid,
        kind -> Text,
        since -> UtcTime,
        amount -> Integer,
    }
}

table! {
    use diesel::sql_types::Text;
    use crate::database::sql_types::{Guid, UtcTime};

    activity_seen (worker_id, kind, on_day, subject_id) {
        worker_id -> Guid,
        kind -> Text,
        on_day -> UtcTime,
        subject_id -> Guid,
        first_hour -> UtcTime,
        last_hour -> UtcTime,
    }
}

table! {
    use diesel::sql_types::{Bool, Integer, Nullable, Text};
    use crate::database::sql_types::{Guid, UtcTime};

    unusual_access (id) {
        id -> Guid,
        worker_id -> Guid,
        agency_id -> Guid,
        kind -> Text,
        on_day -> UtcTime,
        holds -> Bool,
        amount -> Integer,
        threshold -> Integer,
        recorded_at -> UtcTime,
        confirmed_by -> Nullable<Guid>,
        confirmed_at -> Nullable<UtcTime>,
        confirmed_because -> Nullable<Text>,
    }
}
