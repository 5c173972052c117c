//! The half hour that the partner manager gives the list of targets each week: what leads nowhere is let go of with the
//! reason, the rest has a next step with its day, and what happened is written down in a line. Must not reach below the
//! office.

use std::collections::BTreeMap;

use beachhead_office::targets::{Lost, Picked, Sort, StepLog, TargetChange, TargetRow, TargetsAsked};
use beachhead_office::{Actor, Office, Refusal};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::truth::{LAST_DAY, STEPS};
use crate::world::World;

/// The most that is let go of in one half hour.
const LET_GO_AT_ONCE: usize = 8;
/// Days until a next step in the weeks of the autumn.
const AUTUMN_DUE_DAYS: i64 = 27;
/// Of so many open targets in a row, the first is one that nobody got round to in November.
const LEFT_ALONE: usize = 5;
/// The next step of one that nobody got round to.
const PUT_OFF: [&str; 2] = [
    "Ask the partner once more who decides there",
    "Call once their budget is out",
];

/// What is next by the step that a target has reached, from none to an opportunity.
const NEXT: [[&str; 3]; 4] = [
    [
        "Ask the partner for the introduction",
        "Write to their head of people, with the partner in copy",
        "Call once their board has met",
    ],
    [
        "Agree on a day for the first meeting",
        "Confirm the meeting and who comes",
        "Send what the integration does, on one page",
    ],
    [
        "Bring their security lead and ours together",
        "Send the numbers of two customers like them",
        "Find out who signs",
    ],
    [
        "Go through the proposal with their buyer",
        "Bring the contract to their lawyers",
        "Call after their budget round",
    ],
];

/// What happened, in a line, by the step that a target has reached.
const HAPPENED: [[&str; 3]; 4] = [
    [
        "The partner's account executive asks their buyer this week",
        "Found out who decides: their head of people analytics",
        "They answered: after their board meeting",
    ],
    [
        "Offered two days for a first meeting",
        "They asked what the integration does; sent",
        "Moved by a week, their lead was away",
    ],
    [
        "Second meeting, with their security lead",
        "Sent the reference that they asked for",
        "They compare us with what they have, and asked for numbers",
    ],
    [
        "Went through the proposal with procurement",
        "Security review skipped, as we hoped",
        "They wait for their budget round",
    ],
];

/// When something happened in the last days of October, and when what is next is due, in the order of the targets' names.
const NOVEMBER: [(Date, Date); 11] = [
    (date(2026, 10, 28), date(2026, 11, 10)),
    (date(2026, 10, 29), date(2026, 11, 17)),
    (date(2026, 10, 30), date(2026, 11, 24)),
    (date(2026, 10, 28), date(2026, 11, 6)),
    (date(2026, 10, 27), date(2026, 11, 12)),
    (date(2026, 10, 28), date(2026, 11, 20)),
    (date(2026, 10, 29), date(2026, 12, 1)),
    (date(2026, 11, 2), date(2026, 11, 5)),
    (date(2026, 10, 30), date(2026, 11, 13)),
    (date(2026, 11, 2), date(2026, 11, 26)),
    (date(2026, 10, 27), date(2026, 12, 3)),
];

/// The list of a bet, and who works it.
pub struct HalfHour<'a> {
    /// Where the verbs are.
    pub office: &'a Office,
    /// Who works the list.
    pub manager: &'a Actor,
    /// The bet's key.
    pub bet: &'a str,
    /// What the manager knows and the facts do not say yet.
    pub world: &'a World,
}

