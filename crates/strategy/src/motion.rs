//! The motion: the repeatable steps that turn a target into a deal, and templates of the common ones. No dates of its
//! own.

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
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Motion {
    /// The template, when one was named.
    pub template: Option<Template>,
    /// The steps, in order.
    pub steps: Vec<Step>,
}

/// One step of a motion.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Step {
    /// Its name; it is a measure as well: the number of targets that have passed it.
    pub name: String,
    /// Exit criterion.
    pub done_when: String,
    /// Who does it; empty means the bet's owner.
    pub owner: String,
    /// Hours of the team for each target that is taken through this step; says where the bet's hours per target go, and
    /// is not added to them.
    pub hours: Option<f64>,
    /// 80% range of the share of those who reach this step that pass it.
    pub conversion: Option<Range>,
    /// Mean weeks from the step before, for those who pass.
    pub delay_weeks: Option<f64>,
}

/// One to-do of a launch plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct LaunchTask {
    /// Days after the start, 0 to 30.
    pub day: i8,
    /// What must be done.
    pub what: &'static str,
}

/// One to-do of a launch plan, with its date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Todo {
    /// The day by which.
    pub by: Date,
    /// What must be done.
    pub what: &'static str,
}

/// What a template knows. The ranges are starting points to be replaced by evidence: they are shown as assumptions.
struct Pattern {
    partner_type: &'static str,
    /// Name, exit criterion, conversion's 10% and 90% points, mean weeks, hours for each target that reaches it.
    steps: [(&'static str, &'static str, f64, f64, f64, f64); 4],
    capacity: Capacity,
    launch: &'static [LaunchTask],
}

const fn capacity(set_up: f64, per_target: f64, weekly: f64, targets: u32, per_week: f64) -> Capacity {
    Capacity {
        set_up_hours: set_up,
        hours_per_target: per_target,
        weekly_overhead_hours: weekly,
        targets,
        targets_per_week: per_week,
    }
}

const fn by_day(day: i8, what: &'static str) -> LaunchTask {
    LaunchTask { day, what }
}

const OPPORTUNITY: &str = "An opportunity stands in the CRM with an amount";
const WON: &str = "Closed won";
const MET: &str = "A first meeting was held";

const CO_SELL: Pattern = Pattern {
    partner_type: "technology",
    steps: [
        (
            "introduced",
            "The partner's account executive has named us to the buyer, in writing",
            0.3,
            0.6,
            3.0,
            3.0,
        ),
        ("met", MET, 0.4, 0.7, 3.0, 4.0),
        ("opportunity", OPPORTUNITY, 0.25, 0.55, 5.0, 4.0),
        ("won", WON, 0.15, 0.35, 12.0, 6.0),
    ],
    capacity: capacity(120.0, 6.0, 4.0, 140, 8.0),
    launch: &[
        by_day(2, "Name one owner on our side and one on each partner's"),
        by_day(5, "Exchange account lists and agree the named targets"),
        by_day(9, "Write the joint story: one page, one customer, one number"),
        by_day(
            12,
            "Agree the rules of engagement: who introduces, who runs the deal, what counts as sourced",
        ),
        by_day(
            16,
            "Brief the partner's account executives who own the first twenty targets",
        ),
        by_day(20, "Ask for the first ten introductions, each by name"),
        by_day(25, "Hold the first meetings and note each objection"),
        by_day(
            30,
            "Count introductions made against those asked for; keep, change or stop the ask",
        ),
    ],
};

const RESALE: Pattern = Pattern {
    partner_type: "reseller",
    steps: [
        (
            "registered",
            "The reseller has registered the account with a named buyer",
            0.25,
            0.5,
            3.0,
            3.0,
        ),
        ("met", MET, 0.45, 0.75, 3.0, 4.0),
        ("opportunity", OPPORTUNITY, 0.3, 0.6, 4.0, 4.0),
        ("won", WON, 0.15, 0.35, 12.0, 5.0),
    ],
    capacity: capacity(160.0, 6.0, 6.0, 120, 6.0),
    launch: &[
        by_day(3, "Pick the two resellers that bring their own list of named accounts"),
        by_day(7, "Sign the price list, the discount and the rules of registration"),
        by_day(12, "Train two sellers and one engineer at each"),
        by_day(16, "Agree the named targets and divide them"),
        by_day(20, "Register the first ten accounts with a buyer's name"),
        by_day(25, "Sit in on the first two meetings of each reseller"),
        by_day(
            30,
            "Count accounts registered with a meeting; drop the reseller that has none",
        ),
    ],
};

