//! What people said of pairs: kept as the records were, known by what the records say, taken back by another entry, carried
//! from one program to another as a file; and the calibration that follows from it. Must not change what was said.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use beachhead_facts::export::{About, Cell, RowsFile, read_back};
use beachhead_ledger::{MatchDecision, NewMatchDecision};
use beachhead_mapping::bands::Calibration;
use beachhead_mapping::decisions::{Decision, RecordKey, record_keys};
use beachhead_mapping::{Class, Column, List};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::review::Chosen;
use super::settled::Settled;
use crate::actor::{Actor, Permission};
use crate::memo::name_of;
use crate::people::blocking;
use crate::{Answer, Office, Refusal};

/// The setting that holds the precision of what is taken without a question.
const PRECISION: &str = "mapping precision";
/// The least and the most precision that may be asked for.
pub const PRECISIONS: std::ops::RangeInclusive<f64> = 0.8..=0.999;
/// The verdict of an entry that takes another back.
const UNDONE: &str = "undone";
/// A probability in the record is in these parts.
const PARTS: f64 = 1_000_000.0;

/// The columns of a file of decisions.
pub const DECISIONS_HEADER: [&str; 15] = [
    "partner",
    "verdict",
    "probability",
    "decided_by",
    "decided_at",
    "ours_id",
    "ours_name",
    "ours_website",
    "ours_country",
    "ours_identifier",
    "theirs_id",
    "theirs_name",
    "theirs_website",
    "theirs_country",
    "theirs_identifier",
];

/// What a person says of two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// One company.
    Same,
    /// Parent, sister, unit of a country, division.
    Related,
    /// Two companies.
    Different,
    /// Somebody looked and could not tell.
    Unsure,
}

impl Verdict {
    /// Every verdict, in the order in which pages offer them.
    pub const ALL: [Self; 4] = [Self::Same, Self::Related, Self::Different, Self::Unsure];

    /// Its word in files and in the record.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Related => "related",
            Self::Different => "different",
            Self::Unsure => "unsure",
        }
    }

    /// The verdict of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    const fn class(self) -> Option<Class> {
        match self {
            Self::Same => Some(Class::Same),
            Self::Related => Some(Class::Related),
            Self::Different => Some(Class::Different),
            Self::Unsure => None,
        }
    }
}

/// A record as it was when something was said of it: all that it is known by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) website: String,
    pub(crate) country: String,
    pub(crate) identifier: String,
}

impl Told {
    pub(crate) fn of(list: &List, row: u32) -> Self {
        let cell = |column: &Column| column.get(row as usize).to_owned();
        Self {
            id: cell(&list.id),
            name: cell(&list.name),
            website: cell(&list.website),
            country: cell(&list.country),
            identifier: cell(&list.identifier),
        }
    }

    fn cells(&self) -> [&str; 5] {
        [&self.id, &self.name, &self.website, &self.country, &self.identifier]
    }

    fn from_cells(cells: &[String]) -> Option<Self> {
        let [id, name, website, country, identifier] = cells else {
            return None;
        };
        Some(Self {
            id: id.clone(),
            name: name.clone(),
            website: website.clone(),
            country: country.clone(),
            identifier: identifier.clone(),
        })
    }
}

/// Something that was said of a pair and holds.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) partner: String,
    pub(crate) ours: Told,
    pub(crate) theirs: Told,
    pub(crate) verdict: Verdict,
    pub(crate) probability: Option<f64>,
    /// A person's id, or a name from elsewhere.
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// Everything that holds, oldest first: what was taken back, or said otherwise later, is not among it.
pub(crate) struct AllSaid {
    /// What this was worked out from.
    pub(crate) name: String,
    pub(crate) all: Vec<Said>,
    ours: Vec<RecordKey>,
    theirs: Vec<RecordKey>,
    /// What labels make of probabilities, where there are enough.
    pub(crate) calibration: Option<Calibration>,
}

