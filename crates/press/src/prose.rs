//! Plain text: wrapping, cutting and escaping for Markdown and terminals. Knows nothing of strategies.

/// `text` broken into lines of at most `width` characters at spaces; the first line begins with `first`, the others
/// with `rest`. A word longer than a line stands alone on its line.
pub(crate) fn wrap(text: &str, width: usize, first: &str, rest: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut is_empty = true;
    // Only ordinary white space breaks: a thin space holds a number together.
    for word in text.split([' ', '\n', '\t', '\r']).filter(|word| !word.is_empty()) {
        if !is_empty && length(&line) + 1 + length(word) > width {
            lines.push(std::mem::replace(&mut line, rest.to_owned()));
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    lines.push(line);
    lines
}

/// Characters, which is columns for the scripts that terminals draw one column wide.
pub(crate) fn length(text: &str) -> usize {
    text.chars().count()
}

/// At most `most` characters, the last of them "…" when something was cut.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// A sentence with its full stop.
#[must_use]
pub fn ended(sentence: &str) -> String {
    let sentence = sentence.trim_end();
    if sentence.is_empty() || sentence.ends_with(['.', '?', '…']) {
        sentence.to_owned()
    } else {
        format!("{sentence}.")
    }
}

/// Text as Markdown that renders as itself, on one line.
pub(crate) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' => out.extend(['\\', c]),
            '\n' | '\r' | '\t' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping_keeps_numbers_whole_and_hangs_the_rest() {
        let lines = wrap("USD 45\u{202f}000 was asked of the team", 18, "- ", "  ");
        assert_eq!(lines, ["- USD 45\u{202f}000 was", "  asked of the", "  team"]);
        assert_eq!(
            wrap("incomprehensibilities is", 10, "", ""),
            ["incomprehensibilities", "is"]
        );
        assert_eq!(wrap("", 10, "- ", "  "), ["- "]);
    }

    #[test]
    fn markdown_shows_what_was_written() {
        assert_eq!(markdown("a|b *c* <i>\n_d_"), r"a\|b \*c\* \<i\> \_d\_");
        assert_eq!(cut("Enterprise × technology", 12), "Enterprise…");
        assert_eq!(cut("short", 12), "short");
    }
}
