//! Batches of which each comes after the next in a circle, so that none could ever start.

use std::collections::{BTreeMap, HashMap, VecDeque};

use super::locate::{Locator, suggest};
use super::marked::Place;
use super::read;
use super::spec::LoadedSpec;
use crate::model::diagnostic::InvalidSpec;
use crate::model::ids::BatchName;

/// Most names that are shown of one circle.
const MAX_SHOWN: usize = 8;

/// How a batch comes to wait for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// The name in its `after` from which the way leads back to it.
    pub next: BatchName,
    /// The way: `a → b → c → a`, its middle left out where it is long.
    pub way: String,
}

/// Every batch that comes after itself by way of others, or names itself. Names that no batch has are left aside, and a
/// batch that only comes after one in a circle is in none.
pub fn cycles<'a>(batches: impl IntoIterator<Item = (&'a BatchName, &'a [BatchName])>) -> BTreeMap<BatchName, Cycle> {
    let batches: BTreeMap<&BatchName, &[BatchName]> = batches.into_iter().collect();
    let names: Vec<&BatchName> = batches.keys().copied().collect();
    let graph = Graph::new(&batches);
    let components = graph.components();
    let mut found = BTreeMap::new();
    let mut search = Search { reached: vec![(usize::MAX, 0); names.len()], graph: &graph, components: &components };
    for start in 0..names.len() {
        if found.contains_key(names[start]) {
            continue;
        }
        let circle = search.circle(start);
        for (at, node) in circle.iter().enumerate() {
            found.entry(names[*node].clone()).or_insert_with(|| cycle(&names, &circle, at));
        }
    }
    found
}

/// A spec that is sound by itself, but in a circle with others.
pub fn in_cycle(spec: &LoadedSpec, cycle: &Cycle) -> InvalidSpec {
    let locator = Locator::new(&spec.file_name, &spec.text);
    let index = spec.file.spec.after.iter().position(|name| *name == cycle.next).unwrap_or_default().to_string();
    let path = ["spec", "after", &index];
    let message = format!("none of these batches could ever start, because each comes after the next: {}", cycle.way);
    let problem = match read::tree(&locator, &spec.text) {
        Ok(tree) => locator.problem_at(&tree, "after-cycle", &path, message),
        Err(_) => locator.problem("after-cycle", &path.join("."), Place::START, message),
    };
    let advice = "take a name out of `after` in one of them";
    InvalidSpec { file: spec.file_name.clone(), diagnostics: vec![suggest(problem, Some(advice.to_owned()))] }
}

fn cycle(names: &[&BatchName], circle: &[usize], at: usize) -> Cycle {
    let name = |step: usize| names[circle[(at + step) % circle.len()]];
    let shown = if circle.len() > MAX_SHOWN { MAX_SHOWN - 1 } else { circle.len() };
    let mut way: Vec<String> = (0..shown).map(|step| name(step).to_string()).collect();
    if shown < circle.len() {
        way.push(format!("… ({} more)", circle.len() - shown));
    }
    way.push(name(0).to_string());
    Cycle { next: name(1).clone(), way: way.join(" → ") }
}

/// Which batch comes after which, by their places in the order of names.
struct Graph {
    after: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
}

impl Graph {
    fn new(batches: &BTreeMap<&BatchName, &[BatchName]>) -> Self {
        let places: HashMap<&BatchName, usize> = batches.keys().copied().zip(0..).collect();
        let mut before = vec![Vec::new(); places.len()];
        let mut after = Vec::with_capacity(places.len());
        for (place, names) in batches.values().enumerate() {
            let known: Vec<usize> = names.iter().filter_map(|name| places.get(name).copied()).collect();
            known.iter().for_each(|other| before[*other].push(place));
            after.push(known);
        }
        Self { after, before }
    }

    /// A number for each batch, the same for two exactly if each comes after the other (Kosaraju's algorithm, without
    /// recursion, which a long chain would take too deep).
    fn components(&self) -> Vec<usize> {
        let mut component = vec![usize::MAX; self.after.len()];
        for root in self.finished().into_iter().rev() {
            let mut open = vec![root];
            while let Some(node) = open.pop() {
                if component[node] == usize::MAX {
                    component[node] = root;
                    open.extend(&self.before[node]);
                }
            }
        }
        component
    }

    /// Every batch behind those that are reached from it, circles aside.
    fn finished(&self) -> Vec<usize> {
        let mut seen = vec![false; self.after.len()];
        let mut finished = Vec::with_capacity(self.after.len());
        for root in 0..self.after.len() {
            let mut open = vec![(root, 0)];
            while let Some((node, edge)) = open.pop() {
                if edge == 0 && std::mem::replace(&mut seen[node], true) {
                    continue;
                }
                match self.after[node].get(edge) {
                    Some(next) => open.extend([(node, edge + 1), (*next, 0)]),
                    None => finished.push(node),
                }
            }
        }
        finished
    }
}

struct Search<'a> {
    graph: &'a Graph,
    components: &'a [usize],
    /// For each batch the start of the last search that reached it, and from where.
    reached: Vec<(usize, usize)>,
}

