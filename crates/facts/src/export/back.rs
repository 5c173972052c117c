//! A file of rows that was written here, read back as it was before the guards against formulas. It must not guess: a file
//! of another kind is refused.

use std::collections::BTreeMap;

use super::unguarded;
use crate::error::FactsError;
use crate::limits::{BACK_ROWS_MAX, FIELD_BYTES_KEPT};

/// The rows of a CSV under these names of columns, in whatever order it has them, each with its row in the file (the header
/// is row 1) and a cell for each name. Columns of other names are passed over.
///
/// # Errors
/// [`FactsError::Malformed`] where a column is missing or a row cannot be read, [`FactsError::TooLarge`] beyond
/// [`BACK_ROWS_MAX`] rows or [`FIELD_BYTES_KEPT`] bytes a cell.
pub fn read_back(file: &str, text: &str, header: &[&str]) -> Result<Vec<(u64, Vec<String>)>, FactsError> {
    let malformed = |what: String| FactsError::Malformed {
        file: file.to_owned(),
        what,
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| malformed(error.to_string()))?;
    let there: BTreeMap<&str, usize> = names.iter().zip(0..).collect();
    let places = header
        .iter()
        .map(|name| there.get(name).copied().ok_or(name))
        .collect::<Result<Vec<usize>, &&str>>()
        .map_err(|name| {
            malformed(format!(
                "it has no column {name}; there have to be {}",
                header.join(", ")
            ))
        })?;
    let mut rows = Vec::new();
    for (row, record) in (2..).zip(reader.records()) {
        let record = record.map_err(|error| malformed(format!("row {row}: {error}")))?;
        if rows.len() == BACK_ROWS_MAX {
            return Err(FactsError::TooLarge {
                file: file.to_owned(),
                what: format!("it has more than {BACK_ROWS_MAX} rows; split it"),
            });
        }
        let cells: Vec<String> = places
            .iter()
            .map(|place| unguarded(record.get(*place).unwrap_or_default()).to_owned())
            .collect();
        if let Some(at) = cells.iter().position(|cell| cell.len() > FIELD_BYTES_KEPT) {
            return Err(FactsError::TooLarge {
                file: file.to_owned(),
                what: format!("row {row}: {} has more than {FIELD_BYTES_KEPT} bytes", header[at]),
            });
        }
        rows.push((row, cells));
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::export::{About, Cell, Format, RowsFile};

    #[test]
    fn what_was_written_comes_back_as_it_was() {
        let cells = ["=1+1", "'=1+1", "plain, \"quoted\"\nand on", "", "-5", "@x"];
        let file = RowsFile::new(About::default(), ["a", "b"], 6, Path::new("."), move |take| {
            cells
                .iter()
                .try_for_each(|cell| take(&[Cell::text(*cell), Cell::text("b")]))
        });
        let csv = String::from_utf8(file.write(Format::Csv, Vec::new()).unwrap()).unwrap();
        let back = read_back("x.csv", &csv, &["b", "a"]).unwrap();
        let first: Vec<&str> = back.iter().map(|(_, row)| row[1].as_str()).collect();
        assert_eq!(first, cells);
    }

    #[test]
    fn a_file_of_another_kind_is_refused_by_name() {
        let refused = read_back("x.csv", "a,c\n1,2\n", &["a", "b"]).unwrap_err().to_string();
        assert!(
            refused.contains("x.csv") && refused.contains("no column b"),
            "{refused}"
        );
    }
}
