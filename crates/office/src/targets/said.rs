//! What people said of targets, as far as a day knew it, ready to be counted beside the facts. Must not count it.

use std::collections::BTreeMap;
use std::sync::Arc;

use beachhead_facts::measure::SaidStep;
use beachhead_ledger::StepSaid;
use jiff::civil::Date;

use super::TARGETED;
use crate::looking_back::day_of;
use crate::{Office, Refusal};

/// The steps that were said by a day and not taken back by then.
#[derive(Debug, Default)]
pub struct Said {
    last: i64,
    by_bet: BTreeMap<String, Vec<SaidStep>>,
    rows: BTreeMap<i64, StepSaid>,
}

impl Said {
    /// Of all that was said, what counts at the end of `day`. `began` is the day on which each bet began, by key: a target
    /// that was named before enters on that day.
    pub(crate) fn new(all: &[StepSaid], last: i64, day: Date, began: &BTreeMap<String, Date>) -> Self {
        let counts =
            |said: &&StepSaid| day_of(said.at) <= day && said.undone_at.is_none_or(|undone| day_of(undone) > day);
        let mut by_bet: BTreeMap<String, Vec<SaidStep>> = BTreeMap::new();
        let mut rows = BTreeMap::new();
        for said in all.iter().filter(counts) {
            let earliest = began.get(&said.bet).copied().filter(|_| said.step.step == TARGETED);
            by_bet.entry(said.bet.clone()).or_default().push(SaidStep {
                number: said.number,
                account: said.account.clone(),
                account_name: said.account_name.clone(),
                partner: said.partner.clone(),
                step: said.step.step.clone(),
                on: earliest.map_or(said.step.on, |began| said.step.on.max(began)),
            });
            rows.insert(said.number, said.clone());
        }
        Self { last, by_bet, rows }
    }

    /// The steps of a bet, by its key, in the order in which they were said.
    #[must_use]
    pub fn of(&self, bet: &str) -> &[SaidStep] {
        self.by_bet.get(bet).map_or(&[], Vec::as_slice)
    }

    /// A step by its number, with who said it and when.
    #[must_use]
    pub fn row(&self, number: i64) -> Option<&StepSaid> {
        self.rows.get(&number)
    }

    /// The steps said of one target, in the order in which they were said.
    pub fn of_target<'a>(&'a self, bet: &'a str, account: &'a str) -> impl Iterator<Item = &'a StepSaid> {
        self.rows
            .values()
            .filter(move |said| said.bet == bet && said.account == account)
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

    /// The number of the last row there was: what follows from this depends on it.
    pub(crate) const fn last(&self) -> i64 {
        self.last
    }
}

impl Office {
    /// What was said of targets until the end of a day.
    pub(crate) async fn said_by(&self, day: Date, began: &BTreeMap<String, Date>) -> Result<Said, Refusal> {
        let last = self.ledger.last_step().await?;
        let name = last.to_string();
        let all = match self.steps_said.get(&name) {
            Some(all) => all,
            None => {
                let all = Arc::new(self.ledger.steps_said().await?);
                self.steps_said.put(name, Arc::clone(&all));
                all
            }
        };
        Ok(Said::new(&all, last, day, began))
    }
}
