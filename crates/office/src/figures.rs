//! Small conversions between counts and real numbers, in one place so that their limits are too.

/// A count as a real number.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of accounts and deals are far below 2^53"
)]
pub const fn as_real(count: u64) -> f64 {
    count as f64
}

/// A real number as a count: rounded, and kept within what a count can hold.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range of u32 first"
)]
pub const fn whole(number: f64) -> u32 {
    if number.is_nan() {
        0
    } else {
        number.round().clamp(0.0, u32::MAX as f64) as u32
    }
}
