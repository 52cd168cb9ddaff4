//! Rows of columns become fields named by their header: CSV, TSV, `;`, `|`, and logs with `#Fields:`.
//!
//! [`Columns`] are made from a line of names; [`Columns::read_row`] lays them over a row. Quotes
//! follow RFC 4180 (`""` is a quote, a quoted cell may hold separators and newlines); W3C logs part
//! by blanks or tabs and write `-` for nothing. A `#Fields:` line may come again with other names.

use memchr::{memchr, memchr2};

use super::fields::{Fields, Kind, Span};
use super::roles::Role;

const MAX_COLUMNS: usize = 1024;
const MAX_NAME: usize = 64;
const MAX_NAMES: usize = 1 << 14;

/// What stands between two cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// One byte: `,`, `;`, `|` or a tab.
    Byte(u8),
    /// Blanks, or tabs in a row that holds one; `-` is nothing. W3C extended logs, access logs of
    /// load balancers.
    Blanks,
}

/// The separators that a header is tried with.
const CANDIDATES: [u8; 4] = [b'\t', b',', b';', b'|'];

/// The names of the columns and how rows are parted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    separator: Separator,
    names: Vec<u8>,
    /// Where each name ends in `names`.
    ends: Vec<u32>,
    /// Lines that begin with `#` are directives.
    directives: bool,
    /// The columns of date and time of day, where they are two.
    date_and_time: Option<(usize, usize)>,
}

/// What was found in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Cells in the row; those beyond the columns have no field.
    pub cells: usize,
    /// The last cell began with a quote and did not end: the row goes on in the next line.
    pub open: bool,
}

