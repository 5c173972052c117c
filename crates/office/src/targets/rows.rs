//! Every target as the list shows it: those of the record and those that only the facts know, each once, with how far it
//! has come, what is next and when, as far as a day knew it. Must not write.

use std::collections::BTreeMap;
use std::sync::Arc;

use beachhead_facts::measure::TargetFate;
use beachhead_ledger::{NewTarget, Target};
use beachhead_strategy::Bet;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::list::{Fate, TargetRow};
use super::{LOST, NAMED, STUCK_DAYS, TARGETED, TOUCH};
use crate::looking_back::day_of;
use crate::memo::name_of;
use crate::people::blocking;
use crate::standing::Standing;
use crate::{Office, Refusal};

/// Days from today that count as this week, today among them.
const WEEK_DAYS: i64 = 7;

impl Office {
    /// One target of the list.
    pub(crate) async fn target_row(&self, standing: &Standing, bet: &str, account: &str) -> Result<TargetRow, Refusal> {
        let found = standing.bet(bet)?;
        let rows = self.target_rows(standing).await?;
        let row = rows.iter().find(|row| row.bet == bet && row.account == account);
        row.cloned().ok_or_else(|| {
            Refusal::not_found(
                format!("{} has no target {account}", found.name),
                "Look for it in the list of targets, or name it.",
            )
        })
    }

    /// Every target of all bets. It depends on nothing but what the standing depends on, what was said of targets and what
    /// they say, and is remembered by these.
    pub(crate) async fn target_rows(&self, standing: &Standing) -> Result<Arc<Vec<TargetRow>>, Refusal> {
        let saved = self.ledger.last_saving().await?;
        let name = name_of(&(standing.fingerprint(), standing.said.last(), saved, &standing.names));
        let list = async {
            let targets = match standing.looked_back {
                None => self.ledger.targets(None).await?,
                Some(_) => self.ledger.targets_on(standing.today).await?,
            };
            let mut rows = rows(standing, targets);
            add_touches(standing, &mut rows).await?;
            for row in &mut rows {
                row.weigh(standing.today);
            }
            Ok(Arc::new(rows))
        };
        self.listed.once(&name, list).await
    }
}

fn rows(standing: &Standing, targets: Vec<Target>) -> Vec<TargetRow> {
    let place = |target: &Target| (target.target.bet.clone(), target.target.account.clone());
    let mut kept: BTreeMap<(String, String), Target> =
        targets.into_iter().map(|target| (place(&target), target)).collect();
    let mut rows = Vec::new();
    for bet in standing.bets() {
        let key = bet.key();
        let judged = standing.judged(&bet.name);
        for fate in judged.map_or(&[][..], |judged| &judged.progress.targets) {
            let target = kept.remove(&(key.clone(), fate.account.clone()));
            rows.push(row(standing, bet, target.as_ref(), Some(fate)));
        }
        let named = kept.range((key.clone(), String::new())..);
        let named = named.take_while(|((of, _), _)| *of == key);
        rows.extend(named.map(|(_, target)| row(standing, bet, Some(target), None)));
    }
    rows
}

