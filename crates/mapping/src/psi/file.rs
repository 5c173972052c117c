//! How an offer and an answer are written: a head, keys of fixed length, a checksum. It must not know where the bytes come
//! from or go to.
//!
//! | bytes | offer | answer |
//! | --- | --- | --- |
//! | 8 | `BEACHPSI` | the same |
//! | 1 | 1, the format | the same |
//! | 1 | 1, an offer | 2, an answer |
//! | 1 | 1, which keys are made of a record | the same |
//! | 1 | 0 | 0 |
//! | 16 | the run, random | the run of the offer |
//! | 32 | the mark of the offering list | the mark of the answering list |
//! | 32 | 0 | the checksum of the offer |
//! | 4 | points, big-endian | the same |
//! | 4 | 0 | tags, big-endian |
//! | 32 each | blinded keys, ascending | what the answering secret makes of them, in their order |
//! | 16 each | | tags of the answering list, ascending |
//! | 32 | SHA-256 of all before | the same |

use std::io::{Read, Write};

use sha2::{Digest as _, Sha256};

use super::{Point, PsiError, Tag};
use crate::limits::PSI_KEYS_MAX;

const MAGIC: &[u8; 8] = b"BEACHPSI";
const FORMAT: u8 = 1;
/// Which keys are made of a record: raised whenever the same record would give others.
const KEYS: u8 = 2;
const HEAD_BYTES: usize = 100;
const KEYS_MIN: u32 = 256;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Blinded keys of the company that wants to know.
    Offer,
    /// What the other company's secret makes of them, with its own tags.
    Answer,
}

impl What {
    const fn code(self) -> u8 {
        match self {
            Self::Offer => 1,
            Self::Answer => 2,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Offer => "an offer",
            Self::Answer => "an answer",
        }
    }
}

/// What stands at the top of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// What it is.
    pub what: What,
    /// The run that it belongs to.
    pub run: [u8; 16],
    /// What the list is known by; see [`super::list_mark`].
    pub list: [u8; 32],
    /// The checksum of the offer that is answered; zeros in an offer.
    pub offer: [u8; 32],
    /// How many points follow.
    pub points: u32,
    /// How many tags follow them.
    pub tags: u32,
}

impl Head {
    /// The length of the whole file, in bytes.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        HEAD_BYTES as u64 + 32 * u64::from(self.points) + 16 * u64::from(self.tags) + 32
    }

    fn bytes(&self) -> [u8; HEAD_BYTES] {
        let mut bytes = [0; HEAD_BYTES];
        let (fixed, rest) = bytes.split_at_mut(12);
        fixed[..8].copy_from_slice(MAGIC);
        fixed[8..11].copy_from_slice(&[FORMAT, self.what.code(), KEYS]);
        rest[..16].copy_from_slice(&self.run);
        rest[16..48].copy_from_slice(&self.list);
        rest[48..80].copy_from_slice(&self.offer);
        rest[80..84].copy_from_slice(&self.points.to_be_bytes());
        rest[84..].copy_from_slice(&self.tags.to_be_bytes());
        bytes
    }

    fn read(bytes: &[u8; HEAD_BYTES]) -> Result<Self, PsiError> {
        let (fixed, rest) = bytes.split_at(12);
        if !fixed.starts_with(MAGIC) {
            return Err(PsiError::Foreign);
        }
        if fixed[8] != FORMAT || fixed[10] != KEYS {
            return Err(PsiError::OtherRelease);
        }
        let what = [What::Offer, What::Answer]
            .into_iter()
            .find(|what| what.code() == fixed[9]);
        let head = Self {
            what: what.filter(|_| fixed[11] == 0).ok_or(PsiError::OtherRelease)?,
            run: cut(&rest[..16]),
            list: cut(&rest[16..48]),
            offer: cut(&rest[48..80]),
            points: u32::from_be_bytes(cut(&rest[80..84])),
            tags: u32::from_be_bytes(cut(&rest[84..])),
        };
        let is_taken = |keys: u32| (KEYS_MIN..=u32::try_from(PSI_KEYS_MAX).unwrap_or(u32::MAX)).contains(&keys);
        if !is_taken(head.points) {
            return Err(PsiError::Size { keys: head.points });
        }
        let is_offer = head.what == What::Offer;
        if is_offer && (head.tags != 0 || head.offer != [0; 32]) {
            return Err(PsiError::Changed);
        }
        if !is_offer && !is_taken(head.tags) {
            return Err(PsiError::Size { keys: head.tags });
        }
        Ok(head)
    }
}

