//! A known truth, for the gym: what the bets really are, and what can be seen of their accounts at a week. Must not
//! reach what a policy believes.

use super::fate::Path;
use super::model::{count, whole};
use crate::belief::Belief;
use crate::delay::Delay;
use crate::judge::StepEvidence;
use crate::luck::Luck;
use crate::overdispersion::Overdispersion;

/// Weeks of work until a route has grown to its full conversion.
const RAMP_WEEKS: f64 = 26.0;

/// What a program's bets really are, in the program's order.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub(crate) bets: Vec<TrueBet>,
}

/// What one bet really is.
#[derive(Debug, Clone)]
pub(crate) struct TrueBet {
    /// The rate of each step for the first target and a route at full conversion.
    pub(crate) rates: Vec<f64>,
    /// The delay of each step.
    pub(crate) delays: Vec<Delay>,
    /// The last target's rate at each step as a multiple of the first's, falling evenly in between.
    pub(crate) decay: f64,
    /// The share of its full conversion at the first step that a route starts with; it grows evenly to all of it over
    /// 26 weeks of work.
    pub(crate) ramp: f64,
    /// How partners differ.
    pub(crate) overdispersion: Overdispersion,
}

/// What can be seen of the accounts of one step at a week. An account that will not convert says nothing: it stays open.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Seen {
    /// How many converted.
    pub(crate) converted: u64,
    /// `(weeks in this step, accounts)` of those still in it, the youngest first.
    pub(crate) open_ages_weeks: Vec<(u32, u64)>,
    /// `(delay in weeks, accounts)` of those that converted, the shortest first.
    pub(crate) delays_weeks: Vec<(u32, u64)>,
}

impl Seen {
    /// The same as evidence for the judge, under what is believed of the step.
    pub(crate) fn evidence(self, step: &super::Step) -> StepEvidence {
        StepEvidence {
            name: step.name.clone(),
            prior: step.prior,
            delay_weeks: step.delay_weeks,
            converted: self.converted,
            lost: 0,
            open_ages_weeks: self.open_ages_weeks,
            delays_weeks: self.delays_weeks,
        }
    }
}

impl TrueBet {
    /// What an account's rates are worth as a multiple of the first account's.
    pub(crate) fn fallen(&self, account: u32, targets: u32) -> f64 {
        1.0 - (1.0 - self.decay) * f64::from(account) / f64::from((targets - 1).max(1))
    }

    /// What the first step's rate is worth so many weeks into the work.
    pub(crate) fn ramped(&self, weeks: usize) -> f64 {
        (self.ramp + (1.0 - self.ramp) * f64::from(count(weeks)) / RAMP_WEEKS).min(1.0)
    }
}

impl TrueBet {
    /// Each partner's own rates at each step, row by row: beta about the bet's, or the bet's alone where partners do not
    /// differ.
    pub(super) fn rows(&self, luck: Luck, rows: &mut Vec<f64>) {
        let correlation = self.overdispersion.correlation;
        if correlation <= 0.0 {
            rows.extend(&self.rates);
            return;
        }
        let strength = (1.0 - correlation) / correlation;
        let own = |rate: &f64| Belief::from_prior(rate * strength, (1.0 - rate) * strength);
        let steps: Vec<Belief> = self.rates.iter().map(own).collect();
        for partner in 0..self.overdispersion.partners.max(1) {
            let luck = luck.at(u64::from(partner));
            rows.extend(
                (0..)
                    .zip(&steps)
                    .map(|(step, belief)| belief.quantile(luck.at(step).uniform())),
            );
        }
    }
}

impl Path<'_> {
    /// What can be seen of a bet at the start of a week, step by step, when so many targets were worked in each week
    /// before it (as [`super::team::BetStory::worked_by_week`] has them). On the same path it is what the team's weeks
    /// were run on, account by account.
    pub(crate) fn seen(&self, bet: usize, worked: &[f64], week: usize) -> Vec<Seen> {
        let steps = self.steps(bet);
        let mut counts = vec![(0_u64, vec![0_u64; week + 1], vec![0_u64; week + 1]); steps];
        let mut began = None;
        let (mut sum, mut account) = (0.0, 0);
        let mut journey: Vec<Option<u32>> = Vec::new();
        for (at, &targets) in worked.iter().enumerate().take(week) {
            if targets > 0.0 {
                began.get_or_insert(at);
            }
            sum += targets;
            let done = whole(sum + super::team::ROUNDING);
            while account < done {
                self.journey(bet, account, at - began.unwrap_or(at), &mut journey);
                let mut entered = at;
                for (converts_after, (converted, open, delays)) in journey.iter().zip(&mut counts) {
                    match converts_after.map(|weeks| weeks as usize) {
                        Some(weeks) if entered + weeks <= week => {
                            *converted += 1;
                            delays[weeks] += 1;
                            entered += weeks;
                        }
                        _ => {
                            open[week - entered] += 1;
                            break;
                        }
                    }
                }
                account += 1;
            }
        }
        counts
            .into_iter()
            .map(|(converted, open, delays)| Seen {
                converted,
                open_ages_weeks: present(&open),
                delays_weeks: present(&delays),
            })
            .collect()
    }
}

