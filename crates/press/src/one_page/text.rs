//! The one page for a terminal: no colours, so that it can be piped, mailed and compared.

use super::{Figure, FunctionLine, OnePage, When};
use crate::{
    chart::fan::Fan,
    numbers::{date, date_from},
    prose::{length, wrap},
    tag::{State, Tag},
};

/// Narrower than this, words are no longer wrapped to fit.
const WIDTH_LEAST: usize = 40;
/// Column in which the value of a "name value" line begins.
const VALUE_COLUMN: usize = 19;

/// The same seven blocks for a terminal of `width` columns (at least 40 are used).
pub fn text(page: &OnePage, width: usize) -> String {
    let mut sheet = Sheet {
        width: width.max(WIDTH_LEAST),
        lines: Vec::new(),
    };
    sheet.ends(&page.title(), &page.edition());
    if let Some(banner) = &page.banner {
        sheet.put(banner, "◆ ", "  ");
    }
    sheet.outcome(page);
    sheet.choices(page);
    sheet.wedges(page);
    sheet.bets(page);
    sheet.proof(page);
    sheet.sign_off(page);
    sheet.lines.join("\n") + "\n"
}

struct Sheet {
    width: usize,
    lines: Vec<String>,
}

impl Sheet {
    fn put(&mut self, text: &str, first: &str, rest: &str) {
        self.lines.extend(wrap(text, self.width, first, rest));
    }

    fn block(&mut self, title: &str) {
        let rule = "─".repeat(self.width.saturating_sub(length(title) + 1));
        self.lines.extend([String::new(), format!("{title} {rule}")]);
    }

    /// Two texts at the two ends of a line, or below each other when it is too short.
    fn ends(&mut self, left: &str, right: &str) {
        match self.width.checked_sub(length(left) + length(right)) {
            Some(room) if room >= 2 => self.lines.push(format!("{left}{}{right}", " ".repeat(room))),
            _ => {
                self.put(left, "", "");
                self.put(right, "", "");
            }
        }
    }

    fn pair(&mut self, name: &str, value: &str) {
        let indent = " ".repeat(VALUE_COLUMN);
        self.put(value, &format!("  {name:<0$}", VALUE_COLUMN - 2), &indent);
    }

    fn outcome(&mut self, page: &OnePage) {
        let outcome = &page.outcome;
        self.block("1 Outcome");
        self.put(&outcome.sentence, "  ", "  ");
        self.lines.push(String::new());
        self.pair("Measure", &outcome.measure);
        self.pair("Baseline", &figure(&outcome.baseline));
        self.pair("Where it stands", &figure(&outcome.now));
        self.pair(
            "Target",
            &format!("{} by {}", figure(&outcome.target), date_from(outcome.by, page.today)),
        );
        self.pair("Sponsor", &outcome.sponsor);
        if let Some(fan) = &page.fan {
            self.pair("Forecast", &fan.frame.finding);
            self.lines.extend(
                strip(fan, self.width - VALUE_COLUMN)
                    .into_iter()
                    .map(|l| " ".repeat(VALUE_COLUMN) + &l),
            );
        }
    }

    fn choices(&mut self, page: &OnePage) {
        self.block("2 Where we win");
        for cell in &page.chosen {
            self.put(
                &format!("{}: {}", Tag::from(State::Chosen).text(), cell.cell),
                "  ",
                "    ",
            );
            self.put(&cell.reason, "    ", "    ");
            if let Some(evidence) = &cell.evidence {
                self.put(&format!("Evidence: {}", figure(evidence)), "    ", "    ");
            }
        }
        self.block("3 Where we do not");
        for one in &page.ruled_out {
            self.put(&format!("{}: {}", Tag::from(one.state).text(), one.what), "  ", "    ");
            self.put(&one.reason, "    ", "    ");
            if let Some(reopens) = &one.reopens {
                self.put(&format!("{}: {reopens}", one.reopens_word()), "    ", "    ");
            }
        }
    }

    fn wedges(&mut self, page: &OnePage) {
        self.block("4 Wedge and motion");
        for wedge in &page.wedges {
            self.put(&wedge.bet, "  ", "    ");
            self.put(
                &format!("{} work with us because: {}", wedge.partner_type, wedge.partner_reason),
                "    ",
                "    ",
            );
            if let Some(reason) = &wedge.customer_reason {
                self.put(&format!("Customers care because: {reason}"), "    ", "    ");
            }
            if !wedge.motion.is_empty() {
                self.put(
                    &format!("The repeatable motion: {}", wedge.motion.join(" → ")),
                    "    ",
                    "    ",
                );
            }
        }
    }

