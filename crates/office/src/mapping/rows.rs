//! The rows behind a number of the matrix: the pairs, as a page and as a file. Must not count anew.

use std::sync::Arc;

use beachhead_facts::export::{About, Cell, RowsFile};
use beachhead_mapping::Class;
use beachhead_mapping::explain::{grades_text, reason};
use beachhead_mapping::populations::Overlap;
use beachhead_strategy::Currency;
use jiff::civil::Date;

use super::Population;
use super::decisions::Verdict;
use super::matrix::{CellView, Money, cell_of};
use super::settled::{Pair, Settled};
use crate::actor::{Actor, Permission};
use crate::{Answer, Office, Refusal};

/// The columns of a file of pairs: those of two files first.
const HEADER: [&str; 18] = [
    "ours_id",
    "theirs_id",
    "probability",
    "class",
    "grades",
    "reason",
    "standing",
    "company",
    "ours_name",
    "theirs_name",
    "ours_population",
    "theirs_population",
    "ours_owner",
    "theirs_owner",
    "open_pipeline",
    "theirs_told_on",
    "theirs_file",
    "theirs_row",
];

/// Which pairs of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// Those that count as one company.
    #[default]
    Taken,
    /// Those that wait for review.
    Waiting,
    /// Of those, the ones that are likely.
    Likely,
    /// Those of one family.
    Related,
    /// Those that people decided.
    Decided,
    /// Every pair that was found.
    All,
}

impl Which {
    /// Every one, in the order in which pages offer them.
    pub const ALL: [Self; 6] = [
        Self::Taken,
        Self::Waiting,
        Self::Likely,
        Self::Related,
        Self::Decided,
        Self::All,
    ];

    /// Its word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Likely => "likely",
            Self::Waiting => "waiting",
            Self::Related => "related",
            Self::Decided => "decided",
            Self::All => "all",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.word() == word)
    }

    fn takes(self, settled: &Settled, pair: &Pair) -> bool {
        match self {
            Self::Taken => pair.is_taken,
            Self::Waiting => pair.is_asked,
            Self::Likely => pair.is_likely(),
            Self::Related => {
                let said = settled.verdict(pair) == Some(Verdict::Related);
                said || pair.said.is_none() && pair.one.class == Class::Related && !pair.is_taken && !pair.is_asked
            }
            Self::Decided => pair.said.is_some(),
            Self::All => true,
        }
    }
}

/// Which rows of a partner's list are wanted.
#[derive(Debug, Clone, Default)]
pub struct RowsAsked {
    /// The partner.
    pub partner: String,
    /// Only accounts that are this to us.
    pub ours: Option<Population>,
    /// Only accounts that are this to them.
    pub theirs: Option<Population>,
    /// Which pairs.
    pub which: Which,
    /// Pairs below this probability are left out, unless they are taken, related, or asked for as decided.
    pub least: f64,
    /// The day whose knowledge counts; the day the facts speak of unless said.
    pub as_of: Option<Date>,
    /// Pairs passed over.
    pub offset: usize,
    /// The most pairs listed.
    pub limit: usize,
}

/// A pair as a row.
#[derive(Debug, Clone, PartialEq)]
pub struct PairRow {
    /// The company that it belongs to, where it is taken: rows of one company share the number.
    pub company: Option<usize>,
    /// Our record's id.
    pub ours_id: String,
    /// What ours is called.
    pub ours_name: String,
    /// What it is to us.
    pub ours_population: Population,
    /// Whose it is.
    pub ours_owner: String,
    /// Their record's id.
    pub theirs_id: String,
    /// What theirs is called.
    pub theirs_name: String,
    /// What it is to them.
    pub theirs_population: Population,
    /// Whose it is there.
    pub theirs_owner: String,
    /// That they are the same company.
    pub probability: f64,
    /// What is done with it, in words.
    pub standing: &'static str,
    /// Our open pipeline on our record.
    pub pipeline: Money,
}

