//! Attribution by the policy in force, and by any other that is held against it before it is adopted; and the ledger of
//! touches that both rest on. Must not add classes up.

use std::sync::Arc;

use beachhead_facts::FactsError;
use beachhead_facts::attribute::{
    Classes, Comparison, Move, MoveFilter, PartnerCredit, TouchLedger, TouchQuestion, TouchRow, classes, compare,
    each_touch, touches,
};
use beachhead_facts::export::{About, RowsFile};
use beachhead_foresight::interval::{Rate, wilson};
use beachhead_ledger::{Draft, StrategyVersion};
use beachhead_strategy::{AttributionPolicy, Bearing, Class, Currency, Severity};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::figures::as_real;
use crate::memo::{Memo, name_of};
use crate::people::blocking;
use crate::standing::{Facts, Standing};
use crate::tracing::{facts_lines, file_names as files};
use crate::weighing::{LEVEL, units};
use crate::{Answer, Office, Refusal};

/// The most moves, or touches, of one answer that are listed one by one.
pub const LISTED_MOST: usize = 1_000_000;

/// A policy that is held against the one in force.
#[derive(Debug, Clone, PartialEq)]
pub enum Proposed {
    /// A section `[attribution]` alone, or a whole written strategy.
    Text(String),
    /// That of a version of the strategy.
    Version(i64),
    /// As filled into the form.
    Policy(AttributionPolicy),
}

/// A question to `attribute`.
#[derive(Debug, Clone, Default)]
pub struct AttributionQuestion {
    /// What is held against the policy in force.
    pub proposed: Option<Proposed>,
    /// The day whose knowledge counts; the day the facts speak of unless said.
    pub as_of: Option<Date>,
    /// Which of the opportunities that would move are listed.
    pub filter: MoveFilter,
    /// How many of them are passed over.
    pub offset: usize,
    /// The most that are listed.
    pub limit: usize,
}

/// The answer.
pub struct AttributionView {
    /// The snapshot that was asked.
    pub snapshot: String,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// The currency of amounts.
    pub currency: Option<Currency>,
    /// The policy in force.
    pub policy: InForce,
    /// Every class under it.
    pub classes: Classes,
    /// What was held against it.
    pub proposed: Option<Held>,
    /// The names of the snapshot's files.
    pub files: Vec<String>,
}

/// The policy in force, with the version of the strategy that brought its rules.
#[derive(Debug, Clone, PartialEq)]
pub struct InForce {
    /// The policy.
    pub policy: AttributionPolicy,
    /// The first of the signed versions in a row that have these rules; none while nothing is signed.
    pub version: Option<i64>,
    /// The day on which that one was signed.
    pub since: Option<Date>,
}

/// A policy held against the one in force.
pub struct Held {
    /// The policy.
    pub policy: AttributionPolicy,
    /// What differs, rule by rule, in words.
    pub changes: Vec<String>,
    /// What would move.
    pub comparison: Arc<Comparison>,
    /// The opportunities that the filter takes, in all.
    pub found: u64,
    /// Those listed, in the order of their ids.
    pub moves: Vec<Move>,
}

/// The policy of a signed version.
#[derive(Debug, Clone, PartialEq)]
pub struct PolicyVersion {
    /// The version of the strategy.
    pub version: i64,
    /// The day it was signed.
    pub signed_on: Option<Date>,
    /// Its policy.
    pub policy: AttributionPolicy,
    /// What it changed against the version signed before, in words; empty where nothing, and for the first.
    pub changes: Vec<String>,
}

/// A question to the ledger of touches.
#[derive(Debug, Clone, Default)]
pub struct TouchesAsked {
    /// Only touches that bear on this opportunity.
    pub opportunity: Option<String>,
    /// Only touches of this partner, by id or name.
    pub partner: Option<String>,
    /// Only touches that came to this.
    pub bearing: Option<Bearing>,
    /// The day whose knowledge counts; the day the facts speak of unless said.
    pub as_of: Option<Date>,
    /// Touches passed over.
    pub offset: usize,
    /// The most touches listed.
    pub limit: usize,
}

