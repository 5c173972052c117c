//! What the names of a header feed, and which table it speaks of. It must not look at rows.

mod entered;
mod names;
mod others;
mod words;

use std::collections::BTreeSet;

use crate::catalogue::{Field, Table};
use crate::rule::nearest;
use names::{HINT_ALIASES, PROPERTY_NAME, aliases, needs, strangers};

pub(crate) use entered::{Entered, entered, without_number};
pub(crate) use names::WHAT_ID;
pub(crate) use others::{LINKS_OF_DEALS, Other};
pub(crate) use words::{choice, stage_status, status};

/// What a column of a source feeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// A field of the table.
    Field(&'static Field),
    /// Something that says how a row is to be read, and is not kept.
    Hint(Hint),
}

/// Columns that say how a row is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hint {
    /// Yes: won.
    IsWon,
    /// Yes: won or lost; no: open.
    IsClosed,
    /// Yes: the source has deleted the row.
    IsDeleted,
    /// No: the source has a newer state of the row.
    IsCurrent,
    /// The field that a history row is about; only changes of the stage are read.
    ChangedField,
    /// The id of the twin row that the source writes for the other direction.
    ReverseId,
    /// When the row was last changed in the source.
    Modified,
    /// Of a stage: 1 won, 0 lost, anything between open.
    Probability,
    /// What our own list of rejected rows adds.
    Ours,
}

const HINTS: &[(&str, Hint)] = &[
    ("is_won", Hint::IsWon),
    ("is_closed", Hint::IsClosed),
    ("is_deleted", Hint::IsDeleted),
    ("is_current", Hint::IsCurrent),
    ("changed_field", Hint::ChangedField),
    ("reverse_id", Hint::ReverseId),
    ("last_modified", Hint::Modified),
    ("probability", Hint::Probability),
    (crate::read::REASON_COLUMN, Hint::Ours),
];

impl Target {
    /// Its name in mappings.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Field(field) => field.name,
            Self::Hint(hint) => HINTS
                .iter()
                .find(|(_, known)| *known == hint)
                .map_or("", |(name, _)| name),
        }
    }
}

/// A name without regard to case, spaces, underscores and signs.
pub(crate) fn normalise(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

// Fivetran writes HubSpot's properties as `property_…`, Airbyte as `properties_…`; HubSpot's own JSON has them as members
// of `properties`, of old as objects that hold a `value`.
fn property(name: &str) -> Option<&str> {
    let name = name.trim();
    let rest = ["properties", "property"].iter().find_map(|start| {
        let (head, rest) = name.split_at_checked(start.len())?;
        head.eq_ignore_ascii_case(start).then_some(rest)
    });
    let property = rest?.strip_prefix(['_', '.'])?.trim_start_matches('_');
    Some(property.strip_suffix(".value").unwrap_or(property)).filter(|property| !property.is_empty())
}

fn alias_form(name: &str) -> String {
    let name = normalise(property(name).unwrap_or(name));
    name.strip_prefix("property")
        .filter(|rest| !rest.is_empty())
        .map(str::to_owned)
        .unwrap_or(name)
}

/// The target of this name in a table.
pub(crate) fn target(table: Table, name: &str) -> Option<Target> {
    let name = name.trim();
    let hint = || {
        HINTS
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, hint)| Target::Hint(*hint))
    };
    table.field(name).map(Target::Field).or_else(hint)
}

/// The message for a field that a table does not have.
pub(crate) fn no_such_field(table: Table, name: &str) -> String {
    let fields: Vec<&str> = table.fields().iter().map(|field| field.name).collect();
    let hints: Vec<&str> = HINTS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !name.starts_with('_'))
        .collect();
    let nearest = nearest(name, &[fields.as_slice(), &hints].concat());
    format!(
        "{} has no field `{name}`{}; it has {}, {}",
        table.name(),
        nearest.map(|name| format!(" (is `{name}` meant?)")).unwrap_or_default(),
        fields.join(", "),
        hints.join(", ")
    )
}

