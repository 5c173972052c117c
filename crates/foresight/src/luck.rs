//! Luck: random numbers as a pure function of where they are used, so that every plan meets the same luck and any
//! number of threads gives the same bytes. Must not hold state.

/// A counter-based stream of random numbers: a seed and the place it is used at, hashed.
///
/// The mixing function is SplitMix64's finaliser (Steele, Lea & Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014), applied once for each coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Luck(u64);

impl Luck {
    /// The luck of one seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(mix(seed ^ 0x9e37_79b9_7f4a_7c15))
    }

    /// The luck at one coordinate (a path, a bet, an account, a step…) below this one.
    #[must_use]
    pub const fn at(self, coordinate: u64) -> Self {
        Self(mix(self.0
            ^ coordinate
                .wrapping_mul(0xd1b5_4a32_d192_ed03)
                .wrapping_add(0x8cb9_2ba7_2f3d_8dd7)))
    }

    /// 64 random bits.
    #[must_use]
    pub const fn bits(self) -> u64 {
        mix(self.0 ^ 0xa076_1d64_78bd_642f)
    }

    /// 64 random bits, the `n`-th of a stream that starts here: SplitMix64 read at any place, for half the work of
    /// `at(n).bits()`.
    #[must_use]
    pub const fn nth(self, n: u64) -> u64 {
        mix(self.0.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A number in the open interval (0, 1), with 53 random bits.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub const fn uniform(self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
    }

    /// Two independent numbers in the open interval (0, 1), with 32 random bits each.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "32 bits fit a double exactly")]
    pub(crate) const fn two(self) -> (f64, f64) {
        let bits = self.bits();
        (
            ((bits >> 32) as f64 + 0.5) / 4_294_967_296.0,
            ((bits & 0xffff_ffff) as f64 + 0.5) / 4_294_967_296.0,
        )
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Luck;

    #[test]
    fn is_uniform_and_repeats() {
        let luck = Luck::new(7);
        let mean = (0..10_000).map(|i| luck.at(i).uniform()).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01, "mean {mean}");
        assert_eq!(luck.at(3).bits(), Luck::new(7).at(3).bits());
        assert_ne!(luck.at(3).bits(), luck.at(4).bits());
    }
}
