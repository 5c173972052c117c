//! What may come back in the end, before any simulation of time: each bet's targets, through the chain of its steps,
//! times what a deal is worth, summed over the bets. Must not know weeks, hours or gates.

use rayon::prelude::*;
use serde::Serialize;

use crate::belief::Belief;
use crate::error::ForesightError;
use crate::interval::as_real;
use crate::limits;
use crate::luck::Luck;
use crate::simulate::{DealValue, mean, worst_fifth};
use crate::special::{normal_cdf, normal_quantile};

/// One bet: `targets x rate x rate x ... x deal value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Bet {
    /// Targets that will be worked.
    pub targets: u64,
    /// What is believed of each step's conversion.
    pub rates: Vec<Belief>,
    /// What a deal is worth on average, which is not known for sure either: log-normal.
    pub deal_value: DealValue,
}

impl Bet {
    /// What it brings on average, exactly: its factors are independent.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.rates.iter().map(Belief::mean).product::<f64>() * as_real(self.targets) * self.deal_value.mean
    }
}

/// What may come back, over all draws.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The seed; the same seed gives the same bytes.
    pub seed: u64,
    /// Draws made; each is the sum of all bets.
    pub draws: u32,
    /// Mean over draws.
    pub mean: f64,
    /// One draw in ten is at or below this.
    pub p10: f64,
    /// The middle draw.
    pub p50: f64,
    /// Nine draws in ten are at or below this.
    pub p90: f64,
    /// Mean of the worst fifth of draws (Rockafellar & Uryasev 2000).
    pub cvar20: f64,
    /// What should be reached, where it was asked.
    pub target: Option<f64>,
    /// Share of draws that reach the target.
    pub p_target: Option<f64>,
}

/// Estimates what may come back from these bets, in the unit of their deal values.
///
/// A draw multiplies the factors of each bet, every factor looked up in a table of its distribution, and adds up the
/// bets. Sixty bits of one hash of (seed, bet, draw) are the places in five tables.
///
/// # Errors
/// When the bets, the target or the number of draws are out of their limits.
pub fn estimate(bets: &[Bet], target: Option<f64>, seed: u64, draws: u32) -> Result<Estimate, ForesightError> {
    check(bets, target, draws)?;
    let chains: Vec<Chain> = (0..)
        .zip(bets)
        .map(|(number, bet)| Chain::of(bet, Luck::new(seed).at(number)))
        .collect();
    let mut sums = vec![0.0; draws as usize];
    sums.par_chunks_mut(BLOCK).enumerate().for_each(|(block, sums)| {
        let first = (block * BLOCK) as u64;
        chains.iter().for_each(|chain| chain.add(first, sums));
    });
    Ok(summary(sums, target, seed, draws))
}

/// Draws of one bet before the next bet's tables are needed: their sums stay near the processor too.
const BLOCK: usize = 8_192;
/// Bits of a place in a table.
const BITS: u32 = 12;
/// Slices of a distribution.
const POINTS: usize = 1 << BITS;
/// Places in one hash.
const PLACES: usize = (u64::BITS / BITS) as usize;

/// The means of a distribution's equally likely slices, in order: a place taken at random has its mean.
type Table = [f64; POINTS];

/// A bet as groups of five factors; what the five leave over is filled up with ones.
struct Chain(Vec<Group>);

struct Group {
    luck: Luck,
    factors: Box<[Table; PLACES]>,
}

impl Chain {
    fn of(bet: &Bet, luck: Luck) -> Self {
        let mut tables: Vec<Table> = bet.rates.iter().map(rate_table).collect();
        tables.push(value_table(as_real(bet.targets) * bet.deal_value.mean, bet.deal_value));
        let groups = (0..).zip(tables.chunks(PLACES)).map(|(number, some)| {
            let mut factors = Box::new([[1.0; POINTS]; PLACES]);
            factors[..some.len()].copy_from_slice(some);
            let luck = luck.at(number);
            Group { luck, factors }
        });
        Self(groups.collect())
    }

    /// Adds the bet to the draws from `first` on.
    fn add(&self, first: u64, sums: &mut [f64]) {
        for (draw, sum) in (first..).zip(sums) {
            *sum += self.0.iter().map(|group| group.product(draw)).product::<f64>();
        }
    }
}

impl Group {
    #[expect(clippy::cast_possible_truncation, reason = "twelve bits")]
    #[inline]
    fn product(&self, draw: u64) -> f64 {
        let bits = self.luck.nth(draw);
        let place = |number: u32| (bits >> (u64::BITS - BITS * (number + 1))) as usize % POINTS;
        let [a, b, c, d, e] = &*self.factors;
        a[place(0)] * b[place(1)] * (c[place(2)] * d[place(3)]) * e[place(4)]
    }
}

