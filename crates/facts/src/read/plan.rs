//! Which row is the header, which table it speaks of and what each column feeds. It must not look below the header.

use std::collections::BTreeSet;

use super::record::Record;
use super::{Asked, How, ReadOptions};
use crate::alias::{self, Entered, Other, Target, normalise};
use crate::catalogue::{OWN_COLUMNS, Table};
use crate::error::FactsError;
use crate::rule::nearest;
use crate::typed::trimmed;

/// How the columns of a file are read.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) table: Option<Table>,
    pub(crate) header_row: u64,
    /// One for each cell of the header.
    pub(crate) columns: Vec<Column>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) unused: Vec<String>,
    /// What the file is instead, where its header is of no table and we know of what.
    pub(crate) other: Option<&'static Other>,
    /// Fields with the columns that feed them where the field's own column is empty.
    pub(crate) fallbacks: Vec<(&'static str, Vec<usize>)>,
}

/// One column of a file.
#[derive(Debug)]
pub(crate) struct Column {
    /// The name in the header, told apart from others like it.
    pub(crate) source: String,
    /// The name in the snapshot, where it feeds nothing: told apart from the fields too.
    pub(crate) kept_as: String,
    /// Whether the header has a name for it.
    pub(crate) named: bool,
    pub(crate) target: Option<Target>,
    /// Of a file of opportunities: the stage that the column tells the entry of, beside being kept.
    pub(crate) enters: Option<Entered>,
    pub(crate) how: How,
}

impl Plan {
    /// Reads the header out of the first rows of a file. `merged`: the merged cells of a sheet; none for a text file.
    pub(crate) fn new(
        file: &str,
        top: &[(u64, Record)],
        merged: Option<&[[u64; 4]]>,
        options: &ReadOptions,
    ) -> Result<Self, FactsError> {
        let header = header_row(top);
        let (header_row, record) = top.get(header).ok_or_else(|| FactsError::Empty {
            file: file.to_owned(),
            what: "no row holds anything",
        })?;
        let names = match merged {
            Some(merged) => sheet_header(top, header, merged),
            None => text_header(record),
        };
        let columns = named_columns(&names);
        let mut plan = Self {
            table: None,
            header_row: *header_row,
            columns,
            asked: Vec::new(),
            unused: Vec::new(),
            other: None,
            fallbacks: Vec::new(),
        };
        let given = plan.given(options);
        plan.table = options
            .table
            .or_else(|| Some(options.profile.as_ref()?.table))
            .or_else(|| plan.guess(&given));
        match plan.table {
            Some(table) => plan.map(table, &given, options)?,
            None => plan.columns.iter_mut().for_each(|column| column.how = How::Unsure),
        }
        Ok(plan)
    }

