//! Codes that change with time (RFC 6238: HMAC-SHA-1, 30 seconds, six digits, which is what every authenticator app can do)
//! and recovery codes. Pure: it must not read a clock, draw a random number or keep anything.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha1::Sha1;

use crate::people::same_secret;
use crate::reporting::query;

/// The bytes of a secret: as many as SHA-1 gives (RFC 4226, section 4).
pub(super) const KEY_BYTES: usize = 20;
/// The bytes that HMAC-SHA-1 takes as its key; a shorter key is filled up with zeros (RFC 2104).
const BLOCK_BYTES: usize = 64;
/// How long a code is shown, seconds.
const STEP_SECONDS: i64 = 30;
/// How many steps a phone's clock may be off, either way.
pub const DRIFT_STEPS: i64 = 1;
/// The digits of a code.
pub(super) const DIGITS: usize = 6;
/// The random bytes of a recovery code: 80 bits are not guessed, so that a plain hash of it may be kept.
pub(super) const RECOVERY_BYTES: usize = 10;
/// The letters of a recovery code between two dashes.
const GROUP: usize = 4;

/// The step that an instant lies in.
pub(super) fn step_at(now: Timestamp) -> i64 {
    now.as_second().div_euclid(STEP_SECONDS)
}

/// A secret as people type it and apps read it: base32.
pub(super) fn secret_text(key: &[u8; KEY_BYTES]) -> String {
    BASE32_NOPAD.encode(key)
}

/// The 31 bits of a step (RFC 4226, section 5.3).
fn truncated(key: &[u8], step: i64) -> u32 {
    let mut block = [0; BLOCK_BYTES];
    let filled = key.len().min(BLOCK_BYTES);
    block[..filled].copy_from_slice(&key[..filled]);
    let mut mac = Hmac::<Sha1>::new(&block.into());
    mac.update(&step.to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let at = usize::from(hash[hash.len() - 1] & 0xf);
    u32::from_be_bytes([hash[at], hash[at + 1], hash[at + 2], hash[at + 3]]) & 0x7fff_ffff
}

fn code(key: &[u8], step: i64) -> String {
    format!("{:06}", truncated(key, step) % 1_000_000)
}

/// The code that an app shows for a secret at an instant; none for a text that is no secret.
#[must_use]
pub fn code_at(secret: &str, now: Timestamp) -> Option<String> {
    let key = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    Some(code(&key, step_at(now)))
}

/// The step whose code was typed, if it is now or one drift away. Every candidate is compared whole, whatever was typed.
pub(super) fn step_of(secret: &str, typed: &str, now: Timestamp) -> Option<i64> {
    let key = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    let now = step_at(now);
    (now - DRIFT_STEPS..=now + DRIFT_STEPS).fold(None, |found, step| {
        if same_secret(typed, &code(&key, step)) {
            Some(step)
        } else {
            found
        }
    })
}

/// What an app reads out of a drawing or a link: the secret, whose it is, and of which program.
pub(super) fn link(secret: &str, email: &str) -> String {
    let issuer = "Beachhead";
    let label = query(&format!("{issuer}:{email}"));
    format!(
        "otpauth://totp/{label}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    )
}

/// A recovery code as it is shown: `abcd-efgh-ijkl-mnop`.
pub(super) fn recovery_code(bytes: &[u8; RECOVERY_BYTES]) -> String {
    let letters = BASE32_NOPAD.encode(bytes).to_lowercase();
    let groups: Vec<&str> = (0..letters.len())
        .step_by(GROUP)
        .map(|at| &letters[at..at + GROUP])
        .collect();
    groups.join("-")
}

/// What was typed, without the spaces, dashes and capitals that do not matter.
pub(super) fn plain(typed: &str) -> String {
    let kept = typed.chars().filter(|c| c.is_ascii_alphanumeric());
    kept.map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the rows of SHA-1: eight digits of the ASCII secret `12345678901234567890`.
    const PUBLISHED: [(i64, u32); 6] = [
        (59, 94_287_082),
        (1_111_111_109, 7_081_804),
        (1_111_111_111, 14_050_471),
        (1_234_567_890, 89_005_924),
        (2_000_000_000, 69_279_037),
        (20_000_000_000, 65_353_130),
    ];
    const KEY: &[u8; KEY_BYTES] = b"12345678901234567890";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        for (second, eight) in PUBLISHED {
            assert_eq!(truncated(KEY, step_at(at(second))) % 100_000_000, eight, "{second}");
            let six = format!("{:06}", eight % 1_000_000);
            assert_eq!(code_at(&secret_text(KEY), at(second)), Some(six), "{second}");
        }
        assert_eq!(secret_text(KEY), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(code_at("no secret", at(59)), None);
    }

    #[test]
    fn a_clock_may_be_off_by_one_step_and_no_more() {
        let secret = secret_text(KEY);
        let typed = code_at(&secret, at(3_000)).expect("a code");
        for (second, expected) in [(2_939, None), (2_970, Some(100)), (3_059, Some(100)), (3_060, None)] {
            assert_eq!(step_of(&secret, &typed, at(second)), expected, "{second}");
        }
        assert_eq!(step_of(&secret, "", at(3_000)), None);
    }

    #[test]
    fn a_recovery_code_is_read_as_people_write_it() {
        let shown = recovery_code(&[0xff; RECOVERY_BYTES]);
        assert_eq!(shown, "7777-7777-7777-7777");
        assert_eq!(plain(" ABCD-efgh 2345-mnop "), "abcdefgh2345mnop");
        assert_eq!(plain("123 456"), "123456");
    }

    #[test]
    fn the_link_names_program_person_and_form() {
        assert_eq!(
            link("ABC", "ines@northwind.example"),
            "otpauth://totp/Beachhead%3Aines%40northwind.example?secret=ABC&issuer=Beachhead&algorithm=SHA1&digits=6&period=30"
        );
    }
}
