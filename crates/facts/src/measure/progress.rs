//! Where the targets of a bet stand, from imported progress, from what the CRM already knows, and from the steps that
//! people said besides. Each day that it gives names the row it was read from. Gives the counts that a gate is judged
//! by; must not judge.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fold::{Measure, State, merged};
use crate::catalogue::Status;
use crate::star::{NO_DAY, NO_ROW, Reached, Star, date_of, day_number, index, name_key};

/// The words that put an account into a bet.
const ENTRIES: [&str; 3] = ["targeted", "target", "started"];
/// The word that takes it out.
const LOST: &str = "lost";
/// The step that an opportunity in the CRM reaches by itself.
const OPPORTUNITY: &str = "opportunity";
/// The step that a won opportunity reaches by itself.
const WON: &str = "won";

/// A bet's targets on one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BetProgress {
    /// The steps, as asked.
    pub steps: Vec<String>,
    /// The targets, by the day they entered and then by account.
    pub targets: Vec<TargetFate>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TargetFate {
    /// The account's id, or what the source calls an account that is not among the accounts.
    pub account: String,
    /// The account's name.
    pub account_name: String,
    /// The partner's name, where somebody says.
    pub partner: Option<String>,
    /// When it entered the bet.
    pub entered: Date,
    /// When it reached each step. A later step implies the earlier ones, on its own day at the latest.
    pub reached: Vec<Option<Date>>,
    /// When it was lost: said so, or the last of its opportunities was.
    pub lost_on: Option<Date>,
    /// The first opportunity created since it entered.
    pub opportunity_id: Option<String>,
    /// Where its entry stands.
    pub entry: Origin,
    /// Where the day of each step was read.
    pub seen: Vec<Option<Origin>>,
}

/// Where a day was read. Of two that say the same day, the smaller counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Origin {
    /// A row of imported progress: its file in the snapshot's list, and its row there.
    Row {
        /// The file.
        file: i32,
        /// The row.
        row: i64,
    },
    /// A step that somebody said: its number in the record.
    Said(i64),
    /// An opportunity of the account, by itself.
    Opportunity,
}

/// A step that somebody said a target reached. It stands in no snapshot: whoever asks hands it in beside the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidStep {
    /// Its number in the record.
    pub number: i64,
    /// The account's id.
    pub account: String,
    /// Its name, for an account that the facts do not hold.
    pub account_name: String,
    /// The partner's id, where there is one.
    pub partner: Option<String>,
    /// The step: one of the motion's, or a word that puts an account into a bet or takes it out.
    pub step: String,
    /// The day.
    pub on: Date,
}

/// How a bet's targets stand, with the steps of this bet that were said besides. A target that stands in both is one, and
/// of two days for a step the first counts. `bet` and `steps` are compared without regard to case and punctuation.
pub fn progress(star: &Star, bet: &str, steps: &[String], said: &[SaidStep], as_of: Date) -> BetProgress {
    ProgressPlan::new(star, bet, steps, said, as_of).answer()
}

/// A bet made ready for a star; its rows are those of progress.
pub struct ProgressPlan<'s> {
    star: &'s Star,
    bet: Option<String>,
    steps: Vec<String>,
    said: &'s [SaidStep],
    today: i32,
}

/// The rows of the bet so far, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressState(Vec<usize>);

impl State for ProgressState {
    fn merge(self, other: Self) -> Self {
        Self(merged(self.0, other.0, Ord::cmp, |_, _| false))
    }
}

impl<'s> ProgressPlan<'s> {
    /// Remembers the question.
    pub fn new(star: &'s Star, bet: &str, steps: &[String], said: &'s [SaidStep], as_of: Date) -> Self {
        Self {
            star,
            bet: name_key(bet),
            steps: steps.to_vec(),
            said,
            today: day_number(as_of),
        }
    }
}

