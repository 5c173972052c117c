//! One hash for everything that is compared by equality: the same on every machine and in every release, since keys are
//! exchanged and decisions are kept by it. It must not be used against an adversary.

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const STEP: u64 = 0xD6E8_FEB8_6659_FD93;

#[expect(clippy::cast_possible_truncation, reason = "both halves of the product are used")]
const fn fold(one: u64, other: u64) -> u64 {
    let product = (one as u128) * (other as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// The hash of some bytes: eight at a time, folded by multiplication (after wyhash).
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut state = SEED ^ (bytes.len() as u64).wrapping_mul(STEP);
    for word in words {
        state = fold(state ^ u64::from_le_bytes(*word), STEP);
    }
    mix(state, last(bytes, rest))
}

/// The bytes behind the last eight as a number, the first the lowest: by loads that overlap, since copying so few bytes one
/// by one takes as long as the rest of the hash.
fn last(bytes: &[u8], rest: &[u8]) -> u64 {
    let shift = 8 * rest.len();
    if rest.is_empty() {
        0
    } else if let Some(word) = bytes.last_chunk::<8>() {
        u64::from_le_bytes(*word) >> (64 - shift)
    } else if let (Some(low), Some(high)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        u64::from(u32::from_le_bytes(*low)) | u64::from(u32::from_le_bytes(*high)) << (shift - 32)
    } else if let (Some(low), Some(high)) = (rest.first_chunk::<2>(), rest.last_chunk::<2>()) {
        u64::from(u16::from_le_bytes(*low)) | u64::from(u16::from_le_bytes(*high)) << (shift - 16)
    } else {
        u64::from(rest[0])
    }
}

/// The hash of two hashes in their order.
pub(crate) const fn mix(one: u64, other: u64) -> u64 {
    fold(one ^ STEP, other ^ SEED).wrapping_add(fold(other ^ STEP, SEED))
}

/// The upper half of a hash.
pub(crate) const fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_last_bytes_are_read_as_if_copied(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let rest = bytes.as_chunks::<8>().1;
            let mut copied = [0_u8; 8];
            copied[..rest.len()].copy_from_slice(rest);
            prop_assert_eq!(last(&bytes, rest), u64::from_le_bytes(copied));
        }
    }
}
