//! The long work of an offer, an answer and an opening, away from the event loop: lists to keys, keys to files and back. It
//! must not look at the log.

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

use beachhead_facts::export::{About, Cell, RowsFile};
use beachhead_mapping::List;
use beachhead_mapping::psi::{
    self, Agreement, Grade, Head, KeyKind, Keys, Opening, PsiError, Reader, STEP, Secret, What, Writer, list_mark,
    padded,
};

use super::kept::{OnItsWay, SecretBytes, Waiting};
use super::{PsiBy, PsiOpened, PsiWatch, SeenBefore};
use crate::{Code, Refusal};

/// The columns of a file of accounts that agree.
const HEADER: [&str; 4] = ["ours_id", "ours_name", "agrees_by", "grade"];

/// Our side of a run, and what it is worked on with.
pub(super) struct OurSide {
    pub(super) list: List,
    pub(super) salt: [u8; 32],
    pub(super) partner: String,
    pub(super) out: PathBuf,
    pub(super) run: [u8; 16],
    pub(super) secret: Secret,
    pub(super) seed: [u8; 32],
    pub(super) watch: PsiWatch,
}

/// A file of ours that waits for the log.
pub(super) struct Made {
    pub(super) partner: String,
    pub(super) ours: usize,
    pub(super) with_key: usize,
    pub(super) keys: usize,
    pub(super) mark: [u8; 32],
    pub(super) checksum: [u8; 32],
    pub(super) on_its_way: OnItsWay,
}

/// A file of theirs that was read to its end once and is as it was written.
pub(super) struct Seen {
    pub(super) path: PathBuf,
    pub(super) head: Head,
    pub(super) checksum: [u8; 32],
}

/// Our accounts that agree, with the list that they stand in.
pub(super) struct Matters {
    pub(super) list: List,
    pub(super) agreements: Vec<Agreement>,
}

impl OurSide {
    /// Writes the offer; gives what is to be kept until it is opened.
    pub(super) fn offer(self) -> Result<(Made, Waiting), Refusal> {
        let keys = Keys::of(&self.list).map_err(ours)?;
        let of = padded(keys.len()) as u64;
        let offer = psi::offer(&keys, &self.secret, &self.seed, &|done| (self.watch)(done as u64, of)).map_err(ours)?;
        let head = self.head(What::Offer, [0; 32], (&keys, offer.points.len(), 0));
        let made = self.made(&head, &keys, |writer| writer.points(&offer.points), ours)?;
        Ok((made, Waiting::new(&self.list, offer.places)))
    }

    /// Writes the answer to an offer.
    pub(super) fn answer(self, offer: &Seen) -> Result<Made, Refusal> {
        let keys = Keys::of(&self.list).map_err(ours)?;
        let offered = offer.head.points as usize;
        let of = (keys.len() + offered) as u64;
        let tell = |done: usize| (self.watch)(done as u64, of);
        let tags = psi::tags(&keys, &self.secret, &self.seed, &tell).map_err(ours)?;
        let head = self.head(What::Answer, offer.checksum, (&keys, offered, tags.len()));
        let theirs = File::open(&offer.path).map_err(|error| wrong(&offer.path, PsiError::Unread(error)))?;
        let mut reader = Reader::new(BufReader::new(theirs), What::Offer).map_err(|error| wrong(&offer.path, error))?;
        let body = |writer: &mut Writer<BufWriter<File>>| {
            let mut first = 0;
            loop {
                let points = reader.points(STEP)?;
                if points.is_empty() {
                    break;
                }
                writer.points(&psi::answer(&points, first, &self.secret)?)?;
                first += points.len();
                if !tell(keys.len() + first) {
                    return Err(PsiError::Stopped);
                }
            }
            // It was looked at before; between the two it may have become another file.
            if *reader.head() != offer.head || reader.finish()? != offer.checksum {
                return Err(PsiError::Changed);
            }
            writer.tags(&tags)
        };
        self.made(&head, &keys, body, |error| wrong(&offer.path, error))
    }

    fn head(&self, what: What, offer: [u8; 32], (keys, points, tags): (&Keys, usize, usize)) -> Head {
        // Both are below the limit of keys.
        let count = |keys: usize| u32::try_from(keys).unwrap_or(u32::MAX);
        Head {
            what,
            run: self.run,
            list: list_mark(keys, &self.salt, &self.partner.to_lowercase()),
            offer,
            points: count(points),
            tags: count(tags),
        }
    }

    fn made(
        &self,
        head: &Head,
        keys: &Keys,
        body: impl FnOnce(&mut Writer<BufWriter<File>>) -> Result<(), PsiError>,
        refused: impl Fn(PsiError) -> Refusal,
    ) -> Result<Made, Refusal> {
        let (on_its_way, file) = OnItsWay::to(&self.out, &self.run)?;
        let written = || -> Result<[u8; 32], PsiError> {
            let mut writer = Writer::new(BufWriter::with_capacity(1 << 18, file), head)?;
            body(&mut writer)?;
            let (to, checksum) = writer.finish()?;
            let file = to
                .into_inner()
                .map_err(|error| PsiError::Unwritten(error.into_error()))?;
            file.sync_all().map_err(PsiError::Unwritten)?;
            Ok(checksum)
        };
        Ok(Made {
            partner: self.partner.clone(),
            ours: self.list.len(),
            with_key: keys.records(),
            keys: keys.len(),
            mark: head.list,
            checksum: written().map_err(refused)?,
            on_its_way,
        })
    }
}

