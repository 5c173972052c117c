//! One import on its way to a snapshot: each table that it speaks of is laid anew in one pass, written under a temporary
//! name, and all of them get their names together. It must not know how a file was read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use arrow_array::cast::AsArray;
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::days::{Days, telling};
use super::file::{self, Written};
use super::lay::{From, Laid, Layer, Laying, widened};
use super::seen::{Seeing, Seen};
use super::{FactStore, FileEntry, Manifest, TableChange, TableEntry, Taken, column_entry, hex};
use crate::catalogue::{MODIFIED_COLUMN, OWN_COLUMNS, Table};
use crate::error::FactsError;
use crate::read::FileRead;
use crate::rows::{Batch, RowColumn, arrow_type, own_columns};
use crate::spool::columnar::Reader;
use crate::spool::merge::Run;
use crate::spool::{Spool, Spooled};
use crate::typed::{date_of, days as days_of};
use crate::watch::{Phase, Watch};

/// How many tables are laid at a time. A merge is the work of one thread, and what each holds in memory is bounded.
const TABLES_AT_ONCE: usize = 2;

/// An import into a store.
pub(super) struct Taking<'a> {
    store: &'a FactStore,
    base: Option<&'a Manifest>,
    watch: &'a Watch,
    today: Date,
    /// The manifest to be.
    manifest: Manifest,
    incoming: BTreeMap<Table, Incoming<'a>>,
    changes: Vec<TableChange>,
    written: Vec<Written>,
    done: AtomicU64,
    of: u64,
}

/// A table that was laid and written.
struct Wrote {
    change: TableChange,
    /// None where it has no row.
    file: Option<(TableEntry, Written)>,
}

/// What the files hold of one table.
#[derive(Default)]
struct Incoming<'a> {
    /// Each file by its place in the manifest.
    files: Vec<(i32, &'a Spooled)>,
    /// Whether they hold the whole of it.
    whole: bool,
}

impl Incoming<'_> {
    // The partners that its rows name.
    fn partners(&self) -> Result<BTreeSet<String>, FactsError> {
        let mut partners = BTreeSet::new();
        for (_, spooled) in &self.files {
            let Some(at) = spooled.columns.iter().position(|column| column.name == "partner_id") else {
                continue;
            };
            for run in spooled.runs(Some(&[at]))? {
                for batch in run {
                    let batch = batch?;
                    let texts = batch.first().and_then(|column| column.as_string_opt::<i32>());
                    for partner in texts.into_iter().flatten().flatten() {
                        if !partners.contains(partner) {
                            partners.insert(partner.to_owned());
                        }
                    }
                }
            }
        }
        Ok(partners)
    }
}

impl<'a> Taking<'a> {
    pub(super) fn new(
        store: &'a FactStore,
        base: Option<&'a Manifest>,
        files: &'a [FileRead],
        today: Date,
        watch: &'a Watch,
    ) -> Result<Self, FactsError> {
        let mut taking = Self {
            store,
            base,
            watch,
            today,
            manifest: base.cloned().unwrap_or_else(|| Manifest::empty(today)),
            incoming: BTreeMap::new(),
            changes: Vec::new(),
            written: Vec::new(),
            done: AtomicU64::new(0),
            of: 0,
        };
        for file in files {
            for spooled in &file.spooled {
                taking.enter(file, spooled)?;
            }
        }
        let tables = taking.incoming.keys();
        let based: u64 = tables.filter_map(|table| Some(base?.table(*table)?.rows)).sum();
        taking.of += based;
        Ok(taking)
    }

    // A file that the base holds already adds nothing.
    fn enter(&mut self, file: &'a FileRead, spooled: &'a Spooled) -> Result<(), FactsError> {
        let entry = FileEntry {
            name: file.report.file.clone(),
            sha256: file.sha256.clone(),
            reading: reading(file),
            table: spooled.table,
            rows: spooled.rows,
            undone: false,
        };
        if self
            .manifest
            .files
            .iter()
            .any(|known| known.is_the_same_reading(&entry))
        {
            return Ok(());
        }
        let index = i32::try_from(self.manifest.files.len()).map_err(|_| FactsError::Snapshot {
            what: "too many files".to_owned(),
        })?;
        self.manifest.files.push(entry);
        let incoming = self.incoming.entry(spooled.table).or_default();
        incoming.files.push((index, spooled));
        // Of a history in the columns of opportunities the file holds no more than it says.
        incoming.whole |= file.whole && file.report.table == Some(spooled.table);
        self.of += spooled.rows;
        Ok(())
    }

