//! Pooled rates against the truth of simulated worlds, at the edges, and for any counts.

use proptest::prelude::*;

use super::mixed::{Layout, Posterior, fits};
use super::{CellCount, Counts, Pooled, RATES, crossed, pooled};
use crate::interval::jeffreys;
use crate::luck::Luck;
use crate::special::{beta_quantile, ln_beta, logistic, normal_quantile};

fn cell(row: usize, column: usize, k: u64, n: u64) -> CellCount {
    CellCount { row, column, k, n }
}

/// A 5 x 4 world like that of numbers.md 1(a), drawn from the model: win rates that differ by 0.1 between cells, twelve
/// deals a cell on average and many cells with few, so that raw rates and the common rate miss by as much as there.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
fn world(luck: Luck) -> Vec<(f64, CellCount)> {
    let normal = |luck: Luck| normal_quantile(luck.uniform());
    let effect = |kind: u64, i: u64, sd: f64| sd * normal(luck.at(kind).at(i));
    (0..20_u64)
        .map(|i| {
            let (r, c) = (i / 4, i % 4);
            let log_odds = -1.0 + effect(10, r, 0.4) + effect(11, c, 0.3) + effect(12, i, 0.25);
            let p = logistic(log_odds);
            let n = (-10.0 * luck.at(13).at(i).uniform().ln() - 2.5 * luck.at(15).at(i).uniform().ln()) as u64;
            let k = (0..n).filter(|&d| luck.at(14).at(i).at(d).uniform() < p).count() as u64;
            (p, cell(r as usize, c as usize, k, n))
        })
        .collect()
}

/// What estimates of many worlds came to.
#[derive(Default)]
struct Score {
    squares: f64,
    covered: f64,
    width: f64,
    cells: f64,
}

impl Score {
    fn add(&mut self, truth: f64, (rate, low, high): (f64, f64, f64)) {
        self.squares += (rate - truth).powi(2);
        self.covered += f64::from(u8::from((low..=high).contains(&truth)));
        self.width += high - low;
        self.cells += 1.0;
    }

    /// Root mean square error, share of ranges that hold the truth, mean width of a range.
    fn figures(&self) -> (f64, f64, f64) {
        let mean = |sum: f64| sum / self.cells;
        (mean(self.squares).sqrt(), mean(self.covered), mean(self.width))
    }
}

/// Beta-binomial empirical Bayes: one beta prior for all cells, its mean and strength at their best values on a grid.
fn beta_binomial(cells: &[CellCount]) -> Vec<(f64, f64, f64)> {
    let prior = |mean: f64, strength: f64| (mean * strength, (1.0 - mean) * strength);
    let ln_evidence = |(a, b): (f64, f64)| -> f64 {
        let cell = |c: &CellCount| ln_beta(a + c.k as f64, b + (c.n - c.k) as f64) - ln_beta(a, b);
        cells.iter().map(cell).sum()
    };
    let grid = (1..40).flat_map(|m| (0..24).map(move |s| prior(f64::from(m) * 0.025, 2.0 * 1.25_f64.powi(s))));
    let best = grid.max_by(|one, other| ln_evidence(*one).total_cmp(&ln_evidence(*other)));
    let (a, b) = best.expect("the grid is not empty");
    let cell = |c: &CellCount| {
        let (a, b) = (a + c.k as f64, b + (c.n - c.k) as f64);
        (a / (a + b), beta_quantile(a, b, 0.1), beta_quantile(a, b, 0.9))
    };
    cells.iter().map(cell).collect()
}

/// The crossed model with its spreads fixed at the best of the grid.
fn plug_in(cells: &[CellCount]) -> Vec<(f64, f64, f64)> {
    let layout = Layout::of(cells.iter().map(|cell| (cell.row, cell.column)));
    let all = fits(&Counts(cells), &layout, &RATES).into_iter();
    let best = all.max_by(|one, other| one.ln_evidence.total_cmp(&other.ln_evidence));
    let posterior = Posterior::of(best.into_iter().collect());
    (0..cells.len()).map(|i| shown(&pooled(&posterior, i))).collect()
}

fn shown(pooled: &Pooled) -> (f64, f64, f64) {
    (pooled.rate, pooled.low80, pooled.high80)
}

