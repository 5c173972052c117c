//! Lists of accounts read as columns of text, for mapping: any format, the header by the same names as an import's. It
//! must not judge a value nor keep a row.

use super::plan::Plan;
use super::record::Record;
use super::source::{Block, Source};
use super::{Input, ReadOptions, format};
use crate::alias::normalise;
use crate::catalogue::Table;
use crate::error::FactsError;
use crate::limits::FIELD_BYTES_KEPT;
use crate::watch::Phase;

/// All cells of a column one after the other, and where each of them ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumn {
    /// The cells.
    pub text: String,
    /// The end of each, in bytes.
    pub ends: Vec<u32>,
}

/// A list of accounts. A column that the file does not have is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountList {
    /// The list's own name for each record; its row where the file has no such column.
    pub id: TextColumn,
    /// Company names.
    pub name: TextColumn,
    /// Websites or domains, and what further domains the list has, such as those of contacts' addresses: one after the
    /// other, parted by spaces.
    pub website: TextColumn,
    /// Countries.
    pub country: TextColumn,
    /// Cities.
    pub city: TextColumn,
    /// Numbers of employees.
    pub employees: TextColumn,
    /// Registration numbers.
    pub identifier: TextColumn,
    /// The companies above: ids or names of other records, or websites.
    pub parent: TextColumn,
}

/// How many columns a list has.
pub(crate) const LIST_COLUMNS: usize = 8;

/// The parts of a list, in order: a field of accounts, and other names for what accounts do not keep.
const COLUMNS: [(&str, &[&str]); LIST_COLUMNS] = [
    ("account_id", &[]),
    (
        "name",
        &[
            "organisationname",
            "organizationname",
            "legalname",
            "security",
            "customer",
            "customername",
        ],
    ),
    ("domain", &["web", "companywebsite", "emaildomain", "domains"]),
    (
        "country",
        &["countrycode", "countryname", "hqcountrycode", "billingcountrycode"],
    ),
    (
        "city",
        &[
            "billingcity",
            "town",
            "hqcity",
            "companycity",
            "shippingcity",
            "ort",
            "stadt",
            "ville",
            "ciudad",
            "headquarterslocation",
        ],
    ),
    ("employees", &["employeesrange", "size", "companysize"]),
    (
        "identifier",
        &[
            "duns",
            "dunsnumber",
            "lei",
            "vat",
            "vatid",
            "vatnumber",
            "registrationnumber",
            "companynumber",
            "taxid",
        ],
    ),
    (
        "parent_id",
        &[
            "parent",
            "parentaccount",
            "parentaccountid",
            "parentaccountname",
            "parentcompany",
            "parentcompanyname",
            "parentdomain",
            "parentname",
            "parentwebsite",
            "ultimateparent",
            "ultimateparentname",
        ],
    ),
];

