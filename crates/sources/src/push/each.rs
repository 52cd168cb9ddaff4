//! Takes a JSON list, hands out its elements one by one.
//!
//! A list of a million empty objects is small as text and large as structures, so no list of a
//! request is ever built: an element is read, used and forgotten.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Rejected, malformed};

/// Calls with every element of the list; `null` counts as an empty one.
pub(crate) fn each<'de, T, F>(list: Option<&'de RawValue>, take: F) -> Result<(), Rejected>
where
    T: Deserialize<'de>,
    F: FnMut(T) -> Result<(), Rejected>,
{
    let Some(list) = list else { return Ok(()) };
    if list.get() == "null" {
        return Ok(());
    }
    let mut deserializer = serde_json::Deserializer::from_str(list.get());
    let visitor = Each { take, element: PhantomData };
    deserializer.deserialize_seq(visitor).map_err(malformed)?
}

struct Each<T, F> {
    take: F,
    element: PhantomData<T>,
}

impl<'de, T, F> Visitor<'de> for Each<T, F>
where
    T: Deserialize<'de>,
    F: FnMut(T) -> Result<(), Rejected>,
{
    type Value = Result<(), Rejected>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Self::Value, A::Error> {
        while let Some(element) = list.next_element()? {
            if let Err(rejected) = (self.take)(element) {
                // The rest is skipped, or the list would end where it does not.
                while list.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                return Ok(Err(rejected));
            }
        }
        Ok(Ok(()))
    }
}
