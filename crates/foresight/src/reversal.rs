//! Whether a difference between two groups turns round inside the strata that both belong to (Simpson 1951).
//! Must not know what groups or strata are.

use serde::Serialize;

use crate::interval::as_real;
use crate::special::normal_quantile;

/// Wins of decided deals of two groups in one stratum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stratum {
    /// Won, of the one and of the other.
    pub won: [u64; 2],
    /// Decided, of the one and of the other.
    pub decided: [u64; 2],
}

/// A difference that turns round.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reversal {
    /// The rate of the first group less that of the second, all strata together.
    pub overall: f64,
    /// The same within strata (Mantel and Haenszel 1959).
    pub within: f64,
    /// Strata in which the order is the other one.
    pub reversed: u64,
    /// Strata in which both groups have deals enough to compare.
    pub strata: u64,
}

/// Decided deals that each group must have in a stratum for the stratum to be counted.
const DECIDED: u64 = 5;

/// The reversal, where there is one that matters: all together the first group differs from the second beyond chance
/// (95%), in most strata, and at least two, the order is the other one, and the difference within strata, the other way
/// round, has a 95% range that leaves the overall difference out.
#[must_use]
pub fn reversal(strata: &[Stratum]) -> Option<Reversal> {
    let z = normal_quantile(0.975);
    let mut all = Stratum::default();
    let (mut weighed, mut weights, mut variance) = (0.0, 0.0, 0.0);
    let mut comparable: Vec<f64> = Vec::new();
    for stratum in strata {
        for group in 0..2 {
            all.won[group] += stratum.won[group].min(stratum.decided[group]);
            all.decided[group] += stratum.decided[group];
        }
        let Some((difference, spread)) = difference(stratum) else {
            continue;
        };
        let [one, other] = stratum.decided.map(as_real);
        let weight = one * other / (one + other);
        weighed += weight * difference;
        weights += weight;
        variance += weight * weight * spread;
        if stratum.decided.iter().all(|decided| *decided >= DECIDED) {
            comparable.push(difference);
        }
    }
    let (overall, spread) = difference(&all)?;
    let within = weighed / weights;
    let reversed = comparable
        .iter()
        .filter(|difference| **difference * overall < 0.0)
        .count();
    let matters = overall.abs() > z * spread.sqrt()
        && reversed >= 2
        && 2 * reversed > comparable.len()
        && within * overall < 0.0
        && (overall - within).abs() > z * variance.sqrt() / weights;
    matters.then_some(Reversal {
        overall,
        within,
        reversed: reversed as u64,
        strata: comparable.len() as u64,
    })
}

/// The difference of the two rates and its variance, with half a win and half a loss added to each for the variance
/// (Agresti and Caffo 2000); none where a group has nothing.
fn difference(stratum: &Stratum) -> Option<(f64, f64)> {
    let rate = |group: usize| {
        let (won, decided) = (
            as_real(stratum.won[group].min(stratum.decided[group])),
            as_real(stratum.decided[group]),
        );
        let p = (won + 0.5) / (decided + 1.0);
        (decided > 0.0).then(|| (won / decided, p * (1.0 - p) / (decided + 1.0)))
    };
    let ((one, spread), (other, other_spread)) = (rate(0)?, rate(1)?);
    Some((one - other, spread + other_spread))
}

#[cfg(test)]
mod tests {
    use super::{Stratum, reversal};

    fn stratum(one: (u64, u64), other: (u64, u64)) -> Stratum {
        Stratum {
            won: [one.0, other.0],
            decided: [one.1, other.1],
        }
    }

    #[test]
    fn berkeley_admissions_turn_round_by_department() {
        // R's UCBAdmissions: admitted of applied, men and women, departments A to F.
        let departments = [
            stratum((512, 825), (89, 108)),
            stratum((353, 560), (17, 25)),
            stratum((120, 325), (202, 593)),
            stratum((138, 417), (131, 375)),
            stratum((53, 191), (94, 393)),
            stratum((22, 373), (24, 341)),
        ];
        let found = reversal(&departments).expect("the famous one");
        assert!(
            (found.overall - 0.1416).abs() < 5e-5 && (found.within + 0.01843).abs() < 5e-6,
            "{found:?}"
        );
        assert_eq!((found.reversed, found.strata), (4, 6));
        let swapped = departments.map(|s| stratum((s.won[1], s.decided[1]), (s.won[0], s.decided[0])));
        assert!(reversal(&swapped).is_some_and(|found| found.overall < 0.0 && found.within > 0.0));
    }

    #[test]
    fn what_chance_could_make_is_not_said() {
        let few = [stratum((8, 10), (1, 1)), stratum((1, 4), (10, 30))];
        assert_eq!(reversal(&few), None);
        let same_way = [stratum((60, 100), (40, 100)), stratum((30, 100), (10, 100))];
        assert_eq!(reversal(&same_way), None);
        assert_eq!(reversal(&[]), None);
        assert_eq!(reversal(&[stratum((0, 0), (5, 9))]), None);
    }
}
