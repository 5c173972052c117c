//! Cumulative incidence: by which day how many had won, told apart by group. Draws; estimates nothing.

use maud::{Markup, html};

use super::{
    Frame,
    plot::{LINE, Scale, fit, grid, keep_apart, px, text_width},
};
use crate::numbers::{count, percent, three_figures};

/// At most this many lines are drawn; the table holds all.
pub const LINES_DRAWN_MOST: usize = 4;

/// Curves over days.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The words around it.
    pub frame: Frame,
    /// "Days since the opportunity was opened".
    pub x_label: String,
    /// "Won".
    pub y_label: String,
    /// In the order of their importance.
    pub lines: Vec<Line>,
    /// The window that a conversion is counted within, in days.
    pub within_days: Option<f64>,
}

/// One group's curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// "With a partner".
    pub name: String,
    /// How many rows it rests on.
    pub n: u64,
    /// Day, and the share (a fraction of 1) that had got there by then; in order of day.
    pub points: Vec<(f64, f64)>,
}

/// The curves as a drawing with its table.
pub fn draw(curve: &Curve) -> Markup {
    let Some(plot) = Plot::new(curve) else {
        return curve.frame.nothing_yet("it begins with the first conversion");
    };
    curve.frame.drawing(&plot.svg(), &plot.table())
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 300.0;
const TOP: f64 = 34.0;
const BASE: f64 = HEIGHT - 48.0;
/// Room that the words at a line's end may take.
const END: f64 = 230.0;
/// How many days the table shows, evenly spaced.
const DAYS_IN_TABLE: u32 = 8;
/// Colour and dashes of each line: told apart without the colour.
const STROKES: [(&str, Option<&str>); LINES_DRAWN_MOST] = [
    ("var(--c1)", None),
    ("var(--c2)", Some("10 4")),
    ("var(--c3)", Some("10 4 2 4")),
    ("var(--c4)", Some("4 4")),
];

struct Plot<'a> {
    curve: &'a Curve,
    drawn: Vec<&'a Line>,
    last_day: f64,
    x: Scale,
    y: Scale,
    shares: Vec<f64>,
    left: f64,
    right: f64,
}

impl Line {
    /// The share that had got there by `day`.
    fn at(&self, day: f64) -> f64 {
        self.points
            .iter()
            .take_while(|(d, _)| *d <= day)
            .last()
            .map_or(0.0, |(_, share)| *share)
    }

    fn says(&self) -> String {
        format!("{}, n {}", self.name, count(self.n))
    }
}

impl<'a> Plot<'a> {
    fn new(curve: &'a Curve) -> Option<Self> {
        let is_whole = |line: &&Line| {
            !line.points.is_empty()
                && line
                    .points
                    .iter()
                    .all(|(day, share)| day.is_finite() && share.is_finite())
        };
        let drawn: Vec<&Line> = curve.lines.iter().filter(is_whole).take(LINES_DRAWN_MOST).collect();
        let points = || drawn.iter().flat_map(|line| line.points.iter());
        let last_day = points().map(|(day, _)| *day).fold(0.0, f64::max);
        let highest = points().map(|(_, share)| *share).fold(0.0, f64::max);
        if last_day <= 0.0 || highest <= 0.0 {
            return None;
        }
        let shares: Vec<f64> = grid(0.0, highest)
            .into_iter()
            .filter(|share| *share <= 1.0 + 1e-9)
            .collect();
        let top = shares.last().copied()?.max(highest);
        let left = shares.iter().map(|v| text_width(&percent(*v))).fold(0.0, f64::max) + 14.0;
        let ends = drawn
            .iter()
            .map(|line| text_width(&line.end_says()))
            .fold(0.0, f64::max)
            .min(END);
        let right = WIDTH - ends - 16.0;
        let (x, y) = (
            Scale::new((0.0, last_day), (left, right)),
            Scale::new((0.0, top), (BASE, TOP)),
        );
        Some(Self {
            curve,
            drawn,
            last_day,
            x,
            y,
            shares,
            left,
            right,
        })
    }

    fn svg(&self) -> Markup {
        let frame = &self.curve.frame;
        let (title, desc) = (frame.id("t"), frame.id("d"));
        html! {
            svg.plot viewBox={ "0 0 " (px(WIDTH)) " " (px(HEIGHT)) } role="img" aria-labelledby={ (title) " " (desc) } {
                title id=(title) { (frame.finding) }
                desc id=(desc) { (self.describe()) }
                (self.axes())
                (self.window())
                @for (line, (colour, dashes)) in self.drawn.iter().zip(STROKES) {
                    path d=(self.steps(line)) fill="none" stroke=(colour) stroke-width="2.5" stroke-dasharray=[dashes] {}
                }
                (self.ends())
            }
        }
    }

