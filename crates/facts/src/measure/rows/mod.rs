//! The opportunities behind any number, with their place in the files they came from: found once, then shown page by
//! page. A page of a million costs no more than a page of a hundred: rows are counted, sorted and cut as codes, and only
//! those shown become text. Must not infer anything from them.

mod narrow;

use std::borrow::Cow;
use std::cmp::Ordering;

use beachhead_strategy::{AttributionPolicy, Class};
use jiff::civil::Date;
use serde::Serialize;

use super::lens::{Field, Lens, account_of};
use super::outcome::{Value, Way};
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::export::Cell;
use crate::rule::Rule;
use crate::star::{Column, NO_DAY, NO_MONEY, Star, code, date_of, day_number, index, shown_money};

pub use narrow::{CohortPart, CohortRows, Narrow, Side};

/// Which opportunities. Everything that is given must hold.
#[derive(Debug, Clone)]
pub struct Selection {
    /// Values of fields, as the key of a cell names them.
    pub key: Vec<(Field, String)>,
    /// A rule over opportunities, as `weigh` takes it.
    pub filter: Option<Rule>,
    /// A rule over accounts, as an outcome's scope.
    pub scope: Option<Rule>,
    /// A measure of [`super::outcome`], and the first and last day of its period: the opportunities that it rests on.
    pub measure: Option<(String, Date, Date)>,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// Names and rules of segments.
    pub segments: Vec<(String, Rule)>,
    /// What makes an opportunity sourced.
    pub policy: AttributionPolicy,
}

/// One opportunity as it stood on the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpportunityRow {
    /// Its id.
    pub opportunity_id: String,
    /// The account's name, or what the source calls it.
    pub account: String,
    /// Its stage, where there is one.
    pub stage: String,
    /// Open, won or lost.
    pub status: Status,
    /// Day of creation.
    pub created_on: Option<Date>,
    /// Day of close; none while it is open.
    pub closed_on: Option<Date>,
    /// Minor units of the star's currency.
    pub amount_minor: Option<i64>,
    /// The amount in units, with its digits; empty when missing.
    pub amount: String,
    /// Its class.
    pub class: Class,
    /// Whether a partner's claim came after the lock.
    pub claimed_after_lock: bool,
    /// Names of the credited partners, joined by "; ".
    pub partner: String,
    /// The file it came from, in the snapshot's list.
    pub file: i32,
    /// Its row in that file.
    pub row: i64,
}

/// A column to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OrderBy {
    /// The id.
    #[default]
    Opportunity,
    /// The account's name; opportunities without an account last.
    Account,
    /// Open, won, lost.
    Status,
    /// The day of creation.
    Created,
    /// The day of close; open ones last.
    Closed,
    /// The amount; those without one last.
    Amount,
    /// The class, in the order of the policy.
    Class,
}

impl OrderBy {
    /// Every column.
    pub const ALL: [Self; 7] = [
        Self::Opportunity,
        Self::Account,
        Self::Status,
        Self::Created,
        Self::Closed,
        Self::Amount,
        Self::Class,
    ];

    /// Its word in an address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opportunity => "opportunity",
            Self::Account => "account",
            Self::Status => "status",
            Self::Created => "created",
            Self::Closed => "closed",
            Self::Amount => "amount",
            Self::Class => "class",
        }
    }

    /// The column of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// How rows are sorted; equal ones by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// The column.
    pub by: OrderBy,
    /// Largest first. What is missing stays last.
    pub descending: bool,
}

/// What the opportunities found come to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tally {
    /// All of them.
    pub opportunities: u64,
    /// By status: how many, and their amounts in minor units. Only what there is.
    pub by_status: Vec<(Status, u64, i64)>,
    /// By class, in the order of the policy: how many, and their amounts in minor units. Only what there is.
    pub by_class: Vec<(Class, u64, i64)>,
    /// Those without an amount.
    pub without_amount: u64,
    /// The measure over them, where one was asked.
    pub value: Option<Value>,
}

