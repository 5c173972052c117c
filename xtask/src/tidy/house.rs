//! The rooms of the house, held against what cargo resolved. Must not read a file: it takes cargo's metadata.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Finding;
use crate::run::Result;

/// Every room and the rooms it may see, tests included. A crate that is not here is not part of the house.
const ROOMS: &[(&str, &[&str])] = &[
    // The pure rooms know no other.
    ("strategy", &[]),
    ("foresight", &[]),
    ("mapping", &[]),
    // The side rooms see the written strategy's words, never each other.
    ("facts", &["strategy"]),
    ("ledger", &["strategy"]),
    ("press", &["strategy"]),
    // The office is the only place where rooms meet.
    (
        "office",
        &["strategy", "foresight", "mapping", "facts", "ledger", "press"],
    ),
    ("web", &["office", "press"]),
    ("fleet", &["strategy", "mapping", "facts"]),
    ("demo", &["office", "strategy", "foresight"]),
    ("app", &["web", "office", "demo", "fleet"]),
    // The workshop is no part of the product.
    ("xtask", &[]),
];

/// Who may name a crate that is heavy, or that would let a second room do what one room is for. `*` ends a prefix.
/// Development dependencies are free: a test may use what it likes, except in the pure rooms (see `KEPT_OUT`).
const OWNERS: &[(&str, &[&str])] = &[
    ("annotate-snippets", &["strategy"]),
    // Written strategies; import profiles; the configuration.
    ("toml", &["strategy", "facts", "office", "app"]),
    ("statrs", &["foresight"]),
    ("rand", &["foresight"]),
    ("rand_*", &["foresight"]),
    // Simulated paths; row groups; pairs.
    ("rayon", &["foresight", "facts", "mapping"]),
    ("any_ascii", &["mapping"]),
    ("curve25519-dalek", &["mapping"]),
    ("psl", &["mapping"]),
    ("arrow", &["facts", "fleet"]),
    ("arrow-*", &["facts", "fleet"]),
    ("parquet", &["facts", "fleet"]),
    ("object_store", &["facts", "fleet"]),
    ("calamine", &["facts"]),
    // Facts in an S3-compatible store.
    ("ureq", &["facts"]),
    ("csv", &["facts"]),
    ("sqlx", &["ledger"]),
    ("typst*", &["press"]),
    // Drawings; pages.
    ("maud", &["press", "web"]),
    // A link to be read by a phone.
    ("qrcodegen", &["press"]),
    ("argon2", &["office"]),
    // Codes of a second factor; requests to a store of facts.
    ("hmac", &["facts", "office"]),
    ("sha1", &["office"]),
    // Backups.
    ("tar", &["office"]),
    ("zstd", &["office"]),
    ("axum", &["web"]),
    ("axum-*", &["web"]),
    ("tower*", &["web"]),
    ("utoipa*", &["web"]),
    ("rmcp", &["web"]),
    ("openidconnect", &["web"]),
    ("rust-embed", &["web"]),
    ("datafusion*", &["fleet"]),
    ("ballista*", &["fleet"]),
    ("clap", &["app"]),
    // Jobs; the pool; the listener; the runtime.
    ("tokio", &["office", "ledger", "web", "fleet", "app"]),
];

/// The rooms that do no IO, and what must be nowhere under them, tests included.
const PURE: &[&str] = &["strategy", "foresight", "mapping"];
const KEPT_OUT: &[&str] = &[
    "tokio", "sqlx", "sqlx-*", "axum", "axum-*", "arrow", "arrow-*", "parquet", "typst*",
];

/// Crates whose types cross rooms, or that are too heavy to build twice: one version each.
const ONE_VERSION: &[&str] = &["arrow-array", "axum", "jiff", "serde", "tokio"];

/// What cargo resolved: the workspace's own packages and everything under them.
pub struct Tree {
    packages: BTreeMap<String, Package>,
}

struct Package {
    name: String,
    version: String,
    ours: bool,
    needs: Vec<Need>,
}

struct Need {
    id: String,
    only_in_tests: bool,
}

