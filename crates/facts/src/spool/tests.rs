//! What a spool keeps of a file's rows, whatever memory it may take.

use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow_array::types::Date32Type;
use proptest::prelude::*;

use super::*;
use crate::catalogue::Kind;
use crate::rows::{RowsBuilder, Value, made_column};

/// A row of stage history: (opportunity, day, stage, last modified).
type Row = (String, i32, String, Option<i64>);

/// A folder for temporary files, gone at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("beachhead{}", temporary_name()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn files(&self) -> usize {
        std::fs::read_dir(&self.0).unwrap().count()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn history(rows: &[Row], (room, run_rows): (usize, usize), scratch: &Scratch) -> Spooled {
    let columns = [
        ("opportunity_id", Kind::Id),
        ("entered_at", Kind::Date),
        ("stage", Kind::Text),
    ];
    let columns = columns.into_iter().map(made_column).collect();
    let mut builder = RowsBuilder::new(columns, true);
    let mut spool = Spool::new(Table::StageHistory, builder.columns().to_vec(), &scratch.0).with_room(room, run_rows);
    for ((deal, day, stage, modified), number) in rows.iter().zip(2..) {
        let values = [Value::Text(deal.into()), Value::Day(*day), Value::Text(stage.into())];
        builder.push(number, *modified, values.into_iter());
        if number % 3 == 0 {
            spool.push(builder.take()).unwrap();
        }
    }
    spool.push(builder.take()).unwrap();
    spool.finish(&Watch::default()).unwrap()
}

/// Every row that is left, in order, with its number in the file.
fn left(spooled: &Spooled) -> Vec<(Row, u64)> {
    let own = Own::find(&spooled.columns).unwrap();
    let mut merge = Merge::new(vec![0, 1, 2], spooled.runs(None).unwrap()).unwrap();
    let (mut heads, mut rows) = (Vec::new(), Vec::new());
    while merge.next_key(&mut heads).unwrap() {
        let last = heads.iter().max_by_key(|head| own.at(&merge, head.place).0).unwrap();
        let (slot, row) = last.place;
        let text = |column| {
            merge
                .held()
                .column(slot, column)
                .as_string::<i32>()
                .value(row)
                .to_owned()
        };
        let day = merge.held().column(slot, 1).as_primitive::<Date32Type>().value(row);
        let (modified, number) = own.at(&merge, last.place);
        rows.push(((text(0), day, text(2), modified), number));
    }
    rows
}

/// The same told by a map.
fn expected(rows: &[Row]) -> Vec<(Row, u64)> {
    let mut kept: BTreeMap<(String, i32, String), (Row, u64)> = BTreeMap::new();
    for (row, number) in rows.iter().zip(2..) {
        let key = (row.0.clone(), row.1, row.2.clone());
        let newer = kept.get(&key).is_none_or(|(known, _)| known.3 <= row.3);
        if newer {
            kept.insert(key, (row.clone(), number));
        }
    }
    kept.into_values().collect()
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let deal = prop_oneof![
        4 => (0..6_u32).prop_map(|id| format!("006q000000Hd{id}")),
        1 => "[a-c]{0,3}",
    ];
    let modified = proptest::option::of(0..3_i64);
    proptest::collection::vec((deal, 0..3_i32, "[AB]", modified), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_spool_of_any_room_keeps_the_same_rows(
        rows in rows(),
        room in prop_oneof![Just(0), 1_usize..20_000],
        run_rows in prop_oneof![Just(1), 1_usize..60],
    ) {
        let scratch = Scratch::new();
        let expected = expected(&rows);
        let spooled = history(&rows, (room, run_rows), &scratch);
        prop_assert_eq!(left(&spooled), expected.clone());
        prop_assert_eq!(spooled.rows, expected.len() as u64);
        prop_assert_eq!(spooled.rows + spooled.replaced, rows.len() as u64);
        let stayed: Vec<u64> = expected.iter().map(|(_, number)| *number).collect();
        prop_assert_eq!(spooled.listed.len() as u64, spooled.replaced);
        for (row, by) in &spooled.listed {
            prop_assert!(stayed.contains(by) && !stayed.contains(row), "{row} went for {by}");
        }
        drop(spooled);
        prop_assert_eq!(scratch.files(), 0);
    }
}

#[test]
fn a_spool_that_is_let_go_of_leaves_no_file() {
    let scratch = Scratch::new();
    let row = |id: u32| (id.to_string(), 0, "A".to_owned(), None);
    let rows: Vec<Row> = (0..100).rev().map(row).collect();
    let spooled = history(&rows, (0, 1), &scratch);
    assert_eq!(scratch.files(), 1);
    let watch = Watch::of(|_| false);
    let mut spool = Spool::new(Table::StageHistory, spooled.columns.clone(), &scratch.0).with_room(0, 1);
    for run in spooled.runs(None).unwrap() {
        for batch in run {
            spool.push(batch.unwrap()).unwrap();
        }
    }
    drop(spooled);
    let cancelled = spool.finish(&watch).unwrap_err();
    assert!(matches!(cancelled, FactsError::Cancelled), "{cancelled}");
    assert_eq!(scratch.files(), 0);
}

#[test]
fn a_spool_without_a_place_to_spill_says_where() {
    let missing = std::env::temp_dir().join("beachhead-no-such-folder");
    let spooled = history(&[], (0, 1), &Scratch(missing.clone()));
    assert_eq!((spooled.rows, spooled.replaced), (0, 0));
    let scratch = Scratch(missing.clone());
    let rows = [("1".to_owned(), 0, "A".to_owned(), None)];
    let failed = std::panic::catch_unwind(|| history(&rows, (0, 1), &scratch));
    assert!(failed.is_err(), "there is no folder {}", missing.display());
}
