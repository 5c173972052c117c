//! The dials of the gym (numbers.md 1(e) and 2): what the made-up programs look like. Must not draw luck.

use serde::{Deserialize, Serialize};

use crate::error::ForesightError;
use crate::limits;
use crate::overdispersion::Overdispersion;

/// A population of made-up programs. Also the file of `beachhead gym --setting`; a dial that is left out stands at the
/// default program of numbers.md section 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Setting {
    /// Bets that a program may choose from.
    pub bets: usize,
    /// The horizon, weeks.
    pub weeks: u32,
    /// Team hours a week.
    pub hours_per_week: f64,
    /// Hours that one target takes.
    pub hours_per_target: f64,
    /// Hours a week that each live bet takes, whatever it does.
    pub weekly_overhead_hours: f64,
    /// Share of the team's hours lost for each live bet beyond the first.
    pub switching_tax: f64,
    /// Mean hours of a set-up.
    pub set_up_hours: f64,
    /// Standard deviation between bets of the log of a set-up's hours. They are known beforehand.
    pub set_up_spread: f64,
    /// Targets of each bet.
    pub targets: u32,
    /// Targets a week that one route can absorb.
    pub targets_per_week: f64,
    /// The population's mean conversion of each step; the last step is won.
    pub step_rates: Vec<f64>,
    /// Mean weeks of each step.
    pub delay_weeks: Vec<f64>,
    /// Standard deviation between bets of the log-odds of each step's conversion.
    pub spread: f64,
    /// How much the priors know: the correlation of what is believed of a bet's log-odds with the truth. 0 knows only
    /// the population, 1 knows the bet.
    pub prior_strength: f64,
    /// Standard deviation between bets of the log of a deal's value. It is known beforehand.
    pub deal_value_spread: f64,
    /// Standard deviation between bets, in log-odds of each step, of a belief that is wrong and not known to be.
    pub prior_bias: f64,
    /// The last target's rate at each step as a multiple of the first's, falling evenly in between: 1 where targets are
    /// alike, less where the best accounts are worked first. Nobody but the truth knows it.
    pub decay: f64,
    /// The share of its full conversion that a route starts with; it grows to all of it over the first 26 weeks of work.
    pub ramp: f64,
    /// What the delays are believed to be, as a multiple of what they are.
    pub believed_delay: f64,
    /// How much accounts of the same partner resemble each other.
    pub overdispersion: Overdispersion,
    /// Conversions of the step before won that every bet's gate asks for; 0 for bets without a gate.
    pub gate_need: u32,
    /// Weeks from a bet's start to its gate.
    pub gate_weeks: u32,
    /// Wins by the horizon that the program is asked for.
    pub target_wins: u32,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            bets: 6,
            weeks: 104,
            hours_per_week: 90.0,
            hours_per_target: 6.0,
            weekly_overhead_hours: 4.0,
            switching_tax: 0.05,
            set_up_hours: 240.0,
            set_up_spread: 0.3,
            targets: 300,
            targets_per_week: 12.0,
            step_rates: vec![0.45, 0.55, 0.40, 0.25],
            delay_weeks: vec![3.0, 3.0, 5.0, 12.0],
            spread: 0.6,
            prior_strength: 0.5,
            deal_value_spread: 0.4,
            prior_bias: 0.0,
            decay: 1.0,
            ramp: 1.0,
            believed_delay: 1.0,
            overdispersion: Overdispersion::default(),
            gate_need: 12,
            gate_weeks: 39,
            target_wins: 30,
        }
    }
}