/// A page of the ledger of touches.
pub struct TouchesView {
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// The policy that says what a touch came to.
    pub policy: AttributionPolicy,
    /// Counts and rows.
    pub ledger: TouchLedger,
    /// The names of the snapshot's files.
    pub files: Vec<String>,
}

impl Office {
    /// The class of every opportunity under the policy in force, and what another policy would move.
    pub fn attribution<'a>(&'a self, actor: &'a Actor, question: AttributionQuestion) -> Answer<'a, AttributionView> {
        Box::pin(async move {
            let standing = self.standing(actor, question.as_of).await?;
            let facts = standing.facts.clone().ok_or_else(crate::importing::no_facts)?;
            let proposed = match &question.proposed {
                Some(proposed) => Some(self.policy_of(actor, proposed).await?),
                None => None,
            };
            let policy = self.in_force(&standing);
            let (as_of, compared) = (standing.as_of, Arc::clone(&self.compared));
            blocking(move || view(&facts, &compared, policy, proposed, as_of, &question)).await
        })
    }

    /// The ledger of touches under the policy in force.
    pub fn touches<'a>(&'a self, actor: &'a Actor, asked: TouchesAsked) -> Answer<'a, TouchesView> {
        Box::pin(async move {
            let (facts, question) = self.touch_question(actor, asked).await?;
            blocking(move || {
                Ok(TouchesView {
                    as_of: question.as_of,
                    ledger: touches(&facts.star, &question).map_err(no_touches)?,
                    policy: question.policy,
                    files: files(&facts),
                })
            })
            .await?
        })
    }