impl HalfHour<'_> {
    /// The open targets of the bet, by the names of their accounts.
    async fn open(&self) -> Result<Vec<TargetRow>, Refusal> {
        let standing = self.office.standing(self.manager, None).await?;
        let asked = TargetsAsked {
            bet: Some(self.bet.to_owned()),
            sort: Sort::Account,
            ..TargetsAsked::default()
        };
        Ok(self.office.targets(self.manager, &standing, &asked).await?.rows)
    }

    /// Parts the open targets into those that lead nowhere, each with the reason, and the rest.
    async fn parted(&self, on: Date) -> Result<(Vec<Lost>, Vec<TargetRow>), Refusal> {
        let mut open = self.open().await?;
        let mut ended = self.world.let_go_by(on);
        ended.retain(|(account, _)| open.iter().any(|row| row.account == *account));
        ended.truncate(LET_GO_AT_ONCE);
        let mut by_reason: BTreeMap<&str, Vec<Picked>> = BTreeMap::new();
        for (account, why) in &ended {
            let found = open.iter().find(|row| row.account == *account);
            by_reason.entry(why).or_default().extend(found.map(picked));
        }
        open.retain(|row| ended.iter().all(|(account, _)| row.account != *account));
        let lost = by_reason.into_iter().map(|(why, picked)| Lost {
            picked,
            on,
            why: why.to_owned(),
        });
        Ok((lost.collect(), open))
    }

    async fn let_go(&self, lost: &[Lost]) -> Result<(), Refusal> {
        if !lost.is_empty() {
            self.office.lose_targets(self.manager, lost, true).await?;
        }
        Ok(())
    }

    /// A half hour of the autumn: what has no next step from today on gets one.
    pub async fn autumn(&self, on: Date) -> Result<(), Refusal> {
        let (lost, rest) = self.parted(on).await?;
        let mut by_step: BTreeMap<&str, Vec<Picked>> = BTreeMap::new();
        for row in rest.iter().filter(|row| row.due.is_none_or(|due| due < on)) {
            let texts = NEXT[reached(row)];
            let text = texts[row.account_name.len() % texts.len()];
            by_step.entry(text).or_default().push(picked(row));
        }
        for (next_step, picked) in by_step {
            let change = TargetChange {
                owner: self.manager.person.clone(),
                next_step: next_step.into(),
                due: Some(on.saturating_add(AUTUMN_DUE_DAYS.days())),
            };
            self.office.edit_targets(self.manager, &picked, &change, true).await?;
        }
        self.let_go(&lost).await
    }

    /// The week after the last import: a line on most of what is open, and what is next; a few are put off.
    pub async fn after_the_import(&self, on: Date) -> Result<(), Refusal> {
        let (lost, rest) = self.parted(on).await?;
        for (nth, row) in rest.iter().enumerate() {
            if nth % LEFT_ALONE == 0 {
                let change = TargetChange {
                    owner: self.manager.person.clone(),
                    next_step: PUT_OFF[nth / LEFT_ALONE % PUT_OFF.len()].into(),
                    due: Some(date(2026, 11, 30)),
                };
                self.office
                    .edit_targets(self.manager, &[picked(row)], &change, true)
                    .await?;
                continue;
            }
            let ((happened, due), stage) = (NOVEMBER[nth % NOVEMBER.len()], reached(row));
            let log = StepLog {
                on: happened,
                note: HAPPENED[stage][nth % 3].into(),
                ..self.log(row, NEXT[stage][nth % 3], due)
            };
            self.office.log_step(self.manager, &log).await?;
        }
        self.let_go(&lost).await
    }

    /// Today's half hour: the steps that were reached since the last import.
    pub async fn today(&self, on: Date) -> Result<(), Refusal> {
        let (lost, rest) = self.parted(on).await?;
        self.let_go(&lost).await?;
        for (account, step, reached_on) in self.world.reached_within(LAST_DAY, on) {
            let Some(row) = rest.iter().find(|row| row.account == account) else {
                continue;
            };
            let log = StepLog {
                reached: step.into(),
                on: reached_on,
                ..self.log(row, NEXT[steps_to(step)][0], date(2026, 11, 19))
            };
            self.office.log_step(self.manager, &log).await?;
        }
        Ok(())
    }

    fn log(&self, row: &TargetRow, next_step: &str, due: Date) -> StepLog {
        StepLog {
            bet: row.bet.clone(),
            account: row.account.clone(),
            reached: String::new(),
            on: due,
            note: String::new(),
            next_step: next_step.into(),
            due: Some(due),
            owner: self.manager.person.clone(),
            revision: row.revision,
        }
    }
}

fn picked(row: &TargetRow) -> Picked {
    Picked {
        bet: row.bet.clone(),
        account: row.account.clone(),
        revision: row.revision,
    }
}

/// How many steps a target has reached, as far as there are words for it.
fn reached(row: &TargetRow) -> usize {
    steps_to(&row.stage)
}

fn steps_to(step: &str) -> usize {
    let at = STEPS.iter().position(|one| one.name == step);
    at.map_or(0, |at| (at + 1).min(NEXT.len() - 1))
}
