//! From a number to what it rests on: the opportunities, targets and rows of tables that it was counted from, each with
//! its file and row. A question here says exactly what a figure elsewhere counted. Must not compute a figure of its own.

use std::path::PathBuf;
use std::sync::Arc;

use beachhead_facts::attribute::{self, TouchLedger, TouchQuestion};
use beachhead_facts::catalogue::Table;
use beachhead_facts::export::{About, Cell, Format, RowsFile};
use beachhead_facts::measure::{
    CohortPart, CohortRows, Field, FoundRows, Mark, Narrow, OpportunityRow, Order, Origin, Selection, Side, TargetFate,
    find_rows,
};
use beachhead_facts::records::{Records, RecordsQuestion};
use beachhead_facts::{Watch, export, measure};
use beachhead_press::numbers;
use beachhead_strategy::{Bet, Measure, Strategy, Unit};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::people::blocking;
use crate::standing::{Facts, Standing, rules, scope_rule};
use crate::targets::Said;
use crate::weighing::{parse_rule, units};
use crate::{Answer, Office, Refusal};

pub use crate::links::address;

/// Which opportunities are asked for. Everything that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct RowsQuestion {
    /// Fields with the value that each must have.
    pub key: Vec<(String, String)>,
    /// A rule over opportunities and their accounts.
    pub filter: Option<String>,
    /// A measure with the first and last day of its period.
    pub measure: Option<(String, Date, Date)>,
    /// Whether only accounts of the outcome's scope count.
    pub in_scope: bool,
    /// The key of a bet: the opportunities that its own partners are credited with.
    pub bet: Option<String>,
    /// A side of the arena.
    pub side: Option<Side>,
    /// Only those won or lost.
    pub is_decided: bool,
    /// Those that conversion by month counts.
    pub cohort: Option<CohortRows>,
    /// Those that a comparison of lift counts.
    pub lift: Option<LiftSide>,
    /// The place of a file in the snapshot's list.
    pub file: Option<i32>,
    /// The ids of opportunities.
    pub ids: Option<Vec<String>>,
    /// The key of a bet: the opportunities of the outcome that a miss counts as what the bet brought; `none` for those
    /// that it counts for no bet.
    pub taken_on: Option<String>,
    /// The first and last day of creation.
    pub created: Option<(Date, Date)>,
    /// Those of cells that are parked or declined.
    pub is_out: bool,
    /// Whether segments and policy are those of the draft, as on the page Where to win; else those in force.
    pub of_draft: bool,
}

/// One side of a comparison of lift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiftSide {
    /// The rule that says which are "with"; none where a partner's involvement does.
    pub rule: Option<String>,
    /// With, or without.
    pub with: bool,
    /// Whether those are meant that are compared later, being open still; else those that are compared.
    pub open: bool,
}

/// Opportunities found, with the facts that they stand in.
pub struct Traced {
    /// The facts.
    pub facts: Arc<Facts>,
    /// The opportunities.
    pub found: Arc<FoundRows>,
    about: About,
    scratch: PathBuf,
}

/// What became of a target at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AtStep {
    /// Came into the step.
    #[default]
    Entered,
    /// Reached what it asks.
    Reached,
    /// Lost before.
    Lost,
    /// Neither, yet.
    Open,
}

impl AtStep {
    /// Every fate.
    pub const ALL: [Self; 4] = [Self::Entered, Self::Reached, Self::Lost, Self::Open];

    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Reached => "reached",
            Self::Lost => "lost",
            Self::Open => "open",
        }
    }

    /// The fate of this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fate| fate.name() == name)
    }
}

/// What is known of one opportunity.
pub struct OpportunityView {
    /// As it stood on the day.
    pub row: OpportunityRow,
    /// Its row as imported.
    pub record: Records,
    /// Its account's row.
    pub account: Records,
    /// The stages that it entered, as imported.
    pub stages: Records,
    /// The touches that bear on it, each with what it came to; the newest first.
    pub touches: TouchLedger,
    /// The names of the snapshot's files.
    pub files: Vec<String>,
}

