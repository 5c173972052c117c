//! A text as a QR drawing, for a phone to read. Must not know what the text is for.

use std::fmt::Write as _;

use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};

/// The light border that readers need around a drawing, in modules.
const BORDER: i32 = 4;
/// The side of a module on a page, in CSS pixels.
const MODULE: i32 = 5;

/// The drawing of a text; nothing of one that is too long for any. It is black on white in every theme: many readers take no
/// other. `name` says what it is to those who do not see it.
#[must_use]
pub fn drawn(text: &str, name: &str) -> Option<Markup> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let side = code.size() + 2 * BORDER;
    let pixels = side * MODULE;
    Some(html! {
        svg role="img" aria-label=(name) width=(pixels) height=(pixels) viewBox={ "0 0 " (side) " " (side) } shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(dark(&code)) fill="#000" {}
        }
    })
}

/// The dark modules as one path, a stroke for each run of them in a row.
fn dark(code: &QrCode) -> String {
    let mut path = String::new();
    for y in 0..code.size() {
        let mut x = 0;
        while x < code.size() {
            let run = (x..code.size()).take_while(|at| code.get_module(*at, y)).count();
            let run = i32::try_from(run).unwrap_or(0);
            if run > 0 {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", x + BORDER, y + BORDER);
            }
            x += run.max(1);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::{BORDER, dark, drawn};
    use qrcodegen::{QrCode, QrCodeEcc};

    /// What a path of [`dark`] covers, read back.
    fn covered(path: &str) -> Vec<(i32, i32)> {
        let number = |text: &str| text.parse::<i32>().expect("a number");
        path.split('M')
            .filter(|run| !run.is_empty())
            .flat_map(|run| {
                let (x, rest) = run.split_once(' ').expect("x");
                let (y, rest) = rest.split_once('h').expect("y");
                let (length, _) = rest.split_once('v').expect("a length");
                let (x, y) = (number(x), number(y));
                (x..x + number(length)).map(move |x| (x - BORDER, y - BORDER))
            })
            .collect()
    }

    #[test]
    fn every_dark_module_is_drawn_and_no_other() {
        let code = QrCode::encode_text("otpauth://totp/a", QrCodeEcc::Medium).expect("short enough");
        let all = (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (x, y)));
        let expected: Vec<_> = all.filter(|(x, y)| code.get_module(*x, *y)).collect();
        assert_eq!(covered(&dark(&code)), expected);
    }

    #[test]
    fn a_text_that_is_too_long_has_no_drawing() {
        assert!(drawn(&"a".repeat(5_000), "x").is_none());
        let shown = drawn("a", "To be read by a phone").expect("a drawing").into_string();
        assert!(
            shown.contains("aria-label=\"To be read by a phone\"") && !shown.contains("style"),
            "{shown}"
        );
    }
}