    /// Every record of the ledger that the question takes as a file; its offset and limit do not count.
    pub fn touches_file<'a>(&'a self, actor: &'a Actor, asked: TouchesAsked) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            let mut about = vec![
                ("Opportunity", asked.opportunity.clone()),
                ("Partner", asked.partner.clone()),
                ("Came to", asked.bearing.map(|bearing| bearing.word().to_owned())),
            ];
            let asked = TouchesAsked {
                offset: 0,
                limit: 0,
                ..asked
            };
            let (facts, mut question) = self.touch_question(actor, asked).await?;
            about.push(("Policy", Some(question.policy.sentences().join(" "))));
            let about = about_file("The ledger of touches", &facts, question.as_of, about);
            let scratch = self.facts.folder().to_owned();
            blocking(move || {
                let found = touches(&facts.star, &question).map_err(no_touches)?.found;
                question.limit = usize::MAX;
                let names = files(&facts);
                Ok(RowsFile::new(about, TouchRow::HEADER, found, &scratch, move |take| {
                    each_touch(&facts.star, &question, &mut |row| take(&row.cells(&names)))
                }))
            })
            .await?
        })
    }

    async fn touch_question(&self, actor: &Actor, asked: TouchesAsked) -> Result<(Arc<Facts>, TouchQuestion), Refusal> {
        let standing = self.standing(actor, asked.as_of).await?;
        let facts = standing.facts.clone().ok_or_else(crate::importing::no_facts)?;
        let question = TouchQuestion {
            policy: standing.strategy().attribution.clone(),
            as_of: standing.as_of,
            opportunity: asked.opportunity,
            partner: asked.partner,
            bearing: asked.bearing,
            offset: asked.offset,
            limit: asked.limit.min(LISTED_MOST),
        };
        Ok((facts, question))
    }

    /// Every opportunity that another policy would move and that the filter takes as a file; offset and limit of the
    /// question do not count.
    pub fn moves_file<'a>(&'a self, actor: &'a Actor, question: AttributionQuestion) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            let standing = self.standing(actor, question.as_of).await?;
            let facts = standing.facts.clone().ok_or_else(crate::importing::no_facts)?;
            let Some(proposed) = &question.proposed else {
                return Err(Refusal::bad_input(
                    "No other policy was named",
                    "Fill in the rules on the page Attribution, and follow the link there.",
                ));
            };
            let (before, after) = (
                standing.strategy().attribution.clone(),
                self.policy_of(actor, proposed).await?,
            );
            let (as_of, filter, scratch) = (standing.as_of, question.filter, self.facts.folder().to_owned());
            let memo = Arc::clone(&self.compared);
            blocking(move || {
                let about = vec![
                    ("From class", filter.from.map(|class| class.to_string())),
                    ("To class", filter.to.map(|class| class.to_string())),
                    ("Partner", filter.partner.clone()),
                    ("Policy in force", Some(before.sentences().join(" "))),
                    ("The other policy", Some(after.sentences().join(" "))),
                ];
                let title = "Opportunities that another attribution policy would move";
                let about = about_file(title, &facts, as_of, about);
                let compared = comparison(&memo, &facts, &before, &after, as_of);
                let (found, _) = compared.listed(&facts.star, &filter, 0, 0);
                RowsFile::new(about, Move::HEADER, found, &scratch, move |take| {
                    let (star, names) = (&facts.star, files(&facts));
                    compared.each(star, &filter, &mut |one| take(&one.cells(&names, star.digits())))
                })
            })
            .await
        })
    }

    /// The policies of all signed versions, newest first, each with what it changed.
    pub fn policies<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<PolicyVersion>> {
        Box::pin(async move {
            let versions = self.versions(actor).await?;
            let mut policies: Vec<PolicyVersion> = Vec::new();
            for version in versions.iter().rev().filter(|version| version.signature.is_some()) {
                let policy = self.parsed(&version.text).strategy.attribution.clone();
                let before = policies.last().map(|before| &before.policy);
                policies.push(PolicyVersion {
                    version: version.number,
                    signed_on: signed_on(version),
                    changes: before.map_or_else(Vec::new, |before| policy.changes_since(before)),
                    policy,
                });
            }
            policies.reverse();
            Ok(policies)
        })
    }

    /// Puts a policy into the draft; it comes into force when the strategy is signed. Its version counts up from that in
    /// force where its rules are others.
    pub fn propose_policy<'a>(
        &'a self,
        actor: &'a Actor,
        policy: AttributionPolicy,
        revision: Option<i64>,
    ) -> Answer<'a, Draft> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            let signed = self.ledger.latest_signed().await?;
            let in_force = signed.map(|version| self.parsed(&version.text).strategy.attribution.clone());
            self.edit(actor, "propose policy", revision, move |strategy| {
                let before = in_force.as_ref().unwrap_or(&strategy.attribution);
                let version = if policy.has_rules_of(before) {
                    before.version
                } else {
                    before.version.saturating_add(1)
                };
                strategy.attribution = AttributionPolicy { version, ..policy };
                Ok(())
            })
            .await
        })
    }

    async fn policy_of(&self, actor: &Actor, proposed: &Proposed) -> Result<AttributionPolicy, Refusal> {
        match proposed {
            Proposed::Policy(policy) => Ok(policy.clone()),
            Proposed::Version(number) => {
                let version = self.version(actor, *number).await?;
                Ok(self.parsed(&version.text).strategy.attribution.clone())
            }
            Proposed::Text(text) => written_policy(text),
        }
    }

    fn in_force(&self, standing: &Standing) -> InForce {
        let policy = standing.strategy().attribution.clone();
        let of = |version: &&StrategyVersion| self.parsed(&version.text).strategy.attribution.has_rules_of(&policy);
        let number = standing.signed.as_ref().map(|signed| signed.version.number);
        let until_now = standing
            .versions
            .iter()
            .filter(|version| version.signature.is_some() && number.is_some_and(|number| version.number <= number));
        let first = until_now.take_while(of).last();
        InForce {
            version: first.map(|version| version.number),
            since: first.and_then(signed_on),
            policy,
        }
    }
}

fn no_touches(error: FactsError) -> Refusal {
    match error {
        FactsError::NoSuchRow { .. } => Refusal::not_found(error.to_string(), "Go back to the ledger of touches."),
        other => other.into(),
    }
}

/// What a file says of itself: what was asked for, and of which facts.
fn about_file(title: &str, facts: &Facts, as_of: Date, asked: Vec<(&str, Option<String>)>) -> About {
    let asked = asked
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), text?)));
    About {
        title: title.to_owned(),
        lines: asked.chain(facts_lines(facts, as_of)).collect(),
    }
}

fn signed_on(version: &StrategyVersion) -> Option<Date> {
    let signature = version.signature.as_ref()?;
    Some(signature.at.to_zoned(jiff::tz::TimeZone::UTC).date())
}