    /// The column that feeds a field or hint.
    pub(crate) fn column_of(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.target.is_some_and(|target| target.name() == name))
    }

    /// Whether a row is the header once more, as where files were put one below the other.
    pub(crate) fn is_header_again(&self, record: &Record) -> bool {
        let mut cells = record.iter().zip(&self.columns);
        self.columns.len() > 1
            && record.len() == self.columns.len()
            && cells.all(|(cell, column)| trimmed(cell) == column.source)
    }

    // What the caller maps, by column; what names no column of this file is noted.
    fn given<'o>(&mut self, options: &'o ReadOptions) -> Vec<(usize, &'o str)> {
        let mut given = Vec::new();
        for (source, field) in &options.map {
            match self.find(source) {
                Some(at) => given.push((at, field.trim())),
                None => self.unused.push(format!("--map {source}={field}")),
            }
        }
        given
    }

    fn find(&self, source: &str) -> Option<usize> {
        let exact = self.columns.iter().position(|column| column.source == source);
        let wanted = normalise(source);
        exact.or_else(|| {
            self.columns
                .iter()
                .position(|column| normalise(&column.source) == wanted)
        })
    }

    fn header(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.source.as_str()).collect()
    }

    // The table that covers the header best, if one does by itself; otherwise what the file is instead, or the question.
    fn guess(&mut self, given: &[(usize, &str)]) -> Option<Table> {
        let covers = alias::covers(&self.header(), given);
        let best = covers.first().filter(|best| best.certain);
        let tied = covers.get(1).map(|second| second.score) == covers.first().map(|first| first.score);
        if let Some(best) = best.filter(|_| !tied) {
            return Some(best.table);
        }
        // When the row was synced is the same for every table, and makes none certain.
        let is_open = best.is_none() || alias::is_synced_list(&self.header());
        self.other = alias::other(&self.header()).filter(|_| is_open);
        if self.other.is_some() || covers.is_empty() {
            return None;
        }
        let names: Vec<&str> = covers.iter().map(|cover| cover.table.name()).collect();
        let message = format!("the header could be that of {}", names.join(" or "));
        let flag = format!("--as {}", names.join("|"));
        self.asked.push(Asked {
            what: "table".to_owned(),
            column: None,
            message,
            flag,
        });
        None
    }

    fn map(&mut self, table: Table, given: &[(usize, &str)], options: &ReadOptions) -> Result<(), FactsError> {
        for (at, field) in given {
            self.assign(table, *at, field, How::Given)?;
        }
        if let Some(profile) = &options.profile {
            for (source, field) in &profile.columns {
                let at = self.columns.iter().position(|column| column.source == *source);
                if let Some(at) = at.filter(|at| self.columns[*at].how == How::Unsure) {
                    self.assign(table, at, field, How::Profile)?;
                }
            }
        }
        let free: Vec<bool> = self
            .columns
            .iter()
            .map(|column| column.how == How::Unsure && column.named)
            .collect();
        let taken: Vec<&str> = self
            .columns
            .iter()
            .filter_map(|column| Some(column.target?.name()))
            .collect();
        let found = alias::targets(table, &self.header(), &free, &taken);
        for (column, target) in self.columns.iter_mut().zip(found) {
            if column.how == How::Unsure {
                column.how = if target.is_some() { How::Alias } else { How::Kept };
                column.target = target;
            }
        }
        if table == Table::Opportunities && self.column_of("opportunity_id").is_some() {
            self.find_entries(&free);
        }
        self.find_fallbacks(table);
        self.name_kept(table);
        self.ask_for_missing(table);
        Ok(())
    }

    // A history in the columns of a deal: HubSpot has one for each stage. Those that the caller keeps plain are no history.
    fn find_entries(&mut self, free: &[bool]) {
        let columns = self.columns.iter_mut().zip(free);
        for (column, _) in columns.filter(|(column, free)| **free && column.target.is_none()) {
            column.enters = alias::entered(&column.source);
            if column.enters.is_some() {
                column.how = How::Alias;
            }
        }
    }

    // A task has a column for each thing that a partner may have done; an opportunity may name its account twice.
    fn find_fallbacks(&mut self, table: Table) {
        let fields: &[&str] = match table {
            Table::Touches => &["partner_id"],
            Table::Opportunities => &["account_id"],
            _ => &[],
        };
        let free: Vec<bool> = self
            .columns
            .iter()
            .map(|column| column.target.is_none() && column.how == How::Kept)
            .collect();
        let fallbacks = fields
            .iter()
            .filter(|field| self.column_of(field).is_some())
            .map(|field| (*field, alias::second_bests(table, field, &self.header(), &free)));
        self.fallbacks = fallbacks.filter(|(_, columns)| !columns.is_empty()).collect();
    }

    fn assign(&mut self, table: Table, at: usize, field: &str, how: How) -> Result<(), FactsError> {
        if field.is_empty() {
            self.columns[at].how = How::Kept;
            return Ok(());
        }
        let target = alias::target(table, field).ok_or_else(|| FactsError::BadAnswer {
            what: alias::no_such_field(table, field),
        })?;
        if let Some(other) = self.column_of(target.name()).filter(|other| *other != at) {
            // The caller's word is above the profile's.
            if how == How::Profile {
                return Ok(());
            }
            let (first, second) = (&self.columns[other].source, &self.columns[at].source);
            let what = format!("`{first}` and `{second}` are both mapped to {field}; map one of them");
            return Err(FactsError::BadAnswer { what });
        }
        self.columns[at].target = Some(target);
        self.columns[at].how = how;
        Ok(())
    }

    // A kept column must not bear the name of a field, nor of our own columns.
    fn name_kept(&mut self, table: Table) {
        let fields = table.fields().iter().map(|field| field.name);
        let mut taken: BTreeSet<String> = fields.chain(OWN_COLUMNS).map(str::to_lowercase).collect();
        for column in self.columns.iter_mut().filter(|column| column.target.is_none()) {
            column.kept_as = apart(&column.source, &mut taken);
        }
    }

    fn ask_for_missing(&mut self, table: Table) {
        let derived: &[&str] = match table {
            Table::Accounts => &["account_id"],
            Table::Partners => &["partner_id"],
            Table::Opportunities => &["status"],
            Table::PartnerAccounts => &["external_id", "as_of"],
            Table::Touches => &["touch_id", "kind", "source_field"],
            Table::Stages => &["stage_id", "means", "from"],
            _ => &[],
        };
        for field in table
            .fields()
            .iter()
            .filter(|field| field.required && !derived.contains(&field.name))
        {
            if self.column_of(field.name).is_none() {
                let unread = self
                    .columns
                    .iter()
                    .filter(|column| column.target.is_none() && column.named);
                let unread: Vec<&str> = unread.map(|column| column.source.as_str()).collect();
                let near = nearest(field.name, &unread);
                let message = format!(
                    "no column is known to hold the {} of {}{}",
                    field.name,
                    table.name(),
                    near.map(|near| format!("; is it `{near}`?")).unwrap_or_default()
                );
                let flag = format!("--map {}={}", quoted(near.unwrap_or("COLUMN")), field.name);
                self.asked.push(Asked {
                    what: "column".to_owned(),
                    column: None,
                    message,
                    flag,
                });
            }
        }
    }
}

