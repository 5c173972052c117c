//! Segments: what each takes of the accounts, what falls in two or none, and a rule tried before it is kept.

use std::path::PathBuf;
use std::sync::Arc;

use beachhead_facts::export::{About, RowsFile};
use beachhead_facts::measure::{AccountRow, Fall, FoundAccounts, find_accounts, segment_counts};
use beachhead_facts::rule::{Columns, Rule, RuleError, RuleRows};
use beachhead_ledger::{Draft, NewDecision};
use beachhead_strategy::{Scope, Segment, Strategy};

use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::standing::Facts;
use crate::tracing::{facts_lines, file_names};
use crate::written::{edit_of, editable};
use crate::{Answer, Office, Refusal, Standing};

/// The most segments that a grid shows at a glance.
pub const SEGMENTS_MOST: usize = 8;
/// The most partner types that a grid shows at a glance.
pub const PARTNER_TYPES_MOST: usize = 6;

/// What is wrong with a rule, with the rule parted at the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleProblem {
    /// What is wrong, and how to mend it.
    pub says: String,
    /// The rule before the place.
    pub before: String,
    /// The rule from the place on.
    pub after: String,
}

impl RuleProblem {
    fn of(rule: &str, error: &RuleError) -> Self {
        let at = error.at.min(rule.len());
        let (before, after) = rule.split_at_checked(at).unwrap_or((rule, ""));
        let place = before.chars().count() + 1;
        let help = if error.help.is_empty() {
            String::new()
        } else {
            format!("; {}", error.help)
        };
        Self {
            says: format!("At character {place}: {}{help}", error.message),
            before: before.to_owned(),
            after: after.to_owned(),
        }
    }
}

/// One segment of the draft with what it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentView {
    /// Its name and rule.
    pub segment: Segment,
    /// How many accounts its rule takes; none without facts, or while something is wrong with it.
    pub accounts: Option<u64>,
    /// What is wrong with its rule.
    pub problem: Option<RuleProblem>,
}

/// The segments of the draft against the accounts of the day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SegmentsView {
    /// In the order in which they count.
    pub segments: Vec<SegmentView>,
    /// Accounts in all, in two segments or more, and in none; none without facts.
    pub accounts: Option<(u64, u64, u64)>,
    /// The columns that a rule may name.
    pub columns: Columns,
}

/// What a rule would take if it were kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// Accounts that it takes.
    pub taken: u64,
    /// Accounts in all.
    pub accounts: u64,
    /// The other segments that take some of the same, with how many.
    pub shared: Vec<(String, u64)>,
}

/// Accounts found, with the facts that they stand in.
pub struct AccountsFound {
    facts: Arc<Facts>,
    found: FoundAccounts,
    lines: Vec<(String, String)>,
    scratch: PathBuf,
}

impl AccountsFound {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.found.count()
    }

    /// Some of them, from one on.
    #[must_use]
    pub fn page(&self, from: usize, most: usize) -> Vec<AccountRow> {
        self.found.page(&self.facts.star, from, most)
    }

    /// The names of the snapshot's files.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        file_names(&self.facts)
    }

    /// Every one of them as a file, with what they are.
    #[must_use]
    pub fn file(self, title: String) -> RowsFile {
        let Self {
            facts,
            found,
            lines,
            scratch,
        } = self;
        let rows = found.count();
        RowsFile::new(
            About { title, lines },
            AccountRow::HEADER,
            rows,
            &scratch,
            move |take| {
                let files = file_names(&facts);
                found.each(&facts.star, &mut |row| take(&row.cells(&files)))
            },
        )
    }
}

/// The segments of a standing's draft against its facts.
#[must_use]
pub fn segments_view(standing: &Standing) -> SegmentsView {
    let strategy = &standing.draft.parsed.strategy;
    let star = standing.facts.as_ref().map(|facts| &facts.star);
    let columns = star.map(|star| star.account_columns()).unwrap_or_default();
    let mut good = Vec::new();
    let views = strategy.segments.iter().map(|segment| {
        let rule = Rule::parse(&segment.rule).and_then(|rule| {
            // Without accounts there is no column to check against.
            star.map_or(Ok(()), |_| rule.check(&columns))?;
            Ok(rule)
        });
        let problem = match rule {
            Ok(rule) => {
                good.push((segment.name.clone(), rule));
                None
            }
            Err(error) => Some(RuleProblem::of(&segment.rule, &error)),
        };
        SegmentView {
            segment: segment.clone(),
            accounts: None,
            problem,
        }
    });
    let mut segments: Vec<SegmentView> = views.collect();
    let counts = star.and_then(|star| segment_counts(star, &good, standing.as_of).ok());
    if let Some(counts) = &counts {
        let sound = segments.iter_mut().filter(|view| view.problem.is_none());
        for (view, taken) in sound.zip(&counts.taken) {
            view.accounts = Some(*taken);
        }
    }
    SegmentsView {
        segments,
        accounts: counts.map(|counts| (counts.accounts, counts.in_several, counts.in_none)),
        columns,
    }
}

