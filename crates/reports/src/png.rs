//! A report in, a picture out: 1600 × 1000 pixels, for a chat, a ticket or a wall.
//!
//! It is drawn here from rectangles, outlines of letters and nothing else, with a font that the crate carries, so that
//! it looks the same on every machine.

mod axes;
mod canvas;
mod dashboard;
mod encode;
pub mod evaluation;
mod font;
mod panels;

use std::io;

use crate::{Renderer, ScanReport};

/// Pixels of the picture.
const WIDTH: usize = 1600;
const HEIGHT: usize = 1000;

/// Writes a picture.
#[derive(Clone, Copy, Debug, Default)]
pub struct PngRenderer;

impl Renderer for PngRenderer {
    fn render(&self, report: &ScanReport, out: &mut dyn io::Write) -> io::Result<()> {
        let canvas = dashboard::drawn(report);
        encode::write(&canvas, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::sample;

    #[test]
    fn every_report_has_a_picture() {
        let without = crate::scan_report::sample::two_inputs();
        for report in [sample::story(), sample::quiet(), sample::bare(), sample::hostile(), without] {
            let mut out = Vec::new();
            PngRenderer.render(&report, &mut out).unwrap();
            assert_eq!(out.get(..8), Some(&b"\x89PNG\r\n\x1a\n"[..]));
            assert!(out.len() > 10_000 && out.len() < 600_000, "{}", out.len());
        }
    }

    #[test]
    fn pictures_differ_where_reports_do() {
        let story = dashboard::drawn(&sample::story());
        assert_eq!(story.pixels(), dashboard::drawn(&sample::story()).pixels());
        assert_ne!(story.pixels(), dashboard::drawn(&sample::quiet()).pixels());
    }
}
