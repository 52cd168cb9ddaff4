//! What a template means, as a direction: templates that mean alike point alike.
//!
//! Who calls hands in something that makes vectors of texts ([`Embed`]); the engine has none of its own. It is asked
//! about templates, of which there are hundreds, and never about lines.

use std::fmt::Debug;
use std::sync::Arc;

/// Makes vectors of texts.
pub trait Embed: Debug + Send + Sync {
    /// How many numbers a vector has.
    fn dimensions(&self) -> usize;

    /// The vector of each text, of length 1. The same text has the same vector, whatever is asked beside it.
    fn vectors(&self, texts: &[&str]) -> Vec<Arc<[f32]>>;
}

/// The words of a template as a person would read them: types of slots are words, and slots without a type are none.
pub fn wording(template: &str) -> String {
    let mut words = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('<') {
        words.push_str(before);
        let name = after.split_once('>').filter(|(name, _)| is_slot(name));
        rest = match name {
            Some((name, behind)) => {
                words.push_str(if name == "*" { " " } else { name });
                behind
            }
            None => {
                words.push('<');
                after
            }
        };
    }
    words.push_str(rest);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_slot(name: &str) -> bool {
    name == "*"
        || !name.is_empty()
            && name.len() <= 16
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// How alike two texts mean, from -1 to 1: the cosine of the angle between their vectors.
pub fn similarity(one: &[f32], other: &[f32]) -> f64 {
    let sum: f64 = one.iter().zip(other).map(|(one, other)| f64::from(*one) * f64::from(*other)).sum();
    if sum.is_finite() { sum.clamp(-1.0, 1.0) } else { 0.0 }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Words that mean the same have one direction; for tests.
    #[derive(Debug)]
    pub(crate) struct Topics(pub(crate) &'static [&'static [&'static str]]);

    impl Embed for Topics {
        fn dimensions(&self) -> usize {
            self.0.len() + 1
        }

        fn vectors(&self, texts: &[&str]) -> Vec<Arc<[f32]>> {
            let vector = |text: &&str| {
                let topic =
                    |topic: &&[&str]| text.split(' ').filter(|word| topic.contains(word)).count() as f32;
                let mut vector: Vec<f32> = self.0.iter().map(topic).collect();
                vector.push(0.1);
                let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
                vector.iter().map(|value| value / length).collect()
            };
            texts.iter().map(vector).collect()
        }
    }

    #[test]
    fn slots_are_read_as_words() {
        for (template, wanted) in [
            ("Connection from <ip> closed after <duration>", "Connection from ip closed after duration"),
            ("user <*> logged in", "user logged in"),
            ("a <b and c> d", "a <b and c> d"),
            ("<", "<"),
            ("x<<num>>y", "x<num>y"),
            ("", ""),
        ] {
            assert_eq!(wording(template), wanted, "{template}");
        }
    }
}
