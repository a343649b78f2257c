"""Starts a recording, waits for its end and prints what lies in the bucket: `python record.py ../recording.json`.

Ends with 0 when there is a result, with 75 when another try is worth it, and with 1 when someone has to do something first.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from connection import connect, leave
from contract import TASK_QUEUE, WORKFLOW_TYPE, RecordingResult, workflow_id_of

# The vendor may be well again later. Any other failure would only come back.
WORTH_ANOTHER_TRY = {"VendorUnavailable", "JobStartUnknown"}
EXIT_TRY_AGAIN = 75


async def start(client: Client, recording: dict[str, Any]) -> WorkflowHandle[Any, RecordingResult]:
    """Starts the recording, unless this stream is being recorded already: then it is that one."""
    id = workflow_id_of(recording)
    try:
        handle = await client.start_workflow(
            WORKFLOW_TYPE,
            recording,
            id=id,
            task_queue=TASK_QUEUE,
            # A second start while one is open is rejected instead of quietly joined, so that the caller knows which of the two it was.
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
            # After its end the same stream may be recorded again.
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            result_type=RecordingResult,
        )
        print(f"started {id}", flush=True)
        return handle
    except WorkflowAlreadyStartedError:
        print(f"already running: {id}; the input of this start counts for nothing", flush=True)
        return client.get_workflow_handle(id, result_type=RecordingResult)


def print_result(result: RecordingResult) -> None:
    print(f"{result['outcome']}, ended by {result['endedBy']}: {result['fileCount']} files, {result['totalSize']} bytes")
    for file in result["files"]:
        print(f"  {file['bucket']}/{file['object']} ({file['format']}, {file['size']} bytes)")
    for warning in result["warnings"]:
        print(f"  warning: {warning}")


def explain(failure: WorkflowFailureError) -> int:
    """Says why there is no result, and returns the exit code."""
    cause = failure.cause
    if isinstance(cause, ApplicationError) and cause.type in WORTH_ANOTHER_TRY:
        print(f"failed for now ({cause.type}): {cause.message}", file=sys.stderr)
        return EXIT_TRY_AGAIN
    if isinstance(cause, ApplicationError):
        print(f"failed ({cause.type}): {cause.message}", file=sys.stderr)
    else:
        # Cancelled or terminated from outside: nothing is wrong, but there is no result either.
        print(f"ended from outside: {cause}", file=sys.stderr)
    return 1


async def main(path: str) -> int:
    recording = json.loads(Path(path).read_text())
    handle = await start(await connect(), recording)
    try:
        # However long it takes: called again whenever the server ends the call.
        print_result(await handle.result())
        return 0
    except WorkflowFailureError as failure:
        return explain(failure)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python record.py <file with the input as JSON>")
    leave(asyncio.run(main(sys.argv[1])))
