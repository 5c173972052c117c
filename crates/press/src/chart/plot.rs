//! Arithmetic of drawing: scales, grid lines, widths of text, and labels that keep clear of each other.

use std::borrow::Cow;

use crate::prose;

/// Height that a line of 13 px text needs.
pub(crate) const LINE: f64 = 16.0;

/// From values to coordinates, in a straight line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    pub(crate) fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        Self { from, to }
    }

    /// The coordinate of `value`, kept within the scale's ends.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let width = self.from.1 - self.from.0;
        let share = if width == 0.0 || !value.is_finite() {
            0.0
        } else {
            (value - self.from.0) / width
        };
        self.to.0 + share.clamp(0.0, 1.0) * (self.to.1 - self.to.0)
    }
}

/// Two to five grid lines from at or below `low` to at or above `high`, at round values.
pub(crate) fn grid(low: f64, high: f64) -> Vec<f64> {
    let (low, high) = if low.is_finite() && high.is_finite() && high > low {
        (low, high)
    } else {
        (0.0, 1.0)
    };
    let step = round_step((high - low) / 3.0);
    let first = (low / step + 1e-9).floor();
    let mut lines = vec![first * step];
    // A hundred is never reached: three steps cover the width, and rounding adds at most two.
    for index in 1..100 {
        if lines.last().is_some_and(|last| *last >= high - step * 1e-9) {
            break;
        }
        lines.push((first + f64::from(index)) * step);
    }
    lines
}

/// The least of 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten that is at least `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0]
        .into_iter()
        .map(|m| m * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// Grid lines for whole things: never between two whole numbers.
pub(crate) fn whole_grid(low: f64, high: f64) -> Vec<f64> {
    let lines = grid(low, high);
    if lines.iter().all(|v| v.fract() == 0.0) {
        return lines;
    }
    let step = ((high - low) / 3.0).ceil().max(1.0);
    let mut whole = vec![(low / step).floor() * step];
    while let Some(last) = whole.last().copied().filter(|last| *last < high) {
        whole.push(last + step);
    }
    whole
}

/// A coordinate as it is written: one decimal at most, and always a number.
pub(crate) fn px(value: f64) -> String {
    let safe = if value.is_finite() { value } else { 0.0 };
    let text = format!("{safe:.1}");
    match text.trim_end_matches('0').trim_end_matches('.') {
        "-0" | "" => "0".to_owned(),
        other => other.to_owned(),
    }
}

/// A share of the width as an SVG length: "38.3%".
pub(crate) fn pc(share: f64) -> String {
    format!("{}%", px(share.clamp(0.0, 1.0) * 100.0))
}

/// Width of `text` at 13 px in the wider of the fonts in the stack, so that what fits here fits everywhere.
pub(crate) fn text_width(text: &str) -> f64 {
    text.chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 4.2,
            ' ' | 'f' | 't' | 'r' | '(' | ')' | '-' | '·' => 5.2,
            '\u{202f}' => 3.0,
            'm' | 'w' | 'M' | 'W' | '%' | '★' | '✕' | '■' | '●' | '▲' | '▼' | '◆' | '…' => 12.4,
            '+' | '−' | '×' | '<' | '>' | '≥' | '≤' => 10.9,
            c if c.is_uppercase() => 9.4,
            c if u32::from(c) >= 0x2e80 => 13.0,
            _ => 8.1,
        })
        .sum()
}

/// How a text under `x` is anchored: in its middle where the drawing has room at both sides.
pub(crate) fn anchor(x: f64, text: &str, drawing_width: f64) -> &'static str {
    let half = text_width(text) / 2.0;
    if x < half {
        "start"
    } else if x + half > drawing_width {
        "end"
    } else {
        "middle"
    }
}

/// `text` cut to `width` px.
pub(crate) fn fit(text: &str, width: f64) -> Cow<'_, str> {
    if text_width(text) <= width {
        return Cow::Borrowed(text);
    }
    let most = (1..=prose::length(text))
        .rev()
        .find(|most| text_width(&prose::cut(text, *most)) <= width)
        .unwrap_or(1);
    Cow::Owned(prose::cut(text, most))
}

/// Heights for labels that want to stand at `wanted`, moved as little as keeps them `gap` apart and within `low..=high`.
/// Answers in the order given. When they cannot all fit, the gap shrinks evenly.
pub(crate) fn keep_apart(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]).then(a.cmp(b)));
    let gaps = u32::try_from(wanted.len().saturating_sub(1))
        .map_or(1.0, f64::from)
        .max(1.0);
    let gap = gap.min((high - low) / gaps);
    let mut placed = wanted.to_vec();
    let mut floor = low;
    for index in &order {
        placed[*index] = placed[*index].max(floor);
        floor = placed[*index] + gap;
    }
    let mut ceiling = high;
    for index in order.iter().rev() {
        placed[*index] = placed[*index].min(ceiling);
        ceiling = placed[*index] - gap;
    }
    placed
}

/// A rectangle that a label, a dot or a line takes up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Rect {
    pub(crate) fn new(left: f64, top: f64, width: f64, height: f64) -> Self {
        Self {
            left,
            top,
            width,
            height,
        }
    }

    pub(crate) fn meets(&self, other: &Rect) -> bool {
        self.left < other.left + other.width
            && other.left < self.left + self.width
            && self.top < other.top + other.height
            && other.top < self.top + self.height
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn grids_are_round_and_few() {
        assert_eq!(grid(0.0, 16.0), [0.0, 6.0, 12.0, 18.0]);
        assert_eq!(grid(0.0, 3_800_000.0), [0.0, 1_500_000.0, 3_000_000.0, 4_500_000.0]);
        assert_eq!(grid(-4.0, 15.0), [-8.0, 0.0, 8.0, 16.0]);
        assert_eq!(whole_grid(0.0, 2.0), [0.0, 1.0, 2.0]);
        assert_eq!(grid(f64::NAN, 1.0), grid(0.0, 1.0));
    }

    #[test]
    fn coordinates_are_short_and_always_numbers() {
        assert_eq!([px(1.0), px(1.25), px(f64::NAN), px(-0.01)], ["1", "1.2", "0", "0"]);
        assert_eq!(pc(0.3833), "38.3%");
    }

    #[test]
    fn long_names_are_cut_to_their_room() {
        assert_eq!(fit("Enterprise × technology", 90.0), "Enterprise…");
        assert_eq!(fit("short", 90.0), "short");
    }

    proptest! {
        #[test]
        fn grids_cover_what_they_are_for(low in -1e9..1e9f64, width in 1e-3..1e9f64) {
            let lines = grid(low, low + width);
            prop_assert!((2..=6).contains(&lines.len()), "{lines:?}");
            prop_assert!(lines[0] <= low + width * 1e-6 && lines[lines.len() - 1] >= low + width * (1.0 - 1e-6));
        }

        #[test]
        fn labels_keep_apart_and_inside(wanted in proptest::collection::vec(-50.0..400.0f64, 0..12)) {
            let placed = keep_apart(&wanted, LINE, 10.0, 210.0);
            let mut sorted = placed.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert!(sorted.iter().all(|y| (10.0 - 1e-6..=210.0 + 1e-6).contains(y)), "{sorted:?}");
            prop_assert!(sorted.windows(2).all(|w| w[1] - w[0] >= LINE - 1e-6), "{sorted:?}");
        }
    }
}