/// A rate's distribution: its quantiles in the middle of each slice, moved to have its mean.
fn rate_table(rate: &Belief) -> Table {
    let mut table = std::array::from_fn(|slice| rate.quantile((slice as f64 + 0.5) / POINTS as f64));
    let off = rate.mean() / (table.iter().sum::<f64>() / POINTS as f64);
    table.iter_mut().for_each(|rate| *rate *= off);
    table
}

/// A log-normal distribution of this mean, exact in every slice.
fn value_table(mean: f64, deal_value: DealValue) -> Table {
    let sigma = (deal_value.sd / deal_value.mean).powi(2).ln_1p().sqrt();
    let below = |slice: usize| normal_cdf(normal_quantile(slice as f64 / POINTS as f64) - sigma);
    std::array::from_fn(|slice| mean * POINTS as f64 * (below(slice + 1) - below(slice)))
}

fn summary(mut sums: Vec<f64>, target: Option<f64>, seed: u64, draws: u32) -> Estimate {
    let share = |reach: f64| as_real(sums.iter().filter(|&&sum| sum >= reach).count() as u64) / f64::from(draws);
    let (mean, p_target) = (mean(&sums), target.map(share));
    let [p10, _, p50, p90] = quantiles(&mut sums, [0.1, 0.2, 0.5, 0.9]);
    Estimate {
        seed,
        draws,
        mean,
        p10,
        p50,
        p90,
        cvar20: worst_fifth(&sums),
        target,
        p_target,
    }
}

/// The values that these ascending shares of all are at or below. Each is put where it would stand in order, with none
/// above it before it, which is as much order as `worst_fifth` needs.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among the values"
)]
fn quantiles<const N: usize>(values: &mut [f64], shares: [f64; N]) -> [f64; N] {
    let mut found = [0.0; N];
    let mut last = values.len() - 1;
    for (share, found) in shares.iter().zip(&mut found).rev() {
        let place = ((share * values.len() as f64) as usize).min(last);
        *found = *values[..=last].select_nth_unstable_by(place, f64::total_cmp).1;
        last = place;
    }
    found
}