impl Measure for ProgressPlan<'_> {
    type State = ProgressState;
    type Answer = BetProgress;

    fn rows(&self) -> usize {
        self.star.progress.len()
    }

    fn fold(&self, rows: Range<usize>) -> ProgressState {
        let is_of_bet = |row: &usize| {
            let reached = &self.star.progress[*row];
            reached.on <= self.today && name_key(&reached.bet) == self.bet
        };
        ProgressState(rows.filter(is_of_bet).collect())
    }

    fn finish(&self, state: ProgressState) -> BetProgress {
        let mut by_account: BTreeMap<(u32, &str), Vec<Line<'_>>> = BTreeMap::new();
        let imported = state.0.iter().filter_map(|row| self.star.progress.get(*row));
        for line in imported.map(|row| Line::imported(self.star, row)) {
            by_account.entry(line.account).or_default().push(line);
        }
        for said in self.said.iter().filter(|said| day_number(said.on) <= self.today) {
            let line = Line::said(self.star, said);
            by_account.entry(line.account).or_default().push(line);
        }
        let keys: Vec<Option<String>> = self.steps.iter().map(|step| name_key(step)).collect();
        let fates = by_account.into_values().filter_map(|mut lines| {
            lines.sort_by_key(|line| (line.on, line.origin));
            fate(self.star, &lines, &keys, self.today)
        });
        let mut targets: Vec<TargetFate> = fates.collect();
        targets.sort_by(|one, other| (one.entered, &one.account).cmp(&(other.entered, &other.account)));
        BetProgress {
            steps: self.steps.clone(),
            targets,
        }
    }
}

/// That an account reached a step, imported or said.
struct Line<'a> {
    /// The account's row; else what it is called, beside [`NO_ROW`].
    account: (u32, &'a str),
    name: &'a str,
    partner: Option<&'a str>,
    step: Option<String>,
    on: i32,
    origin: Origin,
}

impl<'a> Line<'a> {
    fn imported(star: &'a Star, row: &'a Reached) -> Self {
        let text = row.account_text.as_str();
        Self {
            account: (row.account, if row.account == NO_ROW { text } else { "" }),
            name: text,
            partner: star.partners.names.get(index(row.partner)).map(String::as_str),
            step: name_key(&row.step),
            on: row.on,
            origin: Origin::Row {
                file: row.file,
                row: row.row,
            },
        }
    }

    fn said(star: &'a Star, said: &'a SaidStep) -> Self {
        let account = star.account_row(&said.account);
        let text = if account == NO_ROW { said.account.as_str() } else { "" };
        Self {
            account: (account, text),
            name: &said.account_name,
            partner: said.partner.as_deref().map(|partner| star.partner_name(partner)),
            step: name_key(&said.step),
            on: day_number(said.on),
            origin: Origin::Said(said.number),
        }
    }

    fn says(&self, words: &[&str]) -> bool {
        self.step.as_deref().is_some_and(|step| words.contains(&step))
    }
}

