//! Workbooks cut into rows of cells, by the streaming cells reader alone: what a sheet declares of its size is never
//! believed. It must not know what a cell means, and works on bytes so that it can run in a process of its own.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use super::Input;
use super::csv::is_blank;
use super::record::Record;
use crate::alias;
use crate::error::FactsError;
use crate::limits::{
    ARCHIVE_MEMBERS_MAX, CELL_BYTES_MAX, COLUMNS_MAX, HEADER_SEARCH_ROWS, SHEET_CELLS_MAX, SHEET_ROWS_MAX,
    UNPACKED_BYTES_MAX, UNPACKED_RATIO_FROM_BYTES, UNPACKED_RATIO_MAX,
};

/// What is said of a workbook without content.
pub(crate) const NO_CELL: &str = "no visible sheet has a filled cell";
/// How a sealed workbook is mended.
pub(crate) const MEND_SEALED: &str = "Save it without the password.";
/// How an archive that is no workbook is mended.
pub(crate) const MEND_ARCHIVE: &str = "Unpack it, or export the table as CSV or .xlsx.";

/// One sheet of a workbook.
pub(crate) struct Sheet<'a> {
    file: String,
    workbook: Xlsx<Cursor<Cow<'a, [u8]>>>,
    name: String,
    /// Whether serial dates count from 1904.
    pub(crate) epoch_1904: bool,
    /// The merged cells at the top: first row, first column, last row, last column, rows from 1, columns from 0.
    pub(crate) merged: Vec<[u64; 4]>,
}

impl<'a> Sheet<'a> {
    /// Opens the first visible sheet that has a header of known names, else the first that has anything.
    pub(crate) fn open(input: Input<'a>) -> Result<Self, FactsError> {
        let file = input.name();
        let bytes = input.whole()?;
        check_archive(&file, &bytes)?;
        let workbook = fenced(&file, || Xlsx::new(Cursor::new(bytes)))?;
        let visible: Vec<String> = workbook
            .sheets_metadata()
            .iter()
            .filter(|sheet| sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet)
            .map(|sheet| sheet.name.clone())
            .collect();
        let epoch_1904 = workbook.has_1904_epoch();
        let mut sheet = Self {
            file,
            workbook,
            name: String::new(),
            epoch_1904,
            merged: Vec::new(),
        };
        let mut fallback = None;
        for name in visible {
            sheet.name = name;
            match sheet.known_names()? {
                None => continue,
                Some(2..) => return sheet.with_merged(),
                Some(_) => fallback.get_or_insert_with(|| sheet.name.clone()),
            };
        }
        sheet.name = fallback.ok_or_else(|| FactsError::Empty {
            file: sheet.file.clone(),
            what: NO_CELL,
        })?;
        sheet.with_merged()
    }

    // The most known names in one of the first rows; none for a sheet without content.
    fn known_names(&mut self) -> Result<Option<usize>, FactsError> {
        let (mut best, mut rows) = (None, 0);
        self.each(&mut |_, record| {
            let row: Vec<&str> = record.iter().collect();
            best = best.max(Some(alias::known_names(&row)));
            rows += 1;
            Ok(rows < HEADER_SEARCH_ROWS)
        })?;
        Ok(best)
    }

    fn with_merged(mut self) -> Result<Self, FactsError> {
        let regions = fenced(&self.file, || self.workbook.merge_cells_by_sheet_name(&self.name))?;
        self.merged = regions
            .into_iter()
            .map(|region| {
                let (start, end) = (region.start, region.end);
                [
                    u64::from(start.0) + 1,
                    u64::from(start.1),
                    u64::from(end.0) + 1,
                    u64::from(end.1),
                ]
            })
            .collect();
        Ok(self)
    }

    /// Hands each row that is not blank to `visit` with its number, from 1, until it says to stop.
    pub(crate) fn each(
        &mut self,
        visit: &mut dyn FnMut(u64, &Record) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        let file = &self.file;
        let opened = fenced(file, || match self.workbook.worksheet_cells_reader(&self.name) {
            // A chart standing among the worksheets.
            Err(XlsxError::NotAWorksheet(_)) => Ok(None),
            opened => opened.map(Some),
        })?;
        let Some(mut cells) = opened else { return Ok(()) };
        let too_large = |what| FactsError::TooLarge {
            file: file.clone(),
            what,
        };
        let mut record = Record::new();
        let (mut row, mut filled) = (0_u64, 0_u64);
        while let Some(cell) = fenced(file, || cells.next_cell())? {
            let text = text_of(cell.get_value());
            if text.is_empty() {
                continue;
            }
            let (at, column) = cell.get_position();
            let at = u64::from(at) + 1;
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            filled += 1;
            if column >= COLUMNS_MAX {
                return Err(too_large(format!("row {at} has a cell beyond column {COLUMNS_MAX}")));
            }
            if text.len() > CELL_BYTES_MAX {
                return Err(too_large(format!("row {at} has a cell longer than 1 MiB")));
            }
            if filled > SHEET_CELLS_MAX {
                return Err(too_large(format!(
                    "the sheet has more than {SHEET_CELLS_MAX} cells; export it as CSV"
                )));
            }
            if at != row {
                if at < row || at > SHEET_ROWS_MAX {
                    let what = format!("row {at} comes after row {row} or lies outside of the grid");
                    return Err(FactsError::Malformed {
                        file: file.clone(),
                        what,
                    });
                }
                if !is_blank(&record) && !visit(row, &record)? {
                    return Ok(());
                }
                record.clear();
                row = at;
            }
            if record.len() > column {
                let what = format!("row {at} has cells out of order");
                return Err(FactsError::Malformed {
                    file: file.clone(),
                    what,
                });
            }
            while record.len() < column {
                record.push_field("");
            }
            record.push_field(&text);
        }
        if !is_blank(&record) {
            visit(row, &record)?;
        }
        Ok(())
    }
}

