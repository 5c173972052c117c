//! Files made to do harm, imported by the built binary: each is refused, or read for what it says, in little memory and
//! time, and the program lives. Every file is made here.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::Folder;

/// What a run took: the most memory of any of its processes, in MiB, and processor time in seconds.
#[derive(Debug, Default)]
struct Took {
    memory: u64,
    seconds: f64,
}

/// Imports a file and watches what it takes.
fn import(folder: &Folder, name: &str) -> (i32, Value, Took) {
    let out = File::create(folder.path("out.json")).expect("a writable folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args(["import", name, "--json"])
        .current_dir(folder.path("."))
        .env_remove("BEACHHEAD_DATA")
        .env_remove("BEACHHEAD_RECORD")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(Stdio::null())
        .spawn()
        .expect("the built binary starts");
    let mut took = Took::default();
    let status = loop {
        for process in [child.id()].into_iter().chain(children(child.id())) {
            took.memory = took.memory.max(memory(process));
            took.seconds = took.seconds.max(seconds(process));
        }
        if let Some(status) = child.try_wait().expect("it is ours") {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(3));
    };
    let said = std::fs::read_to_string(folder.path("out.json")).expect("written");
    let document = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{name}: {error}: {said}"));
    (
        status.code().unwrap_or_else(|| panic!("{name}: {status}")),
        document,
        took,
    )
}

fn children(process: u32) -> Vec<u32> {
    let Ok(tasks) = std::fs::read_dir(format!("/proc/{process}/task")) else {
        return Vec::new();
    };
    let lists = tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|id| id.parse().ok())
                .collect::<Vec<u32>>()
        })
        .collect()
}

fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().split(' ').next()?.parse::<u64>().ok())
        .unwrap_or(0)
        / 1024
}

// Its own and that of the children it waited for: fields 14 to 17, in hundredths.
fn seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields
        .skip(11)
        .take(4)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}

/// Imports a file that must be refused with these words.
fn refused(folder: &Folder, name: &str, words: &str) {
    let (code, document, took) = import(folder, name);
    let message = document["error"]["message"].as_str().unwrap_or_default();
    assert_eq!(code, 2, "{name}: {document}");
    assert!(message.contains(words), "{name}: {message}");
    bounded(name, &took);
}

/// Imports a file that must be read; gives its report.
fn taken(folder: &Folder, name: &str) -> Value {
    let (code, document, took) = import(folder, name);
    assert_eq!(code, 0, "{name}: {document}");
    bounded(name, &took);
    document["files"][0].clone()
}

fn bounded(name: &str, took: &Took) {
    eprintln!("{name}: {} MiB, {:.2} s", took.memory, took.seconds);
    // A build that is not optimised may take longer; the memory is the same.
    let seconds = if cfg!(debug_assertions) { 20.0 } else { 5.0 };
    assert!(took.memory < 256 && took.seconds < seconds, "{name}: {took:?}");
}

const HEADER: &str = "Deal ID,Deal Stage,Create Date,Amount,Deal Name\n";

