//! A template and one of its skeletons in, what each slot covers out.

use super::lexicon::{HOLE_ID, TokenId};

/// For every hole of a template, the tokens of the skeleton that it covers: at least one each, and
/// as few as the constants behind it allow.
pub(crate) fn align(template: &[TokenId], skeleton: &[TokenId]) -> Vec<(usize, usize)> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    let (mut at, mut place) = (0, 0);
    // The last hole and how far it reached: it grows when the constants behind it do not fit.
    let mut retry: Option<(usize, usize, usize)> = None;
    while place < skeleton.len() || at < template.len() {
        match template.get(at) {
            Some(&HOLE_ID) if place < skeleton.len() => {
                spans.push((place, place + 1));
                retry = Some((at, place + 1, spans.len()));
                (at, place) = (at + 1, place + 1);
            }
            Some(token) if skeleton.get(place) == Some(token) => (at, place) = (at + 1, place + 1),
            _ => {
                let Some((hole, end, known)) = retry.filter(|(_, end, _)| *end < skeleton.len()) else { break };
                spans.truncate(known);
                if let Some(span) = spans.last_mut() {
                    span.1 = end + 1;
                }
                retry = Some((hole, end + 1, known));
                (at, place) = (hole + 1, end + 1);
            }
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &[TokenId], skeleton: &[TokenId], wanted: &[(usize, usize)]) {
        assert_eq!(align(template, skeleton), wanted);
    }

    #[test]
    fn holes_cover_what_they_must() {
        check(&[5, 0, 6], &[5, 0, 6], &[(1, 2)]);
        check(&[5, 0, 6], &[5, 7, 1, 8, 6], &[(1, 4)]);
        check(&[0, 6, 0], &[9, 6, 6, 4], &[(0, 1), (2, 4)]);
        check(&[5, 0], &[5, 1, 2, 3], &[(1, 4)]);
        check(&[5], &[5], &[]);
        check(&[0, 5], &[5, 5, 5], &[(0, 2)]);
        check(&[0, 5], &[7], &[(0, 1)]);
    }
}
