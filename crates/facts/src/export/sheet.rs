//! A workbook in the writing: its rows go to a temporary file as they come, so that memory stays the same however many
//! there are. Must not choose rows.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as Look, Workbook, Worksheet, XlsxError};

use super::{About, Cell, guarded, too_large, written};
use crate::error::FactsError;
use crate::limits::{EXPORT_CELLS_MAX, SHEET_ROWS_MAX};

/// A workbook: the rows, and a second sheet that says what they are.
pub(crate) struct Sheet<W> {
    to: W,
    book: Workbook,
    about: About,
    day: Look,
    row: u32,
}

impl<W: Write + Send> Sheet<W> {
    /// Begins a workbook of so many rows.
    ///
    /// # Errors
    /// [`FactsError::TooLarge`] where it cannot hold them; [`FactsError::Io`] where `scratch` cannot be written to.
    pub(crate) fn new(to: W, about: About, header: &[&str], rows: u64, scratch: &Path) -> Result<Self, FactsError> {
        fits(rows, header.len())?;
        let mut book = Workbook::new();
        book.set_properties(&fixed_properties(&about.title)?);
        saving(|| {
            let sheet = book.set_tempdir(scratch)?.add_worksheet_with_constant_memory()?;
            sheet.set_name("rows")?;
            let bold = Look::new().set_bold();
            for (column, name) in (0..).zip(header) {
                sheet.write_string_with_format(0, column, guarded(name), &bold)?;
            }
            sheet.set_freeze_panes(1, 0).map(drop)
        })?;
        Ok(Self {
            to,
            book,
            about,
            day: Look::new().set_num_format("yyyy-mm-dd"),
            row: 1,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`FactsError::Io`]; [`FactsError::TooLarge`] where the sheet cannot hold it.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), FactsError> {
        let Self { book, day, row, .. } = self;
        saving(|| {
            let sheet = book.worksheet_from_index(0)?;
            (0..)
                .zip(cells)
                .try_for_each(|(column, cell)| write_cell(sheet, *row, column, cell, day))
        })?;
        self.row += 1;
        Ok(())
    }

    /// Puts the workbook together and gives back what it was written to.
    ///
    /// # Errors
    /// [`FactsError::Io`].
    pub(crate) fn finish(mut self) -> Result<W, FactsError> {
        saving(|| {
            let sheet = self.book.add_worksheet();
            sheet.set_name("about")?;
            let title = ("What".to_owned(), self.about.title.clone());
            for (row, (name, text)) in (0..).zip(std::iter::once(&title).chain(&self.about.lines)) {
                sheet.write_string(row, 0, guarded(name))?;
                sheet.write_string(row, 1, guarded(text))?;
            }
            self.book.save_to_writer(&mut self.to)
        })?;
        self.to.flush().map_err(written)?;
        Ok(self.to)
    }
}

/// Whether a sheet holds so many rows below its header.
fn fits(rows: u64, columns: usize) -> Result<(), FactsError> {
    let most = SHEET_ROWS_MAX - 1;
    if rows > most {
        return Err(too_large(format!(
            "{rows} rows are more than a sheet holds, which is {most} below its header; take CSV"
        )));
    }
    let cells = rows.saturating_mul(columns as u64);
    if cells > EXPORT_CELLS_MAX {
        return Err(too_large(format!(
            "{rows} rows of {columns} columns are more than {EXPORT_CELLS_MAX} cells; take CSV"
        )));
    }
    Ok(())
}

/// What the library of workbooks does. It panics where its temporary file cannot be written to, as on a full disk; that is
/// an error like any other here.
fn saving<T>(work: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, FactsError> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(unwritable),
        Err(_) => Err(written(io::Error::other(
            "the workbook's temporary file cannot be written; is the disk full?",
        ))),
    }
}

/// Amounts of more digits than a spreadsheet keeps are written as text.
const EXACT: u64 = 999_999_999_999_999;

fn write_cell(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell<'_>, day: &Look) -> Result<(), XlsxError> {
    match cell {
        Cell::None => return Ok(()),
        Cell::Text(text) => sheet.write_string(row, column, guarded(text)),
        Cell::Day(date) => match excel_day(*date) {
            Some(date) => sheet.write_datetime_with_format(row, column, &date, day),
            None => sheet.write_string(row, column, date.to_string()),
        },
        Cell::Money { minor, .. } if minor.unsigned_abs() > EXACT => {
            sheet.write_string(row, column, cell.shown().into_owned())
        }
        #[expect(clippy::cast_precision_loss, reason = "fifteen digits are exact")]
        Cell::Money { minor, digits } => {
            sheet.write_number(row, column, *minor as f64 / 10_f64.powi(digits.cast_signed()))
        }
        Cell::Number(number) => sheet.write_number(row, column, *number),
        #[expect(clippy::cast_precision_loss, reason = "row numbers and days are far below 2^53")]
        Cell::Count(number) => sheet.write_number(row, column, *number as f64),
    }
    .map(drop)
}

/// A day as a spreadsheet counts days: those before March 1900 it counts wrong.
fn excel_day(date: Date) -> Option<ExcelDateTime> {
    let (year, month, day) = (
        u16::try_from(date.year()).ok()?,
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    );
    (date >= jiff::civil::date(1900, 3, 1))
        .then(|| ExcelDateTime::from_ymd(year, month, day).ok())
        .flatten()
}

/// The same rows give the same workbook: it does not say when it was made.
fn fixed_properties(title: &str) -> Result<DocProperties, FactsError> {
    let day = ExcelDateTime::from_ymd(2000, 1, 1).map_err(unwritable)?;
    Ok(DocProperties::new().set_title(title).set_creation_datetime(&day))
}

fn unwritable(error: XlsxError) -> FactsError {
    match error {
        XlsxError::MaxStringLengthExceeded => too_large("a cell is longer than a workbook holds; take CSV".to_owned()),
        XlsxError::RowColumnLimitError => {
            too_large("there are more columns than a workbook holds; take CSV".to_owned())
        }
        XlsxError::IoError(source) | XlsxError::TempFileError(_, source) => written(source),
        other => written(io::Error::other(other.to_string())),
    }
}
