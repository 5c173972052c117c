//! What the rows as a whole decide: the order of dates, the decimal sign, the stages, where the footer begins; and what
//! must be asked. It must not make a row into facts.

use std::collections::BTreeMap;

use csv::StringRecord;
use sha2::{Digest, Sha256};

use super::plan::{Plan, quoted, which_table};
use super::status::{StatusRule, Verdict};
use super::{Asked, ReadOptions, Source};
use crate::alias::{Target, normalise};
use crate::catalogue::{Kind, Table};
use crate::error::FactsError;
use crate::limits::STAGES_MAX;
use crate::snapshot::hex;
use crate::typed::{DateOrder, DateTally, Decimal, DecimalTally, is_missing_value};

/// What a look at every row shows.
#[derive(Debug)]
pub(crate) struct Seen {
    /// The rows below the header.
    pub(crate) rows: u64,
    /// The first filled cell of each column.
    pub(crate) samples: Vec<Option<String>>,
    /// The first row of the footer.
    pub(crate) footer_from: Option<u64>,
    /// The stages for which an answer was given and that do not occur.
    pub(crate) unused_stages: Vec<String>,
    tallies: Vec<Tally>,
    // The stages on which the status of a row hangs, with the first such row.
    unknown_stages: BTreeMap<String, u64>,
}

#[derive(Debug)]
enum Tally {
    None,
    Dates(DateTally),
    Decimals(DecimalTally, bool),
}

const SAMPLE_CHARS: usize = 80;

impl Seen {
    pub(crate) fn look(source: &mut Source<'_>, plan: &Plan, options: &ReadOptions) -> Result<Self, FactsError> {
        let rule = StatusRule::new(plan, options);
        let mut seen = Self {
            rows: 0,
            samples: vec![None; plan.columns.len()],
            footer_from: None,
            unused_stages: Vec::new(),
            tallies: plan.columns.iter().map(|column| tally_for(column.target)).collect(),
            unknown_stages: BTreeMap::new(),
        };
        let mut footer = FooterSearch::new(plan);
        let mut unused: Vec<&str> = options.stages.iter().map(|(stage, _)| stage.as_str()).collect();
        source.each(&mut |row, record| {
            if row > plan.header_row {
                seen.rows += 1;
                footer.look(row, record);
                let unfit = plan.is_header_again(record) || record.as_slice().contains('\0');
                if !unfit && !footer.may_have_begun() {
                    seen.row(row, record);
                    if plan.table == Some(Table::Opportunities) {
                        seen.stage(row, record, &rule, &mut unused);
                    }
                }
            }
            Ok(true)
        })?;
        seen.footer_from = footer.from();
        seen.unused_stages = unused.into_iter().map(|stage| format!("--stage {stage}")).collect();
        Ok(seen)
    }

    fn row(&mut self, row: u64, record: &StringRecord) {
        for (at, cell) in record.iter().enumerate().take(self.samples.len()) {
            if cell.trim().is_empty() {
                continue;
            }
            if self.samples[at].is_none() {
                self.samples[at] = Some(cell.trim().chars().take(SAMPLE_CHARS).collect());
            }
            match &mut self.tallies[at] {
                Tally::None => {}
                Tally::Dates(tally) => tally.add(row, cell),
                Tally::Decimals(tally, _) => tally.add(row, cell),
            }
        }
    }

    fn stage(&mut self, row: u64, record: &StringRecord, rule: &StatusRule, unused: &mut Vec<&str>) {
        if !unused.is_empty() {
            for stage in rule.stages(record).map(normalise) {
                unused.retain(|answered| normalise(answered) != stage);
            }
        }
        if let Verdict::Unknown(stage) = rule.of(record)
            && self.unknown_stages.len() <= STAGES_MAX
            && !self.unknown_stages.contains_key(stage)
        {
            self.unknown_stages.insert(stage.to_owned(), row);
        }
    }
}

fn tally_for(target: Option<Target>) -> Tally {
    let Some(Target::Field(field)) = target else {
        return Tally::None;
    };
    match field.kind {
        Kind::Date => Tally::Dates(DateTally::default()),
        Kind::Money => Tally::Decimals(DecimalTally::default(), true),
        Kind::Number => Tally::Decimals(DecimalTally::default(), field.name == "employees"),
        Kind::Text | Kind::Id | Kind::Currency | Kind::Choice(_) => Tally::None,
    }
}

/// Looks for the lines that a CRM's report puts below its rows: they stand last, after a blank line or with words that
/// only a footer has.
struct FooterSearch {
    columns: usize,
    last_row: u64,
    candidate: Option<u64>,
    certain: bool,
}

impl FooterSearch {
    fn new(plan: &Plan) -> Self {
        Self {
            columns: plan.columns.len(),
            last_row: plan.header_row,
            candidate: None,
            certain: false,
        }
    }

    fn look(&mut self, row: u64, record: &StringRecord) {
        let first = record
            .iter()
            .map(str::trim)
            .find(|cell| !cell.is_empty())
            .unwrap_or_default()
            .to_lowercase();
        let filled = record.iter().filter(|cell| !cell.trim().is_empty()).take(2).count();
        let marked = [
            "grand total",
            "copyright (c)",
            "copyright ©",
            "confidential information",
            "generated by",
        ]
        .iter()
        .any(|mark| first.starts_with(mark));
        let alone = filled == 1 && self.columns > 1;
        let total = matches!(first.as_str(), "total" | "totals" | "total:");
        let after_gap = row > self.last_row + 1 || self.candidate.is_some();
        if marked || (after_gap && (alone || total)) {
            self.candidate.get_or_insert(row);
            self.certain = self.certain || marked || total;
        } else {
            self.candidate = None;
            self.certain = false;
        }
        self.last_row = row;
    }

    fn may_have_begun(&self) -> bool {
        self.candidate.is_some()
    }

    fn from(&self) -> Option<u64> {
        self.candidate.filter(|_| self.certain)
    }
}

/// How each column is read, and each stage understood.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) orders: Vec<Option<DateOrder>>,
    pub(crate) decimals: Vec<Decimal>,
    pub(crate) status: StatusRule,
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
        };
        for (at, (column, tally)) in plan.columns.iter().zip(&seen.tallies).enumerate() {
            let (what, message, flag) = match tally {
                Tally::Dates(tally) if order.is_none() => match tally.decide() {
                    Ok(order) => {
                        decided.orders[at] = order;
                        continue;
                    }
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
        if plan.table == Some(Table::Opportunities) {
            asked.extend(stage_questions(plan, seen, &decided.status));
        }
        (decided, asked)
    }

    /// A mark of everything that this reading rests on: the same bytes read otherwise are other facts.
    pub(crate) fn mark(&self, plan: &Plan, options: &ReadOptions) -> String {
        let columns: Vec<_> = plan
            .columns
            .iter()
            .map(|column| (&column.source, column.target.map(Target::name)))
            .collect();
        let profile = options.profile.as_ref().map(|profile| &profile.stages);
        let mark = format!(
            "{columns:?} {:?} {:?} {profile:?} {:?} {:?}",
            self.orders, self.decimals, options.stages, options.currency
        );
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
        flag: format!("--stage {}=open|won|lost", quoted(stage)),
    };
    seen.unknown_stages
        .iter()
        .filter(|(stage, _)| !is_missing_value(stage))
        .map(question)
        .collect()
}
