//! What the written form asks: limits, names used once, references that lead somewhere, ranges the right way up.

use super::Checker;
use super::catalogue::{F02, F03, F04, F05, F06, F07};
use crate::words::nearest;
use crate::{Bet, CycleLength, Measure, Range, Scope, limits};
use std::collections::BTreeSet;

/// Whether the strategy is small enough to be judged further.
pub(super) fn fits(checker: &mut Checker<'_>) -> bool {
    let strategy = checker.strategy;
    for (path, count, limit, kind) in [
        ("program.team", strategy.program.team.len(), limits::TEAM, "people"),
        (
            "program.partner_types",
            strategy.program.partner_types.len(),
            limits::PARTNER_TYPES,
            "partner types",
        ),
        ("segment", strategy.segments.len(), limits::SEGMENTS, "segments"),
        ("cell", strategy.cells.len(), limits::CELLS, "cells"),
        ("bet", strategy.bets.len(), limits::BETS, "bets"),
    ] {
        at_most(checker, path, count, limit, kind);
    }
    for (path, bet) in checker.bets(|_| true) {
        for (key, count, limit, kind) in [
            ("partners", bet.partners.len(), limits::PARTNERS, "partners"),
            (
                "condition",
                bet.wedge.conditions.len(),
                limits::CONDITIONS,
                "conditions",
            ),
            ("step", bet.motion.steps.len(), limits::STEPS, "steps"),
            ("indicator", bet.indicators.len(), limits::INDICATORS, "indicators"),
        ] {
            at_most(checker, &format!("{path}.{key}"), count, limit, kind);
        }
    }
    checker.findings.is_empty()
}

pub(super) fn check(checker: &mut Checker<'_>) {
    program(checker);
    outcome(checker);
    segments(checker);
    cells(checker);
    let bets = checker.bets(|_| true);
    let keys: Vec<(String, String)> = bets
        .iter()
        .map(|(path, bet)| (format!("{path}.name"), bet.key()))
        .collect();
    unique(
        checker,
        keys.iter().map(|(path, key)| (path.clone(), key.as_str())),
        "bet",
    );
    for (path, bet) in bets {
        self::bet(checker, &path, bet);
    }
}

fn program(checker: &mut Checker<'_>) {
    let program = &checker.strategy.program;
    if program.name.is_empty() {
        checker.report_with_help(
            F07,
            "program",
            "The program has no name",
            "Name the company under [program].",
        );
    }
    name(checker, "program.name", &program.name);
    figure(checker, "program.switching_tax", Some(program.switching_tax), 0.0, 1.0);
    if program.at_once == 0 {
        let help = "Write at_once = 1 or more.";
        checker.report_with_help(F02, "program.at_once", "No bet may run at any time", help);
    }
    for (at, member) in program.team.iter().enumerate() {
        name(checker, &format!("program.team[{at}].who"), &member.who);
        name(checker, &format!("program.team[{at}].role"), &member.role);
        figure(
            checker,
            &format!("program.team[{at}].hours_per_week"),
            Some(member.hours_per_week),
            0.0,
            168.0,
        );
    }
    let types = &program.partner_types;
    for partner_type in types {
        name(checker, "program.partner_types", partner_type);
    }
    unique(
        checker,
        types
            .iter()
            .map(|own| ("program.partner_types".to_owned(), own.as_str())),
        "partner type",
    );
}

fn outcome(checker: &mut Checker<'_>) {
    let outcome = &checker.strategy.outcome;
    let missing: Vec<&str> = [
        ("a measure", outcome.measure.is_empty()),
        ("a target", outcome.target.is_none()),
        ("a date (by)", outcome.by.is_none()),
    ]
    .into_iter()
    .filter_map(|(what, is_missing)| is_missing.then_some(what))
    .collect();
    if !missing.is_empty() {
        let help = "Write under [outcome] what shall move, how far and by which day.";
        checker.report_with_help(
            F05,
            "outcome",
            format!("The outcome lacks {}", missing.join(", ")),
            help,
        );
    }
    if !outcome.measure.is_empty() && outcome.catalogued().is_none() {
        unknown_measure(checker, "outcome.measure", &outcome.measure, &[]);
    }
    if let Scope::Segment(segment) = &outcome.scope {
        reference(checker, "outcome.scope", segment, "segment", &segment_names(checker));
    }
    sentence(checker, "outcome.says", &outcome.says);
    name(checker, "outcome.sponsor", &outcome.sponsor);
    figure(
        checker,
        "outcome.baseline",
        outcome.baseline,
        -limits::FIGURE,
        limits::FIGURE,
    );
    figure(
        checker,
        "outcome.target",
        outcome.target,
        -limits::FIGURE,
        limits::FIGURE,
    );
    if let (Some(from), Some(by)) = (outcome.from, outcome.by)
        && from >= by
    {
        checker.report_with_help(
            F02,
            "outcome.from",
            format!("The outcome counts from {from} and ends on {by}"),
            "Put the first day that counts before the last.",
        );
    }
}

