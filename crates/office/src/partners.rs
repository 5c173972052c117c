//! Partners: who is the route in? Those of the facts and those that somebody added by hand, each once, with what we have in
//! common, what flows through them, and what was agreed, given and got. Must not map lists nor attribute.

use std::collections::BTreeMap;
use std::sync::Arc;

use beachhead_facts::attribute::{PartnerCredit, classes};
use beachhead_facts::star::PartnerTouches;
use beachhead_ledger::{NewPartnerEntry, Partner, PartnerEntry};
use beachhead_strategy::bet::slug;
use beachhead_strategy::{Bet, CellState, Class, Currency};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::looking_back::day_of;
use crate::mapping::{MatrixView, RowsAsked, Which};
use crate::memo::name_of;
use crate::people::blocking;
use crate::standing::Standing;
use crate::weighing::units;
use crate::{Answer, Code, Office, Refusal};

/// The most letters of an agreed motion.
pub const MOTION_CHARS: usize = 2_000;
/// People of a partner that its page names.
const PEOPLE_SHOWN: usize = 12;

/// What can be said of a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// What we gave: an introduction, a reference, something in return.
    Gave,
    /// What we got, beside what the facts hold.
    Got,
    /// A conversation.
    Met,
    /// The motion that was agreed: each is a version, and the last one holds.
    Motion,
    /// Who of us the partner belongs to: the last one holds.
    Owner,
}

impl Saying {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Gave, Self::Got, Self::Met, Self::Motion, Self::Owner];

    /// Its word, as the record keeps it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gave => "gave",
            Self::Got => "got",
            Self::Met => "met",
            Self::Motion => "motion",
            Self::Owner => "owner",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Open pipeline of one class.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Pipeline {
    /// Open opportunities.
    pub open: u64,
    /// The partner's part of their amounts, in units of the program's currency.
    pub units: f64,
}

/// A partner as the list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerRow {
    /// Its key: that of the facts, or of the record where no import has brought it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type; empty where nobody says.
    pub partner_type: String,
    /// Its website, where somebody gave one.
    pub website: Option<String>,
    /// Whether the facts have it.
    pub is_imported: bool,
    /// Who of us it belongs to: a person's id, or a name; empty while it is nobody's.
    pub owner: String,
    /// What the owner is called.
    pub owner_name: String,
    /// Whether there is a list of its accounts.
    pub has_list: bool,
    /// Companies in common; none where there is no list, or nobody has mapped it yet.
    pub in_common: Option<usize>,
    /// Pairs that wait for review.
    pub waiting: Option<usize>,
    /// Open pipeline that it sourced.
    pub sourced: Pipeline,
    /// Open pipeline where it is present.
    pub present: Pipeline,
    /// The bets that it is worked in, as key and name.
    pub bets: Vec<(String, String)>,
    /// The last day on which it did something with us, by the facts or by what was said.
    pub last_touch: Option<Date>,
    keys: Vec<String>,
}

/// Partners of one cell.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerGroup {
    /// The cells of their type: segment and state, the chosen first. A partner stands with the first.
    pub cells: Vec<(String, CellState)>,
    /// The partner type.
    pub partner_type: String,
    /// Places in the list of partners.
    pub partners: Vec<usize>,
}

/// The list of partners.
#[derive(Debug, Clone)]
pub struct PartnersList {
    /// In the order of their names.
    pub partners: Vec<PartnerRow>,
    /// The same by cell, those of chosen cells first.
    pub groups: Vec<PartnerGroup>,
    /// The currency of amounts.
    pub currency: Option<Currency>,
}

/// Somebody at a partner, by the accounts that we have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TheirPerson {
    /// The name.
    pub name: String,
    /// Companies in common that are theirs.
    pub companies: usize,
}

/// All that is known of a partner.
#[derive(Debug, Clone)]
pub struct PartnerView {
    /// As the list shows it.
    pub row: PartnerRow,
    /// The cells of its type: segment, state, reason.
    pub cells: Vec<(String, CellState, String)>,
    /// The bets of those cells that name it or take any of its type, whatever their state: key and name.
    pub bets: Vec<(String, String)>,
    /// Its list against our accounts; none where there is no list, or nobody has mapped it yet.
    pub matrix: Option<MatrixView>,
    /// Who owns the accounts there that we have in common.
    pub people: Vec<TheirPerson>,
    /// What the facts hold of its touches by kind.
    pub touches: Option<PartnerTouches>,
    /// What was said of it, the latest first, by kind.
    pub said: BTreeMap<&'static str, Vec<PartnerEntry>>,
    /// How many targets go through it.
    pub targets: usize,
    /// The currency of amounts.
    pub currency: Option<Currency>,
}

