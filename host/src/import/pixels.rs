//! A picture's pixels: in grey, on white, and no more of them than a code needs. Rows are averaged as they
//! come, so that a picture of a hundred megapixels takes the memory of a small one.
//!
//! Never here: what is in a picture (`picture`).

use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageDecoder, ImageReader};
use png::{ColorType, Transformations};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::ImportError;

/// Longest side: no picture with fewer pixels than are allowed needs more.
const MAX_SIDE: u32 = 65_535;
/// Most memory for what a decoder can't give row by row, in bytes.
const MAX_BYTES: u64 = 128 * 1024 * 1024;
/// Passes of a JPEG that gets sharper while it loads: programs write ten.
const MAX_SCANS: usize = 16;

const CORRUPT: ImportError = ImportError::Corrupt;

/// The picture, with at most so many pixels, and no side longer than `side` in what comes out.
pub(super) fn read(file: &[u8], max_pixels: u64, side: u32) -> Result<GrayImage, ImportError> {
    let reader = || ImageReader::new(Cursor::new(file)).with_guessed_format();
    let (width, height) = reader().map_err(|_| CORRUPT)?.into_dimensions().map_err(|_| CORRUPT)?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(CORRUPT);
    }
    if max_pixels < pixels || MAX_SIDE < width.max(height) {
        return Err(ImportError::TooLarge);
    }
    if let Some(picture) = read_png(file, side)? {
        return Ok(picture);
    }
    if let Some(picture) = read_jpeg(file, side)? {
        return Ok(picture);
    }
    let decoder = reader().map_err(|_| CORRUPT)?.into_decoder().map_err(|_| CORRUPT)?;
    if MAX_BYTES < decoder.total_bytes() {
        return Err(ImportError::TooLarge);
    }
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| CORRUPT)?;
    let mut small = Small::new(width, height, side);
    match picture {
        DynamicImage::ImageLuma8(grey) => grey.rows().for_each(|row| {
            small.add(row.map(|pixel| pixel.0[0]));
        }),
        DynamicImage::ImageRgb8(colours) => colours.rows().for_each(|row| {
            small.add(row.map(|pixel| grey(pixel.0)));
        }),
        other => other.into_rgba8().rows().for_each(|row| {
            small.add(row.map(|pixel| on_white(grey_of(&pixel.0), pixel.0[3])));
        }),
    }
    small.finish()
}

/// A PNG, row by row. `None` if it is none, or one that comes in seven rounds.
fn read_png(file: &[u8], side: u32) -> Result<Option<GrayImage>, ImportError> {
    if !file.starts_with(b"\x89PNG") {
        return Ok(None);
    }
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| CORRUPT)?;
    let (width, height, interlaced) = {
        let info = reader.info();
        (info.width, info.height, info.interlaced)
    };
    if interlaced {
        return Ok(None);
    }
    let (colours, _) = reader.output_color_type();
    let mut small = Small::new(width, height, side);
    while let Some(row) = reader.next_row().map_err(|_| CORRUPT)? {
        let row = row.data();
        match colours {
            ColorType::Grayscale => small.add(row.iter().copied()),
            ColorType::GrayscaleAlpha => {
                small.add(row.chunks_exact(2).map(|pixel| on_white(pixel[0], pixel[1])));
            }
            ColorType::Rgb => small.add(row.chunks_exact(3).map(grey_of)),
            ColorType::Rgba => {
                small.add(row.chunks_exact(4).map(|pixel| on_white(grey_of(pixel), pixel[3])));
            }
            ColorType::Indexed => return Err(CORRUPT),
        }
    }
    small.finish().map(Some)
}

