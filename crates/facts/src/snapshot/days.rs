//! The days of a table, gathered as its rows go by: their range, and the latest that tells how far the facts reach. It
//! must not know where the rows come from.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;

use crate::catalogue::Table;
use crate::rows::{Batch, RowColumn};

/// The dates of a table that say how far its facts reach. The second says whether it is of deals; rates, hours and lists
/// of partners do not tell how far the deals are known.
pub(super) fn telling(table: Table) -> (&'static [&'static str], bool) {
    match table {
        Table::Accounts => (&["created_on"], true),
        Table::Opportunities => (&["created_on", "closed_on"], true),
        Table::StageHistory => (&["entered_at"], true),
        Table::Touches => (&["on", "recorded_at"], true),
        Table::Progress => (&["on"], true),
        Table::PartnerAccounts => (&["as_of"], false),
        Table::Effort => (&["week"], false),
        Table::FxRates => (&["on"], false),
        Table::Partners | Table::Stages => (&[], false),
    }
}

/// Days gathered from batches of the same columns.
pub(super) struct Days {
    dated_by: Option<usize>,
    telling: Vec<usize>,
    /// The columns of the close day and of the status: the close day of an open opportunity is a hope.
    hoped: Option<(usize, usize)>,
    until: i32,
    pub(super) range: Option<(i32, i32)>,
    pub(super) latest: Option<i32>,
}

impl Days {
    /// `until`: the day of import. What is dated later tells nothing.
    pub(super) fn new(table: Table, columns: &[RowColumn], until: i32) -> Self {
        let place = |name: &str| columns.iter().position(|column| column.name == name);
        Self {
            dated_by: table.dated_by().and_then(place),
            telling: telling(table).0.iter().filter_map(|name| place(name)).collect(),
            hoped: place("closed_on")
                .zip(place("status"))
                .filter(|_| table == Table::Opportunities),
            until,
            range: None,
            latest: None,
        }
    }

    pub(super) fn add(&mut self, batch: &Batch) {
        if let Some(days) = self.dated_by.and_then(|at| batch[at].as_primitive_opt::<Date32Type>()) {
            for day in days.iter().flatten() {
                let (first, last) = self.range.unwrap_or((day, day));
                self.range = Some((first.min(day), last.max(day)));
            }
        }
        for &at in &self.telling {
            let Some(days) = batch[at].as_primitive_opt::<Date32Type>() else {
                continue;
            };
            let status = self.hoped.filter(|(closed, _)| *closed == at);
            let status = status.and_then(|(_, status)| batch[status].as_string_opt::<i32>());
            let is_open = |row| status.is_some_and(|status| status.is_valid(row) && status.value(row) == "open");
            for (row, day) in days.iter().enumerate() {
                let told = day.filter(|day| *day <= self.until && Some(*day) > self.latest && !is_open(row));
                self.latest = told.or(self.latest);
            }
        }
    }
}
