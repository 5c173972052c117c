//! Rows of text made into rows of facts: each is accepted, rejected with its reason, a duplicate or footer. It must not
//! decide anything about the file as a whole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use beachhead_strategy::money::minor_digits;
use csv::StringRecord;
use sha2::{Digest, Sha256};

use super::decide::Decided;
use super::plan::Plan;
use super::status::Verdict;
use super::{FileReport, REASON_COLUMN, ReadOptions, Reject, Replaced, Source};
use crate::alias::{self, Hint, Target, normalise};
use crate::catalogue::{Field, Kind, Storage, Table};
use crate::error::FactsError;
use crate::limits::{DUPLICATES_LISTED, FIELD_BYTES_KEPT, REJECTS_BYTES_KEPT, REJECTS_KEPT};
use crate::rows::{BATCH_ROWS, RowColumn, RowsBuilder, Value, arrow_type};
use crate::snapshot::hex;
use crate::spool::{Spool, Spooled};
use crate::typed;

/// A file's rows on their way to facts.
pub(crate) struct Conversion<'a> {
    table: Table,
    plan: &'a Plan,
    decided: &'a Decided,
    options: &'a ReadOptions,
    epoch_1904: bool,
    writes_every_cell: bool,
    /// The source column of each field of the table.
    sources: Vec<Option<usize>>,
    kept: Vec<usize>,
    hints: Vec<(usize, Hint)>,
    /// The column that names an opportunity or anything else.
    what_id: Option<usize>,
    rows: RowsBuilder,
    spool: Spool,
    rejects: Rejects,
    read: u64,
    accepted: u64,
    footer: u64,
    cut: u64,
    // The rows of ids that have a twin for the other direction.
    twins: BTreeMap<String, u64>,
    twin_rows: Vec<Replaced>,
}

/// How the ids of Salesforce opportunities begin.
const OPPORTUNITY_PREFIX: &str = "006";

/// Why a row is not taken.
struct Refused {
    column: Option<usize>,
    reason: Cow<'static, str>,
    /// The source itself says that the row is no fact; it does not speak against the file.
    excused: bool,
}

impl Refused {
    fn at(column: Option<usize>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            column,
            reason: reason.into(),
            excused: false,
        }
    }

    fn excused(column: usize, reason: &'static str) -> Self {
        Self {
            column: Some(column),
            reason: reason.into(),
            excused: true,
        }
    }
}

enum Fate {
    Accepted,
    Twin(u64),
}

impl<'a> Conversion<'a> {
    pub(crate) fn new(
        table: Table,
        plan: &'a Plan,
        decided: &'a Decided,
        options: &'a ReadOptions,
        source: &Source<'_>,
        filled: &[bool],
    ) -> Self {
        let sources: Vec<Option<usize>> = table.fields().iter().map(|field| plan.column_of(field.name)).collect();
        let columns = plan.columns.iter().enumerate();
        let kept: Vec<usize> = columns
            .clone()
            .filter(|(at, column)| column.target.is_none() && (column.named || filled[*at]))
            .map(|(at, _)| at)
            .collect();
        let hints = columns
            .filter_map(|(at, column)| match column.target {
                Some(Target::Hint(hint)) => Some((at, hint)),
                _ => None,
            })
            .collect();
        let rows = RowsBuilder::new(row_columns(table, plan, decided, &sources, &kept), false);
        let header = plan.columns.iter().map(|column| column.source.clone()).collect();
        Self {
            table,
            plan,
            decided,
            options,
            epoch_1904: source.epoch_1904(),
            writes_every_cell: source.writes_every_cell(),
            sources,
            kept,
            hints,
            what_id: plan
                .column_of("opportunity_id")
                .filter(|at| normalise(&plan.columns[*at].source) == alias::WHAT_ID),
            spool: Spool::new(table, rows.columns().to_vec(), &options.scratch),
            rows,
            rejects: Rejects {
                header,
                ..Rejects::default()
            },
            read: 0,
            accepted: 0,
            footer: 0,
            cut: 0,
            twins: BTreeMap::new(),
            twin_rows: Vec::new(),
        }
    }

