//! The parts of an OFD that is in memory: that those which its documents name are there, how many pages it has, and, on
//! request, that every member can be unpacked.

use super::full::{Account, Fault};
use super::xml::{self, Element};
use super::zip::{Member, Unpacking, members};
use crate::model::facts::FileFacts;

/// Bytes of a part that is read: its documents, not its pages.
const PART_BYTES: usize = 4 << 20;

impl From<Unpacking> for Fault {
    fn from(unpacking: Unpacking) -> Self {
        match unpacking {
            Unpacking::Method(method) => Self::Unknown(format!("a member is packed by method {method}")),
            Unpacking::Damaged(how) => Self::Broken(format!("a member cannot be unpacked: {how}")),
        }
    }
}

/// Looks at the parts of a whole and open OFD.
pub(super) fn look(bytes: &[u8], facts: &mut FileFacts) {
    match try_look(bytes) {
        Ok(pages) => facts.pages = u32::try_from(pages).ok(),
        Err(Fault::Broken(reason)) => facts.unreadable = Some(reason),
        Err(Fault::Bomb(found)) => facts.bomb = Some(found),
        Err(Fault::Truncated | Fault::Unknown(_)) => {}
    }
}

/// Unpacks every member to its end.
pub(super) fn unpack_all(bytes: &[u8], account: &mut Account<'_>) -> Result<(), Fault> {
    for member in parts(bytes)? {
        member.unpack(|piece| account.unpack(piece.len() as u64))?;
    }
    Ok(())
}

fn parts(bytes: &[u8]) -> Result<Vec<Member<'_>>, Fault> {
    members(bytes).ok_or_else(|| Fault::Broken("the directory of the zip is damaged".to_owned()))
}

/// The number of pages.
fn try_look(bytes: &[u8]) -> Result<usize, Fault> {
    let members = parts(bytes)?;
    let mut pages = 0;
    for document in named(&read(&members, "", "OFD.xml")?, &[("DocRoot", None)])? {
        let content = read(&members, "", &document)?;
        let base = document.rsplit_once('/').map_or("", |(folder, _)| folder);
        let pages_of = named(&content, &[("Page", Some("BaseLoc"))])?;
        let others = named(&content, &[("TemplatePage", Some("BaseLoc")), ("PublicRes", None), ("DocumentRes", None)])?;
        for part in pages_of.iter().chain(&others) {
            find(&members, base, part)?;
        }
        pages += pages_of.len();
    }
    if pages == 0 {
        return Err(Fault::Broken("it has no page".to_owned()));
    }
    Ok(pages)
}

/// The places that elements name: in an attribute, or (`None`) as their text.
fn named(content: &[u8], wanted: &[(&str, Option<&str>)]) -> Result<Vec<String>, Fault> {
    let mut places = Vec::new();
    let walked = xml::walk(content, &mut |element: &Element<'_>| {
        let Some((_, attribute)) = wanted.iter().find(|(name, _)| *name == element.name) else { return };
        match attribute {
            None => places.push(element.text.trim().to_owned()),
            Some(attribute) => places.extend(element.attribute(attribute)),
        }
    });
    walked.map_err(|why| Fault::Broken(format!("a part is not well-formed XML: {why}")))?;
    Ok(places)
}

/// Finds a part: below `base`, or from the root where it begins with a slash.
fn find<'m, 'a>(members: &'m [Member<'a>], base: &str, part: &str) -> Result<&'m Member<'a>, Fault> {
    let path = match part.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None if base.is_empty() => part.to_owned(),
        None => format!("{base}/{part}"),
    };
    let same = |member: &&Member<'_>| {
        let name = member.name.strip_prefix(b"/").unwrap_or(member.name);
        name.eq_ignore_ascii_case(path.strip_prefix('/').unwrap_or(&path).as_bytes())
    };
    members.iter().find(same).ok_or_else(|| Fault::Broken(format!("it names a part that is not there: {path}")))
}

fn read(members: &[Member<'_>], base: &str, part: &str) -> Result<Vec<u8>, Fault> {
    let mut content = Vec::new();
    find(members, base, part)?.unpack(|piece| {
        if content.len() + piece.len() > PART_BYTES {
            return Err(Fault::Unknown(format!("{part} is longer than {PART_BYTES} bytes")));
        }
        content.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(content)
}
