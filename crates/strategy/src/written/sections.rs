//! The sections of the written form, read one by one into a strategy.

use super::Parsed;
use super::reader::{Reader, Table};
use crate::document::ReviewEvery;
use crate::findings::catalogue::{F00, F02, F06};
use crate::{
    AttributionPolicy, Bet, Capacity, Cell, CellState, Condition, Currency, CycleLength, FiscalCalendar, Gate,
    Indicator, IndicatorKind, Member, Motion, Outcome, Program, ReviewPlan, Scope, Segment, Step, Strategy, Wedge,
    limits,
};
use std::collections::BTreeSet;
use toml::de::DeTable;

/// The root's keys.
const ROOT: &[&str] = &["program", "outcome", "segment", "cell", "bet", "review", "attribution"];
const PROGRAM: &[&str] = &[
    "name",
    "currency",
    "fiscal_year_starts",
    "cycle",
    "at_once",
    "switching_tax",
    "partner_types",
    "team",
];
const MEMBER: &[&str] = &["who", "role", "hours_per_week"];
const OUTCOME: &[&str] = &[
    "says", "measure", "scope", "baseline", "target", "from", "by", "sponsor",
];
const SEGMENT: &[&str] = &["name", "rule"];
const CELL: &[&str] = &[
    "segment",
    "partner_type",
    "state",
    "initiative",
    "reason",
    "reopen_when",
    "would_change_our_mind",
];
const BET: &[&str] = &[
    "name",
    "segment",
    "partner_type",
    "state",
    "motion",
    "owner",
    "partners",
    "wedge",
    "starts",
    "after",
    "condition",
    "capacity",
    "step",
    "deal_value",
    "indicator",
    "gate",
];
const WEDGE: &[&str] = &["partner", "customer"];
const CONDITION: &[&str] = &["says", "belief", "test", "by"];
const CAPACITY: &[&str] = &[
    "set_up_hours",
    "hours_per_target",
    "weekly_overhead_hours",
    "targets",
    "targets_per_week",
];
const STEP: &[&str] = &["name", "done_when", "owner", "hours", "conversion", "delay_weeks"];
const DEAL_VALUE: &[&str] = &["range"];
const INDICATOR: &[&str] = &["kind", "measure", "target", "by"];
const GATE: &[&str] = &[
    "question",
    "measure",
    "scale_if",
    "retire_if",
    "by",
    "at_least_targets",
    "passes_to",
];
const REVIEW: &[&str] = &["every", "next"];
const ATTRIBUTION: &[&str] = &[
    "version",
    "from",
    "sourced_by",
    "window_days",
    "needs_no_open_opportunity",
    "lock_days",
    "credit",
];
/// How a policy without a lock is written.
pub(super) const NO_LOCK: &str = "none";

/// Reads a written strategy. Never fails and never panics.
pub fn parse(text: &str) -> Parsed {
    let mut reader = Reader::new(text);
    if text.len() > limits::TEXT_BYTES {
        let message = format!(
            "the text has {} bytes; at most {} are read",
            text.len(),
            limits::TEXT_BYTES
        );
        reader.report(
            F06,
            "",
            0..0,
            message,
            "Shorten it; facts belong in an import, not in a strategy.".to_owned(),
        );
        return Parsed {
            strategy: Strategy::default(),
            findings: reader.findings,
            places: reader.places,
        };
    }
    let (root, problems) = DeTable::parse_recoverable(text);
    let strategy = strategy(
        &mut reader,
        Table {
            path: "",
            table: root.get_ref(),
        },
    );
    not_toml(&mut reader, problems);
    let Reader {
        mut findings, places, ..
    } = reader;
    crate::findings::in_order(&mut findings);
    Parsed {
        strategy,
        findings,
        places,
    }
}

