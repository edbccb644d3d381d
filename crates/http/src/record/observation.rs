//! Observations of indicators, with how recent they are.

use alongside_domain::At;
use alongside_domain::record::entry::Entry;
use alongside_domain::record::observation::Observation;
use alongside_domain::record::observation::Recency;
use serde::Serialize;

use crate::record::entry::{Shown, entry_handlers};

/// An observation with how long ago it was last noticed, seen from now or from the instant asked for.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ObservationView {
    #[serde(flatten)]
    entry: Entry<Observation>,
    /// Computed when read.
    recency: Recency,
}

impl Shown for Observation {
    const PLURAL: &'static str = "observations";
    type View = ObservationView;

    fn shown(entry: Entry<Self>, now: At) -> ObservationView {
        let last = entry.content.last_noticed.unwrap_or(entry.head.occurred);
        ObservationView { recency: Recency::of(last.may_last_until(), now), entry }
    }

    fn completed(self) -> Self {
        self.pinned()
    }
}

entry_handlers!(
    Observation as ObservationView,
    tag = "observations",
    list = "/v1/children/{child}/observations",
    one = "/v1/observations/{observation}",
    id = "observation",
    record = "observe_indicator",
    list_op = "list_observations",
    view = "view_observation",
    versions = "view_observation_versions",
    amend = "amend_observation",
    withdraw = "withdraw_observation"
);
