//! What the rows as a whole decide: the order of dates, the decimal sign, the stages, where the footer begins; and what
//! must be asked. It must not make a row into facts.

use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest, Sha256};

use super::account::Account;
use super::convert::Part;
use super::history::{self, EntryColumn};
use super::plan::{Column, Plan, quoted, which_table};
use super::record::Record;
use super::report::STAGE_MEANS;
use super::source::Source;
use super::status::{StatusRule, Verdict};
use super::{Asked, ReadOptions};
use crate::alias::{Hint, Target, normalise};
use crate::catalogue::{Kind, Table};
use crate::error::FactsError;
use crate::limits::{FOOTER_LINE_BYTES_MAX, FOOTER_ROWS_MAX, STAGES_MAX};
use crate::snapshot::hex;
use crate::typed::{DateOrder, DateTally, Decimal, DecimalTally, is_missing_value, trimmed};
use crate::watch::Phase;

/// What a look at every row shows.
#[derive(Debug)]
pub(crate) struct Seen {
    /// SHA-256 of the file's bytes, in hex.
    pub(crate) sha256: String,
    /// The rows below the header.
    pub(crate) rows: u64,
    /// The first filled cell of each column.
    pub(crate) samples: Vec<Option<String>>,
    /// The first row of the footer.
    pub(crate) footer_from: Option<u64>,
    /// The stages for which an answer was given and that do not occur.
    pub(crate) unused_stages: Vec<String>,
    /// Whether stages are written with their pipeline behind them.
    pub(crate) names_pipelines: bool,
    tallies: Vec<Tally>,
    // The stages on which the status of a row hangs, with the first such row.
    unknown_stages: BTreeMap<String, u64>,
}

#[derive(Debug, Clone)]
enum Tally {
    None,
    Dates(DateTally),
    Decimals(DecimalTally, bool),
}

const SAMPLE_CHARS: usize = 80;

impl Seen {
    /// Looks at every row; none where the file turns out not to be in the encoding that it is taken for. `account`, where
    /// there is one, takes the rows as they go by.
    pub(crate) fn look(
        source: &mut Source<'_>,
        plan: &Plan,
        options: &ReadOptions,
        mut account: Option<&mut Account<'_>>,
    ) -> Result<Option<Self>, FactsError> {
        let look = Look::new(plan, options);
        let mut hash = Sha256::new();
        let mut whole = Sight::new(&look);
        let mut is_text = true;
        let conversion = account.as_ref().map(|account| account.conversion);
        source.in_order(
            Some(&mut hash),
            (&options.watch, Phase::Looking),
            |block| {
                if !block.is_text() {
                    return Ok(None);
                }
                let mut sight = Sight::new(&look);
                let mut part = conversion.map(Part::new);
                block.each(&mut |row, record| {
                    sight.row(row, record);
                    if let Some(part) = &mut part {
                        part.row(row, record);
                    }
                })?;
                Ok(Some((sight, part.map(Part::finish).transpose()?)))
            },
            |both| {
                let Some((sight, part)) = both else {
                    is_text = false;
                    return Ok(false);
                };
                whole.append(sight);
                match (&mut account, part) {
                    (Some(account), Some(part)) => account.take(part).map(|()| true),
                    _ => Ok(true),
                }
            },
        )?;
        Ok(is_text.then(|| whole.finish(options, &hex(&hash.finalize()))))
    }

    /// What the rows at the top show.
    pub(crate) fn guess(top: &[(u64, Record)], plan: &Plan, options: &ReadOptions) -> Self {
        let look = Look::new(plan, options);
        let mut sight = Sight::new(&look);
        top.iter().for_each(|(row, record)| sight.row(*row, record));
        sight.finish(options, "")
    }

    /// Whether rows are made into the same facts by this as by `other`, as long as the decisions are the same.
    pub(crate) fn agrees(&self, other: &Self, plan: &Plan) -> bool {
        let filled = self.samples.iter().zip(&other.samples).zip(&plan.columns);
        // Of columns without a name those are kept that hold anything.
        let mut filled = filled.map(|((own, other), column)| column.named || own.is_some() == other.is_some());
        self.footer_from == other.footer_from && filled.all(|same| same)
    }
}

/// What the look goes by.
struct Look<'a> {
    plan: &'a Plan,
    rule: StatusRule,
    answers: Vec<String>,
    // The stages that columns tell the entry of, with their pipelines.
    in_pipelines: Vec<String>,
}

