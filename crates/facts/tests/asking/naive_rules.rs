//! Rules against a plain evaluation of the same condition, row by row, in SQL's three-valued logic.

use beachhead_facts::catalogue::Table;
use beachhead_facts::{Star, Tables};
use proptest::prelude::*;

use crate::{day, rule};

const REGIONS: &[&str] = &["", "EMEA", "emea", "APAC", "a_b", "100%", "Éire"];
const SIZES: &[&str] = &["", "0", "5", "-1.5", "250", "1000"];
const DAYS: &[&str] = &["", "2024-01-01", "2024-02-29", "2025-06-30"];

/// One account; what is empty is missing.
#[derive(Debug, Clone)]
struct Account {
    region: &'static str,
    name: &'static str,
    employees: &'static str,
    created_on: &'static str,
}

#[derive(Debug, Clone)]
enum Text {
    Region,
    Name,
    Lower(Box<Text>),
    Upper(Box<Text>),
    Coalesce(Box<Text>, &'static str),
}

#[derive(Debug, Clone)]
enum Condition {
    Text(Text, &'static str, &'static str),
    Texts(Text, &'static str, Text),
    Number(&'static str, &'static str),
    OrZero(&'static str, &'static str),
    Day(&'static str, &'static str),
    In(Text, Vec<&'static str>, bool),
    NumberIn(Vec<&'static str>, bool),
    Between(Text, &'static str, &'static str, bool),
    NumberBetween(&'static str, &'static str, bool),
    DayBetween(&'static str, &'static str, bool),
    Like(Text, &'static str, bool),
    IsNull(Text, bool),
    NumberIsNull(bool),
    Not(Box<Condition>),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
}

const SIGNS: &[&str] = &["=", "<>", "<", "<=", ">", ">="];
const PATTERNS: &[&str] = &["%", "E%", "%a", "%E%A", "_M__", "a_b", "a%b", "100%", "", "%é%", "____"];

impl Text {
    fn written(&self) -> String {
        match self {
            Self::Region => "region".into(),
            Self::Name => "Name".into(),
            Self::Lower(inner) => format!("lower({})", inner.written()),
            Self::Upper(inner) => format!("UPPER({})", inner.written()),
            Self::Coalesce(inner, other) => format!("coalesce({}, '{other}')", inner.written()),
        }
    }

    fn of(&self, account: &Account) -> Option<String> {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        match self {
            Self::Region => some(account.region),
            Self::Name => some(account.name),
            Self::Lower(inner) => inner.of(account).map(|text| text.to_lowercase()),
            Self::Upper(inner) => inner.of(account).map(|text| text.to_uppercase()),
            Self::Coalesce(inner, other) => inner.of(account).or_else(|| Some((*other).to_owned())),
        }
    }
}

fn compared<T: PartialOrd>(left: Option<T>, sign: &str, right: Option<T>) -> Option<bool> {
    let (left, right) = (left?, right?);
    Some(match sign {
        "=" => left == right,
        "<>" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    })
}

fn within<T: PartialOrd + Clone>(value: Option<T>, low: T, high: T) -> Option<bool> {
    let value = value?;
    Some(low <= value && value <= high)
}

// `%` is any text, `_` any one letter.
fn like(text: &[char], pattern: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, rest) => rest.is_none(),
        (Some(('%', pattern)), _) => (0..=text.len()).any(|at| like(&text[at..], pattern)),
        (Some((_, _)), None) => false,
        (Some((sign, pattern)), Some((letter, text))) => (*sign == '_' || sign == letter) && like(text, pattern),
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn but(negated: bool, truth: Option<bool>) -> Option<bool> {
    truth.map(|truth| truth != negated)
}

impl Condition {
    fn written(&self) -> String {
        let list = |values: &[&str], quote: &str| {
            let values: Vec<String> = values.iter().map(|value| format!("{quote}{value}{quote}")).collect();
            values.join(", ")
        };
        let not = |negated: &bool| if *negated { "not " } else { "" };
        match self {
            Self::Text(text, sign, value) => format!("{} {sign} '{value}'", text.written()),
            Self::Texts(one, sign, other) => format!("{} {sign} {}", one.written(), other.written()),
            Self::Number(sign, value) => format!("employees {sign} {value}"),
            Self::OrZero(sign, value) => format!("{value} {sign} coalesce(employees, 0)"),
            Self::Day(sign, value) => format!("created_on {sign} '{value}'"),
            Self::In(text, values, negated) => format!("{} {}in ({})", text.written(), not(negated), list(values, "'")),
            Self::NumberIn(values, negated) => format!("employees {}in ({})", not(negated), list(values, "")),
            Self::Between(text, low, high, negated) => {
                format!("{} {}between '{low}' and '{high}'", text.written(), not(negated))
            }
            Self::NumberBetween(low, high, negated) => format!("employees {}between {low} and {high}", not(negated)),
            Self::DayBetween(low, high, negated) => {
                format!("created_on {}between {low} and date '{high}'", not(negated))
            }
            Self::Like(text, pattern, negated) => format!("{} {}like '{pattern}'", text.written(), not(negated)),
            Self::IsNull(text, negated) => format!("{} is {}null", text.written(), not(negated)),
            Self::NumberIsNull(negated) => format!("employees is {}null", not(negated)),
            Self::Not(inner) => format!("not ({})", inner.written()),
            Self::And(one, other) => format!("({}) and ({})", one.written(), other.written()),
            Self::Or(one, other) => format!("({}) or ({})", one.written(), other.written()),
        }
    }

    fn of(&self, account: &Account) -> Option<bool> {
        let employees = number(account.employees);
        let created = Some(account.created_on).filter(|day| !day.is_empty());
        match self {
            Self::Text(text, sign, value) => compared(text.of(account), sign, Some((*value).to_owned())),
            Self::Texts(one, sign, other) => compared(one.of(account), sign, other.of(account)),
            Self::Number(sign, value) => compared(employees, sign, number(value)),
            Self::OrZero(sign, value) => compared(number(value), sign, employees.or(Some(0.0))),
            Self::Day(sign, value) => compared(created, sign, Some(*value)),
            Self::In(text, values, negated) => {
                but(*negated, text.of(account).map(|text| values.contains(&text.as_str())))
            }
            Self::NumberIn(values, negated) => but(
                *negated,
                employees.map(|size| values.iter().any(|value| number(value) == Some(size))),
            ),
            Self::Between(text, low, high, negated) => but(
                *negated,
                within(text.of(account), (*low).to_owned(), (*high).to_owned()),
            ),
            Self::NumberBetween(low, high, negated) => {
                let bounds = number(low).zip(number(high));
                but(*negated, bounds.and_then(|(low, high)| within(employees, low, high)))
            }
            Self::DayBetween(low, high, negated) => but(*negated, within(created, *low, *high)),
            Self::Like(text, pattern, negated) => {
                let letters = |text: &str| text.chars().collect::<Vec<_>>();
                but(
                    *negated,
                    text.of(account).map(|text| like(&letters(&text), &letters(pattern))),
                )
            }
            Self::IsNull(text, negated) => Some(text.of(account).is_none() != *negated),
            Self::NumberIsNull(negated) => Some(employees.is_none() != *negated),
            Self::Not(inner) => inner.of(account).map(|truth| !truth),
            Self::And(one, other) => match (one.of(account), other.of(account)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Self::Or(one, other) => match (one.of(account), other.of(account)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}

fn one_of(values: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    proptest::sample::select(values)
}

// Literals: what an account may hold, without what is missing.
fn text_value() -> impl Strategy<Value = &'static str> + Clone {
    one_of(&REGIONS[1..])
}

fn size() -> impl Strategy<Value = &'static str> + Clone {
    one_of(&SIZES[1..])
}

fn day_value() -> impl Strategy<Value = &'static str> + Clone {
    one_of(&DAYS[1..])
}

fn text() -> impl Strategy<Value = Text> + Clone {
    let column = prop_oneof![Just(Text::Region), Just(Text::Name)];
    column.prop_recursive(2, 4, 1, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Text::Lower(Box::new(inner))),
            inner.clone().prop_map(|inner| Text::Upper(Box::new(inner))),
            (inner, text_value()).prop_map(|(inner, other)| Text::Coalesce(Box::new(inner), other)),
        ]
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let (sign, not) = (one_of(SIGNS), any::<bool>());
    let texts = proptest::collection::vec(text_value(), 1..4);
    let leaf = prop_oneof![
        (text(), sign.clone(), text_value()).prop_map(|(text, sign, value)| Condition::Text(text, sign, value)),
        (text(), sign.clone(), text()).prop_map(|(one, sign, other)| Condition::Texts(one, sign, other)),
        (sign.clone(), size()).prop_map(|(sign, value)| Condition::Number(sign, value)),
        (sign.clone(), size()).prop_map(|(sign, value)| Condition::OrZero(sign, value)),
        (sign, day_value()).prop_map(|(sign, value)| Condition::Day(sign, value)),
        (text(), texts, not).prop_map(|(text, values, not)| Condition::In(text, values, not)),
        (proptest::collection::vec(size(), 1..4), not).prop_map(|(values, not)| Condition::NumberIn(values, not)),
        (text(), text_value(), text_value(), not)
            .prop_map(|(text, low, high, not)| Condition::Between(text, low, high, not)),
        (size(), size(), not).prop_map(|(low, high, not)| Condition::NumberBetween(low, high, not)),
        (day_value(), day_value(), not).prop_map(|(low, high, not)| Condition::DayBetween(low, high, not)),
        (text(), one_of(PATTERNS), not).prop_map(|(text, pattern, not)| Condition::Like(text, pattern, not)),
        (text(), not).prop_map(|(text, not)| Condition::IsNull(text, not)),
        not.prop_map(Condition::NumberIsNull),
    ];
    leaf.prop_recursive(3, 16, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
            two.clone()
                .prop_map(|(one, other)| Condition::And(Box::new(one), Box::new(other))),
            two.prop_map(|(one, other)| Condition::Or(Box::new(one), Box::new(other))),
        ]
    })
}

fn account() -> impl Strategy<Value = Account> {
    let cells = (one_of(REGIONS), one_of(REGIONS), one_of(SIZES), one_of(DAYS));
    cells.prop_map(|(region, name, employees, created_on)| Account {
        region,
        name,
        employees,
        created_on,
    })
}

proptest! {
    #[test]
    fn a_rule_takes_what_a_plain_evaluation_finds_true(
        accounts in proptest::collection::vec(account(), 1..20),
        condition in condition(),
    ) {
        let header = ["account_id", "region", "name", "employees", "created_on"];
        let cells = |(at, account): (usize, &Account)| {
            [format!("a{at:02}"), account.region.into(), account.name.into(), account.employees.into(), account.created_on.into()]
        };
        let rows: Vec<[String; 5]> = accounts.iter().enumerate().map(cells).collect();
        let star = Star::build(Tables::default().with(Table::Accounts, &header, &rows), None);
        let written = condition.written();
        let taken = star.accounts_taken(&rule(&written), day("2026-01-01"));
        let taken: Vec<bool> = taken.expect("it fits the columns").into_iter().map(|(_, taken)| taken).collect();
        let expected: Vec<bool> = accounts.iter().map(|account| condition.of(account) == Some(true)).collect();
        prop_assert_eq!(taken, expected, "{}", written);
    }
}