/// Reports what is no TOML, once a line: the first problem of a line is the one to mend. A day such as 2026-02-30 is
/// left to the finding about its value, which says what to write.
fn not_toml(reader: &mut Reader<'_>, problems: Vec<toml::de::Error>) {
    let help = "Mend the spelling of this line; nothing else is judged until the text can be read.";
    let wrong_values = reader.findings.iter().filter(|finding| finding.code == F02.code);
    let mut told: BTreeSet<Option<usize>> = wrong_values.map(|finding| finding.line).collect();
    for problem in problems {
        let message = format!("This is not TOML: {}", problem.message());
        reader.report(F00, "", problem.span().unwrap_or(0..0), message, help.to_owned());
        if !told.insert(reader.findings.last().and_then(|finding| finding.line)) {
            reader.findings.pop();
        }
    }
}

fn strategy(reader: &mut Reader<'_>, root: Table<'_, '_>) -> Strategy {
    reader.keys(root, ROOT);
    Strategy {
        program: reader.table(root, "program", PROGRAM, program).unwrap_or_default(),
        outcome: reader.table(root, "outcome", OUTCOME, outcome).unwrap_or_default(),
        segments: reader.tables(root, "segment", SEGMENT, |reader, at| Segment {
            name: reader.text(at, "name"),
            rule: reader.text(at, "rule"),
        }),
        cells: reader.tables(root, "cell", CELL, cell),
        bets: reader.tables(root, "bet", BET, bet),
        review: reader.table(root, "review", REVIEW, review).unwrap_or_default(),
        attribution: reader
            .table(root, "attribution", ATTRIBUTION, attribution)
            .unwrap_or_default(),
    }
}

fn program(reader: &mut Reader<'_>, at: Table<'_, '_>) -> Program {
    let default = Program::default();
    let length = reader.word(at, "cycle").unwrap_or(CycleLength::Quarter);
    let currency = "the three letters of a currency, such as \"USD\" or \"EUR\"";
    let starts = "the month and day on which the fiscal year starts, such as \"02-01\"";
    Program {
        name: reader.text(at, "name"),
        currency: reader
            .parsed(at, "currency", currency, |code| Currency::parse(code).ok())
            .unwrap_or(default.currency),
        calendar: reader
            .parsed(at, "fiscal_year_starts", starts, |day| {
                FiscalCalendar::parse(day, length).ok()
            })
            .unwrap_or(default.calendar.in_cycles_of(length)),
        at_once: reader.count(at, "at_once").unwrap_or(default.at_once),
        switching_tax: reader.number(at, "switching_tax").unwrap_or(default.switching_tax),
        partner_types: reader.texts(at, "partner_types"),
        team: reader.tables(at, "team", MEMBER, |reader, at| Member {
            who: reader.text(at, "who"),
            role: reader.text(at, "role"),
            hours_per_week: reader.number(at, "hours_per_week").unwrap_or_default(),
        }),
    }
}

fn outcome(reader: &mut Reader<'_>, at: Table<'_, '_>) -> Outcome {
    Outcome {
        says: reader.text(at, "says"),
        measure: reader.text(at, "measure"),
        scope: Scope::named(&reader.text(at, "scope")),
        baseline: reader.number(at, "baseline"),
        target: reader.number(at, "target"),
        from: reader.date(at, "from"),
        by: reader.date(at, "by"),
        sponsor: reader.text(at, "sponsor"),
    }
}

fn cell(reader: &mut Reader<'_>, at: Table<'_, '_>) -> Cell {
    Cell {
        segment: reader.text(at, "segment"),
        partner_type: reader.text(at, "partner_type"),
        state: reader.word(at, "state").unwrap_or(CellState::Undecided),
        initiative: reader.text(at, "initiative"),
        reason: reader.text(at, "reason"),
        reopen_when: reader.text(at, "reopen_when"),
        would_change_our_mind: reader.text(at, "would_change_our_mind"),
    }
}

