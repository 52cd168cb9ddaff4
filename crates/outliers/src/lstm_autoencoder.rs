//! A network that makes sequences again from a code: what it cannot make again is abnormal.
//!
//! A layer of long short-term memory reads a window of events, its last output is pressed into a code,
//! and another layer says from the code alone, step by step, which events the window had. Windows overlap
//! by half, and the last one of a sequence is filled with edges. The score is the mean surprise of the
//! events of the worst window, or of all windows.

use crate::data::{SequenceTable, Sequences};
use crate::error::{FitError, LoadError};
use crate::fit::{FitSequences, ScoreSequences, shares_of_parts};
use crate::nn::dense::{self, Dense};
use crate::nn::events::{self, OTHER, Vocabulary};
use crate::nn::loss;
use crate::nn::lstm_cell;
use crate::nn::matrix::{WIDTH, Wide};
use crate::nn::stack::{self, Input, Stack};
use crate::nn::training::{self, Network, Plan};
use crate::save::{Reader, Save, Writer};
use crate::seed::Seed;
use crate::settings::{choice, settings};
use crate::workers::Workers;

choice! {
    /// How the windows of a sequence are put together.
    pub enum Together {
        /// The worst window.
        Worst = "worst",
        /// The mean of all.
        Mean = "mean",
    }
}

settings! {
    /// Parameters of the network.
    pub struct Params => Method {
        /// How many events are made again together.
        window: usize = 10, "2 to 1000", |window| (2..=1000).contains(window);
        /// How many units read, and how many write.
        units: usize = 64, "1 to 1024", |units| (1..=1024).contains(units);
        /// How many numbers a code has.
        code: usize = 16, "1 to 1024", |code| (1..=1024).contains(code);
        /// How the windows of a sequence are put together.
        together: Together = Together::Worst, "worst, mean", |_| true;
        /// How often the windows are gone through, at most.
        passes: usize = 40, "1 to 10000", |passes| (1..=10_000).contains(passes);
        /// How many windows a step looks at; fewer where there are few.
        batch: usize = 2048, "1 to 1000000", |batch| (1..=1_000_000).contains(batch);
        /// How long the steps are.
        rate: f64 = 0.005, "above 0, up to 1", |rate| *rate > 0.0 && *rate <= 1.0;
        /// Share of the sequences that is held back to tell when to stop.
        held: f64 = 0.1, "0 to 0.5", |held| (0.0..=0.5).contains(held);
        /// After how many passes without improvement to stop.
        patience: usize = 4, "1 to 10000", |patience| (1..=10_000).contains(patience);
    }
}

/// What has to be known to lay out the parameters.
#[derive(Clone, Debug)]
struct Shape {
    window: usize,
    units: usize,
    code: usize,
    reader: Stack,
    press: Dense,
    writer: Stack,
    head: Dense,
}

/// The weights, ready for products.
#[derive(Clone, Debug)]
struct Ready {
    reader: Vec<lstm_cell::Ready>,
    press: dense::Ready,
    writer: Vec<lstm_cell::Ready>,
    head: dense::Ready,
}

/// Room for a block of windows.
struct Room {
    reader: stack::Room,
    writer: stack::Room,
    events: Vec<[u32; WIDTH]>,
    read: Vec<Wide>,
    code: Vec<Wide>,
    of_code: Vec<Wide>,
    written: Vec<Wide>,
    outputs: Vec<Wide>,
}

/// The parameters of each part.
fn parts<'a>(shape: &Shape, parameters: &'a [f32]) -> [&'a [f32]; 4] {
    let (reader, rest) = parameters.split_at(shape.reader.parameters());
    let (press, rest) = rest.split_at(shape.press.parameters());
    let (writer, head) = rest.split_at(shape.writer.parameters());
    [reader, press, writer, head]
}

impl Shape {
    fn new(events: usize, window: usize, units: usize, code: usize) -> Self {
        Self {
            window,
            units,
            code,
            reader: Stack::new(events, 0, units, 1, window),
            press: Dense { inputs: units, outputs: code, bent: true },
            writer: Stack::new(0, code, units, 1, window),
            head: Dense { inputs: units, outputs: events, bent: false },
        }
    }

    fn parameters(&self) -> usize {
        let dense = self.press.parameters() + self.head.parameters();
        dense + self.reader.parameters() + self.writer.parameters()
    }

