//! What goes wrong in files, one trap at a time.

use beachhead_facts::FactsError;
use beachhead_facts::catalogue::Table;
use beachhead_facts::read::{Input, ReadOptions, cells, read};

use super::{counts, options, read_text, report_of};

const HEADER: &str = "opportunity_id,stage,amount,created_on,closed_on\n";

fn deals(rows: &str) -> beachhead_facts::read::FileReport {
    report_of(&format!("{HEADER}{rows}"))
}

fn refusal(name: &str, bytes: &[u8]) -> String {
    read(Input::Bytes(name, bytes), &options())
        .expect_err("the file must be refused")
        .to_string()
}

#[test]
fn every_rejected_row_says_where_and_why() {
    let report = deals(concat!(
        "1,Won,10,2024-01-01,2024-02-30\n",
        "2,Won,ten,2024-01-01,2024-02-01\n",
        ",Won,10,2024-01-01,2024-02-01\n",
        "4,Won,10\n",
        "5,Won,10,2024-01-01,2024-02-01,surplus\n",
        "6,Won,10,2024-01-01,2024-02-01,,\n",
        "7,W\0n,10,2024-01-01,2024-02-01\n",
        "8,Won,#REF!,2024-01-01,2024-02-01\n",
        "opportunity_id,stage,amount,created_on,closed_on\n",
    ));
    assert_eq!(counts(&report), (9, 1, 8, 0, 0));
    let said: Vec<(u64, Option<&str>, &str)> = report
        .rejects
        .iter()
        .map(|reject| (reject.row, reject.column.as_deref(), reject.reason.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (2, Some("closed_on"), "no such day"),
            (3, Some("amount"), "not an amount"),
            (4, Some("opportunity_id"), "no opportunity_id"),
            (5, None, "row has 3 of 5 cells"),
            (6, None, "row has 6 cells and the header 5"),
            (8, Some("stage"), "a NUL character stands in the cell"),
            (9, Some("amount"), "an error of the spreadsheet stands in the cell"),
            (10, Some("opportunity_id"), "the header again"),
        ]
    );
    assert_eq!(report.rejects[1].value.as_deref(), Some("ten"));
}

#[test]
fn row_numbers_are_those_that_a_spreadsheet_shows() {
    let report = deals("1,\"Won\nfor\nsure\",1,,\r\n\r\n2,Won,bad,,\r\n\n\n3,Won,bad,,\n");
    let rows: Vec<u64> = report.rejects.iter().map(|reject| reject.row).collect();
    assert_eq!(rows, [4, 7]);
}

#[test]
fn over_one_in_twenty_rejected_is_not_taken_unless_told_to() {
    let good: String = (0..19).map(|id| format!("{id},Won,1,,\n")).collect();
    let one = format!("{HEADER}{good}x,Won,bad,,\n");
    assert_eq!(counts(&read_text(&one, &options()).unwrap().report), (20, 19, 1, 0, 0));
    let two = format!("{one}y,Won,bad,,\n");
    let FactsError::TooManyRejected { report, rejects_csv } = read_text(&two, &options()).unwrap_err() else {
        panic!("2 of 21 rows are over one in twenty");
    };
    assert_eq!(counts(&report), (21, 19, 2, 0, 0));
    assert!(
        rejects_csv
            .starts_with("opportunity_id,stage,amount,created_on,closed_on,_reason\nx,Won,bad,,,not an amount\n")
    );
    assert!(
        read_text(
            &two,
            &ReadOptions {
                take_anyway: true,
                ..options()
            }
        )
        .is_ok()
    );
}

#[test]
fn an_export_of_rejects_guards_formulas_and_an_import_takes_the_guard_off() {
    let options = ReadOptions {
        take_anyway: true,
        ..options()
    };
    let text = "Account Name,Industry,Employees\n=HYPERLINK(1),@SUM,x\n-1+1|cmd,Steel,x\nPlain,-5,x\n";
    let first = read_text(text, &options).unwrap();
    let csv = first.rejects_csv();
    assert!(csv.contains("'=HYPERLINK(1),'@SUM,x,not a number"), "{csv}");
    assert!(csv.contains("'-1+1|cmd,Steel,x"), "{csv}");
    assert!(csv.contains("Plain,-5,x"), "{csv}");
    let again = read_text(&csv.replace(",x,", ",7,"), &options).unwrap();
    assert_eq!(counts(&again.report), (3, 3, 0, 0, 0));
    let sample = again
        .report
        .columns
        .iter()
        .find(|column| column.source == "Account Name")
        .unwrap();
    assert_eq!(sample.sample.as_deref(), Some("'=HYPERLINK(1)"));
}

