//! Files made to do harm, each made here, with words of the refusal that it must meet (trust.md, "Import limits and
//! attacks"). Must not know who reads them.

use std::fs::File;
use std::io::Write as _;

use crate::support::Folder;

/// The header of files that are right up to there.
pub const HEADER: &str = "Deal ID,Deal Stage,Create Date,Amount,Deal Name\n";

/// A file in a folder, and words of its refusal.
pub struct Attack {
    /// Its name.
    pub name: String,
    /// What the refusal says.
    pub words: &'static str,
}

fn attack(name: impl Into<String>, words: &'static str) -> Attack {
    let name = name.into();
    Attack { name, words }
}

/// Text files that are refused whole; the longest line has so many bytes.
pub fn texts(folder: &Folder, longest: u64) -> Vec<Attack> {
    // Its line is mostly a hole, so that it takes no room on the disk.
    let mut line = File::create(folder.path("line.csv")).expect("a writable folder");
    line.write_all(format!("{HEADER}1,Won,2024-01-01,5,{}", "x".repeat(200_000)).as_bytes())
        .expect("room");
    line.set_len(longest).expect("room");
    let open_quote = "2,Won,2024-01-01,5,x\n".repeat(10_000);
    folder.write(
        "quote.csv",
        &format!("{HEADER}1,Won,2024-01-01,5,\"never closed\n{open_quote}"),
    );
    folder.write("wide.csv", &format!("{}\n1\n", "name,".repeat(10_000)));
    folder.write("header.csv", HEADER);
    folder.write("empty.csv", "");
    vec![
        attack("line.csv", "longer than 16 MiB"),
        attack("quote.csv", "never closed"),
        attack("wide.csv", "more than 5000"),
        attack("header.csv", "a header and no row below it"),
        attack("empty.csv", "the file is empty"),
    ]
}

/// Rows with formulas, directions, markup and control characters: two of twelve cannot be taken.
pub fn names(folder: &Folder) -> Attack {
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
    attack("names.csv", "2 of 12 rows")
}

/// Files that are something else than their names say, or are cut off.
pub fn strangers(folder: &Folder) -> Vec<Attack> {
    let png = [&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], &[0; 400]].concat();
    let elf = [&b"\x7fELF\x02\x01\x01"[..], &[0; 400]].concat();
    let mut whole = Archive::book(&cell("A1", "Deal ID")).finish();
    whole.truncate(whole.len() / 2);
    let page = b"<!DOCTYPE html><html><body>Sign in</body></html>";
    let files: [(&str, &[u8], &'static str); 5] = [
        ("picture.csv", &png, "a picture (PNG)"),
        ("program.xlsx", &elf, "a program"),
        ("cut.xlsx", &whole, "damaged, or cut off"),
        ("page.csv", page, "a web page (HTML)"),
        ("half.jsonl", b"{\"Deal ID\":1,\"Deal St", "neither one object a line"),
    ];
    let write = |(name, bytes, words): (&str, &[u8], &'static str)| {
        std::fs::write(folder.path(name), bytes).expect("a writable folder");
        attack(name, words)
    };
    files.into_iter().map(write).collect()
}