impl<'a> Look<'a> {
    fn new(plan: &'a Plan, options: &ReadOptions) -> Self {
        Self {
            plan,
            rule: StatusRule::new(plan, options),
            answers: options.stages.iter().map(|(stage, _)| normalise(stage)).collect(),
            in_pipelines: history::in_pipelines(plan),
        }
    }
}

/// What a run of rows shows. The runs of a file, appended in its order, show the same wherever it is cut.
struct Sight<'a> {
    look: &'a Look<'a>,
    rows: u64,
    samples: Vec<Option<String>>,
    tallies: Vec<Tally>,
    /// The columns that a further row can still tell something of.
    open: Vec<usize>,
    unknown_stages: BTreeMap<String, u64>,
    answered: Vec<bool>,
    names_pipelines: bool,
    // The last row that was counted, the header's where none was.
    last_row: u64,
    // The rows since then: whether they are a footer is known only where the file ends.
    tail: VecDeque<(u64, Record)>,
}

impl<'a> Sight<'a> {
    fn new(look: &'a Look<'a>) -> Self {
        let columns = &look.plan.columns;
        Self {
            look,
            rows: 0,
            samples: vec![None; columns.len()],
            tallies: columns.iter().map(tally_for).collect(),
            open: (0..columns.len()).collect(),
            unknown_stages: BTreeMap::new(),
            answered: vec![false; look.answers.len()],
            names_pipelines: false,
            last_row: look.plan.header_row,
            tail: VecDeque::new(),
        }
    }

    fn row(&mut self, row: u64, record: &Record) {
        if row <= self.look.plan.header_row {
            return;
        }
        self.rows += 1;
        if FooterLine::of(record, self.look.plan).is_some() {
            self.wait(row, record.clone());
        } else {
            self.count_tail(0);
            self.count(row, record);
        }
    }

    fn append(&mut self, later: Self) {
        self.rows += later.rows;
        if later.last_row == self.look.plan.header_row {
            for (row, record) in later.tail {
                self.wait(row, record);
            }
            return;
        }
        self.count_tail(0);
        self.last_row = later.last_row;
        self.tail = later.tail;
        for (own, later) in self.samples.iter_mut().zip(later.samples) {
            *own = own.take().or(later);
        }
        for (own, later) in self.tallies.iter_mut().zip(later.tallies) {
            match (own, later) {
                (Tally::Dates(own), Tally::Dates(later)) => own.append(later),
                (Tally::Decimals(own, _), Tally::Decimals(later, _)) => own.append(later),
                _ => {}
            }
        }
        for (own, later) in self.answered.iter_mut().zip(later.answered) {
            *own |= later;
        }
        self.names_pipelines |= later.names_pipelines;
        let mut stages: Vec<(String, u64)> = later.unknown_stages.into_iter().collect();
        stages.sort_by_key(|(_, row)| *row);
        for (stage, row) in stages {
            self.unknown_stage(&stage, row);
        }
    }

    // A footer is short: what stands before the last rows that could be one is none.
    fn wait(&mut self, row: u64, record: Record) {
        self.tail.push_back((row, record));
        self.count_tail(FOOTER_ROWS_MAX);
    }

    fn count_tail(&mut self, down_to: usize) {
        while self.tail.len() > down_to
            && let Some((row, record)) = self.tail.pop_front()
        {
            self.count(row, &record);
        }
    }

    fn count(&mut self, row: u64, record: &Record) {
        self.last_row = row;
        if self.look.plan.is_header_again(record) || record.as_slice().contains('\0') {
            return;
        }
        let (samples, tallies) = (&mut self.samples, &mut self.tallies);
        self.open.retain(|&at| {
            let cell = trimmed(record.get(at).unwrap_or_default());
            if cell.is_empty() {
                return true;
            }
            samples[at].get_or_insert_with(|| cell.chars().take(SAMPLE_CHARS).collect());
            match &mut tallies[at] {
                Tally::None => return false,
                Tally::Dates(tally) => tally.add(row, cell),
                Tally::Decimals(tally, _) => tally.add(row, cell),
            }
            true
        });
        if self.look.plan.table == Some(Table::Opportunities) {
            self.stage(row, record);
        }
    }

