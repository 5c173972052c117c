//! What holds for every file, however broken.

use beachhead_facts::catalogue::Table;
use beachhead_facts::read::{Input, ReadOptions, read};
use proptest::prelude::*;

use super::{adds_up, options};

const PIECES: &[&[u8]] = &[
    b",",
    b",",
    b",",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\"",
    b"\"\"",
    b";",
    b"\t",
    b"|",
    b" ",
    b"\0",
    b"1",
    b"2",
    b"Won",
    b"Lost",
    b"2024-01-01",
    b"03/04/2024",
    b"25/04/2024",
    b"1,234.5",
    b"\"1.234,56\"",
    b"(5)",
    b"-",
    b"N/A",
    b"true",
    b"Grand Totals (2 records)",
    b"Copyright (c)",
    b"\xC3\xA9",
    b"\xE9",
    b"\xFF\xFE",
    b"\xEF\xBB\xBF",
    b"=1+1",
    b"'=",
    b"006q000000HddohAAB",
    b"id",
    b"name",
    b"Amount",
];

const HEADERS: &[&[u8]] = &[
    b"",
    b"opportunity_id,stage,amount,created_on,closed_on\n",
    b"Account Name,Industry,Employees,Account Name\n",
    b"opportunity_id;partner;kind;on\r\n",
    b"Title of a report\n\nperson\tweek\tinitiative\thours\n",
    b"Id,IsWon,IsClosed,IsDeleted,Amount\r",
];

pub(super) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![9 => proptest::sample::select(PIECES).prop_map(<[u8]>::to_vec), 1 => any::<Vec<u8>>()];
    (
        proptest::sample::select(HEADERS),
        proptest::collection::vec(piece, 0..60),
    )
        .prop_map(|(header, pieces)| [header.to_vec(), pieces.concat()].concat())
}

proptest! {
    #[test]
    fn counts_add_up_and_nothing_panics(
        bytes in bytes(),
        table in proptest::option::of(proptest::sample::select(&Table::ALL[..])),
        take_anyway in any::<bool>(),
    ) {
        let options = ReadOptions { table, take_anyway, ..options() };
        match read(Input::Bytes("deals.csv", &bytes), &options) {
            Ok(read) => {
                prop_assert!(adds_up(&read.report), "{:?}", read.report);
                prop_assert_eq!(read.report.rejects.len() as u64, read.report.rejected);
                let lines = read.rejects_csv();
                prop_assert!(!lines.is_empty());
            }
            Err(error) => {
                prop_assert!(!error.to_string().is_empty());
                if let Some(report) = error.report() {
                    prop_assert!(adds_up(report), "{report:?}");
                }
            }
        }
    }

    #[test]
    fn a_workbook_of_any_bytes_does_not_panic(bytes in any::<Vec<u8>>()) {
        let bytes = [b"PK\x03\x04".to_vec(), bytes].concat();
        prop_assert!(read(Input::Bytes("deals.xlsx", &bytes), &options()).is_err());
    }

    #[test]
    fn reading_the_same_bytes_twice_gives_the_same_report(bytes in bytes()) {
        let report = || match read(Input::Bytes("deals.csv", &bytes), &options()) {
            Ok(read) => format!("{:?}", read.report),
            Err(error) => format!("{error:?}"),
        };
        prop_assert_eq!(report(), report());
    }
}