/// The policy of a text that holds a section `[attribution]`.
fn written_policy(text: &str) -> Result<AttributionPolicy, Refusal> {
    let parsed = beachhead_strategy::parse(text);
    let is_of_it = |path: &str| path.is_empty() || path.starts_with("attribution");
    let wrong = parsed
        .findings
        .iter()
        .find(|finding| finding.severity == Severity::Error && is_of_it(&finding.path));
    if let Some(wrong) = wrong {
        let place = wrong.line.map_or_else(String::new, |line| format!(" (line {line})"));
        return Err(Refusal::bad_input(
            format!("{}{place}", wrong.message),
            wrong.help.clone(),
        ));
    }
    if parsed.places.of("attribution").is_none() {
        return Err(Refusal::bad_input(
            "The text has no section [attribution]",
            "Write a line [attribution], then its rules, such as window_days = 60; `beachhead strategy export` shows all of them.",
        ));
    }
    Ok(parsed.strategy.attribution)
}

/// Two policies held against each other; remembered, since a list of moves is looked at page by page.
fn comparison(
    memo: &Memo<Arc<Comparison>>,
    facts: &Facts,
    before: &AttributionPolicy,
    after: &AttributionPolicy,
    as_of: Date,
) -> Arc<Comparison> {
    let name = name_of(&(&facts.manifest.id, before, after, as_of));
    memo.or_put(&name, || Arc::new(compare(&facts.star, before, after, as_of)))
}

fn view(
    facts: &Arc<Facts>,
    compared: &Memo<Arc<Comparison>>,
    policy: InForce,
    proposed: Option<AttributionPolicy>,
    as_of: Date,
    question: &AttributionQuestion,
) -> AttributionView {
    let star = &facts.star;
    let held = proposed.map(|proposed| {
        let comparison = comparison(compared, facts, &policy.policy, &proposed, as_of);
        let limit = question.limit.min(LISTED_MOST);
        let (found, moves) = comparison.listed(star, &question.filter, question.offset, limit);
        Held {
            changes: proposed.changes_since(&policy.policy),
            policy: proposed,
            comparison,
            found,
            moves,
        }
    });
    AttributionView {
        snapshot: facts.manifest.id.clone(),
        as_of,
        currency: star.currency(),
        classes: held.as_ref().map_or_else(
            || classes(star, &policy.policy, as_of),
            |held| held.comparison.before.clone(),
        ),
        policy,
        proposed: held,
        files: files(facts),
    }
}

/// A class's part of all opportunities known on the day; none where there are none.
#[must_use]
pub fn share(classes: &Classes, class: Class) -> Option<f64> {
    let of_class = classes.classes.iter().find(|count| count.class == class)?;
    (classes.known > 0).then(|| as_real(of_class.opportunities) / as_real(classes.known))
}

/// Won of decided in a class, with its 95% range (Wilson).
#[must_use]
pub fn win_rate(classes: &Classes, class: Class) -> Option<Rate> {
    let count = classes.classes.iter().find(|count| count.class == class)?;
    Some(wilson(count.won, count.won + count.lost, LEVEL))
}

impl AttributionView {
    /// An amount in units of the currency.
    #[must_use]
    pub fn units(&self, minor: i64) -> f64 {
        units(minor, self.currency)
    }

