"""An S3-compatible store on a free port of the loopback address, for the length of a test run: it ends when its standard
input does. It checks every signature against a key of its own, and prints where it is as KEY:SECRET@HOST:PORT/BUCKET."""

import json
import os
import sys

# Making the user, the key, its rights and the bucket is not checked; everything after it is.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "beachhead-tests"
RIGHTS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
settings = dict(
    endpoint_url=f"http://{host}:{port}",
    region_name="us-east-1",
    aws_access_key_id="nobody",
    aws_secret_access_key="nothing",
)
iam = boto3.client("iam", **settings)
iam.create_user(UserName="tests")
key = iam.create_access_key(UserName="tests")["AccessKey"]
iam.put_user_policy(UserName="tests", PolicyName="all", PolicyDocument=json.dumps(RIGHTS))
boto3.client("s3", **settings).create_bucket(Bucket=BUCKET)
print(f"{key['AccessKeyId']}:{key['SecretAccessKey']}@{host}:{port}/{BUCKET}", flush=True)
sys.stdin.read()
