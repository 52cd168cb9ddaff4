//! Letters in, their outlines and widths out, from the fonts of `fonts/`.
//!
//! A letter that the font does not have is drawn as the sign that stands for one.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

const REGULAR: &[u8] = include_bytes!("../../fonts/Roboto-Regular.ttf");
const MEDIUM: &[u8] = include_bytes!("../../fonts/Roboto-Medium.ttf");

/// A font.
#[derive(Debug)]
pub(super) struct Font {
    face: Face<'static>,
}

/// The box that a letter's ink stays in, from where the letter stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edges {
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
}

impl Font {
    pub(super) fn regular() -> Font {
        Font::read(REGULAR)
    }

    pub(super) fn medium() -> Font {
        Font::read(MEDIUM)
    }

    fn read(bytes: &'static [u8]) -> Font {
        Font { face: Face::parse(bytes, 0).expect("the fonts of the crate are read in its tests") }
    }

    /// Pixels of a unit of the font.
    pub(super) fn scale(&self, size: f32) -> f32 {
        size / f32::from(self.face.units_per_em())
    }

    fn glyph(&self, character: char) -> GlyphId {
        let glyph = self.face.glyph_index(character).or_else(|| self.face.glyph_index('\u{fffd}'));
        glyph.unwrap_or_default()
    }

    /// How far the next letter stands.
    pub(super) fn advance(&self, character: char, size: f32) -> f32 {
        f32::from(self.face.glyph_hor_advance(self.glyph(character)).unwrap_or(0)) * self.scale(size)
    }

    /// How wide a text is.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|character| self.advance(character, size)).sum()
    }

    /// The text, cut at its end to be no wider than that.
    pub(super) fn fitting(&self, text: &str, size: f32, room: f32) -> String {
        if self.width(text, size) <= room {
            return text.to_owned();
        }
        let mut used = self.advance('…', size);
        let fits = |character: &char| {
            used += self.advance(*character, size);
            used <= room
        };
        text.chars().take_while(fits).chain(['…']).collect()
    }

    /// Where the ink of a letter is; nothing for a blank.
    pub(super) fn edges(&self, character: char, size: f32) -> Option<Edges> {
        let bounds = self.face.glyph_bounding_box(self.glyph(character))?;
        let scaled = |value: i16| f32::from(value) * self.scale(size);
        Some(Edges {
            left: scaled(bounds.x_min),
            right: scaled(bounds.x_max),
            top: scaled(bounds.y_max),
            bottom: scaled(bounds.y_min),
        })
    }

    /// Draws the outline of a letter.
    pub(super) fn outline(&self, character: char, builder: &mut dyn OutlineBuilder) {
        self.face.outline_glyph(self.glyph(character), builder);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_have_what_a_report_says() {
        for font in [Font::regular(), Font::medium()] {
            for character in ('!'..='~').chain("äßéłΩжЖ–—…·×≤\u{fffd}".chars()) {
                assert!(font.face.glyph_index(character).is_some(), "{character}");
                assert!(font.advance(character, 16.0) > 1.0, "{character}");
            }
            assert_eq!(font.advance('日', 16.0), font.advance('\u{fffd}', 16.0));
        }
    }

    #[test]
    fn texts_are_cut_to_fit() {
        let font = Font::regular();
        assert_eq!(font.fitting("short", 16.0, 100.0), "short");
        let cut = font.fitting(&"long ".repeat(1000), 16.0, 100.0);
        assert!(cut.ends_with('…') && font.width(&cut, 16.0) <= 100.0);
    }
}