impl AllSaid {
    fn new(name: String, entries: Vec<MatchDecision>) -> Result<Self, Refusal> {
        let taken_back: BTreeSet<i64> = entries.iter().filter_map(|entry| entry.decision.undoes).collect();
        let holds = |entry: &MatchDecision| entry.decision.undoes.is_none() && !taken_back.contains(&entry.number);
        let all = entries
            .into_iter()
            .filter(holds)
            .map(read)
            .collect::<Result<Vec<Said>, Refusal>>()?;
        let ours = keys(all.iter().map(|said| &said.ours))?;
        let theirs = keys(all.iter().map(|said| &said.theirs))?;
        let known = |at: usize| (all[at].partner.as_str(), ours[at].says, theirs[at].says);
        let last: BTreeMap<(&str, u64, u64), usize> = (0..all.len()).map(|at| (known(at), at)).collect();
        let holds: Vec<bool> = (0..all.len()).map(|at| last.get(&known(at)) == Some(&at)).collect();
        let kept = |keys: Vec<RecordKey>| {
            keys.into_iter()
                .zip(&holds)
                .filter_map(|(key, holds)| holds.then_some(key))
        };
        let (ours, theirs) = (kept(ours).collect(), kept(theirs).collect());
        let all = all
            .into_iter()
            .zip(&holds)
            .filter_map(|(said, holds)| holds.then_some(said));
        let mut said = Self {
            name,
            all: all.collect(),
            ours,
            theirs,
            calibration: None,
        };
        said.calibration = Calibration::fit(&said.labelled());
        Ok(said)
    }

    /// Probabilities as the model gave them, and whether a person said that the two are the same.
    fn labelled(&self) -> Vec<(f64, bool)> {
        let label = |said: &Said| {
            let is_same = said.verdict.class()? == Class::Same;
            Some((said.probability?, is_same))
        };
        self.all.iter().filter_map(label).collect()
    }

    /// How many labels there are.
    pub(crate) fn labels(&self) -> usize {
        self.labelled().len()
    }

    /// The places of what was said of a partner's list.
    pub(crate) fn of_partner(&self, partner: &str) -> Vec<usize> {
        (0..self.all.len())
            .filter(|at| self.all[*at].partner == partner)
            .collect()
    }

    /// What our record and theirs are known by.
    pub(crate) fn keys(&self, at: usize) -> (RecordKey, RecordKey) {
        (self.ours[at], self.theirs[at])
    }

    /// What was said as the pure room takes it; none where somebody could not tell.
    pub(crate) fn decision(&self, at: usize) -> Option<Decision> {
        Some(Decision {
            ours: self.ours[at],
            theirs: self.theirs[at],
            class: self.all[at].verdict.class()?,
        })
    }
}

fn keys<'a>(told: impl Iterator<Item = &'a Told> + Clone) -> Result<Vec<RecordKey>, Refusal> {
    let column = |of: fn(&Told) -> &String| told.clone().map(|one| of(one).as_str()).collect::<Column>();
    let list = List {
        id: column(|one| &one.id),
        name: column(|one| &one.name),
        website: column(|one| &one.website),
        country: column(|one| &one.country),
        identifier: column(|one| &one.identifier),
        ..List::default()
    };
    Ok(record_keys(&list)?)
}

#[expect(clippy::cast_precision_loss, reason = "parts of a million are far below 2^53")]
fn read(entry: MatchDecision) -> Result<Said, Refusal> {
    let MatchDecision { number, decision } = entry;
    let damaged = || Refusal::internal(format!("The decision {number} on a pair of accounts cannot be read"));
    let told = |json: &str| serde_json::from_str::<Told>(json).map_err(|_| damaged());
    Ok(Said {
        ours: told(&decision.ours)?,
        theirs: told(&decision.theirs)?,
        verdict: Verdict::from_word(&decision.verdict).ok_or_else(damaged)?,
        probability: decision.probability.map(|parts| parts as f64 / PARTS),
        partner: decision.partner,
        by: decision.decided_by,
        at: decision.decided_at,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a probability in millionths is a small number"
)]
fn written(said: &Said) -> Result<NewMatchDecision, Refusal> {
    Ok(NewMatchDecision {
        partner: said.partner.clone(),
        ours: crate::json(&said.ours)?,
        theirs: crate::json(&said.theirs)?,
        verdict: said.verdict.word().to_owned(),
        probability: said.probability.map(|share| (share * PARTS).round() as i64),
        undoes: None,
        decided_by: said.by.clone(),
        decided_at: said.at,
    })
}

/// What became of a file of decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DecisionsTaken {
    /// Decisions that are new here, or that say something else than what held.
    pub added: usize,
    /// Decisions that held here already.
    pub unchanged: usize,
}

