//! What a careless file may hold: a valid one with a few of its values replaced. Must not know what the values mean.

use beachhead_foresight::error::ForesightError;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Serialize;
use toml::Value;

/// Any number, most of them bad.
pub fn any_number() -> impl Strategy<Value = f64> {
    let known = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        0.0,
        -0.0,
        -1.0,
        1.0,
        f64::MIN_POSITIVE,
        5e-324,
        1e-9,
        0.01,
        1e6,
        1e12,
        f64::MAX,
        f64::MIN,
    ];
    prop_oneof![prop::sample::select(known.to_vec()), -2.0..2.0, 0.0..1_000.0]
}

/// Any count, most of them bad.
pub fn any_count() -> impl Strategy<Value = u64> {
    prop_oneof![
        prop::sample::select(vec![0, 1, 2, 519, 520, 521, 100_000_000, u64::from(u32::MAX), u64::MAX]),
        0_u64..1_000,
    ]
}

/// What is done to one value of a file.
#[derive(Debug, Clone)]
pub enum Change {
    Number(f64),
    Count(i64),
    Empty,
    /// A list so many times over, or a number of that size.
    Many(u16),
}

pub fn any_changes() -> impl Strategy<Value = Vec<(Index, Change)>> {
    let counts = vec![0, 1, 2, -1, 519, 521, 5_000, 65_536, 100_000_001, i64::MAX, i64::MIN];
    let change = prop_oneof![
        4 => any_number().prop_map(Change::Number),
        3 => prop::sample::select(counts).prop_map(Change::Count),
        1 => Just(Change::Empty),
        1 => prop::sample::select(vec![2, 13, 60, 600]).prop_map(Change::Many),
    ];
    prop::collection::vec((any::<Index>(), change), 1..4)
}

/// The file with the changes made, each at some value or list in it.
pub fn changed(file: &str, changes: &[(Index, Change)]) -> Value {
    let mut value: Value = toml::from_str(file).unwrap();
    for (index, change) in changes {
        let mut nodes = 0;
        visit(&mut value, &mut |_| nodes += 1);
        let chosen = index.index(nodes);
        let mut at = 0;
        visit(&mut value, &mut |node| {
            if at == chosen {
                apply(node, change);
            }
            at += 1;
        });
    }
    value
}

fn apply(node: &mut Value, change: &Change) {
    *node = match (change, &*node) {
        (Change::Number(number), _) => Value::Float(*number),
        (Change::Count(count), _) => Value::Integer(*count),
        (Change::Empty, Value::Table(_)) => Value::Table(toml::Table::new()),
        (Change::Empty, _) => Value::Array(Vec::new()),
        (Change::Many(times), Value::Array(items)) => {
            let over = items.iter().cycle().take(items.len() * usize::from(*times));
            Value::Array(over.cloned().collect())
        }
        (Change::Many(times), _) => Value::Integer((*times).into()),
    };
}

/// Every value below this one, lists and tables before what is in them.
fn visit(value: &mut Value, seen: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Table(table) => {
            for (_, value) in table.iter_mut() {
                seen(value);
                visit(value, seen);
            }
        }
        Value::Array(items) => {
            for value in items {
                seen(value);
                visit(value, seen);
            }
        }
        _ => {}
    }
}

/// Fails unless a refusal says where and how to mend it, and an answer is finite numbers in order.
#[track_caller]
pub fn assert_sound<T: Serialize>(answer: Result<T, ForesightError>) {
    match answer {
        Err(ForesightError::Invalid { at, what, mend }) => {
            assert!(
                !at.is_empty() && !what.is_empty() && !mend.is_empty(),
                "{at}: {what}; {mend}"
            );
        }
        Err(ForesightError::TooMany { at, count, limit }) => assert!(!at.is_empty() && count > limit),
        Ok(answer) => {
            // TOML, unlike JSON, can write a NaN down.
            let value = Value::try_from(&answer).unwrap();
            let trouble = trouble(&value, "answer");
            assert!(trouble.is_empty(), "{}\n{value}", trouble.join("\n"));
        }
    }
}

/// Names that hold probabilities, wherever they stand.
const PROBABILITIES: &[&str] = &[
    "probability",
    "p_at_least_minimum",
    "p_target",
    "p_runs",
    "tells",
    "arrived",
    "borrowed",
    "rate",
    "won",
    "lost",
    "surviving",
];
/// Names that stand in this order.
const IN_ORDER: &[&[&str]] = &[
    &["low80", "high80"],
    &["low", "high"],
    &["p10", "p25", "p50", "p75", "p90"],
];

fn trouble(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Float(number) if !number.is_finite() => vec![format!("{at} is {number}")],
        Value::String(text) if text.contains("NaN") || text.contains("inf ") => vec![format!("{at} says {text}")],
        Value::Array(items) => {
            let below = items.iter().enumerate();
            below
                .flat_map(|(i, item)| trouble(item, &format!("{at}[{i}]")))
                .collect()
        }
        Value::Table(table) => {
            let mut found: Vec<String> = table
                .iter()
                .flat_map(|(name, value)| trouble(value, &format!("{at}.{name}")))
                .collect();
            for name in PROBABILITIES {
                let number = table.get(*name).and_then(Value::as_float);
                if let Some(number) = number.filter(|number| !(-1e-9..=1.0 + 1e-9).contains(number)) {
                    found.push(format!("{at}.{name} is {number}"));
                }
            }
            for names in IN_ORDER {
                let numbers = names.iter().filter_map(|name| table.get(*name)?.as_float());
                let numbers: Vec<f64> = numbers.collect();
                let in_order = |pair: &[f64]| pair[0] <= pair[1] + 1e-9 * pair[1].abs();
                if !numbers.windows(2).all(in_order) {
                    found.push(format!("{at}: {names:?} are {numbers:?}"));
                }
            }
            found
        }
        _ => Vec::new(),
    }
}
