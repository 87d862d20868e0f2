//! Which spans a request was waiting for.

use super::nesting::Edges;

/// The stretches of the critical path: place of the span, from, to (ns).
///
/// From the root's end backwards: the child that ended last before that moment held everything up; before it began its
/// parent did, and so on (the walk of Zhang and others, "CRISP", USENIX ATC 2022). A child that outlives its parent holds
/// it up to the parent's end: it was given up then.
pub fn find(root: usize, children: &[Vec<usize>], edges: &Edges) -> Vec<(usize, i64, i64)> {
    let edge = |i: usize| edges.get(i).copied().unwrap_or_default();
    let mut path = Vec::new();
    let mut stack = vec![(root, edge(root))];
    while let Some((at, (start, end))) = stack.pop() {
        let mut below: Vec<usize> = children.get(at).cloned().unwrap_or_default();
        below.sort_by_key(|i| std::cmp::Reverse(edge(*i).1.min(end)));
        let mut until = end;
        for child in below {
            let (from, to) = (edge(child).0.max(start), edge(child).1.min(end));
            if to > until || from >= to {
                continue;
            }
            push(&mut path, at, to, until);
            stack.push((child, (from, to)));
            until = from;
        }
        push(&mut path, at, start, until);
    }
    path.sort_by_key(|(_, from, _)| *from);
    path
}

fn push(path: &mut Vec<(usize, i64, i64)>, at: usize, from: i64, to: i64) {
    if to > from {
        path.push((at, from, to));
    }
}
