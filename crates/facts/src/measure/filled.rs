//! How many rows fill each column of a snapshot, told by the footers of its files. Must not read a row.

use std::fs::File;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::Serialize;

use crate::catalogue::{FILE_COLUMN, ROW_COLUMN, Table};
use crate::error::FactsError;
use crate::snapshot::{FactStore, Manifest};

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// Its name: a field, or the source's own.
    pub name: String,
    /// The names that it had in the imported files, where they differ from `name`.
    pub sources: Vec<String>,
    /// The rows that have a value there; none where the file does not tell.
    pub rows: Option<u64>,
}

/// The columns of a table of a snapshot, in the order of its file.
///
/// # Errors
/// [`FactsError::Io`] and [`FactsError::Snapshot`] where the file is missing or broken.
pub fn filled(store: &FactStore, manifest: &Manifest, table: Table) -> Result<Vec<Filled>, FactsError> {
    let Some(entry) = manifest.table(table) else {
        return Ok(Vec::new());
    };
    let path = store.at_hand(entry)?;
    let file = File::open(&path).map_err(|error| FactsError::io(&path, error))?;
    let reader = SerializedFileReader::new(file).map_err(|error| FactsError::Snapshot {
        what: format!("{}: {error}", entry.parquet),
    })?;
    let own = |name: &str| [FILE_COLUMN, ROW_COLUMN].contains(&name);
    let columns = entry.columns.iter().filter(|column| !own(&column.name));
    Ok(columns
        .map(|column| Filled {
            name: column.name.clone(),
            sources: column.sources.clone(),
            rows: rows_without(&reader, &column.name).map(|empty| entry.rows.saturating_sub(empty)),
        })
        .collect())
}

/// The rows without a value in a column, over all row groups.
fn rows_without(reader: &SerializedFileReader<File>, name: &str) -> Option<u64> {
    let groups = reader.metadata().row_groups();
    groups
        .iter()
        .map(|group| {
            let column = group
                .columns()
                .iter()
                .find(|column| column.column_descr().name() == name)?;
            column.statistics()?.null_count_opt()
        })
        .sum()
}
