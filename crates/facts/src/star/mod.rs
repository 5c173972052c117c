//! The opened snapshot: typed columns in memory, opportunities joined to accounts, touches and lists to partners.
//! Everything in one order whatever the order of the files. Must not compute a measure.

mod column;
mod join;
mod open;
mod stages;
mod tables;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use beachhead_strategy::{Currency, TouchKind};
use jiff::civil::Date;
use rayon::prelude::*;

use crate::attribute::Evidence;
use crate::catalogue::{Status, Table};
use crate::lists::Called;
use crate::rule::{Columns, Frame, Kind, Rule, RuleError, Values};

pub(crate) use column::{
    Column, NO_DAY, NO_MONEY, NO_ROW, NO_WORD, Sheet, Words, WordsBuilder, code, date_of, day_number, index,
    shown_money,
};
pub(crate) use join::name_key;
pub use stages::stage_map;
pub use tables::Tables;

use join::Finder;
use stages::{StageNames, Stages};

/// A snapshot opened: what every measure is asked of.
#[derive(Debug, Clone)]
pub struct Star {
    currency: Option<Currency>,
    pub(crate) accounts: Sheet,
    pub(crate) opportunities: Sheet,
    pub(crate) deals: Deals,
    pub(crate) partners: Partners,
    /// In the order of their days.
    pub(crate) touches: Vec<Touch>,
    /// The file and row that each touch came from.
    pub(crate) touch_places: Vec<(i32, i64)>,
    /// In the order of their days.
    pub(crate) overlaps: Vec<Overlap>,
    /// Touches and lists made ready to be attributed, and what was attributed lately.
    pub(crate) evidence: Evidence,
    pub(crate) stages: Stages,
    pub(crate) progress: Vec<Reached>,
    pub(crate) effort: Vec<Hours>,
    pub(crate) unpriced: u64,
    /// What accounts are called, once somebody has searched for one.
    pub(crate) called: OnceLock<Called>,
}

/// What the source says of each opportunity, a vector a column.
#[derive(Debug, Clone, Default)]
pub(crate) struct Deals {
    /// Row of `accounts`.
    pub(crate) account: Vec<u32>,
    pub(crate) created: Vec<i32>,
    pub(crate) closed: Vec<i32>,
    pub(crate) status: Vec<Status>,
    /// Minor units of the star's currency.
    pub(crate) amount: Vec<i64>,
    pub(crate) by_account: Groups,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Partners {
    pub(crate) ids: Vec<String>,
    pub(crate) names: Vec<String>,
    /// Empty where nobody says.
    pub(crate) types: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Touch {
    /// Row of `opportunities`, where the touch names one.
    pub(crate) deal: u32,
    pub(crate) account: u32,
    pub(crate) partner: u32,
    pub(crate) kind: TouchKind,
    pub(crate) on: i32,
    /// The day of the touch itself where the source does not say.
    pub(crate) recorded: i32,
}

/// An account found in a partner's list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Overlap {
    pub(crate) account: u32,
    pub(crate) partner: u32,
    pub(crate) as_of: i32,
}

/// The touches of one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerTouches {
    /// The partner's id.
    pub partner_id: String,
    /// How many there are of each kind.
    pub by_kind: Vec<(TouchKind, u64)>,
    /// The day of the last.
    pub last_on: Option<Date>,
}

/// A row of progress: an account reached a step of a bet.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    pub(crate) bet: String,
    pub(crate) account: u32,
    /// What the source calls the account.
    pub(crate) account_text: String,
    pub(crate) step: String,
    pub(crate) on: i32,
    pub(crate) partner: u32,
    pub(crate) file: i32,
    pub(crate) row: i64,
}

/// A row of effort.
#[derive(Debug, Clone)]
pub(crate) struct Hours {
    pub(crate) initiative: String,
    pub(crate) week: i32,
    pub(crate) hours: f64,
}

/// Rows by the row of another table that they belong to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Groups {
    starts: Vec<u32>,
    members: Vec<u32>,
}

