use alloc::{borrow::Cow, string::String, vec::Vec};

use crate::{Rules, percent, sink::Sink};

/// Write the canonical path of a path as sent.
pub(super) fn write(path: &str, rules: Rules, sink: &mut impl Sink) {
    let path = encoded_once(path, rules);
    if rules.double_encode_path {
        sink.put(&percent::percent_encode_path(&path));
    } else {
        sink.put(&path);
    }
}

/// What of a path is signed, as it could stand in a request line: before services other than S3 encode it again.
pub(super) fn encoded_once(path: &str, rules: Rules) -> Cow<'_, str> {
    let path = if path.is_empty() { "/" } else { path };
    if rules.normalize_path { normalize(path) } else { Cow::Borrowed(path) }
}

/// Drop `.` segments and empty ones, let `..` take back the segment before it; a trailing slash stays.
fn normalize(path: &str) -> Cow<'_, str> {
    if !path.contains("/.") && !path.contains("//") && path.starts_with('/') {
        return Cow::Borrowed(path);
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            _ => kept.push(segment),
        }
    }
    let mut normal = String::with_capacity(path.len() + 1);
    for segment in &kept {
        normal.push('/');
        normal.push_str(segment);
    }
    if kept.is_empty() || path.ends_with('/') {
        normal.push('/');
    }
    Cow::Owned(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(path: &str, rules: Rules) -> String {
        let mut text = String::new();
        write(path, rules, &mut text);
        text
    }

    // Expected values: botocore 1.44's SigV4Auth and S3SigV4Auth for the same paths.
    #[test]
    fn s3_signs_the_path_as_sent_and_the_others_normalize_and_encode_it_again() {
        for (sent, standard, s3) in [
            ("", "/", "/"),
            ("/", "/", "/"),
            ("/a%20b/", "/a%2520b/", "/a%20b/"),
            ("//a//b//", "/a/b/", "//a//b//"),
            ("/a/./b/../c", "/a/c", "/a/./b/../c"),
            ("/../x", "/x", "/../x"),
            ("/a/..", "/", "/a/.."),
            ("/.hidden", "/.hidden", "/.hidden"),
        ] {
            assert_eq!(canonical(sent, Rules::STANDARD), standard, "{sent}");
            assert_eq!(canonical(sent, Rules::S3), s3, "{sent}");
        }
    }
}