fn bet(reader: &mut Reader<'_>, at: Table<'_, '_>) -> Bet {
    let wedge = reader.table(at, "wedge", WEDGE, |reader, at| Wedge {
        partner: reader.text(at, "partner"),
        customer: reader.text(at, "customer"),
        conditions: Vec::new(),
    });
    let conditions = reader.tables(at, "condition", CONDITION, |reader, at| Condition {
        says: reader.text(at, "says"),
        belief: reader.number(at, "belief"),
        test: reader.text(at, "test"),
        by: reader.date(at, "by"),
    });
    Bet {
        name: reader.text(at, "name"),
        segment: reader.text(at, "segment"),
        partner_type: reader.text(at, "partner_type"),
        state: reader.word(at, "state").unwrap_or_default(),
        owner: reader.text(at, "owner"),
        partners: reader.texts(at, "partners"),
        wedge: Wedge {
            conditions,
            ..wedge.unwrap_or_default()
        },
        motion: Motion {
            template: reader.word(at, "motion"),
            steps: reader.tables(at, "step", STEP, step),
        },
        starts: reader.cycle(at, "starts"),
        after: reader.text(at, "after"),
        capacity: reader.table(at, "capacity", CAPACITY, capacity),
        deal_value: reader
            .table(at, "deal_value", DEAL_VALUE, |reader, at| reader.range(at, "range"))
            .flatten(),
        indicators: reader.tables(at, "indicator", INDICATOR, |reader, at| Indicator {
            kind: reader.word(at, "kind").unwrap_or(IndicatorKind::Leading),
            measure: reader.text(at, "measure"),
            target: reader.number(at, "target"),
            by: reader.date(at, "by"),
        }),
        gate: reader.table(at, "gate", GATE, gate),
    }
}

fn capacity(reader: &mut Reader<'_>, at: Table<'_, '_>) -> Capacity {
    Capacity {
        set_up_hours: reader.number(at, "set_up_hours").unwrap_or_default(),
        hours_per_target: reader.number(at, "hours_per_target").unwrap_or_default(),
        weekly_overhead_hours: reader.number(at, "weekly_overhead_hours").unwrap_or_default(),
        targets: reader.count(at, "targets").unwrap_or_default(),
        targets_per_week: reader.number(at, "targets_per_week").unwrap_or_default(),
    }
}

fn step(reader: &mut Reader<'_>, at: Table<'_, '_>) -> Step {
    Step {
        name: reader.text(at, "name"),
        done_when: reader.text(at, "done_when"),
        owner: reader.text(at, "owner"),
        hours: reader.number(at, "hours"),
        conversion: reader.range(at, "conversion"),
        delay_weeks: reader.number(at, "delay_weeks"),
    }
}

fn gate(reader: &mut Reader<'_>, at: Table<'_, '_>) -> Gate {
    Gate {
        question: reader.text(at, "question"),
        measure: reader.text(at, "measure"),
        scale_if: reader.number(at, "scale_if"),
        retire_if: reader.number(at, "retire_if"),
        by: reader.date(at, "by"),
        at_least_targets: reader.count(at, "at_least_targets").unwrap_or_default(),
        passes_to: reader.text(at, "passes_to"),
    }
}

fn review(reader: &mut Reader<'_>, at: Table<'_, '_>) -> ReviewPlan {
    ReviewPlan {
        every: reader.word(at, "every").unwrap_or(ReviewEvery::Cycle),
        next: reader.date(at, "next"),
    }
}

fn attribution(reader: &mut Reader<'_>, at: Table<'_, '_>) -> AttributionPolicy {
    let default = AttributionPolicy::default();
    let unlocked = at
        .table
        .get("lock_days")
        .is_some_and(|value| value.get_ref().as_str() == Some(NO_LOCK));
    AttributionPolicy {
        version: reader.count(at, "version").unwrap_or(default.version),
        from: reader.date(at, "from"),
        sourced_by: reader.words(at, "sourced_by").unwrap_or(default.sourced_by),
        window_days: reader.count(at, "window_days").unwrap_or(default.window_days),
        needs_no_open_opportunity: reader
            .yes_or_no(at, "needs_no_open_opportunity")
            .unwrap_or(default.needs_no_open_opportunity),
        lock_days: if unlocked {
            None
        } else {
            reader.count(at, "lock_days").or(default.lock_days)
        },
        credit: reader.word(at, "credit").unwrap_or(default.credit),
    }
}
