#!/bin/sh
# awscli as a client of the sandbox: aws must be on the PATH, the sandbox's variables set. Any failure ends it.
set -eu
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
expect() { [ "$1" = "$2" ] || { echo "FAILED: $3: '$1' is not '$2'"; exit 1; }; echo "$3: ok"; }

expect "$(aws s3 ls s3://big | wc -l | tr -d ' ')" 2500 "s3 ls"
expect "$(aws s3 ls s3://demo/logs/2026/)" "$(printf '                           PRE 01/\n                           PRE 02/')" "s3 ls, one level"
aws s3 mb s3://from-cli >/dev/null
printf 'some text' > "$work/in"
aws s3 cp "$work/in" "s3://from-cli/dir/a file+1.txt" >/dev/null
aws s3 cp "s3://from-cli/dir/a file+1.txt" "$work/out" >/dev/null
expect "$(cat "$work/out")" "some text" "s3 cp there and back"
expect "$(aws s3 ls s3://from-cli/dir/ | awk '{print $3}')" 9 "s3 ls of what was copied"
mkdir "$work/tree" && for n in 1 2 3; do printf %s "$n" > "$work/tree/$n"; done
aws s3 sync "$work/tree" s3://from-cli/tree >/dev/null
expect "$(aws s3 sync "$work/tree" s3://from-cli/tree)" "" "s3 sync finds nothing to do the second time"
aws s3 rm --recursive s3://from-cli >/dev/null
aws s3 rb s3://from-cli >/dev/null
expect "$(aws sts assume-role --role-arn "$STS3_ROLE_ARN" --role-session-name cli --query AssumedRoleUser.Arn --output text)" \
  arn:aws:sts::123456789012:assumed-role/reader/cli "sts assume-role"
expect "$(AWS_SECRET_ACCESS_KEY=wrong aws s3 ls 2>&1 | grep -c SignatureDoesNotMatch)" 1 "wrong secret"
