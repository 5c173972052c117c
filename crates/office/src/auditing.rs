//! The audit log as people read it: who did what and when, found by person, verb and day; and whether its chain holds. Must
//! not write to it.

use std::collections::BTreeMap;

use beachhead_facts::export::{About, Cell, RowsFile};
use beachhead_ledger::{AuditChain, AuditFilter, AuditRow};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use crate::actor::{Actor, Permission};
use crate::{Answer, Office, Refusal};

/// Rows of a page of the log.
pub const AUDIT_PAGE_ROWS: i64 = 100;
/// The longest chain that is verified whenever somebody looks at it; a longer one when they ask for it.
pub const VERIFIED_UNASKED_ROWS: i64 = 20_000;
/// Rows that a file of the log is read in at a time.
const FILE_PAGE_ROWS: i64 = 1_000;
/// The columns of the file.
const HEADER: [&str; 9] = [
    "number", "at", "person", "who", "verb", "subject", "detail", "previous", "hash",
];

/// What is asked of the log.
#[derive(Debug, Clone, Default)]
pub struct AuditAsked {
    /// Who, by the id of the record.
    pub who: Option<String>,
    /// The verb.
    pub verb: Option<String>,
    /// The first day, in UTC.
    pub from: Option<Date>,
    /// The last day, in UTC.
    pub to: Option<Date>,
    /// Only rows before this one.
    pub before: Option<i64>,
    /// Whether the chain is verified however long it is.
    pub verify: bool,
}

/// A page of the log.
#[derive(Debug, Clone)]
pub struct AuditView {
    /// Its rows, the newest first.
    pub rows: Vec<AuditRow>,
    /// How many rows are found in all.
    pub found: i64,
    /// How many rows the log has.
    pub of: i64,
    /// Every verb that stands in it.
    pub verbs: Vec<String>,
    /// Names of people by their ids.
    pub names: BTreeMap<String, String>,
    /// Whether the chain holds: none where nobody asked and it is long; what is wrong with it where it does not.
    pub chain: Option<Result<AuditChain, String>>,
}

impl Office {
    /// A page of the audit log.
    pub fn audit<'a>(&'a self, actor: &'a Actor, asked: &'a AuditAsked) -> Answer<'a, AuditView> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let filter = filter(asked)?;
            let (found, rows) = self.ledger.audit_found(&filter, asked.before, AUDIT_PAGE_ROWS).await?;
            let of = self
                .ledger
                .audit_rows(None, 1)
                .await?
                .first()
                .map_or(0, |row| row.number);
            let chain = match asked.verify || of <= VERIFIED_UNASKED_ROWS {
                true => Some(self.ledger.audit_verify().await.map_err(|error| error.to_string())),
                false => None,
            };
            Ok(AuditView {
                rows,
                found,
                of,
                verbs: self.ledger.audit_verbs().await?,
                names: self.names_by_id().await?,
                chain,
            })
        })
    }

    /// Every row that is asked for, as a file.
    pub fn audit_file<'a>(&'a self, actor: &'a Actor, asked: &'a AuditAsked) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let filter = filter(asked)?;
            let names = self.names_by_id().await?;
            let mut all: Vec<AuditRow> = Vec::new();
            loop {
                let before = all.last().map(|row| row.number);
                let (_, rows) = self.ledger.audit_found(&filter, before, FILE_PAGE_ROWS).await?;
                if rows.is_empty() {
                    break;
                }
                all.extend(rows);
            }
            let about = About {
                title: "Audit log".to_owned(),
                lines: vec![(
                    "hash".to_owned(),
                    "SHA-256 over the row and the hash before it; `beachhead audit verify` computes all of them again"
                        .to_owned(),
                )],
            };
            let (rows, scratch) = (all.len() as u64, self.facts.folder().to_owned());
            Ok(RowsFile::new(about, HEADER, rows, &scratch, move |take| {
                all.iter().try_for_each(|row| {
                    let texts = [
                        &row.actor,
                        &row.verb,
                        &row.subject,
                        &row.detail,
                        &row.previous,
                        &row.hash,
                    ];
                    let name = names.get(&row.actor).unwrap_or(&row.actor);
                    let head = [
                        Cell::Count(row.number),
                        Cell::text(format!("{:.6}", row.at)),
                        Cell::text(name),
                    ];
                    take(&head.into_iter().chain(texts.map(Cell::text)).collect::<Vec<_>>())
                })
            }))
        })
    }

    pub(crate) async fn names_by_id(&self) -> Result<BTreeMap<String, String>, Refusal> {
        let people = self.ledger.people().await?;
        Ok(people.into_iter().map(|person| (person.id, person.name)).collect())
    }
}

fn filter(asked: &AuditAsked) -> Result<AuditFilter, Refusal> {
    let wrong = |_| Refusal::bad_input("This day is out of the calendar", "Write it as 2026-06-30.");
    let midnight =
        |day: Date| -> Result<Timestamp, Refusal> { Ok(day.to_zoned(TimeZone::UTC).map_err(wrong)?.timestamp()) };
    let after = asked
        .to
        .map(|day| day.checked_add(1.day()).map_err(wrong))
        .transpose()?;
    Ok(AuditFilter {
        actor: asked.who.clone(),
        verb: asked.verb.clone(),
        from: asked.from.map(midnight).transpose()?,
        until: after.map(midnight).transpose()?,
    })
}
