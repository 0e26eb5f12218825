use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use serde_json::json;
use sts3::{
    ServiceError,
    providers::{ChainProvider, Environment},
    sigv4::{Explanation, Received, ReceivedBody, SignedTexts, SigningSteps},
};

use crate::{
    common::{Common, Output},
    failure::Failure,
    input,
    output::{json_line, printable, write_explanation},
};

/// Arguments of `sts3 explain`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The body of a SignatureDoesNotMatch answer (S3's XML, or the text of STS and others); at most 1 MiB.
    #[arg(value_name = "FILE|-", default_value = "-")]
    refusal: PathBuf,
    /// The request that was refused, as it was sent: request line, headers, an empty line, the body;
    /// at most 1 GiB.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
}

pub(super) fn run(common: &Common, args: &Args) -> Result<ExitCode, Failure> {
    let refusal = if args.refusal == Path::new("-") {
        input::read_standard_input(input::MAX_REFUSAL)?
    } else {
        input::read("the refusal", &args.refusal, input::MAX_REFUSAL)?
    };
    let refusal = ServiceError::from_text(&String::from_utf8_lossy(&refusal));
    let sent = match &args.request {
        Some(path) => Some(read_request(path)?),
        None => None,
    };
    let ours = sent.as_ref().map_or_else(SignedTexts::new, |(_, steps)| SignedTexts::from(steps));
    let mut explanation = refusal.explain(&ours);
    if let Some((access_key_id, _)) = &sent {
        explanation = with_own_secret(common, explanation, access_key_id, &refusal);
    }
    print(common.output, &refusal, &explanation).map_err(Failure::Output)?;
    // Something was found, or there is too little to find anything in.
    let found = explanation.first().is_some() || explanation.is_complete();
    Ok(ExitCode::from(if found { 0 } else { 3 }))
}

/// If the key is at hand, its secret can be tried as well.
fn with_own_secret(
    common: &Common,
    explanation: Explanation,
    id: &str,
    refusal: &ServiceError,
) -> Explanation {
    let chain = ChainProvider::new(Environment::from_process());
    let chain = match &common.profile {
        Some(name) => chain.profile(name),
        None => chain,
    };
    match chain.static_keys() {
        Ok(Some(credentials)) if credentials.access_key_id() == id => {
            explanation.with_secret(credentials.secret_access_key(), &refusal.signed_texts())
        }
        _ => explanation,
    }
}

/// The key's id and what the request says that it signed.
fn read_request(path: &Path) -> Result<(String, SigningSteps), Failure> {
    let content = input::read("the request", path, input::MAX_BODY)?;
    let unreadable = |problem: &str| Failure::Usage(format!("{}: {problem}", path.display()));
    let (head, body) = split_message(&content);
    let head = std::str::from_utf8(head).map_err(|_| unreadable("its headers are not text"))?;
    let mut lines = head.lines().map(|line| line.trim_end_matches('\r'));
    // `curl -v` marks what it sent.
    let first = lines.next().unwrap_or_default().trim_start_matches("> ");
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next().filter(|word| !word.is_empty()), words.next()) else {
        return Err(unreadable("its first line is no request line (GET /path HTTP/1.1)"));
    };
    let (path_part, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines
        .map(|line| line.trim_start_matches("> "))
        .filter(|line| !line.is_empty())
        .map(|line| line.split_once(':').map(|(name, value)| (name.trim(), value.trim())))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| unreadable("a header has no colon"))?;
    let received =
        Received { method, path: path_part, query, headers: &headers, body: ReceivedBody::Bytes(body) };
    let steps = received.signing_steps(None).map_err(|mismatch| unreadable(&mismatch.to_string()))?;
    let access_key_id = received.access_key_id().unwrap_or_default();
    Ok((access_key_id, steps))
}

/// At the first empty line.
fn split_message(content: &[u8]) -> (&[u8], &[u8]) {
    let at = |separator: &[u8]| {
        let start = content.windows(separator.len()).position(|part| part == separator)?;
        Some((content.get(..start)?, content.get(start + separator.len()..)?))
    };
    at(b"\r\n\r\n").or_else(|| at(b"\n\n")).unwrap_or((content, b""))
}

fn print(output: Output, refusal: &ServiceError, explanation: &Explanation) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if output == Output::Text {
        write_explanation(&mut out, explanation)?;
        if explanation.first().is_none() && !refusal.message.is_empty() {
            writeln!(out, "the answer says: {}", printable(&refusal.message))?;
        }
    } else {
        let differences: Vec<_> = explanation
            .differences()
            .iter()
            .map(|difference| {
                json!({
                    "difference": difference.to_string(),
                    "ours": difference.ours,
                    "theirs": difference.theirs,
                    "cause": difference.cause(),
                })
            })
            .collect();
        let value = json!({ "summary": explanation.to_string(), "differences": differences });
        writeln!(out, "{}", json_line(&value)?)?;
    }
    out.flush()
}
