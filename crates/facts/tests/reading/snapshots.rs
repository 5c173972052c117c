//! Snapshots: merged by key, named by content, safe against a kill.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use beachhead_facts::Watch;
use beachhead_facts::catalogue::Table;
use beachhead_facts::read::{FileRead, Input, ReadOptions, read};
use beachhead_facts::snapshot::{FactStore, Manifest, StageMove, TableChange, Taken};
use jiff::civil::date;

use super::{TODAY, options, read_text, shared};

/// A store in a folder of its own, removed at the end.
pub(super) struct Scratch(PathBuf, pub(super) FactStore);

impl Scratch {
    pub(super) fn new(name: &str) -> Self {
        let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("facts-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&root);
        let store = FactStore::open(&root).unwrap();
        Self(root, store)
    }

    fn names(&self) -> BTreeSet<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn deals(rows: &str) -> FileRead {
    let text = format!("opportunity_id,stage,amount,created_on,closed_on,Region\n{rows}");
    read_text(
        &text,
        &ReadOptions {
            take_anyway: true,
            ..options()
        },
    )
    .unwrap()
}

/// The rows of a table as text, one column after another, read with a reader that is not ours.
pub(super) fn column(store: &FactStore, manifest: &Manifest, table: Table, name: &str) -> Vec<Option<String>> {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;
    let file = std::fs::File::open(store.path_of(manifest, table).unwrap()).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    rows.map(|row| {
        let row = row.unwrap();
        let (_, field) = row.get_column_iter().find(|(column, _)| *column == name).unwrap();
        match field {
            Field::Null => None,
            Field::Str(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    })
    .collect()
}

pub(super) fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

#[test]
fn importing_the_same_file_twice_changes_nothing() {
    let scratch = Scratch::new("twice");
    let first = scratch
        .1
        .take(
            None,
            vec![deals("1,Won,5,2024-01-01,2024-02-01,EMEA\n")],
            TODAY,
            &Watch::default(),
        )
        .unwrap();
    assert!(first.changed);
    let names = scratch.names();
    let again = scratch.1.take(
        Some(&first.manifest),
        vec![deals("1,Won,5,2024-01-01,2024-02-01,EMEA\n")],
        date(2027, 1, 1),
        &Watch::default(),
    );
    let again = again.unwrap();
    assert!(!again.changed);
    assert_eq!((again.manifest, scratch.names()), (first.manifest, names));
}

#[test]
fn the_same_facts_give_the_same_manifest_in_any_folder() {
    let (one, two) = (Scratch::new("one"), Scratch::new("two"));
    let take = |scratch: &Scratch| {
        scratch
            .1
            .take(
                None,
                vec![deals("1,Won,5,2024-01-01,2024-02-01,EMEA\n")],
                TODAY,
                &Watch::default(),
            )
            .unwrap()
    };
    let (first, second) = (take(&one), take(&two));
    assert_eq!(first, second);
    assert_eq!(one.names(), two.names());
    let json = serde_json::to_string(&first.manifest).unwrap();
    assert_eq!(serde_json::from_str::<Manifest>(&json).unwrap(), first.manifest);
}

#[test]
fn a_parquet_file_is_named_by_its_content() {
    use sha2::{Digest, Sha256};
    let scratch = Scratch::new("named");
    scratch
        .1
        .take(
            None,
            vec![deals("1,Won,5,2024-01-01,2024-02-01,EMEA\n")],
            TODAY,
            &Watch::default(),
        )
        .unwrap();
    for name in scratch.names() {
        let bytes = std::fs::read(scratch.0.join(&name)).unwrap();
        let hash: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(name, format!("{hash}.parquet"));
    }
}

#[test]
fn a_later_file_changes_the_rows_it_has_and_adds_the_rest() {
    let scratch = Scratch::new("merge");
    let base = scratch.1.take(
        None,
        vec![deals(
            "1,Prospecting,5,2024-01-01,,EMEA\n2,Won,7,2024-01-02,2024-02-01,APAC\n",
        )],
        TODAY,
        &Watch::default(),
    );
    let base = base.unwrap().manifest;
    let next = scratch.1.take(
        Some(&base),
        vec![deals(
            "3,Lost,0,2024-03-01,2024-03-05,\n1,Won,6,2024-01-01,2024-03-01,\n",
        )],
        TODAY,
        &Watch::default(),
    );
    let next = next.unwrap().manifest;
    let of = |name: &str| column(&scratch.1, &next, Table::Opportunities, name);
    assert_eq!(of("opportunity_id"), some(&["1", "2", "3"]));
    assert_eq!(of("status"), some(&["won", "won", "lost"]));
    assert_eq!(of("amount"), some(&["600", "700", "0"]));
    assert_eq!(of("Region"), [None, Some("APAC".to_owned()), None]);
    assert_eq!(
        (of("_file"), of("_row")),
        (some(&["1", "0", "1"]), some(&["3", "3", "2"]))
    );
    assert_eq!(
        (next.as_of, next.files.len(), next.tables[0].rows),
        (date(2024, 3, 5), 2, 3)
    );
    assert_eq!(
        (next.tables[0].first_date, next.tables[0].last_date),
        (Some(date(2024, 1, 1)), Some(date(2024, 3, 1)))
    );
    assert_ne!(base.id, next.id);
    assert_eq!(
        column(&scratch.1, &base, Table::Opportunities, "status"),
        some(&["open", "won"]),
        "the base stands"
    );
}

#[test]
fn a_file_says_nothing_of_the_columns_that_it_does_not_have() {
    let Some(leads) = shared("funnel/olist/olist_marketing_qualified_leads_dataset.csv") else {
        return;
    };
    let Some(closed) = shared("funnel/olist/olist_closed_deals_dataset.csv") else {
        return;
    };
    let files = |paths: [&PathBuf; 2]| paths.map(|path| read(Input::Path(path), &options()).unwrap()).to_vec();
    for paths in [[&leads, &closed], [&closed, &leads]] {
        let scratch = Scratch::new("olist");
        let manifest = scratch
            .1
            .take(None, files(paths), TODAY, &Watch::default())
            .unwrap()
            .manifest;
        let of = |name: &str| column(&scratch.1, &manifest, Table::Opportunities, name);
        let won = of("status")
            .iter()
            .filter(|status| status.as_deref() == Some("won"))
            .count();
        assert_eq!((manifest.tables[0].rows, won), (8_000, 842));
        assert!(of("created_on").iter().all(Option::is_some));
    }
}

#[test]
fn a_column_is_found_by_its_field_and_by_its_name_in_the_file() {
    let scratch = Scratch::new("columns");
    let file = read_text("Account Name,Sector,Plan Tier\nAcme,Steel,Gold\n", &options()).unwrap();
    let manifest = scratch
        .1
        .take(None, vec![file], TODAY, &Watch::default())
        .unwrap()
        .manifest;
    let table = manifest.table(Table::Accounts).unwrap();
    for (asked, name) in [
        ("industry", "industry"),
        ("sector", "industry"),
        ("Plan Tier", "Plan Tier"),
        ("plan_tier", "Plan Tier"),
    ] {
        assert_eq!(
            table.column(asked).map(|column| column.name.as_str()),
            Some(name),
            "{asked}"
        );
    }
    assert_eq!(table.column("colour"), None);
}

#[test]
fn the_day_that_the_facts_speak_of_is_no_hope_and_not_after_today() {
    let scratch = Scratch::new("as-of");
    let files = vec![deals(
        "1,Proposal,5,2024-01-01,2024-06-30,\n2,Won,7,2024-01-02,2024-02-01,\n3,Won,1,2030-01-01,2030-02-01,\n",
    )];
    assert_eq!(
        scratch
            .1
            .take(None, files, TODAY, &Watch::default())
            .unwrap()
            .manifest
            .as_of,
        date(2024, 2, 1)
    );
    let Some(pipeline) = shared("crm/maven_crm_iso/sales_pipeline.csv") else {
        return;
    };
    let maven = read(Input::Path(&pipeline), &options()).unwrap();
    assert_eq!(
        scratch
            .1
            .take(None, vec![maven], TODAY, &Watch::default())
            .unwrap()
            .manifest
            .as_of,
        date(2017, 12, 31)
    );
}

#[test]
fn ids_of_both_salesforce_lengths_are_one_opportunity() {
    let scratch = Scratch::new("ids");
    let short = deals("006q000000Hddoh,Proposal,5,2024-01-01,,\n");
    let long = deals("006q000000HddohAAB,Won,5,2024-01-01,2024-02-02,\n");
    let manifest = scratch
        .1
        .take(None, vec![short, long], TODAY, &Watch::default())
        .unwrap()
        .manifest;
    assert_eq!(
        column(&scratch.1, &manifest, Table::Opportunities, "status"),
        some(&["won"])
    );
}

#[test]
fn what_a_killed_import_left_is_passed_over_and_swept_and_named_files_stay() {
    let scratch = Scratch::new("kill");
    std::fs::write(scratch.0.join(".tmp-1-0"), b"half a file").unwrap();
    std::fs::write(scratch.0.join("notes.txt"), b"not ours").unwrap();
    let old = scratch
        .1
        .take(
            None,
            vec![deals("1,Won,5,2024-01-01,2024-02-01,\n")],
            TODAY,
            &Watch::default(),
        )
        .unwrap()
        .manifest;
    let new = scratch
        .1
        .take(
            Some(&old),
            vec![deals("2,Won,5,2024-01-01,2024-02-01,\n")],
            TODAY,
            &Watch::default(),
        )
        .unwrap()
        .manifest;
    let named = |manifest: &Manifest| {
        manifest
            .tables
            .iter()
            .map(|entry| entry.parquet.clone())
            .collect::<BTreeSet<_>>()
    };
    let written = |name: &str| std::fs::metadata(scratch.0.join(name)).unwrap().modified().unwrap();
    let newest: SystemTime = scratch.names().iter().map(|name| written(name)).max().unwrap();
    let before = newest - Duration::from_secs(3_600);
    assert!(
        scratch.1.sweep(&named(&new), before).unwrap().is_empty(),
        "young files are spared"
    );
    let removed = scratch.1.sweep(&named(&new), newest + Duration::from_secs(1)).unwrap();
    let gone: BTreeSet<String> = named(&old).into_iter().chain([".tmp-1-0".to_owned()]).collect();
    assert_eq!(removed.into_iter().collect::<BTreeSet<_>>(), gone);
    assert!(scratch.1.path_of(&new, Table::Opportunities).unwrap().exists());
    assert!(scratch.names().contains("notes.txt"));
}

#[test]
fn a_snapshot_whose_file_is_gone_or_changed_is_told() {
    let scratch = Scratch::new("gone");
    let base = scratch
        .1
        .take(
            None,
            vec![deals("1,Won,5,2024-01-01,2024-02-01,\n")],
            TODAY,
            &Watch::default(),
        )
        .unwrap()
        .manifest;
    let path = scratch.1.path_of(&base, Table::Opportunities).unwrap();
    std::fs::write(&path, b"PAR1 not a snapshot PAR1").unwrap();
    let next = || {
        scratch
            .1
            .take(
                Some(&base),
                vec![deals("2,Won,5,2024-01-01,2024-02-01,\n")],
                TODAY,
                &Watch::default(),
            )
            .unwrap_err()
            .to_string()
    };
    assert!(next().contains(&base.tables[0].parquet), "{}", next());
    std::fs::remove_file(&path).unwrap();
    assert!(next().contains(&base.tables[0].parquet), "{}", next());
}

#[test]
fn more_rows_than_a_batch_holds_are_merged_without_a_loss() {
    let scratch = Scratch::new("batches");
    let rows = |from: u32, to: u32, stage: &str| {
        (from..to)
            .map(|id| format!("{id},{stage},1,2024-01-01,,\n"))
            .collect::<String>()
    };
    let base = scratch
        .1
        .take(
            None,
            vec![deals(&rows(0, 40_000, "Proposal"))],
            TODAY,
            &Watch::default(),
        )
        .unwrap()
        .manifest;
    let next = scratch
        .1
        .take(
            Some(&base),
            vec![deals(&rows(35_000, 70_000, "Won"))],
            TODAY,
            &Watch::default(),
        )
        .unwrap()
        .manifest;
    let status = column(&scratch.1, &next, Table::Opportunities, "status");
    assert_eq!((next.tables[0].rows, status.len()), (70_000, 70_000));
    assert_eq!(
        status.iter().filter(|status| status.as_deref() == Some("won")).count(),
        35_000
    );
}

/// What an import is expected to have done to a table.
fn change(table: Table, [added, changed, unchanged, absent, gone]: [u64; 5]) -> TableChange {
    TableChange {
        table,
        added,
        changed,
        unchanged,
        absent,
        gone,
        stage_moves: Vec::new(),
    }
}

fn whole(rows: &str) -> FileRead {
    let text = format!("opportunity_id,stage,amount,created_on,closed_on,Region\n{rows}");
    let options = ReadOptions {
        whole: true,
        ..options()
    };
    read_text(&text, &options).unwrap()
}

pub(super) fn take(scratch: &Scratch, base: Option<&Manifest>, files: Vec<FileRead>) -> Taken {
    scratch.1.take(base, files, TODAY, &Watch::default()).unwrap()
}

const MARCH: &str = "1,Proposal,5,2024-01-01,,EMEA\n2,Proposal,7,2024-03-03,,APAC\n3,Won,1,2024-01-04,2024-02-01,\n";

#[test]
fn an_import_says_what_it_changed_and_a_preview_says_the_same() {
    let scratch = Scratch::new("changes");
    let first = take(&scratch, None, vec![deals(MARCH)]);
    assert_eq!(first.changes, [change(Table::Opportunities, [3, 0, 0, 0, 0])]);
    let next = "1,Negotiation,5,2024-01-01,,EMEA\n2,Proposal,7,2024-03-03,,APAC\n4,Lost,1,2024-03-10,2024-03-10,\n";
    let base = Some(&first.manifest);
    let names = scratch.names();
    let preview = scratch.1.preview(base, &[deals(next)], TODAY, &Watch::default());
    assert_eq!(scratch.names(), names, "a preview writes nothing");
    let second = take(&scratch, base, vec![deals(next)]);
    let mut expected = change(Table::Opportunities, [1, 1, 1, 1, 0]);
    expected.stage_moves = vec![StageMove {
        from: "Proposal".to_owned(),
        to: "Negotiation".to_owned(),
        opportunities: 1,
        way: None,
    }];
    assert_eq!(second.changes, [expected]);
    assert_eq!(preview.unwrap(), second.changes);
}

#[test]
fn rows_that_a_whole_table_does_not_hold_are_gone() {
    let scratch = Scratch::new("whole");
    let first = take(&scratch, None, vec![deals(MARCH)]);
    let second = take(
        &scratch,
        Some(&first.manifest),
        vec![whole("2,Proposal,7,2024-03-03,,APAC\n")],
    );
    assert_eq!(second.changes, [change(Table::Opportunities, [0, 0, 1, 0, 2])]);
    let ids = column(&scratch.1, &second.manifest, Table::Opportunities, "opportunity_id");
    assert_eq!(ids, some(&["2"]));
}

#[test]
fn stages_that_change_between_snapshots_make_a_history_that_says_when_it_was_seen() {
    let scratch = Scratch::new("seen");
    let first = take(&scratch, None, vec![deals(MARCH)]);
    assert!(
        first.manifest.table(Table::StageHistory).is_none(),
        "there is nothing to compare with"
    );
    assert_eq!(first.manifest.as_of, date(2024, 3, 3));
    let next = "1,Negotiation,5,2024-01-01,,EMEA\n4,Lost,1,2024-03-10,2024-03-10,\n";
    let second = take(&scratch, Some(&first.manifest), vec![deals(next)]).manifest;
    assert_eq!(second.as_of, date(2024, 3, 10));
    let of = |manifest: &Manifest, name: &str| column(&scratch.1, manifest, Table::StageHistory, name);
    assert_eq!(of(&second, "opportunity_id"), some(&["1", "1", "4"]));
    assert_eq!(of(&second, "stage"), some(&["Proposal", "Negotiation", "Lost"]));
    let days = |days: &[&str]| {
        let days = days
            .iter()
            .map(|day| day.parse::<jiff::civil::Date>().ok().map(|day| day.to_string()));
        days.collect::<Vec<_>>()
    };
    let shown = |texts: Vec<Option<String>>| {
        let day = |text: Option<String>| text.map(|text| text.chars().take(10).collect::<String>());
        texts.into_iter().map(day).collect::<Vec<_>>()
    };
    assert_eq!(
        shown(of(&second, "entered_at")),
        days(&["2024-03-03", "2024-03-10", "2024-03-10"])
    );
    assert_eq!(shown(of(&second, "seen_after")), days(&["", "2024-03-03", ""]));
    assert_eq!(
        (of(&second, "_file"), of(&second, "_row")),
        (some(&["1", "1", "1"]), some(&["2", "2", "3"]))
    );

    // The next move of the same opportunity needs no second word on the stage that it left.
    let then = "1,Won,5,2024-01-01,2024-03-20,EMEA\n";
    let third = take(&scratch, Some(&second), vec![deals(then)]).manifest;
    assert_eq!(of(&third, "stage"), some(&["Proposal", "Negotiation", "Won", "Lost"]));
    let again = take(&scratch, Some(&third), vec![deals(then)]);
    assert!(!again.changed);
}

#[test]
fn stages_that_were_seen_yield_to_a_history_that_a_source_tells() {
    let scratch = Scratch::new("yield");
    let first = take(&scratch, None, vec![deals(MARCH)]).manifest;
    let next = "1,Negotiation,5,2024-01-01,,EMEA\n2,Won,7,2024-03-03,2024-03-10,APAC\n";
    let second = take(&scratch, Some(&first), vec![deals(next)]).manifest;
    let history = "opportunity_id,stage,entered_at\n1,Proposal,2024-01-01\n1,Negotiation,2024-03-05\n";
    let as_history = ReadOptions {
        table: Some(Table::StageHistory),
        ..options()
    };
    let history = read_text(history, &as_history).unwrap();
    let third = take(&scratch, Some(&second), vec![history]).manifest;
    let stages = column(&scratch.1, &third, Table::StageHistory, "stage");
    assert_eq!(stages.len(), 6, "{stages:?}");
    let seen: Vec<bool> = column(&scratch.1, &third, Table::StageHistory, "_file")
        .into_iter()
        .map(|file| third.is_seen(file.unwrap().parse().unwrap()))
        .collect();
    assert_eq!(seen.iter().filter(|seen| **seen).count(), 4);
}

#[test]
fn an_undone_import_can_be_imported_again() {
    let scratch = Scratch::new("undo");
    let accounts = || read_text("Account Name,Industry\nAcme,Steel\n", &options()).unwrap();
    let first = take(&scratch, None, vec![deals(MARCH)]).manifest;
    let second = take(&scratch, Some(&first), vec![deals("1,Won,5,2024-01-01,2024-04-01,\n")]).manifest;
    let third = take(&scratch, Some(&second), vec![accounts()]).manifest;

    let rest = third.without_import(Some(&first), &second).unwrap();
    assert_eq!(rest.table(Table::Opportunities), first.table(Table::Opportunities));
    assert_eq!(rest.table(Table::Accounts), third.table(Table::Accounts));
    assert_eq!((rest.as_of, second.as_of), (date(2024, 3, 3), date(2024, 4, 1)));
    let undone: Vec<bool> = rest.files.iter().map(|file| file.undone).collect();
    assert_eq!(undone, [false, true, false]);

    let again = take(&scratch, Some(&rest), vec![deals("1,Won,5,2024-01-01,2024-04-01,\n")]);
    assert!(again.changed);
    assert_eq!(again.changes[0].changed, 1);
    assert_eq!(
        column(&scratch.1, &again.manifest, Table::Opportunities, "_file"),
        some(&["3", "0", "0"])
    );
    let same = take(&scratch, Some(&rest), vec![accounts()]);
    assert!(!same.changed, "what was not undone is still known");
}

#[test]
fn the_first_import_can_be_undone_and_one_that_others_rest_on_cannot() {
    let scratch = Scratch::new("undo-first");
    let first = take(&scratch, None, vec![deals(MARCH)]).manifest;
    let none = first.without_import(None, &first).unwrap();
    assert!(none.tables.is_empty() && none.files[0].undone);
    let again = take(&scratch, Some(&none), vec![deals(MARCH)]);
    assert_eq!(again.manifest.tables[0].rows, 3);

    let second = take(&scratch, Some(&first), vec![deals("1,Won,5,2024-01-01,2024-04-01,\n")]).manifest;
    let refused = second.without_import(None, &first).unwrap_err().to_string();
    assert!(
        refused.contains("opportunities") && refused.contains("undo that one first"),
        "{refused}"
    );
    let back = second.without_import(Some(&first), &second).unwrap();
    assert_eq!((back.as_of, &back.tables), (first.as_of, &first.tables));
}

#[test]
fn a_row_that_was_modified_before_the_one_that_is_there_changes_nothing() {
    let scratch = Scratch::new("modified");
    let file = |rows: &str| {
        let text = format!("opportunity_id,stage,amount,created_on,closed_on,LastModifiedDate\n{rows}");
        read_text(&text, &options()).unwrap()
    };
    let newer = take(
        &scratch,
        None,
        vec![file("1,Won,6,2024-01-01,2024-03-01,2024-03-05T10:00:00Z\n")],
    );
    let older = file("1,Proposal,5,2024-01-01,,2024-03-05T09:00:00Z\n2,Proposal,5,2024-01-01,,2024-02-01T00:00:00Z\n");
    let next = take(&scratch, Some(&newer.manifest), vec![older]);
    assert_eq!(next.changes, [change(Table::Opportunities, [1, 0, 1, 0, 0])]);
    let of = |name: &str| column(&scratch.1, &next.manifest, Table::Opportunities, name);
    assert_eq!(of("stage"), some(&["Won", "Proposal"]));
    let silent = take(
        &scratch,
        Some(&next.manifest),
        vec![deals("1,Lost,6,2024-01-01,2024-03-09,\n")],
    );
    assert_eq!(
        silent.changes[0].changed, 1,
        "an import that does not say when is as new as it comes"
    );
}

/// Rows of a table as text, in their order.
fn facts(scratch: &Scratch, manifest: &Manifest) -> Vec<Vec<Option<String>>> {
    let columns = ["opportunity_id", "stage", "amount", "created_on", "Region"];
    columns
        .map(|name| column(&scratch.1, manifest, Table::Opportunities, name))
        .to_vec()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]

    #[test]
    fn a_table_cut_into_files_in_any_way_is_the_same_table(
        rows in proptest::collection::vec((0..12_u32, 0..3_usize, 0..50_u32), 1..40),
        cuts in proptest::collection::btree_set(0..40_usize, 0..4),
        together in proptest::prelude::any::<bool>(),
    ) {
        // No two files are the same bytes: those would be one file.
        let line = |(nth, (id, stage, amount)): (usize, &(u32, usize, u32))| {
            format!("{id},{},{amount},2024-01-{:02},,{nth}\n", ["Proposal", "Won", "Lost"][*stage], id + 1)
        };
        let lines: Vec<String> = rows.iter().enumerate().map(line).collect();
        let text = |lines: &[String]| deals(&lines.concat());
        let one = Scratch::new("uncut");
        let expected = take(&one, None, vec![text(&lines)]).manifest;
        let cut = Scratch::new("cut");
        let ends = cuts.into_iter().filter(|cut| (1..rows.len()).contains(cut)).chain([rows.len()]);
        let mut from = 0;
        let files: Vec<FileRead> = ends
            .map(|end| {
                let file = text(&lines[from..end]);
                from = end;
                file
            })
            .collect();
        let manifest = if together {
            take(&cut, None, files).manifest
        } else {
            let merge = |base: Option<Manifest>, file| Some(take(&cut, base.as_ref(), vec![file]).manifest);
            files.into_iter().fold(None, merge).unwrap()
        };
        proptest::prop_assert_eq!(facts(&cut, &manifest), facts(&one, &expected));
    }
}