/// The rule that rows write, each row checked against the columns by itself.
///
/// # Errors
/// The place of the first row that is wrong, from 0, and what is wrong with it.
pub fn written_by(rows: &RuleRows, columns: &Columns) -> Result<String, (usize, String)> {
    for (at, row) in rows.rows.iter().enumerate() {
        let alone = RuleRows {
            any: false,
            rows: vec![row.clone()],
        };
        let rule = alone.rule(columns).map_err(|(_, lacks)| (at, lacks))?;
        if columns.iter().next().is_some() {
            let fits = rule.check(columns);
            fits.map_err(|error| {
                (
                    at,
                    [error.message, error.help].join("; ").trim_end_matches("; ").to_owned(),
                )
            })?;
        }
    }
    Ok(rows.rule(columns)?.to_string())
}

/// Tries a rule in the place of a segment, or beside them all where there is none of this name.
///
/// # Errors
/// What is wrong with it, and where. `Ok(None)` where there are no facts to try it on.
pub fn try_rule(standing: &Standing, name: &str, rule: &str) -> Result<Option<Trial>, RuleProblem> {
    let problem = |error: RuleError| RuleProblem::of(rule, &error);
    let parsed = Rule::parse(rule).map_err(problem)?;
    let Some(star) = standing.facts.as_ref().map(|facts| &facts.star) else {
        return Ok(None);
    };
    parsed.check(&star.account_columns()).map_err(problem)?;
    let taken = star.accounts_taken(&parsed, standing.as_of).map_err(problem)?;
    let strategy = &standing.draft.parsed.strategy;
    let others = strategy.segments.iter().filter(|segment| segment.name != name);
    let shared = others.filter_map(|other| {
        let theirs = star
            .accounts_taken(&Rule::parse(&other.rule).ok()?, standing.as_of)
            .ok()?;
        let both = taken
            .iter()
            .zip(&theirs)
            .filter(|((_, ours), (_, theirs))| *ours && *theirs);
        Some((other.name.clone(), both.count() as u64)).filter(|(_, both)| *both > 0)
    });
    Ok(Some(Trial {
        taken: taken.iter().filter(|(_, taken)| *taken).count() as u64,
        accounts: taken.len() as u64,
        shared: shared.collect(),
    }))
}

/// A grid that is not seen at a glance any more.
fn too_many() -> Refusal {
    Refusal::bad_input(
        format!(
            "A grid of more than {SEGMENTS_MOST} segments by {PARTNER_TYPES_MOST} partner types is hard to choose in"
        ),
        "Leave some out, or say under “All at once” why this program needs them.",
    )
}

