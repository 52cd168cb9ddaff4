//! Real logs of several systems: the identifier that ties records together is found, or rightly none.
//!
//! The logs are not part of the project. Where they are not beside it, the test says so and ends.

#![allow(clippy::print_stdout, reason = "a test that is left out says so, and the figures are worth a look")]

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use logsift_engine::reader::{Reader, Settings, SourceHint};
use logsift_engine::records::record::Record;
use logsift_engine::sessions::{Candidate, Finder, Form, Namespace, candidates};
use logsift_engine::templates::{Facts, Miner, SkeletonId};

/// What is found in a log, with the skeletons of the miner for templates.
fn found(log: &[u8]) -> (Finder, Option<(Form, String)>) {
    let (mut finder, mut miner) = (Finder::default(), Miner::default());
    let mut templates: HashMap<SkeletonId, u32> = HashMap::new();
    let mut number = 0;
    let mut sink = |record: &Record<'_>| {
        let mut found: Vec<Candidate<'_>> =
            record.fields().map(|(name, value)| (Namespace::field(name), value.bytes)).collect();
        candidates(record.message, &mut found);
        let next = templates.len() as u32;
        let template = *templates.entry(miner.add(record.message, &Facts::default())).or_insert(next);
        finder.add(number, &found, template);
        number += 1;
    };
    let mut reader = Reader::new(&Settings::new(), SourceHint::default());
    let mut rest = log;
    while !rest.is_empty() {
        let space = reader.space();
        let count = space.len().min(rest.len());
        space[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        reader.filled(count, &mut sink);
    }
    reader.finish(&mut sink);
    let decided = finder.decide().map(|key| (key.form, String::from_utf8_lossy(&key.label).into_owned()));
    (finder, decided)
}

/// A packed log, by the program that every system has.
fn unpacked(path: &Path) -> Vec<u8> {
    let unpacked = Command::new("gzip").arg("-dc").arg(path).output().expect("gzip runs");
    unpacked.stdout
}

#[test]
fn sessions_of_real_systems() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|folder| folder.join("shared/data"));
    let Some(folder) = beside.into_iter().find(|folder| folder.exists()) else {
        println!("SKIPPED: the logs of real systems are not beside the project");
        return;
    };
    let check = |name: &str, log: Vec<u8>, expected: Option<(Form, &str)>| {
        let (finder, decided) = found(&log);
        println!("{name}: {decided:?}");
        for (key, figures) in finder.figures().filter(|(_, figures)| figures.sessions >= 8) {
            println!("    {:?} {} {figures:?}", key.form, String::from_utf8_lossy(&key.label));
        }
        assert_eq!(decided, expected.map(|(form, label)| (form, label.to_owned())), "{name}");
    };
    let samples = [
        ("OpenStack", Some((Form::Field, "context"))),
        ("OpenSSH", Some((Form::Field, "pid"))),
        ("Hadoop", None),
        ("Linux", None),
        ("Apache", None),
        ("Android", None),
        ("BGL", None),
        ("HPC", None),
        ("Spark", None),
        ("Windows", None),
    ];
    for (name, expected) in samples {
        let log = folder.join("templates").join(name).join(format!("{name}_2k.log"));
        check(name, fs::read(log).expect("the log of the system"), expected);
    }
    let blocks = unpacked(&folder.join("anomaly/hdfs/HDFS_2pct.log.gz"));
    check("HDFS", blocks, Some((Form::Prefix, "blk_")));
}
