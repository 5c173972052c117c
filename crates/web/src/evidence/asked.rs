//! What is asked of the rows, as an address writes it: every filter a pair of its query. Must not look at the facts.

use beachhead_office::facts::measure::{CohortPart, CohortRows, Mark, Order, OrderBy, Side};
use beachhead_office::tracing::{LiftSide, RowsQuestion};
use beachhead_office::{Refusal, Standing, cohorting, reporting};
use jiff::civil::Date;

use crate::AsOf;
use crate::form::Fields;

/// The pairs of an address.
pub(crate) struct Asked(Fields);

/// A measure with the first and last day of its period.
type MeasureOf = (String, Date, Date);

/// Fields of a cell that an address names without a prefix; any other column is named as `key.industry`.
const KEYS: [&str; 4] = ["segment", "partner_type", "partner", "class"];
const KEY_PREFIX: &str = "key.";

impl Asked {
    pub fn new(query: Vec<(String, String)>) -> Self {
        Self(super::fields(query))
    }

    pub fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }

    pub fn as_of(&self) -> AsOf {
        AsOf {
            as_of: self.get("as_of").to_owned(),
        }
    }

    pub fn day(&self) -> Result<Option<Date>, Refusal> {
        self.as_of().day()
    }

    /// The pairs that are neither empty nor named.
    pub fn others<'a>(&'a self, named: &'a [&str]) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.0.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        pairs.filter(|(name, value)| (!value.is_empty() || name.starts_with(KEY_PREFIX)) && !named.contains(name))
    }

    pub fn query_without(&self, named: &[&str]) -> String {
        written(self.others(named))
    }

    /// The query with some pairs changed; an empty value takes a pair away.
    pub fn query_with(&self, pairs: &[(&str, &str)]) -> String {
        let names: Vec<&str> = pairs.iter().map(|(name, _)| *name).collect();
        let new = pairs.iter().copied().filter(|(_, value)| !value.is_empty());
        written(self.others(&names).chain(new))
    }

    /// The page, from 0.
    pub fn page(&self) -> Result<usize, Refusal> {
        match self.get("page") {
            "" => Ok(0),
            text => {
                let page = text.parse::<usize>().ok().and_then(|page| page.checked_sub(1));
                // A page far past the last is empty; one that cannot be counted is no page.
                page.filter(|page| *page < usize::MAX / super::PAGE_ROWS)
                    .ok_or_else(|| Refusal::bad_input(format!("“{text}” is not a page"), "Pages are numbered from 1."))
            }
        }
    }

    /// The order: a column's word, `-` before it for the largest first.
    pub fn order(&self) -> Result<Order, Refusal> {
        let text = self.get("sort");
        if text.is_empty() {
            return Ok(Order::default());
        }
        let (descending, word) = text.strip_prefix('-').map_or((false, text), |word| (true, word));
        let by = OrderBy::from_name(word).ok_or_else(|| {
            let known: Vec<&str> = OrderBy::ALL.into_iter().map(OrderBy::name).collect();
            Refusal::bad_input(
                format!("Rows are not sorted by “{word}”"),
                format!("Sort by {}.", known.join(", ")),
            )
        })?;
        Ok(Order { by, descending })
    }

    /// A day, where one is given.
    pub fn date(&self, name: &str) -> Result<Option<Date>, Refusal> {
        AsOf {
            as_of: self.get(name).to_owned(),
        }
        .day()
    }

    /// The place of a file in the snapshot's list.
    pub fn file(&self) -> Result<Option<i32>, Refusal> {
        match self.get("file") {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                Refusal::bad_input(
                    format!("“{text}” is not the number of a file"),
                    "Follow a link from a file.",
                )
            }),
        }
    }

    pub fn question(&self, standing: &Standing) -> Result<RowsQuestion, Refusal> {
        let given = |name: &str| Some(self.get(name).to_owned()).filter(|text| !text.is_empty());
        let (measure, in_scope) = self.measure(standing)?;
        let side = match self.get("side") {
            "" => None,
            "with" => Some(Side::With(given("partner_type"))),
            "without" => Some(Side::Without),
            other => return Err(no_such("side", other, "with, without")),
        };
        let named = |name: &&&str| **name != "partner_type" || side.is_none();
        let mut key: Vec<(String, String)> = KEYS
            .iter()
            .filter(named)
            .filter_map(|name| Some(((*name).to_owned(), given(name)?)))
            .collect();
        // A missing value is asked for by an empty one: `key.industry=`.
        let columns = self
            .0
            .0
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix(KEY_PREFIX)?, value)));
        key.extend(columns.map(|(name, value)| (name.to_owned(), value.clone())));
        let status = self.get("status");
        let is_decided = status == "decided";
        if !status.is_empty() && !is_decided {
            key.push(("status".to_owned(), status.to_owned()));
        }
        Ok(RowsQuestion {
            key,
            filter: given("filter"),
            measure,
            in_scope,
            bet: given("bet"),
            side,
            is_decided,
            cohort: self.cohort()?,
            lift: self.lift()?,
            file: self.file()?,
            ids: None,
            taken_on: given("taken_on"),
            created: self.date("created_from")?.zip(self.date("created_to")?),
            is_out: match self.get("cells") {
                "" => false,
                "out" => true,
                other => return Err(no_such("group of cells", other, "out")),
            },
            of_draft: self.get("text") == "draft",
        })
    }

    fn measure(&self, standing: &Standing) -> Result<(Option<MeasureOf>, bool), Refusal> {
        let strategy = standing.strategy();
        let outcome = &strategy.outcome;
        let of_outcome = outcome.counted_from(strategy.program.calendar).zip(outcome.by);
        let period = match (self.date("from")?, self.date("to")?) {
            (Some(from), Some(to)) => Some((from, to)),
            _ => of_outcome,
        };
        let no_period = || Refusal::bad_input("A measure needs its period", "Give from and to, as 2026-01-01.");
        match self.get("measure") {
            "" => Ok((None, self.get("scope") == "outcome")),
            "outcome" => {
                let (from, to) = period.ok_or_else(no_period)?;
                Ok((Some((outcome.measure.clone(), from, to)), true))
            }
            other if beachhead_office::strategy::Measure::by_key(other).is_none() => Err(Refusal::not_found(
                format!("There is no measure {other}"),
                "Follow a link from a number.",
            )),
            other => {
                let (from, to) = period.ok_or_else(no_period)?;
                Ok((Some((other.to_owned(), from, to)), self.get("scope") == "outcome"))
            }
        }
    }

    fn cohort(&self) -> Result<Option<CohortRows>, Refusal> {
        let mark = |name: &str, usual: &str| match self.get(name) {
            "" => Mark::Usual,
            stage if stage.eq_ignore_ascii_case(usual) => Mark::Usual,
            stage => Mark::Stage(stage.to_owned()),
        };
        let month = match self.get("cohort") {
            "" => return Ok(None),
            "all" => None,
            text => Some(
                format!("{text}-01")
                    .parse::<Date>()
                    .map_err(|_| Refusal::bad_input(format!("“{text}” is not a month"), "Write it as 2026-03."))?,
            ),
        };
        let within = match self.get("within") {
            "" => cohorting::WITHIN_DAYS,
            text => text
                .parse()
                .map_err(|_| Refusal::bad_input(format!("“{text}” is not a number of days"), "Write it in digits."))?,
        };
        let part = match self.get("part") {
            "" => CohortPart::All,
            text => CohortPart::from_name(text)
                .ok_or_else(|| no_such("part", text, &CohortPart::ALL.map(CohortPart::name).join(", ")))?,
        };
        Ok(Some(CohortRows {
            from: mark("start", "created"),
            to: mark("end", "won"),
            within_days: within,
            month,
            part,
        }))
    }

    fn lift(&self) -> Result<Option<LiftSide>, Refusal> {
        let with = match self.get("lift") {
            "" => return Ok(None),
            "with" => true,
            "without" => false,
            other => return Err(no_such("lift", other, "with, without")),
        };
        Ok(Some(LiftSide {
            rule: Some(self.get("rule").to_owned()).filter(|rule| !rule.is_empty()),
            with,
            open: self.get("open") == "yes",
        }))
    }
}

fn no_such(name: &str, value: &str, known: &str) -> Refusal {
    Refusal::bad_input(format!("“{value}” is not a {name}"), format!("There are {known}."))
}

fn written<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    pairs
        .map(|(name, value)| format!("{}={}", reporting::query(name), reporting::query(value)))
        .collect::<Vec<_>>()
        .join("&")
}
