//! The opportunities behind any number, with their place in the files they came from. Must not add them up.

use std::fmt::Write as _;

use beachhead_strategy::{AttributionPolicy, Class};
use jiff::civil::Date;
use serde::Serialize;

use super::lens::{Field, Lens, account_of};
use super::outcome::Way;
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::rule::Rule;
use crate::star::{Star, date_of, day_number, shown_money};

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

/// The opportunities of a selection, in the order of their ids.
///
/// # Errors
/// [`FactsError::Rule`], [`FactsError::NoField`] and [`FactsError::CannotCompute`].
pub fn rows(star: &Star, selection: &Selection) -> Result<Vec<OpportunityRow>, FactsError> {
    let lens = Lens::new(star, &selection.segments, &selection.policy, selection.as_of)?;
    let (taken, in_scope) = (
        lens.taken(selection.filter.as_ref())?,
        lens.in_scope(selection.scope.as_ref())?,
    );
    let mut deals: Vec<usize> = (0..lens.deals())
        .filter(|deal| taken[*deal] && in_scope[*deal])
        .collect();
    if let Some((measure, from, to)) = &selection.measure {
        let (way, period) = (Way::of(star, measure)?, day_number(*from)..=day_number(*to));
        deals.retain(|deal| way.day(&lens, *deal).is_some_and(|day| period.contains(&day)));
    }
    for (field, value) in &selection.key {
        let keys = lens.keys(field)?;
        deals.retain(|deal| match field {
            Field::Partner | Field::PartnerType => lens.has_partner(*deal, field, value),
            _ => keys.get(*deal).unwrap_or_default() == value,
        });
    }
    Ok(deals.into_iter().filter_map(|deal| row(&lens, deal)).collect())
}

fn row(lens: &Lens<'_>, deal: usize) -> Option<OpportunityRow> {
    let (star, status) = (lens.star, lens.status[deal]?);
    let text = |name: &str| star.opportunities.shown(name, deal);
    let name = account_of(star, deal).map(|account| star.accounts.shown("name", account));
    let partners = lens.attribution.partners(deal).iter();
    let partners: Vec<&str> = partners
        .map(|partner| lens.partner_text(&Field::Partner, Some(*partner)))
        .collect();
    let amount_minor = star.amount(deal);
    Some(OpportunityRow {
        opportunity_id: text("opportunity_id"),
        account: name.unwrap_or_else(|| text("account_id")),
        stage: lens.stage(deal).unwrap_or_default().to_owned(),
        status,
        created_on: date_of(star.deals.created[deal]),
        closed_on: date_of(star.deals.closed[deal]).filter(|_| status != Status::Open),
        amount_minor,
        amount: amount_minor.map_or(String::new(), |amount| shown_money(amount, star.digits())),
        class: lens.attribution.class[deal],
        claimed_after_lock: lens.attribution.claimed_after_lock[deal],
        partner: partners.join("; "),
        file: star.opportunities.file[deal],
        row: star.opportunities.row[deal],
    })
}

/// The rows as CSV, `files` being the names of the snapshot's files. Text that a spreadsheet would take for a formula
/// gets an apostrophe before it (OWASP, "CSV Injection").
pub fn rows_csv(rows: &[OpportunityRow], files: &[String]) -> String {
    let mut csv = String::from(
        "opportunity_id,account,stage,status,created_on,closed_on,amount,class,claimed_after_lock,partner,file,row\n",
    );
    for row in rows {
        let date = |date: Option<Date>| date.map_or(String::new(), |date| date.to_string());
        let file = usize::try_from(row.file)
            .ok()
            .and_then(|file| files.get(file))
            .map_or("", String::as_str);
        for text in [&row.opportunity_id, &row.account, &row.stage] {
            cell(&mut csv, text);
        }
        let (created, closed, late) = (date(row.created_on), date(row.closed_on), row.claimed_after_lock);
        let (status, amount, class) = (row.status.name(), &row.amount, row.class);
        // Writing to a string cannot fail.
        let _ = write!(csv, "{status},{created},{closed},{amount},{class},{late},");
        cell(&mut csv, &row.partner);
        cell(&mut csv, file);
        let _ = writeln!(csv, "{}", row.row);
    }
    csv
}

fn cell(csv: &mut String, text: &str) {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        "'"
    } else {
        ""
    };
    if text.contains([',', '"', '\n', '\r', ';']) || !guard.is_empty() {
        let _ = write!(csv, "\"{guard}{}\"", text.replace('"', "\"\""));
    } else {
        csv.push_str(text);
    }
    csv.push(',');
}