/// The most rows of one kind that an opportunity's page shows.
const RELATED: usize = 500;

impl Office {
    /// The opportunities behind a number.
    pub fn trace<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        question: &'a RowsQuestion,
    ) -> Answer<'a, Traced> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = standing.facts.clone().ok_or_else(crate::importing::no_facts)?;
            let (about, scratch) = (about(standing, &facts, question), self.facts.folder().to_owned());
            let traced = |facts, found| Traced {
                facts,
                found,
                about,
                scratch,
            };
            // A page of the same rows in another order costs no second search.
            let name = format!("{} {question:?}", standing.fingerprint());
            let find = async {
                let strategy = strategy_of(standing, question);
                let selection = selection(standing, strategy, question)?;
                let mut narrow = narrow(question, strategy);
                if let Some(key) = &question.taken_on {
                    narrow.ids = Some(self.miss(actor, standing).await?.brought_by(key));
                }
                let text = (question.lift.clone(), Arc::clone(&facts), strategy.clone());
                let as_of = standing.as_of;
                blocking(move || {
                    let (lift, facts, strategy) = text;
                    if let Some(lift) = lift {
                        narrow.among = Some(crate::lifting::side_of(&strategy, &facts, &lift, as_of)?);
                    }
                    Ok::<_, Refusal>(Arc::new(find_rows(&facts.star, &selection, &narrow)?))
                })
                .await?
            };
            let found = self.traced.once(&name, find).await?;
            Ok(traced(facts, found))
        })
    }

    /// The same, every one of them, in the order of their ids.
    pub fn rows<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        question: &'a RowsQuestion,
    ) -> Answer<'a, Vec<OpportunityRow>> {
        Box::pin(async move {
            let Traced { facts, found, .. } = self.trace(actor, standing, question).await?;
            blocking(move || found.page(&facts.star, Order::default(), 0, usize::MAX)).await
        })
    }

    /// Everything that is known of one opportunity.
    pub fn opportunity<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        id: &'a str,
    ) -> Answer<'a, OpportunityView> {
        Box::pin(async move {
            let question = RowsQuestion {
                ids: Some(vec![id.to_owned()]),
                ..RowsQuestion::default()
            };
            let Traced { facts, found, .. } = self.trace(actor, standing, &question).await?;
            let row = found.page(&facts.star, Order::default(), 0, 1).pop();
            let row = row.ok_or_else(|| {
                let what = format!("No opportunity {id} was known on {}", standing.as_of);
                Refusal::not_found(what, "Look for it among all opportunities.")
            })?;
            let (store, currency) = (self.facts.clone(), standing.strategy().program.currency);
            let id = id.to_owned();
            let asked = TouchQuestion {
                policy: standing.strategy().attribution.clone(),
                as_of: standing.as_of,
                opportunity: Some(id.clone()),
                partner: None,
                bearing: None,
                offset: 0,
                limit: RELATED,
            };
            blocking(move || -> Result<OpportunityView, Refusal> {
                let ask = |table, column: &str, value: &str| {
                    let question = RecordsQuestion::of(table, RELATED).with(column, value);
                    store.records(&facts.manifest, &question, Some(currency))
                };
                let account = match facts.star.account_of_opportunity(&id) {
                    Some(account) => ask(Table::Accounts, "account_id", account)?,
                    None => Records::default(),
                };
                Ok(OpportunityView {
                    record: ask(Table::Opportunities, "opportunity_id", &id)?,
                    stages: ask(Table::StageHistory, "opportunity_id", &id)?,
                    touches: attribute::touches(&facts.star, &asked)?,
                    files: file_names(&facts),
                    account,
                    row,
                })
            })
            .await?
        })
    }

    /// Targets of a bet as a file, with the day on which each reached a step of its motion.
    pub fn targets_file<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        targets: &'a [&'a TargetFate],
        step: Option<usize>,
        title: String,
    ) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = standing.facts.as_ref();
            let lines = facts.map_or_else(Vec::new, |facts| facts_lines(facts, standing.as_of));
            let files = facts.map_or_else(Vec::new, |facts| file_names(facts));
            let said = Arc::clone(&standing.said);
            let targets: Vec<TargetFate> = targets.iter().map(|target| (*target).clone()).collect();
            let (rows, scratch) = (targets.len() as u64, self.facts.folder());
            Ok(RowsFile::new(
                About { title, lines },
                TARGETS,
                rows,
                scratch,
                move |take| {
                    targets
                        .iter()
                        .try_for_each(|target| take(&target_cells(target, step, &files, &said)))
                },
            ))
        })
    }

    /// Rows of a table as they were imported.
    pub fn records<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        question: RecordsQuestion,
    ) -> Answer<'a, Records> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = standing.facts.clone().ok_or_else(crate::importing::no_facts)?;
            let (store, currency) = (self.facts.clone(), standing.strategy().program.currency);
            blocking(move || Ok(store.records(&facts.manifest, &question, Some(currency))?)).await?
        })
    }

    /// The same, every one of them, as a file.
    pub fn records_file<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        question: RecordsQuestion,
    ) -> Answer<'a, RowsFile> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = standing.facts.clone().ok_or_else(crate::importing::no_facts)?;
            let (store, currency) = (self.facts.clone(), standing.strategy().program.currency);
            let question = RecordsQuestion {
                from: 0,
                most: usize::MAX,
                ..question
            };
            let about = About {
                title: format!("Rows of the table {}, as imported", question.table.name()),
                lines: facts_lines(&facts, facts.manifest.as_of),
            };
            blocking(move || {
                let manifest = &facts.manifest;
                Ok(export::records_file(
                    &store,
                    manifest,
                    &question,
                    Some(currency),
                    about,
                )?)
            })
            .await?
        })
    }

    /// Every table of the facts in force as a file of its own in a folder, which is made where it is missing: the table
    /// and its rows, for each that has any.
    pub fn export_tables<'a>(
        &'a self,
        actor: &'a Actor,
        as_of: Option<Date>,
        folder: &'a std::path::Path,
        format: Format,
        watch: Watch,
    ) -> Answer<'a, Vec<(Table, u64)>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = self
                .facts_in_force(as_of)
                .await?
                .ok_or_else(crate::importing::no_facts)?;
            let currency = Some(self.strategy_in_force().await?.strategy.program.currency);
            let (store, folder) = (self.facts.clone(), folder.to_owned());
            blocking(move || -> Result<Vec<(Table, u64)>, Refusal> {
                std::fs::create_dir_all(&folder).map_err(|error| {
                    let what = format!("{} could not be made: {error}", folder.display());
                    Refusal::bad_input(what, "Choose another folder.")
                })?;
                let mut written = Vec::new();
                for entry in &facts.manifest.tables {
                    let file = folder.join(format!("{}.{}", entry.table.name(), format.ending()));
                    let manifest = &facts.manifest;
                    let rows = export::export_table(&store, manifest, entry.table, currency, format, &file, &watch)?;
                    written.push((entry.table, rows));
                }
                Ok(written)
            })
            .await?
        })
    }
}

