//! Renders screenshots/ from real frames: `cargo run --release --example screenshots`.
//!
//! The frames are those of the tests: the demo's records at a fixed moment. The font is DejaVu Sans Mono
//! (examples/font/LICENSE); blocks and lines are drawn as rectangles, as terminals do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

#[path = "../tests/stage/mod.rs"]
mod stage;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use spia::demo::Incident;
use spia::ui::Look;
use stage::Stage;
use std::path::Path;

const WIDTH: usize = 10;
const HEIGHT: usize = 20;
const SIZE: f32 = 16.0;
const BACKGROUND: [u8; 3] = [0x14, 0x16, 0x1b];
const TEXT: [u8; 3] = [0xd4, 0xd6, 0xdb];

fn colour(colour: Color) -> [u8; 3] {
    match colour {
        Color::Indexed(1) => [0xe5, 0x5c, 0x5c],
        Color::Indexed(2) => [0x8f, 0xbf, 0x6f],
        Color::Indexed(3) => [0xe0, 0xb0, 0x4f],
        Color::Indexed(4) => [0x6c, 0x9e, 0xe8],
        Color::Indexed(5) => [0xc0, 0x7f, 0xd8],
        Color::Indexed(6) => [0x5f, 0xc0, 0xc8],
        Color::Indexed(8) => [0x83, 0x88, 0x94],
        Color::Indexed(12) => [0x93, 0xb9, 0xf5],
        _ => TEXT,
    }
}

/// Glyphs that fill their cell: left, top, right, bottom in eighths.
fn block(glyph: char) -> Option<(usize, usize, usize, usize)> {
    let eighths = "▁▂▃▄▅▆▇█".chars().position(|g| g == glyph);
    match (glyph, eighths) {
        (_, Some(height)) => Some((0, 7 - height, 8, 8)),
        ('─', _) => None,
        _ => None,
    }
}

struct Picture<'a> {
    font: &'a fontdue::Font,
    pixels: Vec<u8>,
    width: usize,
}

impl Picture<'_> {
    fn fill(&mut self, x: usize, y: usize, width: usize, height: usize, paint: [u8; 3]) {
        for row in y..y + height {
            for column in x..x + width {
                let at = (row * self.width + column) * 3;
                self.pixels[at..at + 3].copy_from_slice(&paint);
            }
        }
    }

    fn cell(&mut self, column: usize, row: usize, cell: &Cell) {
        let (mut front, mut back) = (colour(cell.fg), BACKGROUND);
        if cell.modifier.contains(Modifier::REVERSED) {
            (front, back) = (back, front);
        }
        let (x, y) = (column * WIDTH, row * HEIGHT);
        self.fill(x, y, WIDTH, HEIGHT, back);
        let glyph = cell.symbol().chars().next().unwrap_or(' ');
        match (glyph, block(glyph)) {
            (' ', _) => {}
            (_, Some((left, top, right, bottom))) => {
                let (from, to) = (top * HEIGHT / 8, bottom * HEIGHT / 8);
                self.fill(x + left * WIDTH / 8, y + from, (right - left) * WIDTH / 8, to - from, front);
            }
            ('─', _) => self.fill(x, y + HEIGHT / 2, WIDTH, 1, front),
            _ => self.letter(x, y, glyph, front, back, cell.modifier.contains(Modifier::BOLD)),
        }
    }

    fn letter(&mut self, x: usize, y: usize, glyph: char, front: [u8; 3], back: [u8; 3], bold: bool) {
        let (metrics, coverage) = self.font.rasterize(glyph, SIZE);
        let base = y as i32 + 15 - metrics.height as i32 - metrics.ymin;
        for (i, covered) in coverage.iter().enumerate() {
            for shift in 0..=i32::from(bold) {
                let column = x as i32 + metrics.xmin + (i % metrics.width) as i32 + shift;
                let row = base + (i / metrics.width) as i32;
                let at = (row.max(0) as usize * self.width + column.max(0) as usize) * 3;
                if let Some(pixel) = self.pixels.get_mut(at..at + 3) {
                    for (part, (f, b)) in pixel.iter_mut().zip(front.iter().zip(back)) {
                        let mixed = (u32::from(*f) * u32::from(*covered) + u32::from(b) * (255 - u32::from(*covered))) / 255;
                        *part = if shift == 0 || *covered > 127 { mixed as u8 } else { *part };
                    }
                }
            }
        }
    }
}

