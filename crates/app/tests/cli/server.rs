//! The built binary serving, asked over HTTP by somebody who is signed in. Must not know what a page should answer.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::processes::{children, memory};
use crate::support::Folder;

const EMAIL: &str = "data@northwind.example";
const PASSWORD: &str = "teal ferry under oak";

/// A server of the program in a folder, running until dropped.
pub struct Server {
    process: Child,
    address: String,
    cookie: String,
    csrf: String,
    // Nobody reads on, but a server that cannot print is another thing.
    _printed: BufReader<ChildStdout>,
}

/// What was answered.
pub struct Answered {
    /// The status.
    pub status: u16,
    head: String,
    /// The body.
    pub body: String,
}

impl Answered {
    /// A header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(given, _)| given.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }
}

impl Server {
    /// Serves the program of a folder, with somebody signed in who may import.
    pub fn start(folder: &Folder) -> Self {
        let add = ["user", "add", EMAIL, "--name", "Dana", "--role", "data"];
        let added = folder.run_with(&add, &format!("{PASSWORD}\n"));
        assert_eq!(added.code, 0, "{}", added.err);
        let mut process = Command::new(env!("CARGO_BIN_EXE_beachhead"))
            .args(["serve", "--listen", "127.0.0.1:0", "--json"])
            .current_dir(folder.path("."))
            .env_remove("BEACHHEAD_DATA")
            .env_remove("BEACHHEAD_RECORD")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the built binary starts");
        let mut printed = BufReader::new(process.stdout.take().expect("piped"));
        let mut said = String::new();
        let document: Value = loop {
            assert!(printed.read_line(&mut said).expect("text") > 0, "it ended: {said}");
            if let Ok(document) = serde_json::from_str(&said) {
                break document;
            }
        };
        let address = document["address"].as_str().expect("an address");
        let mut server = Self {
            process,
            address: address.trim_start_matches("http://").to_owned(),
            cookie: String::new(),
            csrf: String::new(),
            _printed: printed,
        };
        let entered = server.post(
            "/sign-in",
            &format!("email={EMAIL}&password={}", PASSWORD.replace(' ', "+")),
        );
        let cookie = entered.header("set-cookie");
        cookie
            .split(';')
            .next()
            .unwrap_or_default()
            .clone_into(&mut server.cookie);
        let page = server.get("/data");
        let token = page.body.split("name=\"csrf\" value=\"").nth(1);
        token
            .and_then(|rest| rest.split('"').next())
            .unwrap_or_else(|| panic!("{} and no form: {}", page.status, page.body))
            .clone_into(&mut server.csrf);
        server
    }

    /// Asks for a page.
    pub fn get(&self, path: &str) -> Answered {
        self.ask("GET", path, &[], 0, &mut std::io::empty())
    }

    /// Sends a form, with the token.
    pub fn post(&self, path: &str, form: &str) -> Answered {
        let body = format!("csrf={}&{form}", self.csrf);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.ask("POST", path, &[kind], body.len() as u64, &mut body.as_bytes())
    }

    /// Uploads a file, as a browser does.
    pub fn upload(&self, file: &Path) -> Answered {
        let name = file.file_name().expect("a name").to_string_lossy();
        let head = format!(
            "--edge\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n\
             --edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n",
            self.csrf
        );
        let tail = "\r\n--edge--\r\n";
        let content = std::fs::File::open(file).expect("a file");
        let long = content.metadata().expect("a file").len();
        let length = (head.len() + tail.len()) as u64 + long;
        let mut body = head.as_bytes().chain(content).chain(tail.as_bytes());
        let kind = ("content-type", "multipart/form-data; boundary=edge");
        self.ask("POST", "/data/import", &[kind], length, &mut body)
    }

    /// Sends a request of which only `body` follows, however long it claims to be, and reads what is answered.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        length: u64,
        body: &mut dyn Read,
    ) -> Answered {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.address
        );
        let own = [("cookie", self.cookie.as_str())];
        for (name, value) in headers.iter().chain(&own).filter(|(_, value)| !value.is_empty()) {
            head += &format!("{name}: {value}\r\n");
        }
        head += &format!("content-length: {length}\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("it reads");
        // A server that refuses may stop reading before the end.
        let sent = std::io::copy(body, &mut stream);
        if sent.is_ok_and(|sent| sent < length) {
            let _ = stream.shutdown(std::net::Shutdown::Write);
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        Answered {
            status: status.unwrap_or(0),
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    /// The most memory that it or a process that it started ever had, in MiB.
    pub fn memory(&self) -> u64 {
        let id = self.process.id();
        let all = [id].into_iter().chain(children(id));
        all.map(memory).max().unwrap_or(0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
