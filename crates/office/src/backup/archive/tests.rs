//! What an archive is refused for. A hostile one is put together by hand, entry by entry.

use super::*;

const FACT: &[u8] = b"PAR1 facts PAR1";

fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn file(name: &str, content: &[u8]) -> BackupFile {
    BackupFile {
        name: name.to_owned(),
        bytes: content.len() as u64,
        sha256: hash(content),
    }
}

fn manifest(files: Vec<BackupFile>) -> BackupManifest {
    BackupManifest {
        format: FORMAT,
        version: "0.1.0".to_owned(),
        made_at: Timestamp::UNIX_EPOCH,
        schema: 2,
        checksum: String::new(),
        audit_rows: 0,
        audit_head: String::new(),
        files,
    }
}

fn fact_name() -> String {
    format!("facts/{}.parquet", hash(FACT))
}

fn honest() -> BackupManifest {
    manifest(vec![file(RECORD, b"record"), file(&fact_name(), FACT)])
}

type Entry<'a> = (&'a str, tar::EntryType, u64, &'a [u8]);

/// An archive of any entries, true or not.
fn packed(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, size, content) in entries {
        let mut header = tar::Header::new_ustar();
        // The library would refuse to write such a name.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(*size);
        header.set_mode(0o600);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    zstd::encode_all(&bytes[..], 1).unwrap()
}

/// An archive of files, after a manifest.
fn with_manifest(manifest: &BackupManifest, files: &[(&str, &[u8])]) -> Vec<u8> {
    let json = serde_json::to_vec(manifest).unwrap();
    let all = std::iter::once((MANIFEST, &json[..])).chain(files.iter().copied());
    let entries: Vec<Entry<'_>> = all
        .map(|(name, content)| (name, tar::EntryType::Regular, content.len() as u64, content))
        .collect();
    packed(&entries)
}

fn read(bytes: &[u8]) -> Result<BackupManifest, Refusal> {
    read_archive(bytes, |_, content| {
        io::copy(content, &mut io::sink()).map_err(|error| untrue(&error.to_string()))?;
        Ok(())
    })
}

fn refused(bytes: &[u8], says: &str) {
    let refusal = read(bytes).expect_err(says);
    assert!(refusal.message.contains(says), "{refusal} does not say {says}");
}

#[test]
fn what_is_written_is_read_and_handed_over_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let places = [folder.path().join("record"), folder.path().join("fact")];
    std::fs::write(&places[0], b"record").unwrap();
    std::fs::write(&places[1], FACT).unwrap();
    let mut bytes = Vec::new();
    write(&mut bytes, &honest(), &places).unwrap();
    let mut seen = Vec::new();
    let found = read_archive(&bytes[..], |file, content| {
        let mut all = Vec::new();
        content.read_to_end(&mut all).unwrap();
        seen.push((file.name.clone(), all));
        Ok(())
    });
    assert_eq!(found.unwrap(), honest());
    assert_eq!(
        seen,
        [(RECORD.to_owned(), b"record".to_vec()), (fact_name(), FACT.to_vec())]
    );

    std::fs::write(&places[1], b"PAR1 other PAR1").unwrap();
    let damaged = write(&mut Vec::new(), &honest(), &places).unwrap_err();
    assert!(damaged.message.contains("damaged"), "{damaged}");
}

#[test]
fn names_that_are_not_ours_become_no_path() {
    let names = [
        "../record.sqlite",
        "/etc/passwd",
        "facts/../../x.parquet",
        "facts/x.parquet",
        "uploads/0",
        "record.sqlite-wal",
        "manifest.json",
    ];
    for name in names {
        let files = vec![file(RECORD, b"record"), file(name, FACT)];
        refused(
            &with_manifest(&manifest(files), &[(RECORD, b"record"), (name, FACT)]),
            "its manifest names",
        );
        refused(
            &with_manifest(&honest(), &[(RECORD, b"record"), (name, FACT)]),
            "stands where",
        );
    }
    let twice = manifest(vec![file(RECORD, b"record"), file(RECORD, b"record")]);
    refused(&with_manifest(&twice, &[]), "its manifest names");
    refused(
        &with_manifest(&manifest(vec![file(&fact_name(), FACT)]), &[]),
        "does not come first",
    );
}

#[test]
fn nothing_but_files_is_taken() {
    use tar::EntryType as Kind;
    let json = serde_json::to_vec(&honest()).unwrap();
    let first: Entry<'_> = (MANIFEST, Kind::Regular, json.len() as u64, &json);
    for kind in [
        Kind::Symlink,
        Kind::Link,
        Kind::Directory,
        Kind::Char,
        Kind::Fifo,
        Kind::GNUSparse,
    ] {
        refused(&packed(&[first, (RECORD, kind, 6, b"record")]), "stands where");
    }
    // A name of 8 GiB is not read to be refused.
    for kind in [Kind::GNULongName, Kind::XHeader, Kind::XGlobalHeader] {
        refused(&packed(&[first, (RECORD, kind, 8 << 30, b"record")]), "stands where");
    }
    refused(&packed(&[(MANIFEST, Kind::Regular, 8 << 30, b"{")]), "too large");
}

#[test]
fn what_is_changed_missing_or_too_much_is_refused() {
    let fact = fact_name();
    let with = |files: &[(&str, &[u8])]| with_manifest(&honest(), files);
    assert_eq!(read(&with(&[(RECORD, b"record"), (&fact, FACT)])).unwrap(), honest());
    refused(&with(&[(RECORD, b"rec0rd"), (&fact, FACT)]), "was changed");
    refused(&with(&[(RECORD, b"records"), (&fact, FACT)]), "has 7 bytes and not 6");
    refused(&with(&[(RECORD, b"record")]), "ends before");
    refused(&with(&[(&fact, FACT), (RECORD, b"record")]), "stands where");
    refused(
        &with(&[(RECORD, b"record"), (&fact, FACT), (&fact, FACT)]),
        "more than its manifest",
    );
    refused(b"", "cannot be trusted");
    refused(b"no archive at all", "cannot be trusted");
    let later = BackupManifest {
        format: FORMAT + 1,
        ..honest()
    };
    refused(&with_manifest(&later, &[]), "in form 2");
}

#[test]
fn an_archive_that_swells_is_refused_before_it_is_unpacked() {
    let zeros = vec![0; 96 << 20];
    let swelling = manifest(vec![file(RECORD, &zeros)]);
    let bytes = with_manifest(&swelling, &[(RECORD, &zeros)]);
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    refused(&bytes, "swells");
}

#[test]
fn an_archive_that_was_cut_or_changed_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let places = [folder.path().join("record"), folder.path().join("fact")];
    std::fs::write(&places[0], b"record").unwrap();
    std::fs::write(&places[1], FACT).unwrap();
    let mut bytes = Vec::new();
    write(&mut bytes, &honest(), &places).unwrap();
    for cut in 0..bytes.len() {
        assert!(read(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    for at in 0..bytes.len() {
        for bit in [0, 3, 7] {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << bit;
            // A bit of the packing's head may mean nothing; what is read is then what was written.
            if let Ok(found) = read(&changed) {
                assert_eq!(found, honest(), "bit {bit} of byte {at}");
            }
        }
    }
}
