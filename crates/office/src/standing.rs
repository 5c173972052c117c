//! Where the program stands on a day: the draft, the signed version, live bets, the facts and what the judge makes of
//! them, read once for a page or a verb. Every figure shown comes from one of these.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use beachhead_facts::measure::{self, Value};
use beachhead_facts::rule::Rule;
use beachhead_facts::snapshot::Manifest;
use beachhead_facts::star::Star;
use beachhead_foresight::judge::ErrorRates;
use beachhead_foresight::simulate::Running;
use beachhead_ledger::{
    Acknowledgement, DraftEdit, FunctionHead, NewDecision, Review, Snapshot, StrategyVersion, VersionState,
};
use beachhead_strategy::{
    Bet, BetState, Cell, Circumstances, Cycle, Finding, GateOutlook, Parsed, Scope, Strategy, Verdict, check,
};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::foreseeing::Foreseen;
use crate::judging::{Judged, Known, judged};
use crate::looking_back;
use crate::memo::Memo;
use crate::people::blocking;
use crate::sources::{DriftNow, drift_now};
use crate::targets::Said;
use crate::weighing::{self, Arena};
use crate::written::Written;
use crate::{Answer, Office, Refusal, outlook};

/// The facts in force on a day, opened.
pub struct Facts {
    /// Their entry in the catalogue.
    pub snapshot: Snapshot,
    /// What they consist of.
    pub manifest: Manifest,
    /// The facts themselves.
    pub star: Star,
}

/// The version signed last, and what it says.
#[derive(Clone)]
pub struct SignedVersion {
    /// The version with its signature.
    pub version: StrategyVersion,
    /// What its text says.
    pub parsed: Arc<Parsed>,
}

/// A bet's state by the register.
#[derive(Debug, Clone)]
pub struct Live {
    /// The state.
    pub state: BetState,
    /// The day it came into it.
    pub since: Date,
    /// The day it began to run, where it has.
    pub began: Option<Date>,
    /// Why it came into the state.
    pub reason: String,
}

/// The outcome as the facts show it.
#[derive(Debug, Clone)]
pub struct OutcomeNow {
    /// In units of the measure.
    pub value: f64,
    /// Opportunities that it rests on.
    pub n: u64,
    /// The first day counted.
    pub from: Date,
    /// The value at the end of each week since then.
    pub weekly: Vec<(Date, f64)>,
}

/// Where the program stands.
pub struct Standing {
    /// The day of the question.
    pub today: Date,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// The day that was asked for, where one was: then `today` is that day, and versions, states and reviews are those
    /// of its end.
    pub looked_back: Option<Date>,
    /// What to know of that day, a sentence each.
    pub hindsight: Vec<String>,
    /// The strategy being written; of an earlier day the text in force then, since earlier drafts are not kept.
    pub draft: Written,
    /// The version in force.
    pub signed: Option<SignedVersion>,
    /// The version that waits for a signature.
    pub asked: Option<StrategyVersion>,
    /// All versions, newest first.
    pub versions: Vec<StrategyVersion>,
    /// The facts in force.
    pub facts: Option<Arc<Facts>>,
    /// All reviews, newest first.
    pub reviews: Vec<Review>,
    /// The functions of the company, with who speaks for each today.
    pub functions: Vec<FunctionHead>,
    /// What functions said of versions, oldest first.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Names of people by their ids.
    pub names: Arc<BTreeMap<String, String>>,
    /// What people said of targets.
    pub said: Arc<Said>,
    live: BTreeMap<String, Live>,
    worked: Arc<Worked>,
}