impl PartnerView {
    /// What was said of one kind, the latest first.
    #[must_use]
    pub fn said(&self, kind: Saying) -> &[PartnerEntry] {
        self.said.get(kind.name()).map_or(&[], Vec::as_slice)
    }
}

/// A partner to add by hand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewPartner {
    /// Its name.
    pub name: String,
    /// Its type.
    pub partner_type: String,
    /// Its website; may be empty.
    pub website: String,
    /// Who of us it belongs to; may be empty.
    pub owner: String,
}

/// Something said of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerSaid {
    /// The partner's key.
    pub partner: String,
    /// What kind of thing.
    pub kind: Saying,
    /// The day it speaks of.
    pub on: Date,
    /// The words; a person's id or a name for an owner.
    pub words: String,
    /// With whom there; may be empty.
    pub with_whom: String,
}

impl Office {
    /// Every partner, by cell.
    pub fn partners<'a>(&'a self, actor: &'a Actor, standing: &'a Standing) -> Answer<'a, PartnersList> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let mut partners = self.known_partners(standing).await?;
            self.add_overlap(actor, standing, &mut partners).await?;
            add_credit(standing, self.credits(standing).await?.as_deref(), &mut partners);
            let entries = self.entries_until(standing).await?;
            for partner in &mut partners {
                add_said(standing, &entries, partner);
                partner.bets = bets_of(standing, partner, true);
            }
            partners.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
            Ok(PartnersList {
                groups: groups(standing, &partners),
                currency: currency(standing),
                partners,
            })
        })
    }

    /// Everything that is known of one partner, by its key or name.
    pub fn partner<'a>(&'a self, actor: &'a Actor, standing: &'a Standing, key: &'a str) -> Answer<'a, PartnerView> {
        Box::pin(async move {
            let list = self.partners(actor, standing).await?;
            let row = find(&list.partners, key)?.clone();
            let strategy = standing.strategy();
            let of_type = strategy
                .cells
                .iter()
                .filter(|cell| cell.partner_type == row.partner_type);
            let mut cells: Vec<_> = of_type
                .map(|cell| (cell.segment.clone(), cell.state, cell.reason.clone()))
                .collect();
            cells.sort_by_key(|(_, state, _)| rank(*state));
            let credits = self.credits(standing).await?;
            let mut touches = credits.iter().flat_map(|credits| &credits.touches);
            let touches = touches.find(|touches| row.keys.contains(&touches.partner_id)).cloned();
            let mut said: BTreeMap<&'static str, Vec<PartnerEntry>> = BTreeMap::new();
            for entry in self.entries_until(standing).await?.into_iter().rev() {
                if let Some(kind) = Saying::from_name(&entry.entry.kind)
                    && row.keys.contains(&entry.entry.partner)
                {
                    said.entry(kind.name()).or_default().push(entry);
                }
            }
            let targets = self.target_rows(standing).await?;
            let through = |target: &&crate::targets::TargetRow| {
                target
                    .partner
                    .as_ref()
                    .is_some_and(|partner| row.keys.contains(partner))
                    || target.partner_name == row.name
            };
            let matrix = match row.in_common {
                Some(_) if row.has_list => Some(self.match_matrix(actor, &row.id, standing.looked_back).await?),
                _ => None,
            };
            Ok(PartnerView {
                bets: bets_of(standing, &row, false),
                matrix,
                people: self.people_of(actor, standing, &row).await?,
                targets: targets.iter().filter(through).count(),
                currency: list.currency,
                cells,
                touches,
                said,
                row,
            })
        })
    }

    /// Adds a partner that no import has brought yet; gives its key.
    pub fn add_partner<'a>(&'a self, actor: &'a Actor, new: &'a NewPartner) -> Answer<'a, String> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let standing = self.standing(actor, None).await?;
            let (name, website) = (new.name.trim(), new.website.trim());
            for (what, words) in [("The name", name), ("The website", website), ("The owner", &new.owner)] {
                sentence(what, words)?;
            }
            let id = slug(name);
            if id.is_empty() {
                return Err(Refusal::bad_input("The name is missing", "Type the partner's name."));
            }
            let types = partner_types(&standing);
            if !types.contains(&new.partner_type) {
                return Err(Refusal::bad_input(
                    format!("“{}” is no partner type", new.partner_type),
                    format!("There are {}.", types.join(", ")),
                ));
            }
            let known = self.known_partners(&standing).await?;
            if let Ok(there) = find(&known, name).or_else(|_| find(&known, &id)) {
                return Err(Refusal::conflict(
                    format!("{} is here already", there.name),
                    "Look at its page.",
                ));
            }
            let owner = new.owner.trim();
            let entries = (!owner.is_empty()).then(|| NewPartnerEntry {
                partner: id.clone(),
                kind: Saying::Owner.name().to_owned(),
                on: standing.today,
                words: owner.to_owned(),
                with_whom: None,
            });
            let partner = Partner {
                id: id.clone(),
                name: name.to_owned(),
                partner_type: new.partner_type.clone(),
                website: Some(website.to_owned()).filter(|website| !website.is_empty()),
                added_by: actor.id().to_owned(),
                added_at: self.surroundings.now(),
            };
            let stamp = self.stamp_of(actor, "add partner");
            self.ledger
                .add_partner(&stamp, partner, entries.into_iter().collect())
                .await?;
            Ok(id)
        })
    }

    /// Keeps something said of a partner: what was given, got or agreed, a conversation, or who of us it belongs to.
    pub fn say_of_partner<'a>(&'a self, actor: &'a Actor, said: &'a PartnerSaid) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let standing = self.standing(actor, None).await?;
            let known = self.known_partners(&standing).await?;
            let partner = find(&known, &said.partner)?;
            let words = said.words.trim();
            if words.is_empty() {
                return Err(Refusal::bad_input("The words are missing", "Say it in a sentence."));
            }
            match said.kind {
                Saying::Motion if words.chars().count() > MOTION_CHARS => {
                    return Err(Refusal::bad_input(
                        format!("The motion has {} characters", words.chars().count()),
                        format!("Say it in {MOTION_CHARS} at most."),
                    ));
                }
                Saying::Motion => {}
                _ => sentence("What was said", words)?,
            }
            sentence("The name", &said.with_whom)?;
            if said.on > standing.today {
                return Err(Refusal::bad_input(
                    format!("{} has not come yet", said.on),
                    "Give a day up to today.",
                ));
            }
            let entry = NewPartnerEntry {
                partner: partner.id.clone(),
                kind: said.kind.name().to_owned(),
                on: said.on,
                words: words.to_owned(),
                with_whom: Some(said.with_whom.trim().to_owned()).filter(|name| !name.is_empty()),
            };
            Ok(self
                .ledger
                .add_partner_entry(&self.stamp_of(actor, "say of partner"), entry)
                .await?)
        })
    }

    /// The partners of the facts, then those that only the record has.
    pub(crate) async fn known_partners(&self, standing: &Standing) -> Result<Vec<PartnerRow>, Refusal> {
        let by_hand = self.ledger.partners().await?;
        let by_hand = by_hand
            .into_iter()
            .filter(|partner| day_of(partner.added_at) <= standing.today);
        let by_hand: Vec<Partner> = by_hand.collect();
        let same = |name: &str| {
            by_hand
                .iter()
                .find(|partner| partner.name.to_lowercase() == name.to_lowercase())
        };
        let mut rows = Vec::new();
        if let Some(facts) = &standing.facts {
            for (id, name, partner_type) in facts.star.partners_known() {
                let known = same(name).or_else(|| same(id));
                let or_theirs = || known.map_or_else(String::new, |known| known.partner_type.clone());
                let mut keys = vec![id.to_owned()];
                keys.extend(known.map(|known| known.id.clone()));
                rows.push(PartnerRow {
                    partner_type: Some(partner_type.to_owned())
                        .filter(|one| !one.is_empty())
                        .unwrap_or_else(or_theirs),
                    website: known.and_then(|known| known.website.clone()),
                    is_imported: true,
                    keys,
                    ..PartnerRow::named(id, name)
                });
            }
        }
        for partner in by_hand {
            if !rows.iter().any(|row: &PartnerRow| row.keys.contains(&partner.id)) {
                rows.push(PartnerRow {
                    partner_type: partner.partner_type,
                    website: partner.website,
                    last_touch: None,
                    ..PartnerRow::named(&partner.id, &partner.name)
                });
            }
        }
        Ok(rows)
    }

    /// What each partner's list has in common with us.
    async fn add_overlap(&self, actor: &Actor, standing: &Standing, rows: &mut [PartnerRow]) -> Result<(), Refusal> {
        let mapped = match self.mapped_partners(actor, standing.looked_back).await {
            Ok(mapped) => mapped.partners,
            // Nothing is imported, or no list among it.
            Err(refusal) if refusal.code == Code::Conflict => return Ok(()),
            Err(refusal) => return Err(refusal),
        };
        for list in mapped {
            if let Some(row) = rows.iter_mut().find(|row| row.keys.contains(&list.id)) {
                (row.has_list, row.in_common, row.waiting) = (true, list.companies, list.waiting);
            }
        }
        Ok(())
    }

    async fn entries_until(&self, standing: &Standing) -> Result<Vec<PartnerEntry>, Refusal> {
        let mut entries = self.ledger.partner_entries().await?;
        entries.retain(|entry| day_of(entry.at) <= standing.today);
        Ok(entries)
    }

    /// Who owns, at the partner, the accounts that we have in common: those with the most first.
    async fn people_of(
        &self,
        actor: &Actor,
        standing: &Standing,
        row: &PartnerRow,
    ) -> Result<Vec<TheirPerson>, Refusal> {
        if !row.has_list || row.in_common.is_none() {
            return Ok(Vec::new());
        }
        let asked = RowsAsked {
            partner: row.id.clone(),
            which: Which::Taken,
            limit: usize::MAX,
            as_of: standing.looked_back,
            ..RowsAsked::default()
        };
        let mut companies: BTreeMap<String, usize> = BTreeMap::new();
        for pair in self.match_rows(actor, &asked).await?.rows {
            if !pair.theirs_owner.is_empty() {
                *companies.entry(pair.theirs_owner).or_default() += 1;
            }
        }
        let mut people: Vec<TheirPerson> = companies
            .into_iter()
            .map(|(name, companies)| TheirPerson { name, companies })
            .collect();
        people.sort_by(|one, other| other.companies.cmp(&one.companies).then(one.name.cmp(&other.name)));
        people.truncate(PEOPLE_SHOWN);
        Ok(people)
    }
}