impl Tree {
    /// Reads the output of `cargo metadata`.
    pub fn read(metadata: &str) -> Result<Self> {
        let metadata: Value = serde_json::from_str(metadata)?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let members: BTreeSet<String> = list(&metadata["workspace_members"]).iter().map(text).collect();
        let mut packages = BTreeMap::new();
        for package in list(&metadata["packages"]) {
            let id = text(&package["id"]);
            let (name, version) = (text(&package["name"]), text(&package["version"]));
            packages.insert(
                id.clone(),
                Package {
                    name,
                    version,
                    ours: members.contains(&id),
                    needs: Vec::new(),
                },
            );
        }
        for node in list(&metadata["resolve"]["nodes"]) {
            let Some(package) = packages.get_mut(&text(&node["id"])) else {
                continue;
            };
            package.needs = list(&node["deps"])
                .iter()
                .map(|need| Need {
                    id: text(&need["pkg"]),
                    only_in_tests: list(&need["dep_kinds"]).iter().all(|kind| kind["kind"] == "dev"),
                })
                .collect();
        }
        if packages.values().all(|package| !package.ours) {
            return Err("cargo metadata names no workspace".into());
        }
        Ok(Self { packages })
    }

    fn rooms(&self) -> impl Iterator<Item = (&str, &Package)> {
        self.packages
            .values()
            .filter(|package| package.ours)
            .map(|package| (room(&package.name), package))
    }

    /// Everything under a package, each with the first way found that leads to it. The package's own development
    /// dependencies count, those of others do not: cargo builds exactly these to test it.
    fn under<'a>(&'a self, top: &'a Package) -> BTreeMap<&'a str, Vec<&'a str>> {
        let mut ways: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut waiting: Vec<(&Package, Vec<&str>)> = vec![(top, vec![&top.name])];
        while let Some((package, way)) = waiting.pop() {
            for need in &package.needs {
                let Some(next) = self.packages.get(&need.id) else {
                    continue;
                };
                if (need.only_in_tests && !std::ptr::eq(package, top)) || ways.contains_key(next.name.as_str()) {
                    continue;
                }
                let way: Vec<&str> = way.iter().copied().chain([next.name.as_str()]).collect();
                ways.insert(&next.name, way.clone());
                waiting.push((next, way));
            }
        }
        ways
    }
}

/// Everything that is not as the tables above say.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (room, package) in tree.rooms() {
        let place = manifest(room);
        let Some((_, may_see)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            let what = format!("`{room}` is no room of the house");
            let mend = "give it a line in ROOMS in xtask/src/tidy/house.rs and in ARCHITECTURE.md, or move its content";
            findings.push(Finding::new(place, what, mend));
            continue;
        };
        for need in &package.needs {
            let Some(other) = tree.packages.get(&need.id) else {
                continue;
            };
            if other.ours {
                findings.extend(sees(&place, room, self::room(&other.name), may_see));
            } else if !need.only_in_tests {
                findings.extend(owns(&place, room, &other.name));
            }
        }
        if PURE.contains(&room) {
            findings.extend(pure(&place, room, &tree.under(package)));
        }
    }
    findings.extend(one_version(tree));
    findings
}

fn sees(place: &str, room: &str, other: &str, may_see: &[&str]) -> Option<Finding> {
    if may_see.contains(&other) {
        return None;
    }
    let seen = if may_see.is_empty() {
        "no room".to_owned()
    } else {
        may_see.join(", ")
    };
    let what = format!("{room} names {other}, and may see {seen}");
    Some(Finding::new(
        place,
        what,
        "hand what is needed in as plain values; rooms meet in the office",
    ))
}

fn owns(place: &str, room: &str, name: &str) -> Option<Finding> {
    let (_, owners) = OWNERS.iter().find(|(pattern, _)| covers(pattern, name))?;
    if owners.contains(&room) {
        return None;
    }
    let what = format!("{room} names {name}, which belongs to {}", owners.join(", "));
    let mend = format!(
        "ask {} for what you need; its face is plain structs",
        owners.join(" or ")
    );
    Some(Finding::new(place, what, mend))
}

fn pure(place: &str, room: &str, under: &BTreeMap<&str, Vec<&str>>) -> Vec<Finding> {
    let kept_out = |name: &str| KEPT_OUT.iter().any(|pattern| covers(pattern, name));
    let found = under.iter().filter(|(name, _)| kept_out(name));
    found
        .map(|(name, way)| {
            let what = format!("{name} is under {room}, a pure room: {}", way.join(" -> "));
            Finding::new(
                place,
                what,
                format!("drop {}, or the feature of it that brings {name}", way[1]),
            )
        })
        .collect()
}

fn one_version(tree: &Tree) -> Vec<Finding> {
    let versions = |name: &str| -> BTreeSet<&str> {
        let same = tree.packages.values().filter(|package| package.name == name);
        same.map(|package| package.version.as_str()).collect()
    };
    let twice = ONE_VERSION
        .iter()
        .map(|name| (name, versions(name)))
        .filter(|(_, versions)| versions.len() > 1);
    twice
        .map(|(name, versions)| {
            let list = versions.into_iter().collect::<Vec<_>>().join(" and ");
            let mend = format!("`cargo tree --duplicates` and `cargo tree -i {name}` say who wants which");
            Finding::new("Cargo.lock", format!("{name} is there as {list}"), mend)
        })
        .collect()
}