    /// The document of `beachhead attribute --json`:
    ///
    /// ```json
    /// {"snapshot": "…", "as_of": "2026-06-30", "currency": "USD",
    ///  "policy": {"strategy_version": 3, "since": "2026-04-06", "version": 1, "from": null, "sourced_by": ["intro"],
    ///             "window_days": 30, "needs_no_open_opportunity": true, "lock_days": 14, "credit": "earliest", "says": ["…"]},
    ///  "opportunities": 1240,
    ///  "classes": [{"class": "sourced", "opportunities": 96, "share": 0.077, "of": 1240, "open": 40, "won": 30, "lost": 26,
    ///               "win_rate": {"rate": 0.54, "low": 0.41, "high": 0.66, "n": 56, "method": "wilson"},
    ///               "amount": {"n": 90, "sum": 1800000.0}, "amount_won": 700000.0, "claimed_after_lock": 0,
    ///               "partners": [{"partner": "…", "partner_id": "…", "partner_type": "…", "opportunities": 12,
    ///                             "amount": 240000.0, "amount_won": 80000.0}]}],
    ///  "proposed": null}
    /// ```
    ///
    /// There is one entry a class, always all four, and no total over classes. `proposed` holds, where a policy is held
    /// against the one in force: `policy` and `classes` as above, `changes` in words, `change_class` and `change_partners`
    /// (opportunities that move to another class; that stay and are credited to other partners), `moves` (`from`, `to`,
    /// `opportunities`, `amount`; with `from` = `to` where only partners change), `partners` (`class`, `partner`,
    /// `partner_id`, `lost`, `gained`, and `amount`, by which their part changes) and `opportunities`, one by one.
    #[must_use]
    pub fn document(&self) -> Value {
        let mut policy = policy_document(&self.policy.policy);
        policy["strategy_version"] = json!(self.policy.version);
        policy["since"] = json!(self.policy.since);
        json!({
            "snapshot": self.snapshot,
            "as_of": self.as_of,
            "currency": self.currency.map(|currency| currency.to_string()),
            "policy": policy,
            "opportunities": self.classes.known,
            "classes": self.classes_document(&self.classes),
            "proposed": self.proposed.as_ref().map(|held| self.held_document(held)),
        })
    }

    fn classes_document(&self, classes: &Classes) -> Vec<Value> {
        let partner = |credit: &PartnerCredit| {
            json!({
                "partner": credit.partner, "partner_id": credit.partner_id, "partner_type": credit.partner_type,
                "opportunities": credit.opportunities, "amount": self.units(credit.amount_minor),
                "amount_won": self.units(credit.won_minor),
            })
        };
        let class = |count: &beachhead_facts::attribute::ClassCount| {
            let decided = count.won + count.lost;
            let rate = wilson(count.won, decided, LEVEL);
            let credited = classes.partners.iter().filter(|credit| credit.class == count.class);
            json!({
                "class": count.class, "opportunities": count.opportunities,
                "share": share(classes, count.class), "of": classes.known,
                "open": count.open, "won": count.won, "lost": count.lost,
                "win_rate": { "rate": rate.rate, "low": rate.low, "high": rate.high, "n": decided, "method": "wilson" },
                "amount": { "n": count.amounts, "sum": self.units(count.amount_minor) },
                "amount_won": self.units(count.won_minor),
                "claimed_after_lock": count.claimed_after_lock,
                "partners": credited.map(partner).collect::<Vec<_>>(),
            })
        };
        classes.classes.iter().map(class).collect()
    }

    fn held_document(&self, held: &Held) -> Value {
        let compared = &held.comparison;
        let moves = compared.moves.iter().map(|count| {
            json!({ "from": count.from, "to": count.to, "opportunities": count.opportunities,
                "amount": { "n": count.amounts, "sum": self.units(count.amount_minor) } })
        });
        let partners = compared.partners.iter().map(|met| {
            json!({ "class": met.class, "partner": met.partner, "partner_id": met.partner_id, "lost": met.lost,
                "gained": met.gained, "amount": self.units(met.amount_minor) })
        });
        let opportunities = held.moves.iter().map(|one| {
            json!({
                "opportunity_id": one.opportunity_id, "account": one.account, "status": one.status,
                "created_on": one.created_on, "amount": one.amount_minor.map(|minor| self.units(minor)),
                "from": one.from, "to": one.to, "partners_from": one.partners_from, "partners_to": one.partners_to,
                "file": usize::try_from(one.file).ok().and_then(|file| self.files.get(file)), "row": one.row,
            })
        });
        json!({
            "policy": policy_document(&held.policy),
            "changes": held.changes,
            "classes": self.classes_document(&compared.after),
            "change_class": compared.change_class(),
            "change_partners": compared.change_partners(),
            "moves": moves.collect::<Vec<_>>(),
            "partners": partners.collect::<Vec<_>>(),
            "opportunities": opportunities.collect::<Vec<_>>(),
        })
    }
}

fn policy_document(policy: &AttributionPolicy) -> Value {
    let mut document = json!(policy);
    document["says"] = json!(policy.sentences());
    document
}
