//! The star as seen on one day under one policy and one set of segments: what every measure looks through.
//! Must not count anything.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use beachhead_strategy::{AttributionPolicy, Class};
use jiff::civil::Date;
use rayon::prelude::*;

use crate::attribute::{Attribution, attribute};
use crate::catalogue::{STATUSES, Status};
use crate::error::FactsError;
use crate::rule::{Frame, Kind, Rule, Values, same_name};
use crate::star::{Column, NO_DAY, NO_ROW, NO_WORD, Star, Words, code, day_number, index};

/// The segment of an account that no rule takes, and the partner of an opportunity that has none.
pub(crate) const NONE: &str = "none";

/// What opportunities are grouped by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The first segment whose rule takes the account; "none" where none does.
    Segment,
    /// The type of the credited partner; "none" for a direct opportunity, "" where nobody says.
    PartnerType,
    /// The name of the credited partner; "none" for a direct opportunity.
    Partner,
    /// The attribution class.
    Class,
    /// Open, won or lost on the day.
    Status,
    /// Any column of opportunities, else of the account, by its field or by the name that the source gives it.
    /// `account.` before the name skips the opportunities.
    Column(String),
}

impl Field {
    /// The field of a name; any other name is a column's, and is looked up when the measure is asked.
    pub fn parse(name: &str) -> Self {
        match name.trim().to_lowercase().as_str() {
            "segment" => Self::Segment,
            "partner_type" => Self::PartnerType,
            "partner" => Self::Partner,
            "class" => Self::Class,
            "status" => Self::Status,
            _ => Self::Column(name.trim().to_owned()),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Segment => "segment",
            Self::PartnerType => "partner_type",
            Self::Partner => "partner",
            Self::Class => "class",
            Self::Status => "status",
            Self::Column(name) => name,
        })
    }
}

pub(crate) struct Lens<'s> {
    pub(crate) star: &'s Star,
    pub(crate) as_of: i32,
    /// `None`: not known yet.
    pub(crate) status: Vec<Option<Status>>,
    pub(crate) attribution: Arc<Attribution>,
    /// The segments' names, then "none".
    pub(crate) segments: Vec<String>,
    /// For each account, the place of its segment among the names.
    pub(crate) segment_of_account: Vec<u32>,
}

impl<'s> Lens<'s> {
    pub(crate) fn new(
        star: &'s Star,
        segments: &[(String, Rule)],
        policy: &AttributionPolicy,
        as_of: Date,
    ) -> Result<Self, FactsError> {
        let as_of = day_number(as_of);
        let takes = |(name, rule): &(String, Rule)| {
            let taken = rule.take(&star.accounts);
            taken.map_err(|error| FactsError::rule(&format!("the segment {name}"), error))
        };
        let taken: Vec<_> = segments.par_iter().map(takes).collect();
        let mut segment_of_account = vec![code(segments.len()); star.accounts.rows()];
        for (nth, taken) in taken.into_iter().enumerate().rev() {
            let taken = taken?;
            for (segment, taken) in segment_of_account.iter_mut().zip(taken) {
                if taken {
                    *segment = code(nth);
                }
            }
        }
        let names = segments.iter().map(|(name, _)| name.clone()).chain([NONE.to_owned()]);
        Ok(Self {
            star,
            as_of,
            status: (0..star.deals.account.len())
                .into_par_iter()
                .map(|deal| star.status_at(deal, as_of))
                .collect(),
            attribution: attribute(star, policy, as_of),
            segments: names.collect(),
            segment_of_account,
        })
    }

    pub(crate) fn deals(&self) -> usize {
        self.status.len()
    }

    pub(crate) fn segment(&self, deal: usize) -> u32 {
        let account = index(self.star.deals.account[deal]);
        self.segment_of_account
            .get(account)
            .copied()
            .unwrap_or(code(self.segments.len() - 1))
    }

    /// For each opportunity, whether it was known on the day and the rule takes it.
    pub(crate) fn taken(&self, rule: Option<&Rule>) -> Result<Vec<bool>, FactsError> {
        let known = self.status.iter().map(Option::is_some);
        match rule {
            None => Ok(known.collect()),
            Some(rule) => {
                let taken = rule.take(self).map_err(|error| FactsError::rule("the filter", error))?;
                Ok(known.zip(taken).map(|(known, taken)| known && taken).collect())
            }
        }
    }

