//! Names of the system's users and groups.

use nix::unistd::{Gid, Group, Uid};

use crate::specs::user_name;

/// A group's name; one that has none goes by number.
pub(super) fn group_name(gid: u32) -> String {
    let group = Group::from_gid(Gid::from_raw(gid)).ok().flatten();
    group.map_or_else(|| format!("gid {gid}"), |group| group.name)
}

/// A group's number.
pub(super) fn group_id(name: &str) -> Option<u32> {
    Group::from_name(name).ok().flatten().map(|group| group.gid.as_raw())
}

/// The user that this process runs as.
pub(super) fn own_name() -> String {
    user_name(Uid::effective().as_raw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_by_name_and_strangers_by_number() {
        assert_eq!((user_name(0).as_str(), group_name(0).as_str(), group_id("root")), ("root", "root", Some(0)));
        assert_eq!((user_name(3_999_999_999).as_str(), group_id("no such group")), ("3999999999", None));
    }
}