    fn begin(&self, seed: Seed) -> Vec<f32> {
        let (mut random, mut parameters) = (seed.random(), Vec::new());
        self.reader.begin(&mut random, &mut parameters);
        self.press.begin(&mut random, &mut parameters);
        self.writer.begin(&mut random, &mut parameters);
        self.head.begin(&mut random, &mut parameters);
        parameters
    }

    fn ready(&self, parameters: &[f32]) -> Ready {
        let [reader, press, writer, head] = parts(self, parameters);
        Ready {
            reader: self.reader.ready(reader),
            press: self.press.ready(press),
            writer: self.writer.ready(writer),
            head: self.head.ready(head),
        }
    }

    fn room(&self) -> Room {
        let wides = |count: usize| vec![[0.0; WIDTH]; count];
        Room {
            reader: self.reader.room(),
            writer: self.writer.room(),
            events: Vec::new(),
            read: wides(self.units),
            code: wides(self.code),
            of_code: wides(self.code),
            written: wides(self.units),
            outputs: wides(self.head.outputs),
        }
    }

    /// Reads windows into codes and writes from these; what is said about a step is asked for after.
    fn forward(&self, ready: &Ready, room: &mut Room, numbers: &[u32], starts: &[usize]) {
        events::side_by_side(numbers, starts, self.window, &mut room.events);
        self.reader.forward(&ready.reader, &mut room.reader, Input::Events(&room.events));
        room.read.copy_from_slice(self.reader.last(&room.reader));
        self.press.forward(&ready.press, &room.read, &mut room.code);
        self.writer.forward(&ready.writer, &mut room.writer, Input::Constant(&room.code));
    }

    /// Leaves in the room what is said about the event of this step.
    fn say(&self, ready: &Ready, room: &mut Room, step: usize) {
        room.written.copy_from_slice(self.writer.output(&room.writer, step));
        self.head.forward(&ready.head, &room.written, &mut room.outputs);
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
        let Shape { reader, press, writer, head, window, .. } = self.shape;
        let weights = training::weights(examples.len());
        let mut gradient = gradient.map(|(gradient, _)| {
            let (of_reader, rest) = gradient.split_at_mut(reader.parameters());
            let (of_press, rest) = rest.split_at_mut(press.parameters());
            let (of_writer, of_head) = rest.split_at_mut(writer.parameters());
            (of_reader, of_press, of_writer, of_head)
        });
        self.shape.forward(ready, room, self.numbers, examples);
        reader.forget(&mut room.reader);
        writer.forget(&mut room.writer);
        let mut loss = 0.0;
        for step in 0..*window {
            self.shape.say(ready, room, step);
            let came = room.events.get(step).copied().unwrap_or([0; WIDTH]);
            loss += loss::surprise(&mut room.outputs, &came, &weights);
            if let Some((_, _, _, of_head)) = &mut gradient {
                let of_written = writer.of_output(&mut room.writer, step);
                head.backward(&ready.head, (&room.written, &[]), &mut room.outputs, of_head, of_written);
            }
        }
        if let Some((of_reader, of_press, of_writer, _)) = gradient {
            room.of_code.fill([0.0; WIDTH]);
            let code = Input::Constant(&room.code);
            writer.backward(&ready.writer, &mut room.writer, code, of_writer, &mut room.of_code);
            let of_read = reader.of_output(&mut room.reader, window - 1);
            press.backward(&ready.press, (&room.read, &room.code), &mut room.of_code, of_press, of_read);
            let events = Input::Events(&room.events);
            reader.backward(&ready.reader, &mut room.reader, events, of_reader, &mut []);
        }
        loss
    }
}

/// A fitted network.
#[derive(Clone, Debug)]
pub struct LstmAutoencoder {
    vocabulary: Vocabulary,
    together: Together,
    /// The surprise of an event that training never met, at least.
    unmet: f64,
    parameters: Vec<f32>,
    shape: Shape,
    ready: Ready,
}

/// Sequences as numbers, and where the windows of each begin.
struct Windows {
    numbers: Vec<u32>,
    starts: Vec<Vec<usize>>,
}

