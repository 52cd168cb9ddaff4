//! A network that predicts the next event: a sequence with events that it did not expect is abnormal.
//!
//! Layers of long short-term memory read the last events and say how likely each event is to come next
//! (as in DeepLog, Du and others 2017). Every place of a sequence is predicted from the window before
//! it, the end, too; before the first event the window is filled with edges. The score is the surprise
//! of the worst place, the mean of all, or how many places held an event that was not among the
//! likeliest. Events that training never met are as surprising as what was never seen in all of it.

mod prefixes;

use crate::data::Sequences;
use crate::error::{FitError, LoadError};
use crate::fit::{FitSequences, ScoreSequences, shares_of_parts};
use crate::lstm::prefixes::Prefixes;
use crate::nn::ahead::Ahead;
use crate::nn::dense::{self, Dense};
use crate::nn::events::{self, OTHER, Vocabulary};
use crate::nn::loss::{self, Verdict};
use crate::nn::lstm_cell;
use crate::nn::matrix::{WIDTH, Wide};
use crate::nn::stack::{self, Input, Stack};
use crate::nn::training::{self, Network, Plan};
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::{choice, settings};
use crate::workers::Workers;

choice! {
    /// How the places of a sequence are put together.
    pub enum Together {
        /// The surprise of the most surprising place.
        Worst = "worst",
        /// The mean surprise of a place.
        Mean = "mean",
        /// How many places held an event that was not among the likeliest.
        Misses = "misses",
    }
}

settings! {
    /// Parameters of the predicting network.
    pub struct Params => Method {
        /// How many of the last events a place is predicted from.
        window: usize = 10, "1 to 1000", |window| (1..=1000).contains(window);
        /// How many units a layer has.
        units: usize = 64, "1 to 1024", |units| (1..=1024).contains(units);
        /// How many layers there are.
        layers: usize = 2, "1 to 8", |layers| (1..=8).contains(layers);
        /// How the places of a sequence are put together.
        together: Together = Together::Worst, "worst, mean, misses", |_| true;
        /// An event that is not among so many likeliest is a miss.
        top: usize = 9, "1 to 4096", |top| (1..=4096).contains(top);
        /// How often the windows are gone through, at most.
        passes: usize = 10, "1 to 10000", |passes| (1..=10_000).contains(passes);
        /// How many windows a step looks at; fewer where there are few.
        batch: usize = 512, "1 to 1000000", |batch| (1..=1_000_000).contains(batch);
        /// How long the steps are.
        rate: f64 = 0.005, "above 0, up to 1", |rate| *rate > 0.0 && *rate <= 1.0;
        /// Share of the sequences that is held back to tell when to stop.
        held: f64 = 0.1, "0 to 0.5", |held| (0.0..=0.5).contains(held);
        /// After how many passes without improvement to stop.
        patience: usize = 4, "1 to 10000", |patience| (1..=10_000).contains(patience);
    }
}

/// Windows that are judged together: more have more in common, and take more memory.
const TOGETHER: usize = 2048;

/// Windows that are put in order together: the more, the more begin alike, and the fewer workers have something
/// to do.
const IN_ORDER: usize = 1 << 16;

/// What has to be known to lay out the parameters.
#[derive(Clone, Debug)]
struct Shape {
    window: usize,
    units: usize,
    layers: usize,
    stack: Stack,
    head: Dense,
}

/// The weights, ready for products.
#[derive(Clone, Debug)]
struct Ready {
    stack: Vec<lstm_cell::Ready>,
    head: dense::Ready,
}

/// Room for a block of windows in training.
struct Room {
    stack: stack::Room,
    events: Vec<[u32; WIDTH]>,
    top: Vec<Wide>,
    outputs: Vec<Wide>,
}

impl Shape {
    fn new(events: usize, window: usize, units: usize, layers: usize) -> Self {
        let stack = Stack::new(events, 0, units, layers, window);
        Self { window, units, layers, stack, head: Dense { inputs: units, outputs: events, bent: false } }
    }

