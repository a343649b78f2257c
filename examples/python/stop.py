"""Queries the status of a recording, and stops it: `python stop.py rtctest room001 user001 [--screen]`.

The response comes at once, before the vendor has stopped the job; whoever waits for the result gets it as usual.
"""

from __future__ import annotations

import argparse
import asyncio
import sys

from temporalio.service import RPCError, RPCStatusCode

from connection import connect, leave
from contract import STATUS_QUERY, STOP_UPDATE, RecordingStatus, workflow_id


async def main(id: str) -> int:
    handle = (await connect()).get_workflow_handle(id)
    try:
        status = await handle.query(STATUS_QUERY, result_type=RecordingStatus)
        print(f"{id} is {status['phase']}, {status['fileCount']} files so far")
        status = await handle.execute_update(STOP_UPDATE, result_type=RecordingStatus)
        print(f"{id} is to end, by {status.get('stopRequestedBy', 'its job')}")
        return 0
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        print(f"nothing to stop: {id} is not running", file=sys.stderr)
        return 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Ends a recording.")
    parser.add_argument("app")
    parser.add_argument("room")
    parser.add_argument("user")
    parser.add_argument("--screen", action="store_true", help="the shared screen instead of the camera")
    arguments = parser.parse_args()
    leave(asyncio.run(main(workflow_id(arguments.app, arguments.room, arguments.user, arguments.screen))))
