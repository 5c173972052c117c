//! Rows of text made into rows of facts: each is accepted, rejected with its reason, a duplicate or footer. It must not
//! decide anything about the file as a whole.

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};

use beachhead_strategy::money::minor_digits;
use sha2::{Digest, Sha256};

use super::ReadOptions;
use super::account::Rejects;
use super::decide::{Decided, Seen};
use super::history::HistoryPart;
use super::json;
use super::plan::Plan;
use super::record::Record;
use super::source::Source;
use super::status::Verdict;
use crate::alias::{self, Hint, Target, normalise};
use crate::catalogue::{Field, Kind, Storage, Table};
use crate::error::FactsError;
use crate::export::unguarded;
use crate::limits::{FIELD_BYTES_KEPT, PAIRS_MAX, REJECTS_KEPT};
use crate::rows::{BATCH_ROWS, Batch, RowColumn, RowsBuilder, Sizes, Value, arrow_type};
use crate::snapshot::hex;
use crate::spool::Spool;
use crate::spool::key::{key_columns, sorted};
use crate::typed::{self, Memo};

/// How the rows of a file are made into facts. Any block of them can be, on any core.
pub(crate) struct Conversion<'a> {
    table: Table,
    file: &'a str,
    plan: &'a Plan,
    decided: &'a Decided,
    options: &'a ReadOptions,
    footer_from: Option<u64>,
    epoch_1904: bool,
    writes_every_cell: bool,
    guarded: bool,
    columns: Vec<(RowColumn, Storage)>,
    /// The source column of each field of the table.
    sources: Vec<Option<usize>>,
    kept: Vec<usize>,
    hints: Vec<(usize, Hint)>,
    /// The column that names an opportunity or anything else.
    what_id: Option<usize>,
    currency: Option<usize>,
    amount: Option<usize>,
    /// When the source last changed the row.
    modified: Option<usize>,
    /// The id of the row's twin for the other direction.
    reverse: Option<usize>,
    derived: Derived,
    /// The product's words for the texts of each field that has words of its own.
    words: Vec<Memo<Option<&'static str>>>,
    sizes: Sizes,
    /// The rejected rows that are kept already.
    pub(super) rejected: AtomicUsize,
}

/// What came of a block.
pub(crate) struct Converted {
    pub(super) batches: Vec<Batch>,
    /// The ids of the accepted rows that the source writes in two directions.
    pub(super) pairs: Vec<Pair>,
    pub(super) rejects: Rejects,
    pub(super) read: u64,
    pub(super) footer: u64,
    pub(super) cut: u64,
    /// The stage history that stood in columns, where some tell one.
    pub(super) history: Option<HistoryPart>,
}

/// Rows being made into facts, one after the other.
pub(crate) struct Part<'c, 'a> {
    conversion: &'c Conversion<'a>,
    rows: RowsBuilder,
    made: Converted,
    rejects_most: usize,
}

impl<'c, 'a> Part<'c, 'a> {
    pub(crate) fn new(conversion: &'c Conversion<'a>) -> Self {
        let made = Converted {
            batches: Vec::new(),
            pairs: Vec::new(),
            rejects: Rejects::of(conversion.header()),
            read: 0,
            footer: 0,
            cut: 0,
            history: HistoryPart::new(&conversion.decided.entries),
        };
        let mut rows = conversion.builder();
        rows.reserve(&conversion.sizes);
        Self {
            conversion,
            rows,
            made,
            rejects_most: REJECTS_KEPT.saturating_sub(conversion.rejected.load(Ordering::Relaxed)),
        }
    }

    /// Makes the next row into facts.
    pub(crate) fn row(&mut self, row: u64, record: &Record) {
        if row <= self.conversion.plan.header_row {
            return;
        }
        let (made, most) = (&mut self.made, self.rejects_most);
        made.read += 1;
        if self.conversion.footer_from.is_some_and(|from| row >= from) {
            made.footer += 1;
            return;
        }
        if let Some((reason, text)) = json::unreadable(record) {
            let refused = Refused::at(None, reason.to_owned());
            return made.rejects.add(row, &[text].into_iter().collect(), refused, most);
        }
        match self.conversion.convert(row, record, &mut self.rows, made) {
            Ok(()) if self.rows.len() == BATCH_ROWS => {
                made.batches.push(self.rows.take_noting(&self.conversion.sizes));
                self.rows.reserve(&self.conversion.sizes);
            }
            Ok(()) => {}
            Err(refused) => made.rejects.add(row, record, refused, most),
        }
    }

