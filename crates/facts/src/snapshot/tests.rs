//! What a failing disk leaves of a snapshot, and that memory does not show in what is written.

use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use jiff::civil::date;

use super::disk::Output;
use super::*;
use crate::read::{Input, ReadOptions, read};
use crate::spool::temporary_name;

const TODAY: Date = date(2026, 11, 22);

/// A disk on which the n-th thing asked of it fails.
#[derive(Debug)]
struct Failing {
    left: Arc<AtomicUsize>,
    fault: Fault,
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    /// Nothing is done.
    Broken,
    /// Half of what is written fits.
    Full,
}

struct FailingFile {
    file: Box<dyn Output>,
    left: Arc<AtomicUsize>,
    fault: Fault,
}

fn passes(left: &AtomicUsize) -> io::Result<()> {
    let before = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    before.map(|_| ()).map_err(|_| io::Error::other("the disk fails"))
}

impl Disk for Failing {
    fn create(&self, path: &Path) -> io::Result<Box<dyn Output>> {
        passes(&self.left)?;
        Ok(Box::new(FailingFile {
            file: FileSystem.create(path)?,
            left: Arc::clone(&self.left),
            fault: self.fault,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        passes(&self.left)?;
        FileSystem.rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        passes(&self.left)?;
        FileSystem.sync_folder(folder)
    }
}

impl Write for FailingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match (passes(&self.left), self.fault) {
            (Ok(()), _) => self.file.write(bytes),
            (Err(_), Fault::Full) if bytes.len() > 1 => self.file.write(&bytes[..bytes.len() / 2]),
            (Err(error), _) => Err(error),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Output for FailingFile {
    fn sync(&mut self) -> io::Result<()> {
        passes(&self.left)?;
        self.file.sync()
    }
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn scratch() -> Scratch {
    Scratch(std::env::temp_dir().join(format!("beachhead{}", temporary_name())))
}

fn file(name: &str, text: &str, scratch: &Scratch) -> FileRead {
    let options = ReadOptions {
        scratch: scratch.0.clone(),
        ..ReadOptions::new(TODAY)
    };
    read(Input::Bytes(name, text.as_bytes()), &options).unwrap()
}

fn deals(rows: &[(u32, &str)]) -> String {
    let lines = rows
        .iter()
        .map(|(id, stage)| format!("{id},{stage},5,2024-01-{:02},\n", id % 28 + 1));
    format!(
        "opportunity_id,stage,amount,created_on,closed_on\n{}",
        lines.collect::<String>()
    )
}

fn ids(store: &FactStore, manifest: &Manifest) -> u64 {
    let star = crate::Star::open(store, manifest, None).unwrap();
    star.opportunities.rows() as u64
}

#[test]
fn whichever_thing_fails_the_last_snapshot_stays_and_no_temporary_file_is_left() {
    for fault in [Fault::Broken, Fault::Full] {
        let mut failures = 0;
        for nth in 0.. {
            let scratch = scratch();
            let store = FactStore::open(&scratch.0).unwrap();
            let rows: Vec<(u32, &str)> = (0..50).map(|id| (id, "Proposal")).collect();
            let first = file("deals.csv", &deals(&rows), &scratch);
            let base = store
                .take(None, vec![first], TODAY, &Watch::default())
                .unwrap()
                .manifest;
            let failing = FactStore {
                files: store.files.clone(),
                disk: Arc::new(Failing {
                    left: Arc::new(AtomicUsize::new(nth)),
                    fault,
                }),
            };
            let rows: Vec<(u32, &str)> = (25..75).map(|id| (id, "Won")).collect();
            let accounts = file("accounts.csv", "Account Name,Industry\nAcme,Steel\n", &scratch);
            let next = vec![file("deals.csv", &deals(&rows), &scratch), accounts];
            let taken = failing.take(Some(&base), next, TODAY, &Watch::default());
            assert_eq!(ids(&store, &base), 50, "the base stands");
            let names = std::fs::read_dir(&scratch.0).unwrap();
            let names: Vec<String> = names
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            assert!(
                names.iter().all(|name| name.ends_with(PARQUET)),
                "{fault:?} {nth}: {names:?}"
            );
            match taken {
                Ok(taken) => {
                    assert_eq!(ids(&store, &taken.manifest), 75);
                    break;
                }
                Err(error) => {
                    assert!(matches!(error, FactsError::Io { .. }), "{fault:?} {nth}: {error}");
                    failures += 1;
                }
            }
            let named = base.tables.iter().map(|entry| entry.parquet.clone()).collect();
            store
                .sweep(&named, SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40))
                .unwrap();
            assert_eq!(
                std::fs::read_dir(&scratch.0).unwrap().count(),
                1,
                "what is left is swept"
            );
        }
        assert!(failures > 8, "{fault:?}: {failures} failures");
    }
}

#[test]
fn a_cancelled_import_leaves_nothing_behind() {
    let scratch = scratch();
    let store = FactStore::open(&scratch.0).unwrap();
    for polls in 0..4 {
        let left = AtomicUsize::new(polls);
        let watch = Watch::of(move |_| passes(&left).is_ok());
        let rows: Vec<(u32, &str)> = (0..50).map(|id| (id, "Proposal")).collect();
        let files = vec![file("deals.csv", &deals(&rows), &scratch)];
        match store.take(None, files, TODAY, &watch) {
            Err(FactsError::Cancelled) => assert_eq!(std::fs::read_dir(&scratch.0).unwrap().count(), 0),
            Err(other) => panic!("{other}"),
            Ok(_) => return assert!(polls > 0),
        }
    }
    panic!("the import is not cancelled as often as that");
}

#[test]
fn an_unsorted_table_of_a_snapshot_of_old_is_merged_and_sorted() {
    let scratch = scratch();
    let store = FactStore::open(&scratch.0).unwrap();
    let unsorted = old_opportunities(&scratch.0, &["b", "c", "a"]);
    let base = Manifest {
        id: "old".to_owned(),
        as_of: date(2024, 1, 1),
        files: vec![FileEntry {
            name: "old.csv".to_owned(),
            sha256: "0".to_owned(),
            reading: "0".to_owned(),
            table: Table::Opportunities,
            rows: 3,
            undone: false,
        }],
        tables: vec![unsorted],
    };
    let text = "opportunity_id,stage,status,created_on\nb,Won,won,2024-01-05\nd,Won,won,2024-01-06\n";
    let taken = store
        .take(
            Some(&base),
            vec![file("new.csv", text, &scratch)],
            TODAY,
            &Watch::default(),
        )
        .unwrap();
    let change = &taken.changes[0];
    assert_eq!((change.added, change.changed, change.absent), (1, 1, 2));
    let entry = taken.manifest.table(Table::Opportunities).unwrap();
    assert!(entry.sorted);
    assert_eq!((entry.rows, taken.manifest.as_of), (4, date(2024, 1, 6)));
    let star = crate::Star::open(&store, &taken.manifest, None).unwrap();
    let shown: Vec<String> = (0..4)
        .map(|row| star.opportunities.shown("opportunity_id", row))
        .collect();
    assert_eq!(shown, ["a", "b", "c", "d"]);
}

// Opportunities as they were written before rows were sorted and said when they were modified.
fn old_opportunities(root: &Path, ids: &[&str]) -> TableEntry {
    use arrow_array::{ArrayRef, Int32Array, Int64Array, StringArray};
    use parquet::arrow::ArrowWriter;
    let rows = ids.len();
    let text = |texts: Vec<&str>| -> ArrayRef { Arc::new(StringArray::from(texts)) };
    let numbers: Vec<i64> = (2..).take(rows).collect();
    let batch = arrow_array::RecordBatch::try_from_iter([
        ("opportunity_id", text(ids.to_vec())),
        ("status", text(vec!["open"; rows])),
        ("_file", Arc::new(Int32Array::from(vec![0; rows])) as ArrayRef),
        ("_row", Arc::new(Int64Array::from(numbers)) as ArrayRef),
    ])
    .unwrap();
    let name = format!("old{PARQUET}");
    let to = std::fs::File::create(root.join(&name)).unwrap();
    let mut writer = ArrowWriter::try_new(to, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let column = |name: &str| ColumnEntry {
        name: name.to_owned(),
        storage: Storage::Text,
        sources: Vec::new(),
    };
    TableEntry {
        table: Table::Opportunities,
        parquet: name,
        rows: rows as u64,
        first_date: None,
        last_date: None,
        columns: vec![column("opportunity_id"), column("status")],
        sorted: false,
        told_until: None,
    }
}

#[test]
fn a_table_that_was_sorted_in_little_memory_is_the_same_file() {
    let scratch = scratch();
    let store = FactStore::open(&scratch.0).unwrap();
    let rows: Vec<(u32, &str)> = (0..500).map(|id| (id * 7919 % 500, "Proposal")).collect();
    let at_once = file("deals.csv", &deals(&rows), &scratch);
    let mut in_runs = at_once.clone();
    for spooled in &mut in_runs.spooled {
        let mut spool = crate::spool::Spool::new(spooled.table, spooled.columns.clone(), &scratch.0).with_room(0, 1);
        for batch in spooled.runs(None).unwrap().into_iter().flatten() {
            let batch = batch.unwrap();
            for from in (0..crate::rows::length(&batch)).step_by(9).rev() {
                let rows = (crate::rows::length(&batch) - from).min(9);
                spool
                    .push(batch.iter().map(|array| array.slice(from, rows)).collect())
                    .unwrap();
            }
        }
        *spooled = spool.finish(&Watch::default()).unwrap();
    }
    let take = |file: FileRead| store.take(None, vec![file], TODAY, &Watch::default()).unwrap().manifest;
    assert_eq!(take(in_runs), take(at_once));
}