/// The partner types that a partner may be of: those of the program's cells and bets.
#[must_use]
pub fn partner_types(standing: &Standing) -> Vec<String> {
    let strategy = standing.strategy();
    let draft = &standing.draft.parsed.strategy;
    let cells = strategy.cells.iter().chain(&draft.cells).map(|cell| &cell.partner_type);
    let bets = strategy.bets.iter().chain(&draft.bets).map(|bet| &bet.partner_type);
    let known = standing.facts.iter().flat_map(|facts| facts.star.partners_known());
    let imported = known.map(|(_, _, of)| of.to_owned()).filter(|of| !of.is_empty());
    let mut types: Vec<String> = cells.chain(bets).cloned().chain(imported).collect();
    types.extend(
        beachhead_strategy::motion::Template::ALL
            .iter()
            .map(|template| template.partner_type().to_owned()),
    );
    types.sort();
    types.dedup();
    types
}

impl PartnerRow {
    fn named(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            partner_type: String::new(),
            website: None,
            is_imported: false,
            owner: String::new(),
            owner_name: String::new(),
            has_list: false,
            in_common: None,
            waiting: None,
            sourced: Pipeline::default(),
            present: Pipeline::default(),
            bets: Vec::new(),
            last_touch: None,
            keys: vec![id.to_owned()],
        }
    }

    /// Whether a key or a name means this partner.
    #[must_use]
    pub fn is_called(&self, asked: &str) -> bool {
        self.keys.iter().any(|key| key == asked) || self.name.to_lowercase() == asked.to_lowercase()
    }
}

