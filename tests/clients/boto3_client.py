"""boto3 as a client of the sandbox. Needs the sandbox's variables; prints one line per check and exits 1 if any fails."""
import os
import random
import tempfile
import time
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
failures = 0


def client(service, credentials=None, **changes):
    keys = {}
    if credentials:
        keys = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials["SessionToken"],
        }
    return boto3.client(service, config=CONFIG, **{**keys, **changes})


def check(name, expected, call):
    """`expected` is a value, or the status and code of a refusal."""
    global failures
    try:
        found = call()
    except ClientError as error:
        answer = error.response
        found = (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"])
    verdict = "ok" if found == expected else f"FAILED: {found!r} is not {expected!r}"
    failures += found != expected
    print(f"{name}: {verdict}")


sts = client("sts")
role = sts.assume_role(RoleArn=os.environ["STS3_ROLE_ARN"], RoleSessionName="boto3")["Credentials"]
session = sts.get_session_token(DurationSeconds=7200)["Credentials"]
limited = sts.assume_role(RoleArn=os.environ["STS3_LIMITED_ROLE_ARN"], RoleSessionName="boto3")["Credentials"]


def listed(credentials, bucket, **parameters):
    pages = client("s3", credentials).get_paginator("list_objects_v2").paginate(Bucket=bucket, **parameters)
    return [len(page.get("Contents", [])) for page in pages]


def token_with(change):
    return {**role, "SessionToken": change}


check("role lists 2,500 keys in 3 pages", [1000, 1000, 500], lambda: listed(role, "big"))
check("session token lists them too", [1000, 1000, 500], lambda: listed(session, "big"))
check("limited role lists demo", [24], lambda: listed(limited, "demo"))
check("limited role is refused elsewhere", (403, "AccessDenied"), lambda: listed(limited, "big"))
check("wrong secret", (403, "SignatureDoesNotMatch"), lambda: listed({**role, "SecretAccessKey": "x" * 40}, "demo"))
check("token missing", (403, "InvalidAccessKeyId"), lambda: listed(token_with(None), "demo"))
check("token altered", (400, "InvalidToken"), lambda: listed(token_with(role["SessionToken"].replace("FwoG", "FwoH")), "demo"))
check("token missing at STS", (403, "InvalidClientTokenId"), lambda: client("sts", token_with(None)).get_caller_identity())
check("unknown bucket", (404, "NoSuchBucket"), lambda: listed(role, "no-such-bucket"))
check("who", "arn:aws:sts::123456789012:assumed-role/reader/boto3", lambda: client("sts", role).get_caller_identity()["Arn"])
check("IAM role", "reader", lambda: client("iam").get_role(RoleName="reader")["Role"]["RoleName"])
check("no IAM role", (404, "NoSuchEntity"), lambda: client("iam").get_role(RoleName="nobody"))
check("create user", "boto", lambda: client("iam").create_user(UserName="boto")["User"]["UserName"])
check("create it again", (409, "EntityAlreadyExists"), lambda: client("iam").create_user(UserName="boto"))
check("bucket exists", 200, lambda: client("s3").head_bucket(Bucket="demo")["ResponseMetadata"]["HTTPStatusCode"])
check("bucket does not", (404, "404"), lambda: client("s3").head_bucket(Bucket="no-such-bucket"))


def ranged(header):
    answer = s3.get_object(Bucket="made", Key=KEY, Range=header)
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Body"].read(), answer["ContentRange"]


def downloaded(key):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        s3.download_file("made", key, path)
        with open(path, "rb") as file:
            return file.read()


s3 = client("s3")
KEY = "new/ü +%&?#.txt"
check("create a bucket", 200, lambda: s3.create_bucket(Bucket="made")["ResponseMetadata"]["HTTPStatusCode"])
check("put", '"5d41402abc4b2a76b9719d911017c592"', lambda: s3.put_object(Bucket="made", Key=KEY, Body=b"hello")["ETag"])
check("get", b"hello", lambda: s3.get_object(Bucket="made", Key=KEY)["Body"].read())
check("head", 5, lambda: s3.head_object(Bucket="made", Key=KEY)["ContentLength"])
check("list", [KEY], lambda: [item["Key"] for item in s3.list_objects_v2(Bucket="made")["Contents"]])
check("reader may not write", (403, "AccessDenied"), lambda: client("s3", role).put_object(Bucket="made", Key="x", Body=b""))
check("range", (206, b"ell", "bytes 1-3/5"), lambda: ranged("bytes=1-3"))
check("range behind the end", (416, "InvalidRange"), lambda: ranged("bytes=5-"))
check("tagging is refused", (501, "NotImplemented"), lambda: s3.put_object_tagging(Bucket="made", Key=KEY, Tagging={"TagSet": []}))
check("a version is not deleted", (501, "NotImplemented"), lambda: s3.delete_object(Bucket="made", Key=KEY, VersionId="null"))
check("no upload is aborted", (501, "NotImplemented"), lambda: s3.abort_multipart_upload(Bucket="made", Key=KEY, UploadId="x"))
check("the object is as it was", b"hello", lambda: s3.get_object(Bucket="made", Key=KEY)["Body"].read())
check("delete", 204, lambda: s3.delete_object(Bucket="made", Key=KEY)["ResponseMetadata"]["HTTPStatusCode"])
# Large enough for boto3 to fetch it in three parts of 8 MiB at once, each by a range.
LARGE = random.Random(1).randbytes(20_000_000)
check("put 20 MB", True, lambda: bool(s3.put_object(Bucket="made", Key="large", Body=LARGE)["ETag"]))
check("download_file", True, lambda: downloaded("large") == LARGE)
check("delete it", 204, lambda: s3.delete_object(Bucket="made", Key="large")["ResponseMetadata"]["HTTPStatusCode"])
check("empty again", 0, lambda: s3.list_objects_v2(Bucket="made")["KeyCount"])
# Without this, boto3 presigns by the older version 2.
v4 = boto3.client("s3", config=CONFIG.merge(Config(signature_version="s3v4")))
url = v4.generate_presigned_url("list_objects_v2", Params={"Bucket": "demo", "Prefix": "a b/"}, ExpiresIn=60)
check("presigned URL", 200, lambda: urllib.request.urlopen(url).status)
given = {"Bucket": "demo", "Key": "readme.md", "ResponseContentType": "text/csv"}
csv = v4.generate_presigned_url("get_object", Params=given, ExpiresIn=60)
check("presigned URL with a type", "text/csv", lambda: urllib.request.urlopen(csv).headers["content-type"])

if lifetime := os.environ.get("STS3_SESSION_LIFETIME"):
    time.sleep(float(lifetime) + 0.5)
    check("expired at S3", (400, "ExpiredToken"), lambda: listed(role, "demo"))
    check("expired at STS", (403, "ExpiredToken"), lambda: client("sts", role).get_caller_identity())

raise SystemExit(1 if failures else 0)
