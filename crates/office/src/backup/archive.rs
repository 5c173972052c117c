//! The backup as a file: a tar archive packed with zstd, its manifest first. It must not know the record or the facts, and
//! believes nothing of what it reads: names, sizes and hashes are those of the manifest, or the archive is refused.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Refusal;
use crate::surroundings::hex;

/// The form of the archive that this release writes and reads.
const FORMAT: u32 = 1;
/// The name of the manifest in it.
const MANIFEST: &str = "manifest.json";
/// The name of the record in it.
pub(super) const RECORD: &str = "record.sqlite";
/// The folders in it, and how their files end.
const FOLDERS: [(&str, &str); 2] = [("facts/", ".parquet"), ("rejects/", ".csv")];
/// The largest manifest, in bytes: 64 MiB, some 400,000 files.
const MANIFEST_BYTES_MAX: u64 = 64 << 20;
/// The most that an archive may swell on unpacking, once [`RATIO_FROM_BYTES`] have come of it.
const RATIO_MAX: u64 = 200;
const RATIO_FROM_BYTES: u64 = 64 << 20;
/// The largest window that is unpacked with, as a power of two: 128 MiB of memory.
const WINDOW_LOG_MAX: u32 = 27;
/// How hard it is packed: the facts are packed already.
const LEVEL: i32 = 1;

/// What a backup holds. It comes first in the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupManifest {
    /// The form of the archive.
    pub format: u32,
    /// The release that made it.
    pub version: String,
    /// When.
    pub made_at: Timestamp,
    /// The schema of the record.
    pub schema: i64,
    /// The checksum over the record's content, the same on both databases.
    pub checksum: String,
    /// The rows of the audit chain.
    pub audit_rows: i64,
    /// The last hash of the audit chain.
    pub audit_head: String,
    /// The files, in their order.
    pub files: Vec<BackupFile>,
}

/// A file of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupFile {
    /// `record.sqlite`, `facts/HASH.parquet` or `rejects/HASH.csv`.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
}

impl BackupManifest {
    /// What all files take together, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes))
    }

    pub(super) const fn format() -> u32 {
        FORMAT
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.format != FORMAT {
            return Err(Refusal::bad_input(
                format!(
                    "The backup was made by release {} in form {}",
                    self.version, self.format
                ),
                format!("This release reads form {FORMAT}. Restore it with the release that made it, or a later one."),
            ));
        }
        let mut names = BTreeSet::new();
        for file in &self.files {
            if !file.is_named_as_we_do() || !names.insert(&file.name) {
                return Err(untrue(&format!("its manifest names the file {:?}", file.name)));
            }
        }
        match self.files.first() {
            Some(first) if first.name == RECORD => Ok(()),
            _ => Err(untrue("its record does not come first")),
        }
    }
}

impl BackupFile {
    /// Nothing else ever becomes a path.
    fn is_named_as_we_do(&self) -> bool {
        let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
        let by_content = FOLDERS.iter().any(|(folder, ending)| {
            let stem = self
                .name
                .strip_prefix(folder)
                .and_then(|name| name.strip_suffix(ending));
            stem.is_some_and(|stem| stem == self.sha256)
        });
        is_hash(&self.sha256) && (self.name == RECORD || by_content)
    }
}

/// Writes an archive: the manifest, and each of its files from where it lies.
pub(super) fn write(into: impl Write, manifest: &BackupManifest, places: &[PathBuf]) -> Result<(), Refusal> {
    let json = crate::json(manifest)?;
    let failed = |error: io::Error| Refusal::internal(format!("The backup could not be written: {error}"));
    let mut packer = zstd::Encoder::new(into, LEVEL).map_err(failed)?;
    packer.include_checksum(true).map_err(failed)?;
    let mut archive = tar::Builder::new(packer);
    append(&mut archive, manifest, MANIFEST, json.len() as u64, json.as_bytes()).map_err(failed)?;
    for (file, place) in manifest.files.iter().zip(places) {
        let unreadable =
            |error: io::Error| Refusal::internal(format!("{} could not be read: {error}", place.display()));
        let mut source = Hashed::new(std::fs::File::open(place).map_err(unreadable)?);
        append(&mut archive, manifest, &file.name, file.bytes, &mut source).map_err(failed)?;
        if source.hex() != file.sha256 {
            return Err(Refusal::internal(format!(
                "{} is damaged: its content is not what its name says",
                place.display()
            )));
        }
    }
    let packer = archive.into_inner().map_err(failed)?;
    packer.finish().and_then(|mut into| into.flush()).map_err(failed)
}

