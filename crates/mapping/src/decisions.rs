//! Decisions of people about pairs: kept by what the records say, put above the model at each sync, and raised again when
//! the records say something else. It must not keep anything itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::column::List;
use crate::error::MappingError;
use crate::hash::{hash, mix};
use crate::mapping::{Class, Match};
use crate::normalise::normalise;

/// What a record is known by between two syncs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordKey {
    /// The hash of the list's own id.
    pub id: u64,
    /// The hash of name, domain, country and registration number, made comparable: another way of writing does not
    /// change it.
    pub says: u64,
}

/// What a person said of two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Ours, as it was.
    pub ours: RecordKey,
    /// Theirs, as it was.
    pub theirs: RecordKey,
    /// What they are to each other.
    pub class: Class,
}

/// Pairs with what people said of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decided {
    /// The pairs; those decided have the class that was said, and certainty.
    pub matches: Vec<Match>,
    /// The pairs that were decided, by their place among the matches.
    pub decided: Vec<usize>,
    /// The pairs whose records have the ids of a decision and say something else now: to be asked again.
    pub raised: Vec<usize>,
}

/// The keys of a list's records, in its order.
///
/// # Errors
/// As [`normalise`].
pub fn record_keys(list: &List) -> Result<Vec<RecordKey>, MappingError> {
    let records = normalise(list)?;
    let keys = records.all.iter().zip(list.id.iter()).map(|(record, id)| RecordKey {
        id: hash(id.trim().as_bytes()),
        says: mix(
            mix(record.name, record.domain),
            mix(u64::from(record.country), record.identifier),
        ),
    });
    Ok(keys.collect())
}

/// Puts decisions above what the model says. A pair that was said to be different stays among the matches, as different.
pub fn apply(matches: Vec<Match>, ours: &[RecordKey], theirs: &[RecordKey], decisions: &[Decision]) -> Decided {
    let by_what_they_say: BTreeMap<(u64, u64), Class> = decisions
        .iter()
        .map(|one| ((one.ours.says, one.theirs.says), one.class))
        .collect();
    let by_id: BTreeMap<(u64, u64), Class> = decisions
        .iter()
        .map(|one| ((one.ours.id, one.theirs.id), one.class))
        .collect();
    let mut decided = Decided {
        matches,
        ..Decided::default()
    };
    for (at, one) in decided.matches.iter_mut().enumerate() {
        let (Some(a), Some(b)) = (ours.get(one.ours as usize), theirs.get(one.theirs as usize)) else {
            continue;
        };
        if let Some(class) = by_what_they_say.get(&(a.says, b.says)) {
            one.class = *class;
            one.probability = if *class == Class::Same { 1.0 } else { 0.0 };
            decided.decided.push(at);
        } else if by_id.contains_key(&(a.id, b.id)) {
            decided.raised.push(at);
        }
    }
    decided
}

/// The records that a decision says are the same or related and that are not among the matches, by their places: what a
/// person said holds also where the model would not have looked. Of several records that say the same, the one with the
/// decision's id, else the first.
pub fn missing(matches: &[Match], ours: &[RecordKey], theirs: &[RecordKey], decisions: &[Decision]) -> Vec<(u32, u32)> {
    let says = |keys: &[RecordKey], place: u32| keys.get(place as usize).map(|key| key.says);
    let there: BTreeSet<(u64, u64)> = matches
        .iter()
        .filter_map(|one| Some((says(ours, one.ours)?, says(theirs, one.theirs)?)))
        .collect();
    let wanted = |one: &&Decision| one.class != Class::Different && !there.contains(&(one.ours.says, one.theirs.says));
    let wanted: Vec<&Decision> = decisions.iter().filter(wanted).collect();
    let (ours, theirs) = (
        Places::new(ours, wanted.iter().map(|one| one.ours)),
        Places::new(theirs, wanted.iter().map(|one| one.theirs)),
    );
    let pairs: BTreeSet<(u32, u32)> = wanted
        .iter()
        .filter_map(|one| Some((ours.of(one.ours)?, theirs.of(one.theirs)?)))
        .collect();
    pairs.into_iter().collect()
}