    fn parameters(&self) -> usize {
        self.stack.parameters() + self.head.parameters()
    }

    fn ready(&self, parameters: &[f32]) -> Ready {
        let (stack, head) = parameters.split_at(self.stack.parameters());
        Ready { stack: self.stack.ready(stack), head: self.head.ready(head) }
    }

    fn room(&self) -> Room {
        Room {
            stack: self.stack.room(),
            events: Vec::new(),
            top: vec![[0.0; WIDTH]; self.units],
            outputs: vec![[0.0; WIDTH]; self.head.outputs],
        }
    }

    /// Leaves in the room what is said about the event behind each window, and tells which it is.
    fn forward(&self, ready: &Ready, room: &mut Room, numbers: &[u32], starts: &[usize]) -> [u32; WIDTH] {
        events::side_by_side(numbers, starts, self.window, &mut room.events);
        self.stack.forward(&ready.stack, &mut room.stack, Input::Events(&room.events));
        room.top.copy_from_slice(self.stack.last(&room.stack));
        self.head.forward(&ready.head, &room.top, &mut room.outputs);
        events::at(numbers, starts, self.window)
    }
}

/// The network and the numbers of all events that it is trained on; an example is where a window begins.
struct Training<'a> {
    shape: &'a Shape,
    numbers: &'a [u32],
}

impl Network for Training<'_> {
    type Ready = Ready;
    type Room = Room;

    fn ready(&self, parameters: &[f32]) -> Ready {
        self.shape.ready(parameters)
    }

    fn room(&self) -> Room {
        self.shape.room()
    }

    fn loss(
        &self,
        ready: &Ready,
        room: &mut Room,
        examples: &[usize],
        gradient: Option<(&mut [f32], Seed)>,
    ) -> f64 {
        let Shape { window, stack, head, .. } = self.shape;
        let came = self.shape.forward(ready, room, self.numbers, examples);
        let loss = loss::surprise(&mut room.outputs, &came, &training::weights(examples.len()));
        if let Some((gradient, _)) = gradient {
            let (of_stack, of_head) = gradient.split_at_mut(stack.parameters());
            stack.forget(&mut room.stack);
            let of_top = stack.of_output(&mut room.stack, window - 1);
            head.backward(&ready.head, (&room.top, &[]), &mut room.outputs, of_head, of_top);
            stack.backward(&ready.stack, &mut room.stack, Input::Events(&room.events), of_stack, &mut []);
        }
        loss
    }
}

/// A fitted network.
#[derive(Clone, Debug)]
pub struct Lstm {
    vocabulary: Vocabulary,
    together: Together,
    top: usize,
    /// The surprise of an event that training never met, at least.
    unmet: f64,
    parameters: Vec<f32>,
    shape: Shape,
    ready: Ready,
}

impl FitSequences for Method {
    type Fitted = Lstm;

    fn fit_with(
        &self,
        sequences: Sequences<'_>,
        seed: Seed,
        workers: &dyn Workers,
    ) -> Result<Lstm, FitError> {
        let params = self.params();
        stack::refuse_large(params.window, params.units, params.layers)?;
        if sequences.is_empty() {
            return Err(FitError::TooFew { found: 0, needed: 1 });
        }
        let vocabulary = Vocabulary::of(sequences);
        let shape = Shape::new(vocabulary.len(), params.window, params.units, params.layers);
        let mut parameters = Vec::new();
        let mut random = seed.split(0).random();
        shape.stack.begin(&mut random, &mut parameters);
        shape.head.begin(&mut random, &mut parameters);
        let windows = Windows::of(sequences, &vocabulary, params.window);
        let (trained, held) = training::hold_back(sequences.len(), params.held, seed.split(1));
        let parts = (windows.of_sequences(&trained), windows.of_sequences(&held));
        let training = Training { shape: &shape, numbers: &windows.numbers };
        let plan =
            Plan { passes: params.passes, batch: params.batch, rate: params.rate, patience: params.patience };
        let parameters = training::train(&training, parameters, parts, plan, seed.split(2), workers)?;
        let ready = shape.ready(&parameters);
        let unmet = ((sequences.event_count() + sequences.len() + 1) as f64).ln();
        Ok(Lstm { vocabulary, together: params.together, top: params.top, unmet, parameters, shape, ready })
    }
}