const REFERRAL: Pattern = Pattern {
    partner_type: "referral",
    steps: [
        (
            "referred",
            "The partner has named the buyer and the need, in writing",
            0.2,
            0.45,
            3.0,
            2.0,
        ),
        ("met", MET, 0.5, 0.8, 2.0, 3.0),
        ("opportunity", OPPORTUNITY, 0.3, 0.6, 4.0, 3.0),
        ("won", WON, 0.15, 0.4, 10.0, 4.0),
    ],
    capacity: capacity(60.0, 4.0, 3.0, 120, 8.0),
    launch: &[
        by_day(2, "List the people who already refer us, and what they refer"),
        by_day(6, "Write the offer: what they get, when, and what counts as a referral"),
        by_day(10, "Make a referral take one message, answered within a day"),
        by_day(14, "Ask each for two named accounts"),
        by_day(20, "Meet the first referred buyers"),
        by_day(25, "Tell each referrer what became of the name given"),
        by_day(
            30,
            "Count referrals that became meetings; keep the referrers who gave them",
        ),
    ],
};

const AGENCY: Pattern = Pattern {
    partner_type: "agency",
    steps: [
        (
            "scoped",
            "The agency has named us in a project's scope",
            0.2,
            0.45,
            4.0,
            4.0,
        ),
        ("met", "Agency, customer and we have met", 0.5, 0.8, 3.0, 4.0),
        ("opportunity", OPPORTUNITY, 0.3, 0.6, 4.0, 4.0),
        ("won", WON, 0.2, 0.4, 10.0, 5.0),
    ],
    capacity: capacity(140.0, 6.0, 5.0, 100, 6.0),
    launch: &[
        by_day(3, "Pick the agencies that already work at our target accounts"),
        by_day(
            8,
            "Write what their project gains: hours saved, risk taken away, revenue for them",
        ),
        by_day(12, "Give two of their people a working set-up to show"),
        by_day(16, "Agree the named targets, project by project"),
        by_day(20, "Stand in the scope of the first three proposals"),
        by_day(26, "Hold the first meetings with agency and customer"),
        by_day(
            30,
            "Count projects with us in the scope; keep the agencies that have one",
        ),
    ],
};

const MARKETPLACE: Pattern = Pattern {
    partner_type: "marketplace",
    steps: [
        (
            "offered",
            "The buyer has confirmed that they may buy there and has asked for an offer",
            0.2,
            0.5,
            3.0,
            3.0,
        ),
        ("met", "A meeting about the purchase was held", 0.45, 0.75, 3.0, 3.0),
        ("opportunity", OPPORTUNITY, 0.35, 0.65, 3.0, 3.0),
        ("won", "Bought through the marketplace", 0.2, 0.45, 8.0, 4.0),
    ],
    capacity: capacity(200.0, 5.0, 4.0, 100, 6.0),
    launch: &[
        by_day(3, "Find which targets have money committed at the marketplace"),
        by_day(8, "Publish the listing, with terms that procurement accepts"),
        by_day(12, "Agree with the marketplace's field team whose targets are whose"),
        by_day(18, "Teach our sellers to make a private offer"),
        by_day(22, "Send the first five offers, each to a named buyer"),
        by_day(30, "Count offers asked for; ask the buyers who said no why"),
    ],
};

const EVENTS: Pattern = Pattern {
    partner_type: "events",
    steps: [
        (
            "attended",
            "A named person of the target attended, as host partner and we can both say",
            0.25,
            0.5,
            4.0,
            2.0,
        ),
        (
            "met",
            "A meeting was held within two weeks of the event",
            0.2,
            0.45,
            2.0,
            3.0,
        ),
        ("opportunity", OPPORTUNITY, 0.25, 0.5, 5.0, 3.0),
        ("won", WON, 0.15, 0.35, 12.0, 4.0),
    ],
    capacity: capacity(150.0, 4.0, 4.0, 160, 10.0),
    launch: &[
        by_day(3, "Pick one format and one partner to host with"),
        by_day(7, "Name the targets and the person at each whom we want in the room"),
        by_day(10, "Fix date, place and the one question that the event answers"),
        by_day(14, "Invite by name, half by the partner and half by us"),
        by_day(21, "Confirm attendance person by person"),
        by_day(26, "Hold the event"),
        by_day(30, "Book the meetings that follow; count them, not the badges"),
    ],
};

const COMMUNITY: Pattern = Pattern {
    partner_type: "community",
    steps: [
        ("joined", "A named person of the target has joined", 0.25, 0.5, 4.0, 2.0),
        (
            "met",
            "A meeting was held because a member suggested it",
            0.2,
            0.4,
            6.0,
            3.0,
        ),
        ("opportunity", OPPORTUNITY, 0.25, 0.5, 5.0, 3.0),
        ("won", WON, 0.15, 0.35, 12.0, 4.0),
    ],
    capacity: capacity(120.0, 4.0, 5.0, 150, 8.0),
    launch: &[
        by_day(3, "Pick the community where our buyers already talk"),
        by_day(7, "Ask five members what they would miss if it closed"),
        by_day(12, "Find two members who will lead"),
        by_day(16, "Start one habit: a call, a thread or a table, every week"),
        by_day(22, "Invite a named person of each of the first thirty targets"),
        by_day(30, "Count targets with a member, and meetings that a member suggested"),
    ],
};

