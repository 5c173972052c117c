//! What was known and in force on an earlier day: versions, the register and reviews up to it. Nothing that came later is
//! seen. Must not judge or compute a figure.

use std::collections::BTreeMap;

use beachhead_ledger::{Decision, Review, Snapshot, StrategyVersion, VersionState};
use beachhead_press::numbers;
use beachhead_strategy::BetState;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::standing::{Facts, Live};

/// The calendar day of an instant, in UTC.
pub(crate) fn day_of(instant: Timestamp) -> Date {
    instant.to_zoned(TimeZone::UTC).date()
}

/// The versions as they stood at the end of a day: one that was signed later still waited, one asked later was not there.
pub(crate) fn versions_on(mut versions: Vec<StrategyVersion>, day: Date) -> Vec<StrategyVersion> {
    versions.retain(|version| day_of(version.asked_at) <= day);
    let newest = versions.iter().map(|version| version.number).max();
    for version in &mut versions {
        let signed_later = version
            .signature
            .as_ref()
            .is_some_and(|signature| day_of(signature.at) > day);
        let is_newest = Some(version.number) == newest;
        // A version that only a later day superseded waited still. When one was sent back is not kept: it counts as sent
        // back from the day on which it was asked.
        if signed_later || (version.state == VersionState::Superseded && is_newest) {
            version.state = VersionState::Asked;
            version.signature = None;
        }
    }
    versions
}

/// Where each bet stood at the end of a day, by key: the last move up to it.
pub(crate) fn states_on(decisions: &[Decision], day: Date) -> BTreeMap<String, Live> {
    let mut states = BTreeMap::new();
    let moves = decisions
        .iter()
        .map(|entry| &entry.decision)
        .filter(|entry| entry.kind == "move" && entry.on <= day);
    for entry in moves {
        if let Some(state) = entry.to.as_deref().and_then(BetState::from_word) {
            let before: Option<Date> = states.get(&entry.subject).and_then(|live: &Live| live.began);
            let began = match state {
                // What is proposed or planned anew begins anew.
                BetState::Proposed | BetState::Planned => None,
                BetState::Running => before.or(Some(entry.on)),
                _ => before,
            };
            let since = entry.on;
            let reason = entry.reason.clone();
            let live = Live {
                state,
                since,
                began,
                reason,
            };
            states.insert(entry.subject.clone(), live);
        }
    }
    states
}

/// The reviews as they stood at the end of a day: one closed later was open still, and had set no next day.
pub(crate) fn reviews_on(mut reviews: Vec<Review>, day: Date) -> Vec<Review> {
    reviews.retain(|review| day_of(review.opened_at) <= day);
    for review in &mut reviews {
        if review.closed_at.is_some_and(|closed| day_of(closed) > day) {
            (review.closed_at, review.closed_by, review.next_review, review.minutes) = (None, None, None, None);
        }
    }
    reviews
}

/// What to know of a day that is looked back to, a sentence each: whether the facts reach so far, and whether anybody
/// could have seen them then. `first` is the earliest snapshot of all.
pub(crate) fn hindsight(facts: Option<&Facts>, first: Option<&Snapshot>, day: Date, is_signed: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let first_days = facts.map(|facts| facts.manifest.tables.iter().filter_map(|table| table.first_date));
    let begins = first_days.and_then(Iterator::min);
    let on = numbers::date(day);
    match (begins, first) {
        (Some(begins), _) if day < begins => {
            notes.push(format!("The facts begin on {}: they know nothing of {on}.", numbers::date(begins)));
        }
        (_, Some(first)) if day < first.as_of => notes.push(format!(
            "The first import, of {}, speaks of {}: on {on} nobody had it yet, and what is shown is what it says of that day.",
            numbers::date(day_of(first.taken_at)),
            numbers::date(first.as_of),
        )),
        _ => {}
    }
    if !is_signed {
        notes.push(format!(
            "By {on} no version was signed: the text shown is the draft of today."
        ));
    }
    notes
}

#[cfg(test)]
mod tests {
    use beachhead_ledger::{NewDecision, Signature};
    use jiff::civil::date;

    use super::*;

    fn noon(day: Date) -> Timestamp {
        day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
    }

    fn version(number: i64, asked: Date, state: VersionState, signed: Option<Date>) -> StrategyVersion {
        StrategyVersion {
            number,
            text: String::new(),
            sha256: String::new(),
            state,
            asked_by: String::new(),
            asked_at: noon(asked),
            snapshot: None,
            signature: signed.map(|day| Signature {
                person: String::new(),
                at: noon(day),
                conditions: None,
            }),
            comment: None,
        }
    }

    #[test]
    fn a_version_is_what_it_was_on_the_day() {
        let all = vec![
            version(3, date(2026, 7, 1), VersionState::Signed, Some(date(2026, 7, 3))),
            version(2, date(2026, 6, 1), VersionState::Superseded, None),
            version(1, date(2026, 4, 6), VersionState::Signed, Some(date(2026, 4, 8))),
        ];
        let on = |day| -> Vec<(i64, VersionState)> {
            let versions = versions_on(all.clone(), day);
            versions
                .into_iter()
                .map(|version| (version.number, version.state))
                .collect()
        };
        use VersionState::{Asked, Signed, Superseded};
        assert_eq!(on(date(2026, 4, 5)), []);
        assert_eq!(on(date(2026, 4, 7)), [(1, Asked)]);
        assert_eq!(on(date(2026, 4, 8)), [(1, Signed)]);
        assert_eq!(on(date(2026, 6, 30)), [(2, Asked), (1, Signed)]);
        assert_eq!(on(date(2026, 7, 2)), [(3, Asked), (2, Superseded), (1, Signed)]);
        assert_eq!(on(date(2026, 7, 3)), [(3, Signed), (2, Superseded), (1, Signed)]);
    }

    #[test]
    fn a_bet_is_where_its_last_move_up_to_the_day_put_it() {
        let entry = |number, on, kind: &str, to: &str| Decision {
            number,
            decision: NewDecision {
                on,
                kind: kind.into(),
                subject: "resale".into(),
                from: None,
                to: Some(to.into()),
                reason: String::new(),
                snapshot: None,
                evidence: "{}".into(),
                decided_by: String::new(),
                against_gate: false,
                review: None,
                version: None,
            },
        };
        let register = [
            entry(1, date(2026, 4, 6), "move", "planned"),
            entry(2, date(2026, 4, 6), "move", "running"),
            entry(3, date(2026, 5, 1), "continue", "running"),
            entry(4, date(2026, 7, 6), "move", "retired"),
        ];
        let on = |day| {
            states_on(&register, day)
                .get("resale")
                .map(|live| (live.state, live.since))
        };
        assert_eq!(on(date(2026, 4, 5)), None);
        assert_eq!(on(date(2026, 7, 5)), Some((BetState::Running, date(2026, 4, 6))));
        assert_eq!(on(date(2026, 7, 6)), Some((BetState::Retired, date(2026, 7, 6))));
    }
}
