//! Rectangles and letters in, pixels out.

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use ttf_parser::OutlineBuilder;

use super::font::Font;

/// A colour: red, green, blue.
pub(super) type Colour = [u8; 3];

/// A picture that is being drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    width: usize,
    pixels: Vec<Colour>,
}

impl Canvas {
    pub(super) fn new(width: usize, height: usize, ground: Colour) -> Canvas {
        Canvas { width, pixels: vec![ground; width * height] }
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn height(&self) -> usize {
        self.pixels.len() / self.width
    }

    /// The pixels, row by row.
    pub(super) fn pixels(&self) -> &[Colour] {
        &self.pixels
    }

    fn blend(&mut self, x: usize, y: usize, colour: Colour, share: f32) {
        if x >= self.width {
            return;
        }
        let Some(pixel) = self.pixels.get_mut(y * self.width + x) else { return };
        mix(pixel, colour, share);
    }

    /// A rectangle with edges as sharp as the pixels allow, as dense as `share` says.
    pub(super) fn rectangle(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Colour, share: f32) {
        let (left, right) = (x.max(0.0), (x + width).min(self.width as f32));
        let (top, bottom) = (y.max(0.0), (y + height).min(self.height() as f32));
        let (first, last) = (left.ceil() as usize, right.floor().max(0.0) as usize);
        for row in top.floor() as usize..bottom.ceil().max(0.0) as usize {
            let share = share * covered(row, top, bottom);
            let start = row * self.width;
            let inside = self.pixels.get_mut(start + first..start + last).unwrap_or_default();
            if share >= 1.0 {
                inside.fill(colour);
            } else {
                inside.iter_mut().for_each(|pixel| mix(pixel, colour, share));
            }
            for column in edges(left, right) {
                self.blend(column, row, colour, share * covered(column, left, right));
            }
        }
    }

    /// A rectangle with round corners.
    pub(super) fn rounded(&mut self, x: f32, y: f32, width: f32, height: f32, radius: f32, colour: Colour) {
        let radius = radius.min(width / 2.0).min(height / 2.0);
        let (right, bottom) = (x + width - radius, y + height - radius);
        self.rectangle(x + radius, y, width - 2.0 * radius, height, colour, 1.0);
        self.rectangle(x, y + radius, radius, height - 2.0 * radius, colour, 1.0);
        self.rectangle(right, y + radius, radius, height - 2.0 * radius, colour, 1.0);
        for (left, centre_x) in [(x, x + radius), (right, right)] {
            for (top, centre_y) in [(y, y + radius), (bottom, bottom)] {
                self.corner((left, top), (centre_x, centre_y), radius, colour);
            }
        }
    }

    /// The part of a disc that lies in the square at that place.
    fn corner(&mut self, (left, top): (f32, f32), (x, y): (f32, f32), radius: f32, colour: Colour) {
        for row in top.max(0.0).floor() as usize..(top + radius).max(0.0).ceil() as usize {
            for column in left.max(0.0).floor() as usize..(left + radius).max(0.0).ceil() as usize {
                let (across, down) = (column as f32 + 0.5 - x, row as f32 + 0.5 - y);
                let inside = (radius + 0.5 - (across * across + down * down).sqrt()).clamp(0.0, 1.0);
                let square = covered(column, left, left + radius) * covered(row, top, top + radius);
                self.blend(column, row, colour, inside * square);
            }
        }
    }

    /// A straight stroke with square ends.
    pub(super) fn stroke(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, colour: Colour) {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let length = (across * across + down * down).sqrt();
        if !(length > 0.0 && length < (self.width + self.height()) as f32) {
            return;
        }
        let half = thickness / 2.0;
        // Along the stroke and beside it: neighbours overlap by half a thickness, so that corners have no gap.
        let (ahead, aside) =
            ((across / length * half, down / length * half), (-down / length * half, across / length * half));
        let corner = |at: (f32, f32), forth: f32, side: f32| {
            (at.0 + ahead.0 * forth + aside.0 * side, at.1 + ahead.1 * forth + aside.1 * side)
        };
        let corners =
            [corner(from, -1.0, -1.0), corner(to, 1.0, -1.0), corner(to, 1.0, 1.0), corner(from, -1.0, 1.0)];
        let least =
            |pick: fn(&(f32, f32)) -> f32| corners.iter().map(pick).fold(f32::INFINITY, f32::min).floor();
        let most =
            |pick: fn(&(f32, f32)) -> f32| corners.iter().map(pick).fold(f32::NEG_INFINITY, f32::max).ceil();
        let (left, top) = (least(|corner| corner.0), least(|corner| corner.1));
        let (width, height) = (most(|corner| corner.0) - left, most(|corner| corner.1) - top);
        let mut shape = Rasterizer::new(width as usize + 2, height as usize + 2);
        let place = |corner: (f32, f32)| point(corner.0 - left, corner.1 - top);
        for (one, other) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            shape.draw_line(place(*one), place(*other));
        }
        self.stamp(&shape, left as i64, top as i64, colour);
    }

    /// A line of text whose letters stand on `y`; gives where it ends.
    pub(super) fn text(&mut self, font: &Font, size: f32, x: f32, y: f32, colour: Colour, text: &str) -> f32 {
        let mut at = x;
        for character in text.chars() {
            self.letter(font, size, at, y, colour, character);
            at += font.advance(character, size);
        }
        at
    }

