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
                let Some((hole, end, known)) = retry.filter(|(_, end, _)| *end < skeleton.len()) else {
                    break;
                };
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

/// What each slot of a template covers, or, where the template does not explain the skeleton (users
/// may merge what differs), the holes of the skeleton in their order.
pub(crate) fn cover(template: &[TokenId], skeleton: &[TokenId]) -> Vec<(usize, usize)> {
    if covers(template, skeleton) {
        return align(template, skeleton);
    }
    let slots = template.iter().filter(|token| **token == HOLE_ID).count();
    let holes = skeleton.iter().enumerate().filter(|(_, token)| **token == HOLE_ID);
    holes.map(|(at, _)| (at, at + 1)).take(slots).collect()
}

/// Whether a template explains all of a skeleton.
pub(crate) fn covers(template: &[TokenId], skeleton: &[TokenId]) -> bool {
    let spans = align(template, skeleton);
    let holes = template.iter().filter(|token| **token == HOLE_ID).count();
    let covered: usize = spans.iter().map(|(start, end)| end - start).sum();
    spans.len() == holes
        && covered + template.len() - holes == skeleton.len()
        && fits(template, skeleton, &spans)
}

fn fits(template: &[TokenId], skeleton: &[TokenId], spans: &[(usize, usize)]) -> bool {
    let mut spans = spans.iter();
    let mut at = 0;
    for token in template {
        if *token == HOLE_ID {
            let Some((start, end)) = spans.next() else { return false };
            if *start != at {
                return false;
            }
            at = *end;
        } else {
            if skeleton.get(at) != Some(token) {
                return false;
            }
            at += 1;
        }
    }
    at == skeleton.len()
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

    #[test]
    fn a_template_covers_what_it_explains() {
        let table: &[(&[TokenId], &[TokenId], bool)] = &[
            (&[5, 0, 6], &[5, 7, 1, 8, 6], true),
            (&[5, 0, 6], &[5, 7, 1, 8], false),
            (&[5, 0], &[5], false),
            (&[5], &[5, 6], false),
            (&[0, 6], &[6, 6, 6], true),
            (&[5, 6], &[5, 6], true),
        ];
        for (template, skeleton, wanted) in table {
            assert_eq!(covers(template, skeleton), *wanted, "{template:?} {skeleton:?}");
        }
    }
}