impl Columns {
    /// Columns of known names.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a [u8]>, separator: Separator) -> Columns {
        let mut columns = Columns {
            separator,
            names: Vec::new(),
            ends: Vec::new(),
            directives: false,
            date_and_time: None,
        };
        for name in names.into_iter().take(MAX_COLUMNS) {
            columns.names.extend_from_slice(name);
            columns.ends.push(columns.names.len() as u32);
        }
        columns.date_and_time = columns.position(b"date").zip(columns.position(b"time"));
        columns
    }

    fn position(&self, wanted: &[u8]) -> Option<usize> {
        let is_wanted =
            |index: &usize| self.name(*index).is_some_and(|name| name.eq_ignore_ascii_case(wanted));
        (0..self.len()).find(is_wanted)
    }

    /// The columns that a header line names; nothing where its cells are no names.
    pub fn from_header(line: &[u8], separator: Separator) -> Option<Columns> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        let cells: Vec<Cell> = Cells::new(line, 0, separator).collect();
        let names: Vec<&[u8]> = cells.iter().map(|cell| cell.bytes(line).trim_ascii()).collect();
        let length: usize = names.iter().map(|name| name.len()).sum();
        let good = names.iter().all(|name| is_column_name(name)) && length <= MAX_NAMES;
        (good && names.len() >= 2 && all_differ(&names)).then(|| Columns::named(names, separator))
    }

    /// The columns of a directive `#Fields: date time cs-method …`, or Zeek's `#fields` with tabs.
    pub fn from_directive(line: &[u8]) -> Option<Columns> {
        let (head, rest) = line.split_at_checked(8)?;
        let separator = match head.last()? {
            b':' => Separator::Blanks,
            b'\t' => Separator::Byte(b'\t'),
            _ => return None,
        };
        if !head.get(..7)?.eq_ignore_ascii_case(b"#fields") {
            return None;
        }
        let names = rest.split(u8::is_ascii_whitespace).filter(|name| !name.is_empty());
        let names: Vec<&[u8]> = names.take(MAX_COLUMNS).collect();
        let length: usize = names.iter().map(|name| name.len()).sum();
        let good = !names.is_empty() && length <= MAX_NAMES;
        good.then(|| Columns { directives: true, ..Columns::named(names, separator) })
    }

    /// Whether a line is a directive and no row.
    pub fn is_directive(&self, line: &[u8]) -> bool {
        self.directives && line.first() == Some(&b'#')
    }

    /// Whether a row that was read into `fields` is the header come again.
    pub fn is_header_row(&self, row: Row, text: &[u8], fields: &Fields) -> bool {
        row.cells == self.len() && fields.iter(text).all(|(name, value)| name == value.bytes)
    }

    /// The columns of date and time of day, where they are two.
    pub fn date_and_time(&self) -> Option<(usize, usize)> {
        self.date_and_time
    }

    /// Finds the columns of a source from its first lines: a header, and rows that look like it.
    pub fn detect(sample: &[&[u8]]) -> Option<Columns> {
        let (header, rows) = sample.split_first()?;
        CANDIDATES
            .into_iter()
            .filter_map(|byte| Columns::from_header(header, Separator::Byte(byte)))
            .filter(|columns| columns.fit(rows))
            .max_by_key(Columns::len)
    }

    /// How many columns there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The name of a column.
    pub fn name(&self, index: usize) -> Option<&[u8]> {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.names.get(start as usize..*self.ends.get(index)? as usize)
    }

    /// Reads a row; a cell becomes a field under the name of its column.
    pub fn read_row(&self, text: &[u8], fields: &mut Fields) -> Row {
        let base = match fields.keep(&self.names) {
            Span::Scratch(start, _) => start,
            Span::Text(..) | Span::Known(_) => 0,
        };
        let mut row = Row { cells: 0, open: false };
        let mut name_start = 0;
        for cell in Cells::new(text, 0, self.separator) {
            row.open = cell.open;
            if let Some(&name_end) = self.ends.get(row.cells) {
                let (value, kind) = self.value(&cell, text, fields);
                fields.push(Span::Scratch(base + name_start, base + name_end), value, kind);
                name_start = name_end;
            }
            row.cells += 1;
        }
        row
    }

    /// Whether a row goes on in the next line, because a quote is open at its end. `inside` says
    /// whether one was open at its beginning, so a row of many lines is looked at once.
    pub fn ends_inside_quotes(&self, line: &[u8], inside: bool) -> bool {
        let mut at = 0;
        if inside {
            match closing_quote(line, 0, self.separator == Separator::Blanks) {
                Some(close) => at = close + 1,
                None => return true,
            }
        }
        let mut open = false;
        let mut cells = Cells::new(line, at, self.separator);
        if inside {
            cells.skip_to_separator();
        }
        for cell in cells {
            open = cell.open;
        }
        open
    }

    fn value(&self, cell: &Cell, text: &[u8], fields: &mut Fields) -> (Span, Kind) {
        let bytes = cell.bytes(text);
        if cell.doubled {
            let kept = fields.scratch().len();
            single_quotes(bytes, self.separator == Separator::Blanks, fields.scratch());
            return (fields.kept_since(kept), Kind::Text);
        }
        let kind = match bytes {
            _ if cell.quoted => Kind::Text,
            b"-" if self.separator == Separator::Blanks => Kind::Null,
            _ => Kind::of_bare(bytes),
        };
        (Span::text(cell.start..cell.end), kind)
    }

    /// Whether four of five rows have as many cells, and the first line differs from them in kind.
    fn fit(&self, lines: &[&[u8]]) -> bool {
        let (mut rows, mut equal, mut inside) = (0_usize, 0_usize, false);
        let mut starts_with_digit = vec![0_usize; self.len()];
        for line in lines.iter().filter(|line| !line.is_empty()) {
            let continued = inside;
            inside = self.ends_inside_quotes(line, inside);
            if continued || inside {
                continue;
            }
            rows += 1;
            let cells: Vec<Cell> = Cells::new(line, 0, self.separator).collect();
            if cells.len() != self.len() {
                continue;
            }
            equal += 1;
            for (count, cell) in starts_with_digit.iter_mut().zip(&cells) {
                *count += usize::from(looks_like_data(cell.bytes(line)));
            }
        }
        let names_a_role = (0..self.len()).filter_map(|index| self.name(index)).any(is_telling);
        let is_data = |count: &usize| count * 5 >= equal * 4;
        // With two columns, a comma might just be a comma: both of them must be numbers.
        let least = if self.len() >= 3 { 1 } else { self.len() };
        let differs = starts_with_digit.iter().filter(|count| is_data(count)).count() >= least;
        rows > 0 && equal * 5 >= rows * 4 && (names_a_role || differs)
    }
}