/// Where records stand that say something wanted.
struct Places(BTreeMap<u64, (u32, BTreeMap<u64, u32>)>);

impl Places {
    fn new(keys: &[RecordKey], wanted: impl Iterator<Item = RecordKey>) -> Self {
        let mut places: BTreeMap<u64, (u32, BTreeMap<u64, u32>)> =
            wanted.map(|key| (key.says, (u32::MAX, BTreeMap::new()))).collect();
        for (place, key) in (0_u32..).zip(keys) {
            if let Some((first, by_id)) = places.get_mut(&key.says) {
                *first = place.min(*first);
                by_id.entry(key.id).or_insert(place);
            }
        }
        Self(places)
    }

    fn of(&self, key: RecordKey) -> Option<u32> {
        let (first, by_id) = self.0.get(&key.says)?;
        let place = by_id.get(&key.id).copied().unwrap_or(*first);
        (place != u32::MAX).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{Options, compared, map};

    fn list(id: &str, name: &str, website: &str) -> List {
        List {
            id: [id].into_iter().collect(),
            name: [name].into_iter().collect(),
            website: [website].into_iter().collect(),
            ..List::default()
        }
    }

    fn decided(ours: &List, theirs: &List, decisions: &[Decision]) -> Decided {
        let matches = map(ours, theirs, &Options::default()).unwrap().matches;
        apply(
            matches,
            &record_keys(ours).unwrap(),
            &record_keys(theirs).unwrap(),
            decisions,
        )
    }

    #[test]
    fn a_decision_holds_however_the_records_are_written_and_is_raised_when_they_change() {
        let (ours, theirs) = (
            list("1", "Kasdex Foods GmbH", "kasdex.com"),
            list("x", "Kasdex Foods", "www.kasdex.com"),
        );
        let said = Decision {
            ours: record_keys(&ours).unwrap()[0],
            theirs: record_keys(&theirs).unwrap()[0],
            class: Class::Different,
        };
        let now = decided(&ours, &theirs, &[said]);
        assert_eq!(
            (now.matches[0].class, now.matches[0].probability),
            (Class::Different, 0.0)
        );
        let rewritten = decided(
            &list("77", "KASDEX FOODS, Gmbh", "https://kasdex.com/en"),
            &theirs,
            &[said],
        );
        assert_eq!(
            (rewritten.decided.as_slice(), rewritten.matches[0].class),
            ([0].as_slice(), Class::Different)
        );
        let renamed = decided(&list("1", "Kasdex Foods and Drinks", "kasdex.com"), &theirs, &[said]);
        assert_eq!(
            (renamed.decided.as_slice(), renamed.raised.as_slice()),
            ([].as_slice(), [0].as_slice())
        );
    }

    #[test]
    fn what_a_person_said_holds_where_the_model_would_not_look() {
        let (ours, theirs) = (list("1", "Kasdex Foods", ""), list("x", "Zubrowka Milling", ""));
        let (a, b) = (record_keys(&ours).unwrap(), record_keys(&theirs).unwrap());
        let said = |class| Decision {
            ours: RecordKey { id: 77, ..a[0] },
            theirs: b[0],
            class,
        };
        assert_eq!(missing(&[], &a, &b, &[said(Class::Same)]), [(0, 0)]);
        assert_eq!(missing(&[], &a, &b, &[said(Class::Different)]), []);
        let pairs = compared(&ours, &theirs, &[(0, 0)]).unwrap();
        assert_eq!(missing(&pairs, &a, &b, &[said(Class::Same)]), []);
        let now = apply(pairs, &a, &b, &[said(Class::Same)]);
        assert_eq!((now.matches[0].class, now.matches[0].probability), (Class::Same, 1.0));
    }
}