#[test]
fn hostile_text_files() {
    let folder = Folder::new("attacks-text");
    // Its line is mostly a hole, so that it takes no room on the disk.
    let mut line = File::create(folder.path("line.csv")).expect("a writable folder");
    line.write_all(format!("{HEADER}1,Won,2024-01-01,5,{}", "x".repeat(200_000)).as_bytes())
        .expect("room");
    line.set_len(1 << 30).expect("room");
    refused(&folder, "line.csv", "longer than 16 MiB");
    std::fs::remove_file(folder.path("line.csv")).expect("it is there");
    folder.write(
        "quote.csv",
        &format!(
            "{HEADER}1,Won,2024-01-01,5,\"never closed\n{}",
            "2,Won,2024-01-01,5,x\n".repeat(10_000)
        ),
    );
    refused(&folder, "quote.csv", "never closed");
    folder.write("wide.csv", &format!("{}\n1\n", "name,".repeat(10_000)));
    refused(&folder, "wide.csv", "more than 5000");
    folder.write("header.csv", HEADER);
    refused(&folder, "header.csv", "a header and no row below it");
    let long = "n".repeat(50_000);
    let rows = [
        "1,Won,2024-01-01,5,O'Brien",
        "2,Won,2024-01-01,5,Null\r",
        "3,Won,2024-01-01,5,<script>alert(1)</script>",
        "4,Won,2024-01-01,5,\"=HYPERLINK(\"\"x\"\")\"",
        "5,Won,2024-01-01,5,@SUM(A1)",
        "6,Won,2024-01-01,5,-1+1|cmd",
        "7,Won,2024-01-01,5,\"\tTAB\"",
        "8,Won,2024-01-01,5,\"\rCR\"",
        "9,Won,2024-01-01,5,\u{202e}evil\u{2066}",
        "10,Won,2024-01-01,5,nul\0here",
    ];
    folder.write(
        "names.csv",
        &format!(
            "{HEADER}{}\n11,Won,2024-01-01,5,{long}\n{}",
            rows.join("\n"),
            "12,Won,2024-01-01,5,fine\n"
        ),
    );
    let (code, document, took) = import(&folder, "names.csv");
    bounded("names.csv", &took);
    assert_eq!(code, 2, "two of twelve rows are more than one in twenty: {document}");
    let reasons: Vec<&str> = document["files"][0]["rejects"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|reject| reject["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["a NUL character stands in the cell", "longer than 32 KiB"]);
}

/// A zip archive put together by hand, so that it may lie.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    central: Vec<u8>,
    members: u16,
}

impl Archive {
    /// A member: its name, whether `packed` is deflated, what it claims to unpack to, and its checksum.
    fn member(&mut self, name: &str, deflated: bool, packed: &[u8], claims: u32, sum: u32) {
        let at = u32::try_from(self.bytes.len()).expect("small");
        let mut head = Vec::new();
        for part in [20_u16, 0, u16::from(deflated) * 8, 0, 0] {
            head.extend(part.to_le_bytes());
        }
        for part in [sum, u32::try_from(packed.len()).expect("small"), claims] {
            head.extend(part.to_le_bytes());
        }
        head.extend(u16::try_from(name.len()).expect("short").to_le_bytes());
        head.extend([0, 0]);
        self.bytes.extend(b"PK\x03\x04");
        self.bytes.extend(&head);
        self.bytes.extend(name.as_bytes());
        self.bytes.extend(packed);
        self.central.extend(b"PK\x01\x02\x14\x00");
        self.central.extend(&head);
        self.central.extend([0; 10]);
        self.central.extend(at.to_le_bytes());
        self.central.extend(name.as_bytes());
        self.members = self.members.wrapping_add(1);
    }

    fn stored(&mut self, name: &str, content: &[u8]) {
        self.member(
            name,
            false,
            content,
            u32::try_from(content.len()).expect("small"),
            checksum(content),
        );
    }

    /// The parts of a workbook whose one sheet has these rows.
    fn book(rows: &str) -> Self {
        let base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let relationships = |inner: &str| {
            format!(
                "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{inner}</Relationships>"
            )
        };
        let mut book = Self::default();
        book.stored(
            "_rels/.rels",
            relationships(&format!(
                "<Relationship Id=\"r1\" Type=\"{base}/officeDocument\" Target=\"xl/workbook.xml\"/>"
            ))
            .as_bytes(),
        );
        book.stored(
            "xl/workbook.xml",
            format!(
                "<workbook xmlns:r=\"{base}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            )
            .as_bytes(),
        );
        book.stored(
            "xl/_rels/workbook.xml.rels",
            relationships(&format!(
                "<Relationship Id=\"r1\" Type=\"{base}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{base}/sharedStrings\" Target=\"sharedStrings.xml\"/>"
            )).as_bytes(),
        );
        book.stored(
            "xl/worksheets/sheet1.xml",
            format!("<worksheet>{rows}</worksheet>").as_bytes(),
        );
        book
    }

    fn write(mut self, path: &Path) {
        let at = u32::try_from(self.bytes.len()).expect("small");
        let size = u32::try_from(self.central.len()).expect("small");
        self.bytes.append(&mut self.central);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.members.to_le_bytes());
        self.bytes.extend(self.members.to_le_bytes());
        self.bytes.extend(size.to_le_bytes());
        self.bytes.extend(at.to_le_bytes());
        self.bytes.extend([0, 0]);
        std::fs::write(path, self.bytes).expect("a writable folder");
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 {
                (sum >> 1) ^ 0xEDB8_8320
            } else {
                sum >> 1
            }
        })
    })
}

