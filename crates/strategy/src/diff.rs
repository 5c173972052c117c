//! What changed between two strategies, in words, section by section. Judges nothing.
//!
//! Compares the canonical texts block by block, so that no key of the written form can be forgotten here: what is
//! signed is the text, and whatever differs in it is a change.

use crate::{Strategy, written};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// One change in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The section, such as "Outcome" or "Bet HRIS co-sell".
    pub section: String,
    /// What changed.
    pub words: String,
}

/// What changed from `a` to `b`, in the order of `b`, what is gone last; empty exactly when they are equal.
pub fn diff(a: &Strategy, b: &Strategy) -> Vec<Change> {
    let (text_a, text_b) = (written::render(a), written::render(b));
    if text_a == text_b {
        return Vec::new();
    }
    let (old, new) = (blocks(&text_a), blocks(&text_b));
    let mut changes: Vec<Change> = new.iter().flat_map(|block| against(block, &old)).collect();
    let new_names: BTreeSet<_> = new.iter().map(Block::identity).collect();
    let gone = old.iter().filter(|block| !new_names.contains(&block.identity()));
    changes.extend(
        gone.filter(|block| block.stands_alone(&new))
            .map(|block| block.change("removed".to_owned())),
    );
    if changes.is_empty() {
        changes.push(Change {
            section: "Text".to_owned(),
            words: "the order of its parts changed".to_owned(),
        });
    }
    changes
}

/// One table of the canonical text.
struct Block<'t> {
    section: String,
    /// What it is within its section; empty when it is the section itself.
    item: String,
    /// Counts blocks of one name, which a draft may hold.
    occurrence: usize,
    values: Vec<(&'t str, &'t str)>,
}

impl Block<'_> {
    fn identity(&self) -> (&str, &str, usize) {
        (&self.section, &self.item, self.occurrence)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(own, _)| *own == key).map(|(_, value)| *value)
    }

    fn change(&self, words: String) -> Change {
        let words = if self.item.is_empty() {
            words
        } else {
            format!("{}: {words}", self.item)
        };
        Change {
            section: self.section.clone(),
            words,
        }
    }

    /// Parts of a bet that came or went as a whole are not told one by one.
    fn stands_alone(&self, others: &[Block<'_>]) -> bool {
        let is_bet = self.section.starts_with(BET);
        !is_bet || self.item.is_empty() || others.iter().any(|other| other.section == self.section)
    }
}

const BET: &str = "Bet ";

/// The tables of a canonical text, each with the name by which it is told.
fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut bet = String::new();
    for block in text.split("\n\n") {
        let mut lines = block.lines();
        let header = lines.next().unwrap_or_default();
        let values: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(" = ")).collect();
        let named = |key: &str| {
            values
                .iter()
                .find(|(own, _)| *own == key)
                .map_or("", |(_, value)| value.trim_matches('"'))
        };
        if header == "[[bet]]" {
            bet = format!("{BET}{}", named("name"));
        }
        let (section, item) = match header {
            "[program]" => ("Program".to_owned(), String::new()),
            "[[program.team]]" => ("Program".to_owned(), named("who").to_owned()),
            "[outcome]" => ("Outcome".to_owned(), String::new()),
            "[[segment]]" => ("Segments".to_owned(), named("name").to_owned()),
            "[[cell]]" => (
                "Where to win".to_owned(),
                format!("{} with {}", named("segment"), named("partner_type")),
            ),
            "[[bet]]" => (bet.clone(), String::new()),
            "[[bet.condition]]" => (bet.clone(), format!("condition \"{}\"", named("says"))),
            "[[bet.step]]" => (bet.clone(), format!("step \"{}\"", named("name"))),
            "[[bet.indicator]]" => (bet.clone(), format!("{} indicator {}", named("kind"), named("measure"))),
            "[bet.capacity]" => (bet.clone(), "capacity".to_owned()),
            "[bet.deal_value]" => (bet.clone(), "deal value".to_owned()),
            "[bet.gate]" => (bet.clone(), "gate".to_owned()),
            "[review]" => ("Review".to_owned(), String::new()),
            _ => ("Attribution".to_owned(), String::new()),
        };
        let occurrence = seen.entry((section.clone(), item.clone())).or_default();
        blocks.push(Block {
            section,
            item,
            occurrence: *occurrence,
            values,
        });
        *occurrence += 1;
    }
    blocks
}

