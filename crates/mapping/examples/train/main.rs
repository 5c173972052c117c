//! Trains the models of the mapping room and tries them: what it was given and what came of it is in `model/README.md`.
//!
//! `cargo run --example train -- train FOLDER` reads lists as `model/README.md` names them and writes the four models into
//! `model/`; `… -- try FOLDER/LIST…` tries the models of the tree on lists whose truth is known.

mod boost;
mod lists;
mod tried;

use std::collections::HashSet;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use beachhead_mapping::assign::{STANDING_NAMES, Scored, standings_by};
use beachhead_mapping::candidates::{Candidate, candidates};
use beachhead_mapping::features::{NAMES, compare};
use beachhead_mapping::gate::{GLANCE_NAMES, SHUT, glances};
use beachhead_mapping::keys::Scale;
use beachhead_mapping::model::Model;
use beachhead_mapping::normalise::{Records, normalise};
use beachhead_mapping::prior::Prior;
use beachhead_mapping::score::HOPELESS;
use beachhead_mapping::spelling::spellings;
use beachhead_mapping::weigh;
use boost::{Growth, Rows, grow};
use lists::both;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the models of a pair by itself are trained on.
const BY_ITSELF: &[&str] = &[
    "typical-20k-101",
    "dirty-20k-102",
    "clean-20k-103",
    "typical-3k-107",
    "dirty-3k-106",
    "typical-500-109",
    "dirty-500-110",
    "typical-20k-108",
    "typical-20k-101:nc",
    "dirty-20k-102:nw",
    "typical-3k-107:n",
    "typical-500-109:n",
    "typical-200-134",
    "dirty-100-135",
    "clean-50-136",
    "dirty-20k-102:n",
    "dirty-20k-102:nc",
    "listings:nc0",
];
/// What the model of a pair among its rivals is trained on: lists whose pairs the models before have not seen.
const AMONG_RIVALS: &[&str] = &[
    "typical-100k-104",
    "dirty-100k-105",
    "typical-10k-111",
    "clean-10k-112",
    "dirty-10k-113",
    "clean-50k-114",
    "typical-2k-115",
    "typical-10k-111:n",
    "dirty-10k-113:n",
    "typical-10k-111:nc",
    "typical-2k-115:nc",
    "dirty-10k-113:nw",
    "typical-2k-115:n",
    "listings:nc0",
    "typical-300k-116",
    "typical-1000k-117",
    "dirty-300k-118",
    "typical-30k-119",
    "dirty-30k-120",
    "typical-20k-121",
    "dirty-8k-122",
    "clean-30k-123",
    "clean-5k-124",
    "typical-1k-125",
    "dirty-1k-126",
    "typical-10k-127",
    "dirty-10k-128",
    "clean-10k-129",
    "typical-20k-130",
    "typical-20k-131",
    "clean-100k-132",
    "clean-50k-133",
    "typical-200-137",
    "clean-100-138",
    "typical-50-139",
    "typical-20-140",
];
/// The rows of a pair of lists that count once each.
const ROWS_OF_A_LIST: f64 = 100_000.0;
const WEIGHT_MAX: f64 = 3.0;

const GATE: Growth = Growth { trees: 24, rate: 0.5 };
const FIRST: Growth = Growth { trees: 160, rate: 0.15 };
const FAMILY: Growth = Growth { trees: 60, rate: 0.25 };
const SECOND: Growth = Growth { trees: 220, rate: 0.1 };

/// Two lists up to their candidates.
struct Pairs {
    a: Records,
    b: Records,
    scale: Scale,
    found: Vec<Candidate>,
    truth: [Vec<lists::Truth>; 2],
}

impl Pairs {
    fn of(what: &str) -> Result<Self> {
        let [ours, theirs] = both(what)?;
        let (mut a, mut b) = (normalise(&ours.list)?, normalise(&theirs.list)?);
        weigh(&mut a, &mut b);
        let scale = Scale::new(a.len(), b.len());
        let found = candidates(&a, &b, &spellings(&a, &b), scale);
        let pairs = Self {
            a,
            b,
            scale,
            found,
            truth: [ours.truth, theirs.truth],
        };
        eprintln!("{what}: {} candidates", pairs.found.len());
        Ok(pairs)
    }

    fn through(mut self, gate: &Model) -> Self {
        let scores = gate.score(&glances(&self.a, &self.b, &self.found, self.scale));
        let mut open = scores.into_iter().map(|score| score > SHUT);
        self.found.retain(|_| open.next().unwrap_or(false));
        self
    }

    fn same(&self, pair: &Candidate) -> bool {
        let [ours, theirs] = self.known(pair);
        ours.entity == theirs.entity
    }

    fn family(&self, pair: &Candidate) -> bool {
        let [ours, theirs] = self.known(pair);
        ours.family == theirs.family
    }

    fn known(&self, pair: &Candidate) -> [lists::Truth; 2] {
        [self.truth[0][pair.ours as usize], self.truth[1][pair.theirs as usize]]
    }

