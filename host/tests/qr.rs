//! Forty pictures of QR codes, each spoilt in its own way as screens, cameras and web pages spoil them.
//! At least 38 are read, and none is read as something that it does not say.
//!
//! Never here: what a code may say (`tests/import`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::io::Cursor;

use host::import::{self, Options};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use qrcodegen::{QrCode, QrCodeEcc};

const WHITE: Rgb<u8> = Rgb([255, 255, 255]);
const BLACK: Rgb<u8> = Rgb([0, 0, 0]);

/// How a code is drawn.
#[derive(Clone, Copy)]
struct Ink {
    /// Pixels of a module's side.
    module: u32,
    /// Modules of the margin.
    margin: u32,
    dark: Rgb<u8>,
    light: Rgb<u8>,
    ecc: QrCodeEcc,
}

const INK: Ink = Ink { module: 4, margin: 4, dark: BLACK, light: WHITE, ecc: QrCodeEcc::Medium };

/// The seed of the account that is this picture's alone, so that a wrong reading is known as one.
fn seed(number: usize) -> String {
    let letter = |i: usize| u8::try_from((number * 7 + i * (number + 3)) % 26).unwrap();
    (0..32).map(|i| char::from(b'A' + letter(i))).collect()
}

fn uri(number: usize) -> String {
    let seed = seed(number);
    format!(
        "otpauth://totp/Harbour%20Light:keeper{number}%40example.com?secret={seed}&issuer=Harbour%20Light"
    )
}

fn draw(text: &str, ink: Ink) -> RgbImage {
    let code = QrCode::encode_text(text, ink.ecc).unwrap();
    let size = u32::try_from(code.size()).unwrap();
    let side = (size + 2 * ink.margin) * ink.module;
    RgbImage::from_fn(side, side, |x, y| {
        let at =
            |v: u32| i32::try_from(v / ink.module).unwrap() - i32::try_from(ink.margin).unwrap();
        if code.get_module(at(x), at(y)) { ink.dark } else { ink.light }
    })
}

/// A web page with the picture on it.
fn page(width: u32, height: u32, ground: Rgb<u8>, codes: &[(RgbImage, u32, u32)]) -> RgbImage {
    let mut page = RgbImage::from_pixel(width, height, ground);
    for (code, x, y) in codes {
        imageops::overlay(&mut page, code, i64::from(*x), i64::from(*y));
    }
    page
}

fn scaled(picture: &RgbImage, factor: f32, filter: FilterType) -> RgbImage {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    let side = |n: u32| (n as f32 * factor).round() as u32;
    imageops::resize(picture, side(picture.width()), side(picture.height()), filter)
}

/// Each pixel of the new picture from a place in the old one; white where there is none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn bent(picture: &RgbImage, side: u32, from: impl Fn(f32, f32) -> (f32, f32)) -> RgbImage {
    RgbImage::from_fn(side, side, |x, y| {
        let (u, v) = from(x as f32, y as f32);
        let inside = 0.0 <= u
            && 0.0 <= v
            && u < picture.width() as f32 - 1.0
            && v < picture.height() as f32 - 1.0;
        if !inside {
            return WHITE;
        }
        // Between four pixels, as a screen or a camera does it.
        let (left, top) = (u.floor(), v.floor());
        let mix = |channel: usize| {
            let at = |dx: u32, dy: u32| {
                f32::from(picture.get_pixel(left as u32 + dx, top as u32 + dy).0[channel])
            };
            let (a, b) = (u - left, v - top);
            let upper = at(0, 0) * (1.0 - a) + at(1, 0) * a;
            let lower = at(0, 1) * (1.0 - a) + at(1, 1) * a;
            (upper * (1.0 - b) + lower * b).round() as u8
        };
        Rgb([mix(0), mix(1), mix(2)])
    })
}

#[allow(clippy::cast_precision_loss)]
fn rotated(picture: &RgbImage, degrees: f32) -> RgbImage {
    let side = picture.width() * 3 / 2;
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (middle, half) = (side as f32 / 2.0, picture.width() as f32 / 2.0);
    bent(picture, side, |x, y| {
        let (x, y) = (x - middle, y - middle);
        (x * cos + y * sin + half, y * cos - x * sin + half)
    })
}

/// As seen from below: the upper edge is shorter.
#[allow(clippy::cast_precision_loss)]
fn tilted(picture: &RgbImage, by: f32) -> RgbImage {
    let side = picture.width();
    let full = side as f32;
    bent(picture, side, |x, y| {
        let narrow = 1.0 - by * (1.0 - y / full);
        ((x - full / 2.0) / narrow + full / 2.0, y)
    })
}

