//! What a file is by its content, whatever its name says: bytes in, a format or a clear refusal out. It must not parse.

use std::borrow::Cow;
use std::fs::File;
use std::io::Read;

use sha2::{Digest, Sha256};

use super::Input;
use super::json::Layout;
use crate::error::FactsError;
use crate::limits::{TEXT_BYTES_MAX, WORKBOOK_BYTES_MAX};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Csv,
    Xlsx,
    Parquet,
    Json(Layout),
}

/// The encodings that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
    Windows1252,
}

impl Encoding {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    pub(crate) fn decoder(self) -> encoding_rs::Decoder {
        match self {
            Self::Utf8 => encoding_rs::UTF_8,
            Self::Utf16Le => encoding_rs::UTF_16LE,
            Self::Utf16Be => encoding_rs::UTF_16BE,
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
        }
        .new_decoder_with_bom_removal()
    }
}

impl<'a> Input<'a> {
    /// The name without folders, for reports.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Path(path) => path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
            Self::Bytes(name, _) => (*name).to_owned(),
        }
    }

    /// The bytes from the start.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send + 'a>, FactsError> {
        match self {
            Self::Path(path) => {
                let file = File::open(path).map_err(|error| FactsError::io(path, error))?;
                Ok(Box::new(file))
            }
            Self::Bytes(_, bytes) => Ok(Box::new(*bytes)),
        }
    }

    /// All bytes at once, for a file already known to be within `WORKBOOK_BYTES_MAX`.
    pub(crate) fn whole(&self) -> Result<Cow<'a, [u8]>, FactsError> {
        match self {
            Self::Path(path) => Ok(Cow::Owned(
                std::fs::read(path).map_err(|error| FactsError::io(path, error))?,
            )),
            Self::Bytes(_, bytes) => Ok(Cow::Borrowed(bytes)),
        }
    }

    pub(crate) fn io(&self, error: std::io::Error) -> FactsError {
        match self {
            Self::Path(path) => FactsError::io(path, error),
            Self::Bytes(name, _) => FactsError::io(name.as_ref(), error),
        }
    }
}

/// What the start of a file tells.
#[derive(Debug)]
pub(crate) struct Survey {
    /// How many bytes the file has.
    pub(crate) bytes: u64,
    /// The first of them.
    pub(crate) head: Vec<u8>,
    /// Whether these are UTF-8, but for a character that their end cuts.
    utf8: bool,
}

const HEAD_BYTES: u64 = 64 << 10;

/// Reads the start of a file.
pub(crate) fn survey(input: Input<'_>) -> Result<Survey, FactsError> {
    let bytes = match input {
        Input::Path(path) => std::fs::metadata(path)
            .map_err(|error| FactsError::io(path, error))?
            .len(),
        Input::Bytes(_, bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
    };
    if bytes > TEXT_BYTES_MAX {
        return Err(FactsError::TooLarge {
            file: input.name(),
            what: "it is larger than 2 GiB; split it".into(),
        });
    }
    let mut head = Vec::new();
    let mut start = input.open()?.take(HEAD_BYTES);
    start.read_to_end(&mut head).map_err(|error| input.io(error))?;
    let utf8 = std::str::from_utf8(&head).map_or_else(|error| error.error_len().is_none(), |_| true);
    Ok(Survey { bytes, head, utf8 })
}

/// Feeds all bytes to a hash.
pub(crate) fn digest(input: Input<'_>, hash: &mut Sha256) -> Result<(), FactsError> {
    let mut reader = input.open()?;
    let mut block = vec![0_u8; 256 << 10];
    loop {
        match reader.read(&mut block).map_err(|error| input.io(error))? {
            0 => return Ok(()),
            read => hash.update(&block[..read]),
        }
    }
}

impl Survey {
    /// The encoding of a text file: by its byte order mark, by the zeros of UTF-16, else UTF-8 or Windows-1252. That it is
    /// UTF-8 is known of its start alone.
    pub(crate) fn encoding(&self) -> Encoding {
        match self.head.as_slice() {
            [0xFF, 0xFE, ..] => Encoding::Utf16Le,
            [0xFE, 0xFF, ..] => Encoding::Utf16Be,
            head => zeros_of_utf16(head).unwrap_or(if self.utf8 {
                Encoding::Utf8
            } else {
                Encoding::Windows1252
            }),
        }
    }

    /// The start of a text file as text.
    pub(crate) fn text(&self) -> String {
        let mut decoder = self.encoding().decoder();
        let mut text = String::with_capacity(self.head.len() * 3);
        let _ = decoder.decode_to_string(&self.head, &mut text, false);
        text
    }
}

// Latin text in UTF-16 has a zero in nearly every other byte.
fn zeros_of_utf16(head: &[u8]) -> Option<Encoding> {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    match pairs {
        0 | 1 => None,
        _ if odd * 10 >= pairs * 7 && even * 10 < pairs => Some(Encoding::Utf16Le),
        _ if even * 10 >= pairs * 7 && odd * 10 < pairs => Some(Encoding::Utf16Be),
        _ => None,
    }
}

/// The format, where it is one that we read and the one that the name says.
pub(crate) fn recognise(input: Input<'_>, survey: &Survey) -> Result<Format, FactsError> {
    let file = input.name();
    if survey.bytes == 0 {
        return Err(FactsError::Empty {
            file,
            what: "the file is empty (0 bytes)",
        });
    }
    let name = file.to_lowercase();
    let named = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    let wrong = |found: &str, mend: &'static str| {
        Err(FactsError::WrongKind {
            file: file.clone(),
            found: found.to_owned(),
            mend,
        })
    };
    if let Some((found, mend)) = foreign(&survey.head) {
        return wrong(found, mend);
    }
    let head = survey.head.as_slice();
    if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        too_large(input, survey)?;
        let (found, mend) = old_office(&input.whole()?);
        return wrong(found, mend);
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        if named(&[".csv", ".tsv", ".txt", ".tab"]) {
            return wrong(
                "a zip archive or workbook, not text as its name says",
                "Unpack it, or name it .xlsx.",
            );
        }
        too_large(input, survey)?;
        return Ok(Format::Xlsx);
    }
    if head.starts_with(b"PAR1") || head.starts_with(b"PARE") {
        if named(&[".csv", ".tsv", ".txt", ".tab"]) {
            return wrong("a Parquet file, not text as its name says", "Name it .parquet.");
        }
        return Ok(Format::Parquet);
    }
    let text = survey.text();
    let start = text.trim_start().get(..512).unwrap_or(text.trim_start()).to_lowercase();
    if ["<html", "<!doctype html", "<table", "<meta", "<head"]
        .iter()
        .any(|tag| start.starts_with(tag))
    {
        return wrong("a web page (HTML)", "Export it as CSV or .xlsx instead.");
    }
    if start.starts_with("<?xml") {
        return wrong("an XML file", "Export it as CSV or .xlsx instead.");
    }
    if start.starts_with("{\\rtf") {
        return wrong("a rich text document", "Export it as CSV or .xlsx instead.");
    }
    if let Some(layout) = json_layout(&start, &named) {
        if matches!(survey.encoding(), Encoding::Utf16Le | Encoding::Utf16Be) {
            return wrong("JSON in UTF-16", "Save it as UTF-8.");
        }
        if named(&[".csv", ".tsv", ".tab"]) {
            return wrong("a JSON file, not text as its name says", "Name it .jsonl or .json.");
        }
        return Ok(Format::Json(layout));
    }
    if is_binary(&text) {
        return wrong("a binary file of an unknown kind", "Export it as CSV or .xlsx instead.");
    }
    if named(&[
        ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".parquet", ".pdf", ".zip", ".gz",
    ]) {
        return wrong("plain text, not what its name says", "If it is a table, name it .csv.");
    }
    Ok(Format::Csv)
}

