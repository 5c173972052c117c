//! The forecast fan: what happened, then the median and the 50% and 80% bands up to a date. Draws; simulates nothing.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    Frame, hatch,
    plot::{LINE, Rect, Scale, grid, keep_apart, px, text_width, whole_grid},
};
use crate::numbers::{Unit, date, day_month, days_between};

/// A measure to date and its forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Fan {
    /// The words around it.
    pub frame: Frame,
    /// What is measured: "Opportunities".
    pub measure: String,
    /// How values are written.
    pub unit: Unit,
    /// What happened, in order of date, in the unit's values.
    pub actual: Vec<(Date, f64)>,
    /// What is forecast, in order of date; begins where the actual ends.
    pub forecast: Vec<Quantiles>,
    /// Lines to hold the forecast against: a gate's threshold, the outcome's target.
    pub thresholds: Vec<Threshold>,
    /// Decisions on the way, drawn as numbered marks on the date axis.
    pub decisions: Vec<Decision>,
    /// When facts are stale: the day from which nothing has been imported.
    pub stale_since: Option<Date>,
}

/// Quantiles of the forecast on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantiles {
    /// The day.
    pub date: Date,
    /// Lower end of the 80% band.
    pub p10: f64,
    /// Lower end of the 50% band.
    pub p25: f64,
    /// Median.
    pub p50: f64,
    /// Upper end of the 50% band.
    pub p75: f64,
    /// Upper end of the 80% band.
    pub p90: f64,
}

/// A dashed line.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// "Scale at 12".
    pub label: String,
    /// Its height.
    pub value: f64,
}

/// A decision on the date axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The day.
    pub date: Date,
    /// The key to the list of decisions.
    pub number: u32,
    /// What was decided.
    pub says: String,
}

/// The fan at page width.
pub fn draw(fan: &Fan) -> Markup {
    draw_in(fan, &WIDE)
}

/// The fan at column width, for the one page: fewer labels, the same text size, and its table folded away just so.
pub fn draw_small(fan: &Fan) -> Markup {
    draw_in(fan, &SMALL)
}

/// Measures of a drawing, in px at full size.
struct Size {
    class: &'static str,
    width: f64,
    height: f64,
    every_label: bool,
}

const WIDE: Size = Size {
    class: "plot",
    width: 720.0,
    height: 300.0,
    every_label: true,
};
const SMALL: Size = Size {
    class: "plot small",
    width: 400.0,
    height: 176.0,
    every_label: false,
};

/// Width of the hatch at the least, so that a single stale day is seen.
const STALE_LEAST: f64 = 12.0;

/// A fan with its coordinates worked out.
struct Plot<'a> {
    fan: &'a Fan,
    size: &'a Size,
    /// Without what is not a number.
    actual: Vec<(Date, f64)>,
    thresholds: Vec<&'a Threshold>,
    forecast: Vec<Quantiles>,
    first: Date,
    x: Scale,
    y: Scale,
    lines: Vec<f64>,
    left: f64,
    right: f64,
    base: f64,
}

fn draw_in(fan: &Fan, size: &Size) -> Markup {
    let Some(plot) = Plot::new(fan, size) else {
        return fan.frame.nothing_yet("it begins with the first dated value");
    };
    fan.frame.drawing(&plot.svg(), &plot.table())
}

impl<'a> Plot<'a> {
    fn new(fan: &'a Fan, size: &'a Size) -> Option<Self> {
        let actual: Vec<(Date, f64)> = fan
            .actual
            .iter()
            .filter(|(_, value)| value.is_finite())
            .copied()
            .collect();
        let thresholds: Vec<&Threshold> = fan.thresholds.iter().filter(|t| t.value.is_finite()).collect();
        let forecast = joined_forecast(fan, actual.last());
        let mut dates: Vec<Date> = actual
            .iter()
            .map(|(date, _)| *date)
            .chain(forecast.iter().map(|q| q.date))
            .collect();
        dates.sort();
        let (first, last) = (*dates.first()?, *dates.last()?);
        let values = || {
            let known = actual
                .iter()
                .map(|(_, v)| *v)
                .chain(forecast.iter().flat_map(Quantiles::all));
            known
                .chain(thresholds.iter().map(|t| t.value))
                .filter(|v| v.is_finite())
        };
        let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
        let lines = if fan.unit == Unit::Count {
            whole_grid(low, high.max(1.0))
        } else {
            grid(low, high)
        };
        let widest = |texts: Vec<String>| texts.iter().map(|t| text_width(t)).fold(0.0, f64::max);
        let left = widest(lines.iter().map(|v| fan.unit.short(*v)).collect()) + 14.0;
        let room_for_labels = widest(end_labels(fan, &forecast, size).into_iter().map(|l| l.says).collect());
        let right = size.width - room_for_labels - 14.0;
        let base = size.height
            - if size.every_label && !fan.decisions.is_empty() {
                46.0
            } else {
                28.0
            };
        let days = f64::from(days_between(first, last).max(1));
        let ends = (lines.first().copied()?, lines.last().copied()?);
        let y = Scale::new(ends, (base, 20.0));
        Some(Self {
            fan,
            size,
            actual,
            thresholds,
            forecast,
            first,
            x: Scale::new((0.0, days), (left, right)),
            y,
            lines,
            left,
            right,
            base,
        })
    }

