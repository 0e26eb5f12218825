//! The examples in every command's help. Each of them runs against the sandbox (`tests/help.rs` does that),
//! with an ARN of a role in `ROLE`: `sts3 sandbox --bucket demo`. No line is longer than a terminal is wide.

pub(crate) const LS: &str = "\
Examples:
  # buckets; one level of a bucket; every key, for people
  sts3 ls
  sts3 ls s3://demo/logs/2026/
  sts3 ls -rlH s3://demo --summarize
  # as a role, for programs, into a file
  sts3 ls -r s3://demo --role-arn $ROLE --output ndjson --out keys.ndjson
  # a part of it
  sts3 ls -r s3://demo --start-after logs/2026/01 --stop-at logs/2026/02
  sts3 ls --versions s3://demo/readme.md";

pub(crate) const DU: &str = "\
Examples:
  sts3 du -H s3://demo
  sts3 du --depth 2 --top 10 s3://demo --output csv";

pub(crate) const SPLIT: &str = "\
Examples:
  sts3 split s3://demo --parts 8
  # for workers: see examples/distributed
  sts3 split s3://demo --parts 8 --output ndjson";

pub(crate) const ASSUME_ROLE: &str = "\
Examples:
  sts3 assume-role --role-arn $ROLE --duration 15m
  eval \"$(sts3 assume-role --role-arn $ROLE --format env)\"
  # a role that asks for an external ID
  sts3 assume-role --role-arn ${ROLE%reader}partner --external-id sandbox-partner
  # for other SDKs, as credential_process
  sts3 assume-role --role-arn $ROLE --format process
  # in a job of GitHub Actions with `id-token: write`, without any key
  sts3 assume-role --role-arn $ROLE --web-identity github";

pub(crate) const SESSION_TOKEN: &str = "\
Examples:
  sts3 session-token --duration 2h
  # with MFA; without --mfa-code it asks
  sts3 session-token --mfa-serial arn:aws:iam::123456789012:mfa/sandbox --mfa-code 123456";

pub(crate) const CREDENTIALS: &str = "\
Examples:
  # secrets included
  sts3 credentials
  sts3 credentials --format ini >> more-credentials
  sts3 credentials --format env-no-export > keys.env";

#[cfg(feature = "x509")]
pub(crate) const ROLES_ANYWHERE: &str = "\
Examples:
  sts3 roles-anywhere --certificate laptop.pem --private-key laptop.key --role-arn $ROLE \\
    --trust-anchor-arn $TRUST_ANCHOR --profile-arn $ROLES_ANYWHERE_PROFILE
  # for any SDK, in ~/.aws/config: credential_process = sts3 roles-anywhere --certificate …";

pub(crate) const EXEC: &str = "\
Examples:
  sts3 exec --role-arn $ROLE -- env
  # a shell with these credentials
  sts3 exec --role-arn $ROLE
  # renewed for as long as it runs
  sts3 exec --serve --role-arn $ROLE -- sleep 1";

pub(crate) const CACHE: &str = "\
Examples:
  sts3 cache list
  sts3 cache clear --expired
  sts3 cache clear";

pub(crate) const LOGIN_URL: &str = "\
Examples:
  sts3 login-url --role-arn $ROLE --session-duration 1h
  sts3 login-url --role-arn $ROLE --destination https://console.aws.amazon.com/s3/";

pub(crate) const SSO: &str = "\
Examples:
  sts3 sso login --sso-session corp
  # in a container, or by SSH
  sts3 sso login --profile dev --device
  sts3 sso roles --profile dev --output csv
  sts3 sso logout --all";

pub(crate) const WHOAMI: &str = "\
Examples:
  sts3 whoami
  sts3 whoami --role-arn $ROLE --output json";

pub(crate) const DOCTOR: &str = "\
Examples:
  sts3 doctor
  sts3 doctor --bucket demo --role-arn $ROLE --output json";

pub(crate) const PROFILES: &str = "\
Examples:
  sts3 profiles
  sts3 profiles --output json";

pub(crate) const IAM: &str = "\
Examples:
  sts3 iam get-user
  sts3 iam get-role reader";

pub(crate) const BUCKET_EXISTS: &str = "\
Examples:
  sts3 bucket-exists demo";

pub(crate) const PRESIGN: &str = "\
Examples:
  sts3 presign s3://demo/readme.md --expires 10m
  sts3 presign s3://demo/upload.txt -X PUT";

pub(crate) const REQUEST: &str = "\
Examples:
  sts3 request \"$AWS_ENDPOINT_URL/demo?location\" --service s3
  sts3 request -i \"$AWS_ENDPOINT_URL/demo/readme.md\" --service s3";

pub(crate) const SIGN: &str = "\
Examples:
  sts3 sign 'https://s3.eu-west-1.amazonaws.com/demo?list-type=2'
  sts3 sign https://api.example.com/orders -d '{}' --service execute-api";

pub(crate) const EXPLAIN: &str = "\
Examples:
  sts3 explain refusal.xml
  # with what was sent, which tells more
  sts3 explain refusal.xml --request request.txt";

#[cfg(feature = "vectors")]
pub(crate) const VECTORS: &str = "\
Examples:
  sts3 vectors fixtures/sigv4
  sts3 vectors aws-sig-v4-test-suite/v4 --filter get-vanilla";

#[cfg(feature = "sandbox")]
pub(crate) const SANDBOX: &str = "\
Examples:
  # one command against a sandbox of its own
  sts3 sandbox --bucket demo -- sts3 ls s3://demo
  sts3 sandbox --bucket big:dated:1000 --error-rate 0.05 -- sts3 ls -r s3://big";

pub(crate) const COMPLETIONS: &str = "\
Examples:
  # in ~/.bashrc: source <(sts3 completions bash)
  sts3 completions bash > sts3.bash
  sts3 completions fish > sts3.fish";

#[cfg(feature = "man")]
pub(crate) const MAN: &str = "\
Examples:
  sts3 man man1
  # then: man -l man1/sts3-ls.1";