impl Traced {
    /// Every row in an order as a file.
    #[must_use]
    pub fn file(self, order: Order) -> RowsFile {
        let Self {
            facts,
            found,
            about,
            scratch,
        } = self;
        let rows = found.tally().opportunities;
        RowsFile::new(about, OpportunityRow::HEADER, rows, &scratch, move |take| {
            found.each(&facts.star, order, &file_names(&facts), take)
        })
    }
}

/// What a file of rows says of the facts that they stand in.
pub(crate) fn facts_lines(facts: &Facts, as_of: Date) -> Vec<(String, String)> {
    let currency = facts.star.currency().map(|currency| currency.to_string());
    let lines = [
        ("Facts as of", as_of.to_string()),
        ("Snapshot", facts.manifest.id.clone()),
        ("Currency", currency.unwrap_or_default()),
        (
            "file, row",
            "where the row stood when it was imported; the first line of a file is row 1".to_owned(),
        ),
    ];
    lines.map(|(name, text)| (name.to_owned(), text)).to_vec()
}

/// The names of the files that a snapshot's rows came from.
#[must_use]
pub fn file_names(facts: &Facts) -> Vec<String> {
    facts.manifest.files.iter().map(|file| file.name.clone()).collect()
}

/// The targets of a bet that came to something at a step of its motion; without a step, all that entered the bet.
///
/// # Errors
/// When there is no such bet or step.
pub fn targets<'a>(
    standing: &'a Standing,
    key: &str,
    step: Option<&str>,
    came_to: AtStep,
) -> Result<(&'a Bet, Vec<&'a TargetFate>), Refusal> {
    let bet = standing.bet(key)?;
    let Some(judged) = standing.judged(&bet.name) else {
        return Ok((bet, Vec::new()));
    };
    let progress = &judged.progress;
    let Some(step) = step else {
        return Ok((bet, progress.targets.iter().collect()));
    };
    let nth = progress.steps.iter().position(|name| name == step).ok_or_else(|| {
        let known = progress.steps.join(", ");
        Refusal::not_found(
            format!("{} has no step “{step}”", bet.name),
            format!("There are {known}."),
        )
    })?;
    let is_it = |target: &&TargetFate| {
        let entered = nth.checked_sub(1).is_none_or(|before| target.reached[before].is_some());
        entered
            && match came_to {
                AtStep::Entered => true,
                AtStep::Reached => target.reached[nth].is_some(),
                AtStep::Lost => target.reached[nth].is_none() && target.lost_on.is_some(),
                AtStep::Open => target.reached[nth].is_none() && target.lost_on.is_none(),
            }
    };
    Ok((bet, progress.targets.iter().filter(is_it).collect()))
}

