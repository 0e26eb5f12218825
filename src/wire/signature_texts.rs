//! The text form in which STS, IAM and most other services say what they signed: inside the message of
//! `SignatureDoesNotMatch`, in XML or JSON or as plain text.

use sigv4::Explanation;

/// What is kept of a message, in bytes; what is shown of it is less.
const MAX_WORDS: usize = 16 * 1024;

const CANONICAL: &str = "The Canonical String for this request should have been";
const STRING_TO_SIGN: &str = "The String-to-Sign should have been";

/// A message, and what was found in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// The sentence in front, without the texts: they may hold a session token.
    pub(crate) words: String,
    pub(crate) canonical_request: Option<String>,
    pub(crate) string_to_sign: Option<String>,
}

/// Take a message apart. What is kept of it is bounded: see [`bounded`].
pub(crate) fn split(message: &str) -> Message {
    let (words, canonical) = match message.split_once(CANONICAL) {
        Some((words, rest)) => (words.replace("\\n", " "), Some(rest)),
        None => (message.split(STRING_TO_SIGN).next().unwrap_or_default().to_owned(), None),
    };
    let string_to_sign = canonical.unwrap_or(message).split_once(STRING_TO_SIGN).map(|(_, rest)| rest);
    Message {
        words: cut(words.trim(), MAX_WORDS).to_owned(),
        canonical_request: canonical.and_then(quoted),
        string_to_sign: string_to_sign.and_then(quoted),
    }
}

/// A text of the service's, cut where it is larger than any that will be compared, so that an error holds no more
/// than that. One byte more than the limit is kept: whoever compares must see that it is not all.
pub(crate) fn bounded(text: String) -> String {
    if text.len() <= Explanation::MAX_TEXT {
        return text;
    }
    cut(&text, Explanation::MAX_TEXT + 4).to_owned()
}

/// The start of a text, of at most so many bytes and whole characters.
fn cut(text: &str, limit: usize) -> &str {
    if text.len() <= limit {
        return text;
    }
    let end = (0..=limit).rev().find(|end| text.is_char_boundary(*end));
    text.get(..end.unwrap_or_default()).unwrap_or_default()
}

/// The text in single quotes behind a sentence. A quote inside the text (in a path, say) does not end it: the
/// end is the last quote in front of the next sentence.
fn quoted(rest: &str) -> Option<String> {
    let rest = rest.split(STRING_TO_SIGN).next().unwrap_or(rest);
    let start = rest.find('\'')? + 1;
    let end = rest.rfind('\'').filter(|end| *end >= start)?;
    let text = rest.get(start..end)?;
    // Taken from JSON without reading it as JSON.
    let has_lines = text.contains('\n') || !text.contains("\\n");
    Some(bounded(if has_lines {
        text.to_owned()
    } else {
        text.replace("\\n", "\n").replace("\\\"", "\"").replace("\\/", "/")
    }))
}

/// The times that a message names, `20150830T123600Z`: the first is the request's, the last the service's.
pub(crate) fn times(message: &str) -> Option<(sigv4::Timestamp, sigv4::Timestamp)> {
    let words = message.split(|c: char| !c.is_ascii_alphanumeric());
    let mut times = words.filter_map(sigv4::Timestamp::parse);
    let first = times.next()?;
    Some((first, times.next_back()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    // The form of STS's answers, as its documentation and public issue threads show it.
    const STS: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
        Secret Access Key and signing method.\n\nThe Canonical String for this request should have been\n'POST\n/it's\n\n\
        host:sts.amazonaws.com\n\nhost\nabc'\n\nThe String-to-Sign should have been\n'AWS4-HMAC-SHA256\n\
        20150830T123600Z\n20150830/us-east-1/sts/aws4_request\ndef'\n";

    #[test]
    fn both_texts_are_taken_out_of_the_message() {
        let message = split(STS);
        assert!(message.words.ends_with("signing method."), "{}", message.words);
        assert_eq!(
            message.canonical_request.as_deref(),
            Some("POST\n/it's\n\nhost:sts.amazonaws.com\n\nhost\nabc")
        );
        let string_to_sign = "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/sts/aws4_request\ndef";
        assert_eq!(message.string_to_sign.as_deref(), Some(string_to_sign));
        // The same inside JSON.
        let json = split(&format!("{{\"message\":\"{}\"}}", STS.replace('\n', "\\n")));
        assert_eq!(json.canonical_request, message.canonical_request);
        assert_eq!(json.string_to_sign, message.string_to_sign);
    }

    #[test]
    fn an_error_keeps_no_more_of_the_texts_than_can_be_compared() {
        for filler in ["x".repeat(20_000_000), "ü".repeat(100_000), "'\n".repeat(100_000)] {
            let message = split(&format!("{filler} {CANONICAL}\n'{filler}'\n\n{STRING_TO_SIGN}\n'{filler}'"));
            assert!(message.words.len() <= MAX_WORDS);
            for text in [message.canonical_request, message.string_to_sign] {
                let length = text.unwrap().len();
                // What was cut must not look whole.
                assert!((Explanation::MAX_TEXT + 1..Explanation::MAX_TEXT + 8).contains(&length), "{length}");
            }
        }
        let whole = "x".repeat(Explanation::MAX_TEXT);
        assert_eq!(bounded(whole.clone()), whole);
    }

    #[test]
    fn other_messages_stay_as_they_are() {
        for text in [
            "",
            "Access Denied",
            "should have been 'x'",
            "The Canonical String for this request should have been",
        ] {
            let message = split(text);
            assert_eq!((message.canonical_request, message.string_to_sign), (None, None), "{text}");
        }
        assert_eq!(split("Access Denied").words, "Access Denied");
    }

    #[test]
    fn the_clocks_of_an_expired_signature_are_found() {
        let text = "Signature expired: 20150830T123600Z is now earlier than 20150830T140000Z (20150830T141500Z - 15 min.)";
        let (signed, server) = times(text).unwrap();
        assert_eq!(
            (signed.to_string().as_str(), server.to_string().as_str()),
            ("20150830T123600Z", "20150830T141500Z")
        );
        assert_eq!(times("no times"), None);
    }
}
