//! Websites and e-mail addresses to registrable domains. It must not look at names.

use psl::Psl;

use super::tables::NOT_COMPANIES;
use crate::hash::hash;
use crate::limits::{FURTHER_DOMAINS_MAX, LABEL_BYTES_MAX, WEBSITE_BYTES_MAX};

/// A website made comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Site {
    /// The hash of the registrable domain; 0 where there is none, or it is not the company's own.
    pub(crate) domain: u64,
    /// The label in front of the public suffix, letters and digits alone.
    pub(crate) label: Label,
}

/// Letters and digits of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Label {
    bytes: [u8; LABEL_BYTES_MAX],
    length: u8,
}

impl Default for Label {
    fn default() -> Self {
        Self {
            bytes: [0; LABEL_BYTES_MAX],
            length: 0,
        }
    }
}

impl Label {
    fn new(label: &[u8]) -> Self {
        let mut all = Self::default();
        for byte in label.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
            let Some(slot) = all.bytes.get_mut(usize::from(all.length)) else {
                break;
            };
            *slot = byte.to_ascii_lowercase();
            all.length += 1;
        }
        all
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

/// What stands in a cell: the registrable domain with its public suffix, and the path behind it.
struct Found<'a> {
    name: &'a [u8],
    suffix: usize,
    is_known: bool,
    path: &'a [u8],
    key: u64,
}

impl Found<'_> {
    // Free mail, social networks, shops: a domain that says nothing of who is behind it.
    fn is_nobodys(&self) -> bool {
        NOT_COMPANIES.get(self.key).is_some()
    }

    // Among other words, what ends in no public suffix is a word.
    fn is_surely_own(&self) -> bool {
        self.is_known && !self.is_nobodys()
    }

    fn site(&self) -> Site {
        if self.is_nobodys() {
            return Site {
                domain: 0,
                label: handle(self.name, self.path),
            };
        }
        Site {
            domain: self.key,
            label: Label::new(&self.name[..self.name.len().saturating_sub(self.suffix + 1)]),
        }
    }
}

fn found<'a>(cell: &str, room: &'a mut [u8; WEBSITE_BYTES_MAX]) -> Option<Found<'a>> {
    let cell = cell.trim().as_bytes();
    let length = cell.len().min(room.len());
    room[..length].copy_from_slice(&cell[..length]);
    room[..length].make_ascii_lowercase();
    let (host, path) = host(&room[..length]);
    let domain = psl::List.domain(host)?;
    let name = &host[host.len() - domain.as_bytes().len()..];
    let suffix = domain.suffix();
    let is_host = name
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if !is_host || !suffix.is_known() && name.len() < 4 {
        return None;
    }
    Some(Found {
        name,
        suffix: suffix.as_bytes().len(),
        is_known: suffix.is_known(),
        path,
        key: hash(name),
    })
}

/// What parts several websites or addresses in one cell.
const BETWEEN: [char; 8] = [' ', ',', ';', '|', '<', '>', '\n', '\t'];

/// The parts of a cell: one, as a rule.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(BETWEEN).filter(|part| !part.is_empty())
}

/// Hands on what a cell of websites, domains or e-mail addresses holds, while it is asked for: the first, whosever it is,
/// then what is surely a company's own.
fn each_found(cell: &str, mut take: impl FnMut(&Found<'_>) -> bool) {
    if cell.is_empty() {
        return;
    }
    let mut room = [0_u8; WEBSITE_BYTES_MAX];
    if let Some(first) = found(cell, &mut room) {
        let is_alone = first.path.is_empty();
        if !take(&first) || is_alone {
            return;
        }
    }
    for part in parts(cell) {
        if found(part, &mut room).is_some_and(|found| found.is_surely_own() && !take(&found)) {
            return;
        }
    }
}

/// Reads a cell of websites, domains or e-mail addresses: the first that is the company's own, and the other domains that
/// are.
pub(crate) fn sites(cell: &str, further: &mut Vec<u64>) -> Site {
    further.clear();
    let mut site = Site::default();
    each_found(cell, |found| {
        if site.domain == 0 {
            site = found.site();
        } else if site.domain != found.key && !further.contains(&found.key) {
            further.push(found.key);
        }
        further.len() < FURTHER_DOMAINS_MAX
    });
    site
}

/// The letters of the domains that [`sites`] finds, in its order.
pub(crate) fn own_domains(cell: &str, mut take: impl FnMut(&[u8])) {
    let mut seen = Vec::new();
    each_found(cell, |found| {
        if !found.is_nobodys() && !seen.contains(&found.key) {
            seen.push(found.key);
            take(found.name);
        }
        seen.len() <= FURTHER_DOMAINS_MAX
    });
}

/// The domain that a cell of one website names, where it is surely a website and a company's own.
pub(crate) fn named_domain(cell: &str) -> Option<u64> {
    let mut room = [0_u8; WEBSITE_BYTES_MAX];
    let found = found(cell, &mut room).filter(Found::is_surely_own);
    found.map(|found| found.key)
}

/// What a sign says of where a host's name begins and ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Name,
    End,
    User,
    Port,
}