fn grainy(picture: &RgbImage, amount: i32) -> RgbImage {
    let mut state = 0x9e37_79b9_u32;
    let mut copy = picture.clone();
    for pixel in copy.pixels_mut() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        let noise = i32::try_from(state % 1000).unwrap() * 2 * amount / 1000 - amount;
        pixel.0 = pixel.0.map(|c| u8::try_from((i32::from(c) + noise).clamp(0, 255)).unwrap());
    }
    copy
}

/// Darker towards one side, as under a lamp.
fn shaded(picture: &RgbImage) -> RgbImage {
    let mut copy = picture.clone();
    let width = copy.width();
    for (x, _, pixel) in copy.enumerate_pixels_mut() {
        let left = 35 + 65 * x / width;
        pixel.0 = pixel.0.map(|c| u8::try_from(u32::from(c) * left / 100).unwrap());
    }
    copy
}

/// A patch in the middle, as wide as this part of the code.
fn with_logo(picture: &RgbImage, part: u32) -> RgbImage {
    let mut copy = picture.clone();
    let (side, patch) = (copy.width(), copy.width() / part);
    let from = (side - patch) / 2;
    for y in from..from + patch {
        for x in from..from + patch {
            copy.put_pixel(x, y, Rgb([47, 86, 217]));
        }
    }
    copy
}

/// Modules as dots that do not touch.
fn dotted(text: &str) -> RgbImage {
    let mut picture = draw(text, Ink { module: 9, ..INK });
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let from_middle = |v: u32| (i32::try_from(v % 9).unwrap() - 4).pow(2);
        if 20 < from_middle(x) + from_middle(y) {
            *pixel = WHITE;
        }
    }
    picture
}

fn png(picture: &RgbImage) -> Vec<u8> {
    written(&DynamicImage::from(picture.clone()), ImageFormat::Png)
}

fn jpeg(picture: &RgbImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).unwrap();
    bytes
}

fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// A picture: how it was spoilt, its bytes, and the numbers of the accounts on it.
type Picture = (&'static str, Vec<u8>, Vec<usize>);

fn pictures() -> Vec<Picture> {
    let mut all: Vec<Picture> = Vec::new();
    let mut add = |name, make: &dyn Fn(&str) -> Vec<u8>| {
        let number = all.len();
        all.push((name, make(&uri(number)), vec![number]));
    };
    let inverted = Ink { dark: WHITE, light: BLACK, ..INK };
    let night = Rgb([24, 26, 31]);
    let large = Ink { module: 8, ..INK };

    add("as it is", &|t| png(&draw(t, INK)));
    add("two pixels a module", &|t| png(&draw(t, Ink { module: 2, ..INK })));
    add("sixteen pixels a module", &|t| png(&draw(t, Ink { module: 16, ..INK })));
    add("half the size", &|t| png(&scaled(&draw(t, INK), 0.5, FilterType::Triangle)));
    add("three quarters of the size", &|t| {
        png(&scaled(&draw(t, INK), 0.75, FilterType::CatmullRom))
    });
    add("a screen at 125 %", &|t| png(&scaled(&draw(t, INK), 1.25, FilterType::Triangle)));
    add("a screen at 150 %", &|t| png(&scaled(&draw(t, INK), 1.5, FilterType::Nearest)));
    add("a Retina screen", &|t| png(&scaled(&draw(t, INK), 2.0, FilterType::CatmullRom)));
    add("four times the size", &|t| png(&scaled(&draw(t, INK), 4.0, FilterType::Lanczos3)));
    add("inverted", &|t| png(&draw(t, inverted)));
    add("inverted, two pixels a module", &|t| png(&draw(t, Ink { module: 2, ..inverted })));
    add("light on a dark page, no margin", &|t| {
        let code = draw(t, Ink { dark: Rgb([235, 235, 240]), light: night, margin: 0, ..INK });
        png(&page(900, 700, night, &[(code, 500, 300)]))
    });
    add("on a dark page, with one module of margin", &|t| {
        png(&page(900, 700, night, &[(draw(t, Ink { margin: 1, ..INK }), 80, 400)]))
    });
    add("no margin on white", &|t| {
        png(&page(800, 600, WHITE, &[(draw(t, Ink { margin: 0, ..INK }), 300, 200)]))
    });
    add("turned by 90°", &|t| png(&imageops::rotate90(&draw(t, INK))));
    add("upside down", &|t| png(&imageops::rotate180(&draw(t, INK))));
    add("turned by 270°", &|t| png(&imageops::rotate270(&draw(t, INK))));
    add("turned by 4°", &|t| png(&rotated(&draw(t, large), 4.0)));
    add("turned by 17°", &|t| png(&rotated(&draw(t, large), 17.0)));
    add("turned by 45°", &|t| png(&rotated(&draw(t, large), 45.0)));
    add("turned by 200°", &|t| png(&rotated(&draw(t, large), 200.0)));
    add("in a mirror", &|t| png(&imageops::flip_horizontal(&draw(t, INK))));
    add("seen from below", &|t| png(&tilted(&draw(t, large), 0.15)));
    add("seen from far below", &|t| png(&tilted(&draw(t, large), 0.3)));
    add("blurred a little", &|t| png(&imageops::blur(&draw(t, INK), 1.2)));
    add("blurred", &|t| png(&imageops::blur(&draw(t, large), 3.0)));
    add("JPEG 30", &|t| jpeg(&draw(t, INK), 30));
    add("JPEG 10, a large one", &|t| jpeg(&draw(t, large), 10));
    add("JPEG 30, turned and blurred", &|t| {
        jpeg(&imageops::blur(&rotated(&draw(t, large), 8.0), 1.5), 30)
    });
    add("grey on grey", &|t| {
        png(&draw(t, Ink { dark: Rgb([110, 110, 110]), light: Rgb([160, 160, 160]), ..INK }))
    });
    add("dark blue on yellow", &|t| {
        png(&draw(t, Ink { dark: Rgb([20, 30, 120]), light: Rgb([255, 225, 80]), ..INK }))
    });
    add("with a logo", &|t| png(&with_logo(&draw(t, Ink { ecc: QrCodeEcc::High, ..large }), 5)));
    add("of dots", &|t| png(&dotted(t)));
    add("grainy", &|t| png(&grainy(&draw(t, large), 70)));
    add("under a lamp, as JPEG 50", &|t| jpeg(&shaded(&draw(t, large)), 50));
    add("on a transparent ground, as WebP", &|t| {
        let code = draw(t, INK);
        let clear = RgbaImage::from_fn(code.width(), code.height(), |x, y| {
            if *code.get_pixel(x, y) == BLACK { Rgba([0, 0, 0, 255]) } else { Rgba([0, 0, 0, 0]) }
        });
        written(&DynamicImage::from(clear), ImageFormat::WebP)
    });
    add("small on a large screen", &|t| {
        png(&page(3840, 2160, Rgb([245, 245, 247]), &[(draw(t, INK), 2900, 1500)]))
    });
    add("in grey, as BMP", &|t| {
        let grey = DynamicImage::from(draw(t, INK)).into_luma8();
        assert_eq!(grey.get_pixel(0, 0), &Luma([255]));
        written(&DynamicImage::from(grey), ImageFormat::Bmp)
    });

    let (a, b, c) = (100, 101, 102);
    let two = [(draw(&uri(a), INK), 40, 40), (draw(&uri(b), INK), 480, 300)];
    all.push(("two on one page", png(&page(900, 700, WHITE, &two)), vec![a, b]));
    let three = [
        (draw(&uri(a), INK), 20, 20),
        (draw(&uri(b), large), 300, 20),
        (draw(&uri(c), Ink { module: 3, ..INK }), 20, 420),
    ];
    all.push(("three sizes on one page", png(&page(900, 700, WHITE, &three)), vec![a, b, c]));
    all
}

/// The accounts that the host reads in a picture.
fn read(picture: &[u8]) -> BTreeSet<String> {
    let Ok(read) = import::read(picture, Some("picture"), &Options::default()) else {
        return BTreeSet::new();
    };
    let account = |draft: &host::vault::entry::Draft| {
        format!("{} {}", draft.label, draft.seed.to_base32().expose())
    };
    read.drafts.iter().map(account).collect()
}

#[test]
fn thirty_eight_of_forty_spoilt_pictures_are_read_and_none_wrongly() {
    let pictures = pictures();
    assert_eq!(pictures.len(), 40);
    let (mut unread, mut wrong) = (Vec::new(), Vec::new());
    for (name, bytes, numbers) in &pictures {
        let wanted: BTreeSet<String> =
            numbers.iter().map(|n| format!("keeper{n}@example.com {}", seed(*n))).collect();
        let found = read(bytes);
        wrong.extend(found.difference(&wanted).map(|account| format!("{name}: {account}")));
        if found != wanted {
            unread.push(*name);
        }
    }
    println!("{} of 40 read; not read: {unread:?}", 40 - unread.len());
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(unread.len() <= 2, "not read: {unread:?}");
}