fn write(path: &Path, buffer: &Buffer, font: &fontdue::Font) {
    let (columns, rows) = (usize::from(buffer.area.width), usize::from(buffer.area.height));
    let mut picture = Picture { font, pixels: vec![0; columns * WIDTH * rows * HEIGHT * 3], width: columns * WIDTH };
    for row in 0..rows {
        for column in 0..columns {
            picture.cell(column, row, &buffer[(column as u16, row as u16)]);
        }
    }
    let file = std::io::BufWriter::new(std::fs::File::create(path).expect("a place for the picture"));
    let mut encoder = png::Encoder::new(file, (columns * WIDTH) as u32, (rows * HEIGHT) as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::High);
    encoder.write_header().and_then(|mut png| png.write_image_data(&picture.pixels)).expect("a picture");
    println!("{}", path.display());
}

#[tokio::main]
async fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(root.join("examples/font/DejaVuSansMono.ttf")).expect("the font");
    let font = fontdue::Font::from_bytes(bytes, fontdue::FontSettings::default()).expect("a font");
    let shots = root.join("screenshots");
    let shoot = |name: &str, stage: &Stage| write(&shots.join(format!("{name}.png")), stage.terminal.backend().buffer(), &font);
    for incident in [Incident::Payment, Incident::Canary, Incident::Database, Incident::Silence] {
        for size in [(80, 24), (100, 30), (200, 60)] {
            let stage = Stage::new(size, Some(incident), 0).await;
            shoot(&format!("overview-{incident}-{}x{}", size.0, size.1), &stage);
        }
    }
    shoot("quiet-100x30", &Stage::new((100, 30), None, 0).await);
    shoot("late-100x30", &Stage::new((100, 30), None, 720_000).await);
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("w").await;
    shoot("why-100x30", &stage);
    stage.keys("esc").await;
    stage.look = Look { colour: false, ascii: false };
    stage.keys("j").await;
    shoot("no-colour-100x30", &stage);
    stage.look = Look { colour: true, ascii: false };
    stage.keys("k enter").await;
    shoot("records-100x30", &stage);
    stage.keys("T").await;
    for size in [(80, 24), (200, 60), (100, 30)] {
        stage.terminal.backend_mut().resize(size.0, size.1);
        stage.event(spia::app::Event::Resize(size.0, size.1)).await;
        shoot(&format!("trace-{}x{}", size.0, size.1), &stage);
    }
    stage.keys("enter").await;
    shoot("span-100x30", &stage);
    stage.keys("esc").await;
    stage.keys("< < tab z").await;
    shoot("slow-100x30", &stage);
    stage.keys("tab").await;
    shoot("failing-traces-100x30", &stage);
    stage.keys("z tab ?").await;
    shoot("keys-100x30", &stage);
    let mut stage = Stage::new((100, 30), Some(Incident::Payment), 0).await;
    stage.keys("x").await;
    shoot("explain-100x30", &stage);
    stage.keys("< p").await;
    shoot("patterns-100x30", &stage);
    stage.keys("enter f f").await;
    shoot("filter-100x30", &stage);
    stage.keys("j j j enter < <").await;
    stage.keys("i s e r v i c e : p").await;
    shoot("query-100x30", &stage);
    stage.keys("esc f c h h h h h h h h h h h h h h h h h h h h m f l a g enter").await;
    shoot("marks-100x30", &stage);
}
