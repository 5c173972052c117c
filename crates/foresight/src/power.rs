//! Whether a gate, before it is signed, can tell a bet that works from one that does not. Must not see evidence.

use serde::{Deserialize, Serialize};

use crate::belief::Belief;
use crate::delay::Erlang;
use crate::error::ForesightError;
use crate::judge::predict::{Reach, shuffled};
use crate::judge::{Gate, check};
use crate::limits;
use crate::luck::Luck;

/// One step as planned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedStep {
    /// The step's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The belief in its conversion, as the two parameters of a beta distribution.
    pub prior: (f64, f64),
    /// The mean delay of the accounts that convert, in weeks.
    pub delay_weeks: f64,
}

/// A gate and what is planned up to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatePlan {
    /// The gate.
    pub gate: Gate,
    /// The steps in order.
    #[serde(rename = "step", alias = "steps")]
    pub steps: Vec<PlannedStep>,
    /// Targets that enter the first step in each week from the start.
    pub planned_per_week: Vec<f64>,
}

/// What a gate can tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// The chance that the gate is right about a bet that is as likely to work as not. Under 0.8: finding S11.
    pub tells: f64,
    /// The share of the measure's final events that can have come by the gate's date. Under 0.5: finding S12.
    pub arrived: f64,
    /// What would make the gate able to tell, found by trying; none where it can already, or where nothing tried helps.
    pub offers: Vec<Better>,
}

/// What a gate could be changed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Count the events of an earlier step.
    EarlierStep,
    /// Ask at a later date.
    LaterDate,
    /// Work more targets in the same weeks.
    MoreTargets,
}

/// A gate that could tell: the chosen one, changed in one thing as little as serves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Better {
    /// What is changed.
    pub change: Change,
    /// The step that is counted, from 0.
    pub step: usize,
    /// Its name, or its place.
    pub step_name: String,
    /// The gate's week.
    pub week: u32,
    /// The number that passes it.
    pub need: u32,
    /// Targets planned up to it.
    pub targets: f64,
    /// As [`Outlook::tells`].
    pub tells: f64,
    /// As [`Outlook::arrived`].
    pub arrived: f64,
    /// The change in words.
    pub says: String,
}

/// Looks at a gate before it is signed.
///
/// The *level* is the share of targets that must become events for the gate's number to be what one expects by its
/// date: `need` over the planned targets, each counted by its chance to be through all delays in time. A bet *works*
/// if its share is at the level or above it, and does not if it is at half of it or under, each as often as the priors
/// hold such shares likely (where they give them less than one chance in a hundred, the level and its half stand for
/// them). `tells` is the mean of the chance that a bet that works passes and that one which does not fails.
///
/// `offers` tries an earlier step at the same date, a later date, and more targets, the number asked for being raised
/// so that the level stays; each is offered at the least change with `tells` and `arrived` good enough.
///
/// # Errors
/// A plan that cannot be: the error says where, what and how to mend it.
pub fn gate_outlook(plan: &GatePlan) -> Result<Outlook, ForesightError> {
    check::steps_and_gate(plan.steps.len(), &plan.gate)?;
    for (index, step) in plan.steps.iter().enumerate() {
        check::beliefs(index, step.prior, step.delay_weeks)?;
    }
    check::planned(&plan.planned_per_week)?;
    if plan.planned_per_week.iter().sum::<f64>() <= 0.0 {
        return Err(ForesightError::invalid(
            "planned_per_week",
            "no targets are planned",
            "plan at least one target",
        ));
    }
    let view = View::of(plan);
    let chosen = Candidate {
        step: plan.gate.step.unwrap_or(plan.steps.len() - 1),
        week: plan.gate.week,
        need: plan.gate.need,
        more: 1.0,
    };
    let (tells, arrived) = view.assess(chosen);
    let offers = if is_able(tells, arrived) {
        Vec::new()
    } else {
        view.offers(chosen)
    };
    Ok(Outlook { tells, arrived, offers })
}

/// Under these, findings S11 and S12.
const TELLS: f64 = 0.8;
const ARRIVED: f64 = 0.5;
/// Shares drawn from the priors.
const DRAWS: usize = 1_000;
/// Fewer draws than this, and the priors hardly know such shares.
const FEW: usize = DRAWS / 100;

