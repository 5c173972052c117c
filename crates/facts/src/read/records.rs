//! Files whose rows a library hands over one by one, behind one face: workbooks, Parquet, JSON. It must not cut rows itself.

use super::apart::SheetApart;
use super::format::Format;
use super::json::JsonFile;
use super::parquet::ParquetFile;
use super::record::Record;
use super::xlsx::Sheet;
use super::{Input, ReadOptions};
use crate::error::FactsError;

/// Takes a row that is not blank with its number, and says whether to go on.
pub(crate) type Visit<'v> = dyn FnMut(u64, &Record) -> Result<bool, FactsError> + 'v;

/// The rows of such a file, which can be gone through again and again.
pub(crate) trait Records: Send {
    /// Hands each row to `visit` in order, the header too, until it says to stop.
    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), FactsError>;

    /// The format's name in reports.
    fn format(&self) -> &'static str;

    /// The encoding of a text.
    fn encoding(&self) -> Option<&'static str> {
        None
    }

    /// Whether the first row is the header for certain, since the format itself names the columns.
    fn names_columns(&self) -> bool {
        true
    }

    /// The merged cells of a sheet, whose rows end at their last filled cell; none for other files.
    fn merged(&self) -> Option<&[[u64; 4]]> {
        None
    }

    /// Whether serial dates count from 1904.
    fn epoch_1904(&self) -> bool {
        false
    }
}

/// Opens a file of any format but text.
pub(crate) fn open<'a>(
    input: Input<'a>,
    format: Format,
    options: &ReadOptions,
) -> Result<Option<Box<dyn Records + 'a>>, FactsError> {
    Ok(Some(match (format, &options.sheet_process) {
        (Format::Csv, _) => return Ok(None),
        (Format::Xlsx, None) => Box::new(Sheet::open(input)?),
        (Format::Xlsx, Some(process)) => Box::new(SheetApart::open(input, process, &options.scratch, &options.watch)?),
        (Format::Parquet, _) => Box::new(ParquetFile::open(input)?),
        (Format::Json(layout), _) => Box::new(JsonFile::open(input, layout)?),
    }))
}

macro_rules! of_a_sheet {
    ($sheet:ty) => {
        impl Records for $sheet {
            fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), FactsError> {
                Self::each(self, visit)
            }

            fn format(&self) -> &'static str {
                "xlsx"
            }

            fn names_columns(&self) -> bool {
                false
            }

            fn merged(&self) -> Option<&[[u64; 4]]> {
                Some(&self.merged)
            }

            fn epoch_1904(&self) -> bool {
                self.epoch_1904
            }
        }
    };
}

of_a_sheet!(Sheet<'_>);
of_a_sheet!(SheetApart);

impl Records for ParquetFile<'_> {
    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), FactsError> {
        Self::each(self, visit)
    }

    fn format(&self) -> &'static str {
        "parquet"
    }
}

impl Records for JsonFile<'_> {
    fn each(&mut self, visit: &mut Visit<'_>) -> Result<(), FactsError> {
        Self::each(self, visit)
    }

    fn format(&self) -> &'static str {
        Self::format(self)
    }

    fn encoding(&self) -> Option<&'static str> {
        Some("utf-8")
    }
}
