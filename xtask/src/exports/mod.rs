//! `cargo xtask exports`: the files that a CRM and a partner platform of a given size would export, made up. The same
//! size and seed give the same bytes. Must not know how the product reads them.

mod story;
mod write;

use std::fs::File;
use std::path::Path;

use crate::run::Result;
use story::{Account, Deal, Partner, World, day_of_rate};
use write::Csv;

/// How much of everything, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub accounts: u64,
    pub partners: u64,
    pub opportunities: u64,
    /// Rows of stage history, of all opportunities together.
    pub history: u64,
    pub touches: u64,
    pub seed: u64,
    /// Rows in the order of their ids; otherwise shuffled, as a report is.
    pub in_order: bool,
}

impl Default for Size {
    fn default() -> Self {
        Self {
            accounts: 100_000,
            partners: 200,
            opportunities: 1_000_000,
            history: 4_000_000,
            touches: 2_000_000,
            seed: 1,
            in_order: false,
        }
    }
}

/// `FOLDER [--accounts N] ... [--seed N] [--in-order] [--bytes N]`.
pub fn main(arguments: &[String]) -> Result<bool> {
    let (mut folder, mut size, mut bytes) = (None, Size::default(), None);
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let mut number = || -> Result<u64> {
            let said = words.next().ok_or_else(|| format!("{word} wants a number"))?;
            Ok(said
                .parse()
                .map_err(|_| format!("{word} wants a number, not `{said}`"))?)
        };
        match word {
            "--accounts" => size.accounts = number()?.max(1),
            "--partners" => size.partners = number()?.max(1),
            "--opportunities" => size.opportunities = number()?,
            "--history" => size.history = number()?,
            "--touches" => size.touches = number()?,
            "--seed" => size.seed = number()?,
            "--bytes" => bytes = Some(number()?),
            "--in-order" => size.in_order = true,
            flag if flag.starts_with('-') => return Err(format!("there is no {flag}").into()),
            path => folder = Some(path.to_owned()),
        }
    }
    let folder = folder.ok_or("say where to: cargo xtask exports FOLDER")?;
    match bytes {
        Some(bytes) => write_bytes(Path::new(&folder), &size, bytes)?,
        None => write_all(Path::new(&folder), &size)?,
    }
    Ok(true)
}

/// Every file: `accounts.csv`, `opportunities.csv`, `history.csv`, `partners.csv`, `lists.csv`, `touches.csv` and
/// `rates.csv`.
pub fn write_all(folder: &Path, size: &Size) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    let world = &World::new(size);
    type Part = fn(&World, &Path) -> std::io::Result<()>;
    let parts: [Part; 4] = [
        history,
        touches,
        |world, folder| opportunities(world, folder, world.size.opportunities, u64::MAX),
        |world, folder| accounts(world, folder).and_then(|()| companies(world, folder)),
    ];
    std::thread::scope(|scope| {
        let running = parts.map(|part| scope.spawn(move || part(world, folder)));
        for part in running {
            part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        Ok(())
    })
}

/// `opportunities.csv` alone, of at least so many bytes, whatever the number of opportunities.
pub fn write_bytes(folder: &Path, size: &Size, bytes: u64) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    // A row has at least 200 bytes, so that rows do not run out before bytes do.
    let most = bytes / 200 + 1;
    let world = World::new(&Size {
        opportunities: most,
        ..*size
    });
    Ok(opportunities(&world, folder, most, bytes)?)
}

fn accounts(world: &World, folder: &Path) -> std::io::Result<()> {
    let header = [
        "Id",
        "Name",
        "Website",
        "BillingCountry",
        "Industry",
        "NumberOfEmployees",
        "AnnualRevenue",
        "Type",
        "OwnerId",
        "ParentId",
        "CreatedDate",
        "Region__c",
    ];
    let mut csv = Csv::new(File::create(folder.join("accounts.csv"))?, &header)?;
    for nth in 0..world.size.accounts {
        let account = Account::of(world, world.place(nth, world.size.accounts));
        csv.id("001", account.nth);
        csv.text(&account.name);
        csv.text(&account.website);
        csv.text(account.country);
        csv.text(account.industry);
        csv.number(account.employees);
        csv.cents(account.revenue_cents);
        csv.text(account.kind);
        csv.id("005", account.owner);
        match account.parent {
            Some(parent) => csv.id("001", parent),
            None => csv.blank(),
        }
        csv.instant(account.created, account.second);
        csv.text(account.region);
        csv.end()?;
    }
    csv.finish()
}