impl Setting {
    /// Checks that worlds can be drawn from it, and that they are not more than can be simulated.
    ///
    /// # Errors
    /// Says which dial, what is wrong and how to mend it.
    pub fn check(&self) -> Result<(), ForesightError> {
        self.check_counts()?;
        self.check_steps()?;
        let (shortest, longest) = (limits::SHORTEST_DELAY_WEEKS, f64::from(limits::WEEKS));
        let most = limits::AMOUNT;
        for (dial, value, low, high) in [
            ("hours_per_week", self.hours_per_week, f64::MIN_POSITIVE, most),
            ("hours_per_target", self.hours_per_target, f64::MIN_POSITIVE, most),
            ("weekly_overhead_hours", self.weekly_overhead_hours, 0.0, most),
            ("switching_tax", self.switching_tax, 0.0, 1.0),
            ("set_up_hours", self.set_up_hours, 0.0, most),
            ("set_up_spread", self.set_up_spread, 0.0, MOST_SPREAD),
            ("targets_per_week", self.targets_per_week, f64::MIN_POSITIVE, most),
            ("spread", self.spread, 0.0, MOST_SPREAD),
            ("prior_strength", self.prior_strength, 0.0, 1.0),
            ("deal_value_spread", self.deal_value_spread, 0.0, MOST_SPREAD),
            ("prior_bias", self.prior_bias, 0.0, MOST_SPREAD),
            ("decay", self.decay, 0.0, 1.0),
            ("ramp", self.ramp, 0.0, 1.0),
            ("believed_delay", self.believed_delay, 0.1, 10.0),
            ("overdispersion.correlation", self.overdispersion.correlation, 0.0, 0.99),
        ] {
            between(dial, value, low, high)?;
        }
        for (step, weeks) in self.delay_weeks.iter().enumerate() {
            between(&format!("delay_weeks[{step}]"), *weeks, shortest, longest)?;
            between("believed_delay", weeks * self.believed_delay, shortest, longest)?;
        }
        if self.weekly_overhead_hours >= self.hours_per_week {
            return Err(ForesightError::invalid(
                "weekly_overhead_hours",
                format!("{} is all that the team has", self.weekly_overhead_hours),
                "give less than hours_per_week, or no target is ever worked",
            ));
        }
        Ok(())
    }

    fn check_counts(&self) -> Result<(), ForesightError> {
        for (dial, count, most) in [
            ("bets", self.bets as u64, limits::GYM_BETS),
            ("weeks", u64::from(self.weeks), u64::from(limits::WEEKS)),
            ("targets", u64::from(self.targets), limits::GYM_TARGETS),
            (
                "overdispersion.partners",
                u64::from(self.overdispersion.partners),
                limits::GYM_TARGETS,
            ),
        ] {
            if count == 0 {
                return Err(ForesightError::invalid(dial, "is 0", "give at least 1"));
            }
            ForesightError::at_most(dial, count, most)?;
        }
        Ok(())
    }

    fn check_steps(&self) -> Result<(), ForesightError> {
        let (rates, delays) = (self.step_rates.len(), self.delay_weeks.len());
        if rates == 0 || rates != delays {
            return Err(ForesightError::invalid(
                "delay_weeks",
                format!("has {delays} for {rates} in step_rates"),
                "give both lists one number for each step, at least one step",
            ));
        }
        ForesightError::at_most("step_rates", rates as u64, limits::STEPS)?;
        for (step, rate) in self.step_rates.iter().enumerate() {
            between(&format!("step_rates[{step}]"), *rate, 0.001, 0.999)?;
        }
        Ok(())
    }
}

/// The largest standard deviation of log-odds, or of the log of an amount, that a setting may ask for.
const MOST_SPREAD: f64 = 3.0;

fn between(dial: &str, value: f64, low: f64, high: f64) -> Result<(), ForesightError> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let mend = if low == f64::MIN_POSITIVE {
        format!("give a number above 0, at most {high:e}")
    } else {
        format!("give a number from {low} to {high}")
    };
    Err(ForesightError::invalid(dial, format!("is {value}"), mend))
}

#[cfg(test)]
mod tests {
    use super::Setting;

    #[test]
    fn a_dial_out_of_range_is_named() {
        assert_eq!(Setting::default().check(), Ok(()));
        let refused = |setting: Setting, words: &str| {
            let said = setting.check().unwrap_err().to_string();
            assert!(said.contains(words), "{said}");
        };
        let standard = Setting::default;
        refused(Setting { bets: 0, ..standard() }, "bets: is 0");
        refused(
            Setting {
                bets: 500,
                ..standard()
            },
            "bets: 500 is over the limit",
        );
        refused(
            Setting {
                spread: f64::NAN,
                ..standard()
            },
            "spread: is NaN",
        );
        refused(
            Setting {
                switching_tax: 2.0,
                ..standard()
            },
            "switching_tax: is 2",
        );
        refused(
            Setting {
                delay_weeks: vec![1.0],
                ..standard()
            },
            "delay_weeks: has 1 for 4",
        );
        refused(
            Setting {
                hours_per_week: 0.0,
                ..standard()
            },
            "above 0",
        );
        refused(
            Setting {
                hours_per_week: 4.0,
                ..standard()
            },
            "all that the team has",
        );
        refused(
            Setting {
                believed_delay: 100.0,
                ..standard()
            },
            "believed_delay",
        );
    }
}
