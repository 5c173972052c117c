//! Conversion by cohort, each read against how long its members have had. Must not know what a cohort has in common.

use serde::Serialize;

use crate::error::ForesightError;
use crate::incidence::{Curve, End, Spell, aalen_johansen};
use crate::interval::as_real;
use crate::limits;
use crate::pooling::mixed::{Cells, Layout, Posterior, fits};
use crate::pooling::{Pooled, RATES, pooled};
use crate::special::{binomial_tail, ln_logistic, logistic, normal_quantile};

/// So many members that began on the same day and ended in the same way on the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Days from their start to today.
    pub age_days: u32,
    /// Days from their start to their end; to today where they are open.
    pub days: u32,
    /// How they ended.
    pub end: End,
    /// How many.
    pub count: u64,
}

/// The delay of conversions, from everybody's waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Delay {
    /// The days within which a conversion counts.
    pub within_days: u32,
    /// The chance to have converted, or to have been lost, by each day.
    pub curve: Curve,
    /// What the source cannot show of those who began before its first conversion, if it matters.
    pub left_truncated: Option<LeftTruncation>,
    /// The curve of those whom that does not touch.
    untouched: Curve,
}

/// Members began long before the first conversion of the source: what they did until then is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LeftTruncation {
    /// How many began before it.
    pub began_before: u64,
    /// Days from the first start to the first conversion.
    pub days_before: u32,
    /// Conversions of theirs that the later ones' delays make expected before it, where there is none.
    pub expected: f64,
}

/// One cohort, read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Cohort {
    /// Members.
    pub n: u64,
    /// Converted within the window so far.
    pub converted: u64,
    /// Members whose whole window has passed.
    pub mature: u64,
    /// How many of those converted within it.
    pub mature_converted: u64,
    /// The mean share of the delay to a conversion that its members have had, 0 to 1.
    pub observed_share: f64,
    /// The share of its members that will have converted when the window has passed for all: what is there, and what
    /// those who still may are expected to add.
    pub expected_final: Share,
    /// The rate behind it, pooled with the other cohorts.
    pub pooled: Pooled,
}

/// A share that is not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// Its mean.
    pub rate: f64,
    /// Its 10% quantile.
    pub low80: f64,
    /// Its 90% quantile.
    pub high80: f64,
}

/// Fewer conversions than these expected before the first are no finding: none come with 5%.
const TRUNCATED_FROM: f64 = 3.0;
/// Nor is a source that begins to show conversions within so many days.
const TRUNCATED_FROM_DAYS: u32 = 30;

impl Delay {
    /// The delay of these waits, by Aalen and Johansen with losses as a competing end. Where the source begins to show
    /// conversions long after the first starts, as a list of leads joined to a younger list of deals does, the shape of the
    /// delay is taken from those who began since.
    ///
    /// # Errors
    /// A window of no days or of more than [`limits::WINDOW_DAYS`], or a wait that ends after today.
    pub fn of(waits: &[Wait], within_days: u32) -> Result<Self, ForesightError> {
        if within_days == 0 {
            return Err(ForesightError::invalid(
                "within",
                "a window of 0 days",
                "give the days that a conversion may take",
            ));
        }
        ForesightError::at_most("within", u64::from(within_days), limits::WINDOW_DAYS)?;
        if let Some(wait) = waits.iter().find(|wait| wait.days > wait.age_days) {
            return Err(ForesightError::invalid(
                "waits",
                format!("an end after {} days at an age of {}", wait.days, wait.age_days),
                "leave out what has not happened yet",
            ));
        }
        let curve = curve(waits.iter());
        // How long ago the first conversion was: who is older began before it.
        let converted = waits.iter().filter(|wait| wait.end == End::Won && wait.count > 0);
        let since_first = converted.map(|wait| wait.age_days - wait.days).max();
        let touched = |wait: &&Wait| since_first.is_some_and(|since| wait.age_days > since);
        let later = self::curve(waits.iter().filter(|wait| !touched(wait)));
        let mut truncation = LeftTruncation {
            began_before: 0,
            days_before: 0,
            expected: 0.0,
        };
        for wait in waits.iter().filter(touched) {
            let before = wait.age_days - since_first.unwrap_or(0);
            truncation.began_before += wait.count;
            truncation.days_before = truncation.days_before.max(before);
            truncation.expected += as_real(wait.count) * won(&later, before - 1);
        }
        let matters = truncation.expected >= TRUNCATED_FROM && truncation.days_before >= TRUNCATED_FROM_DAYS;
        Ok(Self {
            within_days,
            untouched: if matters { later } else { curve.clone() },
            curve,
            left_truncated: matters.then_some(truncation),
        })
    }

