//! Pictures: every QR code in one, read with a ladder of second looks.
//!
//! A code on a screen that was photographed, in dark mode, small or noisy is often readable only after the
//! picture was stretched, inverted, blurred or scaled; each rung is tried when those before found nothing.
//!
//! Never here: what a code says (`uri`).

use std::collections::BTreeSet;

use image::GrayImage;
use image::imageops::{self, FilterType};
use rxing::common::HybridBinarizer;
use rxing::multi::qrcode::QRCodeMultiReader;
use rxing::multi::{GenericMultipleBarcodeReader, MultipleBarcodeReader};
use rxing::{BinaryBitmap, DecodeHints, Luma8LuminanceSource, MultiUseMultiFormatReader};

use super::item::Found;
use super::{ImportError, pixels, uri};

const MAX_PIXELS: u64 = 100_000_000;
/// The same of a picture inside a page.
const MAX_PIXELS_OF_PAGE: u64 = 1_000_000;
/// Larger pictures are scaled down to this before anything is looked for: no code needs more.
const LARGE: u32 = 4096;
/// Larger pictures are looked at in this size first.
const COMFORTABLE: u32 = 1600;
/// Smaller ones are also looked at in twice their size.
const SMALL: u32 = 1500;

/// Whether bytes start as one of the pictures that are read here.
pub(super) fn is_picture(file: &[u8]) -> bool {
    file.starts_with(b"\x89PNG\r\n\x1a\n")
        || file.starts_with(b"\xff\xd8\xff")
        || file.starts_with(b"GIF8")
        || file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP")
        || file.starts_with(b"BM") && file.get(6..10) == Some(&[0; 4])
}

pub(super) fn read(file: &[u8], found: &mut Found) -> Result<(), ImportError> {
    let codes = codes(&pixels::read(file, MAX_PIXELS, LARGE)?);
    if codes.is_empty() {
        return Err(ImportError::NoQrCode);
    }
    let mut any = false;
    for code in codes.iter().filter(|code| uri::is_uri(code)) {
        any = true;
        uri::take(code, found)?;
    }
    if any { Ok(()) } else { Err(ImportError::UnrecognisedFormat) }
}

/// The texts of the codes in a picture that a page was made with: small, and as a printer would have it.
/// None if it is anything else, an icon for example.
pub(super) fn codes_of_page(file: &[u8]) -> BTreeSet<String> {
    pixels::read(file, MAX_PIXELS_OF_PAGE, LARGE).map(|picture| look(&picture)).unwrap_or_default()
}

/// The texts of all codes, in a fixed order.
fn codes(picture: &GrayImage) -> BTreeSet<String> {
    let longest = picture.width().max(picture.height());
    let resized = |to: u32| resized_to(to, picture);
    let stretched = || {
        let (darkest, lightest) = picture
            .iter()
            .fold((u8::MAX, u8::MIN), |(min, max), &grey| (min.min(grey), max.max(grey)));
        let range = u16::from(lightest.saturating_sub(darkest)).max(1);
        let mut copy = picture.clone();
        for grey in copy.iter_mut() {
            let value = u16::from(*grey - darkest) * 255 / range;
            *grey = u8::try_from(value).unwrap_or(u8::MAX);
        }
        copy
    };
    let inverted = || {
        let mut copy = picture.clone();
        imageops::invert(&mut copy);
        copy
    };
    let blurred = || imageops::blur(picture, 0.8);
    // A code that only shows in a camera's every pixel and in another light, too, takes too long to find.
    let is_handy = longest <= 2 * COMFORTABLE;
    let rungs: [(bool, &dyn Fn() -> GrayImage); 8] = [
        (COMFORTABLE < longest, &|| resized(COMFORTABLE)),
        (true, &|| picture.clone()),
        (is_handy, &stretched),
        (is_handy, &inverted),
        (is_handy, &blurred),
        (longest <= SMALL, &|| resized(longest * 2)),
        (SMALL / 2 < longest, &|| resized(SMALL / 2)),
        (COMFORTABLE < longest, &|| {
            let mut copy = resized(COMFORTABLE);
            imageops::invert(&mut copy);
            copy
        }),
    ];
    let rungs = rungs.iter().filter(|(applies, _)| *applies);
    rungs.map(|(_, rung)| look(&rung())).find(|codes| !codes.is_empty()).unwrap_or_default()
}

/// The picture with its longest side this long.
fn resized_to(to: u32, picture: &GrayImage) -> GrayImage {
    let longest = picture.width().max(picture.height());
    let side = |side: u32| {
        let scaled = u64::from(side) * u64::from(to) / u64::from(longest.max(1));
        u32::try_from(scaled).unwrap_or(1).max(1)
    };
    let (width, height) = (side(picture.width()), side(picture.height()));
    imageops::resize(picture, width, height, FilterType::Triangle)
}

/// One look, with both of the ways that find several codes.
fn look(picture: &GrayImage) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    let hints = DecodeHints { TryHarder: Some(true), ..DecodeHints::default() };
    let bitmap = || {
        let (width, height) = picture.dimensions();
        let source = Luma8LuminanceSource::new(picture.as_raw().clone(), width, height).ok()?;
        Some(BinaryBitmap::new(HybridBinarizer::new(source)))
    };
    if let Some(mut bitmap) = bitmap() {
        let results = QRCodeMultiReader::new().decode_multiple_with_hints(&mut bitmap, &hints);
        codes.extend(results.into_iter().flatten().map(|result| result.getText().to_owned()));
    }
    if let Some(mut bitmap) = bitmap() {
        let mut reader = GenericMultipleBarcodeReader::new(MultiUseMultiFormatReader::default());
        let results = reader.decode_multiple_with_hints(&mut bitmap, &hints);
        codes.extend(results.into_iter().flatten().map(|result| result.getText().to_owned()));
    }
    codes
}
