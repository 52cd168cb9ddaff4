//! The laws of the miner, tried on made-up logs: order, parts and repetition change nothing.

use proptest::prelude::*;

use super::{ESTABLISHED, Facts, Miner, MinerSettings, Templates};
use crate::records::level::Level;
use crate::records::time::Time;

/// A record of a made-up log.
#[derive(Clone, Debug)]
struct Line {
    message: String,
    facts: Facts,
}

fn line() -> impl Strategy<Value = Line> {
    let name = prop::sample::select(vec![
        "alice",
        "bob",
        "carol",
        "dave",
        "eve",
        "root",
        "John Smith",
        "Mary Jones",
    ]);
    let state = prop::sample::select(vec!["Started", "Paused", "Stopped"]);
    let message = prop_oneof![
        (name.clone(), 0u32..500)
            .prop_map(|(name, port)| format!("Accepted password for {name} port {port}")),
        state.prop_map(|state| format!("VM {state} (Lifecycle Event)")),
        (name, any::<bool>()).prop_map(|(name, ok)| format!("user={name} admin={ok}")),
        (0u32..9, 1usize..6)
            .prop_map(|(n, times)| format!("nodes {}", format!("node-{n} <ok> ").repeat(times))),
        "[a-c]{1,2} [a-c]{1,2} [0-9a-c]{1,3}",
    ];
    let times = prop::option::of(0i64..5_000_000_000_000);
    (message, times, 0usize..9, 0u64..1000).prop_map(|(message, time, level, line)| Line {
        message,
        facts: Facts {
            level: Level::ALL.get(level).copied(),
            time: time.map(Time::from_nanos),
            line,
            stream: 0,
        },
    })
}

fn mined(lines: &[Line]) -> Miner {
    let mut miner = Miner::default();
    for line in lines {
        miner.add(line.message.as_bytes(), &line.facts);
    }
    miner
}

/// All that can be seen of templates.
fn shown(templates: &Templates) -> Vec<String> {
    let one = |template: &super::Template| {
        format!(
            "{} {} {:?} {:?} {:?} {:?}",
            template.id,
            template.text(),
            template.stats,
            template.slots,
            template.skeletons,
            template.parent
        )
    };
    let parents = templates.parents().iter().map(|parent| format!("{parent:?}"));
    templates.list().iter().map(one).chain(parents).collect()
}

proptest! {
    #[test]
    fn order_does_not_matter(lines in prop::collection::vec(line(), 0..120), turn in 0usize..120) {
        let mut other = lines.clone();
        other.reverse();
        let turn = turn.min(other.len());
        other.rotate_left(turn);
        prop_assert_eq!(shown(&mined(&lines).templates()), shown(&mined(&other).templates()));
    }

    #[test]
    fn parts_make_the_whole(lines in prop::collection::vec(line(), 0..150), owners in prop::collection::vec(0usize..3, 150)) {
        let mut parts = [Miner::default(), Miner::default(), Miner::default()];
        for (line, owner) in lines.iter().zip(&owners) {
            parts[*owner].add(line.message.as_bytes(), &line.facts);
        }
        let whole = mined(&lines);
        let [one, two, three] = parts;
        let mut left = one.clone();
        left.absorb(two.clone());
        left.absorb(three.clone());
        let mut right = three;
        right.absorb(two);
        let mut all = Miner::default();
        all.absorb(right);
        all.absorb(one);
        prop_assert_eq!(shown(&left.templates()), shown(&whole.templates()));
        prop_assert_eq!(shown(&all.templates()), shown(&whole.templates()));
        prop_assert_eq!(all.account(), whole.account());
    }

    #[test]
    fn every_record_is_counted_and_found(lines in prop::collection::vec(line(), 0..80)) {
        let mut miner = Miner::default();
        let ids: Vec<_> = lines.iter().map(|line| miner.add(line.message.as_bytes(), &line.facts)).collect();
        let templates = miner.templates();
        let sum: u64 = templates.list().iter().map(|template| template.stats.count()).sum();
        prop_assert_eq!(sum, lines.len() as u64);
        prop_assert!(ids.iter().all(|id| templates.of(*id).is_some()));
    }
}

fn word(number: u64) -> String {
    let mut number = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let letter = |number: &mut u64| {
        *number = number.rotate_left(7).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        char::from(b'a' + (*number >> 40) as u8 % 26)
    };
    (0..9).map(|_| letter(&mut number)).collect()
}

/// A miner with a small budget that first saw an ordinary log and then something else.
fn flooded(flood: impl Fn(u64) -> String) -> (Miner, usize) {
    let settings = MinerSettings { budget: 2 << 20, keep_values: true };
    let mut miner = Miner::new(settings);
    let facts = Facts::default();
    let mut ids = Vec::new();
    for kind in 0..200 {
        let message =
            format!("The {} service did its work in 5 ms", word(kind << 32).repeat(1 + kind as usize % 3));
        for _ in 0..ESTABLISHED {
            ids.push(miner.add(message.as_bytes(), &facts));
        }
    }
    for number in 0..60_000 {
        let facts = Facts { line: number * 64, ..facts };
        miner.add(flood(number).as_bytes(), &facts);
        assert!(miner.bytes() <= settings.budget, "{} bytes after {number}", miner.bytes());
    }
    let templates = miner.templates();
    let kept = ids.iter().filter(|id| templates.of(**id).is_some()).count();
    let account = miner.account();
    assert_eq!(account.records, 60_000 + 200 * ESTABLISHED);
    let sum: u64 = templates.list().iter().map(|template| template.stats.count()).sum();
    assert_eq!(sum + templates.forgotten().count(), account.records);
    (miner, kept)
}