fn segments(checker: &mut Checker<'_>) {
    let segments = &checker.strategy.segments;
    let names = segments.iter().enumerate();
    unique(
        checker,
        names.map(|(at, segment)| (format!("segment[{at}].name"), segment.name.as_str())),
        "segment",
    );
    for (at, segment) in segments.iter().enumerate() {
        let path = format!("segment[{at}]");
        present(checker, &path, &[("name", &segment.name), ("rule", &segment.rule)]);
        name(checker, &format!("{path}.name"), &segment.name);
        sentence(checker, &format!("{path}.rule"), &segment.rule);
        if segment.name == Scope::All.name() {
            let help = "Give the segment another name.";
            checker.report_with_help(F02, &format!("{path}.name"), "\"all\" means every account", help);
        }
    }
}

fn cells(checker: &mut Checker<'_>) {
    let cells = &checker.strategy.cells;
    let mut seen = BTreeSet::new();
    for (at, cell) in cells.iter().enumerate() {
        let path = format!("cell[{at}]");
        present(
            checker,
            &path,
            &[("segment", &cell.segment), ("partner_type", &cell.partner_type)],
        );
        in_arena(checker, &path, &cell.segment, &cell.partner_type);
        name(checker, &format!("{path}.initiative"), &cell.initiative);
        sentence(checker, &format!("{path}.reason"), &cell.reason);
        sentence(checker, &format!("{path}.reopen_when"), &cell.reopen_when);
        sentence(
            checker,
            &format!("{path}.would_change_our_mind"),
            &cell.would_change_our_mind,
        );
        if !seen.insert((&cell.segment, &cell.partner_type)) {
            let message = format!("The cell {} with {} is listed twice", cell.segment, cell.partner_type);
            checker.report_with_help(F04, &path, message, "Keep one of the two.");
        }
    }
}

fn bet(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    present(
        checker,
        path,
        &[
            ("name", &bet.name),
            ("segment", &bet.segment),
            ("partner_type", &bet.partner_type),
        ],
    );
    in_arena(checker, path, &bet.segment, &bet.partner_type);
    name(checker, &format!("{path}.name"), &bet.name);
    if !bet.name.is_empty() && bet.key().is_empty() {
        let help = "Write a name with a letter or a digit in it.";
        checker.report_with_help(F02, &format!("{path}.name"), "The name has no letter or digit", help);
    }
    name(checker, &format!("{path}.owner"), &bet.owner);
    for partner in &bet.partners {
        name(checker, &format!("{path}.partners"), partner);
    }
    sequence(checker, path, bet);
    wedge(checker, path, bet);
    capacity(checker, path, bet);
    steps(checker, path, bet);
    upright(
        checker,
        &format!("{path}.deal_value.range"),
        bet.deal_value,
        limits::FIGURE,
    );
    indicators(checker, path, bet);
    gate(checker, path, bet);
}

fn sequence(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    let length = checker.strategy.program.calendar.length;
    if let Some(cycle) = bet.starts.filter(|cycle| cycle.length() != length) {
        let form = if length == CycleLength::Quarter {
            "2026-Q3"
        } else {
            "2026-H2"
        };
        let message = format!("{cycle} is not a cycle of this program, which plans by the {length}");
        checker.report_with_help(
            F02,
            &format!("{path}.starts"),
            message,
            format!("Write a {length}, such as {form}."),
        );
    }
    let others: Vec<&str> = checker.strategy.bets.iter().map(|other| other.name.as_str()).collect();
    reference(checker, &format!("{path}.after"), &bet.after, "bet", &others);
    if waits_for_itself(checker, bet) {
        let message = format!("{:?} waits, in the end, for itself", bet.name);
        checker.report_with_help(
            F02,
            &format!("{path}.after"),
            message,
            "Let one bet of the ring start first.",
        );
    }
}

/// Follows `after` from bet to bet until it ends, or has gone once round.
fn waits_for_itself(checker: &Checker<'_>, bet: &Bet) -> bool {
    let next = |name: &str| {
        checker
            .strategy
            .bet(name)
            .filter(|bet| !bet.after.is_empty())
            .map(|bet| bet.after.as_str())
    };
    let chain = std::iter::successors(Some(bet.after.as_str()).filter(|after| !after.is_empty()), |name| {
        next(name)
    });
    chain.take(limits::BETS).any(|name| name == bet.name)
}

