//! A record, read line by line.

use std::io::{self, BufRead, Read};
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value;

use super::clean::clean;
use super::entry::{Entry, TOO_LONG, What};
use super::fault::{FORMAT, Fault, RecordError};
use super::model::Source;
use super::packet::addresses;
use super::texts::Names;

/// The longest line that is read, in bytes. A table of ten thousand endpoints is shorter.
const LINE: u64 = 4 << 20;

/// So many bytes of longer lines are passed over; beyond, the rest is not read.
const PASSED: u64 = 1 << 30;

/// The most events of all records of a picture, each of which has its share; more are only counted.
const EVENTS: usize = 4_000_000;

/// Whole lines are kept up to this many bytes together, for who wants to see every field of a row.
/// Of later lines only what the picture needs is kept.
const KEPT: usize = 64 << 20;

/// A run's record: what happened, in the order in which it was written.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Where it comes from.
    pub source: Source,
    /// What is wrong with it, in sentences.
    pub remarks: Vec<String>,
    /// Addresses of its machine that others can reach, in order.
    pub(super) addresses: Vec<IpAddr>,
    pub(super) entries: Vec<Entry>,
    /// The names of its ends, where it has several.
    pub(super) ends: Vec<Arc<str>>,
}

impl Record {
    /// Reads a record: the lines that `--record` writes. What is wrong in the middle of it (a line that
    /// was cut, one that is not JSON, an event that is not known) is passed over and said in the
    /// remarks.
    ///
    /// A million events with packets take about 600 MB, and there is room for four millions.
    ///
    /// # Errors
    ///
    /// [`RecordError`] when the file is no record, with the line and the rule that it breaks.
    pub fn read(name: &str, lines: impl BufRead) -> Result<Self, RecordError> {
        Self::read_one_of(1, name, lines)
    }

    /// The same for one of so many that will be drawn together: they share the room that there is.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_one_of<R: BufRead>(
        records: usize,
        name: &str,
        mut lines: R,
    ) -> Result<Self, RecordError> {
        let mut reader = Reader::new(name, records);
        match lines.fill_buf() {
            Ok(first) => {
                if let Some(kind) = another(first) {
                    return Err(reader.error(Fault::Another(kind)));
                }
            }
            Err(error) => return Err(reader.error(Fault::Unreadable(error))),
        }
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut lines).take(LINE).read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => return Err(reader.error(Fault::Unreadable(error))),
            }
            reader.line += 1;
            let whole = line.last() == Some(&b'\n');
            if !whole && line.len() as u64 == LINE {
                // Of a device that never ends, the first line is enough.
                reader.passed_over(false)?;
                match skip_line(&mut lines, PASSED - reader.passed) {
                    Ok(bytes) => reader.passed += bytes,
                    Err(error) => return Err(reader.error(Fault::Unreadable(error))),
                }
                if reader.passed >= PASSED {
                    break;
                }
            } else {
                reader.line(&line, whole)?;
            }
        }
        reader.finish()
    }

    /// Whether there is anything in it that a picture can show: calls, packets, what a demo says.
    #[must_use]
    pub fn can_be_drawn(&self) -> bool {
        let drawn = |entry: &Entry| !matches!(entry.what, What::Endpoints(_) | What::Remark(_));
        self.entries.iter().any(drawn)
    }

    /// A record of a run whose lines never were in a file: the header's value, then the events'.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn of(values: impl IntoIterator<Item = Value>) -> Result<Self, RecordError> {
        let mut reader = Reader::new("", 1);
        for value in values {
            reader.line += 1;
            let text = value.to_string();
            reader.value(&value, &text)?;
        }
        reader.finish()
    }
}

