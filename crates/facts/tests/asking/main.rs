//! Questions asked of facts: rules, attribution and measures, against known answers and plain loops.

mod attribution;
mod cohorts;
mod lift;
mod maven;
mod naive_rules;
mod opening;
mod outcomes;
mod partition;
mod policies;
mod progress;
mod rows;
mod rules;
mod stars;

use beachhead_facts::Rule;
use jiff::civil::Date;

fn day(text: &str) -> Date {
    text.parse().expect("a test writes dates as 2026-01-31")
}

fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn segment(name: &str, text: &str) -> (String, Rule) {
    (name.to_owned(), rule(text))
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