    fn letter(&mut self, font: &Font, size: f32, x: f32, y: f32, colour: Colour, character: char) {
        let Some(edges) = font.edges(character, size) else { return };
        let (left, top) = ((x + edges.left).floor(), (y - edges.top).floor());
        let (width, height) = (edges.right - edges.left, edges.top - edges.bottom);
        let mut outline = Outline {
            shape: Rasterizer::new(width.ceil() as usize + 3, height.ceil() as usize + 3),
            scale: font.scale(size),
            origin: point(x - left, y - top),
            from: point(0.0, 0.0),
            start: point(0.0, 0.0),
        };
        font.outline(character, &mut outline);
        self.stamp(&outline.shape, left as i64, top as i64, colour);
    }

    fn stamp(&mut self, shape: &Rasterizer, left: i64, top: i64, colour: Colour) {
        shape.for_each_pixel_2d(|x, y, share| {
            let (Ok(x), Ok(y)) = (usize::try_from(left + i64::from(x)), usize::try_from(top + i64::from(y)))
            else {
                return;
            };
            if share > 0.0 {
                self.blend(x, y, colour, share);
            }
        });
    }
}

fn mix(pixel: &mut Colour, colour: Colour, share: f32) {
    for (old, new) in pixel.iter_mut().zip(colour) {
        let mixed = f32::from(*old) + (f32::from(new) - f32::from(*old)) * share.clamp(0.0, 1.0);
        *old = mixed.round() as u8;
    }
}

/// The columns that are covered in part.
fn edges(left: f32, right: f32) -> impl Iterator<Item = usize> {
    let (first, last) = (left.floor(), right.floor());
    let at_left = (left > first && right > left).then_some(first as usize);
    let at_right = (right > last && right > left && (last > first || left == first)).then_some(last as usize);
    at_left.into_iter().chain(at_right)
}

/// How much of a pixel lies between two edges.
fn covered(pixel: usize, from: f32, to: f32) -> f32 {
    let (low, high) = (pixel as f32, pixel as f32 + 1.0);
    (high.min(to) - low.max(from)).clamp(0.0, 1.0)
}

/// Takes the outline of a letter, which grows upwards, to where it is drawn.
struct Outline {
    shape: Rasterizer,
    scale: f32,
    origin: Point,
    from: Point,
    start: Point,
}

impl Outline {
    fn placed(&self, x: f32, y: f32) -> Point {
        point(self.origin.x + x * self.scale, self.origin.y - y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.from = self.placed(x, y);
        self.start = self.from;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.placed(x, y);
        self.shape.draw_line(self.from, to);
        self.from = to;
    }

    fn quad_to(&mut self, middle_x: f32, middle_y: f32, x: f32, y: f32) {
        let (middle, to) = (self.placed(middle_x, middle_y), self.placed(x, y));
        self.shape.draw_quad(self.from, middle, to);
        self.from = to;
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (first, second, to) = (self.placed(x1, y1), self.placed(x2, y2), self.placed(x, y));
        self.shape.draw_cubic(self.from, first, second, to);
        self.from = to;
    }

    fn close(&mut self) {
        self.shape.draw_line(self.from, self.start);
        self.from = self.start;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_between_pixels_are_mixed() {
        let mut canvas = Canvas::new(4, 1, [0, 0, 0]);
        canvas.rectangle(0.5, 0.0, 2.0, 1.0, [200, 200, 200], 1.0);
        let reds: Vec<u8> = canvas.pixels().iter().map(|pixel| pixel[0]).collect();
        assert_eq!(reds, [100, 200, 100, 0]);
    }

    #[test]
    fn what_is_outside_of_the_picture_is_cut() {
        let font = Font::medium();
        let mut canvas = Canvas::new(10, 10, [255; 3]);
        canvas.rectangle(-5.0, -5.0, 7.0, 7.0, [0; 3], 1.0);
        canvas.rectangle(9.0, 9.0, 1e9, 1e9, [0; 3], 1.0);
        canvas.rectangle(5.0, 5.0, -3.0, 2.0, [0; 3], 1.0);
        canvas.rounded(-3.0, -3.0, 5.0, 40.0, 2.0, [0; 3]);
        canvas.text(&font, 40.0, -20.0, 5.0, [0; 3], "logsift");
        assert_eq!(canvas.pixels().len(), 100);
        assert_eq!(canvas.pixels().last(), Some(&[0; 3]));
    }

    #[test]
    fn strokes_are_as_thick_as_asked_and_stay_inside() {
        let mut canvas = Canvas::new(20, 20, [255; 3]);
        canvas.stroke((2.0, 10.0), (18.0, 10.0), 2.0, [0; 3]);
        let black = canvas.pixels().iter().filter(|pixel| **pixel == [0; 3]).count();
        assert_eq!(black, 18 * 2);
        canvas.stroke((-30.0, -5.0), (9.0, 25.0), 3.0, [0; 3]);
        canvas.stroke((f32::NAN, 0.0), (1.0, 1.0), 3.0, [0; 3]);
        canvas.stroke((1.0, 1.0), (1.0, 1.0), 3.0, [0; 3]);
        canvas.stroke((0.0, 0.0), (1e30, 1.0), 3.0, [0; 3]);
        assert_eq!(canvas.pixels().len(), 400);
    }

    #[test]
    fn letters_leave_ink() {
        let ink = |text: &str| {
            let mut canvas = Canvas::new(60, 30, [255; 3]);
            canvas.text(&Font::regular(), 20.0, 4.0, 22.0, [0; 3], text);
            canvas.pixels().iter().map(|pixel| u64::from(255 - pixel[0])).sum::<u64>()
        };
        assert_eq!(ink(" "), 0);
        assert!(ink(".") > 0 && ink("M") > 4 * ink("."));
    }
}