/// Sequences as numbers, with the edges that windows need, and where the first window of each begins.
struct Windows {
    numbers: Vec<u32>,
    firsts: Vec<(usize, usize)>,
}

impl Windows {
    fn of(sequences: Sequences<'_>, vocabulary: &Vocabulary, window: usize) -> Self {
        let (mut numbers, mut firsts) = (Vec::new(), Vec::new());
        for sequence in sequences.iter() {
            firsts.push((numbers.len(), sequence.len() + 1));
            vocabulary.append(sequence, (window, 1), &mut numbers);
        }
        Self { numbers, firsts }
    }

    fn of_sequences(&self, sequences: &[usize]) -> Vec<usize> {
        let firsts = sequences.iter().map(|&sequence| self.firsts[sequence]);
        firsts.flat_map(|(first, count)| first..first + count).collect()
    }
}

/// What is said about a place.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    surprise: f64,
    missed: bool,
}

impl Lstm {
    /// Judges the places of all sequences, one after another. Windows that are alike are judged once.
    fn places(&self, sequences: Sequences<'_>) -> Vec<Place> {
        let window = self.shape.window;
        let Windows { numbers, firsts } = Windows::of(sequences, &self.vocabulary, window);
        let starts: Vec<usize> = firsts.iter().flat_map(|&(first, count)| first..first + count).collect();
        let with_next = |place: usize| &numbers[starts[place]..=starts[place] + window];
        let mut order: Vec<usize> = (0..starts.len()).collect();
        order.sort_unstable_by(|&a, &b| with_next(a).cmp(with_next(b)));
        let alike: Vec<&[usize]> = order.chunk_by(|&a, &b| with_next(a) == with_next(b)).collect();
        let (mut places, mut judge) = (vec![Place::default(); starts.len()], Judge::new(self));
        for groups in alike.chunks(TOGETHER) {
            let firsts: Vec<usize> =
                groups.iter().filter_map(|group| group.first()).map(|&place| starts[place]).collect();
            let judged = judge.judged(&numbers, &firsts);
            for (group, judged) in groups.iter().zip(judged) {
                group.iter().for_each(|&place| places[place] = judged);
            }
        }
        places
    }

    fn score(&self, places: &[Place]) -> f64 {
        let surprises = places.iter().map(|place| place.surprise);
        match self.together {
            Together::Worst => surprises.fold(0.0, f64::max),
            Together::Mean => surprises.sum::<f64>() / places.len().max(1) as f64,
            Together::Misses => places.iter().filter(|place| place.missed).count() as f64,
        }
    }
}

/// Judges one block of windows after another, in room that serves all of them.
struct Judge<'a> {
    model: &'a Lstm,
    ahead: Ahead,
    prefixes: Prefixes,
    outputs: Vec<Wide>,
}

impl<'a> Judge<'a> {
    fn new(model: &'a Lstm) -> Self {
        let outputs = vec![[0.0; WIDTH]; model.shape.head.outputs];
        Self { model, ahead: model.shape.stack.ahead(), prefixes: Prefixes::default(), outputs }
    }