impl Template {
    const fn pattern(self) -> &'static Pattern {
        match self {
            Template::CoSell => &CO_SELL,
            Template::Resale => &RESALE,
            Template::Referral => &REFERRAL,
            Template::Agency => &AGENCY,
            Template::Marketplace => &MARKETPLACE,
            Template::Events => &EVENTS,
            Template::Community => &COMMUNITY,
        }
    }

    /// The template that suits a partner type; referral, the least demanding, for a type that has none of its own.
    pub fn for_partner_type(partner_type: &str) -> Self {
        match partner_type {
            "systems integrator" => Template::Agency,
            "distributor" | "OEM" => Template::Resale,
            other => {
                let own = Template::ALL
                    .iter()
                    .copied()
                    .find(|template| template.partner_type() == other);
                own.unwrap_or(Template::Referral)
            }
        }
    }

    /// The steps with their default ranges, delays and hours.
    pub fn steps(self) -> Vec<Step> {
        let step = |&(name, done_when, low, high, delay_weeks, hours): &(&str, &str, f64, f64, f64, f64)| Step {
            name: name.to_owned(),
            done_when: done_when.to_owned(),
            owner: String::new(),
            hours: Some(hours),
            conversion: Some(Range::new(low, high)),
            delay_weeks: Some(delay_weeks),
        };
        self.pattern().steps.iter().map(step).collect()
    }

    /// The default capacity, before it is fitted to a team.
    pub const fn capacity(self) -> Capacity {
        self.pattern().capacity
    }

    /// The partner type that usually runs it.
    pub const fn partner_type(self) -> &'static str {
        self.pattern().partner_type
    }

    /// The step that tells first whether it works: the default leading indicator.
    pub const fn early_step(self) -> &'static str {
        self.pattern().steps[0].0
    }

    /// What must be done, by which day after the start, for the motion to be live.
    pub const fn launch_tasks(self) -> &'static [LaunchTask] {
        self.pattern().launch
    }

    /// The 30-day launch plan for a bet that starts on a day.
    pub fn launch_plan(self, starts: Date) -> Vec<Todo> {
        let dated = |task: &LaunchTask| {
            let by = starts.saturating_add(jiff::Span::new().days(i64::from(task.day)));
            Todo { by, what: task.what }
        };
        self.launch_tasks().iter().map(dated).collect()
    }
}

impl Motion {
    /// The step of a name.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.name == name)
    }
    /// Mean weeks from a target's start until it passes the named step; `None` without such a step or a missing delay.
    pub fn weeks_until(&self, step: &str) -> Option<f64> {
        let at = self.steps.iter().position(|known| known.name == step)?;
        self.steps[..=at].iter().map(|step| step.delay_weeks).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn every_template_ends_in_opportunity_and_won_with_ranges_that_a_beta_fits() {
        for template in Template::ALL {
            let steps = template.steps();
            let names: Vec<&str> = steps.iter().map(|step| step.name.as_str()).collect();
            assert_eq!(names[2..], ["opportunity", "won"], "{template}");
            assert_eq!(names[0], template.early_step());
            for step in &steps {
                assert!(
                    step.conversion.and_then(Range::beta).is_some(),
                    "{template}: {}",
                    step.name
                );
            }
        }
    }

    #[test]
    fn every_launch_plan_is_dated_in_order_and_done_within_thirty_days() {
        for template in Template::ALL {
            let plan = template.launch_plan(date(2026, 8, 1));
            assert!(plan.len() >= 6 && plan.is_sorted_by_key(|todo| todo.by), "{template}");
            assert_eq!(plan.last().map(|todo| todo.by), Some(date(2026, 8, 31)), "{template}");
        }
    }

    #[test]
    fn hours_asked_for_each_target_agree_with_the_hours_of_the_steps() {
        for template in Template::ALL {
            let (mut reach, mut hours) = (1.0, 0.0);
            for step in template.steps() {
                hours += reach * step.hours.unwrap_or_default();
                reach *= step
                    .conversion
                    .map_or(0.0, |range| f64::midpoint(range.low, range.high));
            }
            let said = template.capacity().hours_per_target;
            assert!(
                (hours - said).abs() <= 1.0,
                "{template}: steps make {hours:.1}, capacity says {said}"
            );
        }
    }

    #[test]
    fn weeks_until_a_step_add_up_the_delays_and_need_every_one() {
        let mut motion = Motion {
            template: None,
            steps: Template::CoSell.steps(),
        };
        assert_eq!(motion.weeks_until("opportunity"), Some(11.0));
        assert_eq!(motion.weeks_until("nowhere"), None);
        motion.steps[0].delay_weeks = None;
        assert_eq!(motion.weeks_until("opportunity"), None);
    }
}