impl Tally {
    /// How many have a status.
    pub fn of(&self, status: Status) -> u64 {
        let found = self.by_status.iter().find(|(of, _, _)| *of == status);
        found.map_or(0, |(_, n, _)| *n)
    }
}

/// Opportunities found: what each is on the day, in codes.
#[derive(Debug, Clone, Default)]
pub struct FoundRows {
    as_of: i32,
    deals: Vec<u32>,
    status: Vec<Status>,
    class: Vec<Class>,
    late: Vec<bool>,
    starts: Vec<u32>,
    partners: Vec<u32>,
    tally: Tally,
}

/// The opportunities of a selection, in the order of their ids.
///
/// # Errors
/// [`FactsError::Rule`], [`FactsError::NoField`] and [`FactsError::CannotCompute`].
pub fn rows(star: &Star, selection: &Selection) -> Result<Vec<OpportunityRow>, FactsError> {
    let found = find_rows(star, selection, &Narrow::default())?;
    Ok(found.page(star, Order::default(), 0, usize::MAX))
}

/// Finds the opportunities of a selection, narrowed further.
///
/// # Errors
/// [`FactsError::Rule`], [`FactsError::NoField`], [`FactsError::NoStage`] and [`FactsError::CannotCompute`].
pub fn find_rows(star: &Star, selection: &Selection, narrow: &Narrow) -> Result<FoundRows, FactsError> {
    let lens = Lens::new(star, &selection.segments, &selection.policy, selection.as_of)?;
    let mut takes = lens.taken(selection.filter.as_ref())?;
    let mut keep = |holds: &dyn Fn(usize) -> bool| {
        for (deal, takes) in takes.iter_mut().enumerate() {
            *takes = *takes && holds(deal);
        }
    };
    if selection.scope.is_some() {
        let in_scope = lens.in_scope(selection.scope.as_ref())?;
        keep(&|deal| in_scope[deal]);
    }
    let mut way = None;
    if let Some((measure, from, to)) = &selection.measure {
        let (of, period) = (Way::of(star, measure)?, day_number(*from)..=day_number(*to));
        keep(&|deal| of.day(&lens, deal).is_some_and(|day| period.contains(&day)));
        way = Some(of);
    }
    for (field, value) in &selection.key {
        match field {
            // Conversion by month groups by the first credited partner alone.
            Field::Partner | Field::PartnerType if narrow.cohort.is_none() => {
                keep(&|deal| lens.has_partner(deal, field, value))
            }
            _ => {
                let keys = lens.keys(field)?;
                // Two codes can share a word: all of them are asked for.
                let wanted: Vec<bool> = keys.words().iter().map(|word| word == value).collect();
                let is_missing = |code: u32| value.is_empty() && index(code) >= wanted.len();
                keep(&|deal| {
                    let code = keys.codes()[deal];
                    wanted.get(index(code)).copied().unwrap_or(false) || is_missing(code)
                });
            }
        }
    }
    narrow.keep(&lens, &mut keep)?;
    let deals = (0..lens.deals()).filter(|deal| takes[*deal]).collect::<Vec<_>>();
    Ok(FoundRows::of(&lens, &deals, way))
}

impl FoundRows {
    fn of(lens: &Lens<'_>, deals: &[usize], way: Option<Way>) -> Self {
        let mut found = Self {
            as_of: lens.as_of,
            starts: vec![0],
            ..Self::default()
        };
        for deal in deals {
            let Some(status) = lens.status[*deal] else { continue };
            found.deals.push(code(*deal));
            found.status.push(status);
            found.class.push(lens.attribution.class[*deal]);
            found.late.push(lens.attribution.claimed_after_lock[*deal]);
            found.partners.extend_from_slice(lens.attribution.partners(*deal));
            found.starts.push(code(found.partners.len()));
        }
        found.tally = found.tallied(lens.star);
        found.tally.value = way.map(|way| way.value(lens, deals));
        found
    }

