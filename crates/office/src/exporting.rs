//! What people decided, as a file of rows. Must not judge a decision.

use beachhead_facts::export::{About, Cell, RowsFile};

use crate::actor::{Actor, Permission};
use crate::{Answer, Office};

/// The columns of the register as a file.
const HEADER: [&str; 12] = [
    "number",
    "on",
    "kind",
    "subject",
    "from",
    "to",
    "reason",
    "decided_by",
    "against_gate",
    "review",
    "version",
    "snapshot",
];

impl Office {
    /// Every entry of the register: decisions on bets and cells, in the order in which they were made.
    pub fn decisions_file<'a>(&'a self, actor: &'a Actor) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let all = self.ledger.decisions().await?;
            let names = self.names_by_id().await?;
            let about = About {
                title: "Decisions".to_owned(),
                lines: vec![(
                    "snapshot".to_owned(),
                    "the facts that the decision was made on, named by their content".to_owned(),
                )],
            };
            let (rows, scratch) = (all.len() as u64, self.facts.folder().to_owned());
            Ok(RowsFile::new(about, HEADER, rows, &scratch, move |take| {
                all.iter().try_for_each(|entry| {
                    let one = &entry.decision;
                    let text =
                        |text: &Option<String>| text.as_deref().map_or(Cell::None, |text| Cell::text(text.to_owned()));
                    let number = |number: Option<i64>| number.map_or(Cell::None, Cell::Count);
                    take(&[
                        Cell::Count(entry.number),
                        Cell::day(Some(one.on)),
                        Cell::text(&one.kind),
                        Cell::text(&one.subject),
                        text(&one.from),
                        text(&one.to),
                        Cell::text(&one.reason),
                        Cell::text(names.get(&one.decided_by).unwrap_or(&one.decided_by)),
                        Cell::text(if one.against_gate { "yes" } else { "no" }),
                        number(one.review),
                        number(one.version),
                        text(&one.snapshot),
                    ])
                })
            }))
        })
    }
}