    fn stage(&mut self, row: u64, record: &Record) {
        if self.answered.contains(&false) {
            for stage in self.look.rule.stages(record).map(normalise) {
                let answers = self.look.answers.iter().zip(&mut self.answered);
                answers
                    .filter(|(answer, _)| **answer == stage)
                    .for_each(|(_, answered)| *answered = true);
            }
        }
        if !self.look.in_pipelines.is_empty() && !self.names_pipelines {
            let is_one = |stage: &str| self.look.in_pipelines.contains(&normalise(stage));
            self.names_pipelines = self.look.rule.stages(record).any(is_one);
        }
        if let Verdict::Unknown(stage) = self.look.rule.of(record) {
            self.unknown_stage(stage, row);
        }
    }

    fn unknown_stage(&mut self, stage: &str, row: u64) {
        if self.unknown_stages.len() <= STAGES_MAX && !self.unknown_stages.contains_key(stage) {
            self.unknown_stages.insert(stage.to_owned(), row);
        }
    }

    fn finish(mut self, options: &ReadOptions, sha256: &str) -> Seen {
        let footer_from = footer_from(&self.tail, self.last_row, self.look.plan);
        let footer = self
            .tail
            .iter()
            .filter(|(row, _)| footer_from.is_some_and(|from| *row >= from));
        self.count_tail(footer.count());
        let unused = options
            .stages
            .iter()
            .zip(&self.answered)
            .filter(|(_, answered)| !**answered);
        Seen {
            sha256: sha256.to_owned(),
            rows: self.rows,
            samples: self.samples,
            footer_from,
            unused_stages: unused.map(|((stage, _), _)| format!("--stage {stage}")).collect(),
            names_pipelines: self.names_pipelines,
            tallies: self.tallies,
            unknown_stages: self.unknown_stages,
        }
    }
}

fn tally_for(column: &Column) -> Tally {
    let field = match column.target {
        None if column.enters.is_some() => return Tally::Dates(DateTally::default()),
        Some(Target::Field(field)) => field,
        Some(Target::Hint(Hint::Modified)) => return Tally::Dates(DateTally::default()),
        _ => return Tally::None,
    };
    match field.kind {
        Kind::Date => Tally::Dates(DateTally::default()),
        Kind::Money => Tally::Decimals(DecimalTally::default(), true),
        Kind::Number => Tally::Decimals(DecimalTally::default(), field.name == "employees"),
        Kind::Text | Kind::Id | Kind::Currency | Kind::Choice(_) => Tally::None,
    }
}

/// How a row could be of the lines that a CRM's report puts below its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FooterLine {
    /// It has words that only a footer has.
    Marked,
    /// It is a total.
    Total,
    /// It has one filled cell.
    Alone,
}

impl FooterLine {
    fn of(record: &Record, plan: &Plan) -> Option<Self> {
        const MARKS: [&str; 5] = [
            "grand total",
            "copyright (c)",
            "copyright ©",
            "confidential information",
            "generated by",
        ];
        if record.as_slice().len() > FOOTER_LINE_BYTES_MAX {
            return None;
        }
        let mut filled = record.iter().map(trimmed).filter(|cell| !cell.is_empty());
        let first = filled.next().unwrap_or_default();
        let begins = |mark: &&str| {
            let start = first.as_bytes().get(..mark.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(mark.as_bytes()))
        };
        if MARKS.iter().any(begins) {
            Some(Self::Marked)
        } else if ["total", "totals", "total:"]
            .iter()
            .any(|word| first.eq_ignore_ascii_case(word))
        {
            Some(Self::Total)
        } else {
            (plan.columns.len() > 1 && filled.next().is_none()).then_some(Self::Alone)
        }
    }
}

// The first row of the footer: it stands last, after a blank line or with words that only a footer has.
fn footer_from(tail: &VecDeque<(u64, Record)>, mut last_row: u64, plan: &Plan) -> Option<u64> {
    let (mut candidate, mut certain) = (None, false);
    for (row, record) in tail {
        let line = FooterLine::of(record, plan);
        let after_gap = *row > last_row + 1 || candidate.is_some();
        if after_gap || line == Some(FooterLine::Marked) {
            candidate.get_or_insert(*row);
            certain |= line != Some(FooterLine::Alone);
        }
        last_row = *row;
    }
    candidate.filter(|_| certain)
}

/// How each column is read, and each stage understood.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) orders: Vec<Option<DateOrder>>,
    pub(crate) decimals: Vec<Decimal>,
    pub(crate) status: StatusRule,
    /// The columns that tell when a stage was entered.
    pub(crate) entries: Vec<EntryColumn>,
}

