//! Mapping profiles: the answers given for one shape of file, kept so that the next file of that shape asks nothing.
//! It must not read a data file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::alias;
use crate::catalogue::{Status, Table};
use crate::error::FactsError;
use crate::read::{FileReport, REASON_COLUMN, ReadOptions};
use crate::stages::{Stage, StageMap};
use crate::typed::{DateOrder, Decimal};

/// The answers for files with one header. Its written form is TOML; unknown keys are errors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What people call it.
    pub name: String,
    /// [`fingerprint`] of the header that it was made for.
    pub header: String,
    /// The table that the rows go to.
    pub table: Table,
    /// Day first, month first or year first, where the dates do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date_order: Option<DateOrder>,
    /// The decimal sign, where the amounts do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimal: Option<Decimal>,
    /// Source column to field; an empty field keeps the column under its own name.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    /// Stage to what it means, whenever.
    #[serde(default)]
    pub stages: BTreeMap<String, Status>,
    /// Stages with their order, their id in the source, or the day from which they mean what they mean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage: Vec<Stage>,
}

impl Profile {
    /// The profile that repeats how a file was read: its mapping and the answers given.
    /// None where the table is not known.
    pub fn of(name: &str, report: &FileReport, answers: &ReadOptions) -> Option<Self> {
        let sources: Vec<&str> = report.columns.iter().map(|column| column.source.as_str()).collect();
        let earlier = answers.profile.as_ref();
        let mut stages = earlier.map(|profile| profile.stages.clone()).unwrap_or_default();
        stages.extend(answers.stages.iter().cloned());
        Some(Self {
            name: name.to_owned(),
            header: fingerprint(&sources),
            table: report.table?,
            date_order: answers.date_order.or_else(|| earlier?.date_order),
            decimal: answers.decimal.or_else(|| earlier?.decimal),
            // A column that tells when a stage was entered does so by its name, without an answer.
            columns: report
                .columns
                .iter()
                .filter(|column| column.enters.is_none())
                .map(|column| (column.source.clone(), column.field.clone().unwrap_or_default()))
                .collect(),
            stages,
            stage: earlier.map(|profile| profile.stage.clone()).unwrap_or_default(),
        })
    }

    /// What it says of stages.
    pub fn stage_map(&self) -> StageMap {
        let plain = self.stages.iter().map(|(name, means)| Stage::plain(name, *means));
        self.stage.iter().cloned().chain(plain).collect()
    }

    /// Whether it was made for this header.
    pub fn fits(&self, header: &[&str]) -> bool {
        self.header == fingerprint(header)
    }

    /// Reads the written form.
    ///
    /// # Errors
    /// [`FactsError::Profile`] with line and column: no TOML, an unknown key, table, field or stage meaning.
    pub fn from_toml(text: &str) -> Result<Self, FactsError> {
        let profile: Self = toml::from_str(text).map_err(|error| FactsError::Profile {
            what: error.to_string(),
        })?;
        for field in profile.columns.values().filter(|field| !field.is_empty()) {
            if alias::target(profile.table, field).is_none() {
                return Err(FactsError::Profile {
                    what: alias::no_such_field(profile.table, field),
                });
            }
        }
        Ok(profile)
    }

    /// Its written form.
    ///
    /// # Errors
    /// [`FactsError::Profile`] if TOML cannot hold it.
    pub fn to_toml(&self) -> Result<String, FactsError> {
        toml::to_string_pretty(self).map_err(|error| FactsError::Profile {
            what: error.to_string(),
        })
    }
}

/// The mark of a header: SHA-256, in hex, of its column names in order, without regard to case, spaces and signs.
pub fn fingerprint(header: &[&str]) -> String {
    let mut hash = Sha256::new();
    for name in header.iter().filter(|name| **name != REASON_COLUMN) {
        hash.update(alias::normalise(name).as_bytes());
        hash.update([0]);
    }
    crate::snapshot::hex(&hash.finalize())
}