    /// Takes one row below the header.
    pub(crate) fn row(&mut self, row: u64, record: &StringRecord, footer: bool) -> Result<(), FactsError> {
        self.read += 1;
        if footer {
            self.footer += 1;
            return Ok(());
        }
        match self.convert(row, record) {
            Ok(Fate::Accepted) => self.accepted += 1,
            Ok(Fate::Twin(by)) => self.twin_rows.push(Replaced { row, by }),
            Err(refused) => self.rejects.add(row, record, refused),
        }
        if self.rows.len() == BATCH_ROWS {
            self.spool.push(self.rows.take())?;
        }
        Ok(())
    }

    /// The rows, with the report's counts filled in.
    pub(crate) fn finish(mut self, report: &mut FileReport) -> Result<(Spooled, Rejects), FactsError> {
        if self.rows.len() > 0 {
            self.spool.push(self.rows.take())?;
        }
        let spooled = self.spool.finish(&self.options.watch)?;
        report.read = self.read;
        report.accepted = self.accepted - spooled.replaced;
        report.rejected = self.rejects.count;
        report.duplicates = count(self.twin_rows.len()) + spooled.replaced;
        report.footer = self.footer;
        report.cut = self.cut;
        report.rejects.clone_from(&self.rejects.listed);
        let replaced = spooled.listed.iter().map(|(row, by)| Replaced { row: *row, by: *by });
        report.replaced = self
            .twin_rows
            .into_iter()
            .chain(replaced)
            .take(DUPLICATES_LISTED)
            .collect();
        Ok((spooled, self.rejects))
    }

    fn convert(&mut self, row: u64, record: &StringRecord) -> Result<Fate, Refused> {
        self.check_shape(record)?;
        self.check_hints(record)?;
        let mut values = self.values(record)?;
        self.derive(record, &mut values)?;
        self.check_required(&values)?;
        if let Some(twin) = self.twin(row, record, &values) {
            return Ok(Fate::Twin(twin));
        }
        let mut cut = 0;
        let kept = self
            .kept
            .iter()
            .map(|&at| kept_value(record.get(at).unwrap_or_default(), &mut cut));
        self.rows.push(row, None, values.into_iter().chain(kept));
        self.cut += cut;
        Ok(Fate::Accepted)
    }

    fn check_shape(&self, record: &StringRecord) -> Result<(), Refused> {
        let width = self.plan.columns.len();
        if record.len() < width && self.writes_every_cell {
            let quote = if record.as_slice().contains('\n') {
                "; a quote may have been left open"
            } else {
                ""
            };
            return Err(Refused::at(
                None,
                format!("row has {} of {width} cells{quote}", record.len()),
            ));
        }
        if let Some(at) = record.iter().skip(width).position(|cell| !cell.trim().is_empty()) {
            let reason = format!("row has {} cells and the header {width}", width + at + 1);
            return Err(Refused::at(None, reason));
        }
        if record.as_slice().contains('\0') {
            let at = record.iter().position(|cell| cell.contains('\0'));
            return Err(Refused::at(at, "a NUL character stands in the cell"));
        }
        if self.plan.is_header_again(record) {
            return Err(Refused::excused(0, "the header again"));
        }
        Ok(())
    }

