//! Rust source with everything but its code blanked out. Must not know any rule.

/// The source with comments, strings and characters replaced by spaces: what is left is code, at the same line and
/// column.
pub fn code_only(source: &str) -> String {
    let characters: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < characters.len() {
        let end = match token(&characters[at..]) {
            Token::Code(length) => {
                code.extend(&characters[at..at + length]);
                at += length;
                continue;
            }
            Token::Hidden(length) => (at + length).min(characters.len()),
        };
        code.extend(
            characters[at..end]
                .iter()
                .map(|&hidden| if hidden == '\n' { '\n' } else { ' ' }),
        );
        at = end;
    }
    code
}

enum Token {
    Code(usize),
    Hidden(usize),
}

fn token(rest: &[char]) -> Token {
    match rest {
        ['/', '/', ..] => Token::Hidden(until(rest, |tail| tail[0] == '\n')),
        ['/', '*', ..] => Token::Hidden(block_comment(rest)),
        ['"', ..] => Token::Hidden(quoted(rest, '"')),
        // A character, not a lifetime: it is escaped, or the second quote follows at once.
        ['\'', '\\', ..] | ['\'', _, '\'', ..] => Token::Hidden(quoted(rest, '\'')),
        ['r', '"' | '#', ..] => raw(rest).map_or(Token::Code(1), Token::Hidden),
        // Whole words at once, so that no letter within one is taken for the `r` of a raw string.
        [first, ..] if is_word(*first) && *first != 'r' => {
            let length = until(rest, |tail| !is_word(tail[0]));
            match rest.get(..length) {
                Some(['b' | 'c', 'r']) => Token::Code(1),
                _ => Token::Code(length),
            }
        }
        ['r', ..] => Token::Code(until(rest, |tail| !is_word(tail[0]))),
        _ => Token::Code(1),
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn until(rest: &[char], end: impl Fn(&[char]) -> bool) -> usize {
    (0..rest.len()).find(|&at| end(&rest[at..])).unwrap_or(rest.len())
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < rest.len() {
        match &rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The length of a raw string, or `None` when it is a raw identifier such as `r#type`.
fn raw(rest: &[char]) -> Option<usize> {
    let hashes = until(&rest[1..], |tail| tail[0] != '#');
    let opening = 1 + hashes;
    if rest.get(opening) != Some(&'"') {
        return None;
    }
    let content = &rest[opening + 1..];
    let closes = |tail: &[char]| tail[0] == '"' && tail[1..].iter().take_while(|&&next| next == '#').count() >= hashes;
    Some(opening + 1 + until(content, closes) + 1 + hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_characters_are_hidden_and_code_is_not() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"f("{", 'x')"#, "f(   ,    )"),
            (r#"f("\"{", '\'', '{')"#, "f(     ,     ,    )"),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}"),
            (r###"f(r#"a "quoted" {"#, br"{")"###, "f(                 , b    )"),
            ("r#type + var + r", "r#type + var + r"),
            ("\"two\nlines\" }", "    \n       }"),
            ("\"never closed {", "               "),
        ];
        for (source, code) in cases {
            assert_eq!(code_only(source).trim_end(), code.trim_end(), "{source}");
        }
    }

    #[test]
    fn every_line_stays_where_it_was() {
        let source = include_str!("lexer.rs");
        assert_eq!(code_only(source).lines().count(), source.lines().count());
    }
}
