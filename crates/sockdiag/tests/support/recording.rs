//! Reads the files that `examples/record` writes: facts about the rows, the request, the datagrams.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a broken fixture fails the test that reads it"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// One recorded exchange.
pub struct Recording {
    pub path: PathBuf,
    pub facts: Vec<Fact>,
    pub request: Vec<u8>,
    pub datagrams: Vec<Vec<u8>>,
}

/// What a row must show.
#[derive(Clone, Debug)]
pub struct Fact {
    pub kind: String,
    values: BTreeMap<String, String>,
}

impl Fact {
    fn parse(line: &str) -> Self {
        let mut words = line.split(' ');
        Self {
            kind: words.next().unwrap().to_owned(),
            values: words
                .map(|word| word.split_once('=').unwrap())
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
        }
    }

    /// The value of `key`, None where the fact does not say.
    pub fn get<T: FromStr>(&self, key: &str) -> Option<T> {
        let value = self.values.get(key)?;
        Some(value.parse().unwrap_or_else(|_| panic!("{key}={value}")))
    }

    pub fn expect<T: FromStr>(&self, key: &str) -> T {
        self.get(key).unwrap_or_else(|| panic!("no {key} in {self:?}"))
    }
}

impl Recording {
    pub fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut recording = Self {
            path: path.to_owned(),
            facts: Vec::new(),
            request: Vec::new(),
            datagrams: Vec::new(),
        };
        for line in text.lines() {
            match line.split_once(' ') {
                Some(("kernel", _)) => {}
                Some(("row", fact)) => recording.facts.push(Fact::parse(fact)),
                None if line == "request" => {}
                None if line == "datagram" => recording.datagrams.push(Vec::new()),
                None => recording.bytes().extend(from_hex(line)),
                Some(_) => panic!("{}: {line}", path.display()),
            }
        }
        recording
    }

    /// Where the bytes being read belong.
    fn bytes(&mut self) -> &mut Vec<u8> {
        self.datagrams.last_mut().unwrap_or(&mut self.request)
    }
}

pub fn from_hex(digits: &str) -> Vec<u8> {
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// The directory of all recordings.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")
}

/// The directories of recordings, one per kernel release.
pub fn kernels() -> Vec<PathBuf> {
    let root = root();
    let mut kernels: Vec<_> = root
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    kernels.sort();
    assert!(!kernels.is_empty(), "no recordings in {}", root.display());
    kernels
}