    /// For each opportunity, whether it was known on the day and a rule over accounts takes its account.
    pub(crate) fn in_scope(&self, scope: Option<&Rule>) -> Result<Vec<bool>, FactsError> {
        let Some(rule) = scope else { return self.taken(None) };
        let taken = rule
            .take(&self.star.accounts)
            .map_err(|error| FactsError::rule("the scope", error))?;
        let account = |deal: usize| {
            taken
                .get(index(self.star.deals.account[deal]))
                .copied()
                .unwrap_or(false)
        };
        Ok((0..self.deals())
            .map(|deal| self.status[deal].is_some() && account(deal))
            .collect())
    }

    /// For each opportunity a code for its value of the field, and the value of each code. Fields of the partner are
    /// those of the first credited one.
    pub(crate) fn keys(&self, field: &Field) -> Result<Cow<'s, Words>, FactsError> {
        match field {
            Field::Column(name) => match self.column(name) {
                Some(Found {
                    column: Cow::Borrowed(column),
                    through: None,
                }) => Ok(column.keys(self.deals())),
                Some(Found {
                    column,
                    through: Some(rows),
                }) => Ok(Cow::Owned(column.keys(self.star.accounts.rows()).gathered(rows))),
                Some(Found { column, through: None }) => Ok(Cow::Owned(column.keys(self.deals()).into_owned())),
                None => Err(self.unknown(name)),
            },
            derived => Ok(Cow::Owned(self.derived(derived))),
        }
    }

    fn derived(&self, field: &Field) -> Words {
        let deals = (0..self.deals()).into_par_iter();
        let place = |found: Option<usize>| found.map_or(NO_WORD, code);
        match field {
            Field::Segment => Words::coded(deals.map(|deal| self.segment(deal)), self.segments.clone()),
            Field::Class => {
                let codes = deals.map(|deal| {
                    place(
                        Class::ALL
                            .iter()
                            .position(|class| *class == self.attribution.class[deal]),
                    )
                });
                Words::coded(codes, Class::ALL.iter().map(|class| class.word().to_owned()).collect())
            }
            Field::Status => {
                let of = |deal: usize| {
                    STATUSES
                        .iter()
                        .position(|word| self.status[deal].is_some_and(|status| status.name() == *word))
                };
                let words = STATUSES.iter().map(|word| (*word).to_owned());
                Words::coded(deals.map(|deal| place(of(deal))), words.collect())
            }
            Field::Partner | Field::PartnerType | Field::Column(_) => {
                let partners = code(self.star.partners.names.len());
                let codes = deals.map(|deal| self.attribution.partners(deal).first().copied().unwrap_or(partners));
                let words = (0..partners)
                    .map(Some)
                    .chain([None])
                    .map(|partner| self.partner_text(field, partner).to_owned());
                Words::coded(codes, words.collect())
            }
        }
    }

    /// Whether a credited partner, or the absence of one, has this name or type.
    pub(crate) fn has_partner(&self, deal: usize, field: &Field, value: &str) -> bool {
        match self.attribution.partners(deal) {
            [] => value == NONE,
            partners => partners
                .iter()
                .any(|partner| self.partner_text(field, Some(*partner)) == value),
        }
    }

    /// A credited partner's name or type.
    pub(crate) fn partner_text(&self, field: &Field, partner: Option<u32>) -> &str {
        let partners = &self.star.partners;
        let texts = if *field == Field::Partner {
            &partners.names
        } else {
            &partners.types
        };
        partner.map_or(NONE, |partner| texts.get(index(partner)).map_or("", String::as_str))
    }

    fn unknown(&self, name: &str) -> FactsError {
        FactsError::NoField {
            name: name.to_owned(),
            known: self.names().join(", "),
        }
    }

    fn column(&self, name: &str) -> Option<Found<'s>> {
        let of_account = |name: &str| {
            let column = Cow::Borrowed(self.star.accounts.column(name)?);
            Some(Found {
                column,
                through: Some(&self.star.deals.account),
            })
        };
        if let Some((table, name)) = name.split_once('.')
            && same_name(table, "account")
        {
            return of_account(name);
        }
        let Some(field) = self.star.opportunities.name_of(name) else {
            return of_account(name);
        };
        let column = match field {
            "stage" => Cow::Owned(Column::Text(self.stages())),
            "closed_on" => Cow::Owned(Column::Day(
                (0..self.deals()).map(|deal| self.closed_on(deal)).collect(),
            )),
            _ => Cow::Borrowed(self.star.opportunities.column(field)?),
        };
        Some(Found { column, through: None })
    }

    /// Whether the source speaks of a close that the day did not know yet.
    fn closes_later(&self, deal: usize) -> bool {
        self.status[deal] != Some(self.star.deals.status[deal])
    }

    /// The stage of every opportunity on the day: from the history where it tells of the opportunity, else as written,
    /// unless the opportunity has closed since.
    fn stages(&self) -> Words {
        let star = self.star;
        let none = Words::default();
        let written = match star.opportunities.column("stage") {
            Some(Column::Text(words)) => words,
            _ => &none,
        };
        let words: BTreeSet<&String> = written.words().iter().chain(star.stages.names()).collect();
        let words: Vec<String> = words.into_iter().cloned().collect();
        let places = |of: &[String]| -> Vec<u32> {
            let place = |word: &String| words.binary_search(word).map_or(NO_WORD, code);
            of.iter().map(place).collect()
        };
        let (of_written, of_history) = (places(written.words()), places(star.stages.names()));
        let stage = |deal: usize| {
            let (codes, found) = if star.stages.tell_of(code(deal), self.as_of, !self.closes_later(deal)) {
                (&of_history, star.stages.code_at(code(deal), self.as_of))
            } else {
                let written = written.codes().get(deal).copied();
                (&of_written, written.filter(|_| !self.closes_later(deal)))
            };
            found
                .and_then(|stage| codes.get(index(stage)))
                .copied()
                .unwrap_or(NO_WORD)
        };
        Words::coded((0..self.deals()).into_par_iter().map(stage), words.clone())
    }

    /// The day of close, or the one expected; not one that came later.
    fn closed_on(&self, deal: usize) -> i32 {
        if self.closes_later(deal) {
            NO_DAY
        } else {
            self.star.deals.closed[deal]
        }
    }

    /// Sourced or influenced.
    pub(crate) fn is_with_partner(&self, deal: usize) -> bool {
        matches!(self.attribution.class[deal], Class::Sourced | Class::Influenced)
    }
}

