//! Whether an opportunity is open, won or lost, from whatever its source says. It must not decide what is not said.

use jiff::civil::Date;

use super::ReadOptions;
use super::plan::Plan;
use super::record::Record;
use crate::alias::{self, normalise};
use crate::catalogue::{Status, Table};
use crate::profile::Profile;
use crate::stages::{Stage, StageMap};
use crate::typed::{self, DateOrder, Memo};

/// The columns of a file that speak of the status, and the answers given for its stages.
#[derive(Debug)]
pub(crate) struct StatusRule {
    won: Option<usize>,
    closed: Option<usize>,
    status: Option<usize>,
    stage: Option<usize>,
    won_on: Option<usize>,
    /// Of a stage: 1 or 100 is won, 0 lost.
    probability: Option<usize>,
    /// The column whose day says which meaning of a stage counts.
    closed_on: Option<usize>,
    /// The order of all-digit dates in that column, once it is decided.
    pub(crate) date_order: Option<DateOrder>,
    today: Date,
    stages: StageMap,
    status_words: Memo<Option<Status>>,
    stage_words: Memo<Option<Status>>,
}

/// What a row says of its status.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'a> {
    /// It is this.
    Known(Status),
    /// It depends on what this stage means.
    Unknown(&'a str),
    /// The flag in this column is neither yes nor no.
    BadFlag(usize, &'static str),
}

impl StatusRule {
    pub(crate) fn new(plan: &Plan, options: &ReadOptions) -> Self {
        let mut stages = StageMap::default();
        // A list of stages is what is to be known, whatever was known before.
        if plan.table != Some(Table::Stages) {
            stages.clone_from(&options.companions.stages);
            let profile = options.profile.as_ref().map(Profile::stage_map).unwrap_or_default();
            stages.extend(profile.entries().into_iter().cloned());
        }
        stages.extend(options.stages.iter().map(|(stage, means)| Stage::plain(stage, *means)));
        let closed_on = plan.column_of("closed_on");
        Self {
            won: plan.column_of("is_won"),
            closed: plan.column_of("is_closed"),
            status: plan.column_of("status").or_else(|| plan.column_of("means")),
            stage: plan.column_of("stage"),
            // A day of winning says that it was won.
            won_on: closed_on.filter(|at| normalise(&plan.columns[*at].source).contains("won")),
            probability: plan.column_of("probability"),
            closed_on,
            date_order: options.date_order,
            today: options.today,
            stages,
            status_words: Memo::default(),
            stage_words: Memo::default(),
        }
    }

    /// Whether any column says what became of an opportunity.
    pub(crate) fn has_evidence(&self) -> bool {
        [self.won, self.closed, self.status, self.stage, self.won_on]
            .iter()
            .any(Option::is_some)
    }

    /// The texts that an answer may be about.
    pub(crate) fn stages<'a>(&self, record: &'a Record) -> impl Iterator<Item = &'a str> {
        let cells = [self.stage, self.status].map(|column| column.and_then(|at| record.get(at)));
        cells
            .into_iter()
            .flatten()
            .map(str::trim)
            .filter(|text| !typed::is_missing_value(text))
    }

    /// The verdict on a row: the answers given come first, then the flags, then the status, then the stage's name.
    pub(crate) fn of<'a>(&self, record: &'a Record) -> Verdict<'a> {
        let answer = |text| self.stages.find(text, || self.day(record));
        if !self.stages.is_empty()
            && let Some(stage) = self.stages(record).find_map(answer)
        {
            return Verdict::Known(stage.means);
        }
        let flag = |column: Option<usize>| match column.and_then(|at| Some((at, record.get(at)?))) {
            Some((at, text)) => typed::flag(text).map_err(|reason| Verdict::BadFlag(at, reason)),
            None => Ok(None),
        };
        let (won, closed) = match (flag(self.won), flag(self.closed)) {
            (Ok(won), Ok(closed)) => (won, closed),
            (Err(bad), _) | (_, Err(bad)) => return bad,
        };
        let named = self.named(record);
        match (won, closed) {
            (Some(true), _) => Verdict::Known(Status::Won),
            (Some(false), Some(true)) => Verdict::Known(Status::Lost),
            (_, Some(false)) => Verdict::Known(Status::Open),
            // Closed, and only the stage says how; or not won, and only the stage says whether it is closed.
            (None, Some(true)) if matches!(named, None | Some(Verdict::Known(Status::Open))) => self.unknown(record),
            (Some(false), None) if named == Some(Verdict::Known(Status::Won)) => self.unknown(record),
            (None, None) if self.probability.is_some() => {
                self.by_probability(record).unwrap_or_else(|| self.unknown(record))
            }
            _ => named.unwrap_or_else(|| self.by_day(record)),
        }
    }

    /// What is known of stages beforehand.
    pub(crate) fn stages_known(&self) -> &StageMap {
        &self.stages
    }

    // The day of closing, and of an opportunity that has not closed by then the day of import.
    fn day(&self, record: &Record) -> Date {
        let closed = self.closed_on.and_then(|at| record.get(at));
        let day = closed.and_then(|text| typed::day(text, self.date_order, false).ok());
        day.map_or(self.today, |day| day.min(self.today))
    }

    // By the status, then the stage; none where both are empty.
    fn named<'a>(&self, record: &'a Record) -> Option<Verdict<'a>> {
        let text = |column: Option<usize>| {
            column
                .and_then(|at| record.get(at))
                .map(str::trim)
                .filter(|text| !typed::is_missing_value(text))
        };
        let (status, stage) = (text(self.status), text(self.stage));
        let known = status
            .and_then(|text| {
                self.status_words
                    .of(text, |text| alias::status(text).or_else(|| alias::stage_status(text)))
            })
            .or_else(|| stage.and_then(|text| self.stage_words.of(text, alias::stage_status)));
        known
            .map(Verdict::Known)
            .or_else(|| stage.or(status).map(Verdict::Unknown))
    }

    fn unknown<'a>(&self, record: &'a Record) -> Verdict<'a> {
        self.stages(record)
            .next()
            .map_or(Verdict::Known(Status::Open), Verdict::Unknown)
    }

    fn by_probability(&self, record: &Record) -> Option<Verdict<'static>> {
        let text = record.get(self.probability?)?.trim().trim_end_matches('%');
        let probability: f64 = text.parse().ok()?;
        let ends = [(0.0, Status::Lost), (1.0, Status::Won), (100.0, Status::Won)];
        let end = ends.iter().find(|(end, _)| (probability - end).abs() < 1e-9);
        Some(Verdict::Known(end.map_or(Status::Open, |(_, status)| *status)))
    }

    // An opportunity with neither won nor lost is open.
    fn by_day<'a>(&self, record: &'a Record) -> Verdict<'a> {
        let day = self
            .won_on
            .and_then(|at| record.get(at))
            .filter(|text| !typed::is_missing_value(text));
        Verdict::Known(if day.is_some() { Status::Won } else { Status::Open })
    }
}
