//! The signature: the sponsor's yes to the exact text of one version, bound by SHA-256. Keeps nothing.

use crate::{Error, Finding, Severity};
use jiff::civil::Date;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// The sponsor's yes to the exact text of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// Which version, counted from 1.
    pub version: u32,
    /// SHA-256 of the canonical text, in hex.
    pub text_sha256: String,
    /// Who signs.
    pub signer: String,
    /// The day.
    pub on: Date,
    /// The sentence signed.
    pub statement: String,
}

/// SHA-256 of a text (its UTF-8 bytes), as 64 lower-case hex digits (FIPS 180-4).
pub fn fingerprint(text: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(text.as_bytes())
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
            hex
        })
}

impl Signature {
    /// Signs the canonical text of a version. [`Error::NotSignable`] when a finding stops it, [`Error::NoSigner`]
    /// when nobody is named.
    pub fn sign(version: u32, text: &str, findings: &[Finding], signer: &str, on: Date) -> Result<Self, Error> {
        let mut codes: Vec<&'static str> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.code)
            .collect();
        codes.sort_unstable();
        codes.dedup();
        if !codes.is_empty() {
            return Err(Error::NotSignable { codes });
        }
        let signer = signer.trim();
        if signer.is_empty() {
            return Err(Error::NoSigner);
        }
        let text_sha256 = fingerprint(text);
        let statement = format!(
            "I, {signer}, agree to version {version} of this strategy, whose text has the fingerprint {text_sha256}, \
             with its gates, its declines and its attribution policy, on {on}."
        );
        Ok(Self {
            version,
            text_sha256,
            signer: signer.to_owned(),
            on,
            statement,
        })
    }

    /// Whether this signature binds exactly this text.
    pub fn binds(&self, text: &str) -> bool {
        self.text_sha256 == fingerprint(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Circumstances, findings::check_text};
    use jiff::civil::date;

    #[test]
    fn the_fingerprint_is_the_published_sha_256() {
        assert_eq!(
            fingerprint("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_signature_binds_the_exact_text_and_no_other() {
        let signed =
            Signature::sign(3, "text", &[], "Dana Whitfield, CRO", date(2026, 8, 1)).expect("nothing stops it");
        assert!(signed.binds("text") && !signed.binds("text "));
        assert!(signed.statement.contains(&signed.text_sha256));
    }

    #[test]
    fn what_has_error_findings_or_no_signer_is_not_signed() {
        let findings = check_text("", &Circumstances::default()).findings;
        assert!(matches!(
            Signature::sign(1, "", &findings, "Dana", date(2026, 8, 1)),
            Err(Error::NotSignable { codes }) if codes.contains(&"S08")
        ));
        assert_eq!(Signature::sign(1, "", &[], " ", date(2026, 8, 1)), Err(Error::NoSigner));
    }
}