fn text_of<'a>(value: &'a DataRef<'_>) -> Cow<'a, str> {
    match value {
        DataRef::Empty => Cow::Borrowed(""),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cow::Borrowed(text),
        DataRef::SharedString(text) => Cow::Borrowed(text),
        DataRef::Int(number) => Cow::Owned(number.to_string()),
        DataRef::Float(number) => Cow::Owned(number.to_string()),
        DataRef::Bool(yes) => Cow::Borrowed(if *yes { "true" } else { "false" }),
        DataRef::DateTime(moment) => Cow::Owned(moment_text(moment)),
        DataRef::Error(error) => Cow::Owned(error.to_string()),
    }
}

// A day alone, a day and time, or a time alone, in ISO 8601; a duration as its number of days.
fn moment_text(moment: &ExcelDateTime) -> String {
    if moment.is_duration() {
        return moment.as_f64().to_string();
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    if moment.as_f64() < 1.0 {
        time
    } else if time == "00:00:00" {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{year:04}-{month:02}-{day:02}T{time}")
    }
}

// The library computes with what the file says and may panic on it; to us that is a damaged file.
fn fenced<T>(file: &str, read: impl FnOnce() -> Result<T, XlsxError>) -> Result<T, FactsError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(|error| broken(file, &error)),
        Err(_) => {
            let what = "the workbook is damaged beyond reading".to_owned();
            Err(FactsError::Malformed {
                file: file.to_owned(),
                what,
            })
        }
    }
}

fn broken(file: &str, error: &XlsxError) -> FactsError {
    let file = file.to_owned();
    match error {
        XlsxError::Password => FactsError::WrongKind {
            file,
            found: "a workbook protected by a password".to_owned(),
            mend: MEND_SEALED,
        },
        error => FactsError::Malformed {
            file,
            what: format!("the workbook is damaged: {error}"),
        },
    }
}

// Unpacks every member once into nothing, under the limits: what an archive declares of its sizes is not believed.
fn check_archive(file: &str, bytes: &[u8]) -> Result<(), FactsError> {
    let damaged = |what: String| FactsError::Malformed {
        file: file.to_owned(),
        what,
    };
    let too_large = |what: String| FactsError::TooLarge {
        file: file.to_owned(),
        what,
    };
    let broken = |error: &dyn std::fmt::Display| {
        damaged(format!("the workbook is damaged, or cut off ({error}); save it again"))
    };
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    if archive.len() > ARCHIVE_MEMBERS_MAX {
        return Err(too_large(format!(
            "{} archive members, more than {ARCHIVE_MEMBERS_MAX}",
            archive.len()
        )));
    }
    if !archive
        .file_names()
        .flatten()
        .any(|name| name.to_lowercase().ends_with("workbook.xml"))
    {
        return Err(FactsError::WrongKind {
            file: file.to_owned(),
            found: "a zip archive that holds no Excel workbook".to_owned(),
            mend: MEND_ARCHIVE,
        });
    }
    let packed = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut unpacked = 0_u64;
    let mut block = vec![0_u8; 64 << 10];
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(|error| broken(&error))?;
        if member.enclosed_name().is_none() {
            return Err(damaged(format!("the member {index} points outside of the archive")));
        }
        let name = member.name().map_err(|error| broken(&error))?;
        let strings = name.to_lowercase().ends_with("sharedstrings.xml");
        let (mut own, mut declared) = (0_u64, DeclaredStrings::default());
        loop {
            let read = member.read(&mut block).map_err(|error| broken(&error))?;
            if read == 0 {
                break;
            }
            own += u64::try_from(read).unwrap_or(u64::MAX);
            unpacked += u64::try_from(read).unwrap_or(u64::MAX);
            let swollen = unpacked > UNPACKED_RATIO_FROM_BYTES && unpacked / packed.max(1) > UNPACKED_RATIO_MAX;
            if unpacked > UNPACKED_BYTES_MAX || swollen {
                return Err(too_large(
                    "it unpacks to far more than a workbook would; export it as CSV".to_owned(),
                ));
            }
            if strings {
                declared.look(&block[..read]);
            }
        }
        if declared.most > own {
            return Err(damaged(format!("the shared strings claim to be {}", declared.most)));
        }
    }
    Ok(())
}

/// The number of shared strings that a workbook claims. The reader reserves memory by it, so that a false one must be
/// found beforehand.
#[derive(Default)]
struct DeclaredStrings {
    tail: Vec<u8>,
    most: u64,
}

impl DeclaredStrings {
    fn look(&mut self, block: &[u8]) {
        const NAME: &[u8] = b"uniqueCount";
        // Within so many bytes of the name its number must follow.
        const NEAR: usize = 256;
        self.tail.extend_from_slice(block);
        let names = self
            .tail
            .windows(NAME.len())
            .enumerate()
            .filter(|(_, window)| *window == NAME);
        for after in names.map(|(at, _)| &self.tail[at + NAME.len()..]) {
            let near = &after[..after.len().min(NEAR)];
            let digits: Vec<u8> = near
                .iter()
                .copied()
                .skip_while(|c| !c.is_ascii_digit())
                .take_while(u8::is_ascii_digit)
                .collect();
            let number = digits.iter().fold(0_u64, |number, digit| {
                number.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
            });
            self.most = self.most.max(if digits.is_empty() && near.len() == NEAR {
                u64::MAX
            } else {
                number
            });
        }
        self.tail.drain(..self.tail.len().saturating_sub(NAME.len() + NEAR));
    }
}