/// The field of accounts that feeds each column of a list, and the names that others give it where accounts keep none.
pub(crate) const fn list_columns() -> [(&'static str, &'static [&'static str]); LIST_COLUMNS] {
    COLUMNS
}

/// The column of a list to which further domains are added.
const WEBSITE: usize = 2;

/// Names of columns that hold further domains of a company: those of other websites and of contacts' addresses.
const FURTHER: [&str; 14] = [
    "additionaldomains",
    "companyemail",
    "contactdomains",
    "contactemail",
    "contactemails",
    "email",
    "emailaddress",
    "emailaddresses",
    "emaildomains",
    "emails",
    "furtherdomains",
    "hsadditionaldomains",
    "otherdomains",
    "otherwebsites",
];

/// Whether a column of this name holds further domains of a company.
pub(crate) fn is_further(name: &str) -> bool {
    FURTHER.contains(&normalise(name).as_str())
}

/// A column of text is seldom more than half of a file, a row of a list seldom shorter than this.
const COLUMN_SHARE: usize = 2;
const ROW_BYTES: usize = 32;
/// The room that is made for a column beforehand, at most, whatever its beginning promises.
const TEXT_MAX: usize = 256 << 20;

impl AccountList {
    /// The columns, in order.
    pub(crate) fn columns(&mut self) -> [&mut TextColumn; LIST_COLUMNS] {
        [
            &mut self.id,
            &mut self.name,
            &mut self.website,
            &mut self.country,
            &mut self.city,
            &mut self.employees,
            &mut self.identifier,
            &mut self.parent,
        ]
    }

    /// Appends a record: a cell of each column that the source has, and what its columns of further domains hold.
    pub(crate) fn push<C: AsRef<str>>(
        &mut self,
        cells: [Option<C>; LIST_COLUMNS],
        further: impl ExactSizeIterator<Item = impl AsRef<str>>,
    ) {
        let has_further = further.len() > 0;
        for (at, (column, cell)) in self.columns().into_iter().zip(cells).enumerate() {
            match cell {
                Some(cell) => column.push(cell.as_ref()),
                None if at == WEBSITE && has_further => column.push(""),
                None => {}
            }
        }
        further.for_each(|cell| self.website.add_domains(cell.as_ref()));
    }

    /// Appends a part, of which about so many come: the first makes room for all.
    fn append(&mut self, mut part: Self, parts: Option<u64>) -> Option<()> {
        let parts = usize::try_from(parts.unwrap_or(0)).unwrap_or(0);
        for (column, part) in self.columns().into_iter().zip(part.columns()) {
            if column.ends.is_empty() {
                column
                    .text
                    .reserve(part.text.len().saturating_mul(parts + 1).min(TEXT_MAX));
                column
                    .ends
                    .reserve(part.ends.len().saturating_mul(parts + 1).min(TEXT_MAX));
            }
            let offset = u32::try_from(column.text.len()).ok()?;
            u32::try_from(column.text.len() + part.text.len()).ok()?;
            column.text.push_str(&part.text);
            column.ends.extend(part.ends.iter().map(|end| end + offset));
        }
        Some(())
    }
}

impl TextColumn {
    // A part of a file has no more text than a part of a file.
    pub(crate) fn push(&mut self, cell: &str) {
        let end = cell.floor_char_boundary(FIELD_BYTES_KEPT);
        self.text.push_str(&cell[..end]);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    // Adds domains to the last cell. Of an address only what stands behind the `@`: a list is of companies, not of persons.
    fn add_domains(&mut self, cell: &str) {
        let cell = &cell[..cell.floor_char_boundary(FIELD_BYTES_KEPT)];
        let is_between = |sign: char| sign.is_whitespace() || matches!(sign, ',' | ';' | '|' | '<' | '>');
        for word in cell.split(is_between).filter(|word| word.contains('.')) {
            self.text.push(' ');
            self.text.push_str(word.rsplit('@').next().unwrap_or(word));
        }
        if let Some(end) = self.ends.last_mut() {
            *end = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        }
    }
}

/// Reads a list of accounts.
///
/// # Errors
/// [`FactsError::Malformed`] where neither a name nor a website is among its columns, and what a bad file gives, as of
/// [`super::read`]. A header without a row below it is an empty list.
pub fn list(input: Input<'_>, options: &ReadOptions) -> Result<AccountList, FactsError> {
    let options = ReadOptions {
        table: Some(Table::Accounts),
        ..options.clone()
    };
    let mut source = Source::open(input, &format::survey(input)?, &options)?;
    loop {
        let (mut top, most) = (Vec::new(), source.header_rows());
        source.each(&mut |row, record| {
            top.push((row, record.clone()));
            Ok(top.len() < most)
        })?;
        let plan = Plan::new(&input.name(), &top, source.merged(), &options)?;
        let further: Vec<usize> = (0..plan.columns.len())
            .filter(|at| plan.columns[*at].target.is_none() && is_further(&plan.columns[*at].source))
            .collect();
        let places = places(&input, &plan, &further)?;
        let bytes = source.bytes();
        let (mut list, mut is_text, mut fits) = (AccountList::default(), true, true);
        source.in_order(
            None,
            (&options.watch, Phase::Reading),
            |block| {
                if block.is_text() {
                    part(block, &plan, places, &further).map(|part| Some((part, block.until())))
                } else {
                    Ok(None)
                }
            },
            |part| {
                is_text = part.is_some();
                fits = part.is_none_or(|(part, until)| list.append(part, bytes.checked_div(until)).is_some());
                Ok(is_text && fits)
            },
        )?;
        if !fits {
            return Err(FactsError::TooLarge {
                file: input.name(),
                what: "one of its columns holds more than 4 GiB of text; split it".to_owned(),
            });
        }
        if is_text {
            return Ok(list);
        }
        source.take_for_windows_1252();
    }
}

/// Which column of the file feeds each column of the list.
fn places(input: &Input<'_>, plan: &Plan, further: &[usize]) -> Result<[Option<usize>; LIST_COLUMNS], FactsError> {
    let named = |names: &[&str]| {
        plan.columns
            .iter()
            .position(|column| column.target.is_none() && names.contains(&normalise(&column.source).as_str()))
    };
    let place = |(field, names): (&str, &[&str])| {
        plan.column_of(field)
            .or_else(|| named(&[field]))
            .or_else(|| named(names))
    };
    let places = COLUMNS.map(place);
    if places[1].is_none() && places[WEBSITE].is_none() && further.is_empty() {
        let header: Vec<&str> = plan.columns.iter().map(|column| column.source.as_str()).collect();
        return Err(FactsError::Malformed {
            file: input.name(),
            what: format!(
                "no column is known to hold the name or the website of a company; it has {}. Name one of them `name`",
                header.join(", ")
            ),
        });
    }
    Ok(places)
}

fn part(
    block: &Block<'_>,
    plan: &Plan,
    places: [Option<usize>; LIST_COLUMNS],
    further: &[usize],
) -> Result<AccountList, FactsError> {
    let mut part = AccountList::default();
    // Room that is not filled costs nothing; room that grows is copied.
    for (column, _) in part
        .columns()
        .into_iter()
        .zip(places)
        .filter(|(_, place)| place.is_some())
    {
        column.text.reserve(block.text_bytes() / COLUMN_SHARE);
        column.ends.reserve(block.text_bytes() / ROW_BYTES);
    }
    block.each(&mut |row, record: &Record| {
        if row <= plan.header_row {
            return;
        }
        let cell = |place: usize| record.get(place).unwrap_or("");
        let number = places[0].is_none().then(|| row.to_string());
        let mut cells = places.map(|place| place.map(cell));
        cells[0] = cells[0].or(number.as_deref());
        part.push(cells, further.iter().map(|place| cell(*place)));
    })?;
    Ok(part)
}