    fn check_hints(&self, record: &StringRecord) -> Result<(), Refused> {
        for (at, hint) in &self.hints {
            let text = record.get(*at).unwrap_or_default();
            match hint {
                Hint::IsDeleted if typed::flag(text) == Ok(Some(true)) => {
                    return Err(Refused::excused(*at, "the source has deleted this row"));
                }
                // A history is made of what is no longer so.
                Hint::IsCurrent if self.table != Table::StageHistory && typed::flag(text) == Ok(Some(false)) => {
                    return Err(Refused::excused(*at, "the source has a newer state of this row"));
                }
                Hint::ChangedField if !matches!(normalise(text).as_str(), "stagename" | "stage" | "dealstage") => {
                    return Err(Refused::excused(*at, "a change of another field than the stage"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_required(&self, values: &[Value<'_>]) -> Result<(), Refused> {
        let fields = self.table.fields().iter().zip(&self.sources).zip(values);
        let mut missing = fields.filter(|((field, _), value)| field.required && **value == Value::None);
        match missing.next() {
            None => Ok(()),
            // A CRM's list of activities holds those without a partner too.
            Some(((field, Some(source)), _)) if self.table == Table::Touches && field.name == "partner_id" => {
                Err(Refused::excused(*source, "no touch of a partner: none is named"))
            }
            Some(((field, source), _)) => Err(Refused::at(*source, format!("no {}", field.name))),
        }
    }

    fn values<'r>(&self, record: &'r StringRecord) -> Result<Vec<Value<'r>>, Refused> {
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let digits = minor_digits(&self.currency_of(record));
        self.table
            .fields()
            .iter()
            .zip(&self.sources)
            .map(|(field, source)| match source {
                Some(at) => self
                    .value(field, *at, cell(*at), digits)
                    .map_err(|reason| Refused::at(Some(*at), reason)),
                None => Ok(Value::None),
            })
            .collect()
    }

    fn value<'r>(&self, field: &Field, at: usize, text: &'r str, digits: u32) -> Result<Value<'r>, Cow<'static, str>> {
        if text.len() > FIELD_BYTES_KEPT {
            return Err("longer than 32 KiB".into());
        }
        if typed::is_excel_error(text) {
            return Err("an error of the spreadsheet stands in the cell".into());
        }
        let worded = matches!(field.kind, Kind::Text | Kind::Id | Kind::Choice(_));
        if typed::is_missing(text) || (!worded && typed::is_missing_value(text)) {
            return Ok(Value::None);
        }
        Ok(match field.kind {
            Kind::Text if field.name == "domain" => Value::Text(typed::domain(text)),
            Kind::Text => Value::Text(unguarded(text.trim()).into()),
            // HubSpot lists all of a deal's companies, the first being the main one.
            Kind::Id if text.contains(';') && text.bytes().all(|c| c.is_ascii_digit() || c == b';' || c == b' ') => {
                Value::Text(typed::id(text.split(';').next().unwrap_or_default()).into())
            }
            Kind::Id if self.what_id == Some(at) && !text.trim().starts_with(OPPORTUNITY_PREFIX) => Value::None,
            Kind::Id => Value::Text(typed::id(unguarded(text.trim())).into()),
            Kind::Date => Value::Day(typed::days(typed::day(text, self.decided.orders[at], self.epoch_1904)?)),
            Kind::Money => Value::Minor(typed::amount(text, self.decided.decimals[at], digits)?),
            Kind::Number => Value::Number(typed::number(text, self.decided.decimals[at])?),
            Kind::Currency => Value::Text(typed::currency(text)?.into()),
            Kind::Choice(words) => Value::Text(alias::choice(words, text.trim()).into()),
        })
    }

    // The currency of the row: its own, the one beside the amount, or the program's; empty where none is known.
    fn currency_of<'r>(&self, record: &'r StringRecord) -> Cow<'r, str>
    where
        'a: 'r,
    {
        let cell = |name: &str| self.plan.column_of(name).and_then(|at| record.get(at));
        let own = cell("currency")
            .and_then(|text| typed::currency(text).ok())
            .map(Cow::Owned);
        let beside = || cell("amount").and_then(typed::currency_beside).map(Cow::Borrowed);
        let options: &'r ReadOptions = self.options;
        let program = || options.currency.as_deref().map(Cow::Borrowed);
        own.or_else(beside).or_else(program).unwrap_or_default()
    }

    // What the source leaves unsaid and its other cells, or the day of import, tell.
    fn derive<'r>(&self, record: &'r StringRecord, values: &mut [Value<'r>]) -> Result<(), Refused>
    where
        'a: 'r,
    {
        let table = self.table;
        let index = |name: &str| table.fields().iter().position(|field| field.name == name);
        let fill = |values: &mut [Value<'r>], name: &str, value: &dyn Fn(&[Value<'r>]) -> Value<'r>| {
            if let Some(at) = index(name).filter(|at| values[*at] == Value::None) {
                values[at] = value(values);
            }
        };
        let of = |values: &[Value<'r>], name: &str| index(name).map_or(Value::None, |at| values[at].clone());
        match table {
            Table::Accounts => fill(values, "account_id", &|values| of(values, "name")),
            Table::Partners => fill(values, "partner_id", &|values| of(values, "name")),
            Table::Opportunities => {
                let status = self.status(record)?;
                if let Some(at) = index("status") {
                    values[at] = Value::Text(status.into());
                }
                fill(values, "currency", &|_| match self.currency_of(record) {
                    code if code.is_empty() => Value::None,
                    code => Value::Text(code),
                });
            }
            Table::PartnerAccounts => {
                fill(values, "external_id", &|values| {
                    name_and_domain(&of(values, "name"), &of(values, "domain"))
                });
                fill(values, "as_of", &|_| Value::Day(typed::days(self.options.today)));
            }
            Table::Touches => {
                let about = ["opportunity_id", "account_id"].map(|name| of(values, name));
                if of(values, "partner_id") != Value::None && about == [Value::None, Value::None] {
                    return Err(Refused::at(None, "names neither an opportunity nor an account"));
                }
                let plan: &'r Plan = self.plan;
                let partner = plan.column_of("partner_id").map(|at| plan.columns[at].source.as_str());
                let kind = partner.map_or("other", alias::kind_of_source);
                fill(values, "kind", &|_| Value::Text(kind.into()));
                fill(values, "source_field", &|_| {
                    partner.map_or(Value::None, |name| Value::Text(name.into()))
                });
                fill(values, "touch_id", &|values| Value::Text(row_mark(values).into()));
            }
            Table::Stages => {
                let status = self.status(record)?;
                fill(values, "means", &|_| Value::Text(status.into()));
                fill(values, "stage_id", &|values| of(values, "stage"));
                fill(values, "from", &|_| Value::Day(0));
            }
            Table::StageHistory | Table::Progress | Table::Effort | Table::FxRates => {}
        }
        Ok(())
    }

    fn status(&self, record: &StringRecord) -> Result<&'static str, Refused> {
        match self.decided.status.of(record) {
            Verdict::Known(status) => Ok(status.name()),
            Verdict::BadFlag(at, reason) => Err(Refused::at(Some(at), reason)),
            Verdict::Unknown(_) => {
                let at = self.plan.column_of("stage").or_else(|| self.plan.column_of("status"));
                Err(Refused::at(at, "a stage that is not known to be open, won or lost"))
            }
        }
    }

    // A partner on an opportunity is written twice, once for each direction; the second names the first.
    fn twin(&mut self, row: u64, record: &StringRecord, values: &[Value<'_>]) -> Option<u64> {
        let (reverse, _) = self.hints.iter().find(|(_, hint)| *hint == Hint::ReverseId)?;
        let key = self
            .table
            .fields()
            .iter()
            .position(|field| self.table.key().contains(&field.name))?;
        let Value::Text(own) = &values[key] else { return None };
        let twin = self.twins.get(typed::id(record.get(*reverse)?)).copied();
        if twin.is_none() {
            self.twins.insert(own.clone().into_owned(), row);
        }
        twin
    }
}

// The fields, then the kept columns, each with how it is stored and whether the file speaks of it.
fn row_columns(
    table: Table,
    plan: &Plan,
    decided: &Decided,
    sources: &[Option<usize>],
    kept: &[usize],
) -> Vec<(RowColumn, Storage)> {
    let source_of = |at: usize| plan.columns[at].source.clone();
    let spoken_by_itself = |field: &Field| match (table, field.name) {
        (Table::Opportunities, "status") => decided.status.has_evidence(),
        // The currency goes with the amount.
        (Table::Opportunities, "currency") => plan.column_of("amount").is_some(),
        _ => field.required,
    };
    let fields = table.fields().iter().zip(sources).map(|(field, source)| {
        let column = RowColumn {
            name: field.name.to_owned(),
            kind: arrow_type(field.kind.storage()),
            sources: source
                .map(source_of)
                .into_iter()
                .filter(|source| source != field.name)
                .collect(),
            spoken: source.is_some() || spoken_by_itself(field),
        };
        (column, field.kind.storage())
    });
    let kept = kept.iter().map(|&at| {
        let (name, source) = (plan.columns[at].kept_as.clone(), source_of(at));
        let sources = if name == source { Vec::new() } else { vec![source] };
        (
            RowColumn {
                name,
                kind: arrow_type(Storage::Text),
                sources,
                spoken: true,
            },
            Storage::Text,
        )
    });
    fields.chain(kept).collect()
}

fn kept_value<'r>(text: &'r str, cut: &mut u64) -> Value<'r> {
    let text = unguarded(text.trim());
    if text.is_empty() {
        return Value::None;
    }
    if text.len() <= FIELD_BYTES_KEPT {
        return Value::Text(text.into());
    }
    *cut += 1;
    Value::Text(text[..text.floor_char_boundary(FIELD_BYTES_KEPT)].into())
}

fn name_and_domain<'r>(name: &Value<'r>, domain: &Value<'r>) -> Value<'r> {
    let part = |value: &Value<'_>| match value {
        Value::Text(text) => text.to_lowercase(),
        _ => String::new(),
    };
    match (part(name), part(domain)) {
        (name, domain) if name.is_empty() && domain.is_empty() => Value::None,
        (name, domain) => Value::Text(format!("{name}|{domain}").into()),
    }
}