impl Office {
    /// Everything that was said and holds; up to the end of a day that is looked back to.
    pub(crate) async fn all_said(&self, as_of: Option<Date>) -> Result<Arc<AllSaid>, Refusal> {
        let last = self.ledger.last_match_decision().await?;
        let until = as_of.filter(|day| *day < self.surroundings.today());
        let name = name_of(&(last, until));
        let said_name = name.clone();
        let read = async {
            let mut entries = self.ledger.match_decisions(None).await?;
            if let Some(until) = until {
                entries.retain(|entry| entry.decision.decided_at.to_zoned(TimeZone::UTC).date() <= until);
            }
            blocking(move || AllSaid::new(said_name, entries).map(Arc::new)).await?
        };
        self.mapped.said.once(&name, read).await
    }

    /// Says what the two records of a pair are to each other. With `whole_group` the same is said of every pair that is asked
    /// together with it. Gives how many pairs it was said of.
    pub fn decide_match<'a>(
        &'a self,
        actor: &'a Actor,
        partner: &'a str,
        pair: &'a Chosen,
        verdict: Verdict,
        whole_group: bool,
    ) -> Answer<'a, usize> {
        Box::pin(async move {
            actor.must(Permission::Match)?;
            let settled = self.settled(partner, None).await?;
            let at = settled
                .named(&pair.ours, &pair.theirs)
                .ok_or_else(|| no_such_pair(pair))?;
            let group = settled.queue.iter().find(|group| group.pairs.contains(&at));
            let places = match group.filter(|_| whole_group) {
                Some(group) => group.pairs.clone(),
                None => vec![at],
            };
            let now = self.surroundings.now();
            let said = |at: &usize| {
                let pair = &settled.pairs[*at];
                written(&Said {
                    partner: settled.laid.of.partner_id.clone(),
                    ours: Told::of(&settled.laid.ours.list, pair.one.ours),
                    theirs: Told::of(&settled.laid.theirs.list, pair.one.theirs),
                    verdict,
                    probability: pair.scored,
                    by: actor.id().to_owned(),
                    at: now,
                })
            };
            let decisions = places.iter().map(said).collect::<Result<Vec<_>, Refusal>>()?;
            let stamp = self.stamp_of(actor, "decide match");
            Ok(self.ledger.decide_matches(&stamp, decisions).await?.len())
        })
    }

    /// Takes back what this person said last of a partner's list, all pairs of it if it was said of several at once. Gives the
    /// first of these pairs.
    pub fn undo_match<'a>(&'a self, actor: &'a Actor, partner: &'a str) -> Answer<'a, Chosen> {
        Box::pin(async move {
            actor.must(Permission::Match)?;
            let settled = self.settled(partner, None).await?;
            let partner = &settled.laid.of.partner_id;
            let entries = self.ledger.match_decisions(Some(partner)).await?;
            let undone: BTreeSet<i64> = entries.iter().filter_map(|entry| entry.decision.undoes).collect();
            let mine = |entry: &&MatchDecision| {
                let decision = &entry.decision;
                decision.undoes.is_none() && !undone.contains(&entry.number) && decision.decided_by == actor.id()
            };
            let last = entries.iter().rev().find(mine).map(|entry| entry.decision.decided_at);
            let Some(last) = last else {
                return Err(Refusal::conflict(
                    "There is nothing of yours to take back",
                    "What others said can be said anew from the list of pairs.",
                ));
            };
            let of_last: Vec<&MatchDecision> = entries
                .iter()
                .filter(mine)
                .filter(|entry| entry.decision.decided_at == last)
                .collect();
            let first = of_last.first().copied().cloned().map(read).transpose()?;
            let now = self.surroundings.now();
            let back = |entry: &&MatchDecision| NewMatchDecision {
                verdict: UNDONE.to_owned(),
                undoes: Some(entry.number),
                decided_by: actor.id().to_owned(),
                decided_at: now,
                ..entry.decision.clone()
            };
            let decisions = of_last.iter().map(back).collect();
            self.ledger
                .decide_matches(&self.stamp_of(actor, "undo match"), decisions)
                .await?;
            let first = first.ok_or_else(|| Refusal::internal("What was taken back cannot be read"))?;
            Ok(Chosen {
                ours: first.ours.id,
                theirs: first.theirs.id,
            })
        })
    }

    /// Everything that was said and holds, as a file that another program can take over; of one partner where one is named.
    pub fn match_decisions_file<'a>(&'a self, actor: &'a Actor, partner: Option<&'a str>) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let said = self.all_said(None).await?;
            let partner = match partner {
                Some(partner) => Some(self.laid(partner, None).await?.of.partner_id.clone()),
                None => None,
            };
            let people = self.ledger.people().await?;
            let names: BTreeMap<String, String> = people.into_iter().map(|person| (person.id, person.name)).collect();
            let wanted: Vec<usize> = (0..said.all.len())
                .filter(|at| partner.as_ref().is_none_or(|partner| said.all[*at].partner == *partner))
                .collect();
            let about = About {
                title: "Decisions on pairs of accounts".to_owned(),
                lines: vec![(
                    "probability".to_owned(),
                    "what the model gave the pair when it was decided".to_owned(),
                )],
            };
            let rows = wanted.len() as u64;
            let scratch = self.facts.folder().to_owned();
            Ok(RowsFile::new(about, DECISIONS_HEADER, rows, &scratch, move |take| {
                wanted.iter().map(|at| &said.all[*at]).try_for_each(|one| {
                    let by = names.get(&one.by).unwrap_or(&one.by);
                    let head = [
                        Cell::text(&one.partner),
                        Cell::text(one.verdict.word()),
                        one.probability.map_or(Cell::None, Cell::Number),
                        Cell::text(by),
                        Cell::text(format!("{:.6}", one.at)),
                    ];
                    let records = one.ours.cells().into_iter().chain(one.theirs.cells());
                    take(&head.into_iter().chain(records.map(Cell::text)).collect::<Vec<_>>())
                })
            }))
        })
    }

    /// Takes over decisions of a file that [`Office::match_decisions_file`] made here or elsewhere: all of them, or none.
    pub fn import_match_decisions<'a>(
        &'a self,
        actor: &'a Actor,
        file: &'a str,
        csv: &'a str,
    ) -> Answer<'a, DecisionsTaken> {
        Box::pin(async move {
            actor.must(Permission::Match)?;
            let held = self.all_said(None).await?;
            let (file, csv) = (file.to_owned(), csv.to_owned());
            let (new, unchanged) = blocking(move || fresh(&held, &file, &csv)).await??;
            let taken = DecisionsTaken {
                added: new.len(),
                unchanged,
            };
            if !new.is_empty() {
                let stamp = self.stamp_of(actor, "import match decisions");
                self.ledger.decide_matches(&stamp, new).await?;
            }
            Ok(taken)
        })
    }

    /// The precision that somebody set for what is taken without a question.
    pub(crate) async fn match_precision(&self) -> Result<Option<f64>, Refusal> {
        let kept = self.ledger.setting(PRECISION).await?;
        Ok(kept.and_then(|json| serde_json::from_str(&json).ok()).flatten())
    }

    /// Sets how many of the pairs that are taken without a question have to be right; none for the usual bands.
    pub fn set_match_precision<'a>(&'a self, actor: &'a Actor, precision: Option<f64>) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Match)?;
            if let Some(asked) = precision.filter(|asked| !PRECISIONS.contains(asked)) {
                return Err(Refusal::bad_input(
                    format!("{asked} cannot be the share of pairs that are right"),
                    format!("Give a share from {} to {}.", PRECISIONS.start(), PRECISIONS.end()),
                ));
            }
            let stamp = self.stamp_of(actor, "set match precision");
            Ok(self
                .ledger
                .set_setting(&stamp, PRECISION, &crate::json(&precision)?)
                .await?)
        })
    }
}

