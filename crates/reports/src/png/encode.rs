//! Pixels in, a PNG file out: eight bits a channel, no transparency, one stream of data.

use std::io::{self, Write as _};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};

use super::canvas::Canvas;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// Eight bits a channel, red, green and blue, the only methods there are, no interlacing.
const KIND: [u8; 5] = [8, 2, 0, 0, 0];

/// Writes the whole file.
pub(super) fn write(canvas: &Canvas, out: &mut dyn io::Write) -> io::Result<()> {
    let side = |pixels: usize| u32::try_from(pixels).map_err(io::Error::other);
    let mut header = side(canvas.width())?.to_be_bytes().to_vec();
    header.extend(side(canvas.height())?.to_be_bytes());
    header.extend(KIND);
    out.write_all(SIGNATURE)?;
    chunk(b"IHDR", &header, out)?;
    chunk(b"IDAT", &packed(canvas)?, out)?;
    chunk(b"IEND", &[], out)
}

fn packed(canvas: &Canvas) -> io::Result<Vec<u8>> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in canvas.pixels().chunks(canvas.width()) {
        // Rows as they are: with as much plain ground, differences of neighbours pack no better.
        packer.write_all(&[0])?;
        packer.write_all(row.as_flattened())?;
    }
    packer.finish()
}

fn chunk(name: &[u8; 4], data: &[u8], out: &mut dyn io::Write) -> io::Result<()> {
    let length = u32::try_from(data.len()).map_err(io::Error::other)?;
    let mut sum = Crc::new();
    sum.update(name);
    sum.update(data);
    out.write_all(&length.to_be_bytes())?;
    out.write_all(name)?;
    out.write_all(data)?;
    out.write_all(&sum.sum().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::ZlibDecoder;
    use std::io::Read as _;

    #[test]
    fn the_pixels_come_back() {
        let mut canvas = Canvas::new(3, 2, [250, 10, 0]);
        canvas.rectangle(1.0, 0.0, 1.0, 2.0, [1, 2, 3], 1.0);
        let mut file = Vec::new();
        write(&canvas, &mut file).unwrap();
        let data = file.windows(4).position(|name| name == b"IDAT").unwrap();
        let mut rows = Vec::new();
        ZlibDecoder::new(&file[data + 4..]).read_to_end(&mut rows).unwrap();
        assert_eq!(rows, [0, 250, 10, 0, 1, 2, 3, 250, 10, 0, 0, 250, 10, 0, 1, 2, 3, 250, 10, 0]);
        assert_eq!(&file[file.len() - 12..], b"\0\0\0\0IEND\xae\x42\x60\x82");
    }
}