impl Windows {
    fn of(sequences: Sequences<'_>, vocabulary: &Vocabulary, window: usize) -> Self {
        let (mut numbers, mut starts) = (Vec::new(), Vec::new());
        for sequence in sequences.iter() {
            let (first, half) = (numbers.len(), window.div_ceil(2));
            // One step more, until the last event is within a window.
            let more = sequence.len().saturating_sub(window).div_ceil(half);
            starts.push((0..=more).map(|step| first + step * half).collect());
            let filled = (more * half + window).saturating_sub(sequence.len());
            vocabulary.append(sequence, (0, filled), &mut numbers);
        }
        Self { numbers, starts }
    }

    fn of_sequences(&self, sequences: &[usize]) -> Vec<usize> {
        sequences.iter().flat_map(|&sequence| self.starts[sequence].iter().copied()).collect()
    }
}

impl FitSequences for Method {
    type Fitted = LstmAutoencoder;

    fn fit_with(
        &self,
        sequences: Sequences<'_>,
        seed: Seed,
        workers: &dyn Workers,
    ) -> Result<LstmAutoencoder, FitError> {
        let params = self.params();
        stack::refuse_large(params.window, params.units, 2)?;
        if sequences.is_empty() {
            return Err(FitError::TooFew { found: 0, needed: 1 });
        }
        let vocabulary = Vocabulary::of(sequences);
        let shape = Shape::new(vocabulary.len(), params.window, params.units, params.code);
        let windows = Windows::of(sequences, &vocabulary, params.window);
        let (trained, held) = training::hold_back(sequences.len(), params.held, seed.split(1));
        let parts = (windows.of_sequences(&trained), windows.of_sequences(&held));
        let training = Training { shape: &shape, numbers: &windows.numbers };
        let plan =
            Plan { passes: params.passes, batch: params.batch, rate: params.rate, patience: params.patience };
        let begin = shape.begin(seed.split(0));
        let parameters = training::train(&training, begin, parts, plan, seed.split(2), workers)?;
        let ready = shape.ready(&parameters);
        let unmet = ((sequences.event_count() + sequences.len() + 1) as f64).ln();
        Ok(LstmAutoencoder { vocabulary, together: params.together, unmet, parameters, shape, ready })
    }
}

impl LstmAutoencoder {
    /// The surprise of each step of these windows.
    fn surprises(&self, room: &mut Room, numbers: &[u32], starts: &[usize]) -> Vec<[f64; WIDTH]> {
        self.shape.forward(&self.ready, room, numbers, starts);
        let judge = |step| {
            self.shape.say(&self.ready, room, step);
            let came = room.events.get(step).copied().unwrap_or([0; WIDTH]);
            let verdict = loss::judge(&mut room.outputs, &came);
            std::array::from_fn(|example| {
                let surprise = f64::from(verdict.surprise[example]);
                if came[example] == OTHER { surprise.max(self.unmet) } else { surprise }
            })
        };
        (0..self.shape.window).map(judge).collect()
    }
}

impl ScoreSequences for LstmAutoencoder {
    fn score_block(&self, sequences: Sequences<'_>, out: &mut [f64]) {
        let Windows { numbers, starts } = Windows::of(sequences, &self.vocabulary, self.shape.window);
        let all: Vec<usize> = starts.iter().flatten().copied().collect();
        let (mut room, mut means) = (self.shape.room(), Vec::with_capacity(all.len()));
        for block in all.chunks(WIDTH) {
            let surprises = self.surprises(&mut room, &numbers, block);
            means.extend((0..block.len()).map(|example| {
                surprises.iter().map(|step| step[example]).sum::<f64>() / surprises.len() as f64
            }));
        }
        let mut rest = means.as_slice();
        for (starts, score) in starts.iter().zip(out) {
            let (own, others) = rest.split_at(starts.len());
            rest = others;
            *score = match self.together {
                Together::Worst => own.iter().copied().fold(0.0, f64::max),
                Together::Mean => own.iter().sum::<f64>() / own.len() as f64,
            };
        }
    }

    fn shares(&self, sequence: &[u32]) -> Vec<f64> {
        let table = SequenceTable::from_iter([sequence]);
        let Windows { numbers, starts } = Windows::of(table.sequences(), &self.vocabulary, self.shape.window);
        let starts: Vec<usize> = starts.into_iter().flatten().collect();
        let (mut room, mut parts) = (self.shape.room(), vec![0.0; sequence.len()]);
        for block in starts.chunks(WIDTH) {
            for (step, surprises) in self.surprises(&mut room, &numbers, block).into_iter().enumerate() {
                for (&start, surprise) in block.iter().zip(surprises) {
                    // What a window says about edges behind the sequence is the doing of its last event.
                    let place = (start + step).min(sequence.len().saturating_sub(1));
                    parts.get_mut(place).into_iter().for_each(|part| *part += surprise);
                }
            }
        }
        shares_of_parts(parts)
    }
}