impl Groups {
    /// Members keep their order; those that belong to no row are in no group.
    pub(crate) fn new(belongs: impl Iterator<Item = u32> + Clone, groups: usize) -> Self {
        let mut starts = vec![0_u32; groups + 1];
        for group in belongs.clone().filter(|group| index(*group) < groups) {
            starts[index(group) + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut members = vec![NO_ROW; index(starts[groups])];
        for (member, group) in belongs.enumerate().filter(|(_, group)| index(*group) < groups) {
            let place = &mut next[index(group)];
            members[index(*place)] = code(member);
            *place += 1;
        }
        Self { starts, members }
    }

    pub(crate) fn of(&self, group: u32) -> &[u32] {
        &self.members[self.range(group)]
    }

    /// Puts the members of each group in order.
    fn sort_each<K: Ord>(&mut self, by: impl Fn(&u32) -> K) {
        for bounds in self.starts.windows(2) {
            self.members[index(bounds[0])..index(bounds[1])].sort_by_key(&by);
        }
    }

    /// Where the members of a group stand among all members; empty for a group that there is not.
    pub(crate) fn range(&self, group: u32) -> std::ops::Range<usize> {
        let group = index(group);
        match (self.starts.get(group), self.starts.get(group.saturating_add(1))) {
            (Some(from), Some(to)) => index(*from)..index(*to),
            _ => 0..0,
        }
    }
}

impl Star {
    /// A star without a single fact.
    pub fn empty() -> Self {
        Self::build(Tables::default(), None)
    }

    /// Joins tables into a star. Amounts are put into `currency` at the rate of the day of close, else of creation;
    /// without a currency, into the one that most amounts are in. Amounts that no rate covers are left out and
    /// counted by [`Star::unpriced`].
    pub fn build(mut tables: Tables, currency: Option<Currency>) -> Self {
        let mut accounts = tables.take(Table::Accounts).ordered_by(&["account_id"]);
        let mut opportunities = tables.take(Table::Opportunities).ordered_by(&["opportunity_id"]);
        let mut history = tables.take(Table::StageHistory);
        let stage_names = StageNames::new(&tables.take(Table::Stages));
        stage_names.put_into(&mut opportunities);
        stage_names.put_into_history(&mut history);
        let rates = Rates::new(&tables.take(Table::FxRates));
        let (currency, unpriced) = price(&mut opportunities, currency, &rates);
        accounts.set_digits(currency);
        let found_accounts = Finder::new(&accounts, "account_id");
        let deals = Deals::new(&opportunities, &found_accounts, accounts.rows());
        let of_partners = tables.take(Table::Partners).ordered_by(&["partner_id"]);
        let (partners, finder) = Partners::new(&of_partners);
        let mut joiner = Joiner {
            accounts: &found_accounts,
            partners,
            finder,
        };
        let found_deals = Finder::ids(&opportunities, "opportunity_id");
        let (touches, touch_places) = joiner.touches(&tables.take(Table::Touches), &found_deals);
        let overlaps = joiner.overlaps(&tables.take(Table::PartnerAccounts));
        let progress = joiner.progress(&tables.take(Table::Progress));
        let stages = Stages::new(&history, &found_deals, &opportunities, &stage_names);
        let effort = effort(&tables.take(Table::Effort).ordered_by(&["initiative", "person"]));
        let partners = joiner.partners;
        drop((found_accounts, found_deals));
        Self {
            currency,
            accounts,
            opportunities,
            deals,
            partners,
            touches,
            touch_places,
            overlaps,
            evidence: Evidence::default(),
            stages,
            progress,
            effort,
            unpriced,
            called: OnceLock::new(),
        }
    }

    /// The currency of every amount; `None` when no amount has one.
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// Opportunities whose amount could not be put into the star's currency.
    pub fn unpriced(&self) -> u64 {
        self.unpriced
    }

    /// Opportunities that name an account which is not among the accounts, or could be several.
    pub fn opportunities_without_account(&self) -> u64 {
        let named = self.opportunities.text("account_id");
        let lost = |row: &usize| named.get(*row).is_some() && self.deals.account[*row] == NO_ROW;
        (0..self.deals.account.len()).filter(lost).count() as u64
    }

    /// The columns that a segment's rule may name: fields, kept columns, then the source's own names of fields.
    pub fn account_columns(&self) -> Columns {
        let names = self.accounts.names().into_iter();
        let kinds = names.filter_map(|name| Some((name.to_owned(), self.accounts.column(name)?.kind())));
        Columns::new(kinds)
    }

    /// For each account that was known on the day, in the order of their ids, whether the rule takes it.
    ///
    /// # Errors
    /// When the rule does not fit the columns.
    pub fn accounts_taken(&self, rule: &Rule, as_of: Date) -> Result<Vec<(&str, bool)>, RuleError> {
        let taken = rule.take(&self.accounts)?;
        let (ids, created, as_of) = (
            self.accounts.column("account_id"),
            self.accounts.days("created_on"),
            day_number(as_of),
        );
        let Some(Column::Text(ids)) = ids else {
            return Ok(Vec::new());
        };
        let known = taken.iter().enumerate().filter(|(row, _)| created[*row] <= as_of);
        Ok(known
            .map(|(row, taken)| (ids.get(row).unwrap_or_default(), *taken))
            .collect())
    }

    /// The id of an opportunity's account, where both are known.
    pub fn account_of_opportunity(&self, id: &str) -> Option<&str> {
        let Some(Column::Text(accounts)) = self.accounts.column("account_id") else {
            return None;
        };
        accounts.get(index(*self.deals.account.get(self.deal_of(id)?)?))
    }

    fn deal_of(&self, id: &str) -> Option<usize> {
        row_of(&self.opportunities, "opportunity_id", id)
    }

    /// The id and name of an account that somebody names by its id, website, or a name that no other has.
    pub fn account_called(&self, typed: &str) -> Option<(&str, &str)> {
        let row = Finder::new(&self.accounts, "account_id").find(typed);
        let text = |column: &str| match self.accounts.column(column) {
            Some(Column::Text(words)) => words.get(index(row)),
            _ => None,
        };
        let id = text("account_id")?;
        Some((id, text("name").unwrap_or(id)))
    }

    /// What each partner's touches were by the end of a day, in the order in which the facts hold the partners; those
    /// without a touch are left out.
    pub fn touches_by_partner(&self, as_of: Date) -> Vec<PartnerTouches> {
        let today = day_number(as_of);
        let mut found: Vec<(BTreeMap<TouchKind, u64>, i32)> = vec![(BTreeMap::new(), NO_DAY); self.partners.ids.len()];
        // Touches stand in the order of their days.
        for touch in self.touches.iter().take_while(|touch| touch.on <= today) {
            if let Some((kinds, last)) = found.get_mut(index(touch.partner)) {
                *kinds.entry(touch.kind).or_default() += 1;
                *last = touch.on;
            }
        }
        let told = found
            .into_iter()
            .zip(&self.partners.ids)
            .filter(|((kinds, _), _)| !kinds.is_empty());
        told.map(|((kinds, last), id)| PartnerTouches {
            partner_id: id.clone(),
            by_kind: kinds.into_iter().collect(),
            last_on: date_of(last),
        })
        .collect()
    }

    /// For each pair of an account, by its id, and a partner, by its id or name, the last day up to `as_of` on which the
    /// partner did something for the account.
    pub fn last_touches(&self, pairs: &[(String, String)], as_of: Date) -> Vec<Option<Date>> {
        let (ids, names) = (&self.partners.ids, &self.partners.names);
        let partner = |asked: &String| {
            let by_id = ids.iter().position(|id| id == asked);
            by_id.or_else(|| names.iter().position(|name| name == asked)).map(code)
        };
        let mut partners: BTreeMap<&String, Option<u32>> = BTreeMap::new();
        let mut waiting: BTreeMap<(u32, u32), Vec<usize>> = BTreeMap::new();
        for (nth, (account, asked)) in pairs.iter().enumerate() {
            let partner = *partners.entry(asked).or_insert_with(|| partner(asked));
            let account = self.account_row(account);
            if let Some(partner) = partner.filter(|_| account != NO_ROW) {
                waiting.entry((account, partner)).or_default().push(nth);
            }
        }
        let mut found = vec![None; pairs.len()];
        let today = day_number(as_of);
        // Touches stand in the order of their days: the first that is met from the end is the last.
        for touch in self.touches.iter().rev().skip_while(|touch| touch.on > today) {
            if waiting.is_empty() {
                break;
            }
            let account = match touch.account {
                NO_ROW => self.deals.account.get(index(touch.deal)).copied().unwrap_or(NO_ROW),
                account => account,
            };
            for nth in waiting.remove(&(account, touch.partner)).unwrap_or_default() {
                found[nth] = date_of(touch.on);
            }
        }
        found
    }

    /// The row of the account of an id; [`NO_ROW`] where there is none.
    pub(crate) fn account_row(&self, id: &str) -> u32 {
        row_of(&self.accounts, "account_id", id).map_or(NO_ROW, code)
    }

    /// The stages that an opportunity entered, as days and names, in order. Those that were but seen are not among them
    /// where a source tells its stages.
    pub fn stages_of(&self, id: &str) -> Vec<(Date, &str)> {
        let entries = self.deal_of(id).map(|deal| self.stages.entries(code(deal)));
        let names = self.stages.names();
        let entry = |(day, stage)| Some((date_of(day)?, names.get(index(stage))?.as_str()));
        entries.into_iter().flatten().filter_map(entry).collect()
    }

    /// What people call a stage that the history of stages holds by its id.
    pub fn stage_called<'a>(&'a self, stage: &'a str) -> &'a str {
        self.stages.called(stage)
    }

    /// The stages that the history knows, in their order.
    pub fn stages_in_order(&self) -> &[String] {
        self.stages.in_order()
    }

    /// An opportunity's amount in minor units, where it has one.
    pub(crate) fn amount(&self, deal: usize) -> Option<i64> {
        self.deals
            .amount
            .get(deal)
            .copied()
            .filter(|amount| *amount != NO_MONEY)
    }

    /// Digits of amounts after the point.
    pub fn digits(&self) -> u32 {
        match self.opportunities.column("amount") {
            Some(Column::Money { digits, .. }) => *digits,
            _ => 2,
        }
    }

    /// New, expansion or renewal, where the source says.
    pub(crate) fn opportunity_type(&self, deal: usize) -> Option<&str> {
        match self.opportunities.column("type") {
            Some(Column::Text(words)) => words.get(deal),
            _ => None,
        }
    }

    /// How the opportunity stood at the end of a day; `None` when it was not known yet. One without a day of creation
    /// was always known; one closed on an unknown day always closed.
    pub(crate) fn status_at(&self, deal: usize, day: i32) -> Option<Status> {
        let (created, closed) = (self.deals.created[deal], self.deals.closed[deal]);
        match self.deals.status[deal] {
            _ if created > day => None,
            Status::Open => Some(Status::Open),
            _ if closed > day => Some(Status::Open),
            status => Some(status),
        }
    }
}

/// The row of a table, ordered by its column of ids, that holds this one.
fn row_of(sheet: &Sheet, column: &str, id: &str) -> Option<usize> {
    let Some(Column::Text(ids)) = sheet.column(column) else {
        return None;
    };
    let code = code(ids.words().binary_search_by(|word| word.as_str().cmp(id)).ok()?);
    let row = ids.codes().partition_point(|other| *other < code);
    (ids.codes().get(row) == Some(&code)).then_some(row)
}

impl Frame for Sheet {
    fn rows(&self) -> usize {
        Sheet::rows(self)
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        self.column(name).map(Column::kind)
    }

    fn values(&self, name: &str) -> Values<'_> {
        self.column(name)
            .map_or_else(Values::nothing, |column| column.values(None))
    }

    fn names(&self) -> Vec<&str> {
        let columns = self.columns.iter().map(|(name, _)| name.as_str());
        columns
            .chain(self.aliases.iter().map(|(source, _)| source.as_str()))
            .collect()
    }
}

impl Deals {
    fn new(sheet: &Sheet, accounts: &Finder, of_accounts: usize) -> Self {
        let statuses = sheet.text("status");
        let of_words: Vec<Option<Status>> = statuses.words().iter().map(|word| Status::from_name(word)).collect();
        let status = statuses
            .codes()
            .iter()
            .map(|code| of_words.get(index(*code)).copied().flatten().unwrap_or(Status::Open));
        let account = accounts.find_all(&sheet.text("account_id"));
        Self {
            created: sheet.days("created_on").into_owned(),
            closed: sheet.days("closed_on").into_owned(),
            status: status.collect(),
            amount: sheet.money("amount").into_owned(),
            by_account: Groups::new(account.iter().copied(), of_accounts),
            account,
        }
    }
}

impl Partners {
    fn new(sheet: &Sheet) -> (Self, Finder<'_>) {
        let (ids, names, types) = (sheet.text("partner_id"), sheet.text("name"), sheet.text("type"));
        let mut partners = Self::default();
        for row in 0..sheet.rows() {
            let id = ids.get(row).unwrap_or_default();
            partners.add(id, names.get(row).unwrap_or(id), types.get(row).unwrap_or_default());
        }
        (partners, Finder::new(sheet, "partner_id"))
    }