impl Office {
    /// Where the program stands today; with a day, where it stood at the end of that day: the facts as they were known
    /// then, and the versions, the register and the reviews up to it.
    pub fn standing<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, Standing> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let now = self.surroundings.today();
            let mut draft = self.written(actor).await?;
            let facts = self.facts_in_force(as_of).await?;
            let latest = facts.as_ref().map_or(now, |facts| facts.manifest.as_of.max(now));
            if let Some(day) = as_of.filter(|day| *day > latest) {
                return Err(Refusal::bad_input(
                    format!("{day} has not come yet"),
                    "Give a day up to today.",
                ));
            }
            let today = as_of.unwrap_or(now).min(now);
            let versions = looking_back::versions_on(self.ledger.versions().await?, today);
            let signed = versions
                .iter()
                .find(|v| v.state == VersionState::Signed)
                .cloned()
                .map(|version| SignedVersion {
                    parsed: self.parsed(&version.text),
                    version,
                });
            let asked = versions
                .iter()
                .find(|version| version.state == VersionState::Asked)
                .cloned();
            if let Some(signed) = signed.as_ref().filter(|_| today < now) {
                draft.draft.text.clone_from(&signed.version.text);
                draft.parsed = Arc::clone(&signed.parsed);
            }
            let hindsight = match as_of.filter(|day| *day < now) {
                Some(day) => {
                    let all = self.ledger.snapshots().await?;
                    looking_back::hindsight(facts.as_deref(), all.last(), day, signed.is_some())
                }
                None => Vec::new(),
            };
            let looked_back = as_of;
            let as_of = as_of
                .or_else(|| facts.as_ref().map(|facts| facts.manifest.as_of))
                .unwrap_or(today);
            let strategy = signed.as_ref().map_or(&draft.parsed, |signed| &signed.parsed);
            let live = self.live(&strategy.strategy, &draft.parsed.strategy, today).await?;
            let names = self
                .ledger
                .people()
                .await?
                .into_iter()
                .map(|person| (person.id, person.name))
                .collect();
            let reviews = looking_back::reviews_on(self.ledger.reviews().await?, today);
            let mut acknowledgements = self.ledger.acknowledgements().await?;
            acknowledgements.retain(|said| looking_back::day_of(said.at) <= today);
            let began = live
                .iter()
                .filter_map(|(name, live)| Some((beachhead_strategy::bet::slug(name), live.began?)))
                .collect();
            let said = self.said_by(today, &began).await?;
            let mut standing = Standing {
                today,
                as_of,
                looked_back,
                hindsight,
                draft,
                signed,
                asked,
                versions,
                facts,
                reviews,
                functions: self.ledger.functions().await?,
                acknowledgements,
                names: Arc::new(names),
                said,
                live,
                worked: Arc::default(),
            };
            self.work_out(&mut standing).await?;
            Ok(standing)
        })
    }

    /// Where the program stands today by the text of one version, as if that were the one in force; by the version in
    /// force where none is named. `None` when there is no such version.
    pub(crate) async fn standing_by(&self, actor: &Actor, number: Option<i64>) -> Result<Option<Standing>, Refusal> {
        let mut standing = self.standing(actor, None).await?;
        let in_force = standing.signed.as_ref().map(|signed| signed.version.number);
        let number = number.or(in_force);
        let Some(version) = standing.versions.iter().find(|v| Some(v.number) == number).cloned() else {
            return Ok(None);
        };
        match in_force {
            Some(newer) if newer > version.number => {
                let words = format!(
                    "This is version {}; version {newer} is in force by now.",
                    version.number
                );
                standing.hindsight.push(words);
            }
            _ => {}
        }
        let parsed = self.parsed(&version.text);
        standing.draft.draft.text.clone_from(&version.text);
        standing.draft.parsed = Arc::clone(&parsed);
        standing.live = self.live(&parsed.strategy, &parsed.strategy, standing.today).await?;
        standing.asked = None;
        standing.signed = Some(SignedVersion { version, parsed });
        self.work_out(&mut standing).await?;
        Ok(Some(standing))
    }

    /// Where the program stands today by the text of one version, as if that were the one in force: what its signer reads.
    pub fn standing_of_version<'a>(&'a self, actor: &'a Actor, number: i64) -> Answer<'a, Standing> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let found = self.standing_by(actor, Some(number)).await?;
            found.ok_or_else(|| {
                let message = format!("There is no version {number}");
                Refusal::not_found(message, "The front page lists the versions.")
            })
        })
    }

    /// Fills in what is computed: it depends on nothing but texts, states, facts and days, and is remembered by these.
    async fn work_out(&self, standing: &mut Standing) -> Result<(), Refusal> {
        let name = standing.fingerprint();
        let work = async {
            let basis = standing.basis(Arc::clone(&self.tried));
            blocking(move || Arc::new(basis.work())).await
        };
        standing.worked = self.worked.once(&name, work).await?;
        Ok(())
    }

    /// The state of each bet at the end of a day, by name.
    async fn live(&self, strategy: &Strategy, draft: &Strategy, day: Date) -> Result<BTreeMap<String, Live>, Refusal> {
        let states = looking_back::states_on(&self.ledger.decisions().await?, day);
        let bets = strategy.bets.iter().chain(&draft.bets);
        Ok(bets
            .filter_map(|bet| Some((bet.name.clone(), states.get(&bet.key())?.clone())))
            .collect())
    }

    /// The strategy in force at the end of a day: the version signed last by then, or the draft while none was.
    pub(crate) async fn strategy_on(&self, day: Option<Date>) -> Result<Arc<Parsed>, Refusal> {
        let Some(day) = day.filter(|day| *day < self.surroundings.today()) else {
            return self.strategy_in_force().await;
        };
        let versions = looking_back::versions_on(self.ledger.versions().await?, day);
        match versions.iter().find(|version| version.state == VersionState::Signed) {
            Some(version) => Ok(self.parsed(&version.text)),
            None => Ok(self.parsed(&self.ledger.draft().await?.text)),
        }
    }

    /// What a text says; remembered by the text.
    pub(crate) fn parsed(&self, text: &str) -> Arc<Parsed> {
        let name = beachhead_strategy::signature::fingerprint(text);
        self.parsed.or_put(&name, || Arc::new(beachhead_strategy::parse(text)))
    }
}