/// The lines of one account, in the order of their days.
fn fate(star: &Star, lines: &[Line<'_>], steps: &[Option<String>], today: i32) -> Option<TargetFate> {
    let entry = lines.iter().find(|line| line.says(&ENTRIES)).or(lines.first())?;
    let entered = lines.first().map_or(entry.on, |first| first.on.min(entry.on));
    let (account, text) = entry.account;
    let known = Known::new(star, account, entered, today);
    let mut reached: Vec<Option<(i32, Origin)>> = steps
        .iter()
        .map(|step| {
            let recorded = lines.iter().filter(|line| step.is_some() && line.step == *step);
            let found = match step.as_deref() {
                Some(OPPORTUNITY) => known.opened,
                Some(WON) => known.won,
                _ => None,
            };
            let found = found.map(|day| (day, Origin::Opportunity));
            recorded.map(|line| (line.on, line.origin)).chain(found).min()
        })
        .collect();
    let mut later = None;
    for day in reached.iter_mut().rev() {
        *day = [*day, later].into_iter().flatten().min();
        later = *day;
    }
    let said_lost = lines.iter().find(|line| line.says(&[LOST])).map(|line| line.on);
    let column = |name: &str| star.accounts.text(name).get(index(account)).map(str::to_owned);
    Some(TargetFate {
        account: column("account_id").unwrap_or_else(|| text.to_owned()),
        account_name: column("name").unwrap_or_else(|| entry.name.to_owned()),
        partner: lines.iter().find_map(|line| line.partner).map(str::to_owned),
        entered: date_of(entered)?,
        reached: reached
            .iter()
            .map(|day| day.and_then(|(day, _)| date_of(day)))
            .collect(),
        lost_on: said_lost.or(known.lost).and_then(date_of),
        opportunity_id: known.opportunity,
        entry: entry.origin,
        seen: reached.iter().map(|day| day.map(|(_, origin)| origin)).collect(),
    })
}

/// What the CRM knows of an account since it entered.
#[derive(Default)]
struct Known {
    opened: Option<i32>,
    won: Option<i32>,
    /// When the last was lost, if all were.
    lost: Option<i32>,
    opportunity: Option<String>,
}

impl Known {
    fn new(star: &Star, account: u32, entered: i32, today: i32) -> Self {
        let deals = &star.deals;
        let since: Vec<usize> = deals
            .by_account
            .of(account)
            .iter()
            .map(|deal| index(*deal))
            .filter(|deal| (entered..=today).contains(&deals.created[*deal]))
            .collect();
        let Some(first) = since.iter().copied().min_by_key(|deal| deals.created[*deal]) else {
            return Self::default();
        };
        let closed_as = |status: Status| {
            let closed = since
                .iter()
                .filter(move |deal| star.status_at(**deal, today) == Some(status));
            closed.map(|deal| deals.closed[*deal]).filter(|day| *day != NO_DAY)
        };
        let all_lost = since
            .iter()
            .all(|deal| star.status_at(*deal, today) == Some(Status::Lost));
        Self {
            opened: Some(deals.created[first]),
            won: closed_as(Status::Won).min(),
            lost: closed_as(Status::Lost).max().filter(|_| all_lost),
            opportunity: star.opportunities.text("opportunity_id").get(first).map(str::to_owned),
        }
    }
}

/// What a gate is judged by, in whole periods of seven days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StageEvidence {
    /// The steps up to the gate's.
    pub steps: Vec<StepEvidence>,
    /// Targets that entered in each week since the first did.
    pub activations_per_week: Vec<u64>,
    /// Whole weeks since the first target entered; 0 when none has.
    pub weeks_since_start: u32,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepEvidence {
    /// Its name.
    pub step: String,
    /// Targets that reached the step before it, or entered the bet.
    pub entered: u64,
    /// Those that reached it.
    pub converted: u64,
    /// Those that were lost before it.
    pub lost: u64,
    /// The others: whole weeks since they entered, and how many.
    pub open_ages_weeks: Vec<(u32, u64)>,
    /// Of the converted: whole weeks that it took, and how many.
    pub delays_weeks: Vec<(u32, u64)>,
}

/// The counts of each step up to the one named; of all steps when none has the name.
pub fn stage_evidence(progress: &BetProgress, upto: &str, as_of: Date) -> StageEvidence {
    let key = name_key(upto);
    let last = progress
        .steps
        .iter()
        .position(|step| name_key(step) == key)
        .unwrap_or(progress.steps.len());
    let steps = progress.steps.iter().take(last.saturating_add(1)).enumerate();
    let start = progress.targets.iter().map(|target| target.entered).min();
    let weeks_since_start = start.map_or(0, |start| weeks(start, as_of));
    let mut activations = vec![
        0;
        if start.is_some() {
            index(weeks_since_start) + 1
        } else {
            0
        }
    ];
    for target in &progress.targets {
        let week = start.map_or(0, |start| index(weeks(start, target.entered)));
        if let Some(count) = activations.get_mut(week) {
            *count += 1;
        }
    }
    StageEvidence {
        steps: steps
            .map(|(nth, step)| step_evidence(&progress.targets, nth, step, as_of))
            .collect(),
        activations_per_week: activations,
        weeks_since_start,
    }
}

fn step_evidence(targets: &[TargetFate], nth: usize, step: &str, as_of: Date) -> StepEvidence {
    let mut evidence = StepEvidence {
        step: step.to_owned(),
        entered: 0,
        converted: 0,
        lost: 0,
        open_ages_weeks: Vec::new(),
        delays_weeks: Vec::new(),
    };
    let (mut ages, mut delays) = (BTreeMap::new(), BTreeMap::new());
    for target in targets {
        let entered = match nth.checked_sub(1) {
            None => Some(target.entered),
            Some(before) => target.reached[before],
        };
        let Some(entered) = entered else { continue };
        evidence.entered += 1;
        match (target.reached[nth], target.lost_on) {
            (Some(reached), _) => {
                evidence.converted += 1;
                *delays.entry(weeks(entered, reached)).or_default() += 1;
            }
            (None, Some(_)) => evidence.lost += 1,
            (None, None) => *ages.entry(weeks(entered, as_of)).or_default() += 1,
        }
    }
    evidence.open_ages_weeks = ages.into_iter().collect();
    evidence.delays_weeks = delays.into_iter().collect();
    evidence
}

/// Whole periods of seven days; 0 when the second day is before the first.
fn weeks(from: Date, to: Date) -> u32 {
    u32::try_from((day_number(to) - day_number(from)) / 7).unwrap_or(0)
}
