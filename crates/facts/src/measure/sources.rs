//! What the facts are and where they came from: `beachhead facts`. Must not look into the rows.

use jiff::civil::Date;
use serde::Serialize;

use crate::catalogue::Table;
use crate::snapshot::Manifest;

/// One table of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceTable {
    /// Its name.
    pub table: Table,
    /// Its rows.
    pub rows: u64,
    /// The earliest day in it, where it has days.
    pub first_date: Option<Date>,
    /// The latest day in it, where it has days.
    pub last_date: Option<Date>,
    /// The names of its columns, the known fields first.
    pub columns: Vec<String>,
    /// The files that its rows came from.
    pub files: Vec<Source>,
}

/// One imported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// The rows accepted from it.
    pub rows: u64,
}

/// The tables of a snapshot with their sources, in the order of [`Table::ALL`].
pub fn sources(manifest: &Manifest) -> Vec<SourceTable> {
    let table = |entry: &crate::snapshot::TableEntry| {
        let files = manifest
            .files
            .iter()
            .filter(|file| file.table == entry.table && !file.undone);
        SourceTable {
            table: entry.table,
            rows: entry.rows,
            first_date: entry.first_date,
            last_date: entry.last_date,
            columns: entry.columns.iter().map(|column| column.name.clone()).collect(),
            files: files
                .map(|file| Source {
                    name: file.name.clone(),
                    sha256: file.sha256.clone(),
                    rows: file.rows,
                })
                .collect(),
        }
    };
    manifest.tables.iter().map(table).collect()
}
