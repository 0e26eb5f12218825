//! The text form in which STS, IAM and most other services say what they signed: inside the message of
//! `SignatureDoesNotMatch`, in XML or JSON or as plain text.

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

/// Take a message apart.
pub(crate) fn split(message: &str) -> Message {
    let Some((words, rest)) = message.split_once(CANONICAL) else {
        let words = message.split(STRING_TO_SIGN).next().unwrap_or_default().trim().to_owned();
        return Message { words, string_to_sign: quoted(message, STRING_TO_SIGN), ..Message::default() };
    };
    Message {
        words: words.replace("\\n", " ").trim().to_owned(),
        canonical_request: quoted(&format!("{CANONICAL}{rest}"), CANONICAL),
        string_to_sign: quoted(rest, STRING_TO_SIGN),
    }
}

/// The text in single quotes behind a sentence. A quote inside the text (in a path, say) does not end it: the
/// end is the last quote in front of the next sentence.
fn quoted(message: &str, sentence: &str) -> Option<String> {
    let (_, rest) = message.split_once(sentence)?;
    let rest = rest.split(STRING_TO_SIGN).next().unwrap_or(rest);
    let start = rest.find('\'')? + 1;
    let end = rest.rfind('\'').filter(|end| *end >= start)?;
    let text = rest.get(start..end)?;
    // Taken from JSON without reading it as JSON.
    let has_lines = text.contains('\n') || !text.contains("\\n");
    Some(if has_lines {
        text.to_owned()
    } else {
        text.replace("\\n", "\n").replace("\\\"", "\"").replace("\\/", "/")
    })
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