/// A target as the record and the facts know it; one of them does.
fn row(standing: &Standing, bet: &Bet, target: Option<&Target>, fate: Option<&TargetFate>) -> TargetRow {
    let said = |of: fn(&NewTarget) -> &Option<String>| {
        let text = target.and_then(|target| of(&target.target).clone());
        text.unwrap_or_default()
    };
    let partner = target.and_then(|target| target.target.partner.clone());
    let star = standing.facts.as_ref().map(|facts| &facts.star);
    let partner_name = match (&partner, star) {
        (Some(id), Some(star)) => star.partner_name(id).to_owned(),
        (Some(id), None) => id.clone(),
        (None, _) => fate.and_then(|fate| fate.partner.clone()).unwrap_or_default(),
    };
    let (how, stage, next) = stood(bet, fate);
    let is_open = matches!(how, Fate::Named | Fate::Worked);
    let account = target.map_or_else(
        || fate.map(|fate| fate.account.clone()).unwrap_or_default(),
        |target| target.target.account.clone(),
    );
    let owner = said(|target| &target.owner);
    TargetRow {
        last_touch: last_said(standing, &bet.key(), &account).max(last_step(fate)),
        bet: bet.key(),
        bet_name: bet.name.clone(),
        bet_owner: bet.owner.clone(),
        account_name: target.map_or_else(
            || fate.map(|fate| fate.account_name.clone()).unwrap_or_default(),
            |target| target.target.account_name.clone(),
        ),
        account,
        partner,
        partner_name,
        play: said(|target| &target.play),
        fate: how,
        stage,
        next,
        next_step: if is_open {
            said(|target| &target.next_step)
        } else {
            String::new()
        },
        due: target.and_then(|target| target.target.due).filter(|_| is_open),
        owner_name: standing.name(&owner).to_owned(),
        owner,
        entered: fate.map(|fate| fate.entered),
        revision: target.map_or(0, |target| target.revision),
        id: target.map(|target| target.id.clone()),
        is_stuck: false,
        is_overdue: false,
        is_due: false,
    }
}

/// The last day on which it took a step, as the bet counts it.
fn last_step(fate: Option<&TargetFate>) -> Option<Date> {
    let fate = fate?;
    let reached = fate.reached.iter().flatten().max().copied();
    reached.max(fate.lost_on).max(Some(fate.entered))
}

/// The last day on which somebody said that something happened: that it was named, took a step, or that there was a touch.
fn last_said(standing: &Standing, bet: &str, account: &str) -> Option<Date> {
    let said = standing.said.of_target(bet, account);
    said.map(|said| match said.step.step.as_str() {
        TOUCH => said.step.on,
        _ => day_of(said.at).min(said.step.on),
    })
    .max()
}

/// Adds what the facts hold of partners and accounts: touches are many, and are gone through away from the threads that
/// answer requests.
async fn add_touches(standing: &Standing, rows: &mut [TargetRow]) -> Result<(), Refusal> {
    let Some(facts) = standing.facts.clone() else {
        return Ok(());
    };
    let pair = |row: &TargetRow| {
        let partner = row.partner.clone().unwrap_or_else(|| row.partner_name.clone());
        (row.account.clone(), partner)
    };
    let (pairs, as_of): (Vec<_>, _) = (rows.iter().map(pair).collect(), standing.as_of);
    let touches = blocking(move || facts.star.last_touches(&pairs, as_of)).await?;
    for (row, touch) in rows.iter_mut().zip(touches) {
        row.last_touch = row.last_touch.max(touch);
    }
    Ok(())
}

impl TargetRow {
    /// Says what a day makes of it: whether it is stuck, overdue, or due this week.
    fn weigh(&mut self, today: Date) {
        let long_ago = |day: Date| (today - day).get_days() >= STUCK_DAYS;
        let week = today.saturating_add(WEEK_DAYS.days());
        self.is_stuck = self.is_open() && self.last_touch.is_some_and(long_ago);
        self.is_overdue = self.due.is_some_and(|due| due < today);
        self.is_due = self.due.is_some_and(|due| due >= today && due < week);
    }
}

/// How a target stands, the last step that it reached and the one that comes next.
fn stood(bet: &Bet, fate: Option<&TargetFate>) -> (Fate, String, Option<String>) {
    let steps = &bet.motion.steps;
    let name = |at: usize| steps.get(at).map(|step| step.name.clone());
    let Some(fate) = fate else {
        return (Fate::Named, NAMED.to_owned(), name(0));
    };
    let last = fate.reached.iter().rposition(Option::is_some);
    let through = last.is_some_and(|last| last + 1 == steps.len());
    if through {
        return (Fate::Through, last.and_then(name).unwrap_or_default(), None);
    }
    if fate.lost_on.is_some() {
        return (Fate::Lost, LOST.to_owned(), None);
    }
    let stage = last.and_then(name).unwrap_or_else(|| TARGETED.to_owned());
    (Fate::Worked, stage, name(last.map_or(0, |last| last + 1)))
}
