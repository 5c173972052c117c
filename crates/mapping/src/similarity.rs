//! How alike two short texts are, bit-parallel over letters and digits. It must not know what they mean.

/// A text prepared to be compared with others: for each letter, where it stands.
///
/// The longest common subsequence is found a row at a time in one machine word (Hyyrö, "Bit-parallel LCS-length
/// computation revisited", 2004), so texts are compared by their first 64 letters.
pub(crate) struct Pattern {
    places: [u64; 37],
    length: u32,
}

/// Letters and digits to 1 to 36, all else to 0.
const CODE: [u8; 256] = {
    let mut code = [0_u8; 256];
    let mut letter = 0;
    while letter < 26 {
        code[(b'a' + letter) as usize] = letter + 1;
        letter += 1;
    }
    let mut digit = 0;
    while digit < 10 {
        code[(b'0' + digit) as usize] = digit + 27;
        digit += 1;
    }
    code
};

impl Pattern {
    pub(crate) fn new(text: &[u8]) -> Self {
        let mut places = [0; 37];
        let text = &text[..text.len().min(64)];
        for (at, letter) in text.iter().enumerate() {
            places[usize::from(CODE[usize::from(*letter)])] |= 1 << at;
        }
        Self {
            places,
            length: u32::try_from(text.len()).unwrap_or(64),
        }
    }

    /// The length of the longest common subsequence with another text.
    fn common(&self, other: &[u8]) -> u32 {
        let mut row = u64::MAX;
        for letter in other.iter().take(64) {
            let matches = row & self.places[usize::from(CODE[usize::from(*letter)])];
            row = row.wrapping_add(matches) | (row - matches);
        }
        let mask = if self.length >= 64 {
            u64::MAX
        } else {
            (1 << self.length) - 1
        };
        (!row & mask).count_ones()
    }

    /// The share of both texts that is common, of 255: 2 · LCS / (lengths).
    pub(crate) fn alike(&self, other: &[u8]) -> u8 {
        let lengths = self.length + u32::try_from(other.len().min(64)).unwrap_or(64);
        share(2 * self.common(other), lengths)
    }

    /// The share of the shorter text that is common, of 255.
    pub(crate) fn within(&self, other: &[u8]) -> u8 {
        let length = self.length.min(u32::try_from(other.len().min(64)).unwrap_or(64));
        share(self.common(other), length)
    }
}

/// A fraction of 255; 0 of nothing.
pub(crate) fn share(part: u32, whole: u32) -> u8 {
    u8::try_from((part * 255 + whole / 2).checked_div(whole).unwrap_or(0).min(255)).unwrap_or(255)
}

/// How many letters two texts have in common at their start.
pub(crate) fn prefix(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}

/// Whether the letters of the shorter stand in the longer in their order, the first of each being the same: hldgs, holdings.
pub(crate) fn is_short_for(short: &[u8], long: &[u8]) -> bool {
    if short.len() < 2 || short.len() >= long.len() || short[0] != long[0] {
        return false;
    }
    let mut letters = long.iter();
    short.iter().all(|letter| letters.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // By the textbook's table.
    fn slow(one: &[u8], other: &[u8]) -> u32 {
        let mut row = vec![0; other.len() + 1];
        for a in one {
            let mut diagonal = 0;
            for (at, b) in other.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[other.len()]
    }

    proptest! {
        #[test]
        fn the_common_subsequence_is_that_of_the_table(one in "[a-d0-2]{0,64}", other in "[a-d0-2]{0,64}") {
            prop_assert_eq!(Pattern::new(one.as_bytes()).common(other.as_bytes()), slow(one.as_bytes(), other.as_bytes()));
        }
    }

    #[test]
    fn abbreviations_begin_alike_and_leave_letters_out() {
        assert!(is_short_for(b"hldgs", b"holdings") && is_short_for(b"intl", b"international"));
        assert!(!is_short_for(b"acme", b"acme") && !is_short_for(b"xc", b"acme"));
    }
}