/// The counts above zero, with their places.
fn present(counts: &[u64]) -> Vec<(u32, u64)> {
    (0..)
        .zip(counts.iter().copied())
        .filter(|&(_, count)| count > 0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{TrueBet, Truth, whole};
    use crate::delay::Delay;
    use crate::luck::Luck;
    use crate::overdispersion::Overdispersion;
    use crate::simulate::fixtures::{DEFAULT, Dials, STAGE_DELAYS, world};
    use crate::simulate::{Model, Path, Plan, Program, Rule, Share, run, run_for};

    const RATES: [f64; 4] = [0.6, 0.5, 0.5, 0.4];
    const TARGETS: u32 = 200;

    fn one_bet() -> Program {
        let dials = Dials {
            weeks: 200,
            targets: TARGETS,
            ..DEFAULT
        };
        let mut program = world(dials, 1);
        program.bets.truncate(1);
        program.bets[0].deal_value.mean = 1.0;
        program
    }

    fn plan() -> Plan {
        Plan {
            order: vec![0],
            at_once: 1,
            rule: Rule::Open,
            share: Share::InOrder,
        }
    }

    fn truth(decay: f64, ramp: f64, correlation: f64) -> Truth {
        let overdispersion = Overdispersion {
            correlation,
            partners: 5,
        };
        Truth {
            bets: vec![TrueBet {
                rates: RATES.to_vec(),
                delays: STAGE_DELAYS.map(Delay::new).to_vec(),
                decay,
                ramp,
                overdispersion,
            }],
        }
    }

    /// Wins on many paths of one truth: their mean, its error and their variance.
    fn wins(truth: &Truth) -> (f64, f64, f64) {
        let program = one_bet();
        let model = Model::new(&program);
        let wins: Vec<f64> = (0..2_000)
            .map(|world| run(&model, &Path::of_truth(&model, truth, Luck::new(world)), &plan()).total())
            .collect();
        let mean = wins.iter().sum::<f64>() / 2_000.0;
        let variance = wins.iter().map(|wins| (wins - mean).powi(2)).sum::<f64>() / 1_999.0;
        (mean, (variance / 2_000.0).sqrt(), variance)
    }

    #[test]
    fn wins_are_those_of_the_truth_and_not_of_the_belief() {
        let through: f64 = RATES.iter().product();
        let all = f64::from(TARGETS);
        let (mean, error, variance) = wins(&truth(1.0, 1.0, 0.0));
        assert!((mean - all * through).abs() < 4.0 * error, "{mean} +- {error}");
        assert!(
            (variance / (all * through * (1.0 - through)) - 1.0).abs() < 0.15,
            "{variance}"
        );

        let fallen = |i: u32| (1.0 - 0.2 * f64::from(i) / (all - 1.0)).powi(4);
        let expected: f64 = (0..TARGETS).map(|i| through * fallen(i)).sum();
        let (mean, error, _) = wins(&truth(0.8, 1.0, 0.0));
        assert!(
            (mean - expected).abs() < 4.0 * error,
            "{mean} +- {error}, expected {expected}"
        );

        // Twelve a week from the first week of work: by the 26th all 200 are worked.
        let ramped = |i: u32| 0.5 + 0.5 * f64::from(i / 12) / 26.0;
        let expected: f64 = (0..TARGETS).map(|i| through * ramped(i)).sum();
        let (mean, error, _) = wins(&truth(1.0, 0.5, 0.0));
        assert!(
            (mean - expected).abs() < 4.0 * error,
            "{mean} +- {error}, expected {expected}"
        );
    }

    #[test]
    fn partners_that_differ_keep_the_mean_and_widen_the_count() {
        let through: f64 = RATES.iter().product();
        let (mean, error, variance) = wins(&truth(1.0, 1.0, 0.1));
        let (n, partners, correlation) = (f64::from(TARGETS), 5.0, 0.1);
        assert!((mean - n * through).abs() < 4.0 * error, "{mean} +- {error}");
        // Two accounts of a partner both win with the product of E[own rate^2] over steps.
        let both: f64 = RATES.iter().map(|p| p * p + correlation * p * (1.0 - p)).product();
        let pairs = n * (n / partners - 1.0);
        let expected = n * through * (1.0 - through) + pairs * (both - through * through);
        assert!(
            (variance / expected - 1.0).abs() < 0.15,
            "{variance}, expected {expected}"
        );
    }

    #[test]
    fn what_is_seen_adds_up_to_what_was_worked_and_won() {
        let program = one_bet();
        let model = Model::new(&program);
        let truth = truth(0.7, 0.4, 0.2);
        let mut entered = [0.0; 5];
        for luck in 0..40 {
            let path = Path::of_truth(&model, &truth, Luck::new(luck));
            let end = run(&model, &path, &plan());
            for week in [0, 5, 17, 60, 200] {
                let story = run_for(&model, &path, &plan(), week);
                let seen = path.seen(0, &story.bets[0].worked_by_week, week);
                assert_eq!(
                    seen,
                    path.seen(0, &end.bets[0].worked_by_week, week),
                    "the same at a look back"
                );
                let mut enter = u64::from(whole(story.bets[0].worked + 1e-9));
                for step in &seen {
                    let open: u64 = step.open_ages_weeks.iter().map(|&(_, n)| n).sum();
                    assert_eq!(step.converted + open, enter);
                    assert_eq!(step.converted, step.delays_weeks.iter().map(|&(_, n)| n).sum::<u64>());
                    enter = step.converted;
                }
                assert_eq!(enter as f64, end.value[week], "wins by week {week}");
            }
            let seen = path.seen(0, &end.bets[0].worked_by_week, 200);
            for (sum, n) in entered[1..].iter_mut().zip(&seen) {
                *sum += n.converted as f64;
            }
        }
        entered[0] = f64::from(TARGETS) * 40.0;
        // Decay takes the same part of each step, the ramp comes out of the first.
        let rates: Vec<f64> = entered.windows(2).map(|pair| pair[1] / pair[0]).collect();
        assert!((rates[0] / (0.6 * 0.85 * 0.58) - 1.0).abs() < 0.06, "{rates:?}");
        for (rate, full) in rates.iter().zip(RATES).skip(1) {
            assert!((rate / (full * 0.86) - 1.0).abs() < 0.1, "{rates:?}");
        }
    }
}
