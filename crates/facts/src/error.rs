//! The one error of this room. Each message says where, what and how to mend; none carries a row's secrets but its cell.

use std::path::{Path, PathBuf};

use crate::measure::CannotCompute;
use crate::read::FileReport;
use crate::rule::RuleError;

/// Why facts could not be read, kept or asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// The file system said no.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// Nothing to read: a file without a byte, without a row, or with a header alone.
    #[error("{file}: {what}")]
    Empty {
        /// The file.
        file: String,
        /// What is there and what is not.
        what: &'static str,
    },
    /// The content is of a kind that is not read, or not the kind that the name says.
    #[error("{file}: {found}. {mend}")]
    WrongKind {
        /// The file.
        file: String,
        /// What it is.
        found: String,
        /// What to do.
        mend: &'static str,
    },
    /// A limit of [`crate::limits`] is passed.
    #[error("{file}: {what}")]
    TooLarge {
        /// The file.
        file: String,
        /// What is too large, and the limit.
        what: String,
    },
    /// The file breaks the rules of its own format.
    #[error("{file}: {what}")]
    Malformed {
        /// The file.
        file: String,
        /// Where and what.
        what: String,
    },
    /// An answer (`--map`, a profile) that cannot be followed.
    #[error("{what}")]
    BadAnswer {
        /// Which, and what would do.
        what: String,
    },
    /// Something could not be decided and nothing was imported; `report.asked` says what, with the flag that answers.
    #[error("{}: {}", report.file, questions(report))]
    Asked {
        /// The report, with nothing accepted.
        report: Box<FileReport>,
    },
    /// The file is of a kind that holds no facts; `report.passed_over` says which. With other files it may be left out.
    #[error("{}: {}", report.file, report.passed_over.as_deref().unwrap_or_default())]
    PassedOver {
        /// The report, with nothing read.
        report: Box<FileReport>,
    },
    /// More rows are rejected than is believable.
    #[error("{}: {} of {} rows are rejected, over one in twenty; mend them, or say to take the rest", report.file,
        report.rejected, report.read)]
    TooManyRejected {
        /// The report.
        report: Box<FileReport>,
        /// The rejected rows as CSV, as [`crate::read::FileRead::rejects_csv`] gives them.
        rejects_csv: String,
    },
    /// A mapping profile that cannot be read.
    #[error("the mapping profile cannot be read: {what}")]
    Profile {
        /// Where and what.
        what: String,
    },
    /// A segment, scope or filter that cannot be read, or does not fit the columns.
    #[error("{place}: {error}")]
    Rule {
        /// Which.
        place: String,
        /// Where in it, what and how to mend it.
        error: RuleError,
    },
    /// A field to group by that neither opportunities nor accounts have.
    #[error("there is no field {name}; there are {known}")]
    NoField {
        /// As asked.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// A stage that the stage history does not know.
    #[error("there is no stage {name}: {known}")]
    NoStage {
        /// As asked.
        name: String,
        /// Those that there are, or that there is no history.
        known: String,
    },
    /// An opportunity or a partner that the facts of the day do not hold.
    #[error("there is no {what} {named}")]
    NoSuchRow {
        /// Opportunity or partner.
        what: &'static str,
        /// As asked.
        named: String,
    },
    /// A field that says what came after, and so cannot be compared within.
    #[error("{name} cannot be compared within: {why}; choose a field that was known when the opportunity was new")]
    NotBefore {
        /// As asked.
        name: String,
        /// What it says.
        why: &'static str,
    },
    /// More fields to group by than are taken.
    #[error("{asked} fields to group by; at most {most} are taken")]
    TooManyFields {
        /// How many were asked.
        asked: usize,
        /// How many are taken.
        most: usize,
    },
    /// A measure that the facts do not hold.
    #[error(transparent)]
    CannotCompute(#[from] CannotCompute),
    /// The watcher said to stop. Nothing was changed.
    #[error("the import was cancelled")]
    Cancelled,
    /// An import that cannot be undone, since later imports rest on it.
    #[error("{} has been changed by a later import; undo that one first", table.name())]
    CannotUndo {
        /// The table that was changed since.
        table: crate::catalogue::Table,
    },
    /// A store of facts that cannot be used as it is named, or that refuses us.
    #[error("{place}: {what}")]
    Remote {
        /// Its address.
        place: String,
        /// What is wrong, and how to mend it.
        what: String,
    },
    /// A store of facts that does not answer.
    #[error("{place}: the store at {endpoint} does not answer: {what}")]
    RemoteAway {
        /// Its address.
        place: String,
        /// Where it was asked.
        endpoint: String,
        /// What was met instead of an answer.
        what: String,
    },
    /// A snapshot whose files are missing, changed or unreadable.
    #[error("snapshot: {what}")]
    Snapshot {
        /// Which and what.
        what: String,
    },
}

fn questions(report: &FileReport) -> String {
    let asked: Vec<String> = report
        .asked
        .iter()
        .map(|asked| format!("{} ({})", asked.message, asked.flag))
        .collect();
    asked.join("; ")
}

impl FactsError {
    /// The report of the file, where reading came far enough to have one.
    pub fn report(&self) -> Option<&FileReport> {
        match self {
            Self::Asked { report } | Self::PassedOver { report } | Self::TooManyRejected { report, .. } => Some(report),
            _ => None,
        }
    }

    pub(crate) fn rule(place: &str, error: RuleError) -> Self {
        Self::Rule {
            place: place.to_owned(),
            error,
        }
    }

    pub(crate) fn rows(error: arrow_schema::ArrowError) -> Self {
        Self::Snapshot {
            what: format!("rows could not be put together: {error}"),
        }
    }

    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            source,
        }
    }
}
