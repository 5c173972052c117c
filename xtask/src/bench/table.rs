//! The table of figures in docs/benchmarks.md. Must not touch the words around it, nor the rows of other measurements.

use std::fmt;

use crate::run::Result;

const BEGIN: &str = "<!-- figures: written by `cargo xtask bench` -->";
const END: &str = "<!-- end of figures -->";
const HEAD: &str = "| measurement | what | figure | target | met | command | machine | date |\n\
                    | --- | --- | --- | --- | --- | --- | --- | --- |\n";

/// One thing measured.
#[derive(Debug)]
pub struct Figure {
    /// What was measured, in words.
    pub what: String,
    /// The command that anybody can repeat it with.
    pub command: String,
    /// With its unit.
    pub figure: String,
    /// With its unit; empty when there is none.
    pub target: String,
    /// `None` when there is no target.
    pub met: Option<bool>,
}

impl Figure {
    /// A figure without a target.
    pub fn plain(what: impl Into<String>, command: impl Into<String>, figure: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            command: command.into(),
            figure: figure.into(),
            target: String::new(),
            met: None,
        }
    }

    /// The same, to be below a target.
    pub fn below(self, target: impl Into<String>, met: bool) -> Self {
        Self {
            target: format!("< {}", target.into()),
            met: Some(met),
            ..self
        }
    }

    /// The same, to be at or above a target.
    pub fn above(self, target: impl Into<String>, met: bool) -> Self {
        Self {
            target: format!(">= {}", target.into()),
            met: Some(met),
            ..self
        }
    }

    fn verdict(&self) -> &'static str {
        match self.met {
            Some(true) => "met",
            Some(false) => "NOT MET",
            None => "",
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {} {} {}", self.what, self.figure, self.target, self.verdict())
    }
}

/// The rows as they stand, each with the name of its measurement.
#[derive(Debug, PartialEq)]
pub struct Table {
    rows: Vec<(String, String)>,
}

impl Table {
    /// Reads the rows between the two markers of the page.
    pub fn read(page: &str) -> Result<Self> {
        let (_, section, _) = parts(page)?;
        let rows = section.lines().filter(|line| line.starts_with("| ")).skip(2);
        let named = rows.map(|row| {
            let name = row.trim_start_matches("| ").split(" |").next().unwrap_or_default();
            (name.to_owned(), row.to_owned())
        });
        Ok(Self { rows: named.collect() })
    }

    /// Replaces the rows of one measurement where they stand, or adds them at the end.
    pub fn put(&mut self, name: &str, figures: &[Figure], machine: &str, date: &str) {
        let at = self
            .rows
            .iter()
            .position(|(given, _)| given == name)
            .unwrap_or(self.rows.len());
        self.rows.retain(|(given, _)| given != name);
        let rows = figures.iter().map(|figure| {
            let Figure {
                what,
                command,
                figure: value,
                target,
                ..
            } = figure;
            let verdict = figure.verdict();
            let cells = [
                name,
                what,
                value,
                target,
                verdict,
                &format!("`{command}`"),
                machine,
                date,
            ];
            let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
            (name.to_owned(), format!("| {} |", cells.join(" | ")))
        });
        self.rows.splice(at..at, rows);
    }

    /// The page with these rows.
    pub fn write(&self, page: &str) -> Result<String> {
        let (before, _, after) = parts(page)?;
        let rows: String = self.rows.iter().map(|(_, row)| format!("{row}\n")).collect();
        Ok(format!("{before}{BEGIN}\n\n{HEAD}{rows}\n{END}{after}"))
    }
}

fn parts(page: &str) -> Result<(&str, &str, &str)> {
    let (before, rest) = page
        .split_once(BEGIN)
        .ok_or_else(|| format!("docs/benchmarks.md has no line `{BEGIN}`"))?;
    let (section, after) = rest
        .split_once(END)
        .ok_or_else(|| format!("docs/benchmarks.md has no line `{END}`"))?;
    Ok((before, section, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(words: &str) -> String {
        format!("# Benchmarks\n\n{BEGIN}\n{END}\n\n{words}\n")
    }

    #[test]
    fn rows_are_replaced_in_place_and_everything_else_stays() {
        let size = |figure: &str| [Figure::plain("binary", "ls", figure).below("50 MB", figure < "50")];
        let mut page = page("After.");
        for (name, figure) in [("size", "40 MB"), ("once", "1 s"), ("size", "60 MB")] {
            let mut table = Table::read(&page).unwrap();
            table.put(name, &size(figure), "2 cores", "2026-03-31");
            page = table.write(&page).unwrap();
        }
        assert!(
            page.starts_with("# Benchmarks\n\n<!--") && page.ends_with("\n\nAfter.\n"),
            "{page}"
        );
        let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| ")).skip(2).collect();
        assert_eq!(
            rows,
            [
                "| size | binary | 60 MB | < 50 MB | NOT MET | `ls` | 2 cores | 2026-03-31 |",
                "| once | binary | 1 s | < 50 MB | met | `ls` | 2 cores | 2026-03-31 |",
            ]
        );
    }

    #[test]
    fn a_page_that_was_not_measured_again_is_the_same_byte_for_byte() {
        let mut table = Table::read(&page("x")).unwrap();
        table.put("size", &[Figure::plain("a|b", "ls", "1")], "m", "d");
        let written = table.write(&page("x")).unwrap();
        assert_eq!(Table::read(&written).unwrap().write(&written).unwrap(), written);
    }

    #[test]
    fn a_page_without_markers_is_refused_with_the_line_to_add() {
        assert!(Table::read("# Benchmarks\n").unwrap_err().to_string().contains(BEGIN));
    }

    #[test]
    fn the_page_in_the_repository_has_its_markers() {
        let page = std::fs::read_to_string(crate::run::root().join("docs/benchmarks.md")).unwrap();
        assert!(Table::read(&page).is_ok());
    }
}