// Half of a SHA-256 over the typed values, in hex: the id of a row that has none.
fn row_mark(values: &[Value<'_>]) -> String {
    let mut hash = Sha256::new();
    for value in values {
        match value {
            Value::None => hash.update([0]),
            Value::Text(text) => hash.update(text.as_bytes()),
            Value::Day(day) => hash.update(day.to_le_bytes()),
            Value::Minor(minor) => hash.update(minor.to_le_bytes()),
            Value::Number(number) => hash.update(number.to_le_bytes()),
        }
        hash.update([0xFF]);
    }
    hex(&hash.finalize()[..16])
}

const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

// Our exports put an apostrophe before what a spreadsheet would run; it is taken off again.
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'')
        .filter(|rest| rest.starts_with(FORMULA_STARTS))
        .unwrap_or(text)
}

fn guarded(text: &str) -> Cow<'_, str> {
    let is_number = text.trim().parse::<f64>().is_ok();
    if text.starts_with(FORMULA_STARTS) && !is_number {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// The rejected rows of a file, as they stood.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rejects {
    header: Vec<String>,
    rows: Vec<(StringRecord, String)>,
    bytes: usize,
    pub(crate) count: u64,
    /// Those that the source itself marks as no facts.
    pub(crate) excused: u64,
    pub(crate) listed: Vec<Reject>,
}