    fn bets(&mut self, page: &OnePage) {
        self.block("5 Bets");
        for when in [When::Now, When::Next, When::Parked] {
            for bet in page.bets_of(when) {
                let gate = bet
                    .gate
                    .map(|day| format!(", gate on {}", date_from(day, page.today)))
                    .unwrap_or_default();
                let says = if bet.tag.word == when.word() {
                    String::new()
                } else {
                    format!(" [{}]", bet.tag.text())
                };
                let note = bet.note.as_ref().map(|note| format!(". {note}")).unwrap_or_default();
                self.pair(when.word(), &format!("{}{says}{gate}{note}", bet.name));
            }
        }
        if let Some(cost) = &page.cost {
            self.pair("Cost", cost);
        }
    }

    fn proof(&mut self, page: &OnePage) {
        self.block("6 Proof");
        for line in &page.proof.lines {
            self.put(
                &format!("{} ({}, {})", line.measure, line.bet, line.kind.word()),
                "  ",
                "    ",
            );
            let retire = line
                .retire_if
                .as_ref()
                .map(|says| format!(", retire if {says}"))
                .unwrap_or_default();
            let now = figure(&line.now);
            self.put(
                &format!("now {now}; scale if {}{retire}, by {}", line.scale_if, date(line.by)),
                "    ",
                "    ",
            );
            if let Some(chance) = &line.chance {
                self.put(&format!("chance {chance}"), "    ", "    ");
            }
        }
        if let Some(day) = page.proof.next_review {
            self.pair("Next review", &date_from(day, page.today));
        }
    }

    fn sign_off(&mut self, page: &OnePage) {
        let sign_off = &page.sign_off;
        self.block("7 Sign-off");
        self.put(&sign_off.signature(), "  ", "  ");
        self.put(
            &format!("Version {}, content {}", sign_off.version, sign_off.short_hash()),
            "  ",
            "  ",
        );
        for says in sign_off
            .condition()
            .into_iter()
            .chain(sign_off.functions.iter().map(FunctionLine::line))
        {
            self.put(&says, "  ", "    ");
        }
    }
}

fn figure(figure: &Figure) -> String {
    match &figure.source {
        Some(source) => format!("{} ({source})", figure.says),
        None => figure.says.clone(),
    }
}

/// The end of the fan in two lines: where it stands ●, the 80% and 50% bands ░▒, the median ┃ and the target ◆.
fn strip(fan: &Fan, width: usize) -> Vec<String> {
    let (Some(end), Some((_, now))) = (fan.forecast.last(), fan.actual.last()) else {
        return Vec::new();
    };
    let target = fan.thresholds.first();
    let most = target.map_or(end.p90, |t| t.value.max(end.p90));
    let known = [end.p10, end.p25, end.p50, end.p75, end.p90, *now, most];
    let cells = width.min(60);
    if !known.iter().all(|v| v.is_finite()) || most <= 0.0 || cells < 20 {
        return Vec::new();
    }
    let left_of = |value: f64, cell: usize| value / most <= cell as f64 / (cells - 1) as f64;
    let is_at = |value: f64, cell: usize| left_of(value, cell) && (cell == 0 || !left_of(value, cell - 1));
    let drawn: String = (0..cells)
        .map(|cell| match cell {
            _ if target.is_some_and(|t| is_at(t.value, cell)) => '◆',
            _ if is_at(end.p50, cell) => '┃',
            _ if is_at(*now, cell) => '●',
            _ if left_of(end.p25, cell) && !left_of(end.p75, cell) => '▒',
            _ if left_of(end.p10, cell) && !left_of(end.p90, cell) => '░',
            _ => '─',
        })
        .collect();
    let short = |value: f64| fan.unit.short(value);
    let target = target.map(|t| format!(" · ◆\u{a0}{}", t.label)).unwrap_or_default();
    let range = format!(
        "░\u{a0}80% {} to {} · ▒\u{a0}50% {} to {}",
        short(end.p10),
        short(end.p90),
        short(end.p25),
        short(end.p75)
    );
    let key = format!(
        "●\u{a0}now {} · ┃\u{a0}median {} · {range}{target}",
        short(*now),
        short(end.p50)
    );
    std::iter::once(drawn).chain(wrap(&key, width, "", "")).collect()
}