/// A page of rows.
#[derive(Debug, Clone)]
pub struct RowsView {
    /// What the list calls the partner.
    pub partner: String,
    /// What it is called.
    pub name: String,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// What all rows come to together: companies where they are taken.
    pub count: Overlap,
    /// Our open pipeline on all of them.
    pub pipeline: Money,
    /// How many rows there are in all.
    pub found: usize,
    /// Those of the page: those of most pipeline first, rows of one company together.
    pub rows: Vec<PairRow>,
    /// The currency of amounts.
    pub currency: Option<Currency>,
}

impl Office {
    /// The pairs behind a number of the matrix.
    pub fn match_rows<'a>(&'a self, actor: &'a Actor, asked: &'a RowsAsked) -> Answer<'a, RowsView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let settled = self.settled(&asked.partner, asked.as_of).await?;
            let places = places(&settled, asked);
            let pairs: Vec<&Pair> = places.iter().map(|at| &settled.pairs[*at]).collect();
            let listed = pairs.iter().skip(asked.offset).take(asked.limit);
            Ok(RowsView {
                partner: settled.laid.of.partner_id.clone(),
                name: settled.laid.partner_name().to_owned(),
                as_of: settled.laid.as_of,
                count: CellView::counted(&settled, &pairs),
                pipeline: Money::of(&settled.laid, pairs.iter().map(|pair| pair.one.ours)),
                found: pairs.len(),
                rows: listed.map(|pair| row(&settled, pair)).collect(),
                currency: settled.laid.facts.star.currency(),
            })
        })
    }

    /// All of them as a file; offset and limit of the question do not count.
    pub fn match_rows_file<'a>(&'a self, actor: &'a Actor, asked: &'a RowsAsked) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            if !(0.0..=1.0).contains(&asked.least) {
                return Err(Refusal::bad_input(
                    format!("{} is no probability", asked.least),
                    "Say a number from 0 to 1, such as --min 0.5.",
                ));
            }
            let settled = self.settled(&asked.partner, asked.as_of).await?;
            let places = places(&settled, asked);
            let about = about(&settled, asked);
            let rows = places.len() as u64;
            Ok(RowsFile::new(about, HEADER, rows, self.facts.folder(), move |take| {
                let names = crate::tracing::file_names(&settled.laid.facts);
                places
                    .iter()
                    .try_for_each(|at| take(&cells(&settled, &settled.pairs[*at], &names)))
            }))
        })
    }
}

/// The pairs that are asked for: those of most pipeline first, rows of one company together.
fn places(settled: &Arc<Settled>, asked: &RowsAsked) -> Vec<usize> {
    let takes = |pair: &Pair| {
        let (ours, theirs) = cell_of(settled, pair);
        asked.ours.is_none_or(|wanted| wanted == ours)
            && asked.theirs.is_none_or(|wanted| wanted == theirs)
            && asked.which.takes(settled, pair)
            && (pair.one.probability >= asked.least
                || pair.is_taken
                || pair.one.class == Class::Related
                || asked.which == Which::Decided)
    };
    let mut places: Vec<usize> = (0..settled.pairs.len())
        .filter(|at| takes(&settled.pairs[*at]))
        .collect();
    let open = |at: usize| {
        let ours = settled.pairs[at].one.ours as usize;
        settled.laid.ours.pipelines.get(ours).map_or(0, |open| open.minor)
    };
    let company = |at: usize| settled.companies.ours.get(&settled.pairs[at].one.ours).copied();
    let mut of_company = std::collections::BTreeMap::new();
    for at in &places {
        let most: &mut i64 = of_company.entry(company(*at)).or_insert(i64::MIN);
        *most = open(*at).max(*most);
    }
    places.sort_by_key(|at| {
        let company = company(*at);
        // What belongs to no company stands by itself.
        let most = company.map_or_else(|| open(*at), |_| of_company[&company]);
        (std::cmp::Reverse(most), company, *at)
    });
    places
}

fn standing(settled: &Settled, pair: &Pair) -> &'static str {
    match settled.verdict(pair) {
        Some(Verdict::Same) => "said to be the same",
        Some(Verdict::Related) => "said to be related",
        Some(Verdict::Different) => "said to be different",
        Some(Verdict::Unsure) if !pair.is_taken => "nobody could tell",
        _ if pair.is_asked && pair.earlier.is_some() => "to be asked again",
        _ if pair.is_likely() => "likely, waits for review",
        _ if pair.is_asked => "waits for review",
        _ if pair.is_taken => "sure",
        _ if pair.one.class == Class::Related => "related",
        _ => "left out",
    }
}