/// The columns of a file of targets.
const TARGETS: [&str; 10] = [
    "account_id",
    "account",
    "partner",
    "entered_on",
    "reached_on",
    "lost_on",
    "opportunity_id",
    "file",
    "row",
    "said",
];

fn target_cells<'t>(
    target: &'t TargetFate,
    step: Option<usize>,
    files: &'t [String],
    said: &Said,
) -> [Cell<'t>; TARGETS.len()] {
    let reached = step.and_then(|step| target.reached.get(step).copied().flatten());
    let origin = origin_of(target, step);
    let (file, row, words) = match origin {
        Origin::Row { file, row } => {
            let name = usize::try_from(file).ok().and_then(|at| files.get(at));
            (name.map_or("", String::as_str), Cell::Count(row), String::new())
        }
        Origin::Said(number) => ("", Cell::None, said_words(said, number)),
        Origin::Opportunity => ("", Cell::None, String::new()),
    };
    [
        Cell::text(&target.account),
        Cell::text(&target.account_name),
        Cell::text(target.partner.as_deref().unwrap_or_default()),
        Cell::Day(target.entered),
        Cell::day(reached),
        Cell::day(target.lost_on),
        Cell::text(target.opportunity_id.as_deref().unwrap_or_default()),
        Cell::text(file),
        row,
        Cell::Text(words.into()),
    ]
}

/// Where the day of a target stands that is asked for: of a step that it reached, else of its entry.
#[must_use]
pub fn origin_of(target: &TargetFate, step: Option<usize>) -> Origin {
    let of_step = step.and_then(|step| target.seen.get(step).copied().flatten());
    of_step.unwrap_or(target.entry)
}

/// Who said a step and when, in words.
fn said_words(said: &Said, number: i64) -> String {
    said.row(number).map_or_else(String::new, |row| {
        format!("step {number}, said on {}", crate::looking_back::day_of(row.at))
    })
}