    fn add(&mut self, id: &str, name: &str, of_type: &str) -> u32 {
        let row = code(self.ids.len());
        self.ids.push(id.to_owned());
        self.names.push(name.to_owned());
        self.types.push(of_type.to_owned());
        row
    }
}

struct Joiner<'a> {
    accounts: &'a Finder<'a>,
    partners: Partners,
    finder: Finder<'a>,
}

impl Joiner<'_> {
    /// The partners that a column names; one that the table of partners lacks is added, of no type.
    fn partners_of(&mut self, words: &Words) -> Vec<u32> {
        let of_words: Vec<u32> = words
            .words()
            .iter()
            .map(|word| match self.finder.find(word) {
                NO_ROW => {
                    let row = self.partners.add(word, word, "");
                    self.finder.learn(word, row);
                    row
                }
                row => row,
            })
            .collect();
        words
            .codes()
            .iter()
            .map(|code| of_words.get(index(*code)).copied().unwrap_or(NO_ROW))
            .collect()
    }

    fn touches(&mut self, sheet: &Sheet, deals: &Finder) -> (Vec<Touch>, Vec<(i32, i64)>) {
        let deal = deals.find_ids(&sheet.text("opportunity_id"));
        let account = self.accounts.find_all(&sheet.text("account_id"));
        let partner = self.partners_of(&sheet.text("partner_id"));
        let (kinds, on, recorded) = (sheet.text("kind"), sheet.days("on"), sheet.days("recorded_at"));
        let mut touches: Vec<(Touch, i32, i64)> = (0..sheet.rows())
            .filter(|row| on[*row] != NO_DAY)
            .map(|row| {
                let kind = kinds
                    .get(row)
                    .and_then(|word| TouchKind::from_word(&word.to_lowercase()));
                let touch = Touch {
                    deal: deal[row],
                    account: account[row],
                    partner: partner[row],
                    kind: kind.unwrap_or(TouchKind::Other),
                    on: on[row],
                    recorded: if recorded[row] == NO_DAY {
                        on[row]
                    } else {
                        recorded[row]
                    },
                };
                (touch, sheet.file[row], sheet.row[row])
            })
            .collect();
        touches.par_sort_unstable_by_key(|(touch, file, row)| {
            (
                touch.on,
                touch.partner,
                touch.recorded,
                touch.kind,
                touch.deal,
                touch.account,
                *file,
                *row,
            )
        });
        touches
            .into_iter()
            .map(|(touch, file, row)| (touch, (file, row)))
            .unzip()
    }

    fn overlaps(&mut self, sheet: &Sheet) -> Vec<Overlap> {
        let partner = self.partners_of(&sheet.text("partner_id"));
        let (ids, domains, names) = (sheet.text("external_id"), sheet.text("domain"), sheet.text("name"));
        let as_of = sheet.days("as_of");
        let by_id = self.accounts.find_ids(&ids);
        let account = |row: usize| {
            Some(by_id[row])
                .filter(|account| *account != NO_ROW)
                .or_else(|| domains.get(row).and_then(|domain| self.accounts.by_domain(domain)))
                .or_else(|| names.get(row).and_then(|name| self.accounts.by_name(name)))
        };
        let found = (0..sheet.rows()).filter_map(|row| {
            Some(Overlap {
                account: account(row)?,
                partner: partner[row],
                as_of: as_of[row],
            })
        });
        let mut overlaps: Vec<Overlap> = found.collect();
        overlaps.sort_by_key(|overlap| (overlap.as_of, overlap.partner, overlap.account));
        overlaps
    }

    fn progress(&mut self, sheet: &Sheet) -> Vec<Reached> {
        let partner = self.partners_of(&sheet.text("partner_id"));
        let (bets, accounts, steps) = (sheet.text("bet"), sheet.text("account_id"), sheet.text("step"));
        let found = self.accounts.find_all(&accounts);
        let on = sheet.days("on");
        let mut progress: Vec<Reached> = (0..sheet.rows())
            .filter(|row| on[*row] != NO_DAY)
            .map(|row| Reached {
                bet: bets.get(row).unwrap_or_default().to_owned(),
                account: found[row],
                account_text: accounts.get(row).unwrap_or_default().to_owned(),
                step: steps.get(row).unwrap_or_default().to_owned(),
                on: on[row],
                partner: partner[row],
                file: sheet.file[row],
                row: sheet.row[row],
            })
            .collect();
        progress.sort_by(|one, other| {
            let key = |reached: &Reached| (reached.account, reached.on, reached.file, reached.row);
            (&one.bet, key(one), &one.account_text, &one.step).cmp(&(
                &other.bet,
                key(other),
                &other.account_text,
                &other.step,
            ))
        });
        progress
    }
}