fn cut<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut all = [0; N];
    all.copy_from_slice(bytes);
    all
}

/// Reads a file piece by piece: its points, then its tags, then its end. Memory is that of a piece.
pub struct Reader<R> {
    from: R,
    hash: Sha256,
    head: Head,
    points: usize,
    tags: usize,
    last: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// [`PsiError::Foreign`], [`PsiError::WrongKind`], [`PsiError::OtherRelease`], [`PsiError::Size`],
    /// [`PsiError::CutOff`], and what the stream says.
    pub fn new(mut from: R, wanted: What) -> Result<Self, PsiError> {
        let mut bytes = [0; HEAD_BYTES];
        // What is shorter than any mark of ours is foreign, and not a file of ours cut off.
        from.read_exact(&mut bytes[..MAGIC.len()])
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::UnexpectedEof => PsiError::Foreign,
                _ => PsiError::Unread(error),
            })?;
        if !bytes.starts_with(MAGIC) {
            return Err(PsiError::Foreign);
        }
        from.read_exact(&mut bytes[MAGIC.len()..]).map_err(PsiError::unread)?;
        let head = Head::read(&bytes)?;
        if head.what != wanted {
            return Err(PsiError::WrongKind {
                found: head.what.words(),
                wanted: wanted.words(),
            });
        }
        Ok(Self {
            from,
            hash: Sha256::new().chain_update(bytes),
            head,
            points: 0,
            tags: 0,
            last: Vec::new(),
        })
    }

    /// What stands at the top.
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The next points, `most` at most; none after the last.
    ///
    /// # Errors
    /// [`PsiError::CutOff`]; [`PsiError::OutOfOrder`] in an offer; what the stream says.
    pub fn points(&mut self, most: usize) -> Result<Vec<Point>, PsiError> {
        let left = self.head.points as usize - self.points;
        let points = self.next::<32>(left.min(most))?;
        if self.head.what == What::Offer {
            self.ordered(&points, self.points)?;
        }
        self.points += points.len();
        Ok(points)
    }

    /// The next tags, `most` at most; none after the last. All points were read before.
    ///
    /// # Errors
    /// [`PsiError::CutOff`]; [`PsiError::OutOfOrder`]; what the stream says.
    pub fn tags(&mut self, most: usize) -> Result<Vec<Tag>, PsiError> {
        let left = self.head.tags as usize - self.tags;
        let tags = self.next::<16>(left.min(most))?;
        self.ordered(&tags, self.tags)?;
        self.tags += tags.len();
        Ok(tags)
    }

    fn next<const N: usize>(&mut self, count: usize) -> Result<Vec<[u8; N]>, PsiError> {
        let mut bytes = vec![0; count * N];
        self.from.read_exact(&mut bytes).map_err(PsiError::unread)?;
        self.hash.update(&bytes);
        Ok(bytes.as_chunks().0.to_vec())
    }

    // Ascending, so that none stands twice and the order tells nothing.
    fn ordered<const N: usize>(&mut self, keys: &[[u8; N]], first: usize) -> Result<(), PsiError> {
        for (key, place) in keys.iter().zip(first..) {
            if place > 0 && self.last.as_slice() >= key.as_slice() {
                return Err(PsiError::OutOfOrder { place });
            }
            self.last.clear();
            self.last.extend_from_slice(key);
        }
        Ok(())
    }

    /// Reads what is left and the checksum, and gives it.
    ///
    /// # Errors
    /// As reading on; [`PsiError::Changed`] where the checksum is of another content; [`PsiError::TooLong`].
    pub fn finish(mut self) -> Result<[u8; 32], PsiError> {
        while !self.points(super::STEP)?.is_empty() {}
        while !self.tags(super::STEP)?.is_empty() {}
        let mut said = [0; 32];
        self.from.read_exact(&mut said).map_err(PsiError::unread)?;
        if self.hash.finalize().as_slice() != said {
            return Err(PsiError::Changed);
        }
        match self.from.read(&mut [0]).map_err(PsiError::unread)? {
            0 => Ok(said),
            _ => Err(PsiError::TooLong),
        }
    }
}