fn opportunities(world: &World, folder: &Path, rows: u64, bytes: u64) -> std::io::Result<()> {
    let header = [
        "Id",
        "AccountId",
        "Name",
        "CreatedDate",
        "CloseDate",
        "StageName",
        "IsClosed",
        "IsWon",
        "Amount",
        "CurrencyIsoCode",
        "LeadSource",
        "Type",
        "OwnerId",
        "Probability",
        "Product_Line__c",
        "NextStep",
        "Description",
        "LastModifiedDate",
    ];
    let mut csv = Csv::new(File::create(folder.join("opportunities.csv"))?, &header)?;
    for nth in 0..rows {
        if csv.bytes() >= bytes {
            break;
        }
        let deal = Deal::of(world, world.place(nth, rows));
        csv.id("006", deal.nth);
        match deal.account {
            Some(account) => csv.id("001", account),
            None => csv.blank(),
        }
        csv.text(&deal.name(world));
        csv.instant(deal.created, deal.second);
        csv.day(deal.closed);
        csv.text(deal.stage());
        csv.text(if deal.is_closed { "true" } else { "false" });
        csv.text(if deal.is_won { "true" } else { "false" });
        match deal.amount_cents {
            Some(amount) => csv.cents(amount),
            None => csv.blank(),
        }
        csv.text(deal.currency);
        csv.text(deal.source);
        csv.text(deal.kind);
        csv.id("005", deal.owner);
        csv.number(deal.probability());
        csv.text(deal.product);
        csv.text(deal.next_step);
        csv.text(&deal.description(world));
        csv.instant(deal.modified(), deal.second);
        csv.end()?;
    }
    csv.finish()
}

fn history(world: &World, folder: &Path) -> std::io::Result<()> {
    let header = [
        "Id",
        "OpportunityId",
        "StageName",
        "Amount",
        "Probability",
        "CloseDate",
        "CreatedById",
        "CreatedDate",
    ];
    let mut csv = Csv::new(File::create(folder.join("history.csv"))?, &header)?;
    for nth in 0..world.size.opportunities {
        let deal = Deal::of(world, world.place(nth, world.size.opportunities));
        for entry in deal.entries(world) {
            csv.id("008", entry.nth);
            csv.id("006", deal.nth);
            csv.text(entry.stage);
            match deal.amount_cents {
                Some(amount) => csv.cents(amount),
                None => csv.blank(),
            }
            csv.number(entry.probability);
            csv.day(deal.closed);
            csv.id("005", deal.owner);
            csv.instant(entry.day, deal.second);
            csv.end()?;
        }
    }
    csv.finish()
}

fn touches(world: &World, folder: &Path) -> std::io::Result<()> {
    let header = [
        "Id",
        "WhatId",
        "AccountId",
        "Co_Sell_Partner_Account__c",
        "Partner_Activity_Type__c",
        "ActivityDate",
        "CreatedDate",
        "Subject",
    ];
    let mut csv = Csv::new(File::create(folder.join("touches.csv"))?, &header)?;
    for nth in 0..world.size.touches {
        let touch = world.touch(world.place(nth, world.size.touches));
        csv.id("00T", touch.nth);
        match touch.deal {
            Some(deal) => csv.id("006", deal),
            None => csv.blank(),
        }
        csv.id("001", touch.account);
        csv.text(&Partner::of(world, touch.partner).name);
        csv.text(touch.kind);
        csv.day(touch.on);
        csv.instant(touch.recorded, touch.second);
        csv.text(touch.subject);
        csv.end()?;
    }
    csv.finish()
}

