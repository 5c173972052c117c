//! What stages are called, where they stand and what they mean, each from a day on. It must not read a file.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::alias::{normalise, stage_status};
use crate::catalogue::Status;

/// What one stage means from one day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// What people call it.
    pub name: String,
    /// What the opportunities of the source hold in its place, such as a HubSpot stage's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Open, won or lost.
    pub means: Status,
    /// Its place among the stages, the first being the lowest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<u32>,
    /// The day from which this holds; none for always.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "toml_day")]
    pub from: Option<Date>,
}

impl Stage {
    /// A stage of which only the meaning is known.
    pub fn plain(name: &str, means: Status) -> Self {
        Self {
            name: name.to_owned(),
            id: None,
            means,
            order: None,
            from: None,
        }
    }
}

/// Which way an opportunity went from one stage to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// To a later stage.
    Forward,
    /// To an earlier stage, or open again.
    Back,
    /// It was won.
    Won,
    /// It was lost.
    Lost,
}

impl Way {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Forward => "forward",
            Self::Back => "back",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

/// The stages of a program. Each is known by its id and by its name, without regard to case, spaces and signs, and may
/// mean different things from different days on: on a day, the latest entry that has begun counts, and before the first
/// has begun, the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StageMap {
    // By name and by id; the entries of one key in the order of their days.
    by_key: BTreeMap<String, Vec<Stage>>,
}

impl StageMap {
    /// Adds what a stage means. What was known of the same stage from the same day on is forgotten, save that an entry
    /// without an order keeps the one that was known.
    pub fn insert(&mut self, stage: Stage) {
        for key in keys(&stage) {
            let known = self.by_key.entry(key).or_default();
            let mut stage = stage.clone();
            stage.order = stage.order.or_else(|| known.last()?.order);
            match known.binary_search_by_key(&stage.from, |known| known.from) {
                Ok(at) => {
                    stage.id = stage.id.or_else(|| known[at].id.take());
                    known[at] = stage;
                }
                Err(at) => known.insert(at, stage),
            }
        }
    }

    /// What the stage is on a day, by its id or name.
    pub fn find(&self, text: &str, on: impl FnOnce() -> Date) -> Option<&Stage> {
        if self.by_key.is_empty() {
            return None;
        }
        let known = self
            .by_key
            .get(&id_key(text))
            .or_else(|| self.by_key.get(&normalise(text)))?;
        if let [only] = known.as_slice() {
            return Some(only);
        }
        let on = Some(on());
        let begun = known.partition_point(|stage| stage.from <= on);
        known.get(begun.saturating_sub(1))
    }

    /// Which way it is from one stage to another by what they are on a day; none where it is not known which comes first.
    pub fn way(&self, from: &str, to: &str, on: Date) -> Option<Way> {
        let (from_stage, to_stage) = (self.find(from, || on), self.find(to, || on));
        let means = |stage: Option<&Stage>, text| stage.map(|stage| stage.means).or_else(|| stage_status(text));
        match (means(from_stage, from), means(to_stage, to)) {
            (Some(before), Some(Status::Won)) if before != Status::Won => Some(Way::Won),
            (Some(before), Some(Status::Lost)) if before != Status::Lost => Some(Way::Lost),
            (Some(Status::Won | Status::Lost), Some(Status::Open)) => Some(Way::Back),
            _ => match from_stage?.order?.cmp(&to_stage?.order?) {
                Ordering::Less => Some(Way::Forward),
                Ordering::Greater => Some(Way::Back),
                Ordering::Equal => None,
            },
        }
    }

    /// What is known of these stages alone.
    #[must_use]
    pub fn only<'t>(&self, texts: impl IntoIterator<Item = &'t str>) -> Self {
        let known = |text: &str| {
            let by_id = self.by_key.get(&id_key(text));
            by_id.or_else(|| self.by_key.get(&normalise(text)))
        };
        texts.into_iter().filter_map(known).flatten().cloned().collect()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Every entry once, in the order of the stages, then of their names and days.
    pub fn entries(&self) -> Vec<&Stage> {
        let mut entries: Vec<&Stage> = self.by_key.values().flatten().collect();
        let place = |stage: &Stage| {
            (
                stage.order.unwrap_or(u32::MAX),
                stage.name.clone(),
                stage.id.clone(),
                stage.from,
            )
        };
        entries.sort_by_key(|stage| place(stage));
        entries.dedup_by(|a, b| place(a) == place(b));
        entries
    }
}

