//! The stories of all children as one sequence of steps in time.

use alongside_domain::At;
use chrono::{Duration, NaiveTime};

use super::recordings::promises_due_in;
use super::script::{Event, Life, ScriptDecision};

/// A step for one child. The number is that of the event in the child's story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Begin the record and bring the team together.
    Begin,
    /// Record the event.
    Record(usize),
    /// Answer the referral.
    Decide(usize),
    /// Record the outcome of the referral.
    Conclude(usize),
    /// Request access to the recording; the second number is that of the request.
    Request(usize, usize),
    /// Answer that request.
    Answer(usize, usize),
    /// Release a line of partner information about the recording.
    Release(usize),
    /// Record whether the promises made in the contact were kept.
    TellOfPromises(usize),
    /// Renew the team's involvement.
    Renew,
}

/// A step with its instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    pub(super) at: At,
    /// The child, by number.
    pub(super) life: usize,
    pub(super) step: Step,
}

/// The days after the beginning when the team reviews and renews its involvement.
const RENEWED_AFTER: i64 = 182;
/// The days between the decision about a referral and its outcome.
const CONCLUDED_AFTER: i64 = 9;

/// Every step up to `now`, in the order of time.
pub(super) fn sequence(lives: &[Life], now: At) -> Vec<Moment> {
    let mut moments: Vec<_> = lives
        .iter()
        .enumerate()
        .flat_map(|(index, life)| steps(index, life, now))
        .filter(|moment| moment.at <= now)
        .collect();
    moments.sort_unstable();
    moments
}

/// The steps of one child: the record begins at nine, and the recordings of one day follow every 55 minutes.
fn steps(index: usize, life: &Life, now: At) -> Vec<Moment> {
    let first_day = (now - Duration::days(life.child.start_days_ago)).date_naive().and_time(NaiveTime::MIN).and_utc();
    // No story begins exactly on the hour: each child has its own minutes.
    let own_minutes = i64::try_from(index * 7 % 50).unwrap_or_default();
    let at = |day: i64, hour: i64, minutes: i64| {
        first_day + Duration::days(day) + Duration::hours(hour) + Duration::minutes(minutes + own_minutes)
    };
    let moment = |at, step| Moment { at, life: index, step };
    let mut moments = vec![moment(at(0, 9, 0), Step::Begin), moment(at(RENEWED_AFTER, 8, 0), Step::Renew)];
    let (mut last, mut earlier_that_day) = (None, 0);
    for (number, event) in life.events.iter().enumerate() {
        let day = event.day();
        earlier_that_day = if last == Some(day) { earlier_that_day + 1 } else { 0 };
        last = Some(day);
        moments.push(moment(at(day, 9, 20 + 55 * earlier_that_day), Step::Record(number)));
        if let Some(confidence) = event.confidence() {
            for (which, request) in confidence.requests.iter().enumerate() {
                if let Some(answered) = &request.answered {
                    let asked = day + answered.asked_after_days;
                    moments.push(moment(at(asked, 13, 5), Step::Request(number, which)));
                    moments.push(moment(at(asked + 1, 10, 35), Step::Answer(number, which)));
                } else if at(day + 2, 0, 0) <= now {
                    moments.push(moment(now - Duration::days(1), Step::Request(number, which)));
                }
            }
            if let Some(line) = &confidence.line {
                moments.push(moment(at(day + line.after_days, 17, 25), Step::Release(number)));
            }
        }
        match event {
            Event::Referral(referral) if referral.decision != ScriptDecision::None => {
                let decided = day + referral.decided_after_days;
                moments.push(moment(at(decided, 15, 30), Step::Decide(number)));
                if referral.outcome.is_some() {
                    moments.push(moment(at(decided + CONCLUDED_AFTER, 14, 10), Step::Conclude(number)));
                }
            }
            Event::Contact(contact) => {
                if let Some(days) = promises_due_in(contact) {
                    moments.push(moment(at(day + days, 16, 15), Step::TellOfPromises(number)));
                }
            }
            _ => {}
        }
    }
    moments
}

#[cfg(test)]
mod tests {
    use super::super::confidences::kept;
    use super::super::{recordings, script};
    use super::*;
    use alongside_domain::{AgencyId, WorkerId};
    use chrono::{TimeZone, Utc};

    fn now() -> At {
        Utc.with_ymd_and_hms(2026, 11, 22, 23, 0, 0).unwrap()
    }

