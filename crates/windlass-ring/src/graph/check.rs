//! What a graph must be: acyclic, with distinct names, and ordered where events are changed.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use windlass_sync::atomic::AtomicU64;
use windlass_sync::{CachePadded, EventCount};

use super::group::Group;
use super::node::{Kind, Node};
use crate::cursor::Cursor;
use crate::error::BuildError;

/// What was declared of a node.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// Its name.
    pub(crate) name: String,
    /// The names of what it waits for.
    pub(crate) after: Vec<String>,
    /// What it is.
    pub(crate) role: Role,
    /// Whether it may change events.
    pub(crate) exclusive: bool,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A consumer, or a group of that many.
    Consumers(usize),
    /// An external gate.
    Gate,
}

/// A graph that was checked.
#[derive(Debug)]
pub(crate) struct Plan {
    nodes: Vec<Planned>,
    /// The indices of what each node waits for.
    after: Vec<Vec<usize>>,
}

/// A node of a plan, with its edges.
pub(crate) struct Edged<'a> {
    planned: &'a Planned,
    after: &'a [usize],
}

impl Plan {
    /// Checks what was declared.
    pub(crate) fn new(nodes: Vec<Planned>, joiners: usize) -> Result<Self, BuildError> {
        if joiners == 0 && !nodes.iter().any(|node| node.role != Role::Gate) {
            return Err(BuildError::NoStages);
        }
        let mut names = BTreeSet::new();
        for node in &nodes {
            if !names.insert(node.name.as_str()) {
                return Err(BuildError::NameTaken(node.name.clone()));
            }
            if node.role == Role::Consumers(0) {
                return Err(BuildError::NoMembers { stage: node.name.clone() });
            }
        }
        let after = nodes.iter().map(|node| edges(node, &nodes)).collect::<Result<_, _>>()?;
        let plan = Self { nodes, after };
        plan.acyclic()?;
        plan.exclusive()?;
        Ok(plan)
    }

    /// The nodes with their edges.
    pub(crate) fn nodes(&self) -> Vec<Edged<'_>> {
        let edged = |(planned, after)| Edged { planned, after };
        self.nodes.iter().zip(self.after.iter().map(Vec::as_slice)).map(edged).collect()
    }

    /// Takes away whatever waits only for what was taken away before; a cycle is left over.
    fn acyclic(&self) -> Result<(), BuildError> {
        let mut left: BTreeSet<usize> = (0..self.nodes.len()).collect();
        loop {
            let free: Vec<usize> = left
                .iter()
                .copied()
                .filter(|&index| self.after[index].iter().all(|before| !left.contains(before)))
                .collect();
            if free.is_empty() {
                break;
            }
            for index in free {
                left.remove(&index);
            }
        }
        if left.is_empty() {
            return Ok(());
        }
        let names = left.into_iter().map(|index| self.nodes[index].name.clone());
        Err(BuildError::Cycle(names.collect()))
    }

    /// Every consumer that changes events comes before or after every other one.
    fn exclusive(&self) -> Result<(), BuildError> {
        let before: Vec<BTreeSet<usize>> = (0..self.nodes.len())
            .map(|index| ancestors(&self.after[index], |before| &self.after[before]))
            .collect();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.exclusive) {
            let beside = self.nodes.iter().enumerate().find(|&(other, node)| {
                other != index
                    && node.role != Role::Gate
                    && !before[index].contains(&other)
                    && !before[other].contains(&index)
            });
            if let Some((_, beside)) = beside {
                return Err(BuildError::NotExclusive {
                    stage: node.name.clone(),
                    beside: beside.name.clone(),
                });
            }
        }
        Ok(())
    }
}

impl Planned {
    /// The seat of a joiner.
    pub(crate) fn seat(number: usize) -> Self {
        Self {
            name: format!("joiner {number}"),
            after: Vec::new(),
            role: Role::Consumers(1),
            exclusive: false,
        }
    }

    /// A seat that nobody has taken.
    pub(crate) fn build_vacant(self, waiters: usize) -> Node {
        Node {
            name: self.name,
            after: Box::default(),
            kind: Kind::Solo(Cursor::vacant()),
            exclusive: false,
            left_at: AtomicU64::new(0),
            released: CachePadded::new(EventCount::new(waiters)),
        }
    }
}