impl Extend<Stage> for StageMap {
    fn extend<T: IntoIterator<Item = Stage>>(&mut self, stages: T) {
        stages.into_iter().for_each(|stage| self.insert(stage));
    }
}

impl FromIterator<Stage> for StageMap {
    fn from_iter<T: IntoIterator<Item = Stage>>(stages: T) -> Self {
        let mut map = Self::default();
        map.extend(stages);
        map
    }
}

fn keys(stage: &Stage) -> impl Iterator<Item = String> {
    let name = normalise(&stage.name);
    [stage.id.as_deref().map(id_key), Some(name)].into_iter().flatten()
}

// Ids are compared letter by letter; no name in its plain form begins like this.
fn id_key(id: &str) -> String {
    format!("#{}", id.trim())
}

/// A day as TOML writes it, without quotes.
mod toml_day {
    use jiff::civil::Date;
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use toml::value::Datetime;

    pub(super) fn serialize<S: Serializer>(day: &Option<Date>, to: S) -> Result<S::Ok, S::Error> {
        let day = day.map(|day| day.to_string().parse::<Datetime>()).transpose();
        day.map_err(S::Error::custom)?.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Date>, D::Error> {
        let written = Datetime::deserialize(from)?.to_string();
        let day = written
            .parse()
            .map_err(|_| D::Error::custom(format!("`{written}` is not a day; write it as 2026-01-31")))?;
        Ok(Some(day))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn commit(means: Status, from: Option<Date>) -> Stage {
        Stage {
            id: Some("938".to_owned()),
            order: Some(4),
            from,
            ..Stage::plain("Commit", means)
        }
    }

    #[test]
    fn the_entry_in_effect_on_the_day_counts() {
        let later = date(2025, 7, 1);
        let map: StageMap = [commit(Status::Won, Some(later)), commit(Status::Open, None)]
            .into_iter()
            .collect();
        for (day, means) in [
            (date(2025, 6, 30), Status::Open),
            (later, Status::Won),
            (date(2026, 1, 1), Status::Won),
        ] {
            for text in ["Commit", " commit", "938"] {
                assert_eq!(
                    map.find(text, || day).map(|stage| stage.means),
                    Some(means),
                    "{text} {day}"
                );
            }
        }
        assert_eq!(map.find("Moonshot", || later), None);
        assert_eq!(map.entries().len(), 2);
    }

    #[test]
    fn before_the_first_entry_the_first_counts() {
        let map: StageMap = [commit(Status::Won, Some(date(2025, 7, 1)))].into_iter().collect();
        assert!(map.find("Commit", || date(2020, 1, 1)).is_some());
    }

    #[test]
    fn the_order_and_meaning_of_stages_tell_which_way_it_is_from_one_to_another() {
        let day = date(2026, 1, 1);
        let ordered = |name: &str, means, order| Stage {
            order: Some(order),
            ..Stage::plain(name, means)
        };
        let map: StageMap = [
            ordered("Call", Status::Open, 1),
            ordered("Pitch", Status::Open, 2),
            ordered("Signed", Status::Won, 3),
            ordered("Gone", Status::Lost, 4),
        ]
        .into_iter()
        .collect();
        for (from, to, way) in [
            ("Call", "pitch", Some(Way::Forward)),
            ("Pitch", "Call", Some(Way::Back)),
            ("Call", "Signed", Some(Way::Won)),
            ("Signed", "Gone", Some(Way::Lost)),
            ("Gone", "Call", Some(Way::Back)),
            ("Call", "Somewhere", None),
            ("Call", "Closed Lost", Some(Way::Lost)),
            ("Call", "Call", None),
        ] {
            assert_eq!(map.way(from, to, day), way, "{from} {to}");
        }
    }

    #[test]
    fn a_later_answer_takes_the_place_of_an_earlier_one_and_keeps_its_order() {
        let mut map: StageMap = [commit(Status::Open, None)].into_iter().collect();
        map.insert(Stage::plain("COMMIT", Status::Lost));
        let found = map.find("commit", || date(2025, 1, 1)).expect("it is known");
        assert_eq!((found.means, found.order), (Status::Lost, Some(4)));
    }
}
