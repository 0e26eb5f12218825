"""Print a bucket's keys as boto3 lists them: list.py BUCKET [DELIMITER]. JSON: {"keys": […], "prefixes": […]}."""
import json, sys
import boto3, botocore

s3 = boto3.client("s3", config=botocore.config.Config(s3={"addressing_style": "path"}))
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=sys.argv[1], Delimiter="".join(sys.argv[2:]))
found = {"keys": [], "prefixes": []}
for page in pages:
    found["keys"] += [item["Key"] for item in page.get("Contents", [])]
    found["prefixes"] += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
print(json.dumps(found))
