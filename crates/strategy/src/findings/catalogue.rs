//! The one table of codes: what each finding is called, whether it stops a signature, why it matters and what mends it.

use super::Severity;
use super::Severity::{Error, Warning};
use serde::Serialize;

/// One kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Code {
    /// `F` for the written form, `S` for the strategy.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Whether it stops a signature.
    pub severity: Severity,
    /// Why it matters.
    pub why: &'static str,
    /// What would mend it, in general; a finding may know better.
    pub help: &'static str,
}

macro_rules! codes {
    ($($code:ident $name:literal $severity:ident, $why:literal, $help:literal;)+) => {
        $(
            #[doc = $name]
            pub(crate) const $code: &Code =
                &Code { code: stringify!($code), name: $name, severity: $severity, why: $why, help: $help };
        )+

        /// Every code, in order.
        pub const CATALOGUE: &[&Code] = &[$($code),+];
    };
}

codes! {
    F00 "not-toml" Error,
        "What cannot be read cannot be judged or signed.",
        "Mend the spelling of this line.";
    F01 "unknown-key" Error,
        "A misspelt key would be lost in silence.",
        "Use a key of the form, or delete the line.";
    F02 "wrong-value" Error,
        "A value that means nothing would be counted as nothing.",
        "Write the value as the form asks.";
    F03 "unknown-reference" Error,
        "What points nowhere binds nobody.",
        "Name something that the strategy holds.";
    F04 "duplicate" Error,
        "Two things of one name cannot be told apart in decisions and gates.",
        "Give each its own name.";
    F05 "missing" Error,
        "Without it there is nothing to sign.",
        "Write it.";
    F06 "too-much" Error,
        "A strategy that cannot be read aloud is not kept.",
        "Shorten it.";
    F07 "incomplete" Warning,
        "What is not written cannot be counted: hours, forecasts and gates leave it out.",
        "Write it when you know it.";
    S01 "goal-without-route" Error,
        "An outcome alone is a goal; the strategy is the route chosen to get there.",
        "Plan one bet that leads to the outcome.";
    S02 "outcome-is-activity" Error,
        "Activity can be bought without moving the business; nobody outside partnerships counts it.",
        "Choose a business result and keep the activity as a leading indicator.";
    S03 "refused-to-choose" Error,
        "A strategy is as much what it rules out; without a no, every request is a yes.",
        "Decline or park what will not be done, and choose only what a bet works.";
    S04 "all-bets-at-once" Error,
        "Bets that share too few hours all starve, and none is ever judged fairly.",
        "Start fewer bets, start some later, or ask less of each week.";
    S05 "cannot-be-judged" Error,
        "Without a dated gate that facts can compute, a bet goes on out of inertia.",
        "Give the bet a gate: a measure, a number to scale at, and a date.";
    S06 "off-the-outcome" Error,
        "A bet can meet all its own numbers and still not move the outcome.",
        "Add a lagging indicator in the outcome's measure, for a segment within its scope.";
    S07 "no-wedge" Error,
        "A partner without a reason of their own stops answering; without steps nothing can be repeated.",
        "Say why this partner would, and write at least two steps.";
    S08 "no-sponsor" Error,
        "Without someone who can say yes, the first request from sales undoes the strategy.",
        "Name the sponsor: a person with an office, such as \"Dana Whitfield, CRO\".";
    S11 "gate-cannot-tell" Warning,
        "A gate that passes failing bets and fails working ones is a coin toss with a date.",
        "Ask for more targets before the gate, move its date, or judge an earlier step.";
    S12 "gate-before-its-time" Warning,
        "Early means immature: judged before its measure can arrive, a good bet looks like a bad one.",
        "Move the gate later, start earlier, or judge an earlier step.";
    S13 "target-out-of-reach" Warning,
        "A target that cannot be missed asks for nothing, and one that cannot be met is soon ignored.",
        "Change the target, its date or the plan.";
    S14 "belief-untested" Warning,
        "The least believed condition is the one that sinks the bet; find out first.",
        "Give the least believed condition a test, and the earliest date.";
    S15 "no-early-sign" Warning,
        "Lagging results come after the hours are spent.",
        "Add a leading indicator: an early step of the motion, with a number and a date.";
    S16 "reason-missing" Warning,
        "A no without its reason is asked again every quarter.",
        "Write the reason; for what is parked, also what would reopen it.";
    S17 "drift" Warning,
        "Hours that flow to what was declined are taken from what was chosen.",
        "Stop that work, or change the choice and sign it.";
    S18 "stale-facts" Warning,
        "A verdict on old facts is an opinion.",
        "Import the facts again.";
    S19 "lapsed" Warning,
        "A strategy that nobody reviewed is carried on out of inertia.",
        "Hold the review: decide every running bet.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_once_and_in_order_with_why_and_help() {
        assert!(CATALOGUE.is_sorted_by(|a, b| a.code < b.code));
        assert!(
            CATALOGUE
                .iter()
                .all(|code| code.why.ends_with('.') && code.help.ends_with('.'))
        );
    }

    #[test]
    fn what_stops_a_signature_is_the_form_and_s01_to_s08() {
        for code in CATALOGUE {
            let stops = code.code != "F07" && code.code < "S09";
            assert_eq!(code.severity == Error, stops, "{}", code.code);
        }
    }
}
