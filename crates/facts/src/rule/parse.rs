//! Text to rule: words with their places, then precedence climbing by hand (`or` < `and` < `not`).
//! Must not know which columns exist.

use jiff::civil::Date;

use super::{Condition, Literal, Operator, RuleError, Term};
use crate::limits::{RULE_BYTES_MAX, RULE_DEPTH_MAX, RULE_LIST_MAX};

const RESERVED: [&str; 8] = ["and", "or", "not", "in", "between", "like", "is", "null"];
const FUNCTIONS: [&str; 4] = ["lower", "upper", "coalesce", "date"];

/// Whether a column's name can be written without quotes.
pub(super) fn is_plain_name(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(starts_name)
        && letters.all(continues_name)
        && !RESERVED
            .iter()
            .chain(&FUNCTIONS)
            .any(|word| name.eq_ignore_ascii_case(word))
}

fn starts_name(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn continues_name(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '.')
}

pub(super) fn rule(text: &str) -> Result<Condition, RuleError> {
    if text.len() > RULE_BYTES_MAX {
        let message = format!(
            "the rule is {} bytes long; at most {RULE_BYTES_MAX} are read",
            text.len()
        );
        return Err(RuleError::new(
            0,
            message,
            "split it into several segments, or use in (…)",
        ));
    }
    let tokens = tokens(text)?;
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        end: text.len(),
        depth: 0,
    };
    if parser.tokens.is_empty() {
        return Err(RuleError::new(
            0,
            "the rule is empty",
            "write for example: employees >= 1000",
        ));
    }
    let condition = parser.or()?;
    match parser.peek() {
        None => Ok(condition),
        Some(token) => Err(RuleError::new(
            token.at,
            format!(
                "expected `and`, `or` or the end of the rule, found {}",
                token.what.shown()
            ),
            "join two conditions with `and` or `or`",
        )),
    }
}

#[derive(Debug, Clone, PartialEq)]
enum What {
    Word(String),
    Name(String),
    Text(String),
    Number(f64),
    Day(Date),
    Operator(Operator),
    Mark(char),
}

impl What {
    fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("`{word}`"),
            Self::Name(name) => format!("\"{name}\""),
            Self::Text(text) => format!("'{text}'"),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Operator(operator) => format!("`{operator}`"),
            Self::Mark(mark) => format!("`{mark}`"),
        }
    }
}

#[derive(Debug, Clone)]
struct Token {
    at: usize,
    what: What,
}

fn tokens(text: &str) -> Result<Vec<Token>, RuleError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let rest = &text[at..];
        let (what, length) = match letter {
            '\'' => quoted(rest, at, '\'').map(|(text, length)| (What::Text(text), length))?,
            '"' => quoted(rest, at, '"').map(|(name, length)| (What::Name(name), length))?,
            '(' | ')' | ',' => (What::Mark(letter), 1),
            '<' | '>' | '=' | '!' => operator(rest, at)?,
            '0'..='9' | '-' | '.' => number_or_day(rest, at)?,
            _ if starts_name(letter) => {
                let length = rest.find(|letter| !continues_name(letter)).unwrap_or(rest.len());
                (What::Word(rest[..length].to_owned()), length)
            }
            _ => {
                let help = "a rule has columns, comparisons, and, or, not, in, between, like, is null and parentheses";
                return Err(RuleError::new(at, format!("`{letter}` has no meaning in a rule"), help));
            }
        };
        found.push(Token { at, what });
        at += length;
    }
    Ok(found)
}

fn quoted(rest: &str, at: usize, quote: char) -> Result<(String, usize), RuleError> {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((offset, letter)) = letters.next() {
        if letter != quote {
            text.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            text.push(quote);
        } else if text.is_empty() && quote == '"' {
            return Err(RuleError::new(
                at,
                "the name between the double quotes is empty",
                "write the column's name",
            ));
        } else {
            return Ok((text, offset + 1));
        }
    }
    let help = format!("close it with {quote}; a {quote} inside is written twice");
    Err(RuleError::new(at, format!("the {quote} is never closed"), help))
}

fn operator(rest: &str, at: usize) -> Result<(What, usize), RuleError> {
    const OPERATORS: [(&str, Operator); 9] = [
        ("<=", Operator::LessOrEqual),
        (">=", Operator::MoreOrEqual),
        ("<>", Operator::NotEqual),
        ("!=", Operator::NotEqual),
        ("==", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::More),
        ("=", Operator::Equal),
        ("!", Operator::NotEqual),
    ];
    match OPERATORS.iter().find(|(sign, _)| rest.starts_with(sign)) {
        Some((sign, operator)) if *sign != "!" => Ok((What::Operator(*operator), sign.len())),
        _ => Err(RuleError::new(
            at,
            "`!` has no meaning alone",
            "write `not`, or `<>` for different from",
        )),
    }
}