/// Partners, their lists of accounts, and the rates of the currencies.
fn companies(world: &World, folder: &Path) -> std::io::Result<()> {
    let header = [
        "Partner Account ID",
        "Partner Name",
        "Partner Type",
        "Partner Website",
        "Partner Status",
    ];
    let mut csv = Csv::new(File::create(folder.join("partners.csv"))?, &header)?;
    for nth in 0..world.size.partners {
        let partner = Partner::of(world, nth);
        csv.id("001", world.size.accounts + nth);
        csv.text(&partner.name);
        csv.text(partner.of_type);
        csv.text(&partner.website);
        csv.text("Active");
        csv.end()?;
    }
    csv.finish()?;
    let header = [
        "Partner Name",
        "Record ID",
        "Company Name",
        "Company URL",
        "Partner Population",
        "Export Date",
    ];
    let mut csv = Csv::new(File::create(folder.join("lists.csv"))?, &header)?;
    for nth in 0..world.size.accounts {
        let account = Account::of(world, nth);
        for partner in account.listed_by(world) {
            csv.text(&Partner::of(world, partner).name);
            csv.number(nth * world.size.partners + partner);
            csv.text(&account.name);
            csv.text(&account.website);
            csv.text(account.population(partner));
            csv.day(account.created + 200);
            csv.end()?;
        }
    }
    csv.finish()?;
    let mut csv = Csv::new(File::create(folder.join("rates.csv"))?, &["currency", "on", "rate"])?;
    for month in 0..story::MONTHS {
        for (currency, hundredths) in [("EUR", 108 + month % 7), ("GBP", 126 - month % 5)] {
            csv.text(currency);
            csv.day(day_of_rate(month));
            csv.cents(hundredths.unsigned_abs());
            csv.end()?;
        }
    }
    csv.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::TemporaryFolder;

    const SMALL: Size = Size {
        accounts: 40,
        partners: 7,
        opportunities: 300,
        history: 1_200,
        touches: 500,
        seed: 3,
        in_order: false,
    };

    fn lines(folder: &Path, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_files_of_the_size_asked() {
        let (one, other) = (
            TemporaryFolder::new("exports").unwrap(),
            TemporaryFolder::new("exports").unwrap(),
        );
        write_all(one.path(), &SMALL).unwrap();
        write_all(other.path(), &SMALL).unwrap();
        for (name, rows) in [
            ("accounts.csv", 40),
            ("opportunities.csv", 300),
            ("history.csv", 1_200),
            ("touches.csv", 500),
            ("partners.csv", 7),
        ] {
            let found = lines(one.path(), name);
            assert_eq!(found.len(), rows + 1, "{name}");
            assert_eq!(found, lines(other.path(), name), "{name}");
        }
        write_all(other.path(), &Size { seed: 4, ..SMALL }).unwrap();
        assert_ne!(lines(one.path(), "accounts.csv"), lines(other.path(), "accounts.csv"));
    }

    #[test]
    fn rows_in_order_are_the_shuffled_ones() {
        let (one, other) = (
            TemporaryFolder::new("exports").unwrap(),
            TemporaryFolder::new("exports").unwrap(),
        );
        write_all(one.path(), &SMALL).unwrap();
        write_all(
            other.path(),
            &Size {
                in_order: true,
                ..SMALL
            },
        )
        .unwrap();
        let (mut shuffled, ordered) = (
            lines(one.path(), "opportunities.csv").split_off(1),
            lines(other.path(), "opportunities.csv").split_off(1),
        );
        assert_ne!(shuffled, ordered);
        assert!(ordered.is_sorted());
        shuffled.sort();
        assert_eq!(shuffled, ordered);
    }

    #[test]
    fn a_file_of_so_many_bytes_is_written_to_the_row() {
        let folder = TemporaryFolder::new("exports").unwrap();
        write_bytes(folder.path(), &SMALL, 100_000).unwrap();
        let bytes = std::fs::metadata(folder.path().join("opportunities.csv"))
            .unwrap()
            .len();
        assert!((100_000..102_000).contains(&bytes), "{bytes}");
    }
}
