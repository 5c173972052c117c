//! Workbooks: what Excel writes, and what an attacker does.

use std::io::{Cursor, Write};

use beachhead_facts::FactsError;
use beachhead_facts::read::{Input, cells, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{counts, field_of, options, shared};

/// A sheet: its name, its state and the XML of its rows.
type Sheet<'a> = (&'a str, &'a str, &'a str);

fn book(sheets: &[Sheet<'_>], members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, content: &[u8]| {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    };
    let relationship = |id: usize, kind: &str, target: &str| {
        let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        format!("<Relationship Id=\"r{id}\" Type=\"{base}/{kind}\" Target=\"{target}\"/>")
    };
    let relationships = |inner: &str| {
        format!(
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{inner}</Relationships>"
        )
    };
    add("[Content_Types].xml", b"<Types/>");
    add(
        "_rels/.rels",
        relationships(&relationship(1, "officeDocument", "xl/workbook.xml")).as_bytes(),
    );
    let (mut list, mut targets) = (String::new(), String::new());
    for (at, (name, state, rows)) in sheets.iter().enumerate() {
        let id = at + 1;
        list += &format!("<sheet name=\"{name}\" sheetId=\"{id}\" state=\"{state}\" r:id=\"r{id}\"/>");
        targets += &relationship(id, "worksheet", &format!("worksheets/sheet{id}.xml"));
        add(
            &format!("xl/worksheets/sheet{id}.xml"),
            format!("<worksheet>{rows}</worksheet>").as_bytes(),
        );
    }
    let r = "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    add(
        "xl/workbook.xml",
        format!("<workbook {r}><sheets>{list}</sheets></workbook>").as_bytes(),
    );
    add("xl/_rels/workbook.xml.rels", relationships(&targets).as_bytes());
    for (name, content) in members {
        add(name, content);
    }
    zip.finish().unwrap().into_inner()
}