    fn x(&self, day: Date) -> f64 {
        self.x.at(f64::from(days_between(self.first, day)))
    }

    fn point(&self, day: Date, value: f64) -> (f64, f64) {
        (self.x(day), self.y.at(value))
    }

    fn svg(&self) -> Markup {
        let Size {
            class, width, height, ..
        } = self.size;
        let frame = &self.fan.frame;
        let (title, desc) = (frame.id("t"), frame.id("d"));
        html! {
            svg class=(class) viewBox={ "0 0 " (px(*width)) " " (px(*height)) } role="img" aria-labelledby={ (title) " " (desc) } {
                title id=(title) { (frame.finding) }
                desc id=(desc) { (self.describe()) }
                (self.grid_lines())
                (self.stale())
                (self.bands())
                (self.threshold_lines())
                (self.paths())
                (self.end_labels())
                (self.dates())
                @if self.size.every_label { (self.decisions()) }
            }
        }
    }

    fn grid_lines(&self) -> Markup {
        html! {
            g stroke="var(--grid)" {
                @for value in &self.lines { path d={ "M" (px(self.left)) " " (px(self.y.at(*value))) "H" (px(self.right)) } {} }
            }
            g text-anchor="end" {
                @for value in &self.lines {
                    text.quiet x=(px(self.left - 8.0)) y=(px(self.y.at(*value) + 4.5)) { (self.fan.unit.short(*value)) }
                }
            }
        }
    }

    fn bands(&self) -> Markup {
        let band = |low: fn(&Quantiles) -> f64, high: fn(&Quantiles) -> f64| {
            let upper = self.forecast.iter().map(|q| self.point(q.date, high(q)));
            let lower = self.forecast.iter().rev().map(|q| self.point(q.date, low(q)));
            format!("{}Z", path(upper.chain(lower)))
        };
        html! {
            @if self.forecast.len() > 1 {
                path d=(band(|q| q.p10, |q| q.p90)) fill="var(--band-outer)" stroke="var(--band-edge)" stroke-linejoin="round" {}
                path d=(band(|q| q.p25, |q| q.p75)) fill="var(--band-inner)" stroke="var(--band-edge)" stroke-linejoin="round" {}
            }
        }
    }

    /// Dashed lines; their labels stand above them at the left, under which the actual has not yet risen.
    fn threshold_lines(&self) -> Markup {
        let heights: Vec<f64> = self.thresholds.iter().map(|t| self.y.at(t.value)).collect();
        let labels = keep_apart(
            &heights.iter().map(|y| y - 6.0).collect::<Vec<_>>(),
            LINE,
            12.0,
            self.base - 6.0,
        );
        html! {
            @for y in &heights {
                path d={ "M" (px(self.left)) " " (px(*y)) "H" (px(self.right)) } stroke="var(--c4)" stroke-width="2" stroke-dasharray="8 4" {}
            }
            @for (threshold, y) in self.thresholds.iter().zip(&labels) {
                text.halo x=(px(self.left + 4.0)) y=(px(*y)) { (threshold.label) }
            }
        }
    }