#[test]
fn dates_that_could_be_either_way_are_asked_and_the_answer_is_followed() {
    let text = format!("{HEADER}1,Won,1,03/04/2024,05/06/2024\n");
    let FactsError::Asked { report } = read_text(&text, &options()).unwrap_err() else {
        panic!("must ask")
    };
    let asked: Vec<_> = report
        .asked
        .iter()
        .map(|asked| (asked.what.as_str(), asked.flag.as_str()))
        .collect();
    assert_eq!(asked, [("date-order", "--day-first|--month-first"); 2]);
    assert_eq!(counts(&report), (0, 0, 0, 0, 0));
    for order in [
        beachhead_facts::read::DateOrder::DayFirst,
        beachhead_facts::read::DateOrder::MonthFirst,
    ] {
        let answered = ReadOptions {
            date_order: Some(order),
            ..options()
        };
        assert_eq!(counts(&read_text(&text, &answered).unwrap().report), (1, 1, 0, 0, 0));
    }
    assert_eq!(
        counts(&deals("1,Won,1,03/04/2024,\n2,Won,1,25/04/2024,\n")),
        (2, 2, 0, 0, 0)
    );
}

#[test]
fn a_decimal_comma_is_found_or_asked() {
    assert_eq!(
        counts(&report_of(
            "deal_id;dealstage;amount\n1;Won;1.234,56\n2;Won;(500)\n3;Won;-\n4;Won;N/A\n"
        ))
        .1,
        4
    );
    let FactsError::Asked { report } = read_text("deal_id;dealstage;amount\n1;Won;1.234\n", &options()).unwrap_err()
    else {
        panic!("must ask")
    };
    assert_eq!(report.asked[0].flag, "--decimal-point|--decimal-comma");
    assert_eq!(counts(&deals("1,Won,\"$1,234\",,\n2,Won,(500),,\n")), (2, 2, 0, 0, 0));
}

#[test]
fn a_stage_of_unknown_meaning_is_asked_once_and_the_answer_is_followed() {
    let text = format!("{HEADER}1,Moonshot,1,,\n2,Moonshot,1,,\n3,Won,1,,\n");
    let FactsError::Asked { report } = read_text(&text, &options()).unwrap_err() else {
        panic!("must ask")
    };
    assert_eq!(report.asked.len(), 1);
    assert_eq!(
        (report.asked[0].what.as_str(), report.asked[0].flag.as_str()),
        ("stage", "--stage Moonshot=open|won|lost")
    );
    let stages = vec![
        ("moonshot".to_owned(), beachhead_facts::catalogue::Status::Open),
        ("Earthshot".to_owned(), beachhead_facts::catalogue::Status::Lost),
    ];
    let report = read_text(&text, &ReadOptions { stages, ..options() }).unwrap().report;
    assert_eq!(counts(&report), (3, 3, 0, 0, 0));
    assert_eq!(report.unused, ["--stage Earthshot"]);
}

#[test]
fn a_day_of_closing_without_a_word_on_winning_is_asked() {
    let FactsError::Asked { report } = read_text("deal_id,amount,closed_on\n1,5,2024-01-01\n", &options()).unwrap_err()
    else {
        panic!("must ask")
    };
    assert_eq!(report.asked[0].flag, "--map COLUMN=stage|status|is_won");
}

#[test]
fn encodings_are_told_apart() {
    let text = "Account Name,Industry\nMüller & Söhne,Stahl\n";
    let utf16 = |units: Vec<[u8; 2]>| units.concat();
    let le: Vec<[u8; 2]> = text.encode_utf16().map(u16::to_le_bytes).collect();
    let be: Vec<[u8; 2]> = text.encode_utf16().map(u16::to_be_bytes).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), "utf-8"),
        ([b"\xEF\xBB\xBF", text.as_bytes()].concat(), "utf-8"),
        ([b"\xFF\xFE".to_vec(), utf16(le.clone())].concat(), "utf-16le"),
        (utf16(le), "utf-16le"),
        ([b"\xFE\xFF".to_vec(), utf16(be.clone())].concat(), "utf-16be"),
        (utf16(be), "utf-16be"),
        (latin, "windows-1252"),
    ] {
        let input = Input::Bytes("list.csv", &bytes);
        assert_eq!(cells(input).unwrap()[1][0], "Müller & Söhne", "{encoding}");
        let report = read(input, &options()).unwrap().report;
        assert_eq!(report.encoding.as_deref(), Some(encoding));
        assert_eq!(report.columns[0].source, "Account Name");
    }
}

#[test]
fn delimiters_and_line_ends_are_found() {
    for delimiter in [',', ';', '\t', '|'] {
        for end in ["\n", "\r\n", "\r"] {
            let text = "Account Name,Industry,Employees".replace(',', &delimiter.to_string());
            let row = "\"A, B; C | D\",Steel,5".replacen(",Steel,", &format!("{delimiter}Steel{delimiter}"), 1);
            let report = report_of(&format!("{text}{end}{row}{end}"));
            assert_eq!(report.delimiter, Some(delimiter), "{end:?}");
            assert_eq!(counts(&report), (1, 1, 0, 0, 0), "{delimiter:?} {end:?}");
        }
    }
}

