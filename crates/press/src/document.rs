//! Whole HTML files with the style sheet inside. Knows the skeleton of a file and nothing of what is in it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A file to be opened or printed by itself; `class` names the kind of sheet for the print rules.
pub(crate) fn whole(title: &str, class: &str, body: &Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                title { (title) }
                style { (PreEscaped(crate::STYLE_SHEET)) }
            }
            body class=(class) { main { (body) } }
        }
    }
    .into_string()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_style_sheet_can_stand_inside_a_style_element() {
        assert!(!crate::STYLE_SHEET.contains("</"), "it would end the element early");
        assert!(!crate::STYLE_SHEET.contains("http"), "a printed page must load nothing");
    }
}