fn effort(sheet: &Sheet) -> Vec<Hours> {
    let (initiatives, weeks, hours) = (sheet.text("initiative"), sheet.days("week"), sheet.numbers("hours"));
    let known = (0..sheet.rows()).filter(|row| weeks[*row] != NO_DAY && hours[*row].is_finite());
    let mut effort: Vec<Hours> = known
        .map(|row| Hours {
            initiative: initiatives.get(row).unwrap_or_default().to_owned(),
            week: weeks[row],
            hours: hours[row],
        })
        .collect();
    effort.sort_by(|one, other| (&one.initiative, one.week).cmp(&(&other.initiative, other.week)));
    effort
}

/// Rates to the program's currency, by currency and day.
struct Rates(BTreeMap<String, Vec<(i32, f64)>>);

impl Rates {
    fn new(sheet: &Sheet) -> Self {
        let (currencies, days, rates) = (sheet.text("currency"), sheet.days("on"), sheet.numbers("rate"));
        let mut by_currency: BTreeMap<String, Vec<(i32, f64)>> = BTreeMap::new();
        for row in 0..sheet.rows() {
            if let Some(currency) = currencies.get(row).filter(|_| days[row] != NO_DAY && rates[row] > 0.0) {
                by_currency
                    .entry(currency.to_owned())
                    .or_default()
                    .push((days[row], rates[row]));
            }
        }
        for rates in by_currency.values_mut() {
            rates.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        }
        Self(by_currency)
    }

