"""
The procedure of the vendor's "Example 1: Creating a Single Stream Recording Job", and what belongs to it, by the vendor's own SDK as it comes from
PyPI. Endpoint, key pair and callback URL come from the environment. Prints one JSON object: for each call its status and its response as the SDK's
models have read it, or what the SDK made of the rejection.
"""

import json
import os
import time

from huaweicloudsdkcloudrtc.v2 import (
    AppCallbackUrlReq,
    AppReq,
    CloudRTCClient,
    CreateAppRequest,
    CreateIndividualStreamJobRequest,
    CreateRecordRuleRequest,
    DeleteRecordRuleRequest,
    IndividualStreamJobReq,
    ListAppsRequest,
    ListObsBucketObjectsRequest,
    ListObsBucketsRequest,
    ListRecordRulesRequest,
    MP4RecordConfig,
    ObsAuthorityConfig,
    RecordObsFileAddr,
    RecordParam,
    RecordRuleReq,
    ShowAppRequest,
    ShowIndividualStreamJobRequest,
    ShowRecordCallbackRequest,
    ShowRecordRuleRequest,
    StopIndividualStreamJobRequest,
    UpdateObsBucketAuthorityRequest,
    UpdateRecordCallbackRequest,
    UpdateRecordRuleRequest,
)
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException

BUCKET, LOCATION, PROJECT_ID = "obsName", "cn-north-4", "01234567890123456789012345678901"
LIMIT_SECONDS = 60

credentials = BasicCredentials(os.environ["VENDOR_ACCESS_KEY"], os.environ["VENDOR_SECRET_KEY"], PROJECT_ID)
client = (
    CloudRTCClient.new_builder()
    .with_credentials(credentials)
    .with_endpoint(os.environ["VENDOR_ENDPOINT"])
    .build()
)
responses = {}


def call(name, method, request):
    try:
        response = method(request)
    except ServiceResponseException as rejected:
        responses[name] = {
            "status": rejected.status_code,
            "error_code": rejected.error_code,
            "error_msg": rejected.error_msg,
            "request_id": rejected.request_id,
        }
        return None
    responses[name] = {"status": response.status_code, **response.to_dict()}
    return response


def main():
    access = ObsAuthorityConfig(bucket=BUCKET, operation=1, location=LOCATION, project_id=PROJECT_ID)
    if call("authorize", client.update_obs_bucket_authority, UpdateObsBucketAuthorityRequest(body=access)) is None:
        return
    call("buckets", client.list_obs_buckets, ListObsBucketsRequest())

    app_id = call("createApp", client.create_app, CreateAppRequest(body=AppReq(app_name="rtctest"))).app_id
    call("createAppAgain", client.create_app, CreateAppRequest(body=AppReq(app_name="rtctest")))
    call("apps", client.list_apps, ListAppsRequest(offset=0, limit=100, state="ACTIVATION"))
    call("app", client.show_app, ShowAppRequest(app_id=app_id))

    address = RecordObsFileAddr(location=LOCATION, project_id=PROJECT_ID, bucket=BUCKET, object="Record/")
    rule = RecordRuleReq(obs_addr=address, record_formats=["MP4"], mp4_config=MP4RecordConfig())
    rule_id = call("createRule", client.create_record_rule, CreateRecordRuleRequest(app_id=app_id, body=rule)).rule_id
    call("rules", client.list_record_rules, ListRecordRulesRequest(app_id=app_id))
    call("rule", client.show_record_rule, ShowRecordRuleRequest(app_id=app_id, rule_id=rule_id))
    rule.mp4_config = MP4RecordConfig(record_cycle=3600)
    call("updateRule", client.update_record_rule, UpdateRecordRuleRequest(app_id=app_id, rule_id=rule_id, body=rule))

    callback = AppCallbackUrlReq(url=os.environ["VENDOR_CALLBACK_URL"], auth_key=os.environ["VENDOR_AUTH_KEY"])
    request = UpdateRecordCallbackRequest(app_id=app_id, body=callback)
    call("updateCallback", client.update_record_callback, request)
    call("callback", client.show_record_callback, ShowRecordCallbackRequest(app_id=app_id))

    job = IndividualStreamJobReq(
        room_id="room001",
        user_id="user001",
        is_record_audio=True,
        video_type="CAMERASTREAM",
        select_stream_type="HD",
        max_idle_time=30,
        record_param=RecordParam(record_rule_id=rule_id),
    )
    request = CreateIndividualStreamJobRequest(app_id=app_id, body=job)
    job_id = call("startJob", client.create_individual_stream_job, request).job_id
    show = ShowIndividualStreamJobRequest(app_id=app_id, job_id=job_id)
    deadline = time.monotonic() + LIMIT_SECONDS
    while call("runningJob", client.show_individual_stream_job, show).state != "RUNNING":
        if time.monotonic() > deadline:
            raise TimeoutError(f"job {job_id} is not running after {LIMIT_SECONDS} s")
        time.sleep(0.05)
    stop = StopIndividualStreamJobRequest(app_id=app_id, job_id=job_id)
    call("stopJob", client.stop_individual_stream_job, stop)
    call("stopJobAgain", client.stop_individual_stream_job, stop)
    call("stoppedJob", client.show_individual_stream_job, show)
    absent = ShowIndividualStreamJobRequest(app_id=app_id, job_id="of-no-one")
    call("absentJob", client.show_individual_stream_job, absent)

    for name, prefix in [("objects", "Record/"), ("noObjects", "ä &+=?/~'*")]:
        request = ListObsBucketObjectsRequest(bucket=BUCKET, prefix=prefix, type="objects", location=LOCATION)
        call(name, client.list_obs_bucket_objects, request)
    call("deleteRule", client.delete_record_rule, DeleteRecordRuleRequest(app_id=app_id, rule_id=rule_id))


main()
print(json.dumps(responses))