#[test]
fn repeated_and_missing_column_names_are_told_apart() {
    let report = report_of("deal_id,dealstage,amount,Amount,,note,note,unused,\n1,Won,5,6,x,a,b,,\n");
    let columns: Vec<(&str, Option<&str>)> = report
        .columns
        .iter()
        .map(|column| (column.source.as_str(), column.field.as_deref()))
        .collect();
    assert_eq!(
        columns,
        [
            ("deal_id", Some("opportunity_id")),
            ("dealstage", Some("stage")),
            ("amount", Some("amount")),
            ("Amount (2)", None),
            ("column 5", None),
            ("note", None),
            ("note (2)", None),
            ("unused", None),
        ]
    );
}

#[test]
fn the_later_of_two_rows_with_one_key_stays() {
    let report = deals("1,Won,1,,\n2,Won,1,,\n1,Lost,0,,\n");
    assert_eq!(counts(&report), (3, 2, 0, 1, 0));
    assert_eq!((report.replaced[0].row, report.replaced[0].by), (2, 4));
}

#[test]
fn equal_touches_without_an_id_are_one() {
    let report = report_of(concat!(
        "opportunity_id,partner,kind,on\n",
        "1,Workbright,intro,2024-01-01\n1,Workbright,intro,2024-01-01\n1,Workbright,referral,2024-01-01\n",
    ));
    assert_eq!(report.table, Some(Table::Touches));
    assert_eq!(counts(&report), (3, 2, 0, 1, 0));
}

#[test]
fn a_quote_left_open_is_refused_with_its_row() {
    let said = refusal(
        "deals.csv",
        format!("{HEADER}1,Won,1,,\n2,\"Won,1,,\n3,Won,1,,\n").as_bytes(),
    );
    assert!(said.contains("a quote is opened in row 3 and never closed"), "{said}");
    let long = format!("{HEADER}1,\"{}", "x,\n".repeat(7 << 20));
    let said = refusal("deals.csv", long.as_bytes());
    assert!(
        said.contains("longer than 16 MiB; a quote may have been left open"),
        "{said}"
    );
}

#[test]
fn what_is_too_large_is_refused_with_its_limit() {
    let wide = format!("{}\n1\n", "name,".repeat(10_000));
    assert!(refusal("wide.csv", wide.as_bytes()).contains("more than 5000"));
    let cell = format!("{HEADER}{},Won,1,,\n", "x".repeat((1 << 20) + 1));
    assert!(refusal("cell.csv", cell.as_bytes()).contains("longer than 1 MiB"));
}

#[test]
fn a_text_file_beyond_two_gibibytes_is_refused_before_it_is_read() {
    let path = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("large-{}.csv", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((2 << 30) + 1).unwrap();
    let refused = read(Input::Path(&path), &options()).map(|read| read.report);
    std::fs::remove_file(&path).unwrap();
    let said = refused.unwrap_err().to_string();
    assert!(said.contains("larger than 2 GiB; split it"), "{said}");
}

#[test]
fn a_long_name_rejects_its_row_and_a_long_note_is_cut() {
    let long = "x".repeat(50_000);
    let report = report_of(&format!(
        "Account Name,Industry,Note\n{long},Steel,\nAcme,Steel,{long}\n"
    ));
    assert_eq!(counts(&report), (2, 1, 1, 0, 0));
    assert_eq!(
        (report.rejects[0].reason.as_str(), report.cut),
        ("longer than 32 KiB", 1)
    );
}

#[test]
fn a_file_without_rows_says_what_it_lacks() {
    assert!(refusal("empty.csv", b"").contains("0 bytes"));
    assert!(refusal("blank.csv", b"\n\n \n").contains("no row holds anything"));
    assert!(refusal("header.csv", HEADER.as_bytes()).contains("a header and no row below it"));
}

#[test]
fn a_file_of_another_kind_is_refused_with_what_it_is() {
    for (name, bytes, said) in [
        ("deals.csv", &b"PK\x03\x04rest"[..], "a zip archive or workbook"),
        ("deals.xls", b"<html><table>", "a web page"),
        ("deals.csv", b"%PDF-1.7 rest", "a PDF document"),
        ("deals.csv", b"PAR1rest", "a Parquet file"),
        ("deals.csv", b"\x1F\x8Brest", "a gzip archive"),
        ("deals.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1old", "save it as .xlsx"),
        ("deals.xlsx", b"id,name\n1,2\n", "plain text, not what its name says"),
        ("deals.csv", &[1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3], "a binary file"),
    ] {
        let refused = refusal(name, bytes);
        assert!(refused.contains(said), "{refused}");
    }
}