fn cell(at: &str, text: &str) -> String {
    format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn rows(rows: &[&[(&str, &str)]]) -> String {
    let row = |cells: &&[(&str, &str)]| {
        format!(
            "<row>{}</row>",
            cells.iter().map(|(at, text)| cell(at, text)).collect::<String>()
        )
    };
    format!("<sheetData>{}</sheetData>", rows.iter().map(row).collect::<String>())
}

fn refusal(bytes: &[u8]) -> FactsError {
    read(Input::Bytes("book.xlsx", bytes), &options()).expect_err("the workbook must be refused")
}

fn texts(path: &str) -> Option<Vec<Vec<String>>> {
    Some(cells(Input::Path(&shared(path)?)).unwrap())
}

#[test]
fn dates_are_days_in_books_that_count_from_1900_and_from_1904() {
    for name in ["date", "date_1904"] {
        let Some(rows) = texts(&format!("traps/calamine_tests/{name}.xlsx")) else {
            return;
        };
        assert_eq!(rows[0][0], "2021-01-01", "{name}");
        assert_eq!(rows[1][0], "2021-01-02", "{name}");
    }
}

#[test]
fn errors_stand_as_the_spreadsheet_writes_them() {
    let Some(rows) = texts("traps/calamine_tests/errors.xlsx") else {
        return;
    };
    let errors: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(
        errors,
        ["#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"]
    );
}

#[test]
fn an_empty_a_sealed_and_an_old_workbook_are_refused_for_what_they_are() {
    for (name, said) in [
        ("empty_sheet.xlsx", "no visible sheet has a filled cell"),
        ("pass_protected.xlsx", "protected by a password"),
        ("merge_cells.xls", "save it as .xlsx"),
    ] {
        let Some(path) = shared(&format!("traps/calamine_tests/{name}")) else {
            return;
        };
        let refused = read(Input::Path(&path), &options()).unwrap_err().to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

#[test]
fn every_workbook_of_the_trap_folder_is_read_or_refused() {
    for name in [
        "no-header",
        "pivots",
        "merged_range",
        "merge_cells",
        "inventory-table",
        "temperature",
        "any_sheets",
        "header-row",
        "has_x000D_",
    ] {
        let Some(path) = shared(&format!("traps/calamine_tests/{name}.xlsx")) else {
            return;
        };
        assert!(!cells(Input::Path(&path)).unwrap().is_empty(), "{name}");
    }
}

#[test]
fn the_first_visible_sheet_with_a_known_header_is_read() {
    let deals = rows(&[
        &[("A1", "Deal ID"), ("B1", "Deal Stage"), ("D1", "Amount")],
        &[("A2", "1"), ("B2", "Closed Won"), ("D2", "$1,234")],
        &[("A4", "2"), ("B4", "Lost")],
    ]);
    let cover = rows(&[&[("A1", "Made by Ines")]]);
    let bytes = book(
        &[
            ("Secret", "hidden", &deals),
            ("Cover", "visible", &cover),
            ("Deals", "visible", &deals),
        ],
        &[],
    );
    let report = read(Input::Bytes("book.xlsx", &bytes), &options()).unwrap().report;
    assert_eq!(
        (report.format.as_str(), report.encoding.as_deref(), report.delimiter),
        ("xlsx", None, None)
    );
    assert_eq!(counts(&report), (2, 2, 0, 0, 0));
    assert_eq!(field_of(&report, "Amount"), Some("amount"));
    assert_eq!(report.columns.len(), 3, "a column without a name or a cell is none");
}

#[test]
fn a_header_cell_merged_over_two_rows_names_its_column() {
    let sheet = format!(
        "{}<mergeCells><mergeCell ref=\"A1:A2\"/><mergeCell ref=\"D2:E2\"/></mergeCells>",
        rows(&[
            &[("A1", "Deal ID"), ("B1", "About the deal")],
            &[("B2", "Deal Stage"), ("C2", "Amount"), ("D2", "Note")],
            &[("A3", "1"), ("B3", "Won"), ("C3", "5"), ("E3", "second")],
        ])
    );
    let bytes = book(&[("Deals", "visible", &sheet)], &[]);
    let report = read(Input::Bytes("book.xlsx", &bytes), &options()).unwrap().report;
    assert_eq!(report.header_row, 2);
    let sources: Vec<&str> = report.columns.iter().map(|column| column.source.as_str()).collect();
    assert_eq!(sources, ["Deal ID", "Deal Stage", "Amount", "Note", "Note (2)"]);
    assert_eq!(counts(&report), (1, 1, 0, 0, 0));
}

#[test]
fn one_cell_in_the_last_corner_is_refused_without_a_large_allocation() {
    let bytes = book(&[("Sheet1", "visible", &rows(&[&[("XFD1048576", "x")]]))], &[]);
    assert!(refusal(&bytes).to_string().contains("beyond column 5000"));
}

#[test]
fn cells_outside_of_the_grid_and_out_of_order_are_refused() {
    for at in ["A1048577", "XFE1", "A99999999999999999999", "1A"] {
        let bytes = book(&[("Sheet1", "visible", &rows(&[&[(at, "x")]]))], &[]);
        assert!(
            matches!(
                refusal(&bytes),
                FactsError::Malformed { .. } | FactsError::TooLarge { .. }
            ),
            "{at}"
        );
    }
    let bytes = book(&[("Sheet1", "visible", &rows(&[&[("B2", "x")], &[("A1", "y")]]))], &[]);
    assert!(refusal(&bytes).to_string().contains("row 1 comes after row 2"));
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let zeros = vec![b' '; 16 << 20];
    let bytes = book(
        &[("Sheet1", "visible", &rows(&[&[("A1", "x")]]))],
        &[("xl/sharedStrings.xml", &zeros)],
    );
    assert!(bytes.len() < 64 << 10);
    assert!(refusal(&bytes).to_string().contains("unpacks to far more"));
}

#[test]
fn too_many_members_and_members_outside_are_refused() {
    let names: Vec<String> = (0..600).map(|number| format!("m{number}")).collect();
    let members: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let bytes = book(&[("Sheet1", "visible", &rows(&[&[("A1", "x")]]))], &members);
    assert!(refusal(&bytes).to_string().contains("more than 500"));
    let bytes = book(
        &[("Sheet1", "visible", &rows(&[&[("A1", "x")]]))],
        &[("../../evil", b"x")],
    );
    assert!(refusal(&bytes).to_string().contains("outside of the archive"));
}

#[test]
fn a_false_count_of_shared_strings_is_refused() {
    for count in ["99999999999999", "18446744073709551615"] {
        let strings = format!("<sst uniqueCount=\"{count}\"><si><t>x</t></si></sst>");
        let bytes = book(
            &[("Sheet1", "visible", &rows(&[&[("A1", "x")]]))],
            &[("xl/sharedStrings.xml", strings.as_bytes())],
        );
        assert!(
            refusal(&bytes).to_string().contains("the shared strings claim"),
            "{count}"
        );
    }
}

#[test]
fn a_shared_string_out_of_range_and_an_entity_of_one_s_own_do_not_panic() {
    let out_of_range = "<sheetData><row><c r=\"A1\" t=\"s\"><v>7</v></c></row></sheetData>";
    let _ = read(
        Input::Bytes("book.xlsx", &book(&[("Sheet1", "visible", out_of_range)], &[])),
        &options(),
    );
    let entity = "<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><sheetData><row><c r=\"A1\" t=\"inlineStr\"><is><t>&b;</t></is></c></row></sheetData>";
    let _ = read(
        Input::Bytes("book.xlsx", &book(&[("Sheet1", "visible", entity)], &[])),
        &options(),
    );
}

#[test]
fn an_archive_without_a_workbook_and_a_torn_one_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("notes.txt", SimpleFileOptions::default()).unwrap();
    zip.write_all(b"notes").unwrap();
    let bytes = zip.finish().unwrap().into_inner();
    assert!(refusal(&bytes).to_string().contains("holds no Excel workbook"));
    let bytes = book(&[("Sheet1", "visible", &rows(&[&[("A1", "x")]]))], &[]);
    for length in (8..bytes.len()).step_by(17) {
        assert!(read(Input::Bytes("book.xlsx", &bytes[..length]), &options()).is_err());
    }
}