    /// Judges windows that are in order.
    fn judged(&mut self, numbers: &[u32], starts: &[usize]) -> Vec<Place> {
        let Lstm { shape, ready, .. } = self.model;
        self.prefixes.walk((&mut self.ahead, &ready.stack), shape.window, numbers, starts);
        let mut judged = Vec::with_capacity(starts.len());
        for (block, starts) in starts.chunks(WIDTH).enumerate() {
            let first = block * WIDTH;
            self.prefixes.recall(&mut self.ahead, first..first + starts.len());
            for step in self.prefixes.depth..shape.window {
                self.ahead.step(&ready.stack, &events::at(numbers, starts, step));
            }
            shape.head.forward(&ready.head, self.ahead.top(), &mut self.outputs);
            let came = events::at(numbers, starts, shape.window);
            let verdict = loss::judge(&mut self.outputs, &came);
            judged.extend((0..starts.len()).map(|example| self.place(&verdict, came[example], example)));
        }
        judged
    }

    fn place(&self, verdict: &Verdict, came: u32, example: usize) -> Place {
        let surprise = f64::from(verdict.surprise[example]);
        if came == OTHER {
            return Place { surprise: surprise.max(self.model.unmet), missed: true };
        }
        Place { surprise, missed: verdict.likelier[example] as usize >= self.model.top }
    }
}

impl ScoreSequences for Lstm {
    fn block(&self, sequences: Sequences<'_>) -> usize {
        let windows = (sequences.event_count() + sequences.len()) as f64 / sequences.len().max(1) as f64;
        (IN_ORDER as f64 / windows).max(1.0) as usize
    }

    fn score_block(&self, sequences: Sequences<'_>, out: &mut [f64]) {
        let places = self.places(sequences);
        let mut rest = places.as_slice();
        for (sequence, score) in sequences.iter().zip(out) {
            let (own, others) = rest.split_at(sequence.len() + 1);
            *score = self.score(own);
            rest = others;
        }
    }

    fn shares(&self, sequence: &[u32]) -> Vec<f64> {
        let table = crate::data::SequenceTable::from_iter([sequence]);
        let mut surprises: Vec<f64> =
            self.places(table.sequences()).into_iter().map(|place| place.surprise).collect();
        // That it ends is the doing of the last event.
        let end = surprises.pop().unwrap_or(0.0);
        if let Some(last) = surprises.last_mut() {
            *last += end;
        }
        shares_of_parts(surprises)
    }
}

impl Save for Lstm {
    const KIND: &'static str = "lstm";