impl Decided {
    /// The decisions, and what could not be decided.
    pub(crate) fn new(plan: &Plan, seen: &Seen, options: &ReadOptions) -> (Self, Vec<Asked>) {
        let profile = options.profile.as_ref();
        let order = options.date_order.or_else(|| profile?.date_order);
        let decimal = options.decimal.or_else(|| profile?.decimal);
        let mut asked = Vec::new();
        if plan.table.is_none() && plan.other.is_none() && plan.asked.is_empty() {
            asked.push(which_table());
        }
        let mut decided = Self {
            orders: vec![order; plan.columns.len()],
            decimals: vec![decimal.unwrap_or(Decimal::Point); plan.columns.len()],
            status: StatusRule::new(plan, options),
            entries: history::entry_columns(plan, seen.names_pipelines),
        };
        for (at, (column, tally)) in plan.columns.iter().zip(&seen.tallies).enumerate() {
            let (what, message, flag) = match tally {
                Tally::Dates(tally) if order.is_none() => match tally.decide() {
                    Ok(order) => {
                        decided.orders[at] = order;
                        continue;
                    }
                    // An instant that cannot be told is not known; nobody is asked.
                    Err(_) if column.target == Some(Target::Hint(Hint::Modified)) => continue,
                    Err(message) => ("date-order", message, "--day-first|--month-first"),
                },
                Tally::Decimals(tally, whole) if decimal.is_none() => match tally.decide(*whole) {
                    Ok(sign) => {
                        decided.decimals[at] = sign.unwrap_or(Decimal::Point);
                        continue;
                    }
                    Err(message) => ("decimal", message, "--decimal-point|--decimal-comma"),
                },
                _ => continue,
            };
            asked.push(Asked {
                what: what.to_owned(),
                column: Some(column.source.clone()),
                message: format!("in {}, {message}", column.source),
                flag: flag.to_owned(),
            });
        }
        if let Some(at) = plan.column_of("closed_on") {
            decided.status.date_order = decided.orders[at];
        }
        if plan.table == Some(Table::Opportunities) {
            asked.extend(stage_questions(plan, seen, &decided.status));
        }
        (decided, asked)
    }

    /// Whether rows are read alike by both, of one file under the same options.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        (&self.orders, &self.decimals, &self.entries) == (&other.orders, &other.decimals, &other.entries)
    }

    /// A mark of everything that this reading rests on: the same bytes read otherwise are other facts.
    pub(crate) fn mark(&self, plan: &Plan, options: &ReadOptions) -> String {
        let columns: Vec<_> = plan
            .columns
            .iter()
            .map(|column| (&column.source, column.target.map(Target::name)))
            .collect();
        let of_stages = plan.column_of("stage").or_else(|| plan.column_of("status"));
        let stages = of_stages.map(|_| self.status.stages_known());
        let linked = plan.table == Some(Table::Opportunities) && options.companions.link_deals();
        let links = linked.then(|| options.companions.mark_of_links());
        let mut mark = format!(
            "{columns:?} {:?} {:?} {stages:?} {:?} {links:?}",
            self.orders, self.decimals, options.currency
        );
        // What was read before columns could tell a history keeps its mark.
        if !self.entries.is_empty() {
            mark.push_str(&format!(" {:?}", self.entries));
        }
        hex(&Sha256::digest(mark.as_bytes()))
    }
}

fn stage_questions(plan: &Plan, seen: &Seen, rule: &StatusRule) -> Vec<Asked> {
    let stage = plan.column_of("stage").or_else(|| plan.column_of("status"));
    let column = stage.map(|at| plan.columns[at].source.clone());
    if !rule.has_evidence() && plan.column_of("closed_on").is_some() {
        return vec![Asked {
            what: "column".to_owned(),
            column: None,
            message: "opportunities have a day of closing, and no column says which are won and which lost".to_owned(),
            flag: "--map COLUMN=stage|status|is_won".to_owned(),
        }];
    }
    if seen.unknown_stages.len() > STAGES_MAX {
        let message = format!(
            "{} has more than {STAGES_MAX} different stages",
            column.as_deref().unwrap_or_default()
        );
        return vec![Asked {
            what: "column".to_owned(),
            column,
            message,
            flag: "--map COLUMN=stage".to_owned(),
        }];
    }
    let question = |(stage, row): (&String, &u64)| Asked {
        what: "stage".to_owned(),
        column: column.clone(),
        message: format!("is `{stage}` (row {row}) open, won or lost?"),
        flag: format!("--stage {}{STAGE_MEANS}", quoted(stage)),
    };
    seen.unknown_stages
        .iter()
        .filter(|(stage, _)| !is_missing_value(stage))
        .map(question)
        .collect()
}
