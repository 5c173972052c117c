//! Names of columns that tell when an opportunity entered a stage, as HubSpot writes them: a history in one row. It must
//! not know which stages there are.

use super::words::stage_status;
use super::{normalise, property};
use crate::limits::STAGE_BYTES_MAX;

/// The stage that a column tells the entry of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entered {
    /// The stage's id or name.
    pub(crate) stage: String,
    /// The same with the pipeline behind it, as in `Proposal (Sales)`, where the column names one.
    pub(crate) in_pipeline: Option<String>,
}

/// When an opportunity entered the stage that it is in says nothing of the others.
const CURRENT: &str = "currentstage";

/// The stage that a column of this name tells the entry of. Property names hold the stage's id, labels its name.
pub(crate) fn entered(name: &str) -> Option<Entered> {
    let found = of_property(name).or_else(|| of_label(name))?;
    let told = normalise(&found.stage);
    (!told.is_empty() && told != CURRENT && found.stage.len() <= STAGE_BYTES_MAX).then_some(found)
}

// hs_v2_date_entered_appointmentscheduled
fn of_property(name: &str) -> Option<Entered> {
    let property = property(name).unwrap_or(name).to_ascii_lowercase();
    let id = ["hs_v2_date_entered_", "hs_date_entered_"]
        .iter()
        .find_map(|start| property.strip_prefix(start))?;
    let plain = id.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    plain.then(|| Entered {
        stage: written_id(id),
        in_pipeline: None,
    })
}

// The names of properties have no dashes: 4b27b500_f031_4927_9811_68a0b525cbae_1471637521 is a UUID, and a number that
// tells properties of one name apart.
fn written_id(id: &str) -> String {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = id.split('_').collect();
    let is_hex = |part: &str| part.bytes().all(|c| c.is_ascii_hexdigit());
    let is_uuid = parts.len() >= LENGTHS.len()
        && parts
            .iter()
            .zip(LENGTHS)
            .all(|(part, length)| part.len() == length && is_hex(part));
    match parts.get(LENGTHS.len()..) {
        Some([]) if is_uuid => parts.join("-"),
        Some([number]) if is_uuid && is_number(number) => parts[..LENGTHS.len()].join("-"),
        _ => id.to_owned(),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit())
}

/// An id without the number that HubSpot puts behind it where two properties would bear one name.
pub(crate) fn without_number(id: &str) -> Option<&str> {
    id.rsplit_once('_')
        .filter(|(_, number)| is_number(number))
        .map(|(id, _)| id)
}

const QUOTES: [(char, char); 5] = [('"', '"'), ('\'', '\''), ('“', '”'), ('„', '“'), ('«', '»')];

// Date entered "Appointment Scheduled (Sales Pipeline)"
fn of_label(name: &str) -> Option<Entered> {
    const START: &str = "date entered";
    let name = name.trim();
    let (start, rest) = name.split_at_checked(START.len())?;
    if !start.eq_ignore_ascii_case(START) || rest.starts_with(char::is_alphanumeric) {
        return None;
    }
    let rest = rest.trim();
    let quoted = QUOTES.iter().find(|(open, _)| rest.starts_with(*open));
    let whole = match quoted {
        Some((open, close)) => rest.strip_prefix(*open)?.strip_suffix(*close)?.trim(),
        None => rest,
    };
    let parted = whole.strip_suffix(')').and_then(|whole| whole.rsplit_once('('));
    let parted = parted.filter(|(stage, pipeline)| !stage.trim().is_empty() && !pipeline.trim().is_empty());
    // Without quotes and pipeline it could be any date, such as that of an entry into a market.
    if quoted.is_none() && parted.is_none() && stage_status(whole).is_none() {
        return None;
    }
    Some(Entered {
        stage: parted.map_or(whole, |(stage, _)| stage.trim()).to_owned(),
        in_pipeline: parted.map(|_| whole.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str) -> Option<(String, Option<String>)> {
        entered(name).map(|found| (found.stage, found.in_pipeline))
    }

    #[test]
    fn names_of_properties_hold_the_id_of_a_stage() {
        for (name, stage) in [
            ("hs_date_entered_closedwon", "closedwon"),
            ("hs_v2_date_entered_138620983", "138620983"),
            ("property_hs_date_entered_4018240", "4018240"),
            ("PROPERTY_HS_V2_DATE_ENTERED_CONTRACTSENT", "contractsent"),
            ("properties.hs_v2_date_entered_closedlost", "closedlost"),
            ("properties.hs_v2_date_entered_closedlost.value", "closedlost"),
            ("properties_hs_date_entered_closedlost", "closedlost"),
            ("hs_v2_date_entered_abc123_999", "abc123_999"),
            (
                "hs_v2_date_entered_4b27b500_f031_4927_9811_68a0b525cbae",
                "4b27b500-f031-4927-9811-68a0b525cbae",
            ),
            (
                "hs_v2_date_entered_4b27b500_f031_4927_9811_68a0b525cbae_1471637521",
                "4b27b500-f031-4927-9811-68a0b525cbae",
            ),
        ] {
            assert_eq!(of(name), Some((stage.to_owned(), None)), "{name}");
        }
        assert_eq!(without_number("abc123_999"), Some("abc123"));
        assert_eq!(without_number("contract_sent"), None);
    }

    #[test]
    fn labels_hold_the_name_of_a_stage_and_of_its_pipeline() {
        let proposal = Some(("Proposal".to_owned(), Some("Proposal (Sales)".to_owned())));
        for name in [
            "Date entered \"Proposal (Sales)\"",
            "date entered 'Proposal (Sales)'",
            "Date entered “Proposal (Sales)”",
            "Date Entered Proposal (Sales)",
        ] {
            assert_eq!(of(name), proposal, "{name}");
        }
        assert_eq!(
            of("Date entered \"Retorno concluído\""),
            Some(("Retorno concluído".to_owned(), None))
        );
        assert_eq!(
            of("Date entered \"Demo (virtual) (Sales)\""),
            Some(("Demo (virtual)".to_owned(), Some("Demo (virtual) (Sales)".to_owned())))
        );
        assert_eq!(of("Date entered Closed Won"), Some(("Closed Won".to_owned(), None)));
    }

    #[test]
    fn other_dates_are_no_stages() {
        for name in [
            "hs_v2_date_entered_current_stage",
            "Date entered current stage",
            "Date entered \"Current stage\"",
            "hs_v2_date_exited_closedwon",
            "hs_time_in_closedwon",
            "hs_date_entered_",
            "hs_date_entered_closedwon (2)",
            "Date entered",
            "Date entered \"\"",
            "Date entered market",
            "Date entered \"Proposal (Sales)\" (2)",
            "Date enteredClosed Won",
            "Date exited \"Proposal (Sales)\"",
            "Create Date",
        ] {
            assert_eq!(of(name), None, "{name}");
        }
        assert_eq!(
            of(&format!("Date entered \"{}\"", "x".repeat(STAGE_BYTES_MAX + 1))),
            None
        );
    }
}