const SIGNS: [Sign; 256] = {
    let mut signs = [Sign::Name; 256];
    let ends = b"/?# ,;|<>\n\t\\";
    let mut at = 0;
    while at < ends.len() {
        signs[ends[at] as usize] = Sign::End;
        at += 1;
    }
    signs[b'@' as usize] = Sign::User;
    signs[b':' as usize] = Sign::Port;
    signs
};

// Between scheme and path, without user, port and `www.`.
fn host(cell: &[u8]) -> (&[u8], &[u8]) {
    let scheme = (0..cell.len()).find(|at| cell[*at] == b':' && cell[at + 1..].starts_with(b"//"));
    let rest = scheme.map_or(cell, |at| &cell[at + 3..]);
    let rest = rest.strip_prefix(b"//").unwrap_or(rest);
    let (mut from, mut port, mut end) = (0, None, rest.len());
    for (at, byte) in rest.iter().enumerate() {
        match SIGNS[usize::from(*byte)] {
            Sign::Name => {}
            Sign::End => {
                end = at;
                break;
            }
            Sign::User => (from, port) = (at + 1, None),
            Sign::Port => port = port.or(Some(at)),
        }
    }
    let host = &rest[from..port.unwrap_or(end)];
    let host = host.strip_prefix(b"www.").unwrap_or(host);
    (host.strip_suffix(b".").unwrap_or(host), &rest[end..])
}

// The name under which a social network knows the company.
fn handle(domain: &[u8], path: &[u8]) -> Label {
    let is_social =
        domain.starts_with(b"linkedin.") || domain.starts_with(b"facebook.") || domain.starts_with(b"twitter.");
    let mut words = path.split(|byte| *byte == b'/').filter(|word| !word.is_empty());
    let handle = words.find(|word| !matches!(*word, b"company" | b"in" | b"school" | b"pages" | b"showcase"));
    match handle {
        Some(handle) if is_social && handle.is_ascii() => Label::new(handle),
        _ => Label::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(cell: &str) -> Site {
        sites(cell, &mut Vec::new())
    }

    fn label(cell: &str) -> String {
        String::from_utf8(site(cell).label.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_website_is_its_registrable_domain_however_it_is_written() {
        let ways = [
            "acme.co.uk",
            "WWW.ACME.CO.UK",
            "https://www.acme.co.uk/",
            "http://shop.acme.co.uk:8080/en?utm=1",
        ];
        let domains: Vec<u64> = ways.iter().map(|way| site(way).domain).collect();
        assert!(domains[0] != 0 && domains.iter().all(|domain| *domain == domains[0]));
        assert_eq!(label("info@mail.acme.co.uk"), "acme");
        assert_eq!(label("https://x-ion.de"), "xion");
    }

    #[test]
    fn a_cell_may_hold_several_and_the_first_of_its_own_is_the_company() {
        let mut further = Vec::new();
        let cell = "jane@gmail.com; https://www.acme.com/, acme.de | Jo <jo@mail.acme.co.uk> acme.com not.a-word,n/a";
        assert_eq!(sites(cell, &mut further), site("acme.com"));
        assert_eq!(further, [site("acme.de").domain, site("acme.co.uk").domain]);
        let own = |cell: &str| {
            let mut names = Vec::new();
            own_domains(cell, |name| names.push(String::from_utf8(name.to_vec()).unwrap()));
            names
        };
        assert_eq!(own(cell), ["acme.com", "acme.de", "acme.co.uk"]);
        assert_eq!(own("jane@gmail.com, "), Vec::<String>::new());
        let words = "jane@gmail.com not.a-word acme.com";
        assert_eq!(own(words), ["acme.com"]);
        assert_eq!(site(words), site("acme.com"));
        let many: String = (0..50).map(|at| format!("company{at}.com ")).collect();
        sites(&many, &mut further);
        assert_eq!(
            (further.len(), own(&many).len()),
            (FURTHER_DOMAINS_MAX, FURTHER_DOMAINS_MAX + 1)
        );
        // A path is no further website.
        sites("https://acme.com/a/b.html?to=x@example.org", &mut further);
        assert!(further.is_empty(), "{further:?}");
    }

    #[test]
    fn free_mail_social_networks_and_code_hosts_are_no_company() {
        for cell in [
            "gmail.com",
            "someone@qq.com",
            "https://github.com/acme",
            "linkedin.com/company/acme",
            "",
            "n/a",
            "-",
        ] {
            assert_eq!(site(cell).domain, 0, "{cell}");
        }
        assert_eq!(label("https://www.linkedin.com/company/acme-corp/"), "acmecorp");
    }

    #[test]
    fn who_has_a_site_at_a_site_builder_is_not_the_builder() {
        assert_ne!(site("acme.github.io").domain, site("other.github.io").domain);
        assert_eq!(label("acme.wixsite.com"), "acme");
    }
}
