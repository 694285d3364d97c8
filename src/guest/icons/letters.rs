//! One capital letter or digit as strokes, so that an icon needs no font.
//!
//! A glyph is a line of steps in a box one unit high: `M x y` lifts the pen and puts it there, `L x y` draws straight,
//! `C x y rx ry from to` draws along an ellipse around x, y, by angles in degrees from the right downwards.

/// A straight piece, from end to end.
pub(super) type Piece = [(f32, f32); 2];

/// Angle between two points of a curve, in degrees.
const STEP: f32 = 6.0;

/// What stands for a name that begins with none of these letters: the doors of Anteroom's own sign.
const DOORS: &str =
    "M0 1 L0 .45 C.45 .45 .45 .45 180 360 L.9 1 M.3 1 L.3 .55 C.45 .55 .15 .15 180 360 L.6 1";

const fn steps(letter: char) -> &'static str {
    match letter {
        'A' => "M0 1 L.4 0 L.8 1 M.15 .64 L.65 .64",
        'B' => {
            "M0 0 L.35 0 C.35 .24 .27 .24 -90 90 L0 .48 M.35 .48 C.38 .74 .32 .26 -90 90 L0 1 L0 0"
        }
        'C' => "C.45 .5 .45 .5 -50 -310",
        'D' => "M0 0 L.3 0 C.3 .5 .45 .5 -90 90 L0 1 L0 0",
        'E' => "M.6 0 L0 0 L0 1 L.6 1 M0 .48 L.5 .48",
        'F' => "M.6 0 L0 0 L0 1 M0 .48 L.5 .48",
        'G' => "C.45 .5 .45 .5 -50 -360 L.52 .5",
        'H' => "M0 0 L0 1 M.7 0 L.7 1 M0 .48 L.7 .48",
        'I' => "M0 0 L0 1",
        'J' => "M.5 0 L.5 .74 C.25 .74 .25 .26 0 170",
        'K' => "M0 0 L0 1 M.65 0 L0 .6 M.2 .42 L.7 1",
        'L' => "M0 0 L0 1 L.55 1",
        'M' => "M0 1 L0 0 L.45 .62 L.9 0 L.9 1",
        'N' => "M0 1 L0 0 L.7 1 L.7 0",
        'O' => "C.5 .5 .5 .5 0 360",
        'P' => "M0 1 L0 0 L.35 0 C.35 .27 .3 .27 -90 90 L0 .54",
        'Q' => "C.5 .5 .5 .5 0 360 M.62 .7 L.92 1.02",
        'R' => "M0 1 L0 0 L.35 0 C.35 .27 .3 .27 -90 90 L0 .54 M.35 .54 L.65 1",
        'S' => "C.31 .25 .29 .25 -30 -270 C.31 .75 .31 .25 -90 150",
        'T' => "M0 0 L.7 0 M.35 0 L.35 1",
        'U' => "M0 0 L0 .65 C.35 .65 .35 .35 180 0 L.7 0",
        'V' => "M0 0 L.38 1 L.76 0",
        'W' => "M0 0 L.27 1 L.54 .3 L.81 1 L1.08 0",
        'X' => "M0 0 L.7 1 M.7 0 L0 1",
        'Y' => "M0 0 L.36 .48 L.72 0 M.36 .48 L.36 1",
        'Z' => "M0 0 L.65 0 L0 1 L.65 1",
        '0' => "C.33 .5 .33 .5 0 360",
        '1' => "M0 .22 L.28 0 L.28 1",
        '2' => "C.31 .3 .31 .3 180 380 L0 1 L.62 1",
        '3' => "M.03 0 L.58 0 L.27 .4 C.28 .7 .32 .3 -90 150",
        '4' => "M.5 1 L.5 0 L0 .7 L.68 .7",
        '5' => "M.55 0 L.1 0 L.05 .45 C.29 .68 .32 .32 -135 150",
        '6' => "C.33 .67 .33 .33 0 360 M.5 0 L.088 .446",
        '7' => "M0 0 L.62 0 L.2 1",
        '8' => "C.31 .24 .26 .24 0 360 M.31 .48 C.31 .74 .31 .26 -90 270",
        '9' => "C.33 .33 .33 .33 0 360 M.16 1 L.572 .554",
        _ => DOORS,
    }
}

/// The strokes of this letter in straight pieces, around the middle of the box: a height of one, y downwards.
pub(super) fn pieces(letter: char) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut pen = None;
    let mut words = steps(letter).split([' ']).peekable();
    let mut line_to = |pen: &mut Option<(f32, f32)>, to: (f32, f32)| {
        if let Some(from) = pen.replace(to) {
            pieces.push([from, to]);
        }
    };
    while let Some(word) = words.next() {
        let (step, first) = word.split_at(1);
        let mut numbers = vec![number(first)];
        while let Some(next) = words.next_if(|word| !word.starts_with(['M', 'L', 'C'])) {
            numbers.push(number(next));
        }
        match (step, numbers.as_slice()) {
            ("M", [x, y]) => pen = Some((*x, *y)),
            ("L", [x, y]) => line_to(&mut pen, (*x, *y)),
            ("C", [x, y, rx, ry, from, to]) => {
                let turns = ((to - from).abs() / STEP).ceil();
                let mut turn = 0.0;
                while turn <= turns {
                    let angle = (from + (to - from) * turn / turns).to_radians();
                    line_to(&mut pen, (x + rx * angle.cos(), y + ry * angle.sin()));
                    turn += 1.0;
                }
            }
            _ => unreachable!("the steps above have one of these forms"),
        }
    }
    centered(pieces)
}

fn number(word: &str) -> f32 {
    word.parse().expect("the steps above are written in numbers")
}

fn centered(mut pieces: Vec<Piece>) -> Vec<Piece> {
    let xs = || pieces.iter().flatten().map(|(x, _)| *x);
    let middle = f32::midpoint(xs().fold(f32::MAX, f32::min), xs().fold(f32::MIN, f32::max));
    for (x, y) in pieces.iter_mut().flatten() {
        *x -= middle;
        *y -= 0.5;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_fits_its_box() {
        for letter in ('A'..='Z').chain('0'..='9').chain(['ß']) {
            let pieces = pieces(letter);
            assert!(!pieces.is_empty(), "{letter}");
            for (x, y) in pieces.into_iter().flatten() {
                assert!(x.abs() <= 0.55 && y.abs() <= 0.53, "{letter}: {x} {y}");
            }
        }
    }
}
