//! The signature: the sponsor's yes to the exact text of one version, bound by SHA-256. Keeps nothing.

use crate::{Error, Finding};
use jiff::civil::Date;
use serde::Serialize;

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
    todo!("{text}")
}

impl Signature {
    /// Signs the canonical text of a version. [`Error::NotSignable`] when a finding stops it, [`Error::NoSigner`]
    /// when nobody is named.
    pub fn sign(version: u32, text: &str, findings: &[Finding], signer: &str, on: Date) -> Result<Self, Error> {
        todo!("{version}{text}{findings:?}{signer}{on}")
    }

    /// Whether this signature binds exactly this text.
    pub fn binds(&self, text: &str) -> bool {
        self.text_sha256 == fingerprint(text)
    }
}