/// Writes a file piece by piece.
pub struct Writer<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Writer<W> {
    /// Writes the head, which says how many points and tags will follow.
    ///
    /// # Errors
    /// What the stream says.
    pub fn new(to: W, head: &Head) -> Result<Self, PsiError> {
        let mut writer = Self {
            to,
            hash: Sha256::new(),
        };
        writer.put(&head.bytes())?;
        Ok(writer)
    }

    /// Writes the next points.
    ///
    /// # Errors
    /// What the stream says.
    pub fn points(&mut self, points: &[Point]) -> Result<(), PsiError> {
        self.put(points.as_flattened())
    }

    /// Writes the next tags.
    ///
    /// # Errors
    /// What the stream says.
    pub fn tags(&mut self, tags: &[Tag]) -> Result<(), PsiError> {
        self.put(tags.as_flattened())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), PsiError> {
        self.hash.update(bytes);
        self.to.write_all(bytes).map_err(PsiError::Unwritten)
    }

    /// Writes the checksum, and gives it with the stream.
    ///
    /// # Errors
    /// What the stream says.
    pub fn finish(mut self) -> Result<(W, [u8; 32]), PsiError> {
        let checksum: [u8; 32] = self.hash.finalize().into();
        self.to
            .write_all(&checksum)
            .and_then(|()| self.to.flush())
            .map_err(PsiError::Unwritten)?;
        Ok((self.to, checksum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> Vec<u8> {
        let head = Head {
            what: What::Offer,
            run: [1; 16],
            list: [2; 32],
            offer: [0; 32],
            points: 256,
            tags: 0,
        };
        let mut writer = Writer::new(Vec::new(), &head).unwrap();
        let points: Vec<Point> = (0..=255).map(|at| [at; 32]).collect();
        writer.points(&points).unwrap();
        let bytes = writer.finish().unwrap().0;
        assert_eq!(bytes.len() as u64, head.file_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<[u8; 32], PsiError> {
        Reader::new(bytes, What::Offer)?.finish()
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = offer();
        assert_eq!(read(&bytes).unwrap().as_slice(), &bytes[bytes.len() - 32..]);
        let mut reader = Reader::new(bytes.as_slice(), What::Offer).unwrap();
        assert_eq!(reader.points(100).unwrap().len(), 100);
        assert_eq!(reader.points(1_000).unwrap()[0], [100; 32]);
        assert_eq!((reader.points(1).unwrap().len(), reader.head().run), (0, [1; 16]));
    }

    #[test]
    fn any_byte_changed_and_any_cut_is_seen() {
        let bytes = offer();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(read(&changed).is_err(), "byte {at}");
        }
        for end in [0, 7, 8, 99, 100, 131, 4_000, bytes.len() - 1] {
            let error = read(&bytes[..end]).unwrap_err();
            let expected = if end < 8 { "no offer" } else { "ends too early" };
            assert!(error.to_string().contains(expected), "{end}: {error}");
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        assert!(matches!(read(&longer), Err(PsiError::TooLong)));
    }

    #[test]
    fn each_kind_of_wrong_file_is_said_in_its_words() {
        let with = |at: usize, byte: u8| {
            let mut bytes = offer();
            bytes[at] = byte;
            read(&bytes).unwrap_err()
        };
        assert!(matches!(
            read(b"PK\x03\x04 a workbook, not an offer"),
            Err(PsiError::Foreign)
        ));
        assert!(matches!(with(8, 2), PsiError::OtherRelease));
        assert!(matches!(with(10, 9), PsiError::OtherRelease));
        assert!(matches!(with(92, 0xff), PsiError::Size { .. }));
        assert!(matches!(with(94, 0), PsiError::Size { keys: 0 }));
        assert!(matches!(with(99, 1), PsiError::Changed));
        assert!(matches!(with(100, 0xff), PsiError::OutOfOrder { place: 1 }));
        assert!(matches!(with(60, 3), PsiError::Changed));
        let bytes = offer();
        let wrong = Reader::new(bytes.as_slice(), What::Answer).err().unwrap();
        assert_eq!(wrong.to_string(), "it is an offer, and an answer is wanted");
    }
}
