//! SQLite databases, as much as reading whole tables takes: pages, B-trees of tables, records.
//!
//! Bounded by the file: each page is visited once. No SQL is run; a column's name comes from the table's
//! own `CREATE TABLE`.
//!
//! Never here: indexes, views, tables `WITHOUT ROWID`, and the write-ahead log (`sqlite_log`).

use std::collections::HashSet;

use super::ImportError;
use super::item::Number;

pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Deepest B-tree: 20 levels hold more than any file here.
const MAX_DEPTH: usize = 20;
/// Most cells of a table, and most columns. Rows may share bytes of the file, and so be more than it.
const MAX_CELLS: usize = 2_000_000;
const MAX_COLUMNS: usize = 2_000;
const CORRUPT: ImportError = ImportError::Corrupt;

/// A database in memory.
pub(super) struct Database<'a> {
    file: &'a [u8],
    page_size: usize,
    usable: usize,
    encoding: u32,
}

/// A table's rows.
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

enum Cell {
    Blob(Vec<u8>),
    Int(i64),
    Null,
    Real(f64),
    Text(String),
}

/// One row.
pub(super) struct Row<'a> {
    table: &'a Table,
    cells: &'a [Cell],
}

impl<'a> Database<'a> {
    pub(super) fn open(file: &'a [u8]) -> Result<Self, ImportError> {
        let header = file.first_chunk::<100>().ok_or(CORRUPT)?;
        let number = |at: usize| {
            u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes of a hundred"))
        };
        let page_size = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 65_536,
            size if 512 <= size && size.is_power_of_two() => usize::from(size),
            _ => return Err(CORRUPT),
        };
        let usable = page_size - usize::from(header[20]);
        // The stated number of pages holds if the change counter says so.
        let pages = if number(24) == number(92) { u64::from(number(28)) } else { 1 };
        let have = (file.len() / page_size) as u64;
        if !header.starts_with(MAGIC) || usable < 480 || have < pages.max(1) {
            return Err(CORRUPT);
        }
        Ok(Self { file, page_size, usable, encoding: number(56) })
    }

    /// The tables' names, in lower case.
    pub(super) fn schema(&self) -> Result<Vec<(String, u32, String)>, ImportError> {
        let columns = ["type", "name", "tbl_name", "rootpage", "sql"].map(str::to_owned).to_vec();
        let schema = Table { columns, rows: self.rows(1)? };
        let tables = schema.rows().filter(|row| row.text("type") == "table");
        Ok(tables
            .filter_map(|row| {
                let Number::Is(root) = row.number("rootpage") else { return None };
                let root = u32::try_from(root).ok()?;
                Some((row.text("name").to_ascii_lowercase(), root, row.text("sql")))
            })
            .collect())
    }

    /// A table by its name in lower case; `None` if there is no such table.
    pub(super) fn table(&self, name: &str) -> Result<Option<Table>, ImportError> {
        let schema = self.schema()?;
        let Some((_, root, sql)) = schema.iter().find(|(table, _, _)| table == name) else {
            return Ok(None);
        };
        Ok(Some(Table { columns: columns(sql), rows: self.rows(*root)? }))
    }

    fn page(&self, number: u32) -> Result<&'a [u8], ImportError> {
        let index = (number as usize).checked_sub(1).ok_or(CORRUPT)?;
        let start = index.checked_mul(self.page_size).ok_or(CORRUPT)?;
        self.file.get(start..start + self.usable).ok_or(CORRUPT)
    }

    /// All rows of the B-tree of a table.
    fn rows(&self, root: u32) -> Result<Vec<Vec<Cell>>, ImportError> {
        let mut rows = Vec::new();
        let mut visited = HashSet::new();
        let mut count = 0_usize;
        // Each byte of the file belongs to one row at most.
        let mut budget = self.file.len();
        let mut stack = vec![(root, 0_usize)];
        while let Some((number, depth)) = stack.pop() {
            if !visited.insert(number) || MAX_DEPTH < depth {
                return Err(CORRUPT);
            }
            let page = self.page(number)?;
            // The first page starts with the file's header.
            let head = page.get(if number == 1 { 100 } else { 0 }..).ok_or(CORRUPT)?;
            let kind = *head.first().ok_or(CORRUPT)?;
            let cells = usize::from(be_u16(head, 3)?);
            let pointers = match kind {
                0x05 => 12,
                0x0d => 8,
                _ => return Err(CORRUPT),
            };
            let mut children = Vec::new();
            for cell in 0..cells {
                let at = usize::from(be_u16(head, pointers + 2 * cell)?);
                let cell = page.get(at..).ok_or(CORRUPT)?;
                if kind == 0x05 {
                    children.push((be_u32(cell, 0)?, depth + 1));
                } else {
                    let row = self.row(cell, &mut budget)?;
                    count += 1 + row.len();
                    if MAX_CELLS < count {
                        return Err(ImportError::TooLarge);
                    }
                    rows.push(row);
                }
            }
            if kind == 0x05 {
                children.push((be_u32(head, 8)?, depth + 1));
            }
            stack.extend(children.into_iter().rev());
        }
        Ok(rows)
    }

    fn row(&self, cell: &[u8], budget: &mut usize) -> Result<Vec<Cell>, ImportError> {
        let (size, cell) = varint(cell)?;
        let (_rowid, cell) = varint(cell)?;
        let size = usize::try_from(size).map_err(|_| CORRUPT)?;
        *budget = budget.checked_sub(size).ok_or(CORRUPT)?;
        let record = self.payload(cell, size)?;
        self.record(&record)
    }

    /// A record, part of which may lie on overflow pages (file format, section 1.6).
    fn payload(&self, cell: &[u8], size: usize) -> Result<Vec<u8>, ImportError> {
        let most = self.usable - 35;
        if size <= most {
            return Ok(cell.get(..size).ok_or(CORRUPT)?.to_vec());
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let local = least + (size - least) % (self.usable - 4);
        let local = if local <= most { local } else { least };
        let mut payload = cell.get(..local).ok_or(CORRUPT)?.to_vec();
        let mut next = be_u32(cell, local)?;
        while payload.len() < size {
            let page = self.page(next)?;
            let rest = (size - payload.len()).min(self.usable - 4);
            payload.extend_from_slice(page.get(4..4 + rest).ok_or(CORRUPT)?);
            next = be_u32(page, 0)?;
        }
        Ok(payload)
    }

    fn record(&self, record: &[u8]) -> Result<Vec<Cell>, ImportError> {
        let (header_size, _) = varint(record)?;
        let header_size = usize::try_from(header_size).map_err(|_| CORRUPT)?;
        let (header, mut body) = record.split_at_checked(header_size).ok_or(CORRUPT)?;
        let (_, mut header) = varint(header)?;
        let mut cells = Vec::new();
        while !header.is_empty() {
            if MAX_COLUMNS < cells.len() {
                return Err(CORRUPT);
            }
            let (kind, rest) = varint(header)?;
            header = rest;
            let size = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind,
                5 => 6,
                6 | 7 => 8,
                10 | 11 => return Err(CORRUPT),
                _ => (kind - 12) / 2,
            };
            let size = usize::try_from(size).map_err(|_| CORRUPT)?;
            let (bytes, rest) = body.split_at_checked(size).ok_or(CORRUPT)?;
            body = rest;
            cells.push(match kind {
                0 => Cell::Null,
                8 => Cell::Int(0),
                9 => Cell::Int(1),
                1..=6 => Cell::Int(signed(bytes)),
                7 => Cell::Real(f64::from_be_bytes(bytes.try_into().map_err(|_| CORRUPT)?)),
                kind if kind % 2 == 0 => Cell::Blob(bytes.to_vec()),
                _ => Cell::Text(self.decode(bytes)),
            });
        }
        Ok(cells)
    }

    fn decode(&self, bytes: &[u8]) -> String {
        let utf_16 = |unit: fn([u8; 2]) -> u16| {
            let units: Vec<u16> =
                bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        };
        match self.encoding {
            2 => utf_16(u16::from_le_bytes),
            3 => utf_16(u16::from_be_bytes),
            _ => super::text::decode(bytes).0.into_owned(),
        }
    }
}

