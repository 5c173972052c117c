//! Stages seen by comparing snapshots: rows of stage history where the source has none. It must not know how they are
//! laid over the history that there is.
//!
//! An opportunity that is new, or in another stage than in the snapshot before, entered its stage by the day that the
//! new snapshot speaks of, and after the day of the one before. Its file and row are those of the opportunity, and that
//! is what tells such a row from one that a source gave.

use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::Int32Builder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type};
use arrow_array::{ArrayRef, BooleanArray, Date32Array, new_null_array};
use arrow_schema::DataType;
use arrow_select::filter::filter;

use super::lay::Laid;
use crate::catalogue::{FILE_COLUMN, Kind, ROW_COLUMN, Table};
use crate::error::FactsError;
use crate::rows::{BATCH_ROWS, Batch, RowColumn, RowsBuilder, Value, made_column};
use crate::spool::merge::Run;
use crate::spool::{Spool, Spooled};
use crate::watch::Watch;

/// The day of the new snapshot, as long as it is not known.
const THEN: i32 = i32::MAX;
/// The columns that such a row has, before our own.
const COLUMNS: [(&str, Kind); 4] = [
    ("opportunity_id", Kind::Id),
    ("entered_at", Kind::Date),
    ("stage", Kind::Text),
    ("seen_after", Kind::Date),
];

/// Stages seen, being collected in the order of the opportunities.
pub(super) struct Seeing {
    /// The day of the snapshot before.
    before: i32,
    /// The places of id, stage, file and row among the columns of opportunities.
    places: [usize; 4],
    rows: RowsBuilder,
    files: Int32Builder,
    spool: Spool,
}

impl Seeing {
    /// None where the opportunities have no stages.
    pub(super) fn new(columns: &[RowColumn], before: i32, scratch: &Path) -> Option<Self> {
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        let columns = COLUMNS.into_iter().map(made_column).collect();
        let rows = RowsBuilder::new(columns, false);
        Some(Self {
            before,
            places: [
                place("opportunity_id")?,
                place("stage")?,
                place(FILE_COLUMN)?,
                place(ROW_COLUMN)?,
            ],
            spool: Spool::new(Table::StageHistory, rows.columns().to_vec(), scratch),
            rows,
            files: Int32Builder::new(),
        })
    }

    /// Notes the stages that are news among rows laid.
    pub(super) fn note(&mut self, laid: &Laid) -> Result<(), FactsError> {
        let [id, stage, file, row] = self.places.map(|at| &laid.batch[at]);
        let (ids, stages) = (id.as_string::<i32>(), stage.as_string::<i32>());
        let (files, numbers) = (file.as_primitive::<Int32Type>(), row.as_primitive::<Int64Type>());
        for (at, before) in &laid.staged {
            let number = u64::try_from(numbers.value(*at)).unwrap_or(0);
            let mut add = |day, stage: &str, after| {
                let values = [
                    Value::Text(ids.value(*at).into()),
                    Value::Day(day),
                    Value::Text(stage.into()),
                    after,
                ];
                self.rows.push(number, None, values.into_iter());
                self.files.append_value(files.value(*at));
            };
            if let Some(before) = before {
                add(self.before, before, Value::None);
            }
            let after = before.as_ref().map_or(Value::None, |_| Value::Day(self.before));
            add(THEN, stages.value(*at), after);
            if self.rows.len() >= BATCH_ROWS {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), FactsError> {
        let mut batch = self.rows.take();
        batch[COLUMNS.len()] = Arc::new(self.files.finish());
        self.spool.push(batch)
    }

    /// What was seen.
    pub(super) fn finish(mut self, watch: &Watch) -> Result<Seen, FactsError> {
        if self.rows.len() > 0 {
            self.flush()?;
        }
        Ok(Seen {
            before: self.before,
            spooled: self.spool.finish(watch)?,
        })
    }
}

/// Stages seen, in the order of the key.
pub(super) struct Seen {
    before: i32,
    pub(super) spooled: Spooled,
}

impl Seen {
    /// The rows, the new snapshot being of the day `then`.
    pub(super) fn runs(&self, then: i32) -> Result<Vec<Run>, FactsError> {
        let before = self.before;
        let runs = self.spooled.runs(None)?.into_iter();
        Ok(runs
            .map(|run| -> Run { Box::new(run.map(move |batch| dated(&batch?, before, then))) })
            .collect())
    }
}

// Where the snapshot speaks of no later day than the one before, nothing was seen between the two.
fn dated(batch: &Batch, before: i32, then: i32) -> Result<Batch, FactsError> {
    let days = batch[1].as_primitive::<Date32Type>();
    let entered: Date32Array = days.unary(|day| if day == THEN { then } else { day });
    let mut batch = batch.clone();
    batch[1] = Arc::new(entered);
    if before < then {
        return Ok(batch);
    }
    let kept: BooleanArray = days.iter().map(|day| Some(day == Some(THEN))).collect();
    batch[3] = new_null_array(&DataType::Date32, days.len());
    let filtered = |array: &ArrayRef| filter(array, &kept).map_err(FactsError::rows);
    batch.iter().map(filtered).collect()
}