    fn axes(&self) -> Markup {
        let days = self.days_on_axis();
        html! {
            g stroke="var(--grid)" {
                @for share in &self.shares { path d={ "M" (px(self.left)) " " (px(self.y.at(*share))) "H" (px(self.right)) } {} }
            }
            @for share in &self.shares {
                text.quiet x=(px(self.left - 8.0)) y=(px(self.y.at(*share) + 4.5)) text-anchor="end" { (percent(*share)) }
            }
            @for day in &days {
                text.quiet x=(px(self.x.at(*day))) y=(px(BASE + 18.0)) text-anchor="middle" { (three_figures(*day)) }
            }
            text.quiet x="0" y="14" { "▲ " (self.curve.y_label) }
            text.quiet x=(px(self.right)) y=(px(HEIGHT - 8.0)) text-anchor="end" { (self.curve.x_label) }
        }
    }

    fn days_on_axis(&self) -> Vec<f64> {
        grid(0.0, self.last_day)
            .into_iter()
            .filter(|day| *day <= self.last_day)
            .collect()
    }

    /// The day by which a conversion counts.
    fn window(&self) -> Markup {
        let Some(days) = self
            .curve
            .within_days
            .filter(|days| (0.0..=self.last_day).contains(days))
        else {
            return html! {};
        };
        let x = self.x.at(days);
        let anchor = if x > WIDTH / 2.0 { "end" } else { "start" };
        let beside = if x > WIDTH / 2.0 { x - 6.0 } else { x + 6.0 };
        html! {
            path d={ "M" (px(x)) " " (px(BASE)) "V" (px(TOP - 8.0)) } stroke="var(--border-strong)" stroke-dasharray="3 4" {}
            text.halo x=(px(beside)) y=(px(BASE - 8.0)) text-anchor=(anchor) { "Counted within " (three_figures(days)) " days" }
        }
    }

    /// A curve of conversions rises in steps: nothing is known between two of them.
    fn steps(&self, line: &Line) -> String {
        let start = format!("M{} {}", px(self.x.at(0.0)), px(self.y.at(0.0)));
        let steps = line
            .points
            .iter()
            .map(|(day, share)| format!("H{}V{}", px(self.x.at(*day)), px(self.y.at(*share))));
        format!("{start}{}H{}", steps.collect::<String>(), px(self.right))
    }

    fn ends(&self) -> Markup {
        let heights: Vec<f64> = self
            .drawn
            .iter()
            .map(|line| self.y.at(line.at(self.last_day)))
            .collect();
        let placed = keep_apart(&heights, LINE, 14.0, BASE);
        html! {
            @for ((line, height), y) in self.drawn.iter().zip(&heights).zip(&placed) {
                @if (height - y).abs() > 2.0 {
                    path d={ "M" (px(self.right + 1.0)) " " (px(*height)) "L" (px(self.right + 8.0)) " " (px(*y)) } stroke="var(--border-strong)" {}
                }
                text x=(px(self.right + 10.0)) y=(px(y + 4.5)) { (fit(&line.end_says(), END)) }
            }
        }
    }

    fn describe(&self) -> String {
        let ends = self.drawn.iter().map(|line| {
            format!(
                "{}: {} by day {}",
                line.says(),
                percent(line.at(self.last_day)),
                three_figures(self.last_day)
            )
        });
        format!(
            "{} by {}. {}.",
            self.curve.y_label,
            self.curve.x_label.to_lowercase(),
            ends.collect::<Vec<_>>().join(". ")
        )
    }

    fn table(&self) -> Markup {
        let step = self.last_day / f64::from(DAYS_IN_TABLE);
        let days: Vec<f64> = (1..=DAYS_IN_TABLE)
            .map(|index| (step * f64::from(index)).round())
            .collect();
        html! {
            table {
                caption { (self.curve.y_label) ", by day" }
                thead { tr {
                    th.num scope="col" { (self.curve.x_label) }
                    @for line in &self.curve.lines { th.num scope="col" { (line.says()) } }
                } }
                tbody {
                    @for day in &days {
                        tr { th.num scope="row" { (three_figures(*day)) } @for line in &self.curve.lines { td.num { (percent(line.at(*day))) } } }
                    }
                }
            }
            @if self.curve.lines.len() > self.drawn.len() {
                p { "Drawn: the first " (count(self.drawn.len() as u64)) " of " (count(self.curve.lines.len() as u64)) "." }
            }
        }
    }
}

impl Line {
    /// "31% · With a partner, n 155"
    fn end_says(&self) -> String {
        let last = self.points.last().map_or(0.0, |(_, share)| *share);
        format!("{} · {}", percent(last), self.says())
    }
}