impl Table {
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|cells| Row { table: self, cells })
    }

    /// Whether there is a column of this name in lower case.
    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }
}

impl Row<'_> {
    fn cell(&self, column: &str) -> &Cell {
        let index = self.table.columns.iter().position(|name| name == column);
        index.and_then(|index| self.cells.get(index)).unwrap_or(&Cell::Null)
    }

    /// The text of a column; a number as text; empty if there is none.
    pub(super) fn text(&self, column: &str) -> String {
        match self.cell(column) {
            Cell::Text(text) => text.clone(),
            Cell::Int(int) => int.to_string(),
            Cell::Blob(bytes) => super::text::decode(bytes).0.into_owned(),
            Cell::Null | Cell::Real(_) => String::new(),
        }
    }

    pub(super) fn number(&self, column: &str) -> Number {
        match self.cell(column) {
            Cell::Int(int) => Number::Is(*int),
            Cell::Null => Number::Absent,
            Cell::Text(text) => Number::of(text),
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            Cell::Real(real) if real.fract() == 0.0 && real.abs() < 9e15 => {
                Number::Is(*real as i64)
            }
            Cell::Blob(_) | Cell::Real(_) => Number::Malformed,
        }
    }
}

/// The names of a table's columns in lower case, out of its `CREATE TABLE`.
fn columns(sql: &str) -> Vec<String> {
    let Some((_, body)) = sql.split_once('(') else { return Vec::new() };
    let mut columns = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    let mut parts = Vec::new();
    for (at, c) in body.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => {
                parts.push(&body[start..at]);
                break;
            }
            ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&body[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    for part in parts.into_iter().take(MAX_COLUMNS) {
        let name = part.trim_start();
        let name: String = match name.chars().next() {
            Some(quote @ ('"' | '`' | '\'')) => {
                name[1..].chars().take_while(|c| *c != quote).collect()
            }
            Some('[') => name[1..].chars().take_while(|c| *c != ']').collect(),
            _ => {
                let name: String =
                    name.chars().take_while(|c| !c.is_whitespace() && *c != '(').collect();
                let constraints = ["PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT"];
                if constraints.iter().any(|word| name.eq_ignore_ascii_case(word)) {
                    continue;
                }
                name
            }
        };
        columns.push(name.to_ascii_lowercase());
    }
    columns
}

/// A big-endian integer of up to 8 bytes, in two's complement.
fn signed(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|byte| byte & 0x80 != 0);
    bytes.iter().fold(if negative { -1 } else { 0 }, |value, &byte| value << 8 | i64::from(byte))
}