/// What the numbers of a standing are worked out from.
struct Basis {
    today: Date,
    as_of: Date,
    facts: Option<Arc<Facts>>,
    said: Arc<Said>,
    in_force: Arc<Parsed>,
    draft: Arc<Parsed>,
    states: BTreeMap<String, BetState>,
    live: BTreeMap<String, Live>,
    tried: Arc<Memo<ErrorRates>>,
}

/// The numbers of a standing.
#[derive(Default)]
pub(crate) struct Worked {
    judged: BTreeMap<String, Judged>,
    outcome: Option<OutcomeNow>,
    foreseen: Option<Foreseen>,
    arena: Arena,
    /// What a measure in money came to through a bet's own partners, and on how many opportunities.
    brought: BTreeMap<(String, String), (f64, u64)>,
    /// What flowed to parked and declined cells, where a bet runs.
    drift: Option<DriftNow>,
    circumstances: Circumstances,
}

impl Basis {
    fn work(self) -> Worked {
        let strategy = &self.in_force.strategy;
        let judged = self.judged(strategy);
        let outcome = self
            .facts
            .as_ref()
            .and_then(|facts| outcome_now(strategy, facts, self.as_of));
        let started = self.started(strategy);
        let foreseen = crate::foreseeing::foresee(strategy, &self.states, self.as_of, outcome.as_ref(), &started);
        let drift = self.facts.as_ref().and_then(|facts| self.drift(facts));
        let known = Circumstances {
            today: Some(self.today),
            p_target: foreseen
                .as_ref()
                .and_then(|foreseen| foreseen.forecast.outcome.p_target),
            drift_share: drift.as_ref().map(DriftNow::share),
            snapshot_age_days: self
                .facts
                .as_ref()
                .filter(|_| self.states.values().any(|state| state.is_worked()))
                .map(|facts| i64::from((self.today - facts.manifest.as_of).get_days())),
            // A bet that only the draft has is what its text says: what a signature would make of it.
            states: self
                .live
                .iter()
                .map(|(name, live)| (name.clone(), live.state))
                .collect(),
            ..Circumstances::default()
        };
        Worked {
            judged,
            outcome,
            foreseen,
            arena: weighing::arena_of(&self.draft.strategy, self.facts.as_deref(), self.as_of),
            brought: self
                .facts
                .as_ref()
                .map_or_else(BTreeMap::new, |facts| self.brought(facts)),
            drift,
            circumstances: outlook::circumstances(&self.draft.strategy, known),
        }
    }