fn is_able(tells: f64, arrived: f64) -> bool {
    tells >= TELLS && arrived >= ARRIVED
}

/// A gate as it might be.
#[derive(Clone, Copy)]
struct Candidate {
    step: usize,
    week: u32,
    need: u32,
    /// Times the planned targets.
    more: f64,
}

impl Better {
    /// The change and what it would give, in words.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!("{} (right {:.0}% of the time)", self.says, 100.0 * self.tells)
    }
}

struct View<'a> {
    plan: &'a GatePlan,
    delays: Vec<Erlang>,
    /// For each step, draws of the share of targets that become its event, ascending.
    shares: Vec<Vec<f64>>,
}

impl<'a> View<'a> {
    fn of(plan: &'a GatePlan) -> Self {
        let mut product = vec![1.0; DRAWS];
        let mut shares = Vec::with_capacity(plan.steps.len());
        for (j, step) in (0_u64..).zip(&plan.steps) {
            let belief = Belief::from_prior(step.prior.0, step.prior.1);
            for (stratum, share) in shuffled(DRAWS, Luck::new(0).at(j)).into_iter().zip(&mut product) {
                *share *= belief.quantile((stratum as f64 + 0.5) / DRAWS as f64);
            }
            let mut sorted = product.clone();
            sorted.sort_by(f64::total_cmp);
            shares.push(sorted);
        }
        Self {
            plan,
            delays: plan.steps.iter().map(|step| Erlang::new(step.delay_weeks)).collect(),
            shares,
        }
    }

