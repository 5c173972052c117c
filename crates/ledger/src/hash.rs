//! SHA-256 over a list of fields that cannot be read in two ways. It must not know what the fields mean.

use sha2::{Digest, Sha256};

/// Hashes fields as netstrings, `length ':' bytes ','`, so that no two lists of fields give the same bytes.
pub(crate) struct FieldHash(Sha256);

impl FieldHash {
    /// Begins with a field that names what is hashed and the version of its encoding.
    pub(crate) fn new(what: &str) -> Self {
        let mut hash = Self(Sha256::new());
        hash.field(what);
        hash
    }

    pub(crate) fn field(&mut self, text: &str) {
        self.0.update(text.len().to_string());
        self.0.update(":");
        self.0.update(text);
        self.0.update(",");
    }

    pub(crate) fn hex(self) -> String {
        hex(&self.0.finalize())
    }
}

/// SHA-256 of a text as it is, in hex.
pub(crate) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