/// The decisions of a file that do not hold yet, and how many do.
fn fresh(held: &AllSaid, file: &str, csv: &str) -> Result<(Vec<NewMatchDecision>, usize), Refusal> {
    let rows = read_back(file, csv, &DECISIONS_HEADER)?;
    let said = rows
        .iter()
        .map(|(row, cells)| said_in(cells).map_err(|what| bad_row(file, *row, &what)))
        .collect::<Result<Vec<Said>, Refusal>>()?;
    let ours = keys(said.iter().map(|said| &said.ours))?;
    let theirs = keys(said.iter().map(|said| &said.theirs))?;
    let place = |partner: &str, ours: RecordKey, theirs: RecordKey| (partner.to_owned(), ours.says, theirs.says);
    let mut known: BTreeMap<(String, u64, u64), Verdict> = (0..held.all.len())
        .map(|at| {
            (
                place(&held.all[at].partner, held.ours[at], held.theirs[at]),
                held.all[at].verdict,
            )
        })
        .collect();
    let (mut new, mut unchanged) = (Vec::new(), 0);
    for (at, one) in said.iter().enumerate() {
        let before = known.insert(place(&one.partner, ours[at], theirs[at]), one.verdict);
        if before == Some(one.verdict) {
            unchanged += 1;
        } else {
            new.push(written(one)?);
        }
    }
    Ok((new, unchanged))
}