fn number_or_day(rest: &str, at: usize) -> Result<(What, usize), RuleError> {
    if let Some(day) = rest.get(..10).filter(|text| is_day_shaped(text)) {
        let day = day.parse().map_err(|_| {
            RuleError::new(
                at,
                format!("{day} is not a day of the calendar"),
                "write dates as year-month-day",
            )
        })?;
        return Ok((What::Day(day), 10));
    }
    let sign = usize::from(rest.starts_with('-'));
    let length = rest[sign..]
        .find(|letter: char| !letter.is_ascii_alphanumeric() && !matches!(letter, '.' | '_'))
        .map_or(rest.len(), |end| sign + end);
    let written = &rest[..length];
    let digits = written.replace('_', "");
    let plain = digits[sign..].bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    match digits.parse::<f64>() {
        Ok(number) if plain && number.is_finite() => Ok((What::Number(number), length)),
        _ => {
            let help = "write digits with a point, like 1000 or 12.5; text goes between single quotes";
            Err(RuleError::new(at, format!("`{written}` is not a number"), help))
        }
    }
}

fn is_day_shaped(text: &str) -> bool {
    text.bytes().enumerate().all(|(nth, byte)| {
        if nth == 4 || nth == 7 {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    })
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    end: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn at(&self) -> usize {
        self.peek().map_or(self.end, |token| token.at)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        let token = self.tokens.get(self.next + ahead);
        matches!(token, Some(Token { what: What::Word(found), .. }) if found.eq_ignore_ascii_case(word))
    }

    fn is_mark(&self, ahead: usize, mark: char) -> bool {
        matches!(self.tokens.get(self.next + ahead), Some(Token { what: What::Mark(found), .. }) if *found == mark)
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.next += usize::from(found);
        found
    }

    fn mark(&mut self, mark: char) -> bool {
        let found = self.is_mark(0, mark);
        self.next += usize::from(found);
        found
    }

    fn wrong<T>(&self, expected: &str, help: &str) -> Result<T, RuleError> {
        let found = self
            .peek()
            .map_or_else(|| "the end of the rule".to_owned(), |token| token.what.shown());
        Err(RuleError::new(
            self.at(),
            format!("expected {expected}, found {found}"),
            help,
        ))
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, RuleError>) -> Result<T, RuleError> {
        if self.depth == RULE_DEPTH_MAX {
            let message = format!("the rule is nested deeper than {RULE_DEPTH_MAX} levels");
            return Err(RuleError::new(
                self.at(),
                message,
                "take out parentheses that are not needed",
            ));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn or(&mut self) -> Result<Condition, RuleError> {
        self.chain("or", Self::and, Condition::Or)
    }

    fn and(&mut self) -> Result<Condition, RuleError> {
        self.chain("and", Self::not, Condition::And)
    }

    fn chain(
        &mut self,
        word: &str,
        part: impl Fn(&mut Self) -> Result<Condition, RuleError>,
        join: impl FnOnce(Vec<Condition>) -> Condition,
    ) -> Result<Condition, RuleError> {
        let first = part(self)?;
        let mut parts = vec![first];
        while self.word(word) {
            parts.push(part(self)?);
        }
        match parts.pop() {
            Some(only) if parts.is_empty() => Ok(only),
            last => {
                parts.extend(last);
                Ok(join(parts))
            }
        }
    }

    fn not(&mut self) -> Result<Condition, RuleError> {
        if self.word("not") {
            return self.deeper(|parser| Ok(Condition::Not(Box::new(parser.not()?))));
        }
        if self.mark('(') {
            let inner = self.deeper(Self::or)?;
            if !self.mark(')') {
                return self.wrong("`)`", "close the parenthesis; parentheses hold conditions, not values");
            }
            return Ok(inner);
        }
        self.predicate()
    }

    fn predicate(&mut self) -> Result<Condition, RuleError> {
        let term = self.term()?;
        if let Some(Token {
            what: What::Operator(operator),
            ..
        }) = self.peek()
        {
            let operator = *operator;
            self.next += 1;
            return Ok(Condition::Compare {
                left: term,
                operator,
                right: self.term()?,
            });
        }
        if self.word("is") {
            let negated = self.word("not");
            if !self.word("null") {
                return self.wrong(
                    "`null`",
                    "write `is null` or `is not null`; for a value write `= 'value'`",
                );
            }
            return Ok(Condition::IsNull { term, negated });
        }
        let negated = self.word("not");
        if self.word("in") {
            return self.list(term, negated);
        }
        if self.word("between") {
            let low = self.term()?;
            if !self.word("and") {
                return self.wrong("`and`", "write `column between low and high`");
            }
            return Ok(Condition::Between {
                term,
                low,
                high: self.term()?,
                negated,
            });
        }
        if self.word("like") {
            return self.pattern(term, negated);
        }
        let help = "a condition is a column, a comparison and a value, like: region = 'EMEA'";
        self.wrong("a comparison (=, <>, <, <=, >, >=, in, between, like, is null)", help)
    }

    fn pattern(&mut self, term: Term, negated: bool) -> Result<Condition, RuleError> {
        match self.peek() {
            Some(Token {
                what: What::Text(pattern),
                ..
            }) => {
                let pattern = pattern.clone();
                self.next += 1;
                Ok(Condition::Like { term, pattern, negated })
            }
            _ => self.wrong(
                "a pattern in single quotes",
                "`%` stands for any text, `_` for one character",
            ),
        }
    }

    fn list(&mut self, term: Term, negated: bool) -> Result<Condition, RuleError> {
        if !self.mark('(') {
            return self.wrong("`(`", "write `in ('one', 'two')`");
        }
        let mut list = Vec::new();
        loop {
            let at = self.at();
            match self.term()? {
                value @ Term::Literal { .. } => list.push(value),
                _ => {
                    return Err(RuleError::new(
                        at,
                        "a list holds values only",
                        "put text between single quotes",
                    ));
                }
            }
            self.limit(list.len(), at)?;
            if self.mark(')') {
                return Ok(Condition::In { term, list, negated });
            }
            if !self.mark(',') {
                return self.wrong("`,` or `)`", "separate the values with commas");
            }
        }
    }

    fn limit(&self, length: usize, at: usize) -> Result<(), RuleError> {
        if length <= RULE_LIST_MAX {
            return Ok(());
        }
        let message = format!("the list is longer than {RULE_LIST_MAX} values");
        Err(RuleError::new(
            at,
            message,
            "import the list as a column and compare with that",
        ))
    }

    fn term(&mut self) -> Result<Term, RuleError> {
        let Some(token) = self.peek() else {
            return self.wrong("a column or a value", "the rule stops too early");
        };
        let (at, what) = (token.at, token.what.clone());
        if let What::Word(word) = &what {
            let lower = word.to_ascii_lowercase();
            if RESERVED.contains(&lower.as_str()) {
                return self.wrong(
                    "a column or a value",
                    "a column with this name is written in double quotes",
                );
            }
            if self.is_mark(1, '(') {
                self.next += 2;
                return self.deeper(|parser| parser.function(&lower, at));
            }
            if lower == "date"
                && let Some(Token {
                    what: What::Text(text),
                    at,
                }) = self.tokens.get(self.next + 1)
            {
                self.next += 2;
                return day(text, *at);
            }
        }
        self.next += 1;
        let value = match what {
            What::Word(name) | What::Name(name) => return Ok(Term::Column { name, at }),
            What::Text(text) => Literal::Text(text),
            What::Number(number) => Literal::Number(number),
            What::Day(day) => Literal::Day(day),
            What::Operator(_) | What::Mark(_) => {
                self.next -= 1;
                return self.wrong("a column or a value", "parentheses hold conditions, not values");
            }
        };
        Ok(Term::Literal { value, at })
    }

    fn function(&mut self, name: &str, at: usize) -> Result<Term, RuleError> {
        let mut terms = Vec::new();
        loop {
            terms.push(self.term()?);
            self.limit(terms.len(), at)?;
            if self.mark(')') {
                break;
            }
            if !self.mark(',') {
                return self.wrong("`,` or `)`", "close the function's parenthesis");
            }
        }
        match (name, terms.len()) {
            ("coalesce", 2..) => Ok(Term::Coalesce { terms, at }),
            ("coalesce", _) => Err(RuleError::new(at, "`coalesce` takes two values or more", "")),
            ("lower" | "upper", 1) => {
                let inner = Box::new(terms.remove(0));
                Ok(if name == "lower" {
                    Term::Lower { inner, at }
                } else {
                    Term::Upper { inner, at }
                })
            }
            ("lower" | "upper", _) => Err(RuleError::new(at, format!("`{name}` takes one value"), "")),
            _ => Err(RuleError::new(
                at,
                format!("there is no function `{name}`"),
                "the functions are lower, upper and coalesce",
            )),
        }
    }
}

fn day(text: &str, at: usize) -> Result<Term, RuleError> {
    match text.parse() {
        Ok(day) => Ok(Term::Literal {
            value: Literal::Day(day),
            at,
        }),
        Err(_) => Err(RuleError::new(
            at,
            format!("'{text}' is not a date"),
            "write it as year-month-day: '2026-01-31'",
        )),
    }
}
