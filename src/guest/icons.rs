//! The firm's sign on a home screen: its logo, or else the first letter of its name on its color; and the manifest that
//! names them. Drawn here, so that whoever sets up a firm needs no picture.

mod letters;

use std::collections::HashMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::imageops::{self, FilterType as Smoothing};
use image::{ImageFormat, Rgba, RgbaImage};
use poem::http::HeaderValue;
use poem::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use poem::web::{Data, Path};
use poem::{EndpointExt, IntoEndpoint, Response, handler};
use serde_json::json;
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};
use crate::http::routes::Routes;
use crate::model::Guest;
use crate::model::firm::Firm;
use letters::Piece;

pub(super) fn routes() -> Routes {
    let drawn = Arc::new(Drawn::default());
    Routes::default()
        .get("/manifest.webmanifest", manifest)
        .get("/icons/:file", on_screens.into_endpoint().data(drawn.clone()))
        .get("/apple-touch-icon.png", on_phones.into_endpoint().data(drawn))
}

const MANIFEST: HeaderValue = HeaderValue::from_static("application/manifest+json");
/// The name stays while the picture may change.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");
const WHITE: Rgba<u8> = Rgba([255, 255, 255, 255]);

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Icon {
    /// Pixels a side.
    side: u16,
    /// The system cuts a shape of its own out of it: nothing outside the middle may matter, and no corner is ours.
    cut: bool,
}

const SMALL: Icon = Icon { side: 192, cut: false };
const LARGE: Icon = Icon { side: 512, cut: false };
const MASKABLE: Icon = Icon { side: 512, cut: true };
const TOUCH: Icon = Icon { side: 180, cut: true };

/// The pictures of the firm as it is now. Drawing one takes some milliseconds of a core, so each is drawn once.
#[derive(Default)]
struct Drawn(Mutex<(String, HashMap<Icon, Bytes>)>);

#[handler]
async fn manifest(guest: Guest) -> Result<Response> {
    let firm = guest.firm()?;
    let ground = firm.accent.mail_fill();
    let seen = edition(&firm);
    let icon = |file: &str, side: u16, purpose: &str| {
        json!({
            "src": format!("/icons/{file}?{}", seen.replace(' ', "-")),
            "sizes": format!("{side}x{side}"),
            "type": "image/png",
            "purpose": purpose,
        })
    };
    let manifest = json!({
        "id": "/",
        "name": firm.name.as_str(),
        "short_name": short(firm.name.as_str()),
        "lang": "en",
        "start_url": "/",
        "scope": "/",
        "display": "minimal-ui",
        "theme_color": ground,
        "background_color": "#ffffff",
        "icons": [
            icon("192.png", SMALL.side, "any"),
            icon("512.png", LARGE.side, "any"),
            icon("maskable.png", MASKABLE.side, "maskable"),
        ],
    });
    let answer = Response::builder().header(CONTENT_TYPE, MANIFEST).header(CACHE_CONTROL, A_DAY);
    Ok(answer.body(manifest.to_string()))
}

