//! What holds for every model of the catalogue, whichever it is: parameters out of their range are refused with name,
//! value and range; odd rows have a defined answer; the same seed gives the same bits on any number of threads and
//! after saving and loading; and saved bytes that somebody cut or changed are an error or a model, and never more.

#![expect(unsafe_code, reason = "an allocator can only be counted by one, and those are unsafe to write")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use logsift_outliers::catalogue::{
    Card, Choice, RowModel, SequenceModel, Takes, cards, load_rows, load_sequences,
};
use logsift_outliers::guard::LIMIT;
use logsift_outliers::{Alone, FitError, Rows, Seed, SequenceTable, Table, Workers};

/// Remembers the largest piece of memory that a thread asked for.
struct Counting;

thread_local! {
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = LARGEST.try_with(|largest| largest.set(largest.get().max(layout.size())));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// No damaged model may ask for more than this at once. What a changed count can claim is bounded by the ranges of
/// the parameters, of which those of networks are the largest.
const MOST: usize = 256 << 20;

struct Threads(usize);

impl Workers for Threads {
    fn run(&self, parts: usize, task: &(dyn Fn(usize) + Sync)) {
        std::thread::scope(|scope| {
            for thread in 0..self.0 {
                // Backwards, so that an order that matters is found out.
                scope.spawn(move || (thread..parts).step_by(self.0).rev().for_each(task));
            }
        });
    }
}

fn cloud(rows: usize, columns: usize) -> Table {
    let mut random = Seed(31).random();
    Table::from_values((0..rows * columns).map(|_| random.normal() as f32).collect(), columns).unwrap()
}

fn circles(count: usize) -> SequenceTable {
    (0..count).map(|first| (0..9).map(|step| ((first + step) % 5) as u32).collect::<Vec<_>>()).collect()
}

/// The model, small: what it learns is tried elsewhere.
fn small(card: &Card) -> Choice {
    let mut choice = Choice::named(card.name).unwrap();
    let window = if card.takes == Takes::Rows { "64" } else { "3" };
    let sizes = [
        ("trees", "4"),
        ("samples", "16"),
        ("passes", "2"),
        ("units", "4"),
        ("hidden", "4"),
        ("layers", "1"),
        ("features", "16"),
        ("window", window),
        ("clusters", "3"),
    ];
    for (name, value) in sizes {
        if card.parameters().iter().any(|parameter| parameter.name == name) {
            choice.set(name, value).unwrap();
        }
    }
    choice
}

fn of(takes: Takes) -> impl Iterator<Item = &'static Card> {
    cards().iter().filter(move |card| card.takes == takes)
}

fn bits(model: &dyn RowModel, rows: Rows<'_>, workers: &dyn Workers) -> Vec<u64> {
    let mut scores = Vec::new();
    model.score_with(rows, workers, &mut scores).unwrap();
    assert!(scores.iter().all(|score| score.is_finite()), "{} {scores:?}", model.kind());
    scores.into_iter().map(f64::to_bits).collect()
}

fn sequence_bits(model: &dyn SequenceModel, table: &SequenceTable, workers: &dyn Workers) -> Vec<u64> {
    let mut scores = Vec::new();
    model.score_with(table.sequences(), workers, &mut scores);
    assert!(scores.iter().all(|score| score.is_finite()), "{} {scores:?}", model.kind());
    scores.into_iter().map(f64::to_bits).collect()
}

/// The ends of a legal range, if it is one, such as `1 to 10` or `above 0, up to 1`, and whether the lower is legal.
fn ends(legal: &str) -> Option<(f64, f64, bool)> {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    if let Some((low, high)) = legal.strip_prefix("above ").and_then(|rest| rest.split_once(", up to ")) {
        return Some((number(low)?, number(high)?, false));
    }
    let (low, high) = legal.split_once(" to ")?;
    Some((number(low)?, number(high)?, true))
}

/// Each of these must be refused, and told by name, value and range.
fn refused(choice: &mut Choice, name: &str, legal: &str, values: &[String]) {
    for value in values {
        let told = choice.set(name, value).expect_err(&format!("{name} {value}")).to_string();
        assert!(
            [name, value, legal].iter().all(|part| told.contains(part)),
            "{}: {told}",
            choice.card().name
        );
    }
}