    fn paths(&self) -> Markup {
        let actual = path(self.actual.iter().map(|(day, value)| self.point(*day, *value)));
        let median = path(self.forecast.iter().map(|q| self.point(q.date, q.p50)));
        html! {
            @if self.forecast.len() > 1 {
                path d=(median) fill="none" stroke="var(--c1)" stroke-width="2.5" stroke-dasharray="1 5" stroke-linecap="round" {}
            }
            @if let Some((day, value)) = self.actual.last() {
                path d=(actual) fill="none" stroke="var(--c1)" stroke-width="2.5" stroke-linejoin="round" stroke-linecap="round" {}
                circle cx=(px(self.x(*day))) cy=(px(self.y.at(*value))) r="4" fill="var(--c1)" {}
                (self.label_of_now(*day, *value))
            }
        }
    }

    /// The last value stands above and to the left of its point, or below when a threshold's label is there.
    fn label_of_now(&self, day: Date, value: f64) -> Markup {
        let says = self.fan.unit.short(value);
        let (x, y) = self.point(day, value);
        let width = text_width(&says);
        let above = Rect::new(x - 8.0 - width, y - 8.0 - LINE, width, LINE + 4.0);
        let is_taken = self.thresholds.iter().any(|t| {
            let top = self.y.at(t.value) - 6.0 - LINE;
            above.meets(&Rect::new(self.left, top, text_width(&t.label) + 8.0, LINE + 10.0))
        });
        let fits_left = above.left >= self.left;
        let (x, y, anchor) = match (fits_left, is_taken) {
            (true, false) => (x - 8.0, y - 8.0, "end"),
            (false, false) => (x + 2.0, y - 10.0, "start"),
            (_, true) => (x + 8.0, (y + 18.0).min(self.base - 4.0), "start"),
        };
        html! { text.halo.strong x=(px(x)) y=(px(y)) text-anchor=(anchor) { (says) } }
    }

    fn end_labels(&self) -> Markup {
        let labels = end_labels(self.fan, &self.forecast, self.size);
        let ends: Vec<f64> = labels.iter().map(|label| self.y.at(label.value)).collect();
        let placed = keep_apart(&ends, LINE, 14.0, self.base);
        html! {
            @for ((label, end), y) in labels.iter().zip(&ends).zip(&placed) {
                @if (end - y).abs() > 2.0 {
                    path d={ "M" (px(self.right + 1.0)) " " (px(*end)) "L" (px(self.right + 8.0)) " " (px(*y)) } stroke="var(--border-strong)" {}
                }
                text class=[label.is_median.then_some("strong")] x=(px(self.right + 10.0)) y=(px(y + 4.5)) { (label.says) }
            }
        }
    }

    fn dates(&self) -> Markup {
        let y = px(self.size.height - 8.0);
        let last = self
            .forecast
            .last()
            .map(|q| q.date)
            .or(self.actual.last().map(|(day, _)| *day));
        let now = self.actual.last().map(|(day, _)| *day);
        let first = if last.is_some_and(|last| last.year() == self.first.year()) {
            day_month(self.first)
        } else {
            date(self.first)
        };
        let now = now.filter(|day| self.x(*day) - self.left > 110.0 && self.right - self.x(*day) > 120.0);
        html! {
            text.quiet x=(px(self.left)) y=(y) { (first) }
            @if let Some(now) = now { text.quiet x=(px(self.x(now))) y=(y) text-anchor="middle" { (day_month(now)) } }
            @if let Some(last) = last.filter(|last| *last > self.first) {
                text.quiet x=(px(self.right)) y=(y) text-anchor="end" { (date(last)) }
            }
        }
    }

    fn decisions(&self) -> Markup {
        let wanted: Vec<f64> = self.fan.decisions.iter().map(|d| self.x(d.date)).collect();
        let placed = keep_apart(&wanted, 22.0, self.left, self.right);
        html! {
            @for (decision, x) in self.fan.decisions.iter().zip(&placed) {
                text.strong x=(px(*x)) y=(px(self.base + 15.0)) text-anchor="middle" { "▼" (decision.number) }
            }
        }
    }

    fn stale(&self) -> Markup {
        let Some(since) = self.fan.stale_since else {
            return html! {};
        };
        let until = self
            .forecast
            .iter()
            .map(|q| q.date)
            .find(|day| *day > since)
            .unwrap_or(since);
        let from = self.x(since).min(self.right - STALE_LEAST);
        let width = (self.x(until) - from).max(STALE_LEAST);
        let says = format!("Stale since {}", day_month(since));
        let label = (from + 4.0).min(self.size.width - text_width(&says) - 2.0);
        html! {
            (hatch(&self.fan.frame.id("stale"), "var(--border)"))
            rect x=(px(from)) y="20" width=(px(width)) height=(px(self.base - 20.0)) fill=(self.fan.frame.paint("stale")) {}
            text.halo x=(px(label)) y="14" { (says) }
        }
    }