fn find<'a>(partners: &'a [PartnerRow], key: &str) -> Result<&'a PartnerRow, Refusal> {
    let by_key = partners.iter().find(|row| row.keys.iter().any(|one| one == key));
    by_key
        .or_else(|| partners.iter().find(|row| row.is_called(key)))
        .ok_or_else(|| {
            Refusal::not_found(
                format!("There is no partner {key}"),
                "Look for it in the list of partners, or add it.",
            )
        })
}

fn currency(standing: &Standing) -> Option<Currency> {
    standing.facts.as_ref().and_then(|facts| facts.star.currency())
}

/// What the facts give each partner credit for, and its touches.
pub(crate) struct Credits {
    partners: Vec<PartnerCredit>,
    touches: Vec<PartnerTouches>,
}

impl Office {
    /// What the facts of a standing say of partners, by the policy in force; remembered by these.
    async fn credits(&self, standing: &Standing) -> Result<Option<Arc<Credits>>, Refusal> {
        let Some(facts) = standing.facts.clone() else {
            return Ok(None);
        };
        let (policy, as_of) = (standing.strategy().attribution.clone(), standing.as_of);
        let name = name_of(&(&facts.manifest.id, as_of, &policy));
        let credits = blocking(move || {
            Arc::new(Credits {
                partners: classes(&facts.star, &policy, as_of).partners,
                touches: facts.star.touches_by_partner(as_of),
            })
        });
        self.credited.once(&name, credits).await.map(Some)
    }
}

