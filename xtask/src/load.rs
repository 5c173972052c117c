//! A load generator for pages: requests leave at their appointed times whether or not earlier ones have been answered.
//! Must not measure anything but a server on this machine.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::run::Result;

/// How long one answer may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many redirects a visit follows.
const REDIRECTS: usize = 5;

/// Connections, each with a thread of its own. More than are busy at once on a healthy server; when all are, requests
/// wait, and their wait counts.
const CONNECTIONS: usize = 16;

/// What to ask, how often, for how long.
pub struct Load<'a> {
    pub server: SocketAddr,
    pub paths: &'a [String],
    pub cookies: &'a Cookies,
    /// Requests a second.
    pub rate: u32,
    pub lasting: Duration,
}

/// What came back.
pub struct Latencies {
    /// From the appointed time of sending to the last byte of the answer, ascending.
    answered: Vec<Duration>,
    /// Answers other than 2xx, and connections that broke.
    pub failed: usize,
    /// One of the failures.
    pub example: Option<String>,
}

impl Latencies {
    /// The latency that this share of the answers did not exceed (nearest rank); zero when there was no answer.
    pub fn percentile(&self, share: f64) -> Duration {
        let wanted = share * f64_from(self.answered.len());
        let at = (1..=self.answered.len()).position(|rank| f64_from(rank) >= wanted);
        at.map_or(Duration::ZERO, |at| self.answered[at])
    }