    /// What the import would change, with nothing written.
    pub(super) fn preview(mut self) -> Result<Vec<TableChange>, FactsError> {
        let incoming = std::mem::take(&mut self.incoming);
        side_by_side(&incoming, |table, incoming| {
            let laying = self.laying(table, incoming, None)?;
            laying.lay((self.watch, &self.done, self.of), |_| Ok(()))
        })
    }

    /// Takes the import. Where stages of opportunities are seen, stage history comes last: what was seen is dated by what
    /// all the facts tell.
    pub(super) fn take(mut self) -> Result<Taken, FactsError> {
        self.watch.at(Phase::Merging, 0, self.of)?;
        if self.incoming.is_empty() && self.base.is_some() {
            return Ok(Taken {
                manifest: self.manifest,
                changed: false,
                changes: Vec::new(),
            });
        }
        let mut incoming = std::mem::take(&mut self.incoming);
        let sees = self.compared().is_some() && incoming.contains_key(&Table::Opportunities);
        let history = if sees {
            incoming.remove(&Table::StageHistory)
        } else {
            None
        };
        let mut seen = None;
        for (wrote, stages) in side_by_side(&incoming, |table, incoming| self.table(table, incoming))? {
            let change = self.enter_table(wrote);
            self.changes.push(change);
            seen = stages.or(seen);
        }
        self.manifest.as_of = match seen.filter(|seen| seen.spooled.rows > 0) {
            Some(seen) => {
                let as_of = self.as_of(history.as_ref())?;
                self.history(history.unwrap_or_default(), Some((&seen, as_of)))?;
                as_of
            }
            // What is laid tells its days as it goes by.
            None => {
                history.map_or(Ok(()), |history| self.history(history, None))?;
                self.as_of(None)?
            }
        };
        self.manifest.tables.sort_by_key(|entry| entry.table);
        self.changes.sort_by_key(|change| change.table);
        self.manifest.id = self.manifest.mark()?;
        self.keep()
    }