fn row(settled: &Settled, pair: &Pair) -> PairRow {
    let laid = &settled.laid;
    let (a, b) = (pair.one.ours as usize, pair.one.theirs as usize);
    let (ours_population, theirs_population) = cell_of(settled, pair);
    PairRow {
        company: company(settled, pair),
        ours_id: laid.ours.list.id.get(a).to_owned(),
        ours_name: laid.ours.list.name.get(a).to_owned(),
        ours_population,
        ours_owner: laid.ours.owners.get(a).to_owned(),
        theirs_id: laid.theirs.list.id.get(b).to_owned(),
        theirs_name: laid.theirs.list.name.get(b).to_owned(),
        theirs_population,
        theirs_owner: laid.theirs.owners.get(b).to_owned(),
        probability: pair.one.probability,
        standing: standing(settled, pair),
        pipeline: Money::of(laid, std::iter::once(pair.one.ours)),
    }
}

fn company(settled: &Settled, pair: &Pair) -> Option<usize> {
    let found = settled.companies.ours.get(&pair.one.ours);
    found.copied().filter(|_| pair.is_taken)
}

fn cells<'s>(settled: &'s Settled, pair: &Pair, files: &'s [String]) -> [Cell<'s>; HEADER.len()] {
    let laid = &settled.laid;
    let (a, b) = (pair.one.ours as usize, pair.one.theirs as usize);
    let (ours, theirs) = cell_of(settled, pair);
    let (file, line) = laid.theirs.places.get(b).copied().unwrap_or((-1, 0));
    let file = usize::try_from(file).ok().and_then(|at| files.get(at));
    let open = laid.ours.pipelines.get(a).filter(|open| open.priced > 0);
    [
        Cell::text(laid.ours.list.id.get(a)),
        Cell::text(laid.theirs.list.id.get(b)),
        Cell::Number((pair.one.probability * 10_000.0).round() / 10_000.0),
        Cell::text(pair.one.class.name()),
        Cell::text(grades_text(&pair.one.features)),
        Cell::text(reason(
            &laid.ours.list.row(a),
            &laid.theirs.list.row(b),
            &pair.one.features,
        )),
        Cell::text(standing(settled, pair)),
        company(settled, pair).map_or(Cell::None, |number| {
            Cell::Count(i64::try_from(number + 1).unwrap_or(i64::MAX))
        }),
        Cell::text(laid.ours.list.name.get(a)),
        Cell::text(laid.theirs.list.name.get(b)),
        Cell::text(ours.name()),
        Cell::text(theirs.name()),
        Cell::text(laid.ours.owners.get(a)),
        Cell::text(laid.theirs.owners.get(b)),
        open.map_or(Cell::None, |open| Cell::Money {
            minor: open.minor,
            digits: laid.facts.star.digits(),
        }),
        Cell::day(laid.theirs.told_on.get(b).copied().flatten()),
        Cell::text(file.map_or("", String::as_str)),
        Cell::Count(line),
    ]
}

fn about(settled: &Settled, asked: &RowsAsked) -> About {
    let named = |population: Option<Population>| population.map_or("all", Population::name).to_owned();
    let mut lines = vec![
        ("Partner".to_owned(), settled.laid.partner_name().to_owned()),
        ("Pairs".to_owned(), asked.which.word().to_owned()),
        ("Ours".to_owned(), named(asked.ours)),
        ("Theirs".to_owned(), named(asked.theirs)),
        ("probability".to_owned(), "that the two are the same company".to_owned()),
        (
            "grades".to_owned(),
            "A the same, B similar, F different, Z missing".to_owned(),
        ),
        (
            "company".to_owned(),
            "rows with one number are one company: count numbers, not rows".to_owned(),
        ),
        (
            "open_pipeline".to_owned(),
            "what is open on our record; a record that stands in several rows counts once".to_owned(),
        ),
    ];
    lines.extend(crate::tracing::facts_lines(&settled.laid.facts, settled.laid.as_of));
    About {
        title: "Pairs of accounts".to_owned(),
        lines,
    }
}