/// Passes over the rest of a line, and says how long it was; not much more than `most`.
fn skip_line(lines: &mut impl BufRead, most: u64) -> io::Result<u64> {
    let mut passed = 0;
    loop {
        let buffer = lines.fill_buf()?;
        if buffer.is_empty() || passed >= most {
            return Ok(passed);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let length = end.map_or(buffer.len(), |end| end + 1);
        lines.consume(length);
        passed += length as u64;
        if end.is_some() {
            return Ok(passed);
        }
    }
}

struct Reader {
    record: Record,
    names: Names,
    /// How many records share the room.
    records: usize,
    line: usize,
    header: bool,
    kept: usize,
    /// Bytes of lines that were too long.
    passed: u64,
    /// Lines that were not understood, and the first of them.
    strange: (usize, usize),
    unknown: usize,
    too_many: usize,
    cut: bool,
    other_header: Option<usize>,
}

impl Reader {
    fn new(name: &str, records: usize) -> Self {
        let source = Source { file: clean(name), ..Source::default() };
        Self {
            record: Record { source, ..Record::default() },
            names: Names::default(),
            records: records.max(1),
            line: 0,
            header: false,
            kept: 0,
            passed: 0,
            strange: (0, 0),
            unknown: 0,
            too_many: 0,
            cut: false,
            other_header: None,
        }
    }

    fn error(&self, fault: Fault) -> RecordError {
        RecordError { file: self.record.source.file.clone(), line: self.line.max(1), fault }
    }

    fn line(&mut self, line: &[u8], whole: bool) -> Result<(), RecordError> {
        // A byte order mark before the header comes from editors that mean well.
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
        if line.is_empty() {
            return Ok(());
        }
        let parsed = std::str::from_utf8(line)
            .ok()
            .and_then(|text| Some((text, serde_json::from_str::<Value>(text).ok()?)));
        match parsed {
            Some((text, value)) => self.value(&value, text),
            None => self.passed_over(!whole),
        }
    }

    fn passed_over(&mut self, cut: bool) -> Result<(), RecordError> {
        if !self.header {
            return Err(self.error(Fault::NotJson));
        }
        if cut {
            self.cut = true;
        } else {
            self.strange.0 += 1;
            self.strange.1 = if self.strange.0 == 1 { self.line } else { self.strange.1 };
        }
        Ok(())
    }

    fn value(&mut self, value: &Value, text: &str) -> Result<(), RecordError> {
        if !self.header {
            return self.header(value);
        }
        if self.other_header.is_some() {
            return Ok(());
        }
        let Some(event) = value["event"].as_str() else {
            return self.passed_over(false);
        };
        if event == "header" {
            self.other_header = Some(self.line);
            return Ok(());
        }
        if event == "host" {
            self.record.addresses = addresses(value);
        }
        if self.record.entries.len() >= EVENTS / self.records {
            self.too_many += 1;
            return Ok(());
        }
        match What::read(event, value, &mut self.names) {
            Ok(Some(what)) => self.entry(value, what, text),
            // A later netlab may tell more; that is in the contract.
            Ok(None) => self.unknown += 1,
            Err(()) => self.passed_over(false)?,
        }
        Ok(())
    }

    fn entry(&mut self, value: &Value, what: What, text: &str) {
        // The last line of a run that failed has no time: it comes when the last event came.
        let last = self.record.entries.last().map_or(0, |entry| entry.at);
        let at = match value.get("t_ns") {
            None => last,
            Some(time) => match time.as_i64() {
                Some(time) if (0..TOO_LONG).contains(&time) => time,
                _ => {
                    let _ = self.passed_over(false);
                    return;
                }
            },
        };
        let end = value["end"].as_str().and_then(|end| self.end(end));
        let raw = (self.kept + text.len() <= KEPT / self.records).then(|| {
            self.kept += text.len();
            text.into()
        });
        if matches!(what, What::Capturing | What::Packet(_)) {
            self.record.source.captured = true;
        }
        self.record.entries.push(Entry { at, end, what, raw });
    }

    fn end(&mut self, end: &str) -> Option<u16> {
        /// More ends than any demo has; the names of a hostile record stop somewhere.
        const ENDS: usize = 200;
        let end = self.names.keep(end);
        let known = self.record.ends.iter().position(|known| *known == end);
        let place = known.or_else(|| {
            (self.record.ends.len() < ENDS).then(|| {
                self.record.ends.push(end);
                self.record.ends.len() - 1
            })
        });
        place.and_then(|place| u16::try_from(place).ok())
    }

    fn header(&mut self, value: &Value) -> Result<(), RecordError> {
        if !value.is_object() {
            return Err(self.error(Fault::NotJson));
        }
        if value["event"] != "header" {
            return Err(self.error(Fault::NoHeader));
        }
        match value["format"].as_u64() {
            Some(FORMAT) => {}
            Some(format) if format > FORMAT => return Err(self.error(Fault::Newer(format))),
            _ => return Err(self.error(Fault::NoHeader)),
        }
        let text = |name: &str| value[name].as_str().map(clean).unwrap_or_default();
        let words = value["command"].as_array().map(Vec::as_slice).unwrap_or_default();
        let source = &mut self.record.source;
        source.host = text("host");
        source.system = text("os");
        source.run = text("run");
        source.command = words.iter().take(64).filter_map(Value::as_str).map(clean).collect();
        source.started_unix_ns = value["started_unix_ns"].as_u64().unwrap_or(0);
        self.header = true;
        Ok(())
    }

    fn finish(mut self) -> Result<Record, RecordError> {
        if !self.header {
            return Err(self.error(Fault::Empty));
        }
        if self.record.entries.is_empty() && self.unknown == 0 {
            return Err(self.error(Fault::NoEvents));
        }
        let remarks = &mut self.record.remarks;
        let (strange, first) = self.strange;
        if strange > 0 {
            let lines = if strange == 1 { "line is" } else { "lines are" };
            remarks.push(format!(
                "{strange} {lines} no event of a record and passed over: the first is line {first}"
            ));
        }
        if self.cut {
            remarks.push(format!(
                "line {}, the last one, is cut: the run was broken off, or it still goes on",
                self.line
            ));
        }
        if self.too_many > 0 {
            remarks.push(format!(
                "{} more events are not in the picture: it has room for {} of this record",
                self.too_many,
                EVENTS / self.records
            ));
        }
        if self.passed >= PASSED {
            remarks.push(format!(
                "from line {} on it is not read: lines are too long for a record's",
                self.line
            ));
        }
        if let Some(line) = self.other_header {
            remarks.push(format!("in line {line} another record begins: it is not read"));
        }
        Ok(self.record)
    }
}

/// Other kinds of files, by their first bytes.
fn another(line: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 9] = [
        (b"\x0a\x0d\x0d\x0a", "a packet capture (pcapng)"),
        (b"\xa1\xb2\xc3\xd4", "a packet capture (pcap)"),
        (b"\xd4\xc3\xb2\xa1", "a packet capture (pcap)"),
        (b"\xa1\xb2\x3c\x4d", "a packet capture (pcap)"),
        (b"\x4d\x3c\xb2\xa1", "a packet capture (pcap)"),
        (b"\x89PNG", "a picture (PNG)"),
        (b"\xff\xd8\xff", "a picture (JPEG)"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"%PDF", "a PDF"),
    ];
    KINDS.iter().find(|(first, _)| line.starts_with(first)).map(|(_, kind)| *kind)
}