    // The snapshot whose opportunities the new ones are compared with, to see their stages.
    fn compared(&self) -> Option<&'a Manifest> {
        self.base.filter(|base| base.table(Table::Opportunities).is_some())
    }

    // One table, and the stages seen where it is that of the opportunities.
    fn table(&self, table: Table, incoming: &Incoming<'_>) -> Result<(Wrote, Option<Seen>), FactsError> {
        let laying = self.laying(table, incoming, None)?;
        let compared = self.compared().filter(|_| table == Table::Opportunities);
        let mut seeing =
            compared.and_then(|base| Seeing::new(laying.columns(), days_of(base.as_of), &self.store.files.root));
        let wrote = self.write(table, laying, |laid| match &mut seeing {
            Some(seeing) => seeing.note(laid),
            None => Ok(()),
        })?;
        let seen = seeing.map(|seeing| seeing.finish(self.watch)).transpose()?;
        Ok((wrote, seen))
    }

    // What was seen is dated by what all the facts tell.
    fn history(&mut self, incoming: Incoming<'_>, seen: Option<(&Seen, Date)>) -> Result<(), FactsError> {
        let layer = match seen {
            Some((seen, as_of)) => Some(Layer {
                from: From::Seen,
                columns: seen.spooled.columns.clone(),
                runs: seen.runs(days_of(as_of))?,
            }),
            None => None,
        };
        let laying = self.laying(Table::StageHistory, &incoming, layer)?;
        let wrote = self.write(Table::StageHistory, laying, |_| Ok(()))?;
        let change = self.enter_table(wrote);
        if !incoming.files.is_empty() {
            self.changes.push(change);
        }
        Ok(())
    }

    // The layers of a table: what was seen, the base, each file.
    fn laying(&self, table: Table, incoming: &Incoming<'_>, seen: Option<Layer>) -> Result<Laying, FactsError> {
        let mut layers: Vec<Layer> = seen.into_iter().collect();
        if let Some(entry) = self.base.and_then(|base| base.table(table)) {
            layers.push(self.store.base(entry, self.watch)?);
        }
        for (index, spooled) in &incoming.files {
            layers.push(Layer {
                from: From::File(*index),
                columns: spooled.columns.clone(),
                runs: spooled.runs(None)?,
            });
        }
        let lists = (table == Table::PartnerAccounts)
            .then(|| incoming.partners())
            .transpose()?;
        Laying::new(table, layers, incoming.whole, lists)
    }

    // Lays and writes a table; `note` sees the rows go by.
    fn write(
        &self,
        table: Table,
        laying: Laying,
        mut note: impl FnMut(&Laid) -> Result<(), FactsError>,
    ) -> Result<Wrote, FactsError> {
        let columns = laying.columns().to_vec();
        let mut days = Days::new(table, &columns, days_of(self.today));
        let mut rows = 0;
        let (disk, root) = (&*self.store.disk, &self.store.files.root);
        let (change, written) = file::write(disk, root, table, &columns, |groups| {
            laying.lay((self.watch, &self.done, self.of), |laid| {
                rows += crate::rows::length(&laid.batch) as u64;
                days.add(&laid.batch);
                note(&laid)?;
                groups.push(laid.batch)
            })
        })?;
        let own = |column: &&RowColumn| !OWN_COLUMNS.contains(&column.name.as_str());
        let entry = TableEntry {
            table,
            parquet: written.name.clone(),
            rows,
            first_date: days.range.and_then(|(first, _)| date_of(first)),
            last_date: days.range.and_then(|(_, last)| date_of(last)),
            columns: columns.iter().filter(own).map(column_entry).collect(),
            sorted: true,
            told_until: days.latest.and_then(date_of),
        };
        Ok(Wrote {
            change,
            file: (rows > 0).then_some((entry, written)),
        })
    }

    // The table stands in the manifest for what it was before.
    fn enter_table(&mut self, wrote: Wrote) -> TableChange {
        self.manifest.tables.retain(|known| known.table != wrote.change.table);
        if let Some((entry, written)) = wrote.file {
            self.manifest.tables.push(entry);
            self.written.push(written);
        }
        wrote.change
    }

    // The latest day in the facts that is not after the day of import.
    fn as_of(&mut self, history: Option<&Incoming<'_>>) -> Result<Date, FactsError> {
        for entry in self.manifest.tables.iter_mut().filter(|entry| !entry.sorted) {
            entry.told_until = self.store.told_until(entry, self.today)?;
        }
        if history.is_some_and(|history| history.whole) {
            self.manifest.tables.retain(|entry| entry.table != Table::StageHistory);
        }
        let mut told = None;
        // A row of history is kept whichever file says it, and its day is part of its key.
        for (_, spooled) in history.iter().flat_map(|history| &history.files) {
            let entered = spooled.columns.iter().position(|column| column.name == "entered_at");
            let mut days = Days::new(
                Table::StageHistory,
                entered.map_or(&[], |at| &spooled.columns[at..=at]),
                days_of(self.today),
            );
            for run in entered.map_or(Ok(Vec::new()), |at| spooled.runs(Some(&[at])))? {
                for batch in run {
                    days.add(&batch?);
                }
            }
            told = told.max(days.latest.and_then(date_of));
        }
        let of_deals = told.max(self.manifest.told_by(true));
        Ok(of_deals.or_else(|| self.manifest.told_by(false)).unwrap_or(self.today))
    }

    // Every file gets its name, and the folder is synced. Until then nothing of the import is there; where it fails half
    // way, what no manifest names is swept.
    fn keep(self) -> Result<Taken, FactsError> {
        let (disk, root) = (&*self.store.disk, &self.store.files.root);
        self.watch.at(Phase::Merging, self.of, self.of)?;
        for written in &self.written {
            written.send(&self.store.files)?;
        }
        for written in self.written {
            written.keep(disk, root)?;
        }
        disk.sync_folder(root).map_err(|error| FactsError::io(root, error))?;
        Ok(Taken {
            manifest: self.manifest,
            changed: true,
            changes: self.changes,
        })
    }
}

