//! The evidence for cells: what 100 team hours are expected to bring against how many targets can be reached.
//! Draws; weighs nothing.

use maud::{Markup, html};

use super::{
    Frame, linked,
    plot::{LINE, Rect, Scale, anchor, fit, grid, px, text_width, whole_grid},
};
use crate::{
    numbers::{Unit, count},
    tag::{State, Tag},
};

/// Cells on two scales.
#[derive(Debug, Clone, PartialEq)]
pub struct Scatter {
    /// The words around it.
    pub frame: Frame,
    /// Across, with ranges: "Expected pipeline per 100 team hours".
    pub x: Axis,
    /// Up: "Reachable targets".
    pub y: Axis,
    /// The cells.
    pub points: Vec<Point>,
}

/// What a scale measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// Its words.
    pub label: String,
    /// How values are written.
    pub unit: Unit,
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// "Enterprise × technology".
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// Its state, drawn as the state's glyph.
    pub state: State,
    /// Across: the estimate.
    pub x: f64,
    /// Lower end of its range.
    pub x_low: f64,
    /// Upper end of its range.
    pub x_high: f64,
    /// Up.
    pub y: f64,
    /// How many rows the estimate rests on.
    pub n: u64,
}

/// The cells as a drawing with its table.
pub fn draw(scatter: &Scatter) -> Markup {
    let Some(plot) = Plot::new(scatter) else {
        return scatter
            .frame
            .nothing_yet("it begins with the first cell that has evidence");
    };
    scatter.frame.drawing(&plot.svg(), &plot.table())
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const TOP: f64 = 34.0;
const BASE: f64 = HEIGHT - 48.0;
/// Room that a name may take.
const NAME: f64 = 230.0;
/// How much wider a bold name is.
const BOLDER: f64 = 1.1;

struct Plot<'a> {
    scatter: &'a Scatter,
    drawn: Vec<&'a Point>,
    x: Scale,
    y: Scale,
    columns: Vec<f64>,
    lines: Vec<f64>,
    left: f64,
    right: f64,
}

/// A name beside its dot.
struct Label<'a> {
    says: std::borrow::Cow<'a, str>,
    place: Rect,
    /// From the dot to the name, when it had to stand away from it.
    leader: Option<(f64, f64)>,
}

impl<'a> Plot<'a> {
    fn new(scatter: &'a Scatter) -> Option<Self> {
        let is_whole = |p: &&Point| [p.x, p.x_low, p.x_high, p.y].iter().all(|v| v.is_finite());
        let drawn: Vec<&Point> = scatter.points.iter().filter(is_whole).collect();
        if drawn.is_empty() {
            return None;
        }
        let low = drawn.iter().map(|p| p.x_low).fold(0.0, f64::min);
        let high = drawn.iter().map(|p| p.x_high.max(p.x)).fold(0.0, f64::max);
        let tallest = drawn.iter().map(|p| p.y).fold(0.0, f64::max);
        let columns = grid(low, high);
        let lines = if scatter.y.unit == Unit::Count {
            whole_grid(0.0, tallest.max(1.0))
        } else {
            grid(0.0, tallest)
        };
        let widest = lines
            .iter()
            .map(|v| text_width(&scatter.y.unit.short(*v)))
            .fold(0.0, f64::max);
        let (left, right) = (widest + 16.0, WIDTH - 24.0);
        let x = Scale::new((*columns.first()?, *columns.last()?), (left, right));
        let y = Scale::new((*lines.first()?, *lines.last()?), (BASE, TOP));
        Some(Self {
            scatter,
            drawn,
            x,
            y,
            columns,
            lines,
            left,
            right,
        })
    }

    fn svg(&self) -> Markup {
        let frame = &self.scatter.frame;
        let (title, desc) = (frame.id("t"), frame.id("d"));
        html! {
            svg.plot viewBox={ "0 0 " (px(WIDTH)) " " (px(HEIGHT)) } role="img" aria-labelledby={ (title) " " (desc) } {
                title id=(title) { (frame.finding) }
                desc id=(desc) { (self.describe()) }
                (self.axes())
                @let labels = self.labels();
                @for point in &self.drawn { (self.range(point)) }
                @for (label, point) in labels.iter().zip(&self.drawn) { (self.leader(label, point)) }
                @for point in &self.drawn { (self.dot(point)) }
                @for (label, point) in labels.iter().zip(&self.drawn) {
                    text.halo.strong[point.state == State::Chosen] x=(px(label.place.left)) y=(px(label.place.top + 12.0)) { (label.says) }
                }
            }
        }
    }

    fn axes(&self) -> Markup {
        let Scatter { x, y, .. } = self.scatter;
        html! {
            g stroke="var(--grid)" {
                @for value in &self.lines { path d={ "M" (px(self.left)) " " (px(self.y.at(*value))) "H" (px(self.right)) } {} }
            }
            @for value in &self.lines {
                text.quiet x=(px(self.left - 8.0)) y=(px(self.y.at(*value) + 4.5)) text-anchor="end" { (y.unit.short(*value)) }
            }
            @for value in &self.columns {
                @let (at, says) = (self.x.at(*value), x.unit.short(*value));
                text.quiet x=(px(at)) y=(px(BASE + 18.0)) text-anchor=(anchor(at, &says, WIDTH)) { (says) }
            }
            text.quiet x="0" y="14" { "▲ " (y.label) }
            text.quiet x=(px(self.right)) y=(px(HEIGHT - 8.0)) text-anchor="end" { (x.label) }
        }
    }