#[test]
fn what_is_out_of_range_is_refused_with_name_value_and_range() {
    let nonsense =
        ["nonsense", "", "NaN", "inf", "-inf", "1e999", "99999999999999999999999"].map(str::to_owned);
    let mut ranges = 0;
    for card in cards() {
        for parameter in card.parameters() {
            let mut choice = Choice::named(card.name).unwrap();
            refused(&mut choice, parameter.name, parameter.legal, &nonsense);
            let Some((low, high, closed)) = ends(parameter.legal) else { continue };
            ranges += 1;
            let beyond = [(low - 1.0).to_string(), (high + 1.0).to_string()];
            refused(&mut choice, parameter.name, parameter.legal, &beyond);
            choice.set(parameter.name, &high.to_string()).unwrap();
            if closed {
                choice.set(parameter.name, &low.to_string()).unwrap();
            } else {
                refused(&mut choice, parameter.name, parameter.legal, &[low.to_string()]);
            }
        }
    }
    assert!(ranges > 40, "only {ranges} parameters had a range that was understood");
}

#[test]
fn what_only_rows_can_tell_is_refused_while_fitting() {
    let mut slanted = Choice::named("isolation-forest").unwrap();
    slanted.set("extension", "3").unwrap();
    let error = slanted.fit_rows(cloud(9, 3).rows(), false, Seed(1), &Alone).err().unwrap().to_string();
    assert!(error.contains("`extension` is `3`") && error.contains("0 to "), "{error}");
}

#[test]
fn odd_rows_have_a_defined_answer_in_every_model() {
    let table = |values: Vec<f32>| Table::from_values(values, 3).unwrap();
    let mut constant = cloud(40, 3);
    constant.values_mut().chunks_exact_mut(3).for_each(|row| row[1] = 7.0);
    let mut doubled = cloud(20, 3).rows().values().to_vec();
    doubled.extend_from_within(..);
    let trainings = [
        ("one row", cloud(1, 3)),
        ("two rows", cloud(2, 3)),
        ("a constant column", constant),
        ("one row, again and again", table([1.0, -2.0, 3.0].repeat(30))),
        ("every row twice", table(doubled)),
        ("the largest numbers", table([LIMIT, -LIMIT, 0.0].repeat(20))),
    ];
    let mut odd = table(vec![f32::NAN, 0.0, 1.0, f32::INFINITY, f32::NEG_INFINITY, 0.0]);
    odd.push(&[f32::MAX, f32::MIN, f32::MIN_POSITIVE]);
    odd.push(&[-0.0, 0.0, 1e-40]);
    for (card, standardise) in of(Takes::Rows).flat_map(|card| [(card, false), (card, true)]) {
        let fit = |rows: Rows<'_>| small(card).fit_rows(rows, standardise, Seed(3), &Alone);
        let nothing = Table::new(3);
        assert!(matches!(fit(nothing.rows()), Err(FitError::TooFew { found: 0, .. })), "{}", card.name);
        for hole in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            let mut holed = cloud(30, 3);
            holed.values_mut()[5 * 3 + 2] = hole;
            let refused = fit(holed.rows()).err();
            let placed = matches!(refused, Some(FitError::NotFinite { row: 5, column: 2, .. }));
            assert!(placed, "{} {hole} {refused:?}", card.name);
        }
        for (name, training) in &trainings {
            match fit(training.rows()) {
                Ok(model) => {
                    assert_eq!(bits(&*model, training.rows(), &Alone).len(), training.rows().len());
                    assert_eq!(bits(&*model, odd.rows(), &Alone).len(), 4);
                    assert!(bits(&*model, nothing.rows(), &Alone).is_empty());
                    let wide = model.score(cloud(2, 4).rows(), &mut Vec::new());
                    assert!(wide.is_err(), "{} takes four columns", card.name);
                }
                Err(FitError::TooFew { found, needed }) => assert!(found < needed, "{} {name}", card.name),
                Err(other) => panic!("{} on {name}: {other}", card.name),
            }
        }
    }
}

