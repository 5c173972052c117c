//! What facts there are and how fresh: tables, their columns and files, what the last import changed, and what flows to
//! cells that were parked or declined. Must not import.

use std::sync::Arc;

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{self, Drift, Filled, SourceTable, filled, sources};
use beachhead_facts::snapshot::TableChange;
use beachhead_facts::star::Star;
use beachhead_strategy::{Cell, CellState, Finding, Parsed, Strategy};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::actor::{Actor, Permission};
use crate::importing::{manifest_of, no_facts};
use crate::imports::ImportEntry;
use crate::links::address;
use crate::people::blocking;
use crate::standing::{Facts, rules};
use crate::{Answer, Office, Refusal};

/// Facts older than this are stale.
pub const FRESH_DAYS: i64 = 14;

/// What facts there are: the document of `beachhead facts --json`.
#[derive(Debug, Clone, Serialize)]
pub struct FactsView {
    /// The snapshot in force.
    pub snapshot: String,
    /// The day it speaks of.
    pub as_of: Date,
    /// Days from that day to today.
    pub age_days: i64,
    /// `fresh`, or `stale` after [`FRESH_DAYS`] days.
    pub freshness: Freshness,
    /// Its tables with their sources.
    pub tables: Vec<TableView>,
}

/// Whether facts are fit to judge by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Freshness {
    /// At most [`FRESH_DAYS`] old.
    Fresh,
    /// Older.
    Stale,
}

impl Freshness {
    const fn after(days: i64) -> Self {
        if days > FRESH_DAYS { Self::Stale } else { Self::Fresh }
    }
}

/// One table of the facts.
#[derive(Debug, Clone, Serialize)]
pub struct TableView {
    /// Its rows, days, columns and files.
    #[serde(flatten)]
    pub source: SourceTable,
    /// The import that brought it last; none where every one was undone.
    pub last_import: Option<LastImport>,
    /// What the import that changed it last changed.
    pub changes: Option<TableChange>,
    /// How many rows fill each column.
    pub filled: Vec<Filled>,
}

/// When a table was imported last.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct LastImport {
    /// The number of the import.
    pub number: i64,
    /// The day.
    pub on: Date,
    /// Days from then to today.
    pub days_ago: i64,
    /// Whether that is fresh.
    pub freshness: Freshness,
}

/// What went to parked and declined cells in the cycle of a day.
#[derive(Debug, Clone)]
pub struct DriftNow {
    /// The first day of the cycle.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// Hours and opportunities.
    pub found: Drift,
    /// New pipeline of those cells, in units of the program's currency.
    pub pipeline: f64,
    /// All new pipeline.
    pub pipeline_of: f64,
    /// Segment, partner type and state of each parked or declined cell.
    pub cells: Vec<(String, String, CellState)>,
    /// What people called them: hours are known by these names.
    pub initiatives: Vec<String>,
    /// The last day that hours are counted of.
    pub until: Date,
}

impl DriftNow {
    /// The rows of hours: of all of them, or of those that went to these cells.
    #[must_use]
    pub fn hours_link(&self, to_cells: bool) -> String {
        let (from, until) = (self.from.to_string(), self.until.to_string());
        let names = self.initiatives.iter().filter(|_| to_cells);
        let pairs = names.map(|name| ("initiative", name.as_str()));
        let pairs: Vec<(&str, &str)> = [("from", from.as_str()), ("to", &until)]
            .into_iter()
            .chain(pairs)
            .collect();
        address("/evidence/tables/effort", &pairs, None)
    }

    /// The opportunities of new pipeline with partners: all of them, or those that went to these cells.
    #[must_use]
    pub fn pipeline_link(&self, to_cells: bool) -> String {
        let (from, to) = (self.from.to_string(), self.to.to_string());
        let cells = if to_cells { "out" } else { "" };
        let pairs = [
            ("side", "with"),
            ("created_from", &from),
            ("created_to", &to),
            ("cells", cells),
        ];
        address("/evidence", &pairs, None)
    }

    /// The larger of the shares of hours and of new pipeline.
    #[must_use]
    pub fn share(&self) -> f64 {
        let hours = self.found.hours_share().unwrap_or(0.0);
        hours.max(self.found.pipeline_share().unwrap_or(0.0))
    }
}

/// What the page of the sources shows beside the facts.
#[derive(Debug, Clone, Default)]
pub struct SourcesWatch {
    /// What flows to parked and declined cells, where a bet runs and there are such cells.
    pub drift: Option<DriftNow>,
    /// S17 and S18, where the checker reports them.
    pub findings: Vec<Finding>,
}