/// The rule that takes the opportunities which a bet's own partners are credited with.
pub(crate) fn bet_filter(bet: &Bet) -> String {
    let quoted: Vec<String> = bet
        .partners
        .iter()
        .map(|name| format!("'{}'", name.replace('\'', "''")))
        .collect();
    if quoted.is_empty() {
        format!("partner_type = '{}'", bet.partner_type.replace('\'', "''"))
    } else {
        format!("partner in ({})", quoted.join(", "))
    }
}

/// What a measure in money has come to through a bet's own partners in the outcome's period and scope, in units, and on
/// how many opportunities.
pub(crate) fn brought_by(
    strategy: &Strategy,
    facts: &Facts,
    bet: &Bet,
    measure: &str,
    as_of: Date,
) -> Option<(f64, u64)> {
    Measure::by_key(measure).filter(|measure| measure.unit == Unit::Money)?;
    let outcome = &strategy.outcome;
    let period = (outcome.counted_from(strategy.program.calendar)?, outcome.by?);
    let selection = Selection {
        key: Vec::new(),
        filter: Some(parse_rule(&bet_filter(bet)).ok()?),
        scope: scope_rule(strategy),
        measure: Some((measure.to_owned(), period.0, period.1)),
        as_of,
        segments: rules(strategy).ok()?,
        policy: strategy.attribution.clone(),
    };
    let found = find_rows(&facts.star, &selection, &Narrow::default()).ok()?;
    let tally = found.tally();
    match tally.value {
        Some(measure::Value::Money { minor }) => Some((units(minor, facts.star.currency()), tally.opportunities)),
        _ => None,
    }
}

fn strategy_of<'a>(standing: &'a Standing, question: &RowsQuestion) -> &'a Strategy {
    if question.of_draft {
        &standing.draft.parsed.strategy
    } else {
        standing.strategy()
    }
}

fn selection(standing: &Standing, strategy: &Strategy, question: &RowsQuestion) -> Result<Selection, Refusal> {
    let of_bet = question
        .bet
        .as_deref()
        .map(|key| standing.bet(key).map(bet_filter))
        .transpose()?;
    let filters: Vec<String> = [of_bet, question.filter.clone()].into_iter().flatten().collect();
    let filter = match filters.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        several => Some(
            several
                .iter()
                .map(|rule| format!("({rule})"))
                .collect::<Vec<_>>()
                .join(" and "),
        ),
    };
    let key = question
        .key
        .iter()
        .map(|(field, value)| (Field::parse(field), value.clone()));
    Ok(Selection {
        key: key.collect(),
        filter: filter.as_deref().map(parse_rule).transpose()?,
        scope: if question.in_scope { scope_rule(strategy) } else { None },
        measure: question.measure.clone(),
        as_of: standing.as_of,
        segments: rules(strategy)?,
        policy: strategy.attribution.clone(),
    })
}

fn narrow(question: &RowsQuestion, strategy: &Strategy) -> Narrow {
    Narrow {
        side: question.side.clone(),
        is_decided: question.is_decided,
        cohort: question.cohort.clone(),
        file: question.file,
        among: None,
        ids: question.ids.clone(),
        created: question.created,
        cells: question.is_out.then(|| {
            let cells = strategy.cells.iter().filter(|cell| cell.state.is_out());
            cells
                .map(|cell| (cell.segment.clone(), cell.partner_type.clone()))
                .collect()
        }),
    }
}

