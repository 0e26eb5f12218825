#!/bin/sh
# A script that uses awscli with a role's credentials, tested against a sandbox of its own:
#   sts3 sandbox --bucket logs:dated:5000 -- sh sandbox/examples/inventory.sh
# (The sandbox sets AWS_ENDPOINT_URL, keys and STS3_ROLE_ARN, and ends with the script, whose exit status is its own.)
set -eu
eval "$(aws sts assume-role --role-arn "$STS3_ROLE_ARN" --role-session-name inventory --query Credentials --output text |
  awk '{print "export AWS_ACCESS_KEY_ID=" $1 " AWS_SECRET_ACCESS_KEY=" $3 " AWS_SESSION_TOKEN=" $4}')"
objects=$(aws s3api list-objects-v2 --bucket logs --query 'length(Contents)' --output json)
[ "$objects" -eq 5000 ] || { echo "expected 5000 objects, found $objects" >&2; exit 1; }
echo "5000 objects, with a role's credentials"