/// The columns of a header that feed a table, best names first where several could.
/// Returns one target, or none, for each name; `free` says which names are still to be had.
pub(crate) fn targets(table: Table, header: &[&str], free: &[bool], taken: &[&str]) -> Vec<Option<Target>> {
    let forms: Vec<String> = header.iter().map(|name| alias_form(name)).collect();
    let properties = is_history_of_properties(&forms);
    let mut found: Vec<Option<Target>> = vec![None; header.len()];
    for (name, aliases) in aliases(table).iter().chain(HINT_ALIASES) {
        let Some(target) = target(table, name).filter(|_| !taken.contains(name)) else {
            continue;
        };
        let own = normalise(name);
        let rank = |form: &str| {
            if form == own {
                Some(0)
            } else {
                aliases.iter().position(|alias| *alias == form).map(|at| at + 1)
            }
        };
        let best = (0..header.len())
            .filter(|&at| free[at] && found[at].is_none())
            .filter(|&at| properties || target != Target::Hint(Hint::ChangedField) || forms[at] != PROPERTY_NAME)
            .filter_map(|at| rank(&forms[at]).map(|rank| (rank, at)))
            .min();
        if let Some((_, at)) = best {
            found[at] = Some(target);
        }
    }
    found
}

// HubSpot's form: one row for each change of each property, with the day and the new value.
fn is_history_of_properties(forms: &[String]) -> bool {
    ["timestamp", "value"]
        .iter()
        .all(|name| forms.iter().any(|form| form == name))
}

/// The columns that may feed a field too, where the best one for it is empty in a row; best names first.
pub(crate) fn second_bests(table: Table, field: &str, header: &[&str], free: &[bool]) -> Vec<usize> {
    let names = aliases(table).iter().find(|(name, _)| *name == field);
    let rank = |name: &str| {
        let form = alias_form(name);
        names.and_then(|(_, aliases)| aliases.iter().position(|alias| *alias == form))
    };
    let mut found: Vec<(usize, usize)> = (0..header.len())
        .filter(|&at| free[at])
        .filter_map(|at| Some((rank(header[at])?, at)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, at)| at).collect()
}

/// What a partner did, by the name of the column that names the partner.
pub(crate) fn kind_of_source(column: &str) -> &'static str {
    let form = normalise(column);
    let kinds = [
        ("regist", "registration"),
        ("dealreg", "registration"),
        ("refer", "referral"),
        ("sourc", "referral"),
        ("intro", "intro"),
        ("cosell", "joint meeting"),
    ];
    kinds
        .iter()
        .find(|(part, _)| form.contains(part))
        .map_or("other", |(_, kind)| kind)
}

/// What a header that is of no table speaks of, where we know it.
pub(crate) fn other(header: &[&str]) -> Option<&'static Other> {
    others::other(&header.iter().map(|name| alias_form(name)).collect())
}

/// Whether a header is of ids and names alone, brought by a connector.
pub(crate) fn is_synced_list(header: &[&str]) -> bool {
    others::is_synced_list(&header.iter().map(|name| alias_form(name)).collect())
}

/// How well a header fits a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cover {
    /// The table.
    pub(crate) table: Table,
    /// The fields that it feeds, those that only this table knows counted twice.
    pub(crate) score: usize,
    /// Whether one of its names is of this table and no other: a list of ids and names may be of anything.
    pub(crate) certain: bool,
}

/// The tables whose least needs a header meets, best first. `given` are fields that the caller mapped.
pub(crate) fn covers(header: &[&str], given: &[(usize, &str)]) -> Vec<Cover> {
    let forms: BTreeSet<String> = header.iter().map(|name| alias_form(name)).collect();
    let mut covers: Vec<Cover> = Table::ALL
        .into_iter()
        .filter(|&table| {
            given
                .iter()
                .all(|(_, field)| field.is_empty() || target(table, field).is_some())
        })
        .filter(|&table| !strangers(table).iter().any(|stranger| forms.contains(*stranger)))
        .filter(|&table| !is_list_of_parts(table, &forms))
        .filter_map(|table| cover(table, header, given))
        .collect();
    covers.sort_by_key(|cover| (std::cmp::Reverse(cover.score), cover.table));
    covers
}

