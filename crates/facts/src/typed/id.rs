//! Cells made into ids and web addresses in the one form by which rows meet. It must not look rows up.

use std::borrow::Cow;

use super::trimmed;

/// An id without the last three characters of the long form of a Salesforce id, which only repeat the capitals of the
/// first fifteen. (Salesforce, "ID Field Type": the 15-character form is case-sensitive, the 18-character form is not.)
pub(crate) fn id(text: &str) -> &str {
    let text = trimmed(text);
    if is_long_salesforce_id(text) { &text[..15] } else { text }
}

fn is_long_salesforce_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    let could_be_check = |c: &u8| c.is_ascii_uppercase() || (b'0'..=b'5').contains(c);
    if bytes.len() != 18 || !bytes[15..].iter().all(could_be_check) || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let suffix = &bytes[15..];
    let told = bytes[..15].chunks(5).map(|five| {
        let capitals = five
            .iter()
            .rev()
            .fold(0_u8, |bits, c| bits << 1 | u8::from(c.is_ascii_uppercase()));
        if capitals < 26 {
            b'A' + capitals
        } else {
            b'0' + capitals - 26
        }
    });
    if told.eq(suffix.iter().copied()) {
        return true;
    }
    // Scrambled exports break the check; the prefixes of the objects that we read still tell.
    let known = [
        "001", "003", "005", "006", "00Q", "00T", "00U", "00k", "00K", "00D", "008", "701",
    ];
    known.contains(&&text[..3]) && suffix.iter().any(u8::is_ascii_uppercase)
}

/// The host of a web address, in lower case and without `www.`; any other text as it is.
pub(crate) fn domain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host
        .split(':')
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    if host.contains('.') {
        Cow::Owned(host.to_owned())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_salesforce_id_equals_its_short_form_and_no_other_id_is_cut() {
        assert_eq!(id("006q000000HddohAAB"), "006q000000Hddoh");
        assert_eq!(id("006q000000Hddoh"), "006q000000Hddoh");
        assert_eq!(id("0061G00000abcdeXYZ"), "0061G00000abcde");
        assert_eq!(id("123456789012345678"), "123456789012345678");
        assert_eq!(id("accounts-number-18"), "accounts-number-18");
    }

    #[test]
    fn a_web_address_becomes_its_host() {
        for text in [
            "https://www.Acme.com/about?x=1",
            "acme.com",
            "http://acme.com:8080",
            "WWW.ACME.COM.",
        ] {
            assert_eq!(domain(text), "acme.com", "{text}");
        }
        assert_eq!(domain("none given"), "none given");
    }
}