impl Office {
    /// What facts there are.
    pub fn facts<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, FactsView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = self.facts_in_force(as_of).await?.ok_or_else(no_facts)?;
            let today = self.surroundings.today();
            let imports = self.imports_until(&facts).await?;
            let (store, held) = (self.facts.clone(), Arc::clone(&facts));
            let read = move || {
                let tables = held.manifest.tables.iter();
                let all = tables.map(|entry| filled(&store, &held.manifest, entry.table));
                Ok::<_, Refusal>(Arc::new(all.collect::<Result<_, _>>()?))
            };
            let filled = self
                .filled
                .once(&facts.manifest.id, async { blocking(read).await? })
                .await?;
            let tables = sources(&facts.manifest).into_iter().zip(filled.iter().cloned());
            let age_days = days(facts.manifest.as_of, today);
            Ok(FactsView {
                snapshot: facts.manifest.id.clone(),
                as_of: facts.manifest.as_of,
                age_days,
                freshness: Freshness::after(age_days),
                tables: tables
                    .map(|(source, filled)| TableView {
                        last_import: last_import(&imports, source.table, today),
                        changes: last_change(&imports, source.table),
                        source,
                        filled,
                    })
                    .collect(),
            })
        })
    }

    /// Drift and stale facts, as the page of the sources shows them.
    pub fn sources_watch<'a>(&'a self, actor: &'a Actor) -> Answer<'a, SourcesWatch> {
        Box::pin(async move {
            let standing = self.standing(actor, None).await?;
            Ok(SourcesWatch {
                drift: standing.drift().cloned(),
                findings: standing
                    .findings()
                    .into_iter()
                    .filter(|finding| matches!(finding.code, "S17" | "S18"))
                    .collect(),
            })
        })
    }

    /// The imports that led to a snapshot, newest first.
    async fn imports_until(&self, facts: &Facts) -> Result<Vec<ImportEntry>, Refusal> {
        let mut imports = self.import_entries().await?;
        if !facts.snapshot.in_force {
            let last = imports.iter().position(|import| import.snapshot == facts.snapshot.id);
            imports.drain(..last.unwrap_or(0));
        }
        Ok(imports)
    }

    /// The facts in force, opened: the latest snapshot, or with a day the latest that speaks of no later day than that
    /// (the earliest of all where none does).
    pub(crate) async fn facts_in_force(&self, as_of: Option<Date>) -> Result<Option<Arc<Facts>>, Refusal> {
        let latest = self.ledger.latest_snapshot().await?;
        let snapshot = match (as_of, &latest) {
            (Some(day), Some(snapshot)) if snapshot.as_of > day => {
                let all = self.ledger.snapshots().await?;
                all.iter()
                    .find(|other| other.as_of <= day)
                    .or(all.last())
                    .cloned()
                    .or(latest)
            }
            _ => latest,
        };
        let Some(snapshot) = snapshot else { return Ok(None) };
        let id = snapshot.id.clone();
        let open = async {
            let currency = Some(self.strategy_in_force().await?.strategy.program.currency);
            let store = self.facts.clone();
            blocking(move || {
                let manifest = manifest_of(&snapshot.manifest)?;
                let star = Star::open(&store, &manifest, currency)?;
                Ok(Arc::new(Facts {
                    snapshot,
                    manifest,
                    star,
                }))
            })
            .await?
        };
        self.opened.once(&id, open).await.map(Some)
    }

    /// The strategy in force: the version signed last, or the draft while nothing is signed.
    pub(crate) async fn strategy_in_force(&self) -> Result<Arc<Parsed>, Refusal> {
        let text = match self.ledger.latest_signed().await? {
            Some(version) => version.text,
            None => self.ledger.draft().await?.text,
        };
        Ok(self.parsed(&text))
    }
}

/// What flowed to parked and declined cells in the cycle of a day; none where there are no such cells.
pub(crate) fn drift_now(strategy: &Strategy, facts: &Facts, as_of: Date) -> Option<DriftNow> {
    let cells: Vec<&Cell> = strategy.cells.iter().filter(|cell| cell.state.is_out()).collect();
    if cells.is_empty() {
        return None;
    }
    let pairs: Vec<(String, String)> = cells
        .iter()
        .map(|cell| (cell.segment.clone(), cell.partner_type.clone()))
        .collect();
    let initiatives: Vec<String> = cells
        .iter()
        .map(|cell| cell.initiative.clone())
        .filter(|name| !name.is_empty())
        .collect();
    let calendar = strategy.program.calendar;
    let cycle = calendar.containing(as_of);
    let (from, to) = (calendar.first_day(cycle), calendar.last_day(cycle));
    let segments = rules(strategy).ok()?;
    let found = measure::drift(
        &facts.star,
        &pairs,
        &initiatives,
        &segments,
        &strategy.attribution,
        from,
        to,
        as_of,
    )
    .ok()?;
    let units = |minor| crate::weighing::units(minor, facts.star.currency());
    Some(DriftNow {
        from,
        to,
        pipeline: units(found.pipeline_minor),
        pipeline_of: units(found.pipeline_of_minor),
        found,
        initiatives,
        until: to.min(as_of),
        cells: cells
            .iter()
            .map(|cell| (cell.segment.clone(), cell.partner_type.clone(), cell.state))
            .collect(),
    })
}

fn days(from: Date, to: Date) -> i64 {
    i64::from((to - from).get_days())
}

fn last_import(imports: &[ImportEntry], table: Table, today: Date) -> Option<LastImport> {
    let import = imports
        .iter()
        .find(|import| import.is_in_force() && import.brought(table))?;
    let on = import.at.to_zoned(TimeZone::UTC).date();
    let days_ago = days(on, today);
    Some(LastImport {
        number: import.number,
        on,
        days_ago,
        freshness: Freshness::after(days_ago),
    })
}

fn last_change(imports: &[ImportEntry], table: Table) -> Option<TableChange> {
    let changed = imports.iter().filter(|import| import.is_in_force() && import.changed);
    let of_table = |import: &ImportEntry| {
        let changes = import.report.changes.iter();
        changes.into_iter().find(|change| change.table == table).cloned()
    };
    changed.into_iter().find_map(of_table)
}