    /// What is known of a bet, where anything is.
    fn known<'a>(&'a self, bet: &Bet) -> Option<Known<'a>> {
        static NO_FACTS: LazyLock<Star> = LazyLock::new(Star::empty);
        let said = self.said.of(&bet.key());
        let star = match &self.facts {
            Some(facts) => &facts.star,
            None if said.is_empty() => return None,
            None => &NO_FACTS,
        };
        let since = self.live.get(&bet.name).map(|live| live.since);
        Some(Known { star, said, since })
    }

    fn is_worked(&self, bet: &Bet) -> bool {
        self.states.get(&bet.name).is_some_and(|state| state.is_worked())
    }

    /// Every bet that is or was worked, judged by what is known of it up to now.
    fn judged(&self, strategy: &Strategy) -> BTreeMap<String, Judged> {
        let has_begun = |bet: &&Bet| self.is_worked(bet) || has_run(&self.live, bet);
        let judge = |bet: &Bet| {
            let day = self.said.known_to(&bet.key(), self.as_of, self.today);
            let judged = judged(strategy, bet, self.known(bet)?, day, &self.tried);
            Some((bet.name.clone(), judged))
        };
        strategy.bets.iter().filter(has_begun).filter_map(judge).collect()
    }

    /// Where the worked bets stand on the day of the facts: a forecast of money starts from the money of its first day.
    fn started(&self, strategy: &Strategy) -> BTreeMap<String, Running> {
        let worked = strategy.bets.iter().filter(|bet| self.is_worked(bet));
        worked
            .filter_map(|bet| {
                let running = self.known(bet)?.running_on(strategy, bet, self.as_of)?;
                Some((bet.name.clone(), running))
            })
            .collect()
    }

    fn brought(&self, facts: &Facts) -> BTreeMap<(String, String), (f64, u64)> {
        let strategy = &self.in_force.strategy;
        let mut brought = BTreeMap::new();
        for bet in strategy.bets.iter().chain(&self.draft.strategy.bets) {
            for indicator in &bet.indicators {
                if let Some(found) = crate::tracing::brought_by(strategy, facts, bet, &indicator.measure, self.as_of) {
                    brought.insert((bet.name.clone(), indicator.measure.clone()), found);
                }
            }
        }
        brought
    }

    /// What went to parked and declined cells in the cycle of the day that the facts speak of.
    fn drift(&self, facts: &Facts) -> Option<DriftNow> {
        if !self.states.values().any(|state| state.is_worked()) {
            return None;
        }
        drift_now(&self.in_force.strategy, facts, self.as_of)
    }
}

/// A bet that was worked once: its register entry is a parking or retirement of something that ran.
fn has_run(live: &BTreeMap<String, Live>, bet: &Bet) -> bool {
    live.get(&bet.name)
        .is_some_and(|live| matches!(live.state, BetState::Retired | BetState::Parked))
}

/// Names and rules of the segments.
///
/// # Errors
/// The first rule that cannot be read.
pub(crate) fn rules(strategy: &Strategy) -> Result<Vec<(String, Rule)>, Refusal> {
    strategy
        .segments
        .iter()
        .map(|segment| match Rule::parse(&segment.rule) {
            Ok(rule) => Ok((segment.name.clone(), rule)),
            Err(error) => Err(Refusal::bad_input(
                format!("The rule of the segment {}: {error}", segment.name),
                error.help,
            )),
        })
        .collect()
}

/// The rule of the outcome's scope; none where every account counts.
pub(crate) fn scope_rule(strategy: &Strategy) -> Option<Rule> {
    match &strategy.outcome.scope {
        Scope::All => None,
        Scope::Segment(name) => Rule::parse(&strategy.segment(name)?.rule).ok(),
    }
}

fn outcome_now(strategy: &Strategy, facts: &Facts, as_of: Date) -> Option<OutcomeNow> {
    let outcome = &strategy.outcome;
    let from = outcome.counted_from(strategy.program.calendar)?;
    let to = outcome.by?;
    let scope = scope_rule(strategy);
    let found = measure::outcome(
        &facts.star,
        &outcome.measure,
        scope.as_ref(),
        &strategy.attribution,
        from,
        to,
        as_of,
    )
    .ok()?;
    let real = |value: &Value| real(value, &facts.star);
    Some(OutcomeNow {
        value: real(&found.value)?,
        n: found.n,
        from,
        weekly: found
            .weekly
            .iter()
            .filter_map(|week| Some((week.to, real(&week.value)?)))
            .collect(),
    })
}