// Works on every table, the largest first, a few at a time. What came of each is given in the order of the tables.
fn side_by_side<T: Send>(
    incoming: &BTreeMap<Table, Incoming<'_>>,
    work: impl Fn(Table, &Incoming<'_>) -> Result<T, FactsError> + Sync,
) -> Result<Vec<T>, FactsError> {
    let rows = |incoming: &Incoming<'_>| incoming.files.iter().map(|(_, spooled)| spooled.rows).sum::<u64>();
    let mut waiting: Vec<(Table, &Incoming<'_>)> =
        incoming.iter().map(|(table, incoming)| (*table, incoming)).collect();
    waiting.sort_by_key(|(_, incoming)| rows(incoming));
    let waiting = Mutex::new(waiting);
    let queue = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let work_on = || {
        let mut done = Vec::new();
        while let Some((table, incoming)) = { queue().pop() } {
            let worked = work(table, incoming);
            if worked.is_err() {
                queue().clear();
            }
            done.push((table, worked));
        }
        done
    };
    let mut done: Vec<(Table, Result<T, FactsError>)> = std::thread::scope(|threads| {
        let workers: Vec<_> = (0..TABLES_AT_ONCE).map(|_| threads.spawn(work_on)).collect();
        let done = workers.into_iter().map(|worker| worker.join());
        done.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_by_key(|(table, _)| *table);
    done.into_iter().map(|(_, worked)| worked).collect()
}

// Another reading of the same bytes is another file; and so is one that says more.
fn reading(file: &FileRead) -> String {
    if file.whole {
        hex(&Sha256::digest(format!("{} whole", file.reading)))
    } else {
        file.reading.clone()
    }
}

impl FactStore {
    // The rows of a table of an earlier snapshot, in the order of the key.
    fn base(&self, entry: &TableEntry, watch: &Watch) -> Result<Layer, FactsError> {
        let (columns, reader) = self.reader(entry)?;
        if entry.sorted {
            let runs = vec![reader.run(None)?];
            return Ok(Layer {
                from: From::Base,
                columns,
                runs,
            });
        }
        let facts = columns
            .iter()
            .filter(|column| !OWN_COLUMNS.contains(&column.name.as_str()));
        let all: Vec<RowColumn> = facts.cloned().chain(own_columns(true)).collect();
        let mut spool = Spool::new(entry.table, all.clone(), self.folder());
        for batch in widened(reader.run(None)?, From::Base, &columns, &all) {
            spool.push(batch?)?;
        }
        Ok(Layer {
            from: From::Base,
            columns: all,
            runs: spool.finish(watch)?.runs(None)?,
        })
    }

    // The columns of a table of a snapshot, and its file. Snapshots of old do not say when rows were modified.
    fn reader(&self, entry: &TableEntry) -> Result<(Vec<RowColumn>, Reader), FactsError> {
        let facts = entry.columns.iter().map(|column| RowColumn {
            name: column.name.clone(),
            kind: arrow_type(column.storage),
            sources: column.sources.clone(),
            spoken: true,
        });
        let reader = Reader::open(&self.at_hand(entry)?)?;
        let says_when = reader.columns().any(|(name, _)| name == MODIFIED_COLUMN);
        let own = own_columns(true).into_iter();
        let own = own.filter(|column| says_when || column.name != MODIFIED_COLUMN);
        let columns: Vec<RowColumn> = facts.chain(own).collect();
        let named = columns.iter().map(|column| (column.name.as_str(), &column.kind));
        if !reader.columns().eq(named) {
            return Err(reader.wrong(&"its columns are not those that the manifest names"));
        }
        Ok((columns, reader))
    }

    // How far a table of a snapshot reaches that does not say so.
    fn told_until(&self, entry: &TableEntry, today: Date) -> Result<Option<Date>, FactsError> {
        let (columns, reader) = self.reader(entry)?;
        let telling = telling(entry.table).0.iter().chain(&["status"]);
        let mut only: Vec<usize> = telling
            .filter_map(|name| columns.iter().position(|column| column.name == *name))
            .collect();
        only.sort_unstable();
        let columns: Vec<RowColumn> = only.iter().map(|at| columns[*at].clone()).collect();
        let mut days = Days::new(entry.table, &columns, days_of(today));
        let run: Run = reader.run(Some(&only))?;
        for batch in run {
            let batch: Batch = batch?;
            days.add(&batch);
        }
        Ok(days.latest.and_then(date_of))
    }
}