    #[test]
    fn steps_come_in_the_order_of_time_and_none_lies_ahead() {
        let moments = sequence(&script::lives().unwrap(), now());
        assert!(moments.is_sorted());
        assert!(moments.iter().all(|moment| moment.at <= now()));
        let recorded = moments.iter().filter(|moment| matches!(moment.step, Step::Record(_))).count();
        assert!(recorded > 350, "{recorded}");
    }

    #[test]
    fn a_referral_is_answered_after_it_was_sent_and_concluded_after_that() {
        let moments = sequence(&script::lives().unwrap(), now());
        let at = |life, step| moments.iter().find(|m| m.life == life && m.step == step).map(|m| m.at);
        for moment in &moments {
            let earlier = match moment.step {
                Step::Decide(number)
                | Step::TellOfPromises(number)
                | Step::Request(number, _)
                | Step::Release(number) => Step::Record(number),
                Step::Conclude(number) => Step::Decide(number),
                Step::Answer(number, which) => Step::Request(number, which),
                Step::Begin | Step::Record(_) | Step::Renew => continue,
            };
            assert!(at(moment.life, earlier).is_some_and(|earlier| earlier < moment.at));
        }
    }

    #[test]
    fn every_way_to_keep_and_to_share_is_shown_by_a_life_that_goes_on_now() {
        let moments = sequence(&script::lives().unwrap(), now());
        let lately = |step: fn(&Step) -> bool| {
            moments.iter().any(|moment| step(&moment.step) && now() - moment.at < Duration::days(90))
        };
        assert!(lately(|step| matches!(step, Step::Answer(..))));
        assert!(lately(|step| matches!(step, Step::Release(_))));
        let of = |moment: &Moment, answered| match moment.step {
            Step::Request(number, which) => Step::Answer(number, which) == answered,
            _ => false,
        };
        let waits = |moment: &Moment| {
            matches!(moment.step, Step::Request(..))
                && !moments.iter().any(|later| later.life == moment.life && of(moment, later.step))
        };
        assert!(moments.iter().any(|moment| waits(moment) && now() - moment.at < Duration::days(2)));
    }

    #[test]
    fn everything_the_script_says_can_be_recorded() {
        let to = AgencyId("01920000-0000-7000-8000-000000000001".parse().unwrap());
        for life in script::lives().unwrap() {
            let key = &life.child.key;
            assert_eq!(recordings::child(&life.child).validate(now()), Ok(()), "{key}");
            for (number, event) in life.events.iter().enumerate() {
                let confidence = event.confidence();
                let reader = |_| Ok(WorkerId(to.0));
                let valid = match event {
                    Event::Concern(event) => {
                        kept(recordings::concern(event, now()), confidence, reader).unwrap().validate(now())
                    }
                    Event::Observation(event) => {
                        kept(recordings::observation(event, now()), confidence, reader).unwrap().validate(now())
                    }
                    Event::Referral(event) => recordings::referral(event, to, Vec::new(), now()).validate(now()),
                    Event::Contact(event) => {
                        let contact = kept(recordings::contact(event, now()), confidence, reader).unwrap();
                        assert_eq!(contact.validate(now()), Ok(()), "{key} {number}");
                        recordings::promises_told(event, contact).validate(now())
                    }
                };
                assert_eq!(valid, Ok(()), "{key} {number}");
                for request in confidence.iter().flat_map(|confidence| &confidence.requests) {
                    assert_eq!(request.as_asked().validate(), Ok(()), "{key} {number}");
                    let decision = request.answered.as_ref().map(|answered| answered.decision(now()).validate(now()));
                    assert!(matches!(decision, None | Some(Ok(()))), "{key} {number}");
                }
                let line = confidence.and_then(|confidence| confidence.line.as_ref());
                assert!(line.is_none_or(|line| line.as_released().validate().is_ok()), "{key} {number}");
            }
        }
    }

    #[test]
    fn everybody_whom_a_life_names_is_on_the_staff() {
        let staff = script::partnership().unwrap().workers;
        for life in script::lives().unwrap() {
            for part in [script::Part::SocialWorker, script::Part::Police, script::Part::Nurse] {
                assert!(staff.iter().any(|worker| worker.key == life.worker(part)), "{}", life.child.key);
            }
            for line in life.events.iter().filter_map(|event| event.confidence()?.line.as_ref()) {
                assert!(staff.iter().any(|worker| worker.key == line.by), "{}", life.child.key);
            }
        }
    }
}
