//! What files of one import say of the rows of others: what stages are called and mean, and which company a deal is of.
//! It must not make facts.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::record::Record;
use super::status::Verdict;
use super::{FileReport, Input, Opened, ReadOptions};
use crate::alias::{Hint, LINKS_OF_DEALS, Target, normalise};
use crate::catalogue::Table;
use crate::error::FactsError;
use crate::limits::LINKS_MAX;
use crate::snapshot::hex;
use crate::stages::{Stage, StageMap};
use crate::typed;

/// What is known of the rows of a file from elsewhere: from other files of the same import, from the snapshot in force
/// and from answers given before.
#[derive(Debug, Clone, Default)]
pub struct Companions {
    /// What stages are called and mean.
    pub stages: StageMap,
    accounts: Arc<BTreeMap<String, String>>,
}

impl Companions {
    /// What is known of stages, and nothing else.
    pub fn knowing(stages: StageMap) -> Self {
        Self {
            stages,
            accounts: Arc::default(),
        }
    }

    /// Whether the file that a report is about says something of others: stages, or the companies of deals.
    pub fn is_one(report: &FileReport) -> bool {
        report.table == Some(Table::Stages) || report.passed_over.as_deref() == Some(LINKS_OF_DEALS)
    }

    /// Takes in what a file says of others.
    ///
    /// # Errors
    /// As [`super::inspect`]; [`FactsError::TooLarge`] for more than [`LINKS_MAX`] links.
    pub fn add(&mut self, input: Input<'_>, options: &ReadOptions) -> Result<(), FactsError> {
        let mut opened = Opened::new(input, options, false)?;
        if opened.plan.table == Some(Table::Stages) {
            self.add_stages(&mut opened)
        } else {
            self.add_links(&input.name(), &mut opened)
        }
    }

    /// Whether they say which company any deal is of.
    pub(crate) fn link_deals(&self) -> bool {
        !self.accounts.is_empty()
    }

    /// A mark of every link, for what is read by them.
    pub(crate) fn mark_of_links(&self) -> String {
        let mut hash = Sha256::new();
        for text in self.accounts.iter().flat_map(|(deal, company)| [deal, company]) {
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        hex(&hash.finalize())
    }

    /// The company of a deal, where a file of links names it.
    pub(crate) fn account_of(&self, deal: &str) -> Option<&str> {
        self.accounts.get(deal).map(String::as_str)
    }

    fn add_stages(&mut self, opened: &mut Opened<'_>) -> Result<(), FactsError> {
        let Opened {
            source, plan, decided, ..
        } = opened;
        let cell = |record: &Record, name: &str| {
            let text = record.get(plan.column_of(name)?)?.trim();
            (!typed::is_missing_value(text)).then(|| text.to_owned())
        };
        let stages = &mut self.stages;
        source.each(&mut |row, record| {
            let deleted = plan.columns.iter().zip(record.iter()).any(|(column, text)| {
                column.target == Some(Target::Hint(Hint::IsDeleted)) && typed::flag(text) == Ok(Some(true))
            });
            if let (Some(name), Verdict::Known(means)) = (cell(record, "stage"), decided.status.of(record))
                && row > plan.header_row
                && !deleted
            {
                stages.insert(Stage {
                    name,
                    id: cell(record, "stage_id"),
                    means,
                    order: cell(record, "order").and_then(|order| order.trim_end_matches(".0").parse().ok()),
                    from: cell(record, "from").and_then(|day| typed::day(&day, None, false).ok()),
                });
            }
            Ok(true)
        })
    }

    fn add_links(&mut self, file: &str, opened: &mut Opened<'_>) -> Result<(), FactsError> {
        let Opened { source, plan, .. } = opened;
        let column = |names: &[&str]| {
            let named = |name: &str| names.contains(&normalise(name).as_str());
            plan.columns.iter().position(|column| named(&column.source))
        };
        let (deal, company) = (
            column(&["dealid", "opportunityid"]),
            column(&["companyid", "associatedcompanyid"]),
        );
        let (Some(deal), Some(company)) = (deal, company) else {
            return Ok(());
        };
        let kind = column(&["typeid"]);
        let accounts = Arc::make_mut(&mut self.accounts);
        source.each(&mut |row, record| {
            let id = |at: usize| {
                record
                    .get(at)
                    .map(str::trim)
                    .filter(|text| !typed::is_missing_value(text))
            };
            if let (Some(deal), Some(company)) = (id(deal), id(company))
                && row > plan.header_row
            {
                let main = kind.and_then(id) == Some(MAIN_COMPANY);
                let (deal, company) = (typed::id(deal).to_owned(), typed::id(company).to_owned());
                if main {
                    accounts.insert(deal, company);
                } else {
                    accounts.entry(deal).or_insert(company);
                }
            }
            if accounts.len() > LINKS_MAX {
                let what = format!("it links more than {LINKS_MAX} deals to companies; split it with its deals");
                let file = file.to_owned();
                return Err(FactsError::TooLarge { file, what });
            }
            Ok(true)
        })
    }
}

/// HubSpot's type of the link between a deal and its main company.
const MAIN_COMPANY: &str = "5";