impl Search<'_> {
    /// A shortest circle through a batch, beginning with it; empty: there is none.
    fn circle(&mut self, start: usize) -> Vec<usize> {
        let mut open = VecDeque::from([start]);
        while let Some(node) = open.pop_front() {
            for next in &self.graph.after[node] {
                if *next == start {
                    return self.way(start, node);
                }
                if self.components[*next] == self.components[start] && self.reached[*next].0 != start {
                    self.reached[*next] = (start, node);
                    open.push_back(*next);
                }
            }
        }
        Vec::new()
    }

    fn way(&self, start: usize, last: usize) -> Vec<usize> {
        let mut way = vec![last];
        let mut node = last;
        while node != start {
            node = self.reached[node].1;
            way.push(node);
        }
        way.reverse();
        way
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Specs = Vec<(BatchName, Vec<BatchName>)>;

    fn name(text: &str) -> BatchName {
        text.parse().unwrap()
    }

    /// `a: b c` is a batch `a` that comes after `b` and `c`.
    fn specs(lines: &[&str]) -> Specs {
        let spec = |line: &&str| {
            let (own, after) = line.split_once(':').unwrap();
            (name(own), after.split_whitespace().map(name).collect())
        };
        lines.iter().map(spec).collect()
    }

    fn found(specs: &Specs) -> BTreeMap<BatchName, Cycle> {
        cycles(specs.iter().map(|(name, after)| (name, after.as_slice())))
    }

    #[track_caller]
    fn ways(lines: &[&str], expected: &[&str]) {
        let ways: Vec<String> = found(&specs(lines)).into_values().map(|cycle| cycle.way).collect();
        assert_eq!(ways, expected);
    }

    #[test]
    fn chains_diamonds_and_missing_names_are_no_circles() {
        ways(&["a:", "b:a", "c:a", "d:b c", "e:gone d"], &[]);
    }

    #[test]
    fn each_batch_of_a_circle_is_told_its_own_way_round() {
        ways(&["a:b", "b:a"], &["a → b → a", "b → a → b"]);
        ways(&["a:b", "b:x c", "c:a", "x:"], &["a → b → c → a", "b → c → a → b", "c → a → b → c"]);
        ways(&["a:a"], &["a → a"]);
    }

    #[test]
    fn a_batch_that_comes_after_a_circle_or_between_two_is_in_none() {
        ways(&["a:b", "b:a m", "m:y", "y:z", "z:y", "late:a"], &["a → b → a", "b → a → b", "y → z → y", "z → y → z"]);
    }

    #[test]
    fn circles_that_share_batches_are_all_found() {
        ways(&["a:b", "b:c d", "c:a", "d:b"], &["a → b → c → a", "b → c → a → b", "c → a → b → c", "d → b → d"]);
    }

    #[test]
    fn the_next_batch_of_the_way_is_named() {
        let found = found(&specs(&["a:x b", "b:a", "x:"]));
        assert_eq!(found[&name("a")].next, name("b"));
        assert_eq!(found[&name("b")].next, name("a"));
    }

    #[test]
    fn a_circle_of_ten_thousand_is_found_and_shortened() {
        let own = |number: usize| name(&format!("n{number:05}"));
        let ring: Specs = (0..10_000).map(|number| (own(number), vec![own((number + 1) % 10_000)])).collect();
        let found = found(&ring);
        assert_eq!(found.len(), 10_000);
        let way = "n09999 → n00000 → n00001 → n00002 → n00003 → n00004 → n00005 → … (9993 more) → n09999";
        assert_eq!(found[&own(9_999)].way, way);
        let chain = &ring[..9_999];
        assert!(cycles(chain.iter().map(|(name, after)| (name, after.as_slice()))).is_empty());
    }

    proptest! {
        /// A batch is in a circle exactly if following `after` from it leads back to it.
        #[test]
        fn those_found_are_those_that_reach_themselves(edges in proptest::collection::vec((0..9_usize, 0..9_usize), 0..20)) {
            let own = |number: usize| name(&format!("n{number}"));
            let mut specs: Specs = (0..9).map(|number| (own(number), Vec::new())).collect();
            let mut reaches = [[false; 9]; 9];
            for (from, to) in edges {
                specs[from].1.push(own(to));
                reaches[from][to] = true;
            }
            for (via, from, to) in (0..9).flat_map(|via| (0..9).flat_map(move |from| (0..9).map(move |to| (via, from, to)))) {
                reaches[from][to] |= reaches[from][via] && reaches[via][to];
            }
            let expected: Vec<BatchName> = (0..9).filter(|n| reaches[*n][*n]).map(own).collect();
            let found = found(&specs);
            prop_assert_eq!(found.keys().cloned().collect::<Vec<_>>(), expected);
            for (own, cycle) in &found {
                let way: Vec<&str> = cycle.way.split(" → ").collect();
                let comes_after = |step: &[&str]| {
                    let spec = specs.iter().find(|(name, _)| name.as_str() == step[0]);
                    spec.is_some_and(|(_, after)| after.iter().any(|name| name.as_str() == step[1]))
                };
                let is_whole = !cycle.way.contains('…');
                prop_assert!(!is_whole || way.windows(2).all(comes_after), "{}", cycle.way);
                prop_assert_eq!((way[0], *way.last().unwrap()), (own.as_str(), own.as_str()));
            }
        }
    }
}