    fn tallied(&self, star: &Star) -> Tally {
        let mut by_status = [(0_u64, 0_i64); 3];
        let mut by_class = [(0_u64, 0_i64); Class::ALL.len()];
        let mut without_amount = 0;
        let place = |class: Class| Class::ALL.iter().position(|other| *other == class).unwrap_or(0);
        for (nth, deal) in self.deals.iter().enumerate() {
            let amount = star.amount(index(*deal));
            without_amount += u64::from(amount.is_none());
            let sums = [
                &mut by_status[status_place(self.status[nth])],
                &mut by_class[place(self.class[nth])],
            ];
            for (n, sum) in sums {
                *n += 1;
                *sum = sum.saturating_add(amount.unwrap_or(0));
            }
        }
        let statuses = [Status::Open, Status::Won, Status::Lost].into_iter().zip(by_status);
        let classes = Class::ALL.iter().copied().zip(by_class);
        Tally {
            opportunities: self.deals.len() as u64,
            by_status: statuses
                .filter(|(_, (n, _))| *n > 0)
                .map(|(of, (n, sum))| (of, n, sum))
                .collect(),
            by_class: classes
                .filter(|(_, (n, _))| *n > 0)
                .map(|(of, (n, sum))| (of, n, sum))
                .collect(),
            without_amount,
            value: None,
        }
    }

    /// What they come to.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Some of the rows in an order, from one on. Costs no more than a look at each row's code.
    pub fn page(&self, star: &Star, order: Order, from: usize, most: usize) -> Vec<OpportunityRow> {
        let end = from.saturating_add(most).min(self.deals.len());
        let places = self.places(star, order, from.min(end), end);
        places.into_iter().map(|place| self.row(star, index(place))).collect()
    }