/// What is asked for, in words: after "opportunities".
#[must_use]
pub fn in_words(standing: &Standing, question: &RowsQuestion) -> String {
    let mut words: Vec<String> = question.key.iter().map(|(field, value)| keyed(field, value)).collect();
    if let Some((measure, from, to)) = &question.measure {
        let name = Measure::by_key(measure).map_or(measure.as_str(), |measure| measure.name);
        let scope = if question.in_scope {
            standing.strategy().outcome.scope.name().to_owned()
        } else {
            String::new()
        };
        let scope = if scope.is_empty() { scope } else { format!(" ({scope})") };
        let (from, to) = (numbers::date(*from), numbers::date(*to));
        words.push(format!("counted by {name}{scope} from {from} to {to}"));
    }
    if let Some(bet) = question.bet.as_deref().and_then(|key| standing.bet(key).ok()) {
        words.push(format!("credited to the partners of {}", bet.name));
    }
    words.extend(question.taken_on.as_ref().map(|key| match standing.bet(key) {
        Ok(bet) => format!("of accounts that {} had taken on when they were created", bet.name),
        Err(_) => "of accounts that no bet had taken on when they were created".to_owned(),
    }));
    words.extend(match &question.side {
        None => None,
        Some(Side::Without) => Some("that no partner sourced or influenced".to_owned()),
        Some(Side::With(None)) => Some("that a partner sourced or influenced".to_owned()),
        Some(Side::With(Some(of))) => Some(format!("that a {of} partner sourced or influenced")),
    });
    if question.is_out {
        words.push("that went to cells which are parked or declined".to_owned());
    }
    if question.is_decided {
        words.push("won or lost".to_owned());
    }
    words.extend(question.cohort.as_ref().map(cohort_in_words));
    if let Some(lift) = &question.lift {
        let side = match (&lift.rule, lift.with) {
            (None, true) => "with a partner within four weeks".to_owned(),
            (None, false) => "without a partner within four weeks".to_owned(),
            (Some(rule), true) => format!("where {rule}"),
            (Some(rule), false) => format!("not where {rule}"),
        };
        let part = if lift.open {
            "compared later, being open still"
        } else {
            "compared for lift"
        };
        words.push(format!("{side}, {part}"));
    }
    if let Some((from, to)) = question.created {
        words.push(format!("created from {} to {}", numbers::date(from), numbers::date(to)));
    }
    let file = |at: i32| {
        let files = standing.facts.as_ref().map(|facts| &facts.manifest.files);
        let name = usize::try_from(at)
            .ok()
            .and_then(|at| Some(files?.get(at)?.name.clone()));
        format!("from {}", name.unwrap_or_else(|| "a file that is not there".to_owned()))
    };
    words.extend(question.file.map(file));
    words.extend(question.filter.as_ref().map(|rule| format!("where {rule}")));
    words.join(", ")
}

fn keyed(field: &str, value: &str) -> String {
    let name = field.replace('_', " ");
    if value.is_empty() {
        format!("without {name}")
    } else {
        format!("{name} {value}")
    }
}

fn cohort_in_words(cohort: &CohortRows) -> String {
    let started = match &cohort.from {
        Mark::Usual => "created".to_owned(),
        Mark::Stage(stage) => format!("that entered {stage}"),
    };
    let converted = match &cohort.to {
        Mark::Usual => "won".to_owned(),
        Mark::Stage(stage) => format!("in {stage}"),
    };
    let month = cohort
        .month
        .map_or_else(String::new, |month| format!(" in {}", month.strftime("%B %Y")));
    let days = cohort.within_days;
    match cohort.part {
        CohortPart::All => format!("{started}{month}"),
        CohortPart::Converted => format!("{started}{month}, {converted} within {days} days"),
        CohortPart::Mature => format!("{started}{month}, {days} days ago or longer"),
        CohortPart::MatureConverted => {
            format!("{started}{month}, {days} days ago or longer, {converted} within {days} days")
        }
        CohortPart::Undated => "left out for want of a day".to_owned(),
    }
}

fn about(standing: &Standing, facts: &Facts, question: &RowsQuestion) -> About {
    let policy = &strategy_of(standing, question).attribution;
    let mut lines = vec![("Asked for".to_owned(), in_words(standing, question))];
    lines.extend(facts_lines(facts, standing.as_of));
    lines.push(("Attribution policy".to_owned(), format!("version {}", policy.version)));
    let measure = question.measure.as_ref().and_then(|(key, _, _)| Measure::by_key(key));
    lines.extend(measure.map(|measure| (measure.name.to_owned(), measure.definition.to_owned())));
    About {
        title: "Opportunities behind a number".to_owned(),
        lines,
    }
}
