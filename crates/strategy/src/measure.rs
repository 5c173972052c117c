//! The catalogue of measures: which are business results and which are partner activity. Computes nothing.

use crate::words::words;

words! {
    /// What a measure is counted in.
    pub enum Unit {
        /// Units of the program's currency.
        Money = "money",
        /// A fraction of one.
        Share = "share",
        /// Days.
        Days = "days",
        /// A whole number of things.
        Count = "count",
    }
}

words! {
    /// Whether a measure may be the outcome.
    pub enum MeasureKind {
        /// A business result: may be the outcome.
        Business = "business result",
        /// Partner activity: a leading indicator at most.
        Activity = "activity",
    }
}

/// One measure of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Measure {
    /// How it is written, such as `sourced-pipeline`.
    pub key: &'static str,
    /// Its plain name.
    pub name: &'static str,
    /// What it is, in a sentence that the facts can compute.
    pub definition: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// Business result or activity.
    pub kind: MeasureKind,
    /// Whether less is better, as with a cycle time.
    pub less_is_better: bool,
    /// The step of a motion whose count feeds it, when there is one.
    pub fed_by: Option<&'static str>,
}

/// Every measure, business results first.
pub const CATALOGUE: &[Measure] = &[
    business(
        "sourced-pipeline",
        "Sourced pipeline",
        "Amount of the opportunities created in the period that the policy counts as sourced by a partner",
        Unit::Money,
        Some("opportunity"),
    ),
    business(
        "bookings-won",
        "Bookings won",
        "Amount of the opportunities closed as won in the period",
        Unit::Money,
        Some("won"),
    ),
    business(
        "win-rate",
        "Win rate",
        "Won opportunities over all that were decided, won or lost, in the period",
        Unit::Share,
        Some("won"),
    ),
    Measure {
        less_is_better: true,
        ..business(
            "cycle-time",
            "Cycle time",
            "Median days from creation to close of the opportunities won in the period",
            Unit::Days,
            None,
        )
    },
    business(
        "new-market-bookings",
        "New-market bookings",
        "Amount won in the period at accounts of the scope that had bought nothing before",
        Unit::Money,
        Some("won"),
    ),
    business(
        "expansion",
        "Expansion",
        "Amount of the opportunities of type expansion closed as won in the period",
        Unit::Money,
        Some("won"),
    ),
    business(
        "retention",
        "Retention",
        "Renewals won over all renewals that were decided, won or lost, in the period",
        Unit::Share,
        None,
    ),
    activity(
        "partners-signed",
        "Partners signed",
        "Partners that became active in the period",
    ),
    activity("intros", "Introductions", "Touches of kind intro in the period"),
    activity("meetings", "Meetings", "Touches of kind joint meeting in the period"),
    activity(
        "trainings",
        "Trainings",
        "Training sessions held with partners in the period",
    ),
];

const fn business(
    key: &'static str,
    name: &'static str,
    definition: &'static str,
    unit: Unit,
    fed_by: Option<&'static str>,
) -> Measure {
    Measure {
        key,
        name,
        definition,
        unit,
        kind: MeasureKind::Business,
        less_is_better: false,
        fed_by,
    }
}

const fn activity(key: &'static str, name: &'static str, definition: &'static str) -> Measure {
    Measure {
        key,
        name,
        definition,
        unit: Unit::Count,
        kind: MeasureKind::Activity,
        less_is_better: false,
        fed_by: None,
    }
}

impl Measure {
    /// The measure of a key.
    pub fn by_key(key: &str) -> Option<&'static Measure> {
        CATALOGUE.iter().find(|measure| measure.key == key)
    }
}