/// There is room for nothing at all, and lines of one skeleton whose keys differ.
#[test]
fn no_record_is_lost_where_everything_is_forgotten() {
    let mut miner = Miner::new(MinerSettings { budget: 1 << 14, keep_values: true });
    for line in 0..600u64 {
        let list = "node-1 <ok> ".repeat(1 + line as usize % 5);
        miner.add(format!("nodes {list}").as_bytes(), &Facts { line, ..Facts::default() });
    }
    assert_eq!(miner.account().records, 600, "{:?}", miner.account());
}

#[test]
fn random_lines_cost_a_fixed_number_of_bytes() {
    let (miner, kept) = flooded(|n| format!("{} {} {}", word(n), word(n * 3 + 1), word(n * 7 + 2)));
    assert_eq!(kept, 200 * ESTABLISHED as usize);
    assert!(miner.account().formless > 55_000, "{:?}", miner.account());
}

#[test]
fn a_word_that_explodes_becomes_a_slot() {
    let (miner, kept) = flooded(|n| format!("Invalid name {} from the desk", word(n)));
    assert_eq!(kept, 200 * ESTABLISHED as usize);
    let account = miner.account();
    assert_eq!(account.exploded, 1, "{account:?}");
    let templates = miner.templates();
    let explained =
        templates.list().iter().find(|template| template.raw == b"Invalid name \x01 from the desk");
    assert!(explained.is_some_and(|template| template.stats.count() > 55_000), "{account:?}");
}

#[test]
fn several_words_that_explode_become_slots_of_one_template() {
    let line = |n| format!("user {} logged in from {} after {}", word(n), word(n * 3 + 1), word(n * 7 + 2));
    let (miner, kept) = flooded(line);
    assert_eq!(kept, 200 * ESTABLISHED as usize);
    let templates = miner.templates();
    let of_flood: Vec<_> =
        templates.list().iter().filter(|template| template.raw.starts_with(b"user ")).collect();
    let [template] = of_flood[..] else {
        panic!("{:?}", of_flood.iter().map(|one| one.text()).collect::<Vec<_>>())
    };
    assert_eq!(template.text(), "user <word> logged in from <word> after <word>");
    assert!(template.stats.count() > 55_000, "{:?}", miner.account());
    let slots = template.slots.iter().map(|slot| slot.distinct).collect::<Vec<_>>();
    assert!(slots.iter().all(|distinct| *distinct > 30), "{slots:?}");
}

#[test]
fn a_noisy_stream_leaves_the_lines_of_a_quiet_one_alone() {
    let settings = MinerSettings { budget: 2 << 20, keep_values: true };
    let mut miner = Miner::new(settings);
    for line in 0..40_000 {
        let noise = format!("user {} went to {}", word(line), word(line + 7));
        miner.add(noise.as_bytes(), &Facts { line, stream: 1, ..Facts::default() });
    }
    let quiet = Facts { line: 40_000, stream: 2, ..Facts::default() };
    let ids = ["ann", "ben"].map(|name| miner.add(format!("user {name} went to sleep").as_bytes(), &quiet));
    let noise = miner.add(b"user cid went to sleep", &Facts { stream: 1, ..quiet });
    assert!(ids[0] != ids[1] && !ids.contains(&noise));
    let templates = miner.templates();
    let text = |id| templates.of(id).map(|template| template.text());
    assert_eq!(text(noise).as_deref(), Some("user <word> went to <word>"));
    assert_ne!(text(ids[0]).as_deref(), Some("<text>"));
}

#[test]
fn what_was_forgotten_is_not_new_when_it_returns() {
    let (mut miner, _) = flooded(|n| format!("{} {}", word(n), word(n + 1)));
    let before = miner.account().returned;
    for _ in 0..3 {
        miner.add(format!("{} {}", word(0), word(1)).as_bytes(), &Facts::default());
    }
    let returned = miner.account().returned - before;
    assert!(returned <= 1);
    assert!(miner.account().forgotten > 0);
}

#[test]
fn values_are_not_kept_under_redaction() {
    let mut miner = Miner::new(MinerSettings { keep_values: false, ..MinerSettings::default() });
    let id = miner.add(b"login of 4711 from 10.0.0.17", &Facts::default());
    let templates = miner.templates();
    let template = templates.of(id).expect("it was seen just now");
    assert_eq!(template.text(), "login of <number> from <ip>");
    assert!(template.slots.iter().all(|slot| slot.top.is_empty()));
    assert!(!format!("{miner:?}").contains("10.0.0.17"));
}

/// Together the parts have more young skeletons than one miner admits, but not more bytes than it may
/// keep.
#[test]
fn merging_forgets_nothing_that_fits() {
    let settings = MinerSettings { budget: 8 << 20, keep_values: true };
    let mut parts = [Miner::new(settings), Miner::new(settings)];
    for number in 0..3600u64 {
        let message = format!("{} {} {}", word(number), word(number + 10_000), word(number + 20_000));
        parts[number as usize % 2].add(message.as_bytes(), &Facts::default());
    }
    let [mut one, two] = parts;
    one.absorb(two);
    let account = one.account();
    assert_eq!((account.skeletons, account.forgotten, account.formless), (3600, 0, 0), "{account:?}");
}