/// A name as it is written on a command line.
pub(crate) fn quoted(name: &str) -> String {
    if name.contains(|c: char| c.is_whitespace() || "'\"$&|;<>()*?!`\\".contains(c)) {
        format!("'{}'", name.replace('\'', r"'\''"))
    } else {
        name.to_owned()
    }
}

/// The question where no table covers the header at all.
pub(crate) fn which_table() -> Asked {
    let names: Vec<&str> = Table::ALL.iter().map(|table| table.name()).collect();
    Asked {
        what: "table".to_owned(),
        column: None,
        message: "the header is that of no table that we know".to_owned(),
        flag: format!("--as {}", names.join("|")),
    }
}

// The row with the most known names, the first of equals; where none has two, the first that is filled like most.
fn header_row(top: &[(u64, Record)]) -> usize {
    let known: Vec<usize> = top
        .iter()
        .map(|(_, record)| alias::known_names(&record.iter().collect::<Vec<_>>()))
        .collect();
    let most = known.iter().copied().max().unwrap_or(0);
    if most >= 2 {
        return known.iter().position(|count| *count == most).unwrap_or(0);
    }
    let filled = |record: &Record| {
        record
            .iter()
            .map(str::trim)
            .filter(|cell| !cell.is_empty())
            .collect::<BTreeSet<_>>()
            .len()
    };
    let widest = top.iter().map(|(_, record)| filled(record)).max().unwrap_or(0);
    top.iter()
        .position(|(_, record)| filled(record) * 2 > widest)
        .unwrap_or(0)
}

// Empty cells at the end of a header are no columns.
fn text_header(record: &Record) -> Vec<String> {
    let mut names: Vec<String> = record.iter().map(clean_name).collect();
    let last = names.iter().rposition(|name| !name.is_empty());
    names.truncate(last.map_or(names.len(), |last| last + 1));
    names
}

// A sheet is as wide as its first rows. A cell of the header that is merged with one before or above it has its name.
fn sheet_header(top: &[(u64, Record)], header: usize, merged: &[[u64; 4]]) -> Vec<String> {
    let Some((row, record)) = top.get(header) else {
        return Vec::new();
    };
    let mut names: Vec<String> = record.iter().map(clean_name).collect();
    let below = top.iter().skip(header).map(|(_, record)| record.len());
    names.resize(below.max().unwrap_or(0), String::new());
    let index = |column: u64| usize::try_from(column).unwrap_or(usize::MAX);
    for [first_row, first_column, last_row, last_column] in merged {
        let holder = top.iter().find(|(at, _)| at == first_row).map(|(_, record)| record);
        let name = holder
            .and_then(|record| record.get(index(*first_column)))
            .map(clean_name)
            .unwrap_or_default();
        if name.is_empty() || !(first_row..=last_row).contains(&row) {
            continue;
        }
        let width = index(*last_column)
            .saturating_add(1)
            .saturating_sub(index(*first_column));
        let cells = names.iter_mut().skip(index(*first_column)).take(width);
        cells
            .filter(|cell| cell.is_empty())
            .for_each(|cell| name.clone_into(cell));
    }
    names
}

fn clean_name(name: &str) -> String {
    name.trim_start_matches('\u{feff}')
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

fn named_columns(names: &[String]) -> Vec<Column> {
    let mut taken = BTreeSet::new();
    let column = |(at, name): (usize, &String)| {
        let named = !name.is_empty();
        let source = if named {
            name.clone()
        } else {
            format!("column {}", at + 1)
        };
        let source = apart(&source, &mut taken);
        Column {
            kept_as: source.clone(),
            source,
            named,
            target: None,
            enters: None,
            how: How::Unsure,
        }
    };
    names.iter().enumerate().map(column).collect()
}

fn apart(name: &str, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2_u32..).map(|number| format!("{name} ({number})"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names
        .find(|name| taken.insert(name.to_lowercase()))
        .unwrap_or_else(|| name.to_owned())
}