impl Office {
    /// The accounts of the draft's segments that fall so.
    pub fn segment_accounts<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        fall: Fall,
    ) -> Answer<'a, AccountsFound> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = standing.facts.clone().ok_or_else(crate::importing::no_facts)?;
            let rules = crate::standing::rules(&standing.draft.parsed.strategy)?;
            if let Fall::In(name) | Fall::Counted { segment: name, .. } = &fall
                && !rules.iter().any(|(known, _)| known == name)
            {
                return Err(no_segment(name));
            }
            let (held, as_of) = (Arc::clone(&facts), standing.as_of);
            let found = crate::people::blocking(move || find_accounts(&held.star, &rules, &fall, as_of)).await?;
            Ok(AccountsFound {
                lines: facts_lines(&facts, as_of),
                scratch: self.facts.folder().to_owned(),
                found: found?,
                facts,
            })
        })
    }

    /// Keeps all segments and partner types of the draft at once. A grid that grows beyond what is seen at a glance says
    /// why, and the register keeps it.
    pub fn save_arena<'a>(
        &'a self,
        actor: &'a Actor,
        segments: Vec<Segment>,
        partner_types: Vec<String>,
        beyond_limit: &'a str,
        revision: Option<i64>,
    ) -> Answer<'a, Draft> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            let mut written = self.written(actor).await?;
            let mut strategy = editable(&written)?;
            let before = (strategy.segments.len(), strategy.program.partner_types.len());
            let grows = (segments.len() > SEGMENTS_MOST && segments.len() > before.0)
                || (partner_types.len() > PARTNER_TYPES_MOST && partner_types.len() > before.1);
            let why = beyond_limit.trim();
            if grows && why.is_empty() {
                return Err(too_many());
            }
            sentence("The reason", why)?;
            let grid = format!("{} segments by {} partner types", segments.len(), partner_types.len());
            strategy.segments = segments;
            strategy.program.partner_types = partner_types;
            written.draft.revision = revision.unwrap_or(written.draft.revision);
            let (edit, stamp) = (edit_of(&strategy, &written.draft), self.stamp_of(actor, "save arena"));
            if !grows {
                return Ok(self.ledger.save_draft(&stamp, edit).await?);
            }
            let decision = NewDecision {
                on: self.surroundings.today(),
                kind: "limit".into(),
                subject: "arena".into(),
                from: None,
                to: Some(grid),
                reason: why.to_owned(),
                snapshot: None,
                evidence: "{}".into(),
                decided_by: actor.id().to_owned(),
                against_gate: false,
                review: None,
                version: None,
            };
            self.ledger.decide(&stamp, vec![decision], Some(edit)).await?;
            Ok(self.ledger.draft().await?)
        })
    }

    /// Keeps a segment in the draft: in the place of the one named `before`, else as the last. What the draft says of a
    /// segment that gets another name is said of the new one.
    pub fn save_segment<'a>(
        &'a self,
        actor: &'a Actor,
        before: Option<&'a str>,
        segment: Segment,
        revision: Option<i64>,
    ) -> Answer<'a, Draft> {
        self.edit(actor, "save segment", revision, move |strategy| {
            if segment.name.is_empty() {
                return Err(Refusal::bad_input(
                    "The segment has no name",
                    "Give it one, such as enterprise.",
                ));
            }
            let same = |other: &Segment| other.name == segment.name;
            if before != Some(segment.name.as_str()) && strategy.segments.iter().any(same) {
                let message = format!("There is a segment {} already", segment.name);
                return Err(Refusal::conflict(message, "Give this one another name."));
            }
            match before {
                None if strategy.segments.len() >= SEGMENTS_MOST => return Err(too_many()),
                None => strategy.segments.push(segment),
                Some(name) => {
                    let at = strategy.segments.iter().position(|kept| kept.name == name);
                    let at = at.ok_or_else(|| no_segment(name))?;
                    rename(strategy, name, &segment.name);
                    strategy.segments[at] = segment;
                }
            }
            Ok(())
        })
    }

    /// Takes a segment out of the draft, refused while a cell, a bet or the outcome is about it.
    pub fn remove_segment<'a>(&'a self, actor: &'a Actor, name: &'a str, revision: Option<i64>) -> Answer<'a, Draft> {
        self.edit(actor, "remove segment", revision, move |strategy| {
            if strategy.segment(name).is_none() {
                return Err(no_segment(name));
            }
            let of_bet = strategy
                .bets
                .iter()
                .find(|bet| bet.segment == name)
                .map(|bet| format!("the bet {}", bet.name));
            let of_cell = strategy.cells.iter().find(|cell| cell.segment == name);
            let of_cell = of_cell.map(|cell| format!("the cell with {}", cell.partner_type));
            let of_outcome =
                (strategy.outcome.scope == Scope::Segment(name.to_owned())).then(|| "the outcome".to_owned());
            if let Some(user) = of_bet.or(of_cell).or(of_outcome) {
                let message = format!("{user} is about the segment {name}");
                return Err(Refusal::conflict(
                    message,
                    "Change that first, or give the segment another name and rule.",
                ));
            }
            strategy.segments.retain(|segment| segment.name != name);
            Ok(())
        })
    }
}

fn rename(strategy: &mut Strategy, from: &str, to: &str) {
    let put = |name: &mut String| {
        if name == from {
            to.clone_into(name);
        }
    };
    strategy.cells.iter_mut().for_each(|cell| put(&mut cell.segment));
    strategy.bets.iter_mut().for_each(|bet| put(&mut bet.segment));
    if let Scope::Segment(name) = &mut strategy.outcome.scope {
        put(name);
    }
}

fn no_segment(name: &str) -> Refusal {
    Refusal::not_found(
        format!("There is no segment {name}"),
        "See the list of segments on Where to win.",
    )
}