fn wedge(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    sentence(checker, &format!("{path}.wedge.partner"), &bet.wedge.partner);
    sentence(checker, &format!("{path}.wedge.customer"), &bet.wedge.customer);
    let conditions = &bet.wedge.conditions;
    for (at, condition) in conditions.iter().enumerate() {
        let path = format!("{path}.condition[{at}]");
        sentence(checker, &format!("{path}.says"), &condition.says);
        sentence(checker, &format!("{path}.test"), &condition.test);
        figure(checker, &format!("{path}.belief"), condition.belief, 0.0, 1.0);
    }
}

fn capacity(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    let Some(capacity) = bet.capacity else {
        if checker.state(bet).is_live() {
            let message = format!("{:?} does not say what it asks of the team", bet.name);
            checker.report_with_help(F07, path, message, "Add [bet.capacity] with its hours and targets.");
        }
        return;
    };
    for (key, value) in [
        ("set_up_hours", capacity.set_up_hours),
        ("hours_per_target", capacity.hours_per_target),
        ("weekly_overhead_hours", capacity.weekly_overhead_hours),
        ("targets_per_week", capacity.targets_per_week),
    ] {
        figure(
            checker,
            &format!("{path}.capacity.{key}"),
            Some(value),
            0.0,
            limits::FIGURE,
        );
    }
}

fn steps(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    let steps = &bet.motion.steps;
    let names = steps.iter().enumerate();
    unique(
        checker,
        names.map(|(at, step)| (format!("{path}.step[{at}].name"), step.name.as_str())),
        "step",
    );
    for (at, step) in steps.iter().enumerate() {
        let path = format!("{path}.step[{at}]");
        present(checker, &path, &[("name", &step.name)]);
        name(checker, &format!("{path}.name"), &step.name);
        name(checker, &format!("{path}.owner"), &step.owner);
        sentence(checker, &format!("{path}.done_when"), &step.done_when);
        figure(checker, &format!("{path}.hours"), step.hours, 0.0, limits::FIGURE);
        figure(checker, &format!("{path}.delay_weeks"), step.delay_weeks, 0.0, 520.0);
        upright(checker, &format!("{path}.conversion"), step.conversion, 1.0);
        let missing = [
            ("conversion", step.conversion.is_none()),
            ("delay_weeks", step.delay_weeks.is_none()),
        ];
        let missing: Vec<&str> = missing
            .iter()
            .filter(|(_, is_missing)| *is_missing)
            .map(|(key, _)| *key)
            .collect();
        if !missing.is_empty() && checker.state(bet).is_live() {
            let message = format!("The step {:?} lacks {}", step.name, missing.join(" and "));
            checker.report_with_help(
                F07,
                &path,
                message,
                "Without them there is no forecast; write your 80% range.",
            );
        }
    }
}

fn indicators(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    for (at, indicator) in bet.indicators.iter().enumerate() {
        let path = format!("{path}.indicator[{at}]");
        present(checker, &path, &[("measure", &indicator.measure)]);
        figure(
            checker,
            &format!("{path}.target"),
            indicator.target,
            -limits::FIGURE,
            limits::FIGURE,
        );
        let is_known = Measure::by_key(&indicator.measure).is_some() || bet.motion.step(&indicator.measure).is_some();
        if !indicator.measure.is_empty() && !is_known {
            let steps: Vec<&str> = bet.motion.steps.iter().map(|step| step.name.as_str()).collect();
            unknown_measure(checker, &format!("{path}.measure"), &indicator.measure, &steps);
        }
    }
}

fn gate(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    let Some(gate) = &bet.gate else { return };
    let path = format!("{path}.gate");
    sentence(checker, &format!("{path}.question"), &gate.question);
    figure(
        checker,
        &format!("{path}.scale_if"),
        gate.scale_if,
        -limits::FIGURE,
        limits::FIGURE,
    );
    figure(
        checker,
        &format!("{path}.retire_if"),
        gate.retire_if,
        -limits::FIGURE,
        limits::FIGURE,
    );
    let less_is_better = Measure::by_key(&gate.measure).is_some_and(|measure| measure.less_is_better);
    if let (Some(scale), Some(retire)) = (gate.scale_if, gate.retire_if)
        && (if less_is_better {
            scale >= retire
        } else {
            scale <= retire
        })
    {
        let (order, message) = if less_is_better {
            ("below", "up")
        } else {
            ("above", "down")
        };
        let message = format!("The gate scales at {scale} and retires at {retire}: it stands upside {message}");
        checker.report_with_help(
            F02,
            &format!("{path}.scale_if"),
            message,
            format!("Put scale_if {order} retire_if."),
        );
    }
    let others: Vec<&str> = checker.strategy.bets.iter().map(|other| other.name.as_str()).collect();
    reference(checker, &format!("{path}.passes_to"), &gate.passes_to, "bet", &others);
    if !gate.passes_to.is_empty() && gate.passes_to == bet.name {
        checker.report_with_help(
            F02,
            &format!("{path}.passes_to"),
            "The gate unlocks its own bet",
            "Name another bet.",
        );
    }
}