    /// How many were answered well.
    pub fn count(&self) -> usize {
        self.answered.len()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of requests are far below 2^52")]
fn f64_from(count: usize) -> f64 {
    count as f64
}

/// Sends the load. The clock of each request starts at its appointed time, not when a connection was free for it, so
/// that a server which stalls is charged for everybody whom it keeps waiting.
pub fn send(load: &Load) -> Latencies {
    let total = usize::try_from(load.lasting.as_millis() * u128::from(load.rate) / 1000).unwrap_or(usize::MAX);
    let next = AtomicUsize::new(0);
    let begun = Instant::now();
    let worker = || {
        let mut all = Latencies {
            answered: Vec::new(),
            failed: 0,
            example: None,
        };
        let mut connection = None;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= total {
                return all;
            }
            let appointed = begun + Duration::from_secs(1).mul_f64(f64_from(number) / f64::from(load.rate));
            std::thread::sleep(appointed.saturating_duration_since(Instant::now()));
            let path = &load.paths[number % load.paths.len()];
            match ask(&mut connection, load.server, path, load.cookies) {
                Ok(answer) if (200..300).contains(&answer.status) => all.answered.push(appointed.elapsed()),
                Ok(answer) => all.fail(format!("{path} answered {}", answer.status)),
                Err(error) => {
                    connection = None;
                    all.fail(format!("{path}: {error}"));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(worker)).collect();
        let mut all = Latencies {
            answered: Vec::new(),
            failed: 0,
            example: None,
        };
        for worker in workers {
            match worker.join() {
                Ok(part) => {
                    all.answered.extend(part.answered);
                    all.failed += part.failed;
                    all.example = all.example.or(part.example);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all.answered.sort();
        all
    })
}

impl Latencies {
    fn fail(&mut self, example: String) {
        self.failed += 1;
        self.example.get_or_insert(example);
    }
}

/// What the server asked us to send back.
#[derive(Default)]
pub struct Cookies(BTreeMap<String, String>);

impl Cookies {
    fn keep(&mut self, header: &str) {
        if let Some((name, value)) = header.split(';').next().unwrap_or(header).split_once('=') {
            self.0.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }

    fn line(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }
}

/// An answer read to its end.
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = self
            .headers
            .iter()
            .filter(move |(given, _)| given.eq_ignore_ascii_case(name));
        same.map(|(_, value)| value.as_str())
    }
}

/// Asks for a page as a browser would: follows redirects and keeps cookies.
pub fn visit(server: SocketAddr, path: &str, cookies: &mut Cookies) -> Result<Answer> {
    visit_within(PATIENCE, server, path, cookies)
}

/// The same for a page that has much to work out the first time.
pub fn visit_patiently(server: SocketAddr, path: &str, cookies: &mut Cookies) -> Result<Answer> {
    visit_within(PATIENCE * 60, server, path, cookies)
}

fn visit_within(patience: Duration, server: SocketAddr, path: &str, cookies: &mut Cookies) -> Result<Answer> {
    let mut path = path.to_owned();
    for _ in 0..=REDIRECTS {
        let answer = ask(&mut Some(connect(server, patience)?), server, &path, cookies)?;
        for cookie in answer.headers("set-cookie") {
            cookies.keep(cookie);
        }
        let next = answer.headers("location").next().map(str::to_owned);
        match next {
            Some(next) if (300..400).contains(&answer.status) => {
                let origin = format!("http://{server}");
                path = next.strip_prefix(&origin).unwrap_or(&next).to_owned();
            }
            _ => return Ok(answer),
        }
    }
    Err(format!("more than {REDIRECTS} redirects, the last to {path}").into())
}

type Connection = BufReader<TcpStream>;

/// One request and its answer on a connection that is kept for the next, unless the server closes it.
fn ask(kept: &mut Option<Connection>, server: SocketAddr, path: &str, cookies: &Cookies) -> Result<Answer> {
    let mut connection = match kept.take() {
        Some(connection) => connection,
        None => connect(server, PATIENCE)?,
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nAccept: text/html\r\n{}\r\n",
        cookies.line()
    );
    connection.get_mut().write_all(request.as_bytes())?;
    let answer = read_answer(&mut connection)?;
    if !answer
        .headers("connection")
        .any(|value| value.eq_ignore_ascii_case("close"))
    {
        *kept = Some(connection);
    }
    Ok(answer)
}

fn connect(server: SocketAddr, patience: Duration) -> Result<Connection> {
    let stream = TcpStream::connect_timeout(&server, patience)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    Ok(BufReader::new(stream))
}

fn read_answer(from: &mut impl BufRead) -> Result<Answer> {
    let start = line(from)?;
    let status = start.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| format!("not HTTP: `{start}`"))?;
    let mut answer = Answer {
        status,
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let header = line(from)?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| format!("not a header: `{header}`"))?;
        answer.headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let length = answer.headers("content-length").next().map(str::parse).transpose()?;
    if answer
        .headers("transfer-encoding")
        .any(|value| value.eq_ignore_ascii_case("chunked"))
    {
        answer.body = read_chunks(from)?;
    } else if let Some(length) = length {
        from.by_ref().take(length).read_to_end(&mut answer.body)?;
        if u64::try_from(answer.body.len())? < length {
            return Err("the answer ends early".into());
        }
    }
    Ok(answer)
}

fn read_chunks(from: &mut impl BufRead) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(from)?;
        let size = u64::from_str_radix(size.split(';').next().unwrap_or(&size).trim(), 16)?;
        from.by_ref().take(size).read_to_end(&mut body)?;
        // After the data of a chunk an empty line; after the last chunk, trailers and an empty line.
        while !line(from)?.is_empty() {}
        if size == 0 {
            return Ok(body);
        }
    }
}

fn line(from: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Err("the connection was closed".into());
    }
    Ok(line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// A server that answers each request with what `answer` makes of its head, on any number of connections, after
    /// `pause`, one at a time.
    fn server(pause: Duration, answer: fn(&str) -> String) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let one_at_a_time = std::sync::Arc::new(std::sync::Mutex::new(()));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, turn) = (stream.unwrap(), one_at_a_time.clone());
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    while let Ok(head) = head(&mut reader) {
                        let _turn = turn.lock().unwrap();
                        std::thread::sleep(pause);
                        reader.get_mut().write_all(answer(&head).as_bytes()).unwrap();
                    }
                });
            }
        });
        address
    }

    fn head(reader: &mut impl BufRead) -> Result<String> {
        let mut head = String::new();
        loop {
            let next = line(reader)?;
            if next.is_empty() {
                return Ok(head);
            }
            head += &next;
            head.push('\n');
        }
    }

    fn page(_: &str) -> String {
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_owned()
    }

    fn load(server: SocketAddr, cookies: &Cookies, rate: u32, millis: u64) -> Latencies {
        let paths = ["/".to_owned(), "/bets".to_owned()];
        send(&Load {
            server,
            paths: &paths,
            cookies,
            rate,
            lasting: Duration::from_millis(millis),
        })
    }

    #[test]
    fn requests_leave_at_the_rate_asked_for() {
        let server = server(Duration::ZERO, page);
        let begun = Instant::now();
        let latencies = load(server, &Cookies::default(), 100, 500);
        assert_eq!((latencies.count(), latencies.failed), (50, 0));
        // The last of the fifty leaves 490 ms after the first.
        assert!(begun.elapsed() >= Duration::from_millis(490));
        assert!(latencies.percentile(0.5) <= latencies.percentile(0.99));
    }

    #[test]
    fn a_server_that_cannot_keep_up_is_charged_for_those_it_keeps_waiting() {
        // 20 ms each, one at a time, asked 100 times a second: after 500 ms the queue is half a second long.
        let server = server(Duration::from_millis(20), page);
        let latencies = load(server, &Cookies::default(), 100, 500);
        assert_eq!((latencies.count(), latencies.failed), (50, 0));
        assert!(
            latencies.percentile(0.99) >= Duration::from_millis(400),
            "{:?}",
            latencies.percentile(0.99)
        );
        assert!(
            latencies.percentile(0.0) < Duration::from_millis(200),
            "{:?}",
            latencies.percentile(0.0)
        );
    }

    #[test]
    fn answers_other_than_pages_are_failures() {
        let server = server(Duration::ZERO, |head| {
            let status = if head.starts_with("GET /bets ") {
                "500 Broken"
            } else {
                "200 OK"
            };
            format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n")
        });
        let latencies = load(server, &Cookies::default(), 100, 100);
        assert_eq!((latencies.count(), latencies.failed), (5, 5));
        assert_eq!(latencies.example.as_deref(), Some("/bets answered 500"));
    }

    #[test]
    fn a_visit_signs_in_by_redirect_and_cookie() {
        let server = server(Duration::ZERO, |head| {
            if head.contains("Cookie: session=a=b") {
                return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nWel\r\n4;x=y\r\ncome\r\n0\r\n\r\n"
                    .to_owned();
            }
            "HTTP/1.1 303 See Other\r\nLocation: /\r\nSet-Cookie: session=a=b; HttpOnly; Path=/\r\nContent-Length: 0\r\n\r\n".to_owned()
        });
        let mut cookies = Cookies::default();
        let answer = visit(server, "/", &mut cookies).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"Welcome".as_slice()));
        assert_eq!(load(server, &cookies, 100, 50).failed, 0);
    }

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let answered = (1..=200).map(Duration::from_millis).collect();
        let latencies = Latencies {
            answered,
            failed: 0,
            example: None,
        };
        assert_eq!(latencies.percentile(0.99), Duration::from_millis(198));
        assert_eq!(latencies.percentile(0.5), Duration::from_millis(100));
        assert_eq!(latencies.percentile(1.0), Duration::from_millis(200));
        let nothing = Latencies {
            answered: Vec::new(),
            failed: 0,
            example: None,
        };
        assert_eq!(nothing.percentile(0.99), Duration::ZERO);
    }
}
