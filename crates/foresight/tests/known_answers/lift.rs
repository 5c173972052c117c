//! A difference between two groups that strata take back: Berkeley's admissions of 1973, and what an unseen cause would
//! have to be. Must not use simulation.

use crate::assert_near;

/// `(men admitted, men rejected, women admitted, women rejected)` of the six largest departments (Bickel, Hammel &
/// O'Connell, Science 1975; R's UCBAdmissions).
const DEPARTMENTS: [[f64; 4]; 6] = [
    [512.0, 313.0, 89.0, 19.0],
    [353.0, 207.0, 17.0, 8.0],
    [120.0, 205.0, 202.0, 391.0],
    [138.0, 279.0, 131.0, 244.0],
    [53.0, 138.0, 94.0, 299.0],
    [22.0, 351.0, 24.0, 317.0],
];

#[test]
fn admissions_at_berkeley_turn_round_by_department() {
    let all = DEPARTMENTS
        .iter()
        .fold([0.0; 4], |sum, row| [0, 1, 2, 3].map(|i| sum[i] + row[i]));
    let [a, b, c, d] = all;
    assert_near(a * d / (b * c), 1.8411, 5e-5);
    assert_near(a / (a + b) - c / (c + d), 0.1416, 5e-5);
    // Mantel & Haenszel over departments: odds ratio, and risk difference with weights n1 n0 / N.
    let sum = |f: fn([f64; 4], f64) -> f64| -> f64 { DEPARTMENTS.iter().map(|&row| f(row, row.iter().sum())).sum() };
    let odds = sum(|[a, _, _, d], n| a * d / n) / sum(|[_, b, c, _], n| b * c / n);
    assert_near(odds, 0.9047, 5e-5);
    let difference =
        sum(|[a, b, c, d], n| (a * (c + d) - c * (a + b)) / n) / sum(|[a, b, c, d], n| (a + b) * (c + d) / n);
    assert_near(difference, -0.01843, 5e-6);
}

#[test]
fn e_values() {
    // VanderWeele & Ding (Annals of Internal Medicine 2017): RR + sqrt(RR (RR - 1)).
    let e_value = |rr: f64| rr + (rr * (rr - 1.0)).sqrt();
    for (rr, expected) in [(3.9, 7.263), (2.0, 3.4142), (1.5, 2.366), (1.2, 1.690)] {
        assert_near(e_value(rr), expected, 5e-4);
    }
}
