//! Fills the database of a state folder with a million findings, so that what is asked of much can be measured.
//!
//! Usage: `cargo run -p logsift-stores --example many -- FOLDER`, and once a daemon runs over it `many FOLDER templates`: a
//! daemon begins with the templates of its model, and of no others. The tables are made by the store itself; rows
//! are put in by the database, which is quick, and all of them are the same in every run but for where time ends: now.

use std::process::ExitCode;

use logsift_stores::{Folder, Writer};
use rusqlite::Connection;

/// Whatever is asked for is asked of these: 20,000 templates, incidents of as many, a month, 40 streams.
const FILL: &str = "
    PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -600000; PRAGMA temp_store = memory;
    CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {findings})
        SELECT i, (i * 7919) % 20000 AS t, {now} - 2592000000000000 + i * (2592000000000000 / {findings}) AS at FROM n;
    BEGIN;
    INSERT INTO findings SELECT printf('%016x', i), 7, printf('inc-%016x', t),
        json_extract('[\"rate-change\",\"new-template\",\"severity\",\"value-range\",\"rule\",\"gone-silent\"]', '$[' || (i % 6) || ']'),
        i % 4, 1 + i % 20, '/var/log/app' || (i % 40) || '.log', printf('%016x', t), at, at,
        'worker ' || i || ' of pool ' || t || ': 96 in 8 s; usually 3.2', iif(i % 3 = 0, 'over-budget', NULL),
        json_object('id', printf('%016x', i), 'kind', 'rate-change', 'severity', 'medium', 'score', 7.5, 'stream',
        '/var/log/app' || (i % 40) || '.log', 'line', i, 'level', 'error', 'template_id', printf('%016x', t), 'template',
        'worker <number> of pool ' || t || ' did <number> things for <host>', 'message', 'worker ' || i || ' of pool ' ||
        t || ' did 17 things for a.example.com', 'explanation', '96 in 8 s; usually 3.2', 'evidence', json('[{\"kind\":
        \"rate-change\",\"sentence\":\"96 in 8 s; usually 3.2\",\"expected\":3.2,\"seen\":96,\"surprise\":8.2,\"figures\":[]}]'),
        'incident_id', printf('inc-%016x', t)) FROM temp.n;
    INSERT INTO lines SELECT at, printf('%016x', i), 0, 7, 'finding', printf('inc-%016x', t),
        '/var/log/app' || (i % 40) || '.log', printf('%016x', t), json_extract('[\"error\",\"warn\",\"info\",\"fatal\"]', '$[' || (i % 4) || ']'),
        '/var/log/app' || (i % 40) || '.log', i, 'worker ' || i || ' of pool ' || t || ' did 17 things for a.example.com'
        FROM temp.n ORDER BY at DESC;
    INSERT INTO incidents SELECT printf('inc-%016x', i), printf('%016x', i % 3000), 'Trouble ' || i || ' of things', i % 4,
        i % 30, iif(i % 50, 'resolved', 'open'), at - 60000000000, at, at, at, at, at, 50, 500,
        json_array('/var/log/app' || (i % 40) || '.log'), '[\"rate-change\"]', 'a cause line',
        json_object('id', printf('inc-%016x', i), 'title', 'Trouble ' || i || ' of things', 'streams',
        json_array('/var/log/app' || (i % 40) || '.log'), 'story', json_array(), 'finding_ids', json_array(), 'causes',
        json_array(json_object('file', '/var/log/app.log', 'line', 7, 'message', 'a cause line', 'why', 'it came first',
        'weight', 0.9, 'before', json_array('before it'), 'after', json_array('behind it')))), 0, 0, 1, 50
        FROM (SELECT i, {now} - 2592000000000000 + i * 129600000000 AS at FROM temp.n WHERE i < 20000);
    INSERT INTO volume (minute, stream, epoch, records, warnings, errors, info, debug)
        SELECT (({now} / 60000000000) - i / 8) * 60000000000, '/var/log/app' || ((i % 8) * 5) || '.log', 7, 3000 + i % 97, i % 31,
        i % 7, 2000, 900 FROM temp.n WHERE i < 345600;
    INSERT INTO template_hours SELECT printf('%016x', CASE WHEN i < 144000 THEN i % 200 ELSE i % 20000 END),
        (({now} / 3600000000000) - CASE WHEN i < 144000 THEN i / 200 ELSE (i * 13) % 720 END) * 3600000000000,
        '/var/log/app' || ((i / 1000) % 40) || '.log', i, 1 + i % 900 FROM temp.n WHERE i < 400000;
    COMMIT;
";

const TEMPLATES: &str = "
    PRAGMA busy_timeout = 20000;
    WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)
    INSERT INTO templates SELECT printf('%016x', i), 'worker <number> of pool ' || i || ' did <number> things for <host>',
        1 + (i * 104729) % 1000000, {now} - iif(i % 100, 2592000000000000, 3600000000000), {now}, 'info', '[]', NULL FROM n;
";

fn filled() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let folder = words.next().ok_or("usage: many FOLDER [templates]")?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos().to_string();
    if words.next().is_some() {
        let path = Folder::look(std::path::Path::new(&folder))?.facts();
        return Ok(Connection::open(path)?.execute_batch(&TEMPLATES.replace("{now}", &now))?);
    }
    std::fs::create_dir_all(&folder)?;
    let path = Folder::open(std::path::Path::new(&folder))?.facts();
    drop(Writer::open(&path)?);
    let sql = FILL.replace("{findings}", "1000000").replace("{now}", &now);
    let database = Connection::open(&path)?;
    let indexes = indexes(&database)?;
    let all = |of: fn(&(String, String)) -> String| indexes.iter().map(of).collect::<Vec<_>>().concat();
    database.execute_batch(&all(|(name, _)| format!("DROP INDEX {name};")))?;
    database.execute_batch(&sql)?;
    database.execute_batch(&all(|(_, made)| format!("{made};")))?;
    database.pragma_update(None, "journal_mode", "wal")?;
    Ok(())
}

/// Indexes with the statement that makes each: they are made anew once all rows are there, which is quicker.
fn indexes(database: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    let mut statement = database.prepare(sql)?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

fn main() -> ExitCode {
    match filled() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{problem}\n").as_bytes());
            ExitCode::FAILURE
        }
    }
}
