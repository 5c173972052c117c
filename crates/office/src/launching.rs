//! The launch plan of a bet: what its motion's template asks to be done by which day, and what of it is done or late. Must
//! not decide when a bet starts.

use std::collections::BTreeMap;

use beachhead_ledger::LaunchEntry;
use beachhead_strategy::{Bet, BetState};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::looking_back::day_of;
use crate::standing::Standing;
use crate::targets::must_run;
use crate::{Answer, Office, Refusal};

/// A task of a launch plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchTask {
    /// What is to be done.
    pub what: &'static str,
    /// By which day.
    pub by: Date,
    /// The day on which it was done, and who said so.
    pub done: Option<(Date, String)>,
    /// Whether it is not done and its day has passed while the bet was worked.
    pub is_late: bool,
}

impl Office {
    /// The launch plan of a bet, counted from the day it began, or is to begin; empty where its motion has no template, or
    /// it never began and is not to begin. Of a bet that has ended it is how far the launch got.
    pub fn launch_plan<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        bet: &'a str,
    ) -> Answer<'a, Vec<LaunchTask>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let found = standing.bet(bet)?;
            let mut said: BTreeMap<String, LaunchEntry> = BTreeMap::new();
            for entry in self.ledger.launch_entries(bet).await? {
                if day_of(entry.at) <= standing.today {
                    said.insert(entry.task.clone(), entry);
                }
            }
            let Some((template, starts)) = found.motion.template.zip(starts(standing, found)) else {
                return Ok(Vec::new());
            };
            let worked_to = worked_to(standing, found);
            let task = |todo: beachhead_strategy::motion::Todo| {
                let entry = said.get(todo.what);
                let done = entry.and_then(|entry| Some((entry.done_on?, standing.name(&entry.by).to_owned())));
                LaunchTask {
                    is_late: done.is_none() && worked_to.is_some_and(|day| todo.by < day),
                    what: todo.what,
                    by: todo.by,
                    done,
                }
            };
            Ok(template.launch_plan(starts).into_iter().map(task).collect())
        })
    }

    /// Says that a task of a bet's launch plan was done on a day; without a day, that it is not done after all.
    pub fn mark_launched<'a>(
        &'a self,
        actor: &'a Actor,
        bet: &'a str,
        task: &'a str,
        done_on: Option<Date>,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let standing = self.standing(actor, None).await?;
            let found = standing.bet(bet)?;
            let state = standing.state_of(&found.name);
            if !(state.is_worked() || state == BetState::Planned) {
                return Err(Refusal::conflict(
                    format!("{} is {}, so nothing of its launch is done", found.name, state.word()),
                    "A launch begins once the bet is signed.",
                ));
            }
            let template = found.motion.template;
            let tasks = template.map_or(&[][..], |template| template.launch_tasks());
            if !tasks.iter().any(|known| known.what == task) {
                return Err(Refusal::not_found(
                    format!("“{task}” is not in the launch plan of {}", found.name),
                    "Choose one of the tasks on the bet's page.",
                ));
            }
            must_run(actor, found)?;
            if let Some(day) = done_on.filter(|day| *day > standing.today) {
                return Err(Refusal::bad_input(
                    format!("{day} has not come yet"),
                    "Give a day up to today.",
                ));
            }
            let stamp = self.stamp_of(actor, "launch");
            Ok(self.ledger.say_launched(&stamp, bet, task, done_on).await?)
        })
    }
}

/// The day that a launch counts from.
fn starts(standing: &Standing, bet: &Bet) -> Option<Date> {
    match standing.state_of(&bet.name) {
        BetState::Running | BetState::Scaled | BetState::Parked | BetState::Retired => standing.began(&bet.name),
        BetState::Planned | BetState::Proposed => {
            let calendar = standing.strategy().program.calendar;
            bet.starts.map(|cycle| calendar.first_day(cycle))
        }
        BetState::Declined => None,
    }
}

/// The day up to which a bet was worked: today, or when it was parked or retired.
fn worked_to(standing: &Standing, bet: &Bet) -> Option<Date> {
    match standing.state_of(&bet.name) {
        BetState::Running | BetState::Scaled => Some(standing.today),
        BetState::Parked | BetState::Retired => standing.since(&bet.name),
        BetState::Planned | BetState::Proposed | BetState::Declined => None,
    }
}