#[test]
fn pooled_rates_are_near_and_their_ranges_honest_where_the_other_ways_are_not() {
    let mut scores: [Score; 5] = Default::default();
    for replication in 0..300 {
        let world = world(Luck::new(5).at(replication));
        let cells: Vec<CellCount> = world.iter().map(|(_, cell)| *cell).collect();
        let sum = |count: fn(&CellCount) -> u64| cells.iter().map(count).sum::<u64>();
        let all = jeffreys(sum(|cell| cell.k), sum(|cell| cell.n), 0.8);
        let raw = cells.iter().map(|cell| {
            let rate = jeffreys(cell.k, cell.n, 0.8);
            (rate.rate.or(all.rate).unwrap_or(0.5), rate.low, rate.high)
        });
        let ways = [
            raw.collect(),
            vec![(all.rate.unwrap_or(0.5), all.low, all.high); cells.len()],
            beta_binomial(&cells),
            plug_in(&cells),
            crossed(&cells).unwrap().iter().map(shown).collect::<Vec<_>>(),
        ];
        for (score, estimates) in scores.iter_mut().zip(&ways) {
            for ((truth, _), estimate) in world.iter().zip(estimates) {
                score.add(*truth, *estimate);
            }
        }
    }
    let [raw, common, beta, plugged, integrated] = scores.map(|score| score.figures());
    let table = format!(
        "raw {raw:?}, common {common:?}, beta-binomial {beta:?}, plug-in {plugged:?}, integrated {integrated:?}"
    );
    assert!(
        integrated.0 <= 0.080 && (0.78..=0.88).contains(&integrated.1),
        "{table}"
    );
    for (rmse, ..) in [raw, common, beta, plugged] {
        assert!(integrated.0 < rmse + 1e-3, "{table}");
    }
    // Fixed spreads, and one prior for all, promise more than they keep.
    assert!(beta.1 < 0.78 && plugged.1 < integrated.1 - 0.02, "{table}");
}

#[test]
fn a_cell_without_deals_is_all_borrowed_and_one_with_thousands_is_its_own() {
    let cells = [
        cell(0, 0, 30, 100),
        cell(0, 1, 900, 3_000),
        cell(1, 0, 12, 50),
        cell(1, 1, 0, 0),
    ];
    let pooled = crossed(&cells).unwrap();
    assert!((pooled[3].borrowed - 1.0).abs() < 1e-12);
    assert!((0.15..0.40).contains(&pooled[3].rate), "{:?}", pooled[3]);
    assert!(pooled[3].high80 - pooled[3].low80 > pooled[0].high80 - pooled[0].low80);
    assert!(
        pooled[1].borrowed < 0.1 && (pooled[1].rate - 0.3).abs() < 0.005,
        "{:?}",
        pooled[1]
    );
}

#[test]
fn one_dimension_pools_towards_the_common_rate() {
    let rows = [
        cell(0, 0, 8, 10),
        cell(1, 0, 30, 100),
        cell(2, 0, 25, 100),
        cell(3, 0, 0, 0),
    ];
    let pooled = crossed(&rows).unwrap();
    assert!(pooled[0].rate < 0.7 && pooled[0].rate > pooled[3].rate, "{pooled:?}");
    assert!(pooled[0].borrowed > pooled[1].borrowed);
    let columns = rows.map(|c| cell(0, c.row, c.k, c.n));
    assert_eq!(crossed(&columns).unwrap(), pooled);
}

#[test]
fn nothing_at_all_says_nothing() {
    assert_eq!(crossed(&[]).unwrap(), Vec::<Pooled>::new());
    let empty = crossed(&[cell(0, 0, 0, 0), cell(1, 1, 0, 0)]).unwrap();
    assert!(
        (empty[0].rate - 0.5).abs() < 1e-9 && empty[0].low80 < 0.15 && empty[0].high80 > 0.85,
        "{empty:?}"
    );
    assert!(crossed(&[cell(0, 0, 2, 1)]).is_err());
    assert!(crossed(&[cell(1_000, 0, 1, 1)]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_counts_give_ranges_in_order(
        counts in proptest::collection::vec((0_usize..6, 0_usize..5, 0_u64..3_000, 0.0_f64..=1.0), 1..30)
    ) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of n")]
        let cells: Vec<CellCount> =
            counts.iter().map(|&(r, c, n, share)| cell(r, c, (share * n as f64) as u64, n)).collect();
        for pooled in crossed(&cells).unwrap() {
            let Pooled { rate, low80, high80, borrowed } = pooled;
            prop_assert!(0.0 < low80 && low80 < high80 && high80 < 1.0, "{pooled:?}");
            prop_assert!(0.0 < rate && rate < 1.0 && (0.0..=1.0).contains(&borrowed), "{pooled:?}");
        }
    }
}