    /// Gives every row, in an order, as cells under [`OpportunityRow::HEADER`]; `files` are the names of the snapshot's
    /// files.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn each(
        &self,
        star: &Star,
        order: Order,
        files: &[String],
        take: &mut dyn FnMut(&[Cell<'_>]) -> Result<(), FactsError>,
    ) -> Result<(), FactsError> {
        for place in self.places(star, order, 0, self.deals.len()) {
            take(&self.row(star, index(place)).cells(star, files))?;
        }
        Ok(())
    }

    /// The places of the rows from one to another in an order.
    fn places(&self, star: &Star, order: Order, from: usize, to: usize) -> Vec<u32> {
        let mut places: Vec<u32> = (0..code(self.deals.len())).collect();
        if order.by == OrderBy::Opportunity {
            if order.descending {
                places.reverse();
            }
            return places[from..to].to_vec();
        }
        let ranks: Vec<Option<i64>> = self.ranks(star, order.by);
        let compare = |one: &u32, other: &u32| match (ranks[index(*one)], ranks[index(*other)]) {
            (Some(a), Some(b)) if order.descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let compare = |one: &u32, other: &u32| compare(one, other).then(one.cmp(other));
        // Only the page itself is put in order; what comes before it and after it is merely told apart.
        if from > 0 && from < places.len() {
            places.select_nth_unstable_by(from, compare);
        }
        let rest = &mut places[from..];
        if to - from < rest.len() && to > from {
            rest.select_nth_unstable_by(to - from, compare);
        }
        rest[..to - from].sort_unstable_by(compare);
        places[from..to].to_vec()
    }

    fn ranks(&self, star: &Star, by: OrderBy) -> Vec<Option<i64>> {
        let deals = || self.deals.iter().map(|deal| index(*deal)).enumerate();
        let day = |day: i32| (day != NO_DAY).then_some(i64::from(day));
        match by {
            OrderBy::Opportunity => deals().map(|(_, deal)| i64::try_from(deal).ok()).collect(),
            OrderBy::Account => {
                // The words of a column of the facts stand in order.
                let names = star.accounts.text("name");
                let code = |deal| names.codes().get(account_of(star, deal)?).copied();
                deals()
                    .map(|(_, deal)| {
                        code(deal)
                            .filter(|code| index(*code) < names.words().len())
                            .map(i64::from)
                    })
                    .collect()
            }
            OrderBy::Status => self
                .status
                .iter()
                .map(|status| i64::try_from(status_place(*status)).ok())
                .collect(),
            OrderBy::Created => deals().map(|(_, deal)| day(star.deals.created[deal])).collect(),
            OrderBy::Closed => deals()
                .map(|(nth, deal)| day(star.deals.closed[deal]).filter(|_| self.status[nth] != Status::Open))
                .collect(),
            OrderBy::Amount => deals().map(|(_, deal)| star.amount(deal)).collect(),
            OrderBy::Class => {
                let place = |class: &Class| Class::ALL.iter().position(|other| other == class);
                self.class
                    .iter()
                    .map(|class| place(class).and_then(|at| i64::try_from(at).ok()))
                    .collect()
            }
        }
    }

    fn row(&self, star: &Star, nth: usize) -> OpportunityRow {
        let (deal, status) = (index(self.deals[nth]), self.status[nth]);
        let text = |name: &str| star.opportunities.shown(name, deal);
        let name = account_of(star, deal).map(|account| star.accounts.shown("name", account));
        let partners = &self.partners[index(self.starts[nth])..index(self.starts[nth + 1])];
        let partners: Vec<&str> = partners
            .iter()
            .filter_map(|partner| star.partners.names.get(index(*partner)).map(String::as_str))
            .collect();
        let amount_minor = star.amount(deal);
        OpportunityRow {
            opportunity_id: text("opportunity_id"),
            account: name.unwrap_or_else(|| text("account_id")),
            stage: stage_on(star, deal, self.as_of, status).unwrap_or_default().to_owned(),
            status,
            created_on: date_of(star.deals.created[deal]),
            closed_on: date_of(star.deals.closed[deal]).filter(|_| status != Status::Open),
            amount_minor,
            amount: amount_minor.map_or(String::new(), |amount| shown_money(amount, star.digits())),
            class: self.class[nth],
            claimed_after_lock: self.late[nth],
            partner: partners.join("; "),
            file: star.opportunities.file[deal],
            row: star.opportunities.row[deal],
        }
    }
}

fn status_place(status: Status) -> usize {
    match status {
        Status::Open => 0,
        Status::Won => 1,
        Status::Lost => 2,
    }
}

/// The stage on a day, as a lens says it of all opportunities: from the history where it tells of the opportunity, else as
/// written, unless the opportunity has closed since.
fn stage_on(star: &Star, deal: usize, day: i32, status: Status) -> Option<&str> {
    let is_now = status == star.deals.status[deal];
    if star.stages.tell_of(code(deal), day, is_now) {
        return star.stages.at(code(deal), day);
    }
    match star.opportunities.column("stage") {
        Some(Column::Text(words)) if is_now => words.get(deal),
        _ => None,
    }
}

impl OpportunityRow {
    /// The names of the columns of a file of rows.
    pub const HEADER: [&'static str; 12] = [
        "opportunity_id",
        "account",
        "stage",
        "status",
        "created_on",
        "closed_on",
        "amount",
        "class",
        "claimed_after_lock",
        "partner",
        "file",
        "row",
    ];

    fn cells<'a>(&'a self, star: &Star, files: &'a [String]) -> [Cell<'a>; 12] {
        let file = usize::try_from(self.file).ok().and_then(|file| files.get(file));
        let money = |minor| Cell::Money {
            minor,
            digits: star.digits(),
        };
        [
            Cell::text(self.opportunity_id.as_str()),
            Cell::text(self.account.as_str()),
            Cell::text(self.stage.as_str()),
            Cell::text(self.status.name()),
            Cell::day(self.created_on),
            Cell::day(self.closed_on),
            self.amount_minor
                .filter(|minor| *minor != NO_MONEY)
                .map_or(Cell::None, money),
            Cell::text(self.class.word()),
            Cell::text(if self.claimed_after_lock { "true" } else { "false" }),
            Cell::text(self.partner.as_str()),
            file.map_or(Cell::None, |name| Cell::Text(Cow::Borrowed(name.as_str()))),
            Cell::Count(self.row),
        ]
    }
}
