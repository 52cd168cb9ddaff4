//! Every record in, a row of CSV with its template out: `file,line,template_id,template`.

use std::io::{self, Write};

use hashbrown::HashMap;
use logsift_engine::templates::Templates;
use logsift_reports::csv;
use logsift_reports::escape::for_terminal;

use crate::tally::masked;
use crate::trail::{Follower, Said, Step};

/// The header of the rows.
pub(crate) const HEADER: &[u8] = b"file,line,template_id,template\n";

/// Writes the rows.
pub(crate) struct Assignments {
    file: Vec<u8>,
    tails: Tails,
}

impl Assignments {
    /// Of these templates.
    pub(crate) fn new(templates: &Templates) -> Assignments {
        Assignments { file: Vec::new(), tails: Tails::of(templates) }
    }
}

impl Follower for Assignments {
    fn log(&mut self, _: u32, file: &str) {
        self.file.clear();
        csv::push(&for_terminal(file), &mut self.file);
    }

    fn record(&mut self, step: &Step, _: &Said<'_>, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&self.file)?;
        write!(out, ",{}", step.line)?;
        out.write_all(self.tails.of_skeleton(step.skeleton.0))
    }
}

/// What a row ends with, by skeleton: made once, not for every record.
struct Tails {
    texts: Vec<Vec<u8>>,
    of: HashMap<u64, usize, foldhash::fast::FixedState>,
}

impl Tails {
    fn of(templates: &Templates) -> Tails {
        // Records whose skeleton had to be forgotten have no template.
        let mut tails = Tails { texts: vec![b",,\n".to_vec()], of: HashMap::default() };
        for template in templates.list() {
            let text = masked(template.text());
            let mut tail = format!(",{},", template.id).into_bytes();
            csv::push_safe(&for_terminal(&text), &mut tail);
            tail.push(b'\n');
            tails.of.extend(template.skeletons.iter().map(|skeleton| (skeleton.0, tails.texts.len())));
            tails.texts.push(tail);
        }
        tails
    }

    fn of_skeleton(&self, skeleton: u64) -> &[u8] {
        let place = self.of.get(&skeleton).copied().unwrap_or(0);
        self.texts.get(place).map_or(b",,\n", Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::Trail;
    use logsift_engine::detectors::rule::Heard;
    use logsift_engine::reader::{Reader, Settings, SourceHint};
    use logsift_engine::records::record::Record;
    use logsift_engine::templates::{Facts, Miner, SkeletonId};

    #[test]
    fn rows_stand_in_the_order_of_the_plan_and_forgotten_shapes_have_no_id() {
        let mut miner = Miner::default();
        let known = miner.add(b"=now, at once", &Facts::default());
        let trail = Trail::new();
        for set in [1, 0] {
            let mut log = trail.log(set, if set == 0 { "a,b.log" } else { "-" });
            let mut reader = Reader::new(&Settings::default(), SourceHint::default());
            let mut take = |record: &Record<'_>| {
                let forgotten = record.origin.line == 3;
                log.add(
                    record,
                    if forgotten { SkeletonId(known.0 ^ 1) } else { known },
                    Heard::default(),
                    &[],
                );
            };
            let text = b"=now, at once\n=now, at once\n=now, at once\n";
            reader.space()[..text.len()].copy_from_slice(text);
            reader.filled(text.len(), &mut take);
            reader.finish(&mut take);
            log.finish();
            trail.set_ended(set);
        }
        let mut out = Vec::new();
        let templates = miner.templates();
        let id = templates.list()[0].id;
        trail.follow(&mut Assignments::new(&templates), &mut out).unwrap();
        let rows = |file: &str| {
            format!("{file},1,{id},\"'=now, at once\"\n{file},2,{id},\"'=now, at once\"\n{file},3,,\n")
        };
        assert_eq!(String::from_utf8(out).unwrap(), format!("{}{}", rows("\"a,b.log\""), rows("-")));
    }
}