    /// What came of the rows, those of a batch in the order of the key. Rows that may have a twin stay as they came.
    ///
    /// # Errors
    /// [`FactsError::Snapshot`] where rows cannot be sorted.
    pub(crate) fn finish(mut self) -> Result<Converted, FactsError> {
        if self.rows.len() > 0 {
            self.made.batches.push(self.rows.take_noting(&self.conversion.sizes));
        }
        if !self.conversion.has_twins() {
            let key = key_columns(self.conversion.table, self.rows.columns())?;
            let batches = std::mem::take(&mut self.made.batches).into_iter();
            self.made.batches = batches.map(|batch| sorted(batch, &key)).collect::<Result<_, _>>()?;
        }
        self.made.history = self.made.history.map(HistoryPart::finish).transpose()?;
        Ok(self.made)
    }
}

/// A row and its twin for the other direction, by hashes of their ids.
pub(super) struct Pair {
    pub(super) row: u64,
    pub(super) own: u128,
    pub(super) reverse: u128,
}

/// How the ids of Salesforce opportunities begin.
const OPPORTUNITY_PREFIX: &str = "006";

/// Why a row is not taken.
pub(super) struct Refused {
    pub(super) column: Option<usize>,
    pub(super) reason: Cow<'static, str>,
    /// The source itself says that the row is no fact; it does not speak against the file.
    pub(super) excused: bool,
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

/// The fields, by their places, that a source may leave unsaid and that its other cells tell.
enum Derived {
    Nothing,
    /// The id is the name.
    Name {
        id: usize,
        name: usize,
    },
    Deal {
        status: usize,
        currency: usize,
    },
    PartnerAccount {
        external_id: usize,
        name: usize,
        domain: usize,
        as_of: usize,
    },
    Touch {
        about: [usize; 2],
        partner: usize,
        kind: usize,
        source_field: usize,
        id: usize,
    },
    Stage {
        id: usize,
        stage: usize,
        means: usize,
        from: usize,
    },
}

impl Derived {
    fn of(table: Table) -> Self {
        let at = |name: &str| {
            table
                .fields()
                .iter()
                .position(|field| field.name == name)
                .unwrap_or_default()
        };
        match table {
            Table::Accounts | Table::Partners => Self::Name {
                id: at(table.key()[0]),
                name: at("name"),
            },
            Table::Opportunities => Self::Deal {
                status: at("status"),
                currency: at("currency"),
            },
            Table::PartnerAccounts => Self::PartnerAccount {
                external_id: at("external_id"),
                name: at("name"),
                domain: at("domain"),
                as_of: at("as_of"),
            },
            Table::Touches => Self::Touch {
                about: [at("opportunity_id"), at("account_id")],
                partner: at("partner_id"),
                kind: at("kind"),
                source_field: at("source_field"),
                id: at("touch_id"),
            },
            Table::Stages => Self::Stage {
                id: at("stage_id"),
                stage: at("stage"),
                means: at("means"),
                from: at("from"),
            },
            Table::StageHistory | Table::Progress | Table::Effort | Table::FxRates => Self::Nothing,
        }
    }
}

impl<'a> Conversion<'a> {
    pub(crate) fn new(
        table: Table,
        file: &'a str,
        (plan, seen, decided): (&'a Plan, &Seen, &'a Decided),
        options: &'a ReadOptions,
        source: &Source<'_>,
    ) -> Self {
        let sources: Vec<Option<usize>> = table.fields().iter().map(|field| plan.column_of(field.name)).collect();
        let columns = plan.columns.iter().enumerate();
        let kept: Vec<usize> = columns
            .clone()
            .filter(|(at, column)| column.target.is_none() && (column.named || seen.samples[*at].is_some()))
            .map(|(at, _)| at)
            .collect();
        let hints: Vec<(usize, Hint)> = columns
            .filter_map(|(at, column)| match column.target {
                Some(Target::Hint(hint)) => Some((at, hint)),
                _ => None,
            })
            .collect();
        let hint = |wanted| hints.iter().find(|(_, hint)| *hint == wanted).map(|(at, _)| *at);
        let columns = row_columns(table, (plan, decided), options, &sources, &kept);
        Self {
            table,
            file,
            plan,
            decided,
            options,
            sizes: Sizes::of(columns.len()),
            footer_from: seen.footer_from,
            epoch_1904: source.epoch_1904(),
            writes_every_cell: source.writes_every_cell(),
            guarded: source.is_guarded(),
            columns,
            sources,
            kept,
            what_id: plan
                .column_of("opportunity_id")
                .filter(|at| normalise(&plan.columns[*at].source) == alias::WHAT_ID),
            currency: plan.column_of("currency"),
            amount: plan.column_of("amount"),
            modified: hint(Hint::Modified),
            reverse: hint(Hint::ReverseId),
            derived: Derived::of(table),
            words: table.fields().iter().map(|_| Memo::default()).collect(),
            hints,
            rejected: AtomicUsize::new(0),
        }
    }