fn check(bets: &[Bet], target: Option<f64>, draws: u32) -> Result<(), ForesightError> {
    let invalid = |at: String, what: String, mend: &str| Err(ForesightError::invalid(at, what, mend));
    ForesightError::at_most("bet", bets.len() as u64, limits::BETS)?;
    ForesightError::at_most("draws", draws.into(), limits::DRAWS)?;
    if bets.is_empty() {
        return invalid("bet".into(), "there is none".into(), "add at least one bet");
    }
    if draws == 0 {
        return invalid("draws".into(), "is 0".into(), "ask for at least one, such as 100000");
    }
    if let Some(target) = target.filter(|target| !target.is_finite()) {
        return invalid(
            "target".into(),
            format!("is {target}"),
            "give a number, or leave it out",
        );
    }
    for (position, bet) in bets.iter().enumerate() {
        let at = |field: &str| format!("bet[{position}].{field}");
        ForesightError::at_most(at("targets"), bet.targets, limits::ACCOUNTS)?;
        ForesightError::at_most(at("rates"), bet.rates.len() as u64, limits::STEPS)?;
        let DealValue { mean, sd } = bet.deal_value;
        if !(mean > 0.0 && mean <= limits::AMOUNT) {
            let mend = format!("give a number above 0, at most {:e}", limits::AMOUNT);
            return invalid(at("deal_value.mean"), format!("is {mean}"), &mend);
        }
        if !(0.0..=limits::DEAL_SPREAD * mean).contains(&sd) {
            let mend = format!("give 0 or more, at most {} times the mean", limits::DEAL_SPREAD);
            return invalid(at("deal_value.sd"), format!("is {sd}"), &mend);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Bet, POINTS, estimate, rate_table, value_table};
    use crate::belief::Belief;
    use crate::luck::Luck;
    use crate::simulate::DealValue;
    use crate::special::normal_quantile;
    use proptest::prelude::*;

    /// Whole parameters, so that an ordinary sampler needs nothing but uniform numbers.
    const PRIORS: [(u32, u32); 4] = [(5, 7), (7, 5), (5, 7), (3, 9)];

    /// Six bets of 300 targets through four steps.
    fn program() -> Vec<Bet> {
        let bet = |number: u32| Bet {
            targets: 300,
            rates: PRIORS.map(|(a, b)| Belief::from_prior(a.into(), b.into())).to_vec(),
            deal_value: DealValue {
                mean: 33.0 + 5.0 * f64::from(number),
                sd: 25.0,
            },
        };
        (0..6).map(bet).collect()
    }

    /// One draw of all bets with a luck of its own for each number: gamma variables as sums of exponential ones.
    fn ordinary_draw(bets: &[Bet], luck: Luck) -> f64 {
        let gamma = |shape: u32, luck: Luck| -> f64 { (0..shape).map(|i| -luck.at(i.into()).uniform().ln()).sum() };
        let rate = |(a, b): (u32, u32), luck: Luck| {
            let a = gamma(a, luck.at(0));
            a / (a + gamma(b, luck.at(1)))
        };
        let value = |DealValue { mean, sd }: DealValue, luck: Luck| {
            let variance = (sd / mean).powi(2).ln_1p();
            mean * (variance.sqrt() * normal_quantile(luck.uniform()) - variance / 2.0).exp()
        };
        let bet = |(bet, luck): (&Bet, Luck)| {
            let rates = (0..).zip(PRIORS).map(|(step, prior)| rate(prior, luck.at(step)));
            rates.product::<f64>() * 300.0 * value(bet.deal_value, luck.at(9))
        };
        bets.iter().zip((0..).map(|number| luck.at(number))).map(bet).sum()
    }

    #[test]
    fn agrees_with_the_exact_mean_and_with_an_ordinary_sampler() {
        const DRAWS: u32 = 40_000;
        let bets = program();
        let exact: f64 = bets.iter().map(Bet::mean).sum();
        let found = estimate(&bets, Some(1_500.0), 1, 1_000_000).unwrap();
        assert!((found.mean / exact - 1.0).abs() < 0.002, "{} for {exact}", found.mean);

        let draws = (0..DRAWS).map(|draw| ordinary_draw(&bets, Luck::new(2).at(draw.into())));
        let mut sums: Vec<f64> = draws.collect();
        sums.sort_by(f64::total_cmp);
        let share = sums.iter().filter(|&&sum| sum >= 1_500.0).count() as f64 / f64::from(DRAWS);
        assert!((found.p_target.unwrap() - share).abs() < 0.01, "{found:?}, {share}");
        let worst = &sums[..DRAWS as usize / 5];
        let pairs = [
            (found.p10, sums[DRAWS as usize / 10]),
            (found.p50, sums[DRAWS as usize / 2]),
            (found.p90, sums[DRAWS as usize * 9 / 10]),
            (found.cvar20, worst.iter().sum::<f64>() / worst.len() as f64),
        ];
        for (found, ordinary) in pairs {
            assert!((found / ordinary - 1.0).abs() < 0.015, "{found} for {ordinary}");
        }
    }

    #[test]
    fn a_certain_bet_is_what_it_is_and_chains_of_any_length_are_taken() {
        for steps in [0_u8, 1, 4, 5, 12] {
            let bet = Bet {
                targets: 1_000,
                rates: vec![Belief::from_prior(9e5, 1e5); steps.into()],
                deal_value: DealValue { mean: 7.0, sd: 0.0 },
            };
            let found = estimate(std::slice::from_ref(&bet), None, 3, 4_000).unwrap();
            let exact = 7_000.0 * 0.9_f64.powi(steps.into());
            assert!((bet.mean() / exact - 1.0).abs() < 1e-6);
            assert!((found.p50 / exact - 1.0).abs() < 1e-3, "{steps} steps: {found:?}");
        }
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bytes() {
        let found = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| estimate(&program(), Some(1_500.0), 5, 10_000).unwrap())
        };
        assert_eq!(found(1), found(3));
    }

    #[test]
    fn the_worst_fifth_of_a_narrow_value_is_that_of_a_normal() {
        // Mean of the worst 20% of N(0, 1): -phi(z)/0.2 at its 20% quantile.
        let sd = 1e-3;
        let bet = Bet {
            targets: 1,
            rates: Vec::new(),
            deal_value: DealValue { mean: 1.0, sd },
        };
        let found = estimate(&[bet], None, 1, 1_000_000).unwrap();
        assert!(((found.cvar20 - 1.0) / sd + 1.399_81).abs() < 0.01, "{}", found.cvar20);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_table_has_the_moments_of_its_distribution(
            mean in 0.01_f64..0.99, ln_strength in 0.5_f64..8.0, ratio in 0.0_f64..3.0,
        ) {
            let moments = |table: &[f64; POINTS]| {
                let mean = table.iter().sum::<f64>() / POINTS as f64;
                (mean, table.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / POINTS as f64)
            };
            let strength = ln_strength.exp();
            let belief = Belief::from_prior(mean * strength, (1.0 - mean) * strength);
            let (found, variance) = moments(&rate_table(&belief));
            prop_assert!((found / mean - 1.0).abs() < 1e-5);
            prop_assert!((variance.sqrt() / (mean * (1.0 - mean) / (strength + 1.0)).sqrt() - 1.0).abs() < 0.02);
            let table = value_table(5.0, DealValue { mean: 1.0, sd: ratio });
            prop_assert!((moments(&table).0 / 5.0 - 1.0).abs() < 1e-9);
            prop_assert!(table.windows(2).all(|pair| pair[0] <= pair[1] + 1e-9 && pair[0] >= 0.0));
            // The middle of a log-normal.
            let sigma = (ratio * ratio).ln_1p().sqrt();
            let middle = 5.0 * (-sigma * sigma / 2.0).exp();
            prop_assert!((table[POINTS / 2] / middle - 1.0).abs() < 2e-3 * (1.0 + sigma));
        }
    }
}