impl Save for LstmAutoencoder {
    const KIND: &'static str = "lstm-autoencoder";

    fn write(&self, writer: &mut Writer) {
        self.vocabulary.write(writer);
        [self.shape.window, self.shape.units, self.shape.code]
            .into_iter()
            .for_each(|count| writer.length(count));
        writer.u8(u8::from(self.together == Together::Mean));
        writer.f64(self.unmet);
        writer.f32s(&self.parameters);
    }

    fn read(reader: &mut Reader<'_>, _version: u16) -> Result<Self, LoadError> {
        let vocabulary = Vocabulary::read(reader)?;
        let (window, units, code) = (reader.count(1000)?, reader.count(1024)?, reader.count(1024)?);
        let together = match reader.u8()? {
            0 => Together::Worst,
            1 => Together::Mean,
            _ => return Err(LoadError::Damaged("how windows are put together")),
        };
        let unmet = reader.finite_f64()?;
        let parameters = reader.finite_f32s()?;
        let shape = Shape::new(vocabulary.len(), window, units, code);
        let fits = stack::refuse_large(window, units, 2).is_ok();
        if window < 2 || [units, code].contains(&0) || !fits || shape.parameters() != parameters.len() {
            return Err(LoadError::Damaged("the weights of a network"));
        }
        let ready = shape.ready(&parameters);
        Ok(Self { vocabulary, together, unmet, parameters, shape, ready })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws;
    use crate::nn::training::tests::gradients_are_those_of_small_steps;

    fn small() -> Params {
        Params { window: 4, units: 6, code: 3, ..Params::default() }
    }

    #[test]
    fn gradients_are_right() {
        let shape = Shape::new(5, 3, 4, 2);
        let numbers = [0, 2, 3, 4, 2, 1, 3, 4, 0, 2, 2];
        let training = Training { shape: &shape, numbers: &numbers };
        gradients_are_those_of_small_steps(&training, &shape.begin(Seed(1)), &[0, 3, 7, 5]);
    }

    #[test]
    fn windows_cover_every_event() {
        let check = |length: usize, expected: &[usize]| {
            let table = SequenceTable::from_iter([vec![7; length]]);
            let vocabulary = Vocabulary::of(table.sequences());
            let windows = Windows::of(table.sequences(), &vocabulary, 4);
            assert_eq!(windows.starts, [expected], "{length}");
            assert_eq!(windows.numbers.len(), expected.last().unwrap() + 4);
        };
        check(0, &[0]);
        check(4, &[0]);
        check(5, &[0, 2]);
        check(7, &[0, 2, 4]);
    }

    #[test]
    fn what_cannot_be_made_again_stands_out() {
        let table: SequenceTable = (0..300)
            .map(|index| if index % 2 == 0 { [1, 2, 3, 1, 4, 3] } else { [4, 4, 1, 2, 3, 1] })
            .collect();
        let seen: SequenceTable =
            [vec![1, 2, 3, 1, 4, 3], vec![1, 4, 2, 1, 2, 3], vec![4, 4, 8, 2, 3, 1]].into_iter().collect();
        for together in [Together::Worst, Together::Mean] {
            let params = Params { together, passes: 60, rate: 0.03, ..small() };
            let model = params.check().unwrap().fit(table.sequences(), Seed(1)).unwrap();
            let mut scores = Vec::new();
            model.score(seen.sequences(), &mut scores);
            assert!(scores[1..].iter().all(|&score| score > 3.0 * scores[0] + 0.3), "{together} {scores:?}");
            let shares = model.shares(&[4, 4, 8, 2, 3, 1]);
            assert!(shares[2] > 0.3, "{shares:?}");
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
        laws::hold_for_sequences(&Params { passes: 2, ..small() }.check().unwrap());
        laws::hold_for_sequences(&Params { passes: 1, together: Together::Mean, ..small() }.check().unwrap());
    }
}