/// A word or a few, as column names are: letters in front, no sentence.
fn is_column_name(name: &[u8]) -> bool {
    let first = name.first().copied().unwrap_or(b' ');
    let begins = first.is_ascii_alphabetic() || matches!(first, b'_' | b'@' | b'#' | b'$') || first >= 0x80;
    begins && name.len() <= MAX_NAME && name.iter().all(|&byte| is_name_byte(byte))
}

/// Whether a name alone makes a header likely.
fn is_telling(name: &[u8]) -> bool {
    name.len() > 1 && matches!(Role::of(name), Some(Role::Time | Role::Level | Role::Message))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-./@#$%()[] :".contains(&byte) || byte >= 0x80
}

fn all_differ(names: &[&[u8]]) -> bool {
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair.first() != pair.last())
}

/// Numbers, times and addresses begin with a digit; names of columns do not.
fn looks_like_data(cell: &[u8]) -> bool {
    let digits = cell.strip_prefix(b"-").unwrap_or(cell);
    digits.first().is_some_and(u8::is_ascii_digit)
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    start: usize,
    end: usize,
    quoted: bool,
    /// Quotes inside are written twice.
    doubled: bool,
    open: bool,
}

impl Cell {
    fn bytes<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        text.get(self.start..self.end).unwrap_or_default()
    }
}

/// The cells of a row.
struct Cells<'a> {
    text: &'a [u8],
    at: usize,
    separator: u8,
    blanks: bool,
    done: bool,
}

impl<'a> Cells<'a> {
    fn new(text: &'a [u8], at: usize, separator: Separator) -> Cells<'a> {
        let (separator, blanks) = match separator {
            Separator::Byte(byte) => (byte, false),
            Separator::Blanks if memchr(b'\t', text).is_some() => (b'\t', true),
            Separator::Blanks => (b' ', true),
        };
        Cells { text, at, separator, blanks, done: false }
    }

    /// Goes behind the next separator; what stands before it follows a closed quote.
    fn skip_to_separator(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        match memchr(self.separator, rest) {
            Some(place) => self.at += place + 1,
            None => self.done = true,
        }
    }

    fn quoted(&mut self, quote: usize) -> Cell {
        let start = quote + 1;
        let close = closing_quote(self.text, start, self.blanks);
        let end = close.unwrap_or(self.text.len());
        let inside = self.text.get(start..end).unwrap_or_default();
        let doubled = memchr(b'"', inside).is_some();
        self.at = (end + 1).min(self.text.len());
        self.skip_to_separator();
        Cell { start, end, quoted: true, doubled, open: close.is_none() }
    }

    fn plain(&mut self) -> Cell {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or_default();
        let end = start + memchr(self.separator, rest).unwrap_or(rest.len());
        self.skip_to_separator();
        let cell = self.text.get(start..end).unwrap_or_default();
        let before = cell.len() - cell.trim_ascii_start().len();
        let end = start + before + cell.trim_ascii().len();
        Cell { start: start + before, end, quoted: false, doubled: false, open: false }
    }
}

impl Iterator for Cells<'_> {
    type Item = Cell;

    fn next(&mut self) -> Option<Cell> {
        if self.done {
            return None;
        }
        let rest = self.text.get(self.at..)?;
        let blanks = rest.iter().take_while(|&&byte| byte == b' ').count();
        if self.blanks && self.separator == b' ' {
            self.at += blanks;
            if blanks == rest.len() {
                return None;
            }
        }
        let place = if self.separator == b' ' { self.at } else { self.at + blanks };
        if self.text.get(place) == Some(&b'"') {
            return Some(self.quoted(place));
        }
        Some(self.plain())
    }
}

/// The quote that ends a cell whose inside begins at `start`. In CSV a quote inside is written
/// twice; logs that part by blanks also write `\"`.
fn closing_quote(text: &[u8], start: usize, backslashes: bool) -> Option<usize> {
    let mut at = start;
    loop {
        let rest = text.get(at..)?;
        at += if backslashes { memchr2(b'"', b'\\', rest)? } else { memchr(b'"', rest)? };
        match (text.get(at), text.get(at + 1)) {
            (Some(b'"'), next) if next != Some(&b'"') => return Some(at),
            _ => at += 2,
        }
    }
}

