//! Stage history that stands in the columns of opportunities, one column a stage: its rows, made beside those of the
//! opportunities and with their row numbers. It must not judge an opportunity's row.
//!
//! Each entry says when it was made as a row says when it was modified: of two stages entered on one day that tells which
//! came first.

use std::path::Path;

use super::Reject;
use super::decide::Decided;
use super::plan::Plan;
use crate::alias::normalise;
use crate::catalogue::{Kind, Table};
use crate::error::FactsError;
use crate::limits::HISTORY_REJECTS_LISTED;
use crate::rows::{BATCH_ROWS, Batch, RowsBuilder, Value, made_column};
use crate::spool::Spool;
use crate::spool::key::{key_columns, sorted};
use crate::typed;

/// The columns of such a row, before our own.
const COLUMNS: [(&str, Kind); 3] = [
    ("opportunity_id", Kind::Id),
    ("entered_at", Kind::Date),
    ("stage", Kind::Text),
];
/// The characters kept of a cell that does not tell a day.
const VALUE_CHARS: usize = 200;

/// A column that tells when opportunities entered a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryColumn {
    /// Its place in the file.
    pub(crate) at: usize,
    /// Its name there.
    source: String,
    /// The stage, as the file's own column of stages writes it.
    pub(crate) stage: String,
}

/// The columns of a file that tell a history. `names_pipelines`: its stages have their pipelines behind them.
pub(super) fn entry_columns(plan: &Plan, names_pipelines: bool) -> Vec<EntryColumn> {
    let columns = plan.columns.iter().enumerate();
    let entry = |(at, column): (usize, &super::plan::Column)| {
        let entered = column.enters.as_ref()?;
        let in_pipeline = entered.in_pipeline.as_ref().filter(|_| names_pipelines);
        Some(EntryColumn {
            at,
            source: column.source.clone(),
            stage: in_pipeline.unwrap_or(&entered.stage).clone(),
        })
    };
    columns.filter_map(entry).collect()
}

/// The stages of such columns with their pipelines behind them, in the form in which names are compared.
pub(super) fn in_pipelines(plan: &Plan) -> Vec<String> {
    let entered = plan.columns.iter().filter_map(|column| column.enters.as_ref());
    let whole = entered.filter_map(|entered| entered.in_pipeline.as_deref());
    whole.map(normalise).collect()
}

/// History made of rows of opportunities that stand one after the other.
pub(crate) struct HistoryPart {
    rows: RowsBuilder,
    /// The place of the id among the fields of opportunities.
    id: usize,
    pub(super) batches: Vec<Batch>,
    pub(super) rejects: CellRejects,
}

impl HistoryPart {
    /// None where no column tells one.
    pub(super) fn new(entries: &[EntryColumn]) -> Option<Self> {
        if entries.is_empty() {
            return None;
        }
        let columns = COLUMNS.into_iter().map(made_column).collect();
        let fields = Table::Opportunities.fields();
        Some(Self {
            rows: RowsBuilder::new(columns, true),
            id: fields.iter().position(|field| field.name == COLUMNS[0].0)?,
            batches: Vec::new(),
            rejects: CellRejects::default(),
        })
    }

    /// An empty spool for such rows.
    pub(super) fn spool(&self, scratch: &Path) -> Spool {
        Spool::new(Table::StageHistory, self.rows.columns().to_vec(), scratch)
    }

    /// Adds what the columns of an accepted row tell. `values` are its fields, `cell` gives the text in a column.
    pub(super) fn row<'r>(
        &mut self,
        row: u64,
        values: &[Value<'_>],
        decided: &Decided,
        epoch_1904: bool,
        cell: impl Fn(usize) -> &'r str,
    ) {
        let Some(id) = values.get(self.id) else { return };
        for entry in &decided.entries {
            let (text, order) = (cell(entry.at), decided.orders[entry.at]);
            if typed::is_missing_value(text) {
                continue;
            }
            match typed::day(text, order, epoch_1904) {
                Ok(day) => {
                    let stage = Value::Text(entry.stage.as_str().into());
                    let values = [id.clone(), Value::Day(typed::days(day)), stage];
                    let instant = typed::instant(text, order, epoch_1904);
                    self.rows.push(row, instant, values.into_iter());
                    if self.rows.len() == BATCH_ROWS {
                        self.batches.push(self.rows.take());
                    }
                }
                Err(reason) => self.rejects.add(|| Reject {
                    row,
                    column: Some(entry.source.clone()),
                    value: Some(text.chars().take(VALUE_CHARS).collect()),
                    reason: reason.to_owned(),
                }),
            }
        }
    }

    /// The rows of each batch put in the order of the key, as those of every table.
    ///
    /// # Errors
    /// [`FactsError::Snapshot`] where rows cannot be sorted.
    pub(super) fn finish(mut self) -> Result<Self, FactsError> {
        if self.rows.len() > 0 {
            self.batches.push(self.rows.take());
        }
        let key = key_columns(Table::StageHistory, self.rows.columns())?;
        let batches = std::mem::take(&mut self.batches).into_iter();
        self.batches = batches.map(|batch| sorted(batch, &key)).collect::<Result<_, _>>()?;
        Ok(self)
    }
}

/// The cells that should tell a day and do not: counted, and the first of them listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct CellRejects {
    pub(super) count: u64,
    pub(super) listed: Vec<Reject>,
}

impl CellRejects {
    fn add(&mut self, reject: impl FnOnce() -> Reject) {
        self.count += 1;
        if self.listed.len() < HISTORY_REJECTS_LISTED {
            self.listed.push(reject());
        }
    }

    pub(super) fn append(&mut self, later: Self) {
        self.count += later.count;
        let room = HISTORY_REJECTS_LISTED - self.listed.len();
        self.listed.extend(later.listed.into_iter().take(room));
    }
}
