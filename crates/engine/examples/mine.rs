//! Messages on standard input, one a line; templates on standard output.
//!
//!     mine                    the template of every line: `id<TAB>template`
//!     mine time               how long counting takes, with a time for every record
//!     mine time spots         the same, and where values stand
//!     mine time numbers       the same, and the numbers themselves
//!     mine shards             whether parts that are merged, in any order, are the whole
//!     mine flood KIND N       N made-up lines instead: `bytes`, `words` or `one-word`

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use logsift_engine::model::BlockWriter;
use logsift_engine::records::level::Level;
use logsift_engine::records::time::Time;
use logsift_engine::templates::{Facts, Miner, SkeletonId};

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match words[..] {
        ["flood", kind, count] => flood(kind, count.parse().unwrap_or(10_000_000), &mut out),
        ["time"] => time(&input()?, &mut out),
        ["time", what] => time_spots(&input()?, what == "numbers", &mut out),
        ["shards"] => shards(&input()?, &mut out),
        _ => assign(&input()?, &mut out),
    }
}

fn input() -> std::io::Result<Vec<u8>> {
    let mut data = Vec::new();
    std::io::stdin().lock().read_to_end(&mut data)?;
    Ok(data)
}

fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())
}

fn facts(line: u64) -> Facts {
    let time = Time::from_nanos(line as i64 * 1_000_000);
    Facts { level: Some(Level::Info), time: Some(time), line, stream: 0 }
}

fn assign(data: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    let mut miner = Miner::default();
    let skeletons: Vec<SkeletonId> = lines(data)
        .zip(1..)
        .map(|(line, nth)| miner.add(line, &Facts { line: nth, ..Facts::default() }))
        .collect();
    let templates = miner.templates();
    for skeleton in skeletons {
        match templates.of(skeleton) {
            Some(template) => writeln!(out, "{}\t{}", template.id, template.text())?,
            None => writeln!(out, "forgotten\t")?,
        }
    }
    Ok(())
}

fn time(data: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    let lines: Vec<&[u8]> = lines(data).collect();
    let mut miner = Miner::default();
    let began = Instant::now();
    for (line, nth) in lines.iter().zip(1..) {
        miner.add(line, &facts(nth));
    }
    report(&miner, lines.len() as u64, began.elapsed(), out)
}

fn time_spots(data: &[u8], numbers: bool, out: &mut impl Write) -> std::io::Result<()> {
    let lines: Vec<&[u8]> = lines(data).collect();
    let mut miner = Miner::default();
    let (mut spots, mut sum) = (0, 0.0);
    let began = Instant::now();
    for (line, nth) in lines.iter().zip(1..) {
        let spotted = miner.add_spotted(line, &facts(nth));
        spots += spotted.spots.len();
        if numbers {
            sum +=
                spotted.spots.iter().filter_map(|spot| spot.number(line)).map(|one| one.value).sum::<f64>();
        }
    }
    let took = began.elapsed();
    writeln!(out, "{spots} spots, sum of numbers {sum:e}")?;
    report(&miner, lines.len() as u64, took, out)
}

fn shards(data: &[u8], out: &mut impl Write) -> std::io::Result<()> {
    const SHARDS: usize = 7;
    let lines: Vec<&[u8]> = lines(data).collect();
    let mut whole = Miner::default();
    let mut backwards = Miner::default();
    let mut robin = vec![Miner::default(); SHARDS];
    let mut blocks = vec![Miner::default(); SHARDS];
    for (at, line) in lines.iter().enumerate() {
        let facts = facts(at as u64);
        whole.add(line, &facts);
        robin[at % SHARDS].add(line, &facts);
        blocks[at * SHARDS / lines.len()].add(line, &facts);
    }
    for (at, line) in lines.iter().enumerate().rev() {
        backwards.add(line, &facts(at as u64));
    }
    let merged = |miners: &mut dyn Iterator<Item = Miner>| {
        miners.fold(Miner::default(), |mut sum, miner| {
            sum.absorb(miner);
            sum
        })
    };
    let wanted = bytes(&whole);
    let same = [
        bytes(&backwards),
        bytes(&merged(&mut robin.clone().into_iter())),
        bytes(&merged(&mut robin.into_iter().rev())),
        bytes(&merged(&mut blocks.clone().into_iter())),
        bytes(&merged(&mut blocks.into_iter().rev())),
    ]
    .map(|state| state == wanted);
    writeln!(out, "{} bytes of model; same: {same:?}", wanted.len())
}

fn bytes(miner: &Miner) -> Vec<u8> {
    let mut block = BlockWriter::default();
    miner.write(&mut block);
    block.bytes().to_vec()
}

fn report(miner: &Miner, lines: u64, spent: Duration, out: &mut impl Write) -> std::io::Result<()> {
    let nanos = spent.as_nanos() as f64 / lines.max(1) as f64;
    let began = Instant::now();
    let templates = miner.templates().list().len();
    let made = began.elapsed();
    writeln!(out, "{nanos:.1} ns a line, {} bytes, {templates} templates in {made:?}", miner.bytes())?;
    writeln!(out, "{:?}", miner.account())
}

fn flood(kind: &str, count: u64, out: &mut impl Write) -> std::io::Result<()> {
    let mut random = 0x9E37_79B9_7F4A_7C15u64;
    let mut miner = Miner::default();
    let known: Vec<SkeletonId> = (0..1000u64)
        .flat_map(|nth| (0..10).map(move |again| (nth, again)))
        .map(|(nth, again)| {
            let message =
                format!("service{} part {} did its work in {again} ms", letters(nth), letters(nth / 30));
            miner.add(message.as_bytes(), &facts(nth))
        })
        .collect();
    let mut spent = Duration::ZERO;
    let mut batch = Vec::new();
    let mut most = 0;
    for first in (0..count).step_by(10_000) {
        batch.clear();
        (0..10_000).for_each(|_| made_up(kind, &mut random, &mut batch));
        let began = Instant::now();
        for (line, nth) in batch.split(|byte| *byte == b'\n').zip(first..) {
            miner.add(line, &facts(nth));
        }
        spent += began.elapsed();
        most = most.max(miner.bytes());
    }
    report(&miner, count, spent, out)?;
    let templates = miner.templates();
    let kept = known.iter().filter(|id| templates.of(**id).is_some()).count();
    writeln!(out, "most bytes {most}; {kept} of {} records of established templates still there", known.len())
}

fn letters(mut number: u64) -> String {
    let mut word = String::new();
    for _ in 0..4 {
        word.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
    }
    word
}

fn made_up(kind: &str, random: &mut u64, into: &mut Vec<u8>) {
    let mut next = || {
        *random ^= *random << 13;
        *random ^= *random >> 7;
        *random ^= *random << 17;
        random.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16
    };
    let mut word = |into: &mut Vec<u8>| {
        let bits = next();
        (0..8).for_each(|at| into.push(b'a' + (bits >> (5 * at)) as u8 % 26));
    };
    match kind {
        "bytes" => (0..80).for_each(|_| into.push(b' ' + (next() % 95) as u8)),
        "words" => (0..10).for_each(|_| {
            word(into);
            into.push(b' ');
        }),
        _ => {
            into.extend_from_slice(b"Connection of user ");
            word(into);
            into.extend_from_slice(b" to the database server was refused by the access policy");
        }
    }
    into.push(b'\n');
}