    fn reach(&self, gate: Candidate) -> Reach<'_> {
        let planned: Vec<f64> = self
            .plan
            .planned_per_week
            .iter()
            .map(|targets| targets * gate.more)
            .collect();
        Reach::of_planned(gate.week, self.delays[..=gate.step].iter().copied(), &planned)
    }

    /// The share of targets at which the gate's number is what one expects; above 1 where nothing would be enough.
    fn level(&self, gate: Candidate) -> f64 {
        f64::from(gate.need) / self.reach(gate).planned().max(f64::MIN_POSITIVE)
    }

    /// What the gate tells, and the share of its events that have come by its date.
    fn assess(&self, gate: Candidate) -> (f64, f64) {
        let reach = self.reach(gate);
        let level = self.level(gate);
        let shares = &self.shares[gate.step];
        let works = &shares[shares.partition_point(|&share| share < level)..];
        let fails = &shares[..shares.partition_point(|&share| share <= 0.5 * level)];
        let passes = |shares: &[f64], else_at: f64| {
            let pass = |share: f64| reach.count_planned(share).at_least(gate.need.into());
            if shares.len() < FEW {
                pass(else_at.min(1.0))
            } else {
                shares.iter().map(|&share| pass(share)).sum::<f64>() / shares.len() as f64
            }
        };
        let tells = 0.5 * (passes(works, level) + 1.0 - passes(fails, 0.5 * level));
        let planned = gate.more * self.plan.planned_per_week.iter().sum::<f64>();
        (tells, (reach.planned() / planned).min(1.0))
    }

    /// What would make the gate able to tell.
    fn offers(&self, chosen: Candidate) -> Vec<Better> {
        let earlier = (0..chosen.step).rev().map(|step| Candidate { step, ..chosen });
        let later = (1..=26).map(|i| Candidate {
            week: chosen.week + 2 * i,
            ..chosen
        });
        let later = later.filter(|gate| gate.week <= limits::WEEKS);
        let more = [1.25, 1.5, 2.0, 3.0, 4.0].map(|more| Candidate { more, ..chosen });
        [
            self.offer(chosen, Change::EarlierStep, earlier),
            self.offer(chosen, Change::LaterDate, later),
            self.offer(chosen, Change::MoreTargets, more.into_iter()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The first of the tried gates, their numbers set to the chosen one's level, that is able to tell.
    fn offer(&self, chosen: Candidate, change: Change, mut tried: impl Iterator<Item = Candidate>) -> Option<Better> {
        tried.find_map(|gate| {
            let gate = self.at_level(chosen, gate);
            let (tells, arrived) = self.assess(gate);
            let (step_name, need) = (self.name(gate.step), gate.need);
            let says = match change {
                Change::EarlierStep => format!("count \"{step_name}\" instead and ask for {need}"),
                Change::LaterDate => format!("set it for week {} and ask for {need}", gate.week),
                Change::MoreTargets => format!("work {} times the targets and ask for {need}", gate.more),
            };
            is_able(tells, arrived).then(|| Better {
                change,
                step: gate.step,
                step_name,
                week: gate.week,
                need,
                targets: gate.more * self.plan.planned_per_week.iter().sum::<f64>(),
                tells,
                arrived,
                says,
            })
        })
    }

    /// The candidate with its number set so that it holds bets to what the chosen gate does; or to what is believed
    /// of them, where hardly any bet could come up to that.
    fn at_level(&self, chosen: Candidate, gate: Candidate) -> Candidate {
        let shares = &self.shares[chosen.step];
        let believed = shares.iter().sum::<f64>() / DRAWS as f64;
        let level = self.level(chosen);
        let level = if level > shares[DRAWS * 9 / 10] {
            believed
        } else {
            level
        };
        let step_believed = self.shares[gate.step].iter().sum::<f64>() / DRAWS as f64;
        let need = (level * step_believed / believed * self.reach(gate).planned()).round();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float cast saturates"
        )]
        let need = need.max(1.0) as u32;
        Candidate { need, ..gate }
    }

    fn name(&self, step: usize) -> String {
        self.plan.steps[step]
            .name
            .clone()
            .unwrap_or_else(|| format!("step {}", step + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Better, Change, GatePlan, Outlook, PlannedStep, gate_outlook};
    use crate::belief::Belief;
    use crate::delay::Delay;
    use crate::judge::Gate;
    use crate::luck::Luck;
    use proptest::prelude::*;

    /// The bet of the worked example: 140 targets, ten a week.
    fn plan(need: u32, week: u32, step: usize) -> GatePlan {
        let step_of = |name: &str, prior, delay_weeks| PlannedStep {
            name: Some(name.to_owned()),
            prior,
            delay_weeks,
        };
        GatePlan {
            gate: Gate {
                need,
                week,
                step: Some(step),
                at_least_targets: 60,
                retire_if: None,
                minimum: None,
            },
            steps: vec![
                step_of("introduced", (7.9, 9.7), 3.0),
                step_of("met", (9.2, 7.5), 3.0),
                step_of("opportunity", (6.0, 9.0), 5.0),
                step_of("won", (8.0, 24.0), 12.0),
            ],
            planned_per_week: vec![10.0; 14],
        }
    }

    fn outlook(need: u32, week: u32, step: usize) -> Outlook {
        gate_outlook(&plan(need, week, step)).unwrap()
    }

    #[test]
    fn a_gate_with_time_and_numbers_tells_and_needs_nothing_better() {
        let good = outlook(12, 26, 2);
        assert!(good.tells >= 0.8 && good.arrived >= 0.75, "{good:?}");
        assert_eq!(good.offers, []);
    }

    #[test]
    fn a_gate_before_its_time_is_seen_and_mended() {
        let hasty = outlook(12, 13, 3);
        assert!(hasty.arrived < 0.2 && hasty.tells < 0.8, "{hasty:?}");
        let said: Vec<String> = hasty.offers.iter().map(Better::sentence).collect();
        assert!(said.iter().any(|way| way.contains("set it for week")), "{said:?}");
    }

    #[test]
    fn what_helps_is_offered_side_by_side_and_does_tell() {
        let hasty = outlook(12, 13, 3);
        let changes: Vec<Change> = hasty.offers.iter().map(|offer| offer.change).collect();
        assert!(changes.contains(&Change::LaterDate) && changes.len() >= 2, "{hasty:?}");
        for offer in hasty.offers {
            let mut changed = plan(offer.need, offer.week, offer.step);
            changed
                .planned_per_week
                .iter_mut()
                .for_each(|targets| *targets *= offer.targets / 140.0);
            let then = gate_outlook(&changed).unwrap();
            assert!(
                (then.tells - offer.tells).abs() < 1e-9 && then.offers.is_empty(),
                "{offer:?}: {then:?}"
            );
        }
    }

    /// The share of simulated bets that the gate's own number at its date is right about, those that work and those
    /// that do not weighing alike.
    fn simulated(plan: &GatePlan, level: f64) -> f64 {
        let step = plan.gate.step.unwrap();
        let beliefs: Vec<Belief> = plan
            .steps
            .iter()
            .map(|s| Belief::from_prior(s.prior.0, s.prior.1))
            .collect();
        let delays: Vec<Delay> = plan.steps.iter().map(|step| Delay::new(step.delay_weeks)).collect();
        let (mut right, mut seen) = ([0.0; 2], [0.0; 2]);
        for bet in 0..3_000_u64 {
            let luck = Luck::new(31).at(bet);
            let rates: Vec<f64> = (0..=step)
                .map(|j| beliefs[j].quantile(luck.at(j as u64).uniform()))
                .collect();
            let share: f64 = rates.iter().product();
            let works = share >= level;
            if !works && share > 0.5 * level {
                continue;
            }
            let arrives = |target: u64| {
                let luck = luck.at(100 + target);
                let mut week = u32::try_from(target / 10).unwrap();
                (0..=step).all(|j| {
                    let luck = luck.at(j as u64);
                    week += delays[j].sample(luck.at(1).uniform());
                    luck.at(0).uniform() < rates[j] && week <= plan.gate.week
                })
            };
            let passes = (0..140).filter(|&target| arrives(target)).count() >= plan.gate.need as usize;
            right[usize::from(works)] += f64::from(u8::from(passes == works));
            seen[usize::from(works)] += 1.0;
        }
        assert!(seen[0] > 100.0 && seen[1] > 100.0, "{seen:?}");
        0.5 * (right[0] / seen[0] + right[1] / seen[1])
    }

    #[test]
    fn what_a_gate_tells_is_how_often_it_is_right_about_simulated_bets() {
        for (need, week, step) in [(12, 26, 2), (10, 20, 2), (5, 40, 3), (24, 12, 1)] {
            let plan = plan(need, week, step);
            let outlook = gate_outlook(&plan).unwrap();
            let came = simulated(&plan, f64::from(need) / (140.0 * outlook.arrived));
            assert!(
                (outlook.tells - came).abs() < 0.05,
                "{need} by week {week}: {} for {came}",
                outlook.tells
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn any_plan_is_refused_or_answered_with_chances(
            need in 0_u32..400, week in 0_u32..600, step in 0_usize..6, a in 0.0_f64..50.0, b in 0.01_f64..50.0,
            delay_weeks in 0.0_f64..600.0, planned in proptest::collection::vec(0.0_f64..40.0, 0..30),
        ) {
            let mut plan = plan(need, week, step);
            plan.steps[1].prior = (a, b);
            plan.steps[2].delay_weeks = delay_weeks;
            plan.planned_per_week = planned;
            if let Ok(outlook) = gate_outlook(&plan) {
                prop_assert!((0.0..=1.0).contains(&outlook.tells) && (0.0..=1.0).contains(&outlook.arrived), "{outlook:?}");
                prop_assert!(outlook.offers.iter().all(|offer| offer.tells >= 0.8 && offer.need > 0 && offer.week <= 520));
            }
        }
    }

    #[test]
    fn a_gate_on_a_handful_cannot_tell() {
        let small = outlook(5, 52, 3);
        assert!(small.arrived > 0.9, "{small:?}");
        let tiny = outlook(1, 52, 3);
        assert!(tiny.tells < 0.8, "{tiny:?}");
        assert!(tiny.tells < small.tells && small.tells < outlook(16, 40, 2).tells);
    }

    #[test]
    fn a_later_date_lets_more_arrive_and_a_plan_that_cannot_be_is_refused() {
        let arrived: Vec<f64> = [8, 16, 24, 40].map(|week| outlook(5, week, 2).arrived).to_vec();
        assert!(arrived.windows(2).all(|pair| pair[0] < pair[1]), "{arrived:?}");
        assert!(gate_outlook(&plan(12, 26, 4)).is_err());
        assert!(
            gate_outlook(&GatePlan {
                planned_per_week: vec![0.0],
                ..plan(12, 26, 2)
            })
            .is_err()
        );
        assert!(
            gate_outlook(&GatePlan {
                planned_per_week: vec![f64::NAN],
                ..plan(12, 26, 2)
            })
            .is_err()
        );
    }
}