struct Found<'a> {
    column: Cow<'a, Column>,
    /// From opportunities to the column's rows.
    through: Option<&'a [u32]>,
}

impl Frame for Lens<'_> {
    fn rows(&self) -> usize {
        self.deals()
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        match Field::parse(name) {
            Field::Column(_) => self.column(name).map(|found| found.column.kind()),
            _ => Some(Kind::Text),
        }
    }

    fn values(&self, name: &str) -> Values<'_> {
        let field = Field::parse(name);
        if !matches!(field, Field::Column(_)) {
            return Values::words(self.derived(&field));
        }
        match self.column(name) {
            None => Values::nothing(),
            Some(Found {
                column: Cow::Borrowed(column),
                through,
            }) => column.values(through),
            Some(Found {
                column: Cow::Owned(Column::Day(days)),
                ..
            }) => Values::Day(Cow::Owned(days)),
            Some(Found {
                column: Cow::Owned(column),
                ..
            }) => Values::words(column.keys(self.deals()).into_owned()),
        }
    }

    fn names(&self) -> Vec<&str> {
        let derived = ["segment", "partner_type", "partner", "class", "status"];
        let mut names: Vec<&str> = derived.to_vec();
        for name in self
            .star
            .opportunities
            .names()
            .into_iter()
            .chain(self.star.accounts.names())
        {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// The account of an opportunity, if it was found.
pub(crate) fn account_of(star: &Star, deal: usize) -> Option<usize> {
    Some(star.deals.account[deal])
        .filter(|account| *account != NO_ROW)
        .map(index)
}