/// A JPEG, of which only the brightness is decoded. `None` if it is none, or of colours that have none.
fn read_jpeg(file: &[u8], side: u32) -> Result<Option<GrayImage>, ImportError> {
    if !file.starts_with(b"\xff\xd8\xff") {
        return Ok(None);
    }
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        .jpeg_set_max_scans(MAX_SCANS)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(file), options);
    decoder.decode_headers().map_err(|_| CORRUPT)?;
    if !matches!(decoder.input_colorspace(), Some(ColorSpace::YCbCr | ColorSpace::Luma)) {
        return Ok(None);
    }
    let info = decoder.info().ok_or(CORRUPT)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    // What gets sharper while it loads is kept whole until the end. The type of this has no name outside.
    let is_progressive = format!("{:?}", info.sof).starts_with("Progressive");
    let pixels = u64::from(width) * u64::from(height);
    if is_progressive && MAX_BYTES < pixels * u64::from(info.components) * 2 {
        return Err(ImportError::TooLarge);
    }
    let grey = decoder.decode().map_err(|_| CORRUPT)?;
    let mut small = Small::new(width, height, side);
    for row in grey.chunks_exact(width as usize) {
        small.add(row.iter().copied());
    }
    small.finish().map(Some)
}

fn grey_of(pixel: &[u8]) -> u8 {
    grey([pixel[0], pixel[1], pixel[2]])
}

/// The brightness of a colour (Rec. 709).
fn grey([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 2126 * u32::from(red) + 7152 * u32::from(green) + 722 * u32::from(blue);
    u8::try_from(sum / 10_000).unwrap_or(u8::MAX)
}

/// What is transparent is mostly black underneath, and codes are black on nothing.
fn on_white(grey: u8, alpha: u8) -> u8 {
    let mixed = u16::from(grey) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
    u8::try_from(mixed / 255).unwrap_or(u8::MAX)
}

/// Rows, averaged over squares of `factor` pixels.
struct Small {
    width: u32,
    height: u32,
    factor: u32,
    sums: Vec<u32>,
    /// Rows that are in `sums`, and that there were in all.
    rows: u32,
    seen: u32,
    pixels: Vec<u8>,
}

impl Small {
    fn new(width: u32, height: u32, side: u32) -> Self {
        let factor = width.max(height).div_ceil(side.max(1)).max(1);
        let (columns, lines) = (width.div_ceil(factor), height.div_ceil(factor));
        Self {
            width,
            height,
            factor,
            sums: vec![0; columns as usize],
            rows: 0,
            seen: 0,
            pixels: Vec::with_capacity(columns as usize * lines as usize),
        }
    }

    fn add(&mut self, row: impl Iterator<Item = u8>) {
        let (mut column, mut left) = (0, self.factor);
        for grey in row.take(self.width as usize) {
            self.sums[column] += u32::from(grey);
            left -= 1;
            if left == 0 {
                (column, left) = (column + 1, self.factor);
            }
        }
        self.rows += 1;
        self.seen += 1;
        if self.rows == self.factor || self.seen == self.height {
            // The last column may be narrower.
            let last = (self.width - 1) % self.factor + 1;
            let end = self.sums.len() - 1;
            for (column, sum) in self.sums.iter_mut().enumerate() {
                let width = if column == end { last } else { self.factor };
                self.pixels.push(u8::try_from(*sum / (width * self.rows)).unwrap_or(u8::MAX));
                *sum = 0;
            }
            self.rows = 0;
        }
    }

    fn finish(self) -> Result<GrayImage, ImportError> {
        let columns = self.width.div_ceil(self.factor);
        GrayImage::from_raw(columns, self.height.div_ceil(self.factor), self.pixels).ok_or(CORRUPT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_are_averaged_to_the_last_column_and_row() {
        let mut small = Small::new(5, 3, 3);
        for row in [[0, 10, 20, 30, 40], [2, 12, 22, 32, 42], [100, 100, 50, 50, 7]] {
            small.add(row.into_iter());
        }
        let picture = small.finish().unwrap();
        assert_eq!(picture.dimensions(), (3, 2));
        assert_eq!(picture.into_raw(), [6, 26, 41, 100, 50, 7]);
        let mut small = Small::new(2, 2, 10);
        small.add([1, 2].into_iter());
        assert!(small.finish().is_err());
    }

    #[test]
    fn grey_is_what_it_was_and_nothing_is_white() {
        assert_eq!((grey([255; 3]), grey([0; 3]), grey([100; 3])), (255, 0, 100));
        assert_eq!((on_white(0, 0), on_white(0, 255), on_white(0, 128)), (255, 0, 127));
    }
}