    /// The share of conversions that have come by an age; 0 before the window's end where none was ever seen.
    fn passed(&self, age_days: u32) -> f64 {
        let all = won(&self.untouched, self.within_days);
        if age_days >= self.within_days {
            1.0
        } else if all > 0.0 {
            won(&self.untouched, age_days) / all
        } else {
            0.0
        }
    }

    /// The share of those who will not convert that has been lost by an age.
    fn lost(&self, age_days: u32) -> f64 {
        let others = 1.0 - won(&self.untouched, self.within_days);
        let lost = self.untouched.at(age_days).map_or(0.0, |point| point.lost);
        if others > 0.0 { (lost / others).min(1.0) } else { 0.0 }
    }
}

fn curve<'a>(waits: impl Iterator<Item = &'a Wait>) -> Curve {
    let spells = waits.map(|wait| Spell {
        days: wait.days,
        end: wait.end,
        count: wait.count,
    });
    aalen_johansen(&spells.collect::<Vec<_>>())
}

/// The chance to have converted by a day.
fn won(curve: &Curve, day: u32) -> f64 {
    curve.at(day).map_or(0.0, |point| point.won)
}

/// Reads each cohort; the answer is in their order.
///
/// A member converts with its cohort's rate `p`, and then after the delay `G` of all; if it never does, it is lost after
/// the delay `H` of all, or stays. So a conversion counts `p`; a loss, or a whole window without one, `1 - p`; and a
/// member still open at age `a` counts `p (1 - G(a)) + (1 - p)(1 - H(a))` (a cure model with a competing end; Chapelle 2014
/// without the loss). Cohorts' rates are pooled on the log-odds with the spread between cohorts integrated, as in
/// [`crate::pooling::crossed`]. The final share adds to what converted a count with the odds that each open member still
/// has, averaged over the rate. `G` and `H` are taken as known: with few conversions in all, ranges are a little narrow.
///
/// # Errors
/// More cohorts than [`limits::COHORTS`].
pub fn cohorts(cohorts: &[Vec<Wait>], delay: &Delay) -> Result<Vec<Cohort>, ForesightError> {
    ForesightError::at_most("cohorts", cohorts.len() as u64, limits::COHORTS)?;
    let told: Vec<Told> = cohorts.iter().map(|waits| Told::of(waits, delay)).collect();
    let layout = Layout::of((0..told.len()).map(|i| (i, 0)));
    let posterior = Posterior::of(fits(&Censored(&told), &layout, &RATES));
    let read = |(i, (waits, told)): (usize, (&Vec<Wait>, &Told))| {
        let n: u64 = waits.iter().map(|wait| wait.count).sum();
        let mature = || waits.iter().filter(|wait| wait.age_days >= delay.within_days);
        let in_time = |wait: &&Wait| wait.end == End::Won && wait.days <= delay.within_days;
        let passed = |wait: &Wait| as_real(wait.count) * delay.passed(wait.age_days);
        let (mean, variance) = posterior.moments(i);
        Cohort {
            n,
            converted: waits.iter().filter(in_time).map(|wait| wait.count).sum(),
            mature: mature().map(|wait| wait.count).sum(),
            mature_converted: mature().filter(in_time).map(|wait| wait.count).sum(),
            observed_share: if n == 0 {
                0.0
            } else {
                (waits.iter().map(passed).sum::<f64>() / as_real(n)).min(1.0)
            },
            expected_final: told.expected_final(mean, variance.sqrt()),
            pooled: pooled(&posterior, i),
        }
    };
    Ok(cohorts.iter().zip(&told).enumerate().map(read).collect())
}

/// What a cohort's members tell of its rate.
struct Told {
    converted: f64,
    failed: f64,
    open: Vec<StillOpen>,
}

/// Members of one age that still may.
struct StillOpen {
    /// The chance that one who will convert has not yet.
    to_come: f64,
    /// The chance that one who will not is still there.
    stays: f64,
    count: f64,
}

impl StillOpen {
    /// The chance that such a member converts, where a new one does with log-odds `x`.
    fn chance(&self, x: f64) -> f64 {
        let p = logistic(x) * self.to_come;
        p / (p + logistic(-x) * self.stays)
    }
}