    fn describe(&self) -> String {
        let unit = &self.fan.unit;
        let mut sentences = vec![self.fan.measure.clone()];
        if let Some((day, value)) = self.actual.last() {
            sentences.push(format!("{} on {}", unit.write(*value), date(*day)));
        }
        if let Some(q) = self.forecast.last() {
            let band = |low, high| format!("{} to {}", unit.write(low), unit.write(high));
            let bands = format!("50% band {}; 80% band {}", band(q.p25, q.p75), band(q.p10, q.p90));
            sentences.push(format!(
                "Median forecast {} on {}; {bands}",
                unit.write(q.p50),
                date(q.date)
            ));
        }
        sentences.extend(self.thresholds.iter().map(|t| t.label.clone()));
        if let Some(since) = self.fan.stale_since {
            sentences.push(format!("Facts are stale since {}", date(since)));
        }
        sentences.join(". ") + "."
    }

    fn table(&self) -> Markup {
        let fan = self.fan;
        let write = |value: f64| fan.unit.write(value);
        html! {
            table {
                caption { (fan.measure) }
                thead { tr {
                    th scope="col" { "Day" }
                    @for head in ["What happened", "10% below", "25% below", "Median", "75% below", "90% below"] {
                        th.num scope="col" { (head) }
                    }
                } }
                tbody {
                    @for (day, value) in &fan.actual {
                        tr { th scope="row" { (date(*day)) } td.num { (write(*value)) } td colspan="5" {} }
                    }
                    @for q in &fan.forecast {
                        tr { th scope="row" { (date(q.date)) } td {} @for value in q.all() { td.num { (write(value)) } } }
                    }
                }
            }
            @if !fan.decisions.is_empty() {
                table {
                    caption { "Decisions" }
                    tbody {
                        @for decision in &fan.decisions {
                            tr { th scope="row" { "▼ " (decision.number) } td { (date(decision.date)) } td { (decision.says) } }
                        }
                    }
                }
            }
        }
    }
}

impl Quantiles {
    /// From the lowest to the highest.
    fn all(&self) -> [f64; 5] {
        [self.p10, self.p25, self.p50, self.p75, self.p90]
    }
}

/// The forecast as it is drawn: from the last actual value on, and without days that have no number.
fn joined_forecast(fan: &Fan, now: Option<&(Date, f64)>) -> Vec<Quantiles> {
    let is_whole = |q: &&Quantiles| q.all().iter().all(|v| v.is_finite());
    let mut days: Vec<Quantiles> = fan.forecast.iter().filter(is_whole).copied().collect();
    let Some(next) = days.first() else { return days };
    if let Some((day, value)) = now.filter(|(day, _)| *day < next.date) {
        days.insert(
            0,
            Quantiles {
                date: *day,
                p10: *value,
                p25: *value,
                p50: *value,
                p75: *value,
                p90: *value,
            },
        );
    }
    days
}

struct EndLabel {
    value: f64,
    says: String,
    is_median: bool,
}

/// What stands at the ends of the bands, from the top down.
fn end_labels(fan: &Fan, forecast: &[Quantiles], size: &Size) -> Vec<EndLabel> {
    let Some(q) = forecast.last() else { return Vec::new() };
    let rows: &[(f64, &str)] = if size.every_label {
        &[
            (q.p90, " · 80% band"),
            (q.p75, " · 50% band"),
            (q.p50, " · median"),
            (q.p25, ""),
            (q.p10, ""),
        ]
    } else {
        &[(q.p90, " · 80% band"), (q.p50, " · median"), (q.p10, "")]
    };
    let label = |(value, words): &(f64, &str)| EndLabel {
        value: *value,
        says: format!("{}{words}", fan.unit.short(*value)),
        is_median: words.contains("median"),
    };
    rows.iter().map(label).collect()
}

/// "M0 0L1 1"
fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    points
        .enumerate()
        .map(|(i, (x, y))| format!("{}{} {}", if i == 0 { 'M' } else { 'L' }, px(x), px(y)))
        .collect()
}