/// Open pipeline by partner, as the policy in force attributes it, and its last touch.
fn add_credit(standing: &Standing, credits: Option<&Credits>, rows: &mut [PartnerRow]) {
    let of = currency(standing);
    for credit in credits.into_iter().flat_map(|credits| &credits.partners) {
        let pipeline = Pipeline {
            open: credit.open,
            units: units(credit.open_minor, of),
        };
        if let Some(row) = rows.iter_mut().find(|row| row.keys.contains(&credit.partner_id)) {
            match credit.class {
                Class::Sourced => row.sourced = pipeline,
                Class::Present => row.present = pipeline,
                Class::Influenced | Class::Direct => {}
            }
        }
    }
    for touch in credits.into_iter().flat_map(|credits| &credits.touches) {
        if let Some(row) = rows.iter_mut().find(|row| row.keys.contains(&touch.partner_id)) {
            row.last_touch = row.last_touch.max(touch.last_on);
        }
    }
}

/// What was said of a partner that the list shows: whose it is, and when it was heard of last.
fn add_said(standing: &Standing, entries: &[PartnerEntry], row: &mut PartnerRow) {
    for entry in entries.iter().filter(|entry| row.keys.contains(&entry.entry.partner)) {
        if entry.entry.kind == Saying::Owner.name() {
            row.owner.clone_from(&entry.entry.words);
            standing.name(&entry.entry.words).clone_into(&mut row.owner_name);
        } else {
            row.last_touch = row.last_touch.max(Some(entry.entry.on));
        }
    }
}

/// The bets that a partner is a way into: those that name it, and those that take any partner of its type.
fn bets_of(standing: &Standing, row: &PartnerRow, only_worked: bool) -> Vec<(String, String)> {
    let takes = |bet: &&&Bet| {
        let is_named = bet.partners.iter().any(|name| row.is_called(name));
        let is_any = bet.partners.is_empty() && bet.partner_type == row.partner_type;
        (is_named || is_any) && (!only_worked || standing.state_of(&bet.name).is_worked())
    };
    let bets = standing.bets();
    let mine = bets.iter().filter(takes);
    mine.map(|bet| (bet.key(), bet.name.clone())).collect()
}

/// The order of cells: what was chosen first.
const fn rank(state: CellState) -> u8 {
    match state {
        CellState::Chosen => 0,
        CellState::Undecided => 1,
        CellState::Parked => 2,
        CellState::Declined => 3,
    }
}

/// Partners by the cells of their type, those of a chosen cell first, those of no cell last.
fn groups(standing: &Standing, partners: &[PartnerRow]) -> Vec<PartnerGroup> {
    let mut by_type: BTreeMap<&str, PartnerGroup> = BTreeMap::new();
    for (at, partner) in partners.iter().enumerate() {
        let group = by_type.entry(&partner.partner_type).or_insert_with(|| {
            let of_type = standing.strategy().cells.iter();
            let of_type = of_type.filter(|cell| cell.partner_type == partner.partner_type);
            let mut cells: Vec<_> = of_type.map(|cell| (cell.segment.clone(), cell.state)).collect();
            cells.sort_by_key(|(_, state)| rank(*state));
            PartnerGroup {
                cells,
                partner_type: partner.partner_type.clone(),
                partners: Vec::new(),
            }
        });
        group.partners.push(at);
    }
    let mut groups: Vec<PartnerGroup> = by_type.into_values().collect();
    groups.sort_by_key(|group| {
        (
            group.cells.first().map_or(9, |(_, state)| rank(*state)),
            group.partner_type.is_empty(),
        )
    });
    groups
}
