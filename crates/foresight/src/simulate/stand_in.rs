//! Stand-ins for `belief` and `delay` until they are here.
use statrs::distribution::{Beta, ContinuousCDF, Gamma};

/// A belief about a rate.
#[derive(Debug, Clone)]
pub struct Belief(f64, f64);
#[expect(missing_docs)]
impl Belief {
    #[must_use]
    pub fn from_prior(a: f64, b: f64) -> Self {
        Self(a, b)
    }
    #[must_use]
    #[expect(clippy::unwrap_used)]
    pub fn quantile(&self, u: f64) -> f64 {
        Beta::new(self.0, self.1).unwrap().inverse_cdf(u)
    }
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.0 / (self.0 + self.1)
    }
}

#[derive(Debug, Clone)]
pub struct Delay(Gamma);
impl Delay {
    #[must_use]
    #[expect(clippy::unwrap_used)]
    pub fn new(mean_weeks: f64) -> Self {
        Self(Gamma::new(2.0, 2.0 / mean_weeks).unwrap())
    }
    #[must_use]
    pub fn cdf(&self, week: u32) -> f64 {
        self.0.cdf(f64::from(week))
    }
}
