//! The name that somebody may have meant.

/// The one of some names that is nearest to a misspelt one: at most one letter in four is wrong, missing or too much, or
/// in its neighbour's place, but for one letter in any name of three or more.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = match name.chars().count() {
        0..3 => return None,
        length => (length / 4).clamp(1, 3),
    };
    let near = names.map(|other| (distance(name, other, most), other));
    let (_, nearest) = near.filter(|(distance, _)| (1..=most).contains(distance)).min()?;
    Some(nearest)
}

/// Insertions, deletions, substitutions and exchanges of neighbours (optimal string alignment), of letters whose case
/// makes no difference but a little: names that differ by it alone have the distance 1.
fn distance(one: &str, other: &str, most: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (one.to_lowercase().chars().collect(), other.to_lowercase().chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut cost = (at(&row, j) + usize::from(x != y)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let is_exchange = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if is_exchange {
                cost = cost.min(at(&before, j - 1) + 1);
            }
            next.push(cost);
        }
        before = std::mem::replace(&mut row, next);
    }
    let distance = row.last().copied().unwrap_or(usize::MAX);
    if distance == 0 && one != other { 1 } else { distance }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_right_one_and_another_name_none() {
        let names = ["default", "work", "work-admin", "staging", "eu-west-1", "eu-west-2", "us-east-1"];
        for (name, expected) in [
            ("wrok", Some("work")),
            ("wokr-admin", Some("work-admin")),
            ("Work", Some("work")),
            ("stagin", Some("staging")),
            ("stagging", Some("staging")),
            ("eu-wets-1", Some("eu-west-1")),
            ("eu_west_2", Some("eu-west-2")),
            ("us-east1", Some("us-east-1")),
            ("work", None),
            ("home", None),
            ("wo", None),
            ("", None),
            ("production", None),
        ] {
            let others = names.iter().copied().filter(|other| *other != name || expected.is_some());
            assert_eq!(nearest(name, others), expected, "{name}");
        }
    }
}
