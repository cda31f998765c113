//! Someone with a browser who has signed in: pages, forms, and the API beside them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;

/// A browser with a session.
pub struct Browser {
    address: String,
    cookie: String,
    csrf: String,
}

/// An answer.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub head: String,
    pub location: Option<String>,
    pub body: String,
}

/// What a form sends.
#[derive(Debug, Clone)]
pub struct Form(Vec<(String, String)>);

impl Form {
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The same with another value.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(other, _)| other != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(other, _)| other == name)
    }
}

impl Browser {
    /// Signs in with a token.
    pub fn signed_in(address: &str, token: &str) -> Self {
        let mut browser = Self { address: address.to_owned(), cookie: String::new(), csrf: String::new() };
        let signed = browser.post("/sign-in", &Form::of(&[("token", token), ("next", "/")]));
        assert_eq!(signed.status, 303, "{signed:?}");
        let cookie = signed.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        cookie.split(';').next().unwrap().clone_into(&mut browser.cookie);
        let page = browser.get("/").body;
        let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        csrf.clone_into(&mut browser.csrf);
        browser
    }

    /// A page in English.
    pub fn get(&self, target: &str) -> Page {
        self.get_in(target, "en")
    }

    /// A page.
    pub fn get_in(&self, target: &str, language: &str) -> Page {
        let head = format!("accept: text/html\r\naccept-language: {language}\r\ncookie: {}\r\n", self.cookie);
        read(self.connect("GET", target, &head, ""))
    }

    /// Sends a form of one of our pages.
    pub fn post(&self, target: &str, form: &Form) -> Page {
        read(self.send(target, form))
    }

    /// Sends it, and leaves the answer to come.
    pub fn send(&self, target: &str, form: &Form) -> TcpStream {
        self.send_as(&format!("http://{}", self.address), target, form)
    }

    /// Sends it as a page of another site does.
    pub fn post_as(&self, origin: &str, target: &str, form: &Form) -> Page {
        read(self.send_as(origin, target, form))
    }

    fn send_as(&self, origin: &str, target: &str, form: &Form) -> TcpStream {
        let form =
            if form.has("csrf") || self.csrf.is_empty() { form.clone() } else { form.clone().with("csrf", &self.csrf) };
        let pairs: Vec<String> = form.0.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let head = format!(
            "accept: text/html\r\naccept-language: en\r\norigin: {origin}\r\ncookie: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\n",
            self.cookie
        );
        self.connect("POST", target, &head, &pairs.join("&"))
    }

    /// Asks the API with a token.
    pub fn api(&self, method: &str, path: &str, token: &str, body: &Value) -> (u16, Value) {
        let head = format!("authorization: Bearer {token}\r\ncontent-type: application/json\r\n");
        let page = read(self.connect(method, &format!("/api/v1{path}"), &head, &body.to_string()));
        (page.status, serde_json::from_str(&page.body).unwrap_or(Value::Null))
    }

    fn connect(&self, method: &str, target: &str, head: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let (host, length) = (&self.address, body.len());
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{head}\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        stream
    }
}

fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn read(mut stream: TcpStream) -> Page {
    let mut text = Vec::new();
    stream.read_to_end(&mut text).unwrap();
    let text = String::from_utf8_lossy(&text).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let location = head.lines().find_map(|line| line.strip_prefix("location: ")).map(str::to_owned);
    Page { status, head: head.to_owned(), location, body: body.to_owned() }
}
