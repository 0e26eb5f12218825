use alloc::{borrow::Cow, string::String, vec::Vec};

use crate::{
    Error, Rules,
    percent::{BROKEN_ESCAPE, has_broken_escape, is_kept_in_path, percent_encode_path, recode},
    sink::Sink,
};

/// Characters of a path that an error shows.
const MAX_SHOWN: usize = 200;

/// Write the canonical path of a path as sent.
pub(super) fn write(path: &str, rules: Rules, sink: &mut impl Sink) {
    if matches!(path, "" | "/") {
        return sink.put_byte(b'/');
    }
    let path = encoded_once(path, rules);
    if rules.double_encode_path {
        sink.put(&percent_encode_path(&path));
    } else {
        sink.put(&path);
    }
}

/// What of a path is signed, as it could stand in a request line: before services other than S3 encode it again.
pub(super) fn encoded_once(path: &str, rules: Rules) -> Cow<'_, str> {
    let path = if path.is_empty() { "/" } else { path };
    let path = if rules.normalize_path { normalize(path) } else { Cow::Borrowed(path) };
    if rules.double_encode_path {
        return path;
    }
    // S3 signs the encoding of the object key, whatever spelling of it was sent: `test$file.text` is
    // `/test%24file.text` in the worked example of its documentation.
    match path {
        Cow::Borrowed(path) if is_plain(path) => Cow::Borrowed(path),
        Cow::Borrowed(path) => recode(path, is_kept_in_path),
        Cow::Owned(path) => Cow::Owned(recode(&path, is_kept_in_path).into_owned()),
    }
}

/// Whether a path holds only what no encoding changes: `-./0…9`, letters, `_` and `~`. Without an early end and by
/// ranges, so that it is vectorized: nearly all paths are plain.
#[inline]
fn is_plain(path: &str) -> bool {
    path.bytes().fold(true, |plain, byte| {
        let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        plain & (is_letter | (byte.wrapping_sub(b'-') < 13) | (byte == b'_') | (byte == b'~'))
    })
}

/// Refuse what cannot be on a request line.
pub(crate) fn check(path: &str) -> Result<(), Error> {
    if path == "/" || path.starts_with('/') && is_plain(path) {
        return Ok(());
    }
    let (mut is_sendable, mut has_escape) = (true, false);
    for byte in path.bytes() {
        is_sendable &= (byte > b' ') & (byte != 0x7F) & (byte != b'?') & (byte != b'#');
        has_escape |= byte == b'%';
    }
    let problem = if !path.is_empty() && !path.starts_with('/') {
        "it must start with `/`"
    } else if !is_sendable && path.contains('?') {
        "`?` ends the path: give the query apart, or encode it as %3F"
    } else if !is_sendable && path.contains('#') {
        "`#` ends the part of a URL that is sent: encode it as %23"
    } else if !is_sendable {
        "a blank or control character cannot be sent: encode it (a blank as %20)"
    } else if has_escape && has_broken_escape(path) {
        BROKEN_ESCAPE
    } else {
        return Ok(());
    };
    Err(Error::InvalidPath { path: shown(path), problem })
}

/// The start of it, without control characters.
fn shown(path: &str) -> String {
    path.escape_debug().take(MAX_SHOWN).collect()
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
    use alloc::string::ToString;

    use super::*;

    fn canonical(path: &str, rules: Rules) -> String {
        let mut text = String::new();
        write(path, rules, &mut text);
        text
    }

    // Expected values: botocore 1.44's SigV4Auth and S3SigV4Auth for the same paths.
    #[test]
    fn s3_folds_nothing_and_the_others_normalize_and_encode_again() {
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

    #[test]
    fn plain_paths_are_those_that_no_encoding_changes() {
        for byte in 0..=127_u8 {
            let path: String = ['/', char::from(byte)].iter().collect();
            assert_eq!(is_plain(&path), percent_encode_path(&path) == path, "{byte}");
        }
        assert!(!is_plain("/ü"));
    }

    // "PUT test$file.text" is `/test%24file.text` in the canonical request of S3's documentation ("Signature
    // Calculations for the Authorization Header"); "UriEncode": unreserved characters stay, hexadecimal digits are
    // upper case, slashes of a key are not encoded. SeaweedFS 4.48 and Ceph 16 accept these and no others.
    #[test]
    fn s3_signs_the_key_whatever_its_spelling() {
        for (sent, s3) in [
            ("/test$file.text", "/test%24file.text"),
            ("/test%24file.text", "/test%24file.text"),
            ("/=+@:!'()*&,;[]~", "/%3D%2B%40%3A%21%27%28%29%2A%26%2C%3B%5B%5D~"),
            ("/%c3%bc", "/%C3%BC"),
            ("/ü", "/%C3%BC"),
            ("/%7E%7e%41%2D", "/~~A-"),
            ("/a%2Fb%2fc", "/a/b/c"),
            ("/%2e%2E/x", "/../x"),
            ("/a%2520b", "/a%2520b"),
            ("/a+b%20c%2b", "/a%2Bb%20c%2B"),
        ] {
            assert_eq!(canonical(sent, Rules::S3), s3, "{sent}");
        }
    }

    #[test]
    fn paths_that_cannot_be_sent_are_refused() {
        for sent in ["", "/", "/a%20b", "/ü", "/=+@:!'()*$&,;[]~", "/a//../b", "/{a}|^`\\\"<>"] {
            assert_eq!(check(sent), Ok(()), "{sent}");
        }
        for (sent, why) in [
            ("nopath", "start with `/`"),
            ("*", "start with `/`"),
            ("http://h/x", "start with `/`"),
            ("/?x=y", "`?` ends the path"),
            ("/a#b", "`#` ends"),
            ("/a b", "blank"),
            ("/a\nb", "blank or control"),
            ("/a\r\nX: y", "blank or control"),
            ("/a\u{7f}", "blank or control"),
            ("/\u{0}", "blank or control"),
            ("/100%", "two hexadecimal digits"),
            ("/%4", "two hexadecimal digits"),
            ("/%zz", "two hexadecimal digits"),
        ] {
            let error = check(sent).unwrap_err();
            let Error::InvalidPath { path, problem } = &error else { panic!("{error:?}") };
            assert!(problem.contains(why), "{sent:?}: {problem}");
            assert!(!path.contains(char::is_control), "{path:?}");
        }
        let long = ["/", &"\n".repeat(100_000)].concat();
        assert!(check(&long).unwrap_err().to_string().len() < 1_000);
    }
}