    /// An empty spool for the rows.
    pub(super) fn spool(&self) -> Spool {
        Spool::new(self.table, self.builder().columns().to_vec(), &self.options.scratch)
    }

    /// The same for the rows of stage history that stand in columns, where some tell one.
    pub(super) fn history_spool(&self) -> Option<Spool> {
        let part = HistoryPart::new(&self.decided.entries)?;
        Some(part.spool(&self.options.scratch))
    }

    pub(super) fn header(&self) -> Vec<String> {
        self.plan.columns.iter().map(|column| column.source.clone()).collect()
    }

    /// Whether the source writes a row once for each direction.
    pub(super) fn has_twins(&self) -> bool {
        self.reverse.is_some()
    }

    pub(super) fn too_many_pairs(&self) -> FactsError {
        FactsError::TooLarge {
            file: self.file.to_owned(),
            what: format!("it has more than {PAIRS_MAX} partner pairs; split it"),
        }
    }

    fn builder(&self) -> RowsBuilder {
        RowsBuilder::new(self.columns.clone(), self.modified.is_some())
    }

    fn convert(&self, row: u64, record: &Record, rows: &mut RowsBuilder, part: &mut Converted) -> Result<(), Refused> {
        self.check_shape(record)?;
        self.check_hints(record)?;
        let mut values = self.values(record)?;
        self.look_elsewhere(record, &mut values)?;
        self.derive(record, &mut values)?;
        self.check_required(&values)?;
        part.pairs.extend(self.pair(row, record, &values));
        if let Some(history) = &mut part.history {
            let cell = |at| self.plain(record.get(at).unwrap_or_default());
            history.row(row, &values, self.decided, self.epoch_1904, cell);
        }
        let modified = self
            .modified
            .and_then(|at| typed::instant(record.get(at)?, self.decided.orders[at], self.epoch_1904));
        let kept = self
            .kept
            .iter()
            .map(|&at| kept_value(self.plain(record.get(at).unwrap_or_default()), &mut part.cut));
        rows.push(row, modified, values.into_iter().chain(kept));
        Ok(())
    }