fn append(
    archive: &mut tar::Builder<impl Write>,
    manifest: &BackupManifest,
    name: &str,
    bytes: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(manifest.made_at.as_second()).unwrap_or(0));
    let mut content = content.take(bytes);
    archive.append_data(&mut header, name, &mut content)?;
    match content.limit() {
        0 => Ok(()),
        _ => Err(io::Error::other(format!("{name} became shorter while it was read"))),
    }
}

/// Reads an archive from end to end, handing the content of each file to `take`, which must read all of it.
///
/// # Errors
/// Where the archive is not one of ours, is cut or changed, or holds anything that its manifest does not say.
pub fn read_archive(
    from: impl Read,
    mut take: impl FnMut(&BackupFile, &mut dyn Read) -> Result<(), Refusal>,
) -> Result<BackupManifest, Refusal> {
    let broken = |error: io::Error| untrue(&error.to_string());
    let mut unpacker = zstd::Decoder::new(Counted { from, bytes: 0 }).map_err(broken)?;
    unpacker.window_log_max(WINDOW_LOG_MAX).map_err(broken)?;
    let mut archive = tar::Archive::new(Bounded { unpacker, unpacked: 0 });
    // Raw: names longer than a header are ours in no case, and would be read into memory whole.
    let mut entries = archive.entries().map_err(broken)?.raw(true);

    let mut entry = next(&mut entries, MANIFEST)?;
    if entry.size() > MANIFEST_BYTES_MAX {
        return Err(untrue("its manifest is too large"));
    }
    let mut json = Vec::new();
    entry.read_to_end(&mut json).map_err(broken)?;
    let manifest: BackupManifest = serde_json::from_slice(&json).map_err(|error| untrue(&error.to_string()))?;
    manifest.check()?;
    for file in &manifest.files {
        let entry = next(&mut entries, &file.name)?;
        if entry.size() != file.bytes {
            return Err(untrue(&format!(
                "{} has {} bytes and not {}",
                file.name,
                entry.size(),
                file.bytes
            )));
        }
        let mut content = Hashed::new(entry);
        take(file, &mut content)?;
        // What was not taken counts too.
        io::copy(&mut content, &mut io::sink()).map_err(broken)?;
        if content.hex() != file.sha256 {
            return Err(untrue(&format!("{} was changed: its hash is another", file.name)));
        }
    }
    if entries.next().is_some() {
        return Err(untrue("it holds more than its manifest says"));
    }
    // To the end of what is packed, where its checksum stands.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(broken)?;
    Ok(manifest)
}

/// The next entry, which must be this file and nothing but a file.
fn next<'a, R: Read>(
    entries: &mut impl Iterator<Item = io::Result<tar::Entry<'a, R>>>,
    name: &str,
) -> Result<tar::Entry<'a, R>, Refusal> {
    let entry = entries
        .next()
        .ok_or_else(|| untrue(&format!("it ends before {name}")))?
        .map_err(|error| untrue(&error.to_string()))?;
    let found = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    if !entry.header().entry_type().is_file() || found != name {
        return Err(untrue(&format!("{found:?} stands where {name} should")));
    }
    Ok(entry)
}

fn untrue(what: &str) -> Refusal {
    Refusal::bad_input(
        format!("The backup cannot be trusted: {what}"),
        "Nothing of it was used. Take another backup, or a copy of this one.",
    )
}

/// Hashes what passes through it.
struct Hashed<R> {
    from: R,
    hash: Sha256,
}

impl<R: Read> Hashed<R> {
    fn new(from: R) -> Self {
        Self {
            from,
            hash: Sha256::new(),
        }
    }

    fn hex(self) -> String {
        hex(&self.hash.finalize())
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(bytes)?;
        self.hash.update(&bytes[..read]);
        Ok(read)
    }
}

/// Counts the packed bytes.
struct Counted<R> {
    from: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(bytes)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// Stops an archive that swells beyond belief.
struct Bounded<R: Read> {
    unpacker: zstd::Decoder<'static, io::BufReader<Counted<R>>>,
    unpacked: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.unpacker.read(bytes)?;
        self.unpacked += read as u64;
        let packed = self.unpacker.get_ref().get_ref().bytes;
        if self.unpacked > RATIO_FROM_BYTES && self.unpacked / RATIO_MAX > packed {
            return Err(io::Error::other("it swells more than 200 times on unpacking"));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