fn segment_names<'a>(checker: &Checker<'a>) -> Vec<&'a str> {
    checker
        .strategy
        .segments
        .iter()
        .map(|segment| segment.name.as_str())
        .collect()
}

/// Segment and partner type must be rows and columns of the arena.
fn in_arena(checker: &mut Checker<'_>, path: &str, segment: &str, partner_type: &str) {
    reference(
        checker,
        &format!("{path}.segment"),
        segment,
        "segment",
        &segment_names(checker),
    );
    let types: Vec<&str> = checker
        .strategy
        .program
        .partner_types
        .iter()
        .map(String::as_str)
        .collect();
    reference(
        checker,
        &format!("{path}.partner_type"),
        partner_type,
        "partner type of the program",
        &types,
    );
}

fn reference(checker: &mut Checker<'_>, path: &str, name: &str, kind: &str, known: &[&str]) {
    if name.is_empty() || known.contains(&name) {
        return;
    }
    let help = match nearest(name, known.iter().copied()) {
        Some(near) => format!("Did you mean {near:?}?"),
        None if known.is_empty() => format!("The strategy has no {kind} yet; add it."),
        None => format!("Known are: {}.", listed(known)),
    };
    checker.report_with_help(F03, path, format!("There is no {kind} named {:?}", shown(name)), help);
}

fn unknown_measure(checker: &mut Checker<'_>, path: &str, measure: &str, steps: &[&str]) {
    let known: Vec<&str> = crate::measure::CATALOGUE
        .iter()
        .map(|measure| measure.key)
        .chain(steps.iter().copied())
        .collect();
    reference(checker, path, measure, "measure", &known);
}

fn unique<'a>(checker: &mut Checker<'_>, names: impl Iterator<Item = (String, &'a str)>, kind: &str) {
    let mut seen = BTreeSet::new();
    for (path, name) in names.filter(|(_, name)| !name.is_empty()) {
        if !seen.insert(name) {
            checker.report(F04, &path, format!("There are two of the {kind} {:?}", shown(name)));
        }
    }
}

fn present(checker: &mut Checker<'_>, path: &str, keys: &[(&str, &str)]) {
    for (key, _) in keys.iter().filter(|(_, value)| value.is_empty()) {
        checker.report_with_help(F05, path, format!("{path} has no {key}"), format!("Add {key} = \"…\"."));
    }
}

fn at_most(checker: &mut Checker<'_>, path: &str, count: usize, limit: usize, kind: &str) {
    if count > limit {
        checker.report(F06, path, format!("There are {count} {kind}; at most {limit} are kept"));
    }
}

fn name(checker: &mut Checker<'_>, path: &str, name: &str) {
    at_most(
        checker,
        path,
        name.chars().count(),
        limits::NAME_CHARS,
        "characters in this name",
    );
}

fn sentence(checker: &mut Checker<'_>, path: &str, sentence: &str) {
    at_most(
        checker,
        path,
        sentence.chars().count(),
        limits::SENTENCE_CHARS,
        "characters in this text",
    );
}

fn figure(checker: &mut Checker<'_>, path: &str, value: Option<f64>, least: f64, most: f64) {
    if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
        let help = format!("Write a number from {least} to {most}.");
        checker.report_with_help(F02, path, format!("{path} is {value}"), help);
    }
}

fn upright(checker: &mut Checker<'_>, path: &str, range: Option<Range>, most: f64) {
    let Some(range) = range else { return };
    if !range.is_upright() {
        let message = format!("The range [{}, {}] is upside down", range.low, range.high);
        checker.report_with_help(F02, path, message, "Write the 80% range as [low, high].");
    } else if range.low < 0.0 || range.high > most {
        let message = format!("The range [{}, {}] goes beyond 0 to {most}", range.low, range.high);
        checker.report_with_help(F02, path, message, format!("Write numbers from 0 to {most}."));
    }
}

/// A name as it is shown in a message.
fn shown(name: &str) -> String {
    name.chars().take(limits::NAME_CHARS).collect()
}

fn listed(names: &[&str]) -> String {
    /// Names listed in one message.
    const LISTED: usize = 12;
    let mut listed: Vec<String> = names
        .iter()
        .take(LISTED)
        .map(|name| format!("{:?}", shown(name)))
        .collect();
    if names.len() > LISTED {
        listed.push("…".to_owned());
    }
    listed.join(", ")
}