    /// A text without the space around it and the guard that our exports put before it.
    fn plain<'r>(&self, text: &'r str) -> &'r str {
        match typed::trimmed(text) {
            text if self.guarded => typed::trimmed(unguarded(text)),
            text => text,
        }
    }

    fn check_shape(&self, record: &Record) -> Result<(), Refused> {
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
        if record.len() > width
            && let Some(at) = record.iter().skip(width).position(|cell| !cell.trim().is_empty())
        {
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

    fn check_hints(&self, record: &Record) -> Result<(), Refused> {
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

    fn values<'r>(&self, record: &'r Record) -> Result<Vec<Value<'r>>, Refused> {
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let digits = || minor_digits(&self.currency_of(record));
        let fields = self.table.fields().iter().zip(&self.sources).zip(&self.words);
        let mut values = Vec::with_capacity(self.sources.len());
        for ((field, source), words) in fields {
            values.push(match source {
                Some(at) => self
                    .value(field, words, *at, cell(*at), &digits)
                    .map_err(|reason| Refused::at(Some(*at), reason))?,
                None => Value::None,
            });
        }
        Ok(values)
    }

    // A field whose own column is empty may stand in another column, or in another file of the import.
    fn look_elsewhere<'r>(&self, record: &'r Record, values: &mut [Value<'r>]) -> Result<(), Refused>
    where
        'a: 'r,
    {
        let place = |name: &str| self.table.fields().iter().position(|field| field.name == name);
        for (name, columns) in &self.plan.fallbacks {
            let Some(at) = place(name).filter(|at| values[*at] == Value::None) else {
                continue;
            };
            for &column in columns {
                let text = record.get(column).unwrap_or_default();
                let found = self.value(&self.table.fields()[at], &self.words[at], column, text, &|| 0);
                values[at] = found.map_err(|reason| Refused::at(Some(column), reason))?;
                if values[at] == Value::None {
                    continue;
                }
                if let Derived::Touch { kind, source_field, .. } = self.derived {
                    let source: &'r str = &self.plan.columns[column].source;
                    values[source_field] = Value::Text(source.into());
                    if values[kind] == Value::None {
                        values[kind] = Value::Text(alias::kind_of_source(source).into());
                    }
                }
                break;
            }
        }
        if self.table == Table::Opportunities
            && let (Some(id), Some(account)) = (place("opportunity_id"), place("account_id"))
            && values[account] == Value::None
            && let Value::Text(deal) = &values[id]
            && let Some(company) = self.options.companions.account_of(deal)
        {
            values[account] = Value::Text(company.into());
        }
        Ok(())
    }

    fn value<'r>(
        &self,
        field: &Field,
        known: &Memo<Option<&'static str>>,
        at: usize,
        text: &'r str,
        digits: &dyn Fn() -> u32,
    ) -> Result<Value<'r>, Cow<'static, str>> {
        if text.len() > FIELD_BYTES_KEPT {
            return Err("longer than 32 KiB".into());
        }
        if typed::is_excel_error(text) {
            return Err("an error of the spreadsheet stands in the cell".into());
        }
        // What stands behind the guard may be a dash that says that there is nothing.
        let text = self.plain(text);
        let worded = matches!(field.kind, Kind::Text | Kind::Id | Kind::Choice(_));
        if typed::is_missing(text) || (!worded && typed::is_missing_value(text)) {
            return Ok(Value::None);
        }
        Ok(match field.kind {
            Kind::Text if field.name == "domain" => Value::Text(typed::domain(text)),
            Kind::Text => Value::Text(text.into()),
            // HubSpot lists all of a deal's companies, the first being the main one.
            Kind::Id if text.contains(';') && text.bytes().all(|c| c.is_ascii_digit() || c == b';' || c == b' ') => {
                Value::Text(typed::id(text.split(';').next().unwrap_or_default()).into())
            }
            Kind::Id if self.what_id == Some(at) && !text.starts_with(OPPORTUNITY_PREFIX) => Value::None,
            Kind::Id => Value::Text(typed::id(text).into()),
            Kind::Date => Value::Day(typed::days(typed::day(text, self.decided.orders[at], self.epoch_1904)?)),
            Kind::Money => Value::Minor(typed::amount(text, self.decided.decimals[at], digits())?),
            Kind::Number => Value::Number(typed::number(text, self.decided.decimals[at])?),
            Kind::Currency => Value::Text(typed::currency(text)?),
            Kind::Choice(words) => {
                let own = |text: &str| {
                    let word = alias::choice(words, text);
                    words.iter().find(|own| **own == word).copied()
                };
                Value::Text(known.of(text, own).unwrap_or(text).into())
            }
        })
    }

    // The currency of the row: its own, the one beside the amount, or the program's; empty where none is known.
    fn currency_of<'r>(&self, record: &'r Record) -> Cow<'r, str>
    where
        'a: 'r,
    {
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at));
        let own = cell(self.currency).and_then(|text| typed::currency(text).ok());
        let beside = || cell(self.amount).and_then(typed::currency_beside).map(Cow::Borrowed);
        let options: &'r ReadOptions = self.options;
        let program = || options.currency.as_deref().map(Cow::Borrowed);
        own.or_else(beside).or_else(program).unwrap_or_default()
    }

    // What the source leaves unsaid and its other cells, or the day of import, tell.
    fn derive<'r>(&self, record: &'r Record, values: &mut [Value<'r>]) -> Result<(), Refused>
    where
        'a: 'r,
    {
        let unsaid = |values: &[Value<'r>], at: usize| values[at] == Value::None;
        match self.derived {
            Derived::Nothing => {}
            Derived::Name { id, name } => {
                if unsaid(values, id) {
                    values[id] = values[name].clone();
                }
            }
            Derived::Deal { status, currency } => {
                values[status] = Value::Text(self.status(record)?.into());
                if unsaid(values, currency) {
                    values[currency] = match self.currency_of(record) {
                        code if code.is_empty() => Value::None,
                        code => Value::Text(code),
                    };
                }
            }
            Derived::PartnerAccount {
                external_id,
                name,
                domain,
                as_of,
            } => {
                if unsaid(values, external_id) {
                    values[external_id] = name_and_domain(&values[name], &values[domain]);
                }
                if unsaid(values, as_of) {
                    values[as_of] = Value::Day(typed::days(self.options.today));
                }
            }
            Derived::Touch {
                about,
                partner,
                kind,
                source_field,
                id,
            } => {
                if !unsaid(values, partner) && about.iter().all(|at| unsaid(values, *at)) {
                    return Err(Refused::at(None, "names neither an opportunity nor an account"));
                }
                let plan: &'r Plan = self.plan;
                let column = self.sources[partner].map(|column| plan.columns[column].source.as_str());
                if unsaid(values, kind) {
                    values[kind] = Value::Text(column.map_or("other", alias::kind_of_source).into());
                }
                if unsaid(values, source_field)
                    && let Some(column) = column
                {
                    values[source_field] = Value::Text(column.into());
                }
                if unsaid(values, id) {
                    values[id] = Value::Text(row_mark(values).into());
                }
            }
            Derived::Stage { id, stage, means, from } => {
                if unsaid(values, means) {
                    values[means] = Value::Text(self.status(record)?.into());
                }
                if unsaid(values, id) {
                    values[id] = values[stage].clone();
                }
                if unsaid(values, from) {
                    values[from] = Value::Day(0);
                }
            }
        }
        Ok(())
    }

    fn status(&self, record: &Record) -> Result<&'static str, Refused> {
        match self.decided.status.of(record) {
            Verdict::Known(status) => Ok(status.name()),
            Verdict::BadFlag(at, reason) => Err(Refused::at(Some(at), reason)),
            Verdict::Unknown(_) => {
                let at = self.plan.column_of("stage").or_else(|| self.plan.column_of("status"));
                Err(Refused::at(at, "a stage that is not known to be open, won or lost"))
            }
        }
    }

    // The ids of a row that the source writes once for each direction.
    fn pair(&self, row: u64, record: &Record, values: &[Value<'_>]) -> Option<Pair> {
        let reverse = self.reverse?;
        let key = self
            .table
            .fields()
            .iter()
            .position(|field| self.table.key().contains(&field.name))?;
        let Value::Text(own) = &values[key] else { return None };
        Some(Pair {
            row,
            own: hashed(own),
            reverse: hashed(typed::id(record.get(reverse).unwrap_or_default())),
        })
    }
}

// Equal hashes are taken for equal texts: 128 bits.
fn hashed(text: &str) -> u128 {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .take(16)
        .fold(0, |number, byte| number << 8 | u128::from(*byte))
}

// The fields, then the kept columns, each with how it is stored and whether the file speaks of it.
fn row_columns(
    table: Table,
    (plan, decided): (&Plan, &Decided),
    options: &ReadOptions,
    sources: &[Option<usize>],
    kept: &[usize],
) -> Vec<(RowColumn, Storage)> {
    let source_of = |at: usize| plan.columns[at].source.clone();
    let spoken_by_itself = |field: &Field| match (table, field.name) {
        (Table::Opportunities, "status") => decided.status.has_evidence(),
        // The currency goes with the amount.
        (Table::Opportunities, "currency") => plan.column_of("amount").is_some(),
        (Table::Opportunities, "account_id") => options.companions.link_deals(),
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