/// Workbooks.
pub fn workbooks(folder: &Folder) -> Vec<Attack> {
    let mut attacks = Vec::new();
    let mut book = |book: Archive, words: &'static str| {
        let name = format!("book-{}.xlsx", attacks.len() + 1);
        std::fs::write(folder.path(&name), book.finish()).expect("a writable folder");
        attacks.push(attack(name, words));
    };
    // The ordinary reader would ask for 512 GiB for this one.
    book(Archive::book(&cell("XFD1048576", "x")), "beyond column 5000");
    book(Archive::book(&cell("A1048577", "x")), "outside of the grid");
    book(Archive::book(&cell("XFE1", "x")), "beyond column 5000");
    let mut bomb = Archive::book(&cell("A1", "x"));
    bomb.member("xl/sharedStrings.xml", true, &deflated(1_024), 1 << 30, 0);
    book(bomb, "unpacks to far more");
    let mut liar = Archive::book(&cell("A1", "x"));
    liar.member("xl/sharedStrings.xml", true, &deflated(1_024), 12, 0);
    book(liar, "damaged");
    let mut many = Archive::book(&cell("A1", "x"));
    (0..20_000).for_each(|at| many.stored(&format!("m{at}"), b""));
    book(many, "more than 500");
    let mut outside = Archive::book(&cell("A1", "x"));
    outside.stored("../../evil", b"x");
    book(outside, "outside of the archive");
    let mut nested = Archive::default();
    nested.stored("inner.zip", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    book(nested, "holds no Excel workbook");
    let mut claims = Archive::book("<sheetData><row><c r=\"A1\" t=\"s\"><v>0</v></c></row></sheetData>");
    claims.stored(
        "xl/sharedStrings.xml",
        b"<sst uniqueCount=\"99999999999\"><si><t>x</t></si></sst>",
    );
    book(claims, "the shared strings claim");
    let mut index = Archive::book("<sheetData><row><c r=\"A1\" t=\"s\"><v>99999999</v></c></row></sheetData>");
    index.stored(
        "xl/sharedStrings.xml",
        b"<sst uniqueCount=\"1\"><si><t>x</t></si></sst>",
    );
    book(index, "damaged");
    let entities: String = (1..10)
        .map(|at| format!("<!ENTITY e{at} \"{}\">", format!("&e{};", at - 1).repeat(10)))
        .collect();
    let laughs = format!("<!DOCTYPE x [<!ENTITY e0 \"ha\">{entities}]>{}", cell("A1", "&e9;"));
    book(Archive::book(&laughs), "damaged");
    let mut sealed = vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    sealed.extend("EncryptedPackage".bytes().flat_map(|byte| [byte, 0]));
    std::fs::write(folder.path("sealed.xlsx"), sealed).expect("a writable folder");
    attacks.push(attack("sealed.xlsx", "protected by a password"));
    attacks
}

/// Parquet files.
pub fn parquets(folder: &Folder) -> Vec<Attack> {
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
    let files = [
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
    ];
    let write = |(name, file, words): (&str, Vec<u8>, &'static str)| {
        std::fs::write(folder.path(name), file).expect("a writable folder");
        attack(name, words)
    };
    files.into_iter().map(write).collect()
}

/// JSON; the longest line has so many bytes.
pub fn jsons(folder: &Folder, longest: u64) -> Vec<Attack> {
    let deep = "{\"a\":".repeat(200_000);
    folder.write("deep.jsonl", &format!("{deep}1{}\n", "}".repeat(200_000)));
    let keys: String = (0..10_000).map(|at| format!("\"k{at}\":1,")).collect();
    folder.write("wide.jsonl", &format!("{{{keys}\"Deal ID\":1}}\n"));
    let mut line = File::create(folder.path("line.json")).expect("a writable folder");
    line.write_all(format!("[{{\"Deal ID\":\"{}", "x".repeat(200_000)).as_bytes())
        .expect("room");
    line.set_len(longest).expect("room");
    vec![
        attack("deep.jsonl", "longer than 1 MiB"),
        attack("wide.jsonl", "more than 5000"),
        attack("line.json", "longer than 16 MiB"),
    ]
}

/// A zip archive put together by hand, so that it may lie.
#[derive(Default)]
pub struct Archive {
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
    pub fn book(rows: &str) -> Self {
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

    /// Its bytes.
    pub fn finish(mut self) -> Vec<u8> {
        let at = u32::try_from(self.bytes.len()).expect("small");
        let size = u32::try_from(self.central.len()).expect("small");
        self.bytes.append(&mut self.central);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(self.members.to_le_bytes());
        self.bytes.extend(self.members.to_le_bytes());
        self.bytes.extend(size.to_le_bytes());
        self.bytes.extend(at.to_le_bytes());
        self.bytes.extend([0, 0]);
        self.bytes
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