impl Told {
    fn of(waits: &[Wait], delay: &Delay) -> Self {
        let mut told = Self {
            converted: 0.0,
            failed: 0.0,
            open: Vec::new(),
        };
        for wait in waits {
            let count = as_real(wait.count);
            match wait.end {
                End::Won if wait.days <= delay.within_days => told.converted += count,
                End::Open if wait.age_days < delay.within_days => told.open.push(StillOpen {
                    to_come: 1.0 - delay.passed(wait.age_days),
                    // Nobody is impossible: who is still there after all others were lost will not convert.
                    stays: (1.0 - delay.lost(wait.age_days)).max(1e-6),
                    count,
                }),
                _ => told.failed += count,
            }
        }
        told
    }

    /// The final share, where the log-odds of the rate are normal.
    fn expected_final(&self, mean: f64, sd: f64) -> Share {
        const NODES: u32 = 32;
        let n = self.converted + self.failed + self.open.iter().map(|open| open.count).sum::<f64>();
        if n == 0.0 {
            let at = |z: f64| logistic(mean + z * sd);
            let z = normal_quantile(0.9);
            return Share {
                rate: at(0.0),
                low80: at(-z),
                high80: at(z),
            };
        }
        let counts: Vec<Count> = (0..NODES)
            .map(|node| {
                let x = mean + sd * normal_quantile((f64::from(node) + 0.5) / f64::from(NODES));
                Count::of(self.open.iter().map(|open| (open.count, open.chance(x))))
            })
            .collect();
        let average = |of: &dyn Fn(&Count) -> f64| counts.iter().map(of).sum::<f64>() / f64::from(NODES);
        let most = self.open.iter().map(|open| open.count).sum::<f64>();
        let quantile = |u: f64| {
            let (mut low, mut high) = (0.0, most);
            while low < high {
                let middle = f64::floor(0.5 * (low + high));
                if 1.0 - average(&|count| count.at_least(middle + 1.0)) >= u {
                    high = middle;
                } else {
                    low = middle + 1.0;
                }
            }
            (self.converted + low) / n
        };
        let rate = (self.converted + average(&|count| count.mean)) / n;
        // The mean of a few can lie beyond a quantile of theirs: the range is opened to hold it.
        Share {
            rate,
            low80: quantile(0.1).min(rate),
            high80: quantile(0.9).max(rate),
        }
    }
}

/// A sum of independent yes-or-noes, as the binomial of its mean and variance (numbers.md 1(b)).
struct Count {
    mean: f64,
    trials: f64,
    chance: f64,
}

impl Count {
    fn of(members: impl Iterator<Item = (f64, f64)>) -> Self {
        let (mean, variance) = members.fold((0.0, 0.0), |(mean, variance), (count, chance)| {
            (mean + count * chance, variance + count * chance * (1.0 - chance))
        });
        if mean <= 0.0 {
            return Self {
                mean: 0.0,
                trials: 0.0,
                chance: 0.0,
            };
        }
        let trials = (mean / (1.0 - variance / mean).max(1e-9)).round().max(1.0);
        Self {
            mean,
            trials,
            chance: (mean / trials).min(1.0),
        }
    }

    fn at_least(&self, count: f64) -> f64 {
        binomial_tail(self.trials, self.chance, count)
    }
}

/// Cohorts with open members; the value is the log-odds of the rate.
struct Censored<'a>(&'a [Told]);

impl Cells for Censored<'_> {
    fn ln(&self, i: usize, x: f64) -> f64 {
        let told = &self.0[i];
        let (p, q) = (logistic(x), logistic(-x));
        let open = told.open.iter();
        told.converted * ln_logistic(x)
            + told.failed * ln_logistic(-x)
            + open
                .map(|open| open.count * (p * open.to_come + q * open.stays).ln())
                .sum::<f64>()
    }

    fn slope_and_information(&self, i: usize, x: f64) -> (f64, f64) {
        let told = &self.0[i];
        let p = logistic(x);
        let ended = told.converted + told.failed;
        let mut slope = told.converted - ended * p;
        let mut information = ended * p * (1.0 - p);
        for open in &told.open {
            let chance = open.chance(x);
            slope += open.count * (chance - p);
            information += open.count * (p * (1.0 - p) - chance * (1.0 - chance));
        }
        (slope, information.max(0.0))
    }
}

#[cfg(test)]
mod tests;