/// What changed in a block against the block of the same name, or that it is new.
fn against(block: &Block<'_>, old: &[Block<'_>]) -> Vec<Change> {
    let Some(before) = old.iter().find(|before| before.identity() == block.identity()) else {
        let words = match (block.value("state"), block.value("reason")) {
            (Some(state), Some(reason)) => format!("added, {}, because {reason}", state.trim_matches('"')),
            (Some(state), None) => format!("added, {}", state.trim_matches('"')),
            _ => "added".to_owned(),
        };
        return if block.stands_alone(old) {
            vec![block.change(words)]
        } else {
            Vec::new()
        };
    };
    let kept = block.values.iter().filter_map(|&(key, new)| match before.value(key) {
        Some(old) if old == new => None,
        Some(old) => Some(format!("{} changed from {} to {}", plain(key), shown(old), shown(new))),
        None => Some(format!("{} is now {}", plain(key), shown(new))),
    });
    let gone = before.values.iter().filter(|(key, _)| block.value(key).is_none());
    let gone = gone.map(|(key, old)| format!("{} was {} and is gone", plain(key), shown(old)));
    kept.chain(gone).map(|words| block.change(words)).collect()
}

/// A key in words.
fn plain(key: &str) -> String {
    let words = match key {
        "says" => "the sentence",
        "by" => "the date",
        "from" => "the first day",
        "at_once" => "bets at once",
        "who" => "the person",
        "partners" => "the partners",
        "wedge.partner" => "the reason for the partner",
        "wedge.customer" => "the reason for the customer",
        "done_when" => "the exit criterion",
        "starts" => "the start",
        "after" => "the bet it waits for",
        "scale_if" => "scaling",
        "retire_if" => "retiring",
        "passes_to" => "the bet it unlocks",
        "at_least_targets" => "the least number of targets",
        "every" => "the rhythm",
        "next" => "the next review",
        "range" => "the range",
        other => return format!("the {}", other.replace('_', " ")),
    };
    words.to_owned()
}

/// A value as people read it: days by their month's name, numbers with thin spaces, texts as they are written.
fn shown(value: &str) -> String {
    if let Ok(day) = value.parse::<jiff::civil::Date>() {
        return day.strftime("%-d %b %Y").to_string();
    }
    if value.starts_with('"') || value.starts_with("[\"") {
        value.to_owned()
    } else {
        value.replace('_', "\u{2009}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bet, BetState, Cell, CellState, Gate, Segment, Step};

    fn strategy() -> Strategy {
        let mut strategy = Strategy::default();
        strategy.outcome.target = Some(3_800_000.0);
        strategy.segments = ["enterprise", "mid-market"]
            .map(|name| Segment {
                name: name.to_owned(),
                rule: "a = 1".to_owned(),
            })
            .to_vec();
        strategy.cells = vec![Cell {
            segment: "enterprise".to_owned(),
            partner_type: "agency".to_owned(),
            ..Cell::default()
        }];
        strategy.bets = vec![Bet {
            name: "HRIS".to_owned(),
            gate: Some(Gate::default()),
            ..Bet::default()
        }];
        strategy
    }

    fn words(a: &Strategy, b: &Strategy) -> Vec<String> {
        diff(a, b)
            .into_iter()
            .map(|change| format!("{}: {}", change.section, change.words))
            .collect()
    }

    #[test]
    fn equal_strategies_have_no_changes() {
        assert_eq!(diff(&strategy(), &strategy()), []);
    }

    #[test]
    fn changed_added_and_removed_values_are_told_by_section() {
        let mut next = strategy();
        next.outcome.target = Some(4_000_000.0);
        next.review.next = Some(jiff::civil::date(2027, 2, 3));
        next.cells[0].state = CellState::Parked;
        next.cells[0].reason = "no hours".to_owned();
        next.bets[0].gate = Some(Gate {
            scale_if: Some(12.0),
            ..Gate::default()
        });
        let told = [
            "Outcome: the target changed from 3\u{2009}800\u{2009}000 to 4\u{2009}000\u{2009}000",
            "Where to win: enterprise with agency: the state changed from \"undecided\" to \"parked\"",
            "Where to win: enterprise with agency: the reason is now \"no hours\"",
            "Bet HRIS: gate: scaling is now 12",
            "Review: the next review is now 3 Feb 2027",
        ];
        assert_eq!(words(&strategy(), &next), told);
        assert_eq!(
            words(&next, &strategy())[2],
            "Where to win: enterprise with agency: the reason was \"no hours\" and is gone"
        );
    }

    #[test]
    fn a_whole_bet_that_comes_or_goes_is_told_once() {
        let mut next = strategy();
        let mut bet = Bet {
            name: "Identity".to_owned(),
            state: BetState::Proposed,
            ..Bet::default()
        };
        bet.motion.steps = vec![Step {
            name: "met".to_owned(),
            ..Step::default()
        }];
        next.bets.push(bet);
        assert_eq!(words(&strategy(), &next), ["Bet Identity: added, proposed"]);
        assert_eq!(words(&next, &strategy()), ["Bet Identity: removed"]);
    }

    #[test]
    fn a_new_order_alone_is_still_a_change_of_the_signed_text() {
        let mut next = strategy();
        next.segments.reverse();
        assert_eq!(words(&strategy(), &next), ["Text: the order of its parts changed"]);
    }
}