fn varint(bytes: &[u8]) -> Result<(u64, &[u8]), ImportError> {
    let mut value = 0_u64;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Ok((value << 8 | u64::from(byte), &bytes[9..]));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok((value, &bytes[index + 1..]));
        }
    }
    Err(CORRUPT)
}

fn be_u16(bytes: &[u8], at: usize) -> Result<u16, ImportError> {
    let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk::<2>()).ok_or(CORRUPT)?;
    Ok(u16::from_be_bytes(*bytes))
}

fn be_u32(bytes: &[u8], at: usize) -> Result<u32, ImportError> {
    let bytes = bytes.get(at..).and_then(|bytes| bytes.first_chunk::<4>()).ok_or(CORRUPT)?;
    Ok(u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_table() {
        let sql = "CREATE TABLE `t` (_id INTEGER PRIMARY KEY, \"a b\" varchar(3,4) , [C] x, PRIMARY KEY (a))";
        assert_eq!(columns(sql), ["_id", "a b", "c"]);
        assert_eq!(columns("CREATE TABLE"), [""; 0]);
    }

    #[test]
    fn integers_of_a_record() {
        assert_eq!(signed(&[0xff]), -1);
        assert_eq!(signed(&[1, 0]), 256);
        assert_eq!(varint(&[0x81, 0x01, 9]).unwrap(), (129, &[9_u8][..]));
        assert_eq!(varint(&[0xff; 9]).unwrap().0, u64::MAX);
        assert!(varint(&[0x80; 3]).is_err());
    }
}