#[test]
fn odd_sequences_have_a_defined_answer_in_every_model() {
    let odd: SequenceTable = [vec![], vec![u32::MAX; 3], vec![0], vec![1; 400]].into_iter().collect();
    let trainings: [SequenceTable; 4] = [
        [vec![]].into_iter().collect(),
        [vec![4]].into_iter().collect(),
        [vec![u32::MAX, 0, u32::MAX]].into_iter().collect(),
        vec![vec![1, 2, 3]; 40].into_iter().collect(),
    ];
    for card in of(Takes::Sequences) {
        let fit = |table: &SequenceTable| small(card).fit_sequences(table.sequences(), Seed(3), &Alone);
        assert!(
            matches!(fit(&SequenceTable::new()), Err(FitError::TooFew { found: 0, .. })),
            "{}",
            card.name
        );
        for training in &trainings {
            match fit(training) {
                Ok(model) => assert_eq!(sequence_bits(&*model, &odd, &Alone).len(), 4),
                Err(FitError::TooFew { found, needed }) => assert!(found < needed, "{}", card.name),
                Err(other) => panic!("{}: {other}", card.name),
            }
        }
    }
}

/// What is saved, and the scores; a model that was loaded must give the same.
fn fitted(card: &Card, seed: u64, workers: &dyn Workers) -> (Vec<u8>, Vec<u64>) {
    let (table, sequences) = (cloud(900, 5), circles(120));
    match card.takes {
        Takes::Rows => {
            let model = small(card).fit_rows(table.rows(), true, Seed(seed), workers).unwrap();
            let scores = bits(&*model, table.rows(), workers);
            let loaded = load_rows(&model.saved()).unwrap();
            assert!(scores == bits(&*loaded, table.rows(), &Alone), "{}", card.name);
            (model.saved(), scores)
        }
        Takes::Sequences => {
            let model = small(card).fit_sequences(sequences.sequences(), Seed(seed), workers).unwrap();
            let scores = sequence_bits(&*model, &sequences, workers);
            let loaded = load_sequences(&model.saved()).unwrap();
            assert!(scores == sequence_bits(&*loaded, &sequences, &Alone), "{}", card.name);
            (model.saved(), scores)
        }
    }
}

#[test]
fn threads_and_files_do_not_change_a_bit() {
    for card in cards() {
        let expected = fitted(card, 5, &Alone);
        for threads in [1, 2, 5] {
            let found = fitted(card, 5, &Threads(threads));
            assert!(found == expected, "{} with {threads} threads", card.name);
        }
    }
}

/// Whether the bytes are a model; if they are, it must score.
fn loads(card: &Card, bytes: &[u8]) -> bool {
    match card.takes {
        Takes::Rows => load_rows(bytes).is_ok_and(|model| {
            let table = cloud(2, model.columns().clamp(1, 64));
            let scored = model.score(table.rows(), &mut Vec::new());
            assert_eq!(scored.is_ok(), table.rows().columns() == model.columns(), "{}", card.name);
            true
        }),
        Takes::Sequences => load_sequences(bytes).is_ok_and(|model| {
            model.score(circles(2).sequences(), &mut Vec::new());
            true
        }),
    }
}

#[test]
fn damaged_bytes_are_refused_or_score_and_ask_for_little_memory() {
    for card in cards() {
        let bytes = match card.takes {
            Takes::Rows => small(card).fit_rows(cloud(24, 3).rows(), true, Seed(5), &Alone).unwrap().saved(),
            Takes::Sequences => {
                small(card).fit_sequences(circles(12).sequences(), Seed(5), &Alone).unwrap().saved()
            }
        };
        for end in 0..bytes.len() {
            assert!(!loads(card, &bytes[..end]), "{} cut at {end} of {}", card.name, bytes.len());
        }
        let mut changed = bytes.clone();
        changed.push(0);
        assert!(!loads(card, &changed), "{} with a byte behind it", card.name);
        changed.pop();
        LARGEST.set(0);
        // Networks have many weights, which are all alike.
        let step = 1 + bytes.len() / 3000;
        for place in (0..bytes.len()).filter(|place| *place < 400 || place % step == 0) {
            for change in [0x01, 0x80, 0xff] {
                changed[place] ^= change;
                loads(card, &changed);
                changed[place] ^= change;
            }
        }
        assert!(LARGEST.get() < MOST, "{} asked for {} bytes", card.name, LARGEST.get());
    }
}