fn said_in(cells: &[String]) -> Result<Said, String> {
    let [partner, verdict, probability, by, at, records @ ..] = cells else {
        return Err("it has too few cells".to_owned());
    };
    let verdict = Verdict::from_word(verdict)
        .ok_or_else(|| format!("“{verdict}” is no verdict; there are same, related, different, unsure"))?;
    let probability = match probability.as_str() {
        "" => None,
        text => Some(
            text.parse::<f64>()
                .ok()
                .filter(|share| (0.0..=1.0).contains(share))
                .ok_or_else(|| format!("“{text}” is no probability"))?,
        ),
    };
    let at = at
        .parse::<Timestamp>()
        .map_err(|_| format!("“{at}” is no instant; write it as 2026-05-04T09:00:00Z"))?;
    let (ours, theirs) = records.split_at_checked(5).ok_or("it has too few cells")?;
    let told = |cells| Told::from_cells(cells).ok_or("it has too few cells");
    let (ours, theirs) = (told(ours)?, told(theirs)?);
    let has_words = |told: &Told| !(told.name.trim().is_empty() && told.website.trim().is_empty());
    if partner.trim().is_empty() || !has_words(&ours) || !has_words(&theirs) {
        return Err("a partner, and a name or a website of either record, have to be there".to_owned());
    }
    Ok(Said {
        partner: partner.clone(),
        ours,
        theirs,
        verdict,
        probability,
        by: by.clone(),
        at,
    })
}

fn bad_row(file: &str, row: u64, what: &str) -> Refusal {
    Refusal::bad_input(
        format!("{file}, row {row}: {what}"),
        "Nothing was taken over. Mend the row and try again.",
    )
}

pub(crate) fn no_such_pair(pair: &Chosen) -> Refusal {
    Refusal::not_found(
        format!(
            "{} of ours and {} of theirs are no pair of this list",
            pair.ours, pair.theirs
        ),
        "The lists may have changed meanwhile; go back to the list of pairs.",
    )
}

/// What was said at a place of all that was said.
pub(crate) fn said_of(settled: &Settled, at: Option<usize>) -> Option<&Said> {
    settled.said.all.get(at?)
}
