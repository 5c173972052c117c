//! What people said of targets, as far as a day knew it: steps, ready to be counted beside the facts, and touches, which
//! count nowhere. Must not count them.

use std::collections::BTreeMap;
use std::sync::Arc;

use beachhead_facts::measure::SaidStep;
use beachhead_ledger::StepSaid;
use jiff::civil::Date;

use super::{TARGETED, TOUCH};
use crate::looking_back::day_of;
use crate::memo::name_of;
use crate::{Office, Refusal};

/// What was said by a day and not taken back by then.
#[derive(Debug, Default)]
pub struct Said {
    last: i64,
    counted: (i64, usize),
    by_bet: BTreeMap<String, Vec<SaidStep>>,
    by_target: BTreeMap<(String, String), Vec<i64>>,
    rows: BTreeMap<i64, StepSaid>,
}

impl Said {
    /// Of all that was said, what counts at the end of `day`. `began` is the day on which each bet began, by key: a target
    /// that was named before enters on that day.
    pub(crate) fn new(all: &[StepSaid], last: i64, day: Date, began: &BTreeMap<String, Date>) -> Self {
        let counts =
            |said: &&StepSaid| day_of(said.at) <= day && said.undone_at.is_none_or(|undone| day_of(undone) > day);
        let steps = || all.iter().filter(|said| said.step.step != TOUCH);
        let mut known = Self {
            last,
            counted: (
                steps().map(|said| said.number).max().unwrap_or_default(),
                steps().filter(|said| said.undone_at.is_some()).count(),
            ),
            ..Self::default()
        };
        for said in all.iter().filter(counts) {
            let target = (said.bet.clone(), said.account.clone());
            known.by_target.entry(target).or_default().push(said.number);
            known.rows.insert(said.number, said.clone());
            if said.step.step == TOUCH {
                continue;
            }
            let earliest = began.get(&said.bet).copied().filter(|_| said.step.step == TARGETED);
            known.by_bet.entry(said.bet.clone()).or_default().push(SaidStep {
                number: said.number,
                account: said.account.clone(),
                account_name: said.account_name.clone(),
                partner: said.partner.clone(),
                step: said.step.step.clone(),
                on: earliest.map_or(said.step.on, |began| said.step.on.max(began)),
            });
        }
        known
    }

    /// The steps of a bet, by its key, in the order in which they were said.
    #[must_use]
    pub fn of(&self, bet: &str) -> &[SaidStep] {
        self.by_bet.get(bet).map_or(&[], Vec::as_slice)
    }

    /// A step or touch by its number, with who said it and when.
    #[must_use]
    pub fn row(&self, number: i64) -> Option<&StepSaid> {
        self.rows.get(&number)
    }

    /// The steps and touches said of one target, in the order in which they were said.
    pub fn of_target(&self, bet: &str, account: &str) -> impl Iterator<Item = &StepSaid> {
        let numbers = self.by_target.get(&(bet.to_owned(), account.to_owned()));
        numbers.into_iter().flatten().filter_map(|number| self.rows.get(number))
    }

    /// The day up to which a bet is known: that of the facts, or the last on which something is said to have happened. A
    /// day that is only planned tells nothing of what happens until then.
    pub(crate) fn known_to(&self, bet: &str, facts_to: Date, today: Date) -> Date {
        let happened = self.of(bet).iter().filter(|step| {
            let said_on = self.row(step.number).map(|said| day_of(said.at));
            step.on <= today && said_on.is_some_and(|said_on| step.on <= said_on)
        });
        happened
            .map(|step| step.on)
            .max()
            .map_or(facts_to, |day| day.max(facts_to))
    }

    /// The number of the last row there was: all that is said here depends on it.
    pub(crate) const fn last(&self) -> i64 {
        self.last
    }

    /// The number of the last step there was and how many were taken back: all that is counted depends on it.
    pub(crate) const fn counted(&self) -> (i64, usize) {
        self.counted
    }
}

impl Office {
    /// What was said of targets until the end of a day.
    pub(crate) async fn said_by(&self, day: Date, began: &BTreeMap<String, Date>) -> Result<Arc<Said>, Refusal> {
        let last = self.ledger.last_step().await?;
        let name = name_of(&(last, day, began));
        let read = async {
            let all = self.ledger.steps_said().await?;
            Ok(Arc::new(Said::new(&all, last, day, began)))
        };
        self.said.once(&name, read).await
    }
}