// Rows with an id of their own beside the id of an account or opportunity belong to it and are something else.
fn is_list_of_parts(table: Table, forms: &BTreeSet<String>) -> bool {
    let whole = match table {
        Table::Accounts => "accountid",
        Table::Opportunities => "opportunityid",
        _ => return false,
    };
    forms.contains("id") && forms.contains(whole)
}

fn cover(table: Table, header: &[&str], given: &[(usize, &str)]) -> Option<Cover> {
    let free: Vec<bool> = (0..header.len())
        .map(|at| given.iter().all(|(taken, _)| *taken != at))
        .collect();
    let taken: Vec<&str> = given.iter().map(|(_, field)| *field).collect();
    let found = targets(table, header, &free, &taken);
    let fed = |name: &str| taken.contains(&name) || found.iter().flatten().any(|target| target.name() == name);
    if !needs(table).iter().all(|any_of| any_of.iter().any(|name| fed(name))) {
        return None;
    }
    let fields = found
        .iter()
        .flatten()
        .filter(|target| matches!(target, Target::Field(_)))
        .count();
    let feeding = header.iter().zip(&found).filter(|(_, found)| found.is_some());
    let feeding: Vec<String> = feeding.map(|(name, _)| alias_form(name)).collect();
    let telling = feeding.iter().filter(|form| is_telling(table, form)).count();
    let of_deals = feeding
        .iter()
        .any(|form| DEAL_WORDS.iter().any(|word| form.starts_with(word)));
    let given = given.iter().filter(|(_, field)| !field.is_empty()).count();
    let tells_history = table == Table::StageHistory && is_opportunity_history(header);
    let of_partners = feeding.iter().any(|form| form.starts_with("partner"));
    let certain = telling + given > 0
        || tells_history
        || (table == Table::Opportunities && of_deals)
        || (table == Table::Partners && of_partners);
    Some(Cover {
        table,
        score: fields + telling + 2 * given + usize::from(tells_history),
        certain,
    })
}

// HubSpot's history of properties; and Salesforce's OpportunityHistory, which has the columns of an opportunity; but an opportunity's own id is called `Id` there, and
// it has a name and an account.
fn is_opportunity_history(header: &[&str]) -> bool {
    let forms: Vec<String> = header.iter().map(|name| alias_form(name)).collect();
    if is_history_of_properties(&forms) {
        return true;
    }
    let has = |name: &str| forms.iter().any(|form| form == name);
    let of_opportunities = [
        "name",
        "opportunityname",
        "accountid",
        "accountname",
        "iswon",
        "isclosed",
        "leadsource",
    ];
    has("opportunityid") && has("stagename") && has("createddate") && !of_opportunities.iter().any(|name| has(name))
}

// How names begin that speak of opportunities, though other tables know them too.
const DEAL_WORDS: &[&str] = &["deal", "opportunity", "stage"];

// Whether no other table knows the name.
fn is_telling(table: Table, form: &str) -> bool {
    let knows = |table: Table| {
        aliases(table)
            .iter()
            .any(|(name, aliases)| normalise(name) == form || aliases.contains(&form))
    };
    !Table::ALL.into_iter().any(|other| other != table && knows(other))
}

/// How many names of a row are names that some table knows: what tells a header from a title.
pub(crate) fn known_names(row: &[&str]) -> usize {
    let known = |form: &str| {
        let all = Table::ALL.into_iter().flat_map(aliases).chain(HINT_ALIASES);
        all.into_iter()
            .any(|(name, aliases)| normalise(name) == form || aliases.contains(&form))
    };
    row.iter()
        .map(|name| alias_form(name))
        .filter(|form| !form.is_empty() && known(form))
        .count()
}
