//! A partner's list laid over our accounts: read from the facts of a day, mapped once, remembered. Must not decide what a
//! pair is.

use std::sync::Arc;

use beachhead_facts::lists::{ListOf, OurAccounts, Pipeline, Population};
use beachhead_facts::read::TextColumn;
use beachhead_mapping::decisions::{RecordKey, record_keys};
use beachhead_mapping::{Column, List, Mapping, Options, map};
use jiff::civil::Date;

use super::decisions::AllSaid;
use super::files::columns;
use super::settled::Settled;
use crate::actor::{Actor, Permission};
use crate::memo::name_of;
use crate::people::blocking;
use crate::standing::Facts;
use crate::{Answer, Office, Refusal};

/// Records of all lists together up to which the overview of partners maps those that nobody has looked at yet.
const OVERVIEW_RECORDS: u64 = 400_000;

/// Our accounts on a day.
pub(crate) struct Ours {
    pub(crate) list: List,
    pub(crate) keys: Vec<RecordKey>,
    pub(crate) populations: Vec<Population>,
    pub(crate) pipelines: Vec<Pipeline>,
    pub(crate) owners: Column,
}

/// A partner's accounts.
pub(crate) struct Theirs {
    pub(crate) list: List,
    pub(crate) keys: Vec<RecordKey>,
    pub(crate) populations: Vec<Population>,
    pub(crate) owners: Column,
    pub(crate) told_on: Vec<Option<Date>>,
    pub(crate) places: Vec<(i32, i64)>,
}

/// A partner's list over our accounts, as the model sees it.
pub(crate) struct Laid {
    /// What this was worked out from.
    pub(crate) name: String,
    pub(crate) facts: Arc<Facts>,
    /// The day whose knowledge counts.
    pub(crate) as_of: Date,
    pub(crate) of: ListOf,
    pub(crate) ours: Arc<Ours>,
    pub(crate) theirs: Theirs,
    pub(crate) mapping: Mapping,
}

impl Laid {
    /// What the partner is called.
    pub(crate) fn partner_name(&self) -> &str {
        self.facts.star.partner_name(&self.of.partner_id)
    }
}

/// What is shown of a partner among others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Counted {
    companies: usize,
    waiting: usize,
}

/// The partners with lists.
#[derive(Debug, Clone)]
pub struct PartnersView {
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// In the order of their names.
    pub partners: Vec<PartnerOverview>,
    /// Labels from which probabilities are calibrated.
    pub labels: usize,
    /// The precision that somebody set for what is taken without a question.
    pub precision: Option<f64>,
}

/// A partner with a list.
#[derive(Debug, Clone)]
pub struct PartnerOverview {
    /// What the list calls the partner.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The rows of its list.
    pub records: u64,
    /// The first and the last day that its rows speak of.
    pub told: Option<(Date, Date)>,
    /// Companies that are in both lists; none where the lists are large and nobody has mapped them yet.
    pub companies: Option<usize>,
    /// Pairs that wait for review.
    pub waiting: Option<usize>,
}

