//! Every place under load: 100,000 accounts, 300,000 opportunities, 50 partners, 20 bets, 200 requests a second, with the
//! load generator on the same cores. Must not link any room.

use std::fmt::Write as _;
use std::path::Path;

use super::facts::{asked, exported, import_into, told};
use super::program::{Demo, dist};
use super::table::Figure;
use crate::exports::Size;
use crate::load::Cookies;
use crate::run::{self, Result};

const SIZE: Size = Size {
    accounts: 100_000,
    partners: 50,
    opportunities: 300_000,
    history: 1_200_000,
    touches: 600_000,
    seed: 1,
    in_order: false,
};
/// The bets there are in all; those of the worked example are among them.
const BETS: usize = 20;
const RATE: u32 = 200;
/// The places, and the pages below them that have most to draw.
const PAGES: &[&str] = &[
    "/",
    "/where",
    "/where/enterprise/technology",
    "/bets",
    "/bets/hris-co-sell",
    "/roadmap",
    "/partners",
    "/targets",
    "/review",
    "/data",
    "/data/sources",
    "/settings",
    "/board",
    "/miss",
    "/search?q=co",
    "/evidence?segment=enterprise&partner_type=technology",
];

/// Each page, asked for 20 seconds.
pub fn load() -> Result<Vec<Figure>> {
    let program = dist()?;
    let folder = exported(&SIZE)?;
    let demo = Demo::start(&program)?;
    import_into(&program, &demo.data(), &folder)?;
    with_bets(&program, &demo.data())?;
    let mut cookies = Cookies::default();
    let told = format!("{}, {} partners, {BETS} bets", told(&SIZE), SIZE.partners);
    PAGES
        .iter()
        .map(|page| asked(&demo, page, &mut cookies, RATE, &told))
        .collect()
}

/// Writes bets into the draft until there are as many as wanted.
fn with_bets(program: &Path, data: &Path) -> Result<()> {
    let file = data.join("more-bets.toml");
    let strategy = |verb: &str| {
        let mut command = run::command(program);
        run::output(command.arg("--data").arg(data).args(["strategy", verb]).arg(&file)).map(drop)
    };
    strategy("export")?;
    let mut text = std::fs::read_to_string(&file)?;
    let there = text.lines().filter(|line| line.trim() == "[[bet]]").count();
    for number in there..BETS {
        write!(
            text,
            "\n[[bet]]\nname = \"Co-sell {number}\"\nsegment = \"enterprise\"\npartner_type = \"technology\"\n\
             motion = \"integration-led co-sell\"\nowner = \"Ines Marchetti\"\n\
             wedge.partner = \"Their renewals are safer\"\nwedge.customer = \"One contract\"\n\
             [[bet.step]]\nname = \"introduced\"\n[[bet.step]]\nname = \"opportunity\"\n"
        )?;
    }
    std::fs::write(&file, text)?;
    strategy("import")
}
