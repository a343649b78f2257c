"""
Signs requests by the vendor's own SDK as it comes from PyPI. Reads a JSON array of requests from standard input; prints the headers of each.
"""

import json
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.sdk_request import SdkRequest


def sign(wanted):
    key = wanted["key"]
    credentials = BasicCredentials(key["accessKey"], key["secretKey"], key["projectId"])
    if "securityToken" in key:
        credentials = credentials.with_security_token(key["securityToken"])
    request = SdkRequest(
        method=wanted["method"],
        schema="https",
        host=wanted["host"],
        resource_path=wanted["path"],
        query_params=list(wanted["query"].items()),
        header_params={"content-type": "application/json", "X-Sdk-Date": wanted["date"]},
        body=wanted.get("body"),
    )
    return credentials.sign_request(request).header_params


print(json.dumps([sign(wanted) for wanted in json.load(sys.stdin)]))
