//! The motion: the repeatable steps that turn a target into a deal, and templates of the common ones. No dates of its own.

use crate::words::words;
use crate::{Capacity, Range};
use jiff::civil::Date;

words! {
    /// The common motions.
    pub enum Template {
        /// Co-selling with technology partners whose product ours integrates with.
        CoSell = "integration-led co-sell",
        /// Partners sell our product on their paper.
        Resale = "resale",
        /// Partners name a buyer and step back.
        Referral = "referral",
        /// Agencies and integrators bring us into their projects.
        Agency = "agency",
        /// Buyers purchase through a marketplace.
        Marketplace = "marketplace",
        /// Events held with partners.
        Events = "events",
        /// A community that recommends us.
        Community = "community",
    }
}

/// The steps of a bet, and the template they came from.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Motion {
    /// The template, when one was named.
    pub template: Option<Template>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a motion.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// Its name; it is a measure as well: the number of targets that have passed it.
    pub name: String,
    /// Exit criterion.
    pub done_when: String,
    /// Who does it; empty means the bet's owner.
    pub owner: String,
    /// Hours of the team for each target that reaches this step; part of the bet's hours per target, not on top of it.
    pub hours: Option<f64>,
    /// 80% range of the share of those who reach this step that pass it.
    pub conversion: Option<Range>,
    /// Mean weeks from the step before, for those who pass.
    pub delay_weeks: Option<f64>,
}

/// One to-do of a launch plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LaunchTask {
    /// Days after the start, 0 to 30.
    pub day: i8,
    /// What must be done.
    pub what: &'static str,
}

/// One to-do of a launch plan, with its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Todo {
    /// The day by which.
    pub by: Date,
    /// What must be done.
    pub what: &'static str,
}

impl Template {
    /// The steps with their default ranges, delays and hours.
    pub fn steps(self) -> Vec<Step> {
        todo!()
    }
    /// The default capacity, before it is fitted to a team.
    pub fn capacity(self) -> Capacity {
        todo!()
    }
    /// The partner type that usually runs it.
    pub fn partner_type(self) -> &'static str {
        todo!()
    }
    /// The step that tells first whether it works: the default leading indicator.
    pub fn early_step(self) -> &'static str {
        todo!()
    }
    /// What must be done, by which day after the start, for the motion to be live.
    pub fn launch_tasks(self) -> &'static [LaunchTask] {
        todo!()
    }
    /// The 30-day launch plan for a bet that starts on a day.
    pub fn launch_plan(self, starts: Date) -> Vec<Todo> {
        todo!("{starts}")
    }
}

impl Motion {
    /// The step of a name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
    /// Mean weeks from a target's start until it passes the named step; `None` without such a step or a missing delay.
    pub fn weeks_until(&self, step: &str) -> Option<f64> {
        todo!("{step}")
    }
}
