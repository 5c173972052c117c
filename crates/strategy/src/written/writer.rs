//! The canonical text of a strategy: one order, one form, so that equal strategies have equal texts and fingerprints.

use super::sections::NO_LOCK;
use crate::{AttributionPolicy, Bet, Capacity, Gate, Outcome, Program, Range, ReviewPlan, Step, Strategy};
use jiff::civil::Date;
use std::fmt::Write as _;

/// Numbers from here on are written with underscores between their thousands.
const GROUPED_FROM: f64 = 10_000.0;
/// Whole numbers below this are written without an exponent; each of them is exact.
const WHOLE_BELOW: f64 = 1e15;

/// The canonical text. `parse(&render(s)).strategy == s` for every strategy whose numbers are finite.
pub fn render(strategy: &Strategy) -> String {
    let mut text = Text::default();
    program(&mut text, &strategy.program);
    if strategy.outcome != Outcome::default() {
        outcome(&mut text, &strategy.outcome);
    }
    for segment in &strategy.segments {
        text.section("[[segment]]");
        text.text("name", &segment.name);
        text.text("rule", &segment.rule);
    }
    for cell in &strategy.cells {
        text.section("[[cell]]");
        text.text("segment", &cell.segment);
        text.text("partner_type", &cell.partner_type);
        text.line("state", &quoted(cell.state.word()));
        text.text("initiative", &cell.initiative);
        text.text("reason", &cell.reason);
        text.text("reopen_when", &cell.reopen_when);
        text.text("would_change_our_mind", &cell.would_change_our_mind);
    }
    for each in &strategy.bets {
        bet(&mut text, each);
    }
    review(&mut text, &strategy.review);
    attribution(&mut text, &strategy.attribution);
    text.0
}

fn program(text: &mut Text, program: &Program) {
    text.section("[program]");
    text.text("name", &program.name);
    text.line("currency", &quoted(program.currency.code()));
    text.line("fiscal_year_starts", &quoted(&program.calendar.starts()));
    text.line("cycle", &quoted(program.calendar.length.word()));
    text.line("at_once", &program.at_once.to_string());
    text.line("switching_tax", &number(program.switching_tax));
    text.texts("partner_types", &program.partner_types);
    for member in &program.team {
        text.section("[[program.team]]");
        text.text("who", &member.who);
        text.text("role", &member.role);
        text.line("hours_per_week", &number(member.hours_per_week));
    }
}

fn outcome(text: &mut Text, outcome: &Outcome) {
    text.section("[outcome]");
    text.text("says", &outcome.says);
    text.text("measure", &outcome.measure);
    text.line("scope", &quoted(outcome.scope.name()));
    text.number("baseline", outcome.baseline);
    text.number("target", outcome.target);
    text.date("from", outcome.from);
    text.date("by", outcome.by);
    text.text("sponsor", &outcome.sponsor);
}

fn bet(text: &mut Text, bet: &Bet) {
    text.section("[[bet]]");
    text.text("name", &bet.name);
    text.text("segment", &bet.segment);
    text.text("partner_type", &bet.partner_type);
    text.line("state", &quoted(bet.state.word()));
    if let Some(template) = bet.motion.template {
        text.line("motion", &quoted(template.word()));
    }
    text.text("owner", &bet.owner);
    text.texts("partners", &bet.partners);
    text.text("wedge.partner", &bet.wedge.partner);
    text.text("wedge.customer", &bet.wedge.customer);
    if let Some(cycle) = bet.starts {
        text.line("starts", &quoted(&cycle.to_string()));
    }
    text.text("after", &bet.after);
    for condition in &bet.wedge.conditions {
        text.section("[[bet.condition]]");
        text.text("says", &condition.says);
        text.number("belief", condition.belief);
        text.text("test", &condition.test);
        text.date("by", condition.by);
    }
    if let Some(each) = &bet.capacity {
        capacity(text, each);
    }
    for each in &bet.motion.steps {
        step(text, each);
    }
    if let Some(value) = bet.deal_value {
        text.section("[bet.deal_value]");
        text.line("range", &range(value));
    }
    for indicator in &bet.indicators {
        text.section("[[bet.indicator]]");
        text.line("kind", &quoted(indicator.kind.word()));
        text.text("measure", &indicator.measure);
        text.number("target", indicator.target);
        text.date("by", indicator.by);
    }
    if let Some(each) = &bet.gate {
        gate(text, each);
    }
}

