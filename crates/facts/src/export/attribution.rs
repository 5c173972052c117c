//! The ledger of touches, and what a change of policy moves, as files. Must not decide what a touch is or what moves.

use super::Cell;
use crate::attribute::{Move, TouchRow};

impl TouchRow {
    /// The columns of a file of touches.
    pub const HEADER: [&str; 19] = [
        "on",
        "recorded_on",
        "partner",
        "partner_id",
        "kind",
        "opportunity_id",
        "account",
        "names_opportunity",
        "also",
        "days_to_creation",
        "claims",
        "in_window",
        "in_time",
        "came_to",
        "class",
        "credited",
        "same_act_as",
        "file",
        "row",
    ];

    /// Its cells under [`TouchRow::HEADER`]; `files` are the names of the snapshot's files.
    pub fn cells<'r>(&'r self, files: &'r [String]) -> [Cell<'r>; 19] {
        let same = self
            .same_as
            .map(|(file, at)| format!("{}, row {at}", file_name(files, file)));
        [
            Cell::day(self.on),
            Cell::day(self.recorded_on),
            Cell::text(&self.partner),
            Cell::text(&self.partner_id),
            Cell::text(self.kind.word()),
            Cell::text(self.opportunity_id.as_deref().unwrap_or_default()),
            Cell::text(&self.account),
            yes(Some(self.names_opportunity)),
            Cell::Count(i64::from(self.also)),
            self.days_to_creation.map_or(Cell::None, Cell::Count),
            yes(Some(self.claims)),
            yes(self.in_window),
            yes(self.in_time),
            Cell::text(self.came_to.word()),
            Cell::text(self.class.map_or("", |class| class.word())),
            yes(Some(self.credited)),
            Cell::text(same.unwrap_or_default()),
            Cell::text(file_name(files, self.file)),
            Cell::Count(self.row),
        ]
    }
}

impl Move {
    /// The columns of a file of moves.
    pub const HEADER: [&str; 11] = [
        "opportunity_id",
        "account",
        "status",
        "created_on",
        "amount",
        "class_from",
        "class_to",
        "partners_from",
        "partners_to",
        "file",
        "row",
    ];

    /// Its cells under [`Move::HEADER`]; `files` are the names of the snapshot's files, `digits` those after the point of
    /// the star's amounts.
    pub fn cells<'r>(&'r self, files: &'r [String], digits: u32) -> [Cell<'r>; 11] {
        [
            Cell::text(&self.opportunity_id),
            Cell::text(&self.account),
            Cell::text(self.status.name()),
            Cell::day(self.created_on),
            self.amount_minor
                .map_or(Cell::None, |minor| Cell::Money { minor, digits }),
            Cell::text(self.from.word()),
            Cell::text(self.to.word()),
            Cell::text(self.partners_from.join("; ")),
            Cell::text(self.partners_to.join("; ")),
            Cell::text(file_name(files, self.file)),
            Cell::Count(self.row),
        ]
    }
}

fn yes(yes: Option<bool>) -> Cell<'static> {
    yes.map_or(Cell::None, |yes| Cell::text(if yes { "yes" } else { "no" }))
}

fn file_name(files: &[String], file: i32) -> &str {
    let found = usize::try_from(file).ok().and_then(|file| files.get(file));
    found.map_or("", String::as_str)
}