/// `beachhead-facts` is the room `facts`; the binary's package is `beachhead` alone.
fn room(package: &str) -> &str {
    if package == "beachhead" {
        "app"
    } else {
        package.strip_prefix("beachhead-").unwrap_or(package)
    }
}

fn manifest(room: &str) -> String {
    if room == "xtask" {
        "xtask/Cargo.toml".to_owned()
    } else {
        format!("crates/{room}/Cargo.toml")
    }
}

fn covers(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree from lines `name [ours] -> need, need?` where `?` marks a need of tests only.
    fn tree(lines: &str) -> Tree {
        let mut packages = BTreeMap::new();
        for line in lines.lines().map(str::trim) {
            let (head, needs) = line.split_once(" ->").unwrap_or((line, ""));
            let (id, version) = head.split_once('@').unwrap_or((head, "1"));
            let ours = id.starts_with("beachhead") || id == "xtask";
            let needs = needs.split(',').map(str::trim).filter(|need| !need.is_empty());
            let needs = needs
                .map(|need| Need {
                    id: need.trim_end_matches('?').to_owned(),
                    only_in_tests: need.ends_with('?'),
                })
                .collect();
            let package = Package {
                name: id.to_owned(),
                version: version.to_owned(),
                ours,
                needs,
            };
            packages.insert(head.to_owned(), package);
        }
        Tree { packages }
    }

    fn whats(lines: &str) -> Vec<String> {
        check(&tree(lines)).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn the_house_as_drawn_has_nothing_to_mend() {
        let house = "beachhead -> beachhead-web, beachhead-office, clap, tokio
            beachhead-web -> beachhead-office, beachhead-press, axum
            beachhead-office -> beachhead-strategy, beachhead-foresight, beachhead-ledger, tokio
            beachhead-ledger -> beachhead-strategy, sqlx
            beachhead-press -> maud
            beachhead-strategy -> annotate-snippets
            beachhead-foresight -> statrs, rayon
            clap\ntokio\naxum -> tokio\nsqlx -> tokio\nmaud\nannotate-snippets\nstatrs\nrayon";
        assert_eq!(whats(house), Vec::<String>::new());
    }

    #[test]
    fn side_rooms_do_not_see_each_other_even_in_tests() {
        assert_eq!(
            whats("beachhead-facts -> beachhead-ledger?\nbeachhead-ledger"),
            ["facts names ledger, and may see strategy"]
        );
    }

    #[test]
    fn pure_rooms_know_no_room() {
        let found = whats("beachhead-strategy -> beachhead-foresight\nbeachhead-foresight");
        assert_eq!(found, ["strategy names foresight, and may see no room"]);
    }

    #[test]
    fn a_heavy_crate_has_its_owner_and_tests_are_free() {
        let found = whats("beachhead-web -> sqlx, arrow-array\nbeachhead-demo -> tokio?\nsqlx\narrow-array\ntokio");
        assert_eq!(
            found,
            [
                "web names sqlx, which belongs to ledger",
                "web names arrow-array, which belongs to facts, fleet"
            ]
        );
    }

    #[test]
    fn what_is_kept_out_of_a_pure_room_is_found_however_deep_with_the_way_to_it() {
        let found = whats(
            "beachhead-foresight -> helper?\nhelper -> deeper, unseen?\ndeeper -> tokio\ntokio\nunseen -> axum\naxum",
        );
        assert_eq!(
            found,
            ["tokio is under foresight, a pure room: beachhead-foresight -> helper -> deeper -> tokio"]
        );
    }

    #[test]
    fn two_versions_of_one_crate_are_named() {
        let found = whats("beachhead-strategy -> serde@1\nserde@1\nserde@2");
        assert_eq!(found, ["serde is there as 1 and 2"]);
    }

    #[test]
    fn a_crate_outside_the_house_is_asked_for_its_room() {
        assert_eq!(whats("beachhead-attic"), ["`attic` is no room of the house"]);
    }

    #[test]
    fn cargo_metadata_is_read_with_the_kinds_of_needs() {
        let metadata = r#"{
            "workspace_members": ["a"],
            "packages": [{"id": "a", "name": "beachhead-press", "version": "1"}, {"id": "b", "name": "sqlx", "version": "2"}],
            "resolve": {"nodes": [{"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": "dev"}, {"kind": null}]}]}]}
        }"#;
        let found = check(&Tree::read(metadata).unwrap());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "crates/press/Cargo.toml");
        assert!(Tree::read("{}").is_err());
    }
}