impl Edged<'_> {
    /// The node, at `origin`.
    pub(crate) fn build(&self, origin: u64, waiters: usize) -> Node {
        let kind = match self.planned.role {
            Role::Gate => Kind::Gate(Cursor::new(origin)),
            Role::Consumers(1) => Kind::Solo(Cursor::new(origin)),
            Role::Consumers(members) => Kind::Group(Box::new(Group::new(members, origin))),
        };
        Node {
            name: self.planned.name.clone(),
            after: self.after.into(),
            kind,
            exclusive: self.planned.exclusive,
            left_at: AtomicU64::new(0),
            released: CachePadded::new(EventCount::new(waiters)),
        }
    }
}

fn edges(node: &Planned, nodes: &[Planned]) -> Result<Vec<usize>, BuildError> {
    let find = |name: &String| {
        nodes.iter().position(|other| other.name == *name).ok_or_else(|| BuildError::UnknownStage {
            stage: node.name.clone(),
            after: name.clone(),
        })
    };
    node.after.iter().map(find).collect()
}

/// Everything that comes before a node with these edges.
pub(super) fn ancestors<'a>(
    after: &[usize],
    edges: impl Fn(usize) -> &'a [usize],
) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut todo = after.to_vec();
    while let Some(index) = todo.pop() {
        if found.insert(index) {
            todo.extend(edges(index));
        }
    }
    found
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    fn stage(name: &str, after: &[&str]) -> Planned {
        Planned {
            name: name.to_string(),
            after: after.iter().map(ToString::to_string).collect(),
            role: Role::Consumers(1),
            exclusive: false,
        }
    }

    fn exclusive(name: &str, after: &[&str]) -> Planned {
        Planned { exclusive: true, ..stage(name, after) }
    }

    #[test]
    fn a_diamond_in_any_order_of_declaration_is_fine() {
        let plan = vec![stage("d", &["b", "c"]), stage("c", &["a"]), stage("b", &["a"])];
        let plan = [plan, vec![stage("a", &[])]].concat();
        assert!(Plan::new(plan, 0).is_ok(), "order of declaration is free");
    }

    #[test]
    fn a_cycle_names_those_in_it() {
        let plan = vec![stage("a", &[]), stage("b", &["c"]), stage("c", &["b"])];
        let error = Plan::new(plan, 0).unwrap_err();
        assert!(matches!(error, BuildError::Cycle(names) if names == ["b", "c"]), "b and c");
        let error = Plan::new(vec![stage("a", &["a"])], 0).unwrap_err();
        assert!(matches!(error, BuildError::Cycle(_)), "a stage after itself");
    }

    #[test]
    fn names_are_unique_and_known() {
        let error = Plan::new(vec![stage("a", &[]), stage("a", &[])], 0).unwrap_err();
        assert!(matches!(error, BuildError::NameTaken(name) if name == "a"), "a twice");
        let error = Plan::new(vec![stage("a", &["x"])], 0).unwrap_err();
        assert!(matches!(error, BuildError::UnknownStage { after, .. } if after == "x"), "no x");
    }

    #[test]
    fn nothing_runs_beside_a_stage_that_changes_events() {
        let beside = vec![exclusive("a", &[]), stage("b", &[])];
        let error = Plan::new(beside, 0).unwrap_err();
        assert!(matches!(error, BuildError::NotExclusive { .. }), "b may run beside a");
        let ordered = vec![exclusive("a", &[]), exclusive("b", &["a"]), stage("c", &["b"])];
        assert!(Plan::new(ordered, 0).is_ok(), "a pipeline may change events");
    }

    #[test]
    fn a_ring_needs_a_consumer() {
        assert!(matches!(Plan::new(vec![], 0), Err(BuildError::NoStages)), "nobody at all");
        assert!(Plan::new(vec![], 1).is_ok(), "somebody may join");
        let gate = Planned { role: Role::Gate, ..stage("gate", &[]) };
        assert!(matches!(Plan::new(vec![gate], 0), Err(BuildError::NoStages)), "a gate only");
        let group = Planned { role: Role::Consumers(0), ..stage("group", &[]) };
        assert!(matches!(Plan::new(vec![group], 0), Err(BuildError::NoMembers { .. })), "empty");
    }
}