fn capacity(text: &mut Text, capacity: &Capacity) {
    text.section("[bet.capacity]");
    text.line("set_up_hours", &number(capacity.set_up_hours));
    text.line("hours_per_target", &number(capacity.hours_per_target));
    text.line("weekly_overhead_hours", &number(capacity.weekly_overhead_hours));
    text.line("targets", &capacity.targets.to_string());
    text.line("targets_per_week", &number(capacity.targets_per_week));
}

fn step(text: &mut Text, step: &Step) {
    text.section("[[bet.step]]");
    text.text("name", &step.name);
    text.text("done_when", &step.done_when);
    text.text("owner", &step.owner);
    text.number("hours", step.hours);
    if let Some(conversion) = step.conversion {
        text.line("conversion", &range(conversion));
    }
    text.number("delay_weeks", step.delay_weeks);
}

fn gate(text: &mut Text, gate: &Gate) {
    text.section("[bet.gate]");
    text.text("question", &gate.question);
    text.text("measure", &gate.measure);
    text.number("scale_if", gate.scale_if);
    text.number("retire_if", gate.retire_if);
    text.date("by", gate.by);
    text.line("at_least_targets", &gate.at_least_targets.to_string());
    text.text("passes_to", &gate.passes_to);
}

fn review(text: &mut Text, review: &ReviewPlan) {
    text.section("[review]");
    text.line("every", &quoted(review.every.word()));
    text.date("next", review.next);
}

fn attribution(text: &mut Text, policy: &AttributionPolicy) {
    let kinds: Vec<String> = policy.sourced_by.iter().map(|kind| quoted(kind.word())).collect();
    text.section("[attribution]");
    text.line("version", &policy.version.to_string());
    text.date("from", policy.from);
    text.line("sourced_by", &format!("[{}]", kinds.join(", ")));
    text.line("window_days", &policy.window_days.to_string());
    text.line(
        "needs_no_open_opportunity",
        &policy.needs_no_open_opportunity.to_string(),
    );
    text.line(
        "lock_days",
        &policy
            .lock_days
            .map_or_else(|| quoted(NO_LOCK), |days| days.to_string()),
    );
    text.line("credit", &quoted(policy.credit.word()));
}

/// The text as it grows. What is missing is not written.
#[derive(Default)]
struct Text(String);

impl Text {
    fn section(&mut self, header: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(header);
        self.0.push('\n');
    }

    fn line(&mut self, key: &str, value: &str) {
        for part in [key, " = ", value, "\n"] {
            self.0.push_str(part);
        }
    }

    fn text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.line(key, &quoted(value));
        }
    }

    fn texts(&mut self, key: &str, values: &[String]) {
        if !values.is_empty() {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            self.line(key, &format!("[{}]", values.join(", ")));
        }
    }

    fn number(&mut self, key: &str, value: Option<f64>) {
        if let Some(value) = value {
            self.line(key, &number(value));
        }
    }

    fn date(&mut self, key: &str, value: Option<Date>) {
        if let Some(value) = value {
            self.line(key, &value.to_string());
        }
    }
}

/// A basic string of TOML: what cannot stand there bare is escaped.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                write!(quoted, "\\u{:04X}", u32::from(control)).expect("writing to a string cannot fail");
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

fn range(range: Range) -> String {
    format!("[{}, {}]", number(range.low), number(range.high))
}

/// A number as people write it: whole ones without a decimal point, thousands apart from ten thousand on.
fn number(value: f64) -> String {
    if value.fract() != 0.0 || value.abs() >= WHOLE_BELOW {
        return format!("{value:?}");
    }
    let digits = format!("{:.0}", value.abs());
    let sign = if value < 0.0 { "-" } else { "" };
    if value.abs() < GROUPED_FROM {
        return format!("{sign}{digits}");
    }
    let first = (digits.len() - 1) % 3 + 1;
    let mut grouped = format!("{sign}{}", &digits[..first]);
    for group in digits.as_bytes()[first..].chunks(3) {
        grouped.push('_');
        grouped.extend(group.iter().map(|digit| char::from(*digit)));
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_write_them() {
        for (value, written) in [
            (0.0, "0"),
            (-0.0, "0"),
            (9_999.0, "9999"),
            (10_000.0, "10_000"),
            (-3_800_000.0, "-3_800_000"),
            (0.05, "0.05"),
            (1e15, "1000000000000000.0"),
            (1e300, "1e300"),
        ] {
            assert_eq!(number(value), written);
        }
    }
}