    fn of(&self, currency: &str) -> Option<&[(i32, f64)]> {
        self.0.get(currency).map(Vec::as_slice)
    }
}

/// The newest rate of the day or before; the newest of all when there is no day.
fn rate_at(rates: &[(i32, f64)], day: i32) -> Option<f64> {
    let after = if day == NO_DAY {
        rates.len()
    } else {
        rates.partition_point(|(on, _)| *on <= day)
    };
    rates.get(after.checked_sub(1)?).map(|(_, rate)| *rate)
}

/// Digits after the point, and rates in the order of their days.
type Foreign<'a> = (u32, &'a [(i32, f64)]);

/// Puts the amounts of opportunities into one currency; says into which, and how many amounts had no rate.
fn price(sheet: &mut Sheet, currency: Option<Currency>, rates: &Rates) -> (Option<Currency>, u64) {
    let currencies = sheet.text("currency").into_owned();
    let Some(home) = currency.or_else(|| commonest(&currencies)) else {
        return (None, 0);
    };
    let foreign = |word: &String| {
        let from = Currency::parse(word).ok()?;
        Some((from.minor_digits(), rates.of(word)?))
    };
    // None for the home currency, and within it none where nobody gives a rate.
    let of_words: Vec<Option<Option<Foreign<'_>>>> = currencies
        .words()
        .iter()
        .map(|word| (word != home.code()).then(|| foreign(word)))
        .collect();
    let (closed, created) = (sheet.days("closed_on"), sheet.days("created_on"));
    let mut minor = sheet.money("amount").into_owned();
    let mut unpriced = 0;
    for (row, amount) in minor.iter_mut().enumerate().filter(|(_, amount)| **amount != NO_MONEY) {
        let code = currencies.codes()[row];
        let Some(foreign) = of_words.get(index(code)).copied().flatten() else {
            continue;
        };
        let day = if closed[row] == NO_DAY {
            created[row]
        } else {
            closed[row]
        };
        let priced = foreign.and_then(|(digits, rates)| exchanged(*amount, digits, home, rate_at(rates, day)?));
        unpriced += u64::from(priced.is_none());
        *amount = priced.unwrap_or(NO_MONEY);
    }
    drop((closed, created));
    for (name, column) in &mut sheet.columns {
        if name == "amount" {
            *column = Column::Money {
                minor: std::mem::take(&mut minor),
                digits: home.minor_digits(),
            };
        }
    }
    (Some(home), unpriced)
}

fn commonest(currencies: &Words) -> Option<Currency> {
    let mut counts = vec![0_u64; currencies.words().len()];
    for code in currencies.codes() {
        if let Some(count) = counts.get_mut(index(*code)) {
            *count += 1;
        }
    }
    let words = currencies.words().iter().zip(counts);
    let most = words.max_by(|(one, count), (other, more)| count.cmp(more).then(other.cmp(one)))?;
    Currency::parse(most.0).ok()
}

/// An amount in another currency, rounded half away from zero.
fn exchanged(minor: i64, digits: u32, home: Currency, rate: f64) -> Option<i64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "an exchanged amount is an approximation by nature"
    )]
    let units = minor as f64 / 10_f64.powi(digits.cast_signed()) * rate;
    beachhead_strategy::Money::from_units(units, home).map(|money| money.minor)
}