/// A measured value as a number in its unit.
pub(crate) fn real(value: &Value, star: &Star) -> Option<f64> {
    use crate::figures::as_real;
    match value {
        Value::Money { minor } => Some(crate::weighing::units(*minor, star.currency())),
        Value::Share { of, n } => (*n > 0).then(|| as_real(*of) / as_real(*n)),
        Value::Days { median } => *median,
    }
}

impl Standing {
    /// The strategy in force: the signed version, or the draft while nothing is signed.
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.in_force().strategy
    }

    fn in_force(&self) -> &Arc<Parsed> {
        self.signed.as_ref().map_or(&self.draft.parsed, |signed| &signed.parsed)
    }

    /// Everything the checker says of the draft.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let parsed = &self.draft.parsed;
        let mut findings = parsed.findings.clone();
        let mut circumstances = self.worked.circumstances.clone();
        circumstances.cycle_ended_without_review = self.is_lapsed();
        findings.extend(check(&parsed.strategy, &parsed.places, &circumstances));
        findings
    }

    /// The state of a bet by the register, else as written: nobody can write that a bet runs, or ran, into a text that is
    /// not signed. What nobody has signed yet is proposed.
    #[must_use]
    pub fn state_of(&self, name: &str) -> BetState {
        if let Some(live) = self.live.get(name) {
            return live.state;
        }
        let signed = self.signed.as_ref().and_then(|signed| signed.parsed.strategy.bet(name));
        let written = signed
            .or_else(|| self.draft.parsed.strategy.bet(name))
            .map(|bet| bet.state);
        match written {
            Some(state @ (BetState::Running | BetState::Scaled | BetState::Retired)) if signed.is_some() => state,
            Some(state @ (BetState::Parked | BetState::Declined)) => state,
            _ => BetState::Proposed,
        }
    }

    /// The day a bet came into its state.
    #[must_use]
    pub fn since(&self, name: &str) -> Option<Date> {
        self.live.get(name).map(|live| live.since)
    }

    /// Why a bet is where it is: as the register says, of what never ran as its cell does. Empty where nobody said.
    #[must_use]
    pub fn reason_of(&self, bet: &Bet) -> &str {
        let said = self.live.get(&bet.name).map(|live| live.reason.as_str());
        said.or_else(|| Some(self.cell_of(bet)?.reason.as_str()))
            .unwrap_or_default()
    }

    /// What would bring back a bet that is parked or declined; empty where nobody said.
    #[must_use]
    pub fn reopens(&self, bet: &Bet) -> &str {
        let cell = self.cell_of(bet);
        match self.state_of(&bet.name) {
            BetState::Parked => cell.map_or("", |cell| &cell.reopen_when),
            BetState::Declined => cell.map_or("", |cell| &cell.would_change_our_mind),
            _ => "",
        }
    }

    fn cell_of(&self, bet: &Bet) -> Option<&Cell> {
        let written = [self.strategy(), &self.draft.parsed.strategy];
        written
            .into_iter()
            .find_map(|strategy| strategy.cell(&bet.segment, &bet.partner_type))
    }

    /// Every bet: those of the version in force, then those that only the draft has.
    #[must_use]
    pub fn bets(&self) -> Vec<&Bet> {
        let in_force = &self.strategy().bets;
        let draft = self.draft.parsed.strategy.bets.iter();
        let new = draft.filter(|bet| !in_force.iter().any(|other| other.key() == bet.key()));
        in_force.iter().chain(new).collect()
    }

    /// A bet by its key.
    ///
    /// # Errors
    /// When there is none.
    pub fn bet(&self, key: &str) -> Result<&Bet, Refusal> {
        self.bets()
            .into_iter()
            .find(|bet| bet.key() == key)
            .ok_or_else(|| self.no_such_bet(key))
    }

    /// A bet of the signed version by its key.
    ///
    /// # Errors
    /// When there is none, or when it is not signed yet.
    pub fn signed_bet(&self, key: &str) -> Result<&Bet, Refusal> {
        let bet = self.bet(key)?;
        let signed = self
            .signed
            .as_ref()
            .is_some_and(|signed| signed.parsed.strategy.bet(&bet.name).is_some());
        if signed {
            return Ok(bet);
        }
        Err(Refusal::conflict(
            format!("{} is not in a signed version yet", bet.name),
            "Ask the sponsor for a signature first; a bet starts from what was signed.",
        ))
    }

    pub(crate) fn no_such_bet(&self, key: &str) -> Refusal {
        let known: Vec<String> = self.bets().into_iter().map(Bet::key).collect();
        let hint = if known.is_empty() {
            "There is no bet yet.".into()
        } else {
            format!("There are {}.", known.join(", "))
        };
        Refusal::not_found(format!("There is no bet {key}"), hint)
    }

    /// The day a bet began to run, where it has.
    #[must_use]
    pub fn began(&self, name: &str) -> Option<Date> {
        self.live.get(name).and_then(|live| live.began)
    }

    /// The bets that are worked now.
    pub fn worked_bets(&self) -> impl Iterator<Item = &Bet> {
        self.bets()
            .into_iter()
            .filter(|bet| self.state_of(&bet.name).is_worked())
    }

    /// What the judge makes of a bet, where it has begun and there are facts.
    #[must_use]
    pub fn judged(&self, name: &str) -> Option<&Judged> {
        self.worked.judged.get(name)
    }

    /// The judge's verdict on a bet.
    #[must_use]
    pub fn verdict_of(&self, name: &str) -> Option<Verdict> {
        self.judged(name)?.verdict()
    }

    /// The evidence of a bet as the register keeps it.
    #[must_use]
    pub fn evidence_of(&self, name: &str) -> String {
        self.judged(name)
            .map_or_else(|| "{}".to_owned(), |judged| judged.as_json().to_string())
    }

    /// The outcome as the facts show it.
    #[must_use]
    pub fn outcome_now(&self) -> Option<&OutcomeNow> {
        self.worked.outcome.as_ref()
    }

    /// The forecast of the outcome.
    #[must_use]
    pub fn foreseen(&self) -> Option<&Foreseen> {
        self.worked.foreseen.as_ref()
    }

    /// What flowed to parked and declined cells in this cycle, where a bet runs and there are such cells.
    #[must_use]
    pub fn drift(&self) -> Option<&DriftNow> {
        self.worked.drift.as_ref()
    }

    /// What the gate of a bet that has not begun can tell, as it stands in the draft.
    #[must_use]
    pub fn gate_outlook(&self, name: &str) -> Option<&GateOutlook> {
        self.worked.circumstances.gates.get(name)
    }

    /// The arena of the draft: every segment with every partner type, what was decided and what the facts say.
    #[must_use]
    pub fn arena(&self) -> &Arena {
        &self.worked.arena
    }

    /// What an indicator's measure in money came to through a bet's own partners, and on how many opportunities.
    #[must_use]
    pub fn brought_by(&self, bet: &Bet, measure: &str) -> Option<(f64, u64)> {
        self.worked
            .brought
            .get(&(bet.name.clone(), measure.to_owned()))
            .copied()
    }

    /// The id of the snapshot in force.
    #[must_use]
    pub fn snapshot_id(&self) -> Option<String> {
        self.facts.as_ref().map(|facts| facts.snapshot.id.clone())
    }

    /// The name of whoever an id of the record belongs to.
    #[must_use]
    pub fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.names.get(id).map_or(id, String::as_str)
    }

    /// Live states of all bets, by name.
    #[must_use]
    pub fn states(&self) -> BTreeMap<String, BetState> {
        self.bets()
            .into_iter()
            .map(|bet| (bet.name.clone(), self.state_of(&bet.name)))
            .collect()
    }

    /// The cycle that a review held today is about: the last one while it has not been reviewed, else the present one.
    #[must_use]
    pub fn cycle_under_review(&self) -> Cycle {
        let calendar = self.strategy().program.calendar;
        let present = calendar.containing(self.today);
        if self.is_unreviewed(present.previous()) {
            present.previous()
        } else {
            present
        }
    }

    /// Whether a cycle ended in which a bet was worked, the day of its review has passed, and none was held.
    #[must_use]
    pub fn is_lapsed(&self) -> bool {
        let calendar = self.strategy().program.calendar;
        let ended = calendar.containing(self.today).previous();
        // A review that is due in this cycle may still be held; one that was put off any further does not excuse this.
        let in_this_cycle = |day: &Date| calendar.containing(*day) == calendar.containing(self.today);
        let due = self
            .next_review()
            .filter(in_this_cycle)
            .unwrap_or(calendar.last_day(ended));
        self.today > due && self.is_unreviewed(ended)
    }

    /// The day of the next review: as the last one set it, else as the strategy in force says.
    #[must_use]
    pub fn next_review(&self) -> Option<Date> {
        let last = self.reviews.iter().find(|review| review.closed_at.is_some());
        last.and_then(|review| review.next_review)
            .or(self.strategy().review.next)
    }

    fn is_unreviewed(&self, cycle: Cycle) -> bool {
        let last_day = self.strategy().program.calendar.last_day(cycle);
        let worked = self.worked_bets().any(|bet| {
            let judged = self.judged(&bet.name).and_then(|judged| judged.started);
            judged
                .or_else(|| self.since(&bet.name))
                .is_some_and(|since| since <= last_day)
        });
        let name = cycle.to_string();
        worked
            && !self
                .reviews
                .iter()
                .any(|review| review.cycle == name && review.closed_at.is_some())
    }

    /// The draft with the bets' new states written in. A text that does not change, or cannot be read, is saved as it is:
    /// of two moves that were made from the same standing, the second meets a draft that has moved on.
    pub(crate) fn draft_after(&self, moves: &[(String, NewDecision)]) -> DraftEdit {
        self.edit_after(moves, |_| {})
    }

    /// The same with whatever else changes in the draft.
    pub(crate) fn edit_after(&self, moves: &[(String, NewDecision)], change: impl FnOnce(&mut Strategy)) -> DraftEdit {
        let text = match crate::written::editable(&self.draft) {
            Ok(mut strategy) => {
                write_states(&mut strategy, moves);
                change(&mut strategy);
                beachhead_strategy::render(&strategy)
            }
            Err(_) => self.draft.draft.text.clone(),
        };
        DraftEdit {
            text,
            expected_revision: self.draft.draft.revision,
        }
    }

    fn basis(&self, tried: Arc<Memo<ErrorRates>>) -> Basis {
        Basis {
            tried,
            today: self.today,
            as_of: self.as_of,
            facts: self.facts.clone(),
            said: Arc::clone(&self.said),
            in_force: Arc::clone(self.in_force()),
            draft: Arc::clone(&self.draft.parsed),
            states: self.states(),
            live: self.live.clone(),
        }
    }

    /// What the numbers depend on, as one name.
    pub(crate) fn fingerprint(&self) -> String {
        let snapshot = self.facts.as_ref().map_or("", |facts| facts.manifest.id.as_str());
        let signed = self.signed.as_ref().map_or("", |signed| signed.version.sha256.as_str());
        let draft = beachhead_strategy::signature::fingerprint(&self.draft.draft.text);
        let live: Vec<String> = self
            .live
            .iter()
            .map(|(name, live)| format!("{name}={}@{}", live.state, live.since))
            .collect();
        format!(
            "{} {} {snapshot} {:?} {signed} {draft} {}",
            self.today,
            self.as_of,
            self.said.counted(),
            live.join(",")
        )
    }
}

fn write_states(strategy: &mut Strategy, moves: &[(String, NewDecision)]) {
    for (name, decision) in moves {
        let to = decision.to.as_deref().and_then(BetState::from_word);
        if let (Some(bet), Some(state)) = (strategy.bets.iter_mut().find(|bet| bet.name == *name), to) {
            // A start is what the signed text planned: it changes nothing that would have to be signed again.
            if (bet.state, state) != (BetState::Planned, BetState::Running) {
                bet.state = state;
            }
        }
    }
}
