//! Known answers (numbers.md section 3): figures of the literature and of other packages, each recomputed here or by
//! the product. Reference methods that the product does not use stand here, compactly, so that its numbers can be held
//! against them. Must not use simulation.
//!
//! | row | tested in |
//! | --- | --- |
//! | posterior and predictive probability of Lee & Liu | `special` (unit) |
//! | its table; Lee & Liu's design; Simon's two stages | `early_stopping` |
//! | Gittins' indices; Weitzman's boxes; our index where it must equal one of them | `indices` |
//! | our index at four points | `sequence::index` (unit) |
//! | confseq, all eleven figures; beta-binomial confidence sequence against the guarantee of `judge` | `sequential` |
//! | Pocock, O'Brien & Fleming; naive peeking; GrowthBook's asymptotic sequence | `sequential` |
//! | Clopper-Pearson, Jeffreys, Wilson | `interval` (unit) |
//! | Kaplan-Meier of 6-MP with standard errors; Aalen-Johansen toy | `incidence` (unit) |
//! | Nelson-Aalen of 6-MP; competing against censored losses | `survival` |
//! | Efron & Morris; beta-binomial of the same; eight schools | `pooling` |
//! | Berkeley's admissions, crude and by Mantel & Haenszel; E-values | `lift` (unit) |
//! | worst fifth of a normal | `choosing`, and the product's own in `estimate` (unit) |
//! | OCBA; quantiles of beta and gamma; negative and beta-binomial tails | `choosing` |
//! | quantiles of a belief Beta(2, 8) | `belief` (unit) |
//! | censored step: evidence, mean, sd, tail, e-value | `judge::posterior` (unit) |
//! | matched binomial against the exact count | `judge::predict` (unit) |

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod choosing;
mod early_stopping;
mod indices;
mod pooling;
mod sequential;
mod survival;

/// Fails unless two numbers agree to `by`.
#[track_caller]
fn assert_near(found: f64, expected: f64, by: f64) {
    assert!((found - expected).abs() <= by, "{found} for {expected}, allowed {by}");
}
