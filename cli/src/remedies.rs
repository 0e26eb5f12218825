//! What a person at the command line can do about an error: the words for each [`Remedy`].

use sts3::Remedy;

/// In one line. Where the library's own words name nothing that only a program can do, they serve here too.
pub(crate) fn words(remedy: Remedy) -> String {
    own_words(remedy).map_or_else(|| remedy.to_string(), str::to_owned)
}

/// For a bucket that does not exist, where the account has one of a similar name.
pub(crate) fn other_bucket(similar: &str) -> String {
    format!("no such bucket: did you mean `{}`?", similar.escape_debug())
}

/// Those that name options, commands and variables.
fn own_words(remedy: Remedy) -> Option<&'static str> {
    Some(match remedy {
        Remedy::RenewCredentials => {
            "the session has ended: get new credentials, or let sts3 renew them with --role-arn"
        }
        Remedy::ProvideCredentials => {
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile or AWS_PROFILE"
        }
        Remedy::CheckAccessKey => {
            "the key is unknown here: wrong partition or endpoint, a deactivated key, or a temporary key (ASIA…) \
             without its AWS_SESSION_TOKEN"
        }
        Remedy::CheckSessionToken => {
            "the session token is altered, cut or from the global STS endpoint: use the regional endpoint and look \
             for line breaks or quotes in AWS_SESSION_TOKEN"
        }
        Remedy::RemoveSessionToken => {
            "the key (AKIA…) is a user's own and needs no session token: the one beside it is left over from another key; \
             unset AWS_SESSION_TOKEN, or remove the profile's aws_session_token"
        }
        Remedy::AddSessionToken => {
            "the key (ASIA…) is a session's, and its token is missing: set AWS_SESSION_TOKEN (in a profile, aws_session_token) \
             from the place where the key comes from"
        }
        Remedy::AllowAssumeRole => {
            "the role's trust policy must name the caller (see `sts3 whoami`); an external ID or MFA code may be \
             missing, and the account's root user can never assume roles"
        }
        Remedy::AllowAction => "the identity (see `sts3 whoami`) has no permission for this action",
        Remedy::CheckBucketName => "no such bucket: check its name; `sts3 ls` prints those of the account",
        Remedy::NameRegion => "the bucket is in another region: give it with --region",
        Remedy::CorrectRegion => {
            "this endpoint serves another region than the request is signed for (us-east-1 if none is set): give the endpoint's \
             with --region, AWS_REGION or the profile's region"
        }
        Remedy::SignRequest => {
            "the request arrived unsigned: leave out --no-sign-request, or look for a proxy that drops headers"
        }
        Remedy::TrustCertificate => {
            "check the host name; give a private CA's certificate with --ca-bundle; a bare container needs the \
             package ca-certificates"
        }
        Remedy::ListSequentially => "ls and du with --concurrency 1 ask for one page after the other",
        Remedy::ListFolders => {
            "its answers contradict each other, so no list of the whole is sure: list its folders one by one (ls -r \
             s3://BUCKET/FOLDER/), and tell whoever runs it"
        }
        Remedy::ListByOtherVersion => "another version of the listing may do: `ls` with --v1, or without it",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the library says to programmers stands here only where it helps at a command line, too.
    #[test]
    fn every_remedy_has_words_for_people_at_a_command_line() {
        for remedy in Remedy::ALL {
            let words = words(*remedy);
            assert!(words.len() > 10 && !words.contains('\n'), "{remedy:?}: {words}");
            // Between backticks stand commands; items of the library begin otherwise.
            for code in words.split('`').skip(1).step_by(2) {
                assert!(code.starts_with("sts3 ") || code == "ls", "{remedy:?} names `{code}`");
            }
            for item in ["client", "transport"] {
                assert!(!words.split(' ').any(|word| word == item), "{remedy:?} speaks of a {item}: {words}");
            }
        }
    }
}