impl Office {
    /// The partners of whom there is a list, with what each has in common with us.
    pub fn mapped_partners<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, PartnersView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = self.facts_of_lists(as_of).await?;
            let day = as_of.unwrap_or(facts.manifest.as_of);
            let lists = self.lists_of(&facts).await?;
            let said = self.all_said(as_of).await?;
            let precision = self.match_precision().await?;
            let accounts = facts
                .manifest
                .table(beachhead_facts::catalogue::Table::Accounts)
                .map_or(0, |table| table.rows);
            let records: u64 = lists.iter().map(|list| list.rows + accounts).sum();
            let mut partners = Vec::with_capacity(lists.len());
            for list in lists.iter() {
                let name = laid_name(&facts, &list.partner_id, day);
                let name = counted_name(&name, &said, precision);
                let counted = match self.mapped.counted.get(&name) {
                    None if records <= OVERVIEW_RECORDS => {
                        let settled = self.settled(&list.partner_id, as_of).await?;
                        Some(counted(&settled))
                    }
                    known => known,
                };
                partners.push(PartnerOverview {
                    id: list.partner_id.clone(),
                    name: facts.star.partner_name(&list.partner_id).to_owned(),
                    records: list.rows,
                    told: list.told,
                    companies: counted.map(|counted| counted.companies),
                    waiting: counted.map(|counted| counted.waiting),
                });
            }
            partners.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
            Ok(PartnersView {
                as_of: day,
                partners,
                labels: said.labels(),
                precision,
            })
        })
    }

    /// The facts of a day, where there is a partner's list among them.
    async fn facts_of_lists(&self, as_of: Option<Date>) -> Result<Arc<Facts>, Refusal> {
        let today = self.surroundings.today();
        let facts = self
            .facts_in_force(as_of)
            .await?
            .ok_or_else(crate::importing::no_facts)?;
        if let Some(day) = as_of.filter(|day| *day > today.max(facts.manifest.as_of)) {
            return Err(Refusal::bad_input(
                format!("{day} has not come yet"),
                "Give a day up to today.",
            ));
        }
        if facts
            .manifest
            .table(beachhead_facts::catalogue::Table::PartnerAccounts)
            .is_none()
        {
            return Err(no_lists());
        }
        Ok(facts)
    }

    async fn lists_of(&self, facts: &Arc<Facts>) -> Result<Arc<Vec<ListOf>>, Refusal> {
        let (store, facts_read) = (self.facts.clone(), Arc::clone(facts));
        let read = async {
            Ok(Arc::new(
                blocking(move || store.partner_lists(&facts_read.manifest)).await??,
            ))
        };
        self.mapped.lists.once(&facts.manifest.id, read).await
    }

    /// The list of a partner that is named by its id or by what it is called.
    async fn list_named(&self, facts: &Arc<Facts>, partner: &str) -> Result<ListOf, Refusal> {
        let lists = self.lists_of(facts).await?;
        let by_id = lists.iter().find(|list| list.partner_id == partner);
        let called = |list: &&ListOf| {
            let name = facts.star.partner_name(&list.partner_id);
            [name, &list.partner_id]
                .iter()
                .any(|known| known.to_lowercase() == partner.trim().to_lowercase())
        };
        by_id.or_else(|| lists.iter().find(called)).cloned().ok_or_else(|| {
            let known: Vec<&str> = lists
                .iter()
                .map(|list| facts.star.partner_name(&list.partner_id))
                .take(20)
                .collect();
            Refusal::not_found(
                format!("There is no list of a partner {partner}"),
                format!("There are lists of {}.", known.join(", ")),
            )
        })
    }

    /// A partner's list over our accounts, as the model sees it on a day.
    pub(crate) async fn laid(&self, partner: &str, as_of: Option<Date>) -> Result<Arc<Laid>, Refusal> {
        let facts = self.facts_of_lists(as_of).await?;
        let of = self.list_named(&facts, partner).await?;
        let day = as_of.unwrap_or(facts.manifest.as_of);
        let name = laid_name(&facts, &of.partner_id, day);
        let (store, mapped, laid_name) = (self.facts.clone(), Arc::clone(&self.mapped), name.clone());
        let lay = move || {
            let ours_name = name_of(&(&facts.manifest.id, day));
            let ours = mapped
                .ours
                .or_try(&ours_name, || ours(facts.star.our_accounts(day)).map(Arc::new))?;
            let theirs = theirs(store.partner_list(&facts.manifest, &of.partner_id)?)?;
            let mapping = map(&ours.list, &theirs.list, &Options::default())?;
            Ok::<_, Refusal>(Arc::new(Laid {
                name: laid_name,
                facts,
                as_of: day,
                of,
                ours,
                theirs,
                mapping,
            }))
        };
        self.mapped.laid.once(&name, async { blocking(lay).await? }).await
    }

    /// The same with what people said, and what follows from that.
    pub(crate) async fn settled(&self, partner: &str, as_of: Option<Date>) -> Result<Arc<Settled>, Refusal> {
        let laid = self.laid(partner, as_of).await?;
        let said = self.all_said(as_of).await?;
        let precision = self.match_precision().await?;
        let name = counted_name(&laid.name, &said, precision);
        let settle = move || Settled::new(laid, said, precision).map(|settled| (counted(&settled), Arc::new(settled)));
        let settle = async {
            let (counted, settled) = blocking(settle).await??;
            self.mapped.counted.put(name.clone(), counted);
            Ok(settled)
        };
        self.mapped.settled.once(&name, settle).await
    }
}

fn laid_name(facts: &Facts, partner: &str, day: Date) -> String {
    name_of(&(&facts.manifest.id, partner, day))
}

/// The name of what follows from a list, from what was said until then, and from the precision that is asked for.
fn counted_name(laid: &str, said: &AllSaid, precision: Option<f64>) -> String {
    name_of(&(laid, &said.name, precision))
}

fn counted(settled: &Settled) -> Counted {
    Counted {
        companies: settled.companies.count,
        waiting: settled.waiting(),
    }
}

pub(crate) fn no_lists() -> Refusal {
    Refusal::conflict(
        "No partner's list has been imported yet",
        "Import one on the page Data, or with `beachhead import FILE`: the partner, each account's name or website, and \
         whether it is their customer, open opportunity or prospect.",
    )
}

fn cut_wrongly() -> Refusal {
    Refusal::internal("A column of the list was cut wrongly")
}

fn column(column: TextColumn) -> Result<Column, Refusal> {
    Column::new(column.text, column.ends).ok_or_else(cut_wrongly)
}

fn ours(accounts: OurAccounts) -> Result<Ours, Refusal> {
    let list = columns(accounts.list).ok_or_else(cut_wrongly)?;
    Ok(Ours {
        keys: record_keys(&list)?,
        list,
        populations: accounts.populations,
        pipelines: accounts.pipelines,
        owners: column(accounts.owners)?,
    })
}

fn theirs(accounts: beachhead_facts::lists::PartnerList) -> Result<Theirs, Refusal> {
    let list = columns(accounts.list).ok_or_else(cut_wrongly)?;
    Ok(Theirs {
        keys: record_keys(&list)?,
        list,
        populations: accounts.populations,
        owners: column(accounts.owners)?,
        told_on: accounts.told_on,
        places: accounts.places,
    })
}