const VALUE_CHARS: usize = 200;

impl Rejects {
    fn add(&mut self, row: u64, record: &StringRecord, refused: Refused) {
        self.count += 1;
        self.excused += u64::from(refused.excused);
        if self.listed.len() < REJECTS_KEPT {
            let value = refused.column.and_then(|at| record.get(at));
            self.listed.push(Reject {
                row,
                column: refused.column.and_then(|at| self.header.get(at).cloned()),
                value: value.map(|value| value.chars().take(VALUE_CHARS).collect()),
                reason: refused.reason.clone().into_owned(),
            });
        }
        self.bytes += record.as_slice().len();
        if self.rows.len() < REJECTS_KEPT && self.bytes <= REJECTS_BYTES_KEPT {
            self.rows.push((record.clone(), refused.reason.into_owned()));
        }
    }

    pub(crate) fn csv(&self) -> String {
        let ours = self.header.iter().position(|name| name == REASON_COLUMN);
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let mut write = |cells: &mut dyn Iterator<Item = &str>, reason: &str| {
            let cells = cells
                .enumerate()
                .filter(|(at, _)| Some(*at) != ours)
                .map(|(_, cell)| guarded(cell).into_owned());
            writer.write_record(cells.chain([reason.to_owned()]))
        };
        // Writing into memory does not fail; a row that could not be written would only be left out of the list.
        let _ = write(&mut self.header.iter().map(String::as_str), REASON_COLUMN);
        for (record, reason) in &self.rows {
            let width = self.header.len();
            let padding = std::iter::repeat_n("", width.saturating_sub(record.len()));
            let _ = write(&mut record.iter().chain(padding), reason);
        }
        writer
            .into_inner()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }
}