    /// As it is, of the shorter list: of its records those with a pair that was found. Nobody can estimate the share of
    /// those whose pair nothing finds.
    fn prior(&self, scored: &[Scored]) -> Prior {
        let is_ours = self.a.len() <= self.b.len();
        let found = scored.iter().map(|one| &one.pair).filter(|pair| self.same(pair));
        let found: HashSet<u32> = found
            .map(|pair| if is_ours { pair.ours } else { pair.theirs })
            .collect();
        Prior::at(found.len() as f64, self.a.len().min(self.b.len()) as f64)
    }

    fn scored(&self, first: &Model) -> Vec<Scored> {
        let rows = compare(&self.a, &self.b, &self.found);
        let scores = first.score(&rows);
        let all = self.found.iter().zip(rows).zip(scores);
        let all = all.map(|((pair, features), score)| Scored {
            pair: *pair,
            features,
            score,
        });
        all.filter(|one| one.score > HOPELESS).collect()
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["train", folder] => train(folder, Path::new("crates/mapping/model")),
        ["try", rest @ ..] if !rest.is_empty() => rest.iter().try_for_each(|what| tried::try_on(what)),
        _ => Err("say: train FOLDER, or: try FOLDER…".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("train: {error}");
            ExitCode::FAILURE
        }
    }
}

fn train(folder: &str, to: &Path) -> Result<()> {
    let place = |name: &&str| format!("{folder}/{name}");
    let by_itself: Vec<String> = BY_ITSELF.iter().map(place).collect();
    let among_rivals: Vec<String> = AMONG_RIVALS.iter().map(place).collect();
    let gate = keep(to, "gate", &GLANCE_NAMES, &gate_rows(&by_itself)?, GATE)?;
    let (rows, families) = rows_by_themselves(&by_itself, &gate)?;
    let first = keep(to, "first", &NAMES, &rows, FIRST)?;
    keep(to, "family", &NAMES, &families, FAMILY)?;
    let names = [&NAMES[..], &STANDING_NAMES[..]].concat();
    keep(
        to,
        "second",
        &names,
        &rows_among_rivals(&among_rivals, &gate, &first)?,
        SECOND,
    )?;
    Ok(())
}

fn keep(to: &Path, name: &str, asked: &[&str], rows: &Rows, growth: Growth) -> Result<Model> {
    let model = grow(rows, growth);
    let about = format!(
        "{name}: {} trees over {} rows, written by examples/train. A line is a tree: 6 questions (which byte, threshold),\n\
         then 64 leaves in 1/1024 log-odds. The bytes are: {}",
        growth.trees,
        rows.len(),
        asked.join(" ")
    );
    fs::write(to.join(format!("{name}.txt")), model.write(&about))?;
    eprintln!("{name}: {} rows", rows.len());
    Ok(model)
}

fn gate_rows(lists: &[String]) -> Result<Rows> {
    let mut rows = Rows::default();
    for what in lists {
        let pairs = Pairs::of(what)?;
        let seen = glances(&pairs.a, &pairs.b, &pairs.found, pairs.scale);
        for (at, (pair, glance)) in pairs.found.iter().zip(seen).enumerate() {
            // Every fourth of those that are not stands for four.
            if pairs.same(pair) {
                rows.push(&glance, true, 1.0, 0.0);
            } else if at % 4 == 0 {
                rows.push(&glance, false, 4.0, 0.0);
            }
        }
    }
    Ok(rows)
}

fn rows_by_themselves(lists: &[String], gate: &Model) -> Result<(Rows, Rows)> {
    let (mut rows, mut families) = (Rows::default(), Rows::default());
    for what in lists {
        let pairs = Pairs::of(what)?.through(gate);
        // The real lists know of no families.
        let knows_families = !what.contains("listings");
        for (pair, row) in pairs.found.iter().zip(compare(&pairs.a, &pairs.b, &pairs.found)) {
            rows.push(&row, pairs.same(pair), 1.0, 0.0);
            if knows_families {
                families.push(&row, pairs.family(pair), 1.0, 0.0);
            }
        }
    }
    Ok((rows, families))
}

fn rows_among_rivals(lists: &[String], gate: &Model, first: &Model) -> Result<Rows> {
    let mut rows = Rows::default();
    for what in lists {
        let pairs = Pairs::of(what)?.through(gate);
        let scored = pairs.scored(first);
        let base = pairs.prior(&scored).log_odds();
        // A list speaks by the root of its rows, so that the longest do not speak for all, nor the chance of the shortest.
        let weight = (ROWS_OF_A_LIST / scored.len().max(1) as f64).sqrt().min(WEIGHT_MAX);
        for (one, standing) in scored.iter().zip(standings_by(first, &pairs.a, &pairs.b, &scored)) {
            rows.push(&standing, pairs.same(&one.pair), weight, base);
        }
    }
    Ok(rows)
}
