//! The miner of a log in, what to tell people about its lines that had too many shapes out.
//!
//! Where words of a sentence take ever new values, the miner takes them for values at once; where whole lines
//! do, it counts them without a shape. Both save memory and lose something, so both are told, by log and
//! stream.

use std::collections::BTreeMap;

use logsift_engine::records::record::StreamId;
use logsift_engine::templates::{Miner, SkeletonId, Templates};
use logsift_reports::scan_report::{Notice, NoticeKind};
use logsift_reports::templates_report::shown;
use logsift_reports::text::figures::counted;

/// So many sentences of a log are told of.
const SENTENCES: usize = 16;
/// So many streams of a log have their names kept.
const NAMES: usize = 64;

/// The names of the first streams of a log.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamNames {
    names: BTreeMap<u32, String>,
}

impl StreamNames {
    /// A stream begins.
    pub(crate) fn add(&mut self, id: StreamId, name: &str) {
        if self.names.len() < NAMES && !name.is_empty() {
            self.names.insert(id.0, name.to_owned());
        }
    }
}

/// What the miner of one log made coarser.
#[derive(Clone, Debug)]
pub(crate) struct Coarsened {
    log: String,
    formless: u64,
    sentences: Vec<(SkeletonId, Option<String>)>,
}

impl Coarsened {
    /// Nothing where the log fitted into memory as it is.
    pub(crate) fn of(log: &str, miner: &Miner, streams: &StreamNames) -> Option<Coarsened> {
        let formless = miner.account().formless;
        let named = |(skeleton, stream): (SkeletonId, u32)| (skeleton, streams.names.get(&stream).cloned());
        let sentences: Vec<_> = miner.exploded().into_iter().map(named).collect();
        let any = formless > 0 || !sentences.is_empty();
        any.then(|| Coarsened { log: log.to_owned(), formless, sentences })
    }

    /// A notice for each template that stands for many words, and one for the lines without a shape.
    pub(crate) fn notices(&self, templates: &Templates) -> Vec<Notice> {
        let mut told: Vec<String> = Vec::new();
        for (skeleton, stream) in &self.sentences {
            let Some(template) = templates.of(*skeleton) else { continue };
            // A log with one stream gives it its own name.
            let stream = stream.as_ref().filter(|name| **name != self.log);
            let stream = stream.map_or(String::new(), |name| format!(" of stream `{name}`"));
            let text = format!(
                "too many different words{stream} in one sentence: from then on they are values of `{}`",
                shown(template.text())
            );
            if !told.contains(&text) && told.len() < SENTENCES {
                told.push(text);
            }
        }
        if self.formless > 0 {
            let records = counted(self.formless, "record is", "records are");
            told.push(format!("too many different lines: {records} counted without a shape, as `<text>`"));
        }
        let notice = |text| Notice { kind: NoticeKind::Noted, name: self.log.clone(), text };
        told.into_iter().map(notice).collect()
    }
}

#[cfg(test)]
mod tests {
    use logsift_engine::templates::{Facts, MinerSettings};

    use super::*;

    fn word(number: u64) -> String {
        let mut random = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let letter = |random: &mut u64| {
            *random = random.rotate_left(9).wrapping_mul(0xD6E8_FEB8_6659_FD93);
            char::from(b'a' + (*random >> 40) as u8 % 26)
        };
        (0..8).map(|_| letter(&mut random)).collect()
    }

    #[test]
    fn the_stream_and_the_template_are_named() {
        let mut miner = Miner::new(MinerSettings { budget: 2 << 20, keep_values: true });
        let mut names = StreamNames::default();
        names.add(StreamId(1), "sshd");
        names.add(StreamId(2), "cron");
        assert!(Coarsened::of("app.log", &miner, &names).is_none());
        for line in 0..20_000 {
            let text = format!("user {} came from {}", word(line), word(line + 7));
            miner.add(text.as_bytes(), &Facts { line, stream: 1, ..Facts::default() });
        }
        let coarsened = Coarsened::of("app.log", &miner, &names).expect("two words exploded");
        let notices = coarsened.notices(&miner.templates());
        let [sentence, formless] = &notices[..] else { panic!("{notices:?}") };
        assert_eq!(
            sentence.text,
            "too many different words of stream `sshd` in one sentence: from then on they are values of \
             `user <word> came from <word>`"
        );
        assert_eq!((sentence.kind, sentence.name.as_str()), (NoticeKind::Noted, "app.log"));
        assert!(formless.text.ends_with("counted without a shape, as `<text>`"), "{}", formless.text);
    }
}
