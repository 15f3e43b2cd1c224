//! A person's own picture of an account: any picture, made small enough to lie in the vault.
//!
//! Never here: pictures of QR codes (`import`).

use std::io::Cursor;

use data_encoding::BASE64;
use image::codecs::png::{CompressionType, FilterType as Filter, PngEncoder};
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, ImageReader, Limits, RgbaImage};

/// Largest picture in the vault, in bytes.
pub const MAX_PICTURE: usize = 8 * 1024;
/// Sides to try, in pixels: what is as busy as noise fits in the last.
const SIDES: [u32; 4] = [64, 56, 48, 40];
/// Largest picture that is made small, in pixels.
const MAX_PIXELS: u64 = 50_000_000;
/// Most memory that reading it may take, in bytes.
const MAX_MEMORY: u64 = 512 * 1024 * 1024;

/// Why a file does not become a picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PictureError {
    /// It has more pixels than any icon.
    #[error("larger than {MAX_PIXELS} pixels")]
    TooLarge,
    /// It is no picture, or damaged.
    #[error("no picture that can be read")]
    Unreadable,
}

/// The picture as PNG in Base64: square, small, what is beside a wide or a high one transparent.
///
/// # Errors
///
/// A [`PictureError`].
pub fn shrink(file: &[u8]) -> Result<String, PictureError> {
    let reader = || {
        let reader = ImageReader::new(Cursor::new(file)).with_guessed_format();
        reader.map_err(|_| PictureError::Unreadable)
    };
    let (width, height) = reader()?.into_dimensions().map_err(|_| PictureError::Unreadable)?;
    if MAX_PIXELS < u64::from(width) * u64::from(height) {
        return Err(PictureError::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = reader()?;
    reader.limits(limits);
    let picture = reader.decode().map_err(|_| PictureError::Unreadable)?;
    // Each a step down from the one before: the first is by far the most work.
    let mut small = picture.resize(SIDES[0], SIDES[0], FilterType::Triangle);
    for side in SIDES {
        small = small.resize(side, side, FilterType::Triangle);
        let png = encode(&small, side)?;
        if png.len() <= MAX_PICTURE {
            return Ok(BASE64.encode(&png));
        }
    }
    Err(PictureError::Unreadable)
}

fn encode(picture: &DynamicImage, side: u32) -> Result<Vec<u8>, PictureError> {
    let mut square = RgbaImage::new(side, side);
    let (x, y) = ((side - picture.width()) / 2, (side - picture.height()) / 2);
    imageops::overlay(&mut square, &picture.to_rgba8(), x.into(), y.into());
    let mut png = Vec::with_capacity(MAX_PICTURE);
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, Filter::Adaptive);
    square.write_with_encoder(encoder).map_err(|_| PictureError::Unreadable)?;
    Ok(png)
}

/// Whether a text out of somebody's file is what [`shrink`] makes.
pub fn is_one(text: &str) -> bool {
    if MAX_PICTURE.div_ceil(3) * 4 < text.len() {
        return false;
    }
    let Ok(png) = BASE64.decode(text.as_bytes()) else { return false };
    let reader = || ImageReader::with_format(Cursor::new(&png), ImageFormat::Png);
    // The size before anything is unpacked.
    png.len() <= MAX_PICTURE
        && reader().into_dimensions().is_ok_and(|(width, height)| width.max(height) <= SIDES[0])
        && reader().decode().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of this kind and size, as busy as noise or of one colour.
    fn file(format: ImageFormat, width: u32, height: u32, busy: bool) -> Vec<u8> {
        let mut state = 7_u32;
        let picture = image::RgbImage::from_fn(width, height, |_, _| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, r, g, b] = if busy { state.to_be_bytes() } else { [0, 200, 30, 60] };
            image::Rgb([r, g, b])
        });
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn whatever_it_is_it_becomes_small_and_square() {
        use ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
        for format in [Bmp, Gif, Jpeg, Png, WebP] {
            for (width, height) in [(1, 1), (16, 16), (300, 40), (40, 900), (1_000, 1_000)] {
                let text = shrink(&file(format, width, height, true)).unwrap();
                assert!(is_one(&text), "{format:?} {width}x{height}");
                let png = BASE64.decode(text.as_bytes()).unwrap();
                let small = image::load_from_memory(&png).unwrap();
                assert_eq!(small.width(), small.height());
            }
        }
    }

    #[test]
    fn a_wide_one_is_not_distorted() {
        let png =
            BASE64.decode(shrink(&file(ImageFormat::Png, 128, 64, false)).unwrap().as_bytes());
        let small = image::load_from_memory(&png.unwrap()).unwrap().to_rgba8();
        assert_eq!(small.dimensions(), (64, 64));
        assert_eq!(small.get_pixel(32, 32).0, [200, 30, 60, 255]);
        assert_eq!(small.get_pixel(32, 8).0[3], 0, "beside it there is nothing");
    }

    #[test]
    fn what_is_no_picture_or_a_bomb_is_refused() {
        for file in
            [&b""[..], b"hello", b"\x89PNG\r\n\x1a\n", &file(ImageFormat::Jpeg, 9, 9, true)[..60]]
        {
            assert_eq!(shrink(file), Err(PictureError::Unreadable));
        }
        // A head that promises 30,000 × 30,000 pixels.
        let mut bomb = file(ImageFormat::Bmp, 4, 4, false);
        bomb[18..22].copy_from_slice(&30_000_u32.to_le_bytes());
        bomb[22..26].copy_from_slice(&30_000_u32.to_le_bytes());
        assert_eq!(shrink(&bomb), Err(PictureError::TooLarge));
    }

    #[test]
    fn a_text_of_somebodys_file_is_looked_at() {
        let large = file(ImageFormat::Png, 65, 64, false);
        let jpeg = file(ImageFormat::Jpeg, 8, 8, false);
        for text in
            ["", "AAAA", "%", &BASE64.encode(&large), &BASE64.encode(&jpeg), &"A".repeat(20_000)]
        {
            assert!(!is_one(text));
        }
    }
}