    fn write(&self, writer: &mut Writer) {
        self.vocabulary.write(writer);
        [self.shape.window, self.shape.units, self.shape.layers, self.top]
            .into_iter()
            .for_each(|count| writer.length(count));
        writer.u8(match self.together {
            Together::Worst => 0,
            Together::Mean => 1,
            Together::Misses => 2,
        });
        writer.f64(self.unmet);
        writer.f32s(&self.parameters);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let vocabulary = Vocabulary::read(reader)?;
        let (window, units, layers) = (reader.count(1000)?, reader.count(1024)?, reader.count(8)?);
        let top = reader.count(4096)?;
        let together = match reader.u8()? {
            0 => Together::Worst,
            1 => Together::Mean,
            2 => Together::Misses,
            _ => return Err(LoadError::Damaged("how places are put together")),
        };
        let unmet = reader.finite_f64()?;
        let parameters = reader.finite_f32s()?;
        let shape = Shape::new(vocabulary.len(), window, units, layers);
        let fits = stack::refuse_large(window, units, layers).is_ok();
        if [window, units, layers, top].contains(&0) || !fits || shape.parameters() != parameters.len() {
            return Err(LoadError::Damaged("the weights of a network"));
        }
        let ready = shape.ready(&parameters);
        Ok(Self { vocabulary, together, top, unmet, parameters, shape, ready })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::SequenceTable;
    use crate::laws;
    use crate::nn::training::tests::gradients_are_those_of_small_steps;

    #[test]
    fn a_common_beginning_changes_no_bit() {
        // Few kinds of events, so that much begins alike, and much does not.
        let mut random = Seed(4).random();
        let table: SequenceTable =
            (0..60).map(|_| (0..15).map(|_| random.below(3) as u32).collect::<Vec<_>>()).collect();
        let params = Params { window: 7, units: 5, passes: 1, ..Params::default() };
        let model = params.check().unwrap().fit(table.sequences(), Seed(1)).unwrap();
        let Windows { numbers, firsts } = Windows::of(table.sequences(), &model.vocabulary, 7);
        let mut starts: Vec<usize> = firsts.iter().flat_map(|&(first, count)| first..first + count).collect();
        starts.sort_by_key(|&start| numbers[start..start + 8].to_vec());
        let mut judge = Judge::new(&model);
        let together = judge.judged(&numbers, &starts);
        assert!((3..=7).contains(&judge.prefixes.depth), "{}", judge.prefixes.depth);
        for (place, start) in together.iter().zip(starts) {
            let alone = Judge::new(&model).judged(&numbers, &[start])[0];
            assert_eq!((place.surprise.to_bits(), place.missed), (alone.surprise.to_bits(), alone.missed));
        }
    }

    fn small() -> Params {
        Params { window: 3, units: 6, layers: 1, ..Params::default() }
    }

    #[test]
    fn gradients_are_right() {
        for layers in [1, 2] {
            let shape = Shape::new(5, 3, 4, layers);
            let mut parameters = Vec::new();
            let mut random = Seed(1).random();
            shape.stack.begin(&mut random, &mut parameters);
            shape.head.begin(&mut random, &mut parameters);
            let numbers = [0, 2, 3, 4, 2, 1, 3, 4, 0, 2, 2];
            let training = Training { shape: &shape, numbers: &numbers };
            gradients_are_those_of_small_steps(&training, &parameters, &[0, 3, 7, 5]);
        }
    }

    #[test]
    fn blocks_have_about_as_many_windows_whatever_the_lengths() {
        let model = small().check().unwrap().fit(laws::circles(5).sequences(), Seed(1)).unwrap();
        for (count, length, block) in [(300, 3, IN_ORDER / 4), (3, IN_ORDER, 1), (4, 0, IN_ORDER), (0, 0, 1)]
        {
            let table: SequenceTable = (0..count).map(|_| vec![1; length]).collect();
            let found = model.block(table.sequences());
            assert!(found == block || count == 0 && found > 0, "{count} of {length}: {found}");
        }
    }

    #[test]
    fn what_was_not_expected_stands_out() {
        let table: SequenceTable = (0..200).map(|_| vec![1, 2, 3, 1, 4, 3]).collect();
        let seen = [vec![1, 2, 3, 1, 4, 3], vec![1, 4, 3, 1, 2, 3], vec![1, 2, 3], vec![1, 2, 8, 1, 4, 3]];
        let seen: SequenceTable = seen.into_iter().collect();
        for together in [Together::Worst, Together::Mean, Together::Misses] {
            let params = Params { together, top: 1, passes: 30, rate: 0.03, ..small() };
            let model = params.check().unwrap().fit(table.sequences(), Seed(1)).unwrap();
            let mut scores = Vec::new();
            ScoreSequences::score(&model, seen.sequences(), &mut scores);
            assert!(scores[1..].iter().all(|&score| score > 5.0 * scores[0] + 0.3), "{together} {scores:?}");
            let shares = model.shares(&[1, 2, 8, 1, 4, 3]);
            assert!(shares[2] + shares[3] > 0.5 && shares[0] < 0.05, "{shares:?}");
        }
    }

    #[test]
    fn memory_is_bounded() {
        let method = Params { window: 1000, units: 1024, ..Params::default() }.check().unwrap();
        let refused = method.fit(laws::circles(3).sequences(), Seed(1)).unwrap_err().to_string();
        assert!(refused.starts_with("`window` is `1000`, legal is such that"), "{refused}");
    }

    #[test]
    fn laws_hold() {
        for (layers, together) in [(1, Together::Worst), (2, Together::Misses)] {
            laws::hold_for_sequences(&Params { layers, together, passes: 2, ..small() }.check().unwrap());
        }
    }
}