// JSON by its first characters, or by its name. A list of columns may begin with a bracket too, but not with an object.
fn json_layout(start: &str, named: &dyn Fn(&[&str]) -> bool) -> Option<Layout> {
    if named(&[".singer"]) {
        return Some(Layout::Singer);
    }
    let within = |bracket| start.strip_prefix(bracket).map(str::trim_start);
    if within('[').is_some_and(|rest| rest.starts_with('{') || rest.starts_with(']')) {
        return Some(Layout::Array);
    }
    let object = within('{').is_some_and(|rest| rest.is_empty() || rest.starts_with(['"', '}']));
    (object || named(&[".jsonl", ".ndjson", ".json"])).then_some(Layout::Lines)
}

fn too_large(input: Input<'_>, survey: &Survey) -> Result<(), FactsError> {
    if survey.bytes > WORKBOOK_BYTES_MAX {
        let what = "a workbook larger than 100 MiB; export it as CSV".to_owned();
        return Err(FactsError::TooLarge {
            file: input.name(),
            what,
        });
    }
    Ok(())
}

fn foreign(head: &[u8]) -> Option<(&'static str, &'static str)> {
    const EXPORT: &str = "Export it as CSV or .xlsx instead.";
    const KINDS: &[(&[u8], &str, &str)] = &[
        (b"%PDF", "a PDF document", EXPORT),
        (&[0x1F, 0x8B], "a gzip archive", "Unpack it first."),
        (&[0x28, 0xB5, 0x2F, 0xFD], "a Zstandard archive", "Unpack it first."),
        (b"BZh", "a bzip2 archive", "Unpack it first."),
        (&[0xFD, b'7', b'z', b'X', b'Z'], "an xz archive", "Unpack it first."),
        (&[b'7', b'z', 0xBC, 0xAF], "a 7-Zip archive", "Unpack it first."),
        (b"Rar!", "a RAR archive", "Unpack it first."),
        (b"SQLite format 3", "an SQLite database", EXPORT),
        (&[0x89, b'P', b'N', b'G'], "a picture (PNG)", EXPORT),
        (&[0xFF, 0xD8, 0xFF], "a picture (JPEG)", EXPORT),
        (b"GIF8", "a picture (GIF)", EXPORT),
        (&[0x7F, b'E', b'L', b'F'], "a program", EXPORT),
    ];
    KINDS
        .iter()
        .find(|(magic, ..)| head.starts_with(magic))
        .map(|(_, found, mend)| (*found, *mend))
}

// A compound file: the old .xls, or a new workbook sealed with a password.
fn old_office(bytes: &[u8]) -> (&'static str, &'static str) {
    let utf16: Vec<u8> = "EncryptedPackage".bytes().flat_map(|byte| [byte, 0]).collect();
    if bytes.windows(utf16.len()).any(|window| window == utf16) {
        ("a workbook protected by a password", "Save it without the password.")
    } else {
        ("an old Excel or Office file", "Open it and save it as .xlsx.")
    }
}

// Control characters do not stand in tables, a few stray zeros aside.
fn is_binary(text: &str) -> bool {
    let odd = text
        .chars()
        .filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{80}'..='\u{9f}'))
        .count();
    odd * 20 > text.chars().count()
}
