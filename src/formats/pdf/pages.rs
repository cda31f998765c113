//! The pages of a PDF: how many there are, and what their images say of resolution.

use std::collections::HashSet;
use std::rc::Rc;

use super::content::{Drawn, depth, draw, numbers};
use super::file::File;
use super::images::{PageLook, look};
use super::objects::{Dictionary, Object};
use super::place::{Matrix, Rectangle};
use super::streams::{LOOK_BYTES, Unpacked};
use crate::formats::density::lowest;
use crate::formats::full::Fault;
use crate::model::facts::{Dpi, FileFacts};

/// Levels of the page tree; real ones have three.
const LEVELS: usize = 64;

/// Pages that are counted.
const PAGES: usize = 50_000;

/// US Letter: what readers take where a page does not say its size.
const LETTER: [f64; 4] = [0.0, 0.0, 612.0, 792.0];

/// What pages hand down to those below them.
#[derive(Debug, Clone, Default)]
struct Inherited {
    resources: Option<Rc<Object>>,
    media: Option<Rc<Object>>,
    crop: Option<Rc<Object>>,
}

/// Adds pages, resolution and pixels to the facts of a whole and open PDF; what cannot be told stays unknown.
pub(in crate::formats) fn look_at_pages(bytes: &[u8], facts: &mut FileFacts) {
    if let Err(Fault::Bomb(found)) = try_look(bytes, facts) {
        facts.bomb = Some(found);
    }
}

fn try_look(bytes: &[u8], facts: &mut FileFacts) -> Result<(), Fault> {
    let mut file = File::read(bytes, Unpacked::new(LOOK_BYTES))?;
    if file.encrypted {
        return Ok(());
    }
    if file.is_hollow() {
        facts.unreadable = Some("it has no cross-references, no trailer and no page".to_owned());
        return Ok(());
    }
    let Some(pages) = pages(&mut file) else { return Ok(()) };
    facts.pages = u32::try_from(pages.len()).ok();
    let mut dpi = Dpi::NotApplicable;
    for (number, (page, inherited)) in pages.iter().enumerate() {
        let seen = page_look(&mut file, page, inherited)?;
        if number == 0 {
            facts.pixels = seen.pixels;
        }
        dpi = match (dpi, seen.dpi) {
            (_, Dpi::Unknown) => return Ok(()),
            (Dpi::NotApplicable, found) => found,
            (known, Dpi::NotApplicable) => known,
            (known, found) => lowest(known, found),
        };
        if file.is_spent() {
            return Ok(());
        }
    }
    facts.dpi = dpi;
    Ok(())
}

/// Every page in order; `None` if the tree cannot be followed to all of them.
fn pages(file: &mut File<'_>) -> Option<Vec<(Dictionary, Inherited)>> {
    let Object::Dictionary(catalog) = file.object(file.root?)? else { return None };
    let Some(Object::Reference(root)) = catalog.get(b"Pages") else { return None };
    let (mut open, mut seen, mut pages) = (vec![(*root, Inherited::default(), 0)], HashSet::new(), Vec::new());
    while let Some((number, inherited, level)) = open.pop() {
        let node = file.object(number);
        let circular = !seen.insert(number) || level > LEVELS || pages.len() >= PAGES;
        let Some(Object::Dictionary(node)) = node.filter(|_| !circular) else { return None };
        let inherited = inherit(&node, inherited);
        match file.entry(&node, b"Kids").as_deref() {
            None => pages.push((node, inherited)),
            Some(Object::Array(kids)) => {
                for kid in kids.iter().rev() {
                    let Object::Reference(kid) = kid else { return None };
                    open.push((*kid, inherited.clone(), level + 1));
                }
            }
            Some(_) => return None,
        }
    }
    (!file.is_spent()).then_some(pages)
}

fn inherit(node: &Dictionary, above: Inherited) -> Inherited {
    let own = |name: &[u8], above: Option<Rc<Object>>| node.get(name).cloned().map(Rc::new).or(above);
    Inherited {
        resources: own(b"Resources", above.resources),
        media: own(b"MediaBox", above.media),
        crop: own(b"CropBox", above.crop),
    }
}

fn page_look(file: &mut File<'_>, page: &Dictionary, inherited: &Inherited) -> Result<PageLook, Fault> {
    let mut drawn = Drawn::default();
    let resources = inherited.resources.as_deref().and_then(|resources| file.resolve(resources));
    let none = Dictionary::default();
    let resources = resources.as_deref().and_then(Object::dictionary).unwrap_or(&none);
    let content = content(file, page, &mut drawn)?;
    draw(file, &content, resources, Matrix::IDENTITY, depth(), &mut drawn)?;
    let visible = inherited.crop.as_deref().or(inherited.media.as_deref());
    let visible = visible.and_then(|visible| rectangle(file, visible)).unwrap_or(LETTER);
    let unit = file.entry(page, b"UserUnit").and_then(|unit| unit.number()).filter(|unit| *unit > 0.0).unwrap_or(1.0);
    Ok(look(&drawn, Rectangle::new(visible), unit))
}

fn rectangle(file: &mut File<'_>, object: &Object) -> Option<[f64; 4]> {
    let object = file.resolve(object)?;
    let Object::Array(items) = &*object else { return None };
    let sides: Vec<_> = items.iter().take(4).filter_map(|side| Some(file.resolve(side)?.into_owned())).collect();
    numbers(&sides)
}

/// The content of a page: one stream, or several that count as one.
fn content(file: &mut File<'_>, page: &Dictionary, drawn: &mut Drawn) -> Result<Vec<u8>, Fault> {
    let Some(object) = page.get(b"Contents") else { return Ok(Vec::new()) };
    let parts = match file.resolve(object).map(std::borrow::Cow::into_owned) {
        Some(Object::Array(parts)) => parts,
        _ => vec![object.clone()],
    };
    let mut content = Vec::new();
    for part in parts {
        let Some(stream) = file.stream(&part) else { continue };
        match stream.unpack(&mut file.unpacked)? {
            Some(bytes) => content.extend(bytes),
            None => drawn.unsure = true,
        }
        content.push(b'\n');
    }
    Ok(content)
}