/// Appends the inside of a cell with every `""` and `\"` as a quote.
fn single_quotes(bytes: &[u8], backslashes: bool, out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some(place) = memchr(b'"', rest) {
        let (head, tail) = rest.split_at(place + 1);
        match head.strip_suffix(b"\\\"").filter(|_| backslashes) {
            Some(plain) => {
                out.extend_from_slice(plain);
                out.push(b'"');
                rest = tail;
            }
            None => {
                out.extend_from_slice(head);
                rest = tail.strip_prefix(b"\"").unwrap_or(tail);
            }
        }
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMA: Separator = Separator::Byte(b',');

    fn check(columns: &Columns, text: &str, cells: usize, expected: &[(&str, &str)]) {
        let mut fields = Fields::new();
        let row = columns.read_row(text.as_bytes(), &mut fields);
        assert_eq!(row.cells, cells, "{text}");
        let found: Vec<_> = fields.iter(text.as_bytes()).map(|(name, value)| (name, value.bytes)).collect();
        let expected: Vec<_> =
            expected.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn rows_of_csv() {
        let columns = Columns::from_header(b"\xef\xbb\xbftime, \"level\",message", COMMA).unwrap();
        check(&columns, "1,info,ok", 3, &[("time", "1"), ("level", "info"), ("message", "ok")]);
        check(
            &columns,
            r#"1, "a,b" ,"say ""hi"" \""#,
            3,
            &[("time", "1"), ("level", "a,b"), ("message", r#"say "hi" \"#)],
        );
        check(&columns, "\"two\nlines\",,", 3, &[("time", "two\nlines"), ("level", ""), ("message", "")]);
        check(&columns, "1", 1, &[("time", "1")]);
        check(&columns, "1,2,3,4,5", 5, &[("time", "1"), ("level", "2"), ("message", "3")]);
        check(&columns, "", 1, &[("time", "")]);
    }

    #[test]
    fn directives_may_change() {
        let iis = Columns::from_directive(b"#Fields: date time cs-method sc-status").unwrap();
        check(
            &iis,
            "2024-05-21 10:00:00 GET 200",
            4,
            &[("date", "2024-05-21"), ("time", "10:00:00"), ("cs-method", "GET"), ("sc-status", "200")],
        );
        check(
            &iis,
            "2024-05-21\t10:00:00\tGET \t-",
            4,
            &[("date", "2024-05-21"), ("time", "10:00:00"), ("cs-method", "GET"), ("sc-status", "-")],
        );
        let mut fields = Fields::new();
        iis.read_row(b"- - \"-\" -", &mut fields);
        let kinds: Vec<_> = fields.iter(b"- - \"-\" -").map(|(_, value)| value.kind).collect();
        assert_eq!(kinds, [Kind::Null, Kind::Null, Kind::Text, Kind::Null]);
        assert_eq!(Columns::from_directive(b"#fields: a").unwrap().len(), 1);
        assert_eq!(iis.date_and_time(), Some((0, 1)));
        assert!(iis.is_directive(b"#Date: 2024-05-21") && !iis.is_directive(b"2024-05-21 #"));
        let zeek = Columns::from_directive(b"#fields\tts\tid.orig_h").unwrap();
        check(&zeek, "1.5\ta b", 2, &[("ts", "1.5"), ("id.orig_h", "a b")]);
        assert!(Columns::from_directive("#fieldé".as_bytes()).is_none());
        assert!(Columns::from_directive(b"#Fields:").is_none());
        assert!(Columns::from_directive(b"#Software: x").is_none());
    }

    #[test]
    fn load_balancer_rows() {
        let names: [&[u8]; 5] = [b"type", b"time", b"client", b"request", b"agent"];
        let columns = Columns::named(names, Separator::Blanks);
        check(
            &columns,
            r#"https 2024-05-21T10:00:00Z 192.0.2.1:5 "GET https://example.com/ HTTP/1.1" "a \"b\" c""#,
            5,
            &[
                ("type", "https"),
                ("time", "2024-05-21T10:00:00Z"),
                ("client", "192.0.2.1:5"),
                ("request", "GET https://example.com/ HTTP/1.1"),
                ("agent", r#"a "b" c"#),
            ],
        );
    }

    #[test]
    fn headers_are_found() {
        let detect = |lines: &[&str]| {
            let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
            Columns::detect(&lines).map(|columns| (columns.separator, columns.len()))
        };
        assert_eq!(detect(&["time,level,msg", "1,a,b", "2,c,\"d,e\""]), Some((COMMA, 3)));
        assert_eq!(detect(&["id;size;who", "1;2;x", "3;4;y"]), Some((Separator::Byte(b';'), 3)));
        assert_eq!(detect(&["a\tb\tc", "x\t1\tz"]), Some((Separator::Byte(b'\t'), 3)));
        assert_eq!(detect(&["Date|Level", "2024|a"]), Some((Separator::Byte(b'|'), 2)));
        assert_eq!(detect(&["time,msg,n", "1,\"two", "lines\",2", "3,x,4"]), Some((COMMA, 3)));
        assert_eq!(detect(&["one,two", "1,2", "-3,4.5"]), Some((COMMA, 2)));
        assert_eq!(detect(&["Hello, world", "Good, morning"]), None);
        assert_eq!(detect(&["Hello, world", "12, good", "13, bad"]), None);
        assert_eq!(detect(&["a,b,c", "d,e,f"]), None);
        assert_eq!(detect(&["2024-05-21,info,x", "2024-05-22,info,y"]), None);
        assert_eq!(detect(&["time,level,msg", "plain text", "more text"]), None);
        assert_eq!(detect(&["a,a,time", "1,2,3"]), None);
        assert_eq!(detect(&["time,level,msg"]), None);
        assert_eq!(detect(&[]), None);
    }

    #[test]
    fn open_quotes_continue_a_row() {
        let columns = Columns::from_header(b"a,b,c", COMMA).unwrap();
        let check = |line: &str, inside, expected| {
            assert_eq!(columns.ends_inside_quotes(line.as_bytes(), inside), expected, "{line}");
        };
        check("1,\"two", false, true);
        check("1,\"two\"", false, false);
        check("1,5\" disk,3", false, false);
        check("still inside, \"\" too", true, true);
        check("end\",3", true, false);
        check("end\",\"again", true, true);
        check("", true, true);
        check("", false, false);
    }

    proptest! {
        #[test]
        fn written_rows_are_read(cells in prop::collection::vec("[ -!#-~\"é\n]{0,12}", 2..6), separator in prop::sample::select(CANDIDATES.to_vec())) {
            let quoted: Vec<_> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let line = quoted.join(&char::from(separator).to_string());
            let names: Vec<_> = (0..cells.len()).map(|index| format!("c{index}")).collect();
            let columns = Columns::named(names.iter().map(|name| name.as_bytes()), Separator::Byte(separator));
            let mut fields = Fields::new();
            prop_assert_eq!(columns.read_row(line.as_bytes(), &mut fields), Row { cells: cells.len(), open: false });
            let read: Vec<_> = fields.iter(line.as_bytes()).map(|(_, value)| value.bytes.to_vec()).collect();
            prop_assert_eq!(read, cells.iter().map(|cell| cell.as_bytes().to_vec()).collect::<Vec<_>>());
            let mut inside = false;
            for part in line.split('\n') {
                inside = columns.ends_inside_quotes(part.as_bytes(), inside);
            }
            prop_assert!(!inside);
        }

        #[test]
        fn no_bytes_panic(text in "[a,;|\t\" \\\\1\n-]{0,60}") {
            for separator in [COMMA, Separator::Byte(b'\t'), Separator::Blanks] {
                let columns = Columns::named([&b"a"[..], b"b"], separator);
                columns.read_row(text.as_bytes(), &mut Fields::new());
                columns.ends_inside_quotes(text.as_bytes(), true);
            }
            Columns::detect(&text.as_bytes().split(|&byte| byte == b'\n').collect::<Vec<_>>());
        }
    }
}