/// `megabytes` MiB of the letter a, deflated by a thousand: one block that stands by itself, again and again.
fn deflated(megabytes: usize) -> Vec<u8> {
    let mut block = vec![0_u8; 1_038];
    block[..17].copy_from_slice(&[
        0xEC, 0xC1, 0x31, 1, 0, 0, 0, 0xC2, 0xA0, 0xAC, 0xEB, 0x5F, 0xC2, 0x10, 0xBE, 0x40, 1,
    ]);
    block[1_032..].copy_from_slice(&[0x7C, 6, 0, 0, 0xFF, 0xFF]);
    let mut all = block.repeat(megabytes);
    all.extend([3, 0]);
    all
}

fn cell(at: &str, text: &str) -> String {
    format!("<sheetData><row><c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c></row></sheetData>")
}

#[test]
fn hostile_workbooks() {
    let folder = Folder::new("attacks-books");
    let mut number = 0;
    let mut refused = |book: Archive, words: &str| {
        number += 1;
        let name = format!("book-{number}.xlsx");
        book.write(&folder.path(&name));
        refused(&folder, &name, words);
    };
    // The ordinary reader would ask for 512 GiB for this one.
    refused(Archive::book(&cell("XFD1048576", "x")), "beyond column 5000");
    refused(Archive::book(&cell("A1048577", "x")), "outside of the grid");
    refused(Archive::book(&cell("XFE1", "x")), "");
    let mut bomb = Archive::book(&cell("A1", "x"));
    bomb.member("xl/sharedStrings.xml", true, &deflated(1_024), 1 << 30, 0);
    refused(bomb, "unpacks to far more");
    let mut liar = Archive::book(&cell("A1", "x"));
    liar.member("xl/sharedStrings.xml", true, &deflated(1_024), 12, 0);
    refused(liar, "");
    let mut many = Archive::book(&cell("A1", "x"));
    (0..20_000).for_each(|at| many.stored(&format!("m{at}"), b""));
    refused(many, "more than 500");
    let mut outside = Archive::book(&cell("A1", "x"));
    outside.stored("../../evil", b"x");
    refused(outside, "outside of the archive");
    let mut nested = Archive::default();
    nested.stored("inner.zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    refused(nested, "holds no Excel workbook");
    let mut claims = Archive::book("<sheetData><row><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData>");
    claims.stored(
        "xl/sharedStrings.xml",
        b"<sst uniqueCount=\"99999999999\"><si><t>x</t></si></sst>",
    );
    refused(claims, "the shared strings claim");
    let mut index = Archive::book("<sheetData><row><c r=\"A1\" t=\"s\"><v>99999999</v></c></row></sheetData>");
    index.stored(
        "xl/sharedStrings.xml",
        b"<sst uniqueCount=\"1\"><si><t>x</t></si></sst>",
    );
    refused(index, "");
    let entities: String = (1..10)
        .map(|at| format!("<!ENTITY e{at} \"{}\">", format!("&e{};", at - 1).repeat(10)))
        .collect();
    let laughs = format!("<!DOCTYPE x [<!ENTITY e0 \"ha\">{entities}]>{}", cell("A1", "&e9;"));
    refused(Archive::book(&laughs), "");
    let mut sealed = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    sealed.extend("EncryptedPackage".bytes().flat_map(|byte| [byte, 0]));
    std::fs::write(folder.path("sealed.xlsx"), sealed).expect("a writable folder");
    super::attacks::refused(&folder, "sealed.xlsx", "protected by a password");
}

#[test]
fn hostile_parquet_files() {
    let folder = Folder::new("attacks-parquet");
    let footer = |footer: &[u8], length: u32| {
        let mut file = b"PAR1".to_vec();
        file.extend(footer);
        file.extend(length.to_le_bytes());
        file.extend(b"PAR1");
        file
    };
    let list_of_2_147_483_647 = [0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x07];
    let schema: &[u8] = &[
        0x15, 2, 0x19, 0x2C, 0x48, 1, b'r', 0x15, 2, 0, 0x15, 4, 0x25, 0, 0x18, 1, b'x', 0, 0x16, 2,
    ];
    let row_groups = [schema, &[0x19], &list_of_2_147_483_647].concat();
    let elements = [&[0x15, 2, 0x19][..], &list_of_2_147_483_647].concat();
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("small");
    for (name, file, words) in [
        ("length.parquet", footer(&[0], u32::MAX), "footer is larger than 16 MiB"),
        (
            "beyond.parquet",
            footer(&[0], 4_096),
            "claims to be larger than the file",
        ),
        (
            "groups.parquet",
            footer(&row_groups, length(&row_groups)),
            "no whole structure",
        ),
        (
            "schema.parquet",
            footer(&elements, length(&elements)),
            "no whole structure",
        ),
        ("deep.parquet", footer(&[0x1C; 1 << 20], 1 << 20), "no whole structure"),
        ("cut.parquet", b"PAR1 and no more".to_vec(), "has no footer"),
    ] {
        std::fs::write(folder.path(name), file).expect("a writable folder");
        refused(&folder, name, words);
    }
}

#[test]
fn hostile_json() {
    let folder = Folder::new("attacks-json");
    folder.write(
        "deep.jsonl",
        &format!(
            "{}{}\n",
            "{\"a\":".repeat(200_000),
            "1".to_owned() + &"}".repeat(200_000)
        ),
    );
    refused(&folder, "deep.jsonl", "");
    let keys: String = (0..10_000).map(|at| format!("\"k{at}\":1,")).collect();
    folder.write("wide.jsonl", &format!("{{{keys}\"Deal ID\":1}}\n"));
    refused(&folder, "wide.jsonl", "more than 5000");
    let mut line = File::create(folder.path("line.json")).expect("a writable folder");
    line.write_all(format!("[{{\"Deal ID\":\"{}", "x".repeat(200_000)).as_bytes())
        .expect("room");
    line.set_len(1 << 30).expect("room");
    refused(&folder, "line.json", "longer than 16 MiB");
    std::fs::remove_file(folder.path("line.json")).expect("it is there");
}

#[test]
fn a_workbook_is_read_by_a_process_of_its_own() {
    let folder = Folder::new("attacks-apart");
    Archive::book(
        "<sheetData><row><c r=\"A1\" t=\"inlineStr\"><is><t>Deal ID</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>Deal Stage</t></is></c><c r=\"C1\" t=\"inlineStr\"><is><t>Create Date</t></is></c></row>\
         <row><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"inlineStr\"><is><t>Won</t></is></c><c r=\"C2\" t=\"inlineStr\"><is><t>2024-01-02</t></is></c></row></sheetData>",
    )
    .write(&folder.path("deals.xlsx"));
    let report = taken(&folder, "deals.xlsx");
    assert_eq!(
        (report["format"].as_str(), report["accepted"].as_u64()),
        (Some("xlsx"), Some(1))
    );
}