    fn range(&self, point: &Point) -> Markup {
        let y = px(self.y.at(point.y));
        let (low, high) = (px(self.x.at(point.x_low)), px(self.x.at(point.x_high)));
        html! {
            @for (colour, width) in [("var(--band-edge)", "8"), ("var(--band-inner)", "6")] {
                path d={ "M" (low) " " (y) "H" (high) } stroke=(colour) stroke-width=(width) {}
            }
        }
    }

    fn dot(&self, point: &Point) -> Markup {
        let glyph = Tag::from(point.state).glyph.unwrap_or('●');
        let (x, y) = (self.x.at(point.x), self.y.at(point.y));
        html! {
            circle cx=(px(x)) cy=(px(y)) r="10" fill="var(--bg)" stroke="var(--c1)" stroke-width="1.5" {}
            text.glyph x=(px(x)) y=(px(y + 4.5)) text-anchor="middle" { (glyph) }
        }
    }

    fn leader(&self, label: &Label, point: &Point) -> Markup {
        let (x, y) = (px(self.x.at(point.x)), px(self.y.at(point.y)));
        html! {
            @if let Some((to_x, to_y)) = label.leader {
                path d={ "M" (x) " " (y) "L" (px(to_x)) " " (px(to_y)) } stroke="var(--border-strong)" {}
            }
        }
    }

    /// Names where they meet nothing: at an end of their range first, then above or below, then further away.
    fn labels(&self) -> Vec<Label<'a>> {
        let dots = self
            .drawn
            .iter()
            .map(|p| Rect::new(self.x.at(p.x) - 11.0, self.y.at(p.y) - 11.0, 22.0, 22.0));
        let ranges = self.drawn.iter().map(|p| {
            let low = self.x.at(p.x_low);
            Rect::new(low, self.y.at(p.y) - 4.0, self.x.at(p.x_high) - low, 8.0)
        });
        let mut taken: Vec<Rect> = dots.chain(ranges).collect();
        let mut labels = Vec::with_capacity(self.drawn.len());
        for point in &self.drawn {
            let says = fit(&point.name, NAME);
            let width = text_width(&says) * if point.state == State::Chosen { BOLDER } else { 1.0 };
            let (place, is_near) = self.place(point, width, &taken);
            taken.push(place);
            labels.push(Label {
                says,
                place,
                leader: (!is_near).then(|| self.nearest(point, &place)),
            });
        }
        labels
    }

    /// The point of a name's edge that is nearest to its dot.
    fn nearest(&self, point: &Point, place: &Rect) -> (f64, f64) {
        let x = self
            .x
            .at(point.x)
            .clamp(place.left + 4.0, (place.left + place.width - 4.0).max(place.left + 4.0));
        let below = place.top > self.y.at(point.y);
        (
            x,
            if below {
                place.top + 1.0
            } else {
                place.top + place.height - 1.0
            },
        )
    }

    /// A place for a name, and whether it is beside its dot or range.
    fn place(&self, point: &Point, width: f64, taken: &[Rect]) -> (Rect, bool) {
        let (x, y) = (self.x.at(point.x), self.y.at(point.y));
        let inside = |left: f64, top: f64| {
            Rect::new(
                left.min(WIDTH - width - 2.0).max(self.left + 2.0),
                top.clamp(18.0, HEIGHT - LINE),
                width,
                LINE,
            )
        };
        let near = [
            inside(self.x.at(point.x_high) + 8.0, y - LINE / 2.0),
            inside(self.x.at(point.x_low) - 8.0 - width, y - LINE / 2.0),
            inside(x - width / 2.0, y - 13.0 - LINE),
            inside(x - width / 2.0, y + 13.0),
        ];
        let rings = (1..=20).flat_map(|ring| {
            let away = 6.0 * f64::from(ring);
            [-1.0, 1.0].into_iter().flat_map(move |side| {
                let top = if side < 0.0 {
                    y - 13.0 - LINE - away
                } else {
                    y + 13.0 + away
                };
                [x - width / 2.0, x + 12.0, x - 12.0 - width]
                    .into_iter()
                    .map(move |left| (left, top))
            })
        });
        let is_free = |place: &Rect| !taken.iter().any(|other| place.meets(other));
        if let Some(place) = near.into_iter().find(is_free) {
            return (place, true);
        }
        let away = rings.map(|(left, top)| inside(left, top)).find(is_free);
        (away.unwrap_or(near[2]), false)
    }

    fn describe(&self) -> String {
        let Scatter { x, y, .. } = self.scatter;
        let cells = self.drawn.iter().map(|p| {
            let state = Tag::from(p.state).word.to_lowercase();
            format!(
                "{}, {state}: {}; {}",
                p.name,
                x.unit.with_range(p.x, p.x_low, p.x_high),
                y.unit.write(p.y)
            )
        });
        format!(
            "Across: {}. Up: {}. {}.",
            x.label,
            y.label,
            cells.collect::<Vec<_>>().join(". ")
        )
    }

    fn table(&self) -> Markup {
        let Scatter { x, y, points, .. } = self.scatter;
        html! {
            table {
                caption { (x.label) ", and " (y.label) }
                thead { tr {
                    th scope="col" { "Cell" }
                    th scope="col" { "State" }
                    th scope="col" { (x.label) }
                    th.num scope="col" { "n" }
                    th.num scope="col" { (y.label) }
                } }
                tbody {
                    @for point in points {
                        tr {
                            th scope="row" { (linked(&point.name, point.href.as_deref())) }
                            td { (Tag::from(point.state).html()) }
                            td { (x.unit.with_range(point.x, point.x_low, point.x_high)) }
                            td.num { (count(point.n)) }
                            td.num { (y.unit.write(point.y)) }
                        }
                    }
                }
            }
        }
    }
}
