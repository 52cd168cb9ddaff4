//! Two consumers in, one that gives every record to both out.

use logsift_engine::reader::Reader;
use logsift_engine::records::record::{Record, RecordSink, StreamId};

use crate::batch::{Consumer, Factory, LogStart, Needs};

/// Both of them, the first one first.
pub(crate) struct Both<A, B>(pub(crate) A, pub(crate) B);

impl<A: RecordSink, B: RecordSink> RecordSink for Both<A, B> {
    fn stream(&mut self, id: StreamId, name: &str) {
        self.0.stream(id, name);
        self.1.stream(id, name);
    }

    fn record(&mut self, record: &Record<'_>) {
        self.0.record(record);
        self.1.record(record);
    }
}

impl<A: Consumer<Output = ()>, B: Consumer<Output = ()>> Consumer for Both<A, B> {
    type Output = ();

    fn needs(&self) -> Needs {
        self.0.needs().max(self.1.needs())
    }

    fn finish(self, reader: &Reader) {
        self.0.finish(reader);
        self.1.finish(reader);
    }
}

impl<A, B> Factory for Both<A, B>
where
    A: Factory<Consumer: Consumer<Output = ()>>,
    B: Factory<Consumer: Consumer<Output = ()>>,
{
    type Consumer = Both<A::Consumer, B::Consumer>;

    fn consumer(&self, log: &LogStart<'_>) -> Self::Consumer {
        Both(self.0.consumer(log), self.1.consumer(log))
    }

    fn set_ended(&self, set: usize) {
        self.0.set_ended(set);
        self.1.set_ended(set);
    }
}