/// As many whole words as fit under an icon, at least one.
fn short(name: &str) -> String {
    const ROOM: usize = 12;
    let mut short = String::new();
    for word in name.split_whitespace() {
        if !short.is_empty() && short.chars().count() + 1 + word.chars().count() > ROOM {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    short.trim_end_matches([' ', '&', '+', ',', '-']).to_owned()
}

#[handler]
async fn on_screens(
    guest: Guest,
    Path(file): Path<String>,
    Data(drawn): Data<&Arc<Drawn>>,
) -> Result<Response> {
    let icon = match file.as_str() {
        "192.png" => SMALL,
        "512.png" => LARGE,
        "maskable.png" => MASKABLE,
        _ => return Err(Error::NotFound),
    };
    drawn.picture(&guest, icon).await
}

/// What iPhones ask for without being told.
#[handler]
async fn on_phones(guest: Guest, Data(drawn): Data<&Arc<Drawn>>) -> Result<Response> {
    drawn.picture(&guest, TOUCH).await
}

impl Drawn {
    async fn picture(&self, guest: &Guest, icon: Icon) -> Result<Response> {
        let firm = guest.firm()?;
        let edition = edition(&firm);
        let png = match self.known(&edition, icon) {
            Some(png) => png,
            None => {
                let logo = firm.logo.map(|logo| guest.logo(logo)).transpose()?;
                let drawing = tokio::task::spawn_blocking(move || draw(&firm, logo, icon));
                let png = Bytes::from(drawing.await.map_err(Error::bug)??);
                self.keep(edition, icon, &png);
                png
            }
        };
        let answer = Response::builder().header(CONTENT_TYPE, "image/png");
        Ok(answer.header(CACHE_CONTROL, A_DAY).body(png))
    }

    fn known(&self, edition: &str, icon: Icon) -> Option<Bytes> {
        let drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.1.get(&icon).filter(|_| drawn.0 == edition).cloned()
    }

    fn keep(&self, edition: String, icon: Icon, png: &Bytes) {
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.0 != edition {
            *drawn = (edition, HashMap::new());
        }
        drawn.1.insert(icon, png.clone());
    }
}

/// Changes whenever the pictures do.
fn edition(firm: &Firm) -> String {
    let logo = firm.logo.map_or_else(|| letter(firm.name.as_str()).into(), |id| id.to_string());
    format!("{}-{logo}", &firm.accent.hex()[1..])
}

/// The first letter or digit of a name, without its accents.
fn letter(name: &str) -> char {
    let plain = name.nfkd().find(|c| c.is_alphanumeric());
    plain.and_then(|c| c.to_uppercase().next()).filter(char::is_ascii).unwrap_or('*')
}

fn draw(firm: &Firm, logo: Option<Vec<u8>>, icon: Icon) -> Result<Vec<u8>> {
    let picture = match logo {
        Some(png) => with_logo(&png, icon)?,
        None => with_letter(letter(firm.name.as_str()), color(&firm.accent.mail_fill()), icon),
    };
    let mut png = Cursor::new(Vec::new());
    let encoder =
        PngEncoder::new_with_quality(&mut png, CompressionType::Default, FilterType::Adaptive);
    picture.write_with_encoder(encoder).map_err(Error::bug)?;
    Ok(png.into_inner())
}

fn color(hex: &str) -> Rgba<u8> {
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).expect("made of three bytes");
    Rgba([byte(1), byte(3), byte(5), 255])
}

/// The logo in the middle of a white ground.
fn with_logo(png: &[u8], icon: Icon) -> Result<RgbaImage> {
    let logo = image::load_from_memory_with_format(png, ImageFormat::Png).map_err(Error::bug)?;
    let side = u32::from(icon.side);
    let room = side * if icon.cut { 60 } else { 80 } / 100;
    let logo = logo.resize(room, room, Smoothing::Lanczos3).into_rgba8();
    let mut picture = RgbaImage::from_pixel(side, side, WHITE);
    let at = |length: u32| i64::from((side - length) / 2);
    imageops::overlay(&mut picture, &logo, at(logo.width()), at(logo.height()));
    Ok(picture)
}

/// A white letter on the firm's color. Its height and the width of its strokes are parts of the side.
fn with_letter(letter: char, ground: Rgba<u8>, icon: Icon) -> RgbaImage {
    const HEIGHT: f32 = 0.40;
    const STROKE: f32 = 0.066;
    const CORNER: f32 = 0.22;
    let (pixels, side) = (u32::from(icon.side), f32::from(icon.side));
    let pieces = letters::pieces(letter);
    RgbaImage::from_fn(pixels, pixels, |x, y| {
        // From the middle of the picture, to the middle of the pixel.
        let from_middle = |n: u32| f32::from(n as u16) + 0.5 - side / 2.0;
        let at = (from_middle(x), from_middle(y));
        let in_box = (at.0 / (side * HEIGHT), at.1 / (side * HEIGHT));
        let distance = pieces.iter().map(|piece| away(in_box, piece)).fold(f32::MAX, f32::min);
        let ink = covered(distance * side * HEIGHT - side * STROKE / 2.0);
        let mix = |under: u8| byte(255.0 * ink + f32::from(under) * (1.0 - ink));
        let [r, g, b, _] = ground.0;
        let solid = if icon.cut { 1.0 } else { covered(outside(at, side, side * CORNER)) };
        Rgba([mix(r), mix(g), mix(b), byte(255.0 * solid)])
    })
}

/// A level of brightness between none and 255.
#[expect(clippy::cast_sign_loss, reason = "it is not below zero")]
fn byte(level: f32) -> u8 {
    level.clamp(0.0, 255.0).round() as u8
}

/// How much of a pixel is covered, by the distance of its middle to the edge: negative inside.
fn covered(distance: f32) -> f32 {
    (0.5 - distance).clamp(0.0, 1.0)
}

/// How far a point is from a straight piece.
fn away((x, y): (f32, f32), [(ax, ay), (bx, by)]: &Piece) -> f32 {
    let (dx, dy) = (bx - ax, by - ay);
    let length = (dx * dx + dy * dy).max(f32::EPSILON);
    let along = (((x - ax) * dx + (y - ay) * dy) / length).clamp(0.0, 1.0);
    (x - ax - along * dx).hypot(y - ay - along * dy)
}

/// How far a point is outside a square with round corners.
fn outside((x, y): (f32, f32), side: f32, corner: f32) -> f32 {
    let (dx, dy) = (x.abs() - side / 2.0 + corner, y.abs() - side / 2.0 + corner);
    dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - corner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_a_letter_and_a_few_words() {
        assert_eq!(letter("Alder & Finch"), 'A');
        assert_eq!(letter("« élan »"), 'E');
        assert_eq!(letter("3rd Street Books"), '3');
        assert_eq!(letter("Бухгалтер"), '*');
        assert_eq!(short("Alder & Finch Accounting"), "Alder");
        assert_eq!(short("Alder & Finch"), "Alder");
        assert_eq!(short("Birch Tax"), "Birch Tax");
        assert_eq!(short("Steuerberatungsgesellschaft Nord"), "Steuerberatungsgesellschaft");
    }

    #[test]
    fn a_letter_stands_in_white_on_the_color() {
        let ground = Rgba([44, 107, 87, 255]);
        let plain = with_letter('I', ground, SMALL);
        assert_eq!(*plain.get_pixel(96, 96), WHITE, "the stroke");
        assert_eq!(*plain.get_pixel(40, 96), ground, "beside it");
        assert_eq!(plain.get_pixel(0, 0)[3], 0, "a round corner");
        let cut = with_letter('I', ground, MASKABLE);
        assert_eq!(*cut.get_pixel(0, 0), ground, "no corner of ours");
    }

    #[test]
    fn a_logo_stands_in_the_middle() {
        let mut png = Cursor::new(Vec::new());
        let red = Rgba([200, 0, 0, 255]);
        RgbaImage::from_pixel(100, 20, red).write_to(&mut png, ImageFormat::Png).unwrap();
        let picture = with_logo(&png.into_inner(), LARGE).unwrap();
        assert_eq!(picture.get_pixel(256, 256)[1], 0);
        assert_eq!(*picture.get_pixel(256, 40), WHITE);
    }
}