impl Seen {
    /// Reads a file to its end.
    pub(super) fn of(path: &Path, what: What) -> Result<Self, Refusal> {
        let read = || -> Result<Self, PsiError> {
            let file = File::open(path).map_err(PsiError::Unread)?;
            let bytes = file.metadata().map_err(PsiError::Unread)?.len();
            let reader = Reader::new(BufReader::with_capacity(1 << 18, file), what)?;
            let head = reader.head().clone();
            if bytes < head.file_bytes() {
                return Err(PsiError::CutOff);
            }
            Ok(Self {
                path: path.to_owned(),
                head,
                checksum: reader.finish()?,
            })
        };
        read().map_err(|error| wrong(path, error))
    }
}

/// Opens an answer. What is said of runs before is not known here.
pub(super) fn opened(
    (secret, mut waiting): (SecretBytes, Waiting),
    answer: Seen,
    watch: &PsiWatch,
) -> Result<(PsiOpened, Matters, Seen), Refusal> {
    let damaged = || Refusal::internal("What was kept of the offer is damaged");
    let list = waiting.list().ok_or_else(damaged)?;
    let secret = Secret::from_bytes(&secret).ok_or_else(damaged)?;
    let read = || -> Result<Vec<Agreement>, PsiError> {
        let keys = Keys::of(&list)?;
        let file = File::open(&answer.path).map_err(PsiError::Unread)?;
        let mut reader = Reader::new(BufReader::with_capacity(1 << 18, file), What::Answer)?;
        let of = waiting.places.len();
        if padded(keys.len()) != of {
            return Err(PsiError::OtherKeys);
        }
        let mut opening = Opening::new(&keys, &waiting.places, secret);
        let mut done = 0;
        loop {
            let points = reader.points(STEP)?;
            if points.is_empty() {
                break;
            }
            opening.take(&points)?;
            done += points.len();
            if !watch(done as u64, of as u64) {
                return Err(PsiError::Stopped);
            }
        }
        loop {
            let tags = reader.tags(STEP)?;
            if tags.is_empty() {
                break;
            }
            opening.compare(&tags);
        }
        if reader.finish()? != answer.checksum {
            return Err(PsiError::Changed);
        }
        Ok(opening.agreements())
    };
    let agreements = read().map_err(|error| wrong(&answer.path, error))?;
    Ok((
        counted(&list, &agreements, &answer),
        Matters { list, agreements },
        answer,
    ))
}

fn counted(list: &List, agreements: &[Agreement], answer: &Seen) -> PsiOpened {
    let by = |kind: KeyKind| agreements.iter().filter(|one| one.by.contains(&kind)).count();
    let graded = |grade: Grade| agreements.iter().filter(|one| one.grade() == grade).count();
    PsiOpened {
        run: String::new(),
        partner: String::new(),
        ours: list.len(),
        with_key: 0,
        theirs: u64::from(answer.head.tags),
        their_list: SeenBefore::First,
        agree: agreements.len(),
        grade_a: graded(Grade::A),
        grade_b: graded(Grade::B),
        by: PsiBy {
            registration_number: by(KeyKind::Number),
            domain: by(KeyKind::Domain),
            name_and_country: by(KeyKind::NameAndCountry),
        },
    }
}

/// The accounts that agree, as a file of rows.
pub(super) fn matters(matters: Matters, scratch: &Path) -> RowsFile {
    let about = About {
        title: "Accounts that agree".to_owned(),
        lines: vec![
            ("agrees_by".to_owned(), "the keys that the partner has too".to_owned()),
            (
                "grade".to_owned(),
                "A a registration number or a name with its country, B a domain alone: the company or its family"
                    .to_owned(),
            ),
        ],
    };
    let rows = matters.agreements.len() as u64;
    RowsFile::new(about, HEADER, rows, scratch, move |take| {
        matters.agreements.iter().try_for_each(|one| {
            let by: Vec<&str> = one.by.iter().map(|kind| kind.words()).collect();
            take(&[
                Cell::text(matters.list.id.get(one.row as usize)),
                Cell::text(matters.list.name.get(one.row as usize)),
                Cell::text(by.join(", ")),
                Cell::text(one.grade().letter()),
            ])
        })
    })
}

/// What is wrong with a file of theirs.
fn wrong(path: &Path, error: PsiError) -> Refusal {
    match error {
        PsiError::Stopped
        | PsiError::List(_)
        | PsiError::TooMany { .. }
        | PsiError::TooManyKeys
        | PsiError::TooFew { .. }
        | PsiError::Unwritten(_) => ours(error),
        error => Refusal::bad_input(format!("{}: {error}", path.display()), "Nothing was written."),
    }
}

/// What is wrong with our list, or stopped the work.
fn ours(error: PsiError) -> Refusal {
    match error {
        PsiError::Stopped => Refusal::new(Code::ChecksFail, "It was stopped", "Nothing was written."),
        error => Refusal::bad_input(error.to_string(), "Nothing was written."),
    }
}
