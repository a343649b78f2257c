"""The contract of a recording, as far as these examples need it: names, the workflow's id, and the responses.

The fields are the recorder's own, in camelCase, so that the SDK's JSON converter reads them as they are.
"""

from __future__ import annotations

import os
from typing import Any, Literal

# Of typing itself from Python 3.11 on; temporalio brings this package along.
from typing_extensions import NotRequired, TypedDict

WORKFLOW_TYPE = "singleStreamRecording"
TASK_QUEUE = os.environ.get("TEMPORAL_TASK_QUEUE", "single-stream-recording")

STOP_UPDATE = "stopRecording"
STATUS_QUERY = "recordingStatus"


class RecordedFile(TypedDict):
    """One file that was seen in the bucket; for HLS one playlist, its segments counted in."""

    bucket: str
    object: str
    format: str
    size: int
    """Bytes."""
    duration: NotRequired[float]
    """Seconds, as the vendor announced it."""


class RecordingResult(TypedDict):
    """What a recording ends with. It may have more fields than are named here."""

    outcome: Literal["recorded", "partial", "empty"]
    endedBy: Literal["stop", "maxDuration", "absence", "callback", "reconciliation"]
    files: list[RecordedFile]
    fileCount: int
    totalSize: int
    """Bytes, over all files."""
    warnings: list[str]


class RecordingStatus(TypedDict):
    """What a recording is doing, or how it ended: the response to the update and to the query."""

    phase: str
    fileCount: int
    warnings: list[str]
    jobId: NotRequired[str]
    stopRequestedBy: NotRequired[Literal["stop", "maxDuration", "absence"]]
    """The first request to end it; absent if its job had ended before."""


def workflow_id(app: str, room: str, user: str, screen: bool = False) -> str:
    """The one id under which this stream may be recorded: callbacks find the recording by it, and a second start is recognized by it."""
    return f"recording:{app}:{room}:{user}:{'screen' if screen else 'camera'}"


def workflow_id_of(recording: dict[str, Any]) -> str:
    """The same, of an input."""
    screen = recording.get("videoType") == "SCREENSTREAM"
    return workflow_id(recording["appName"], recording["roomId"], recording["userId"], screen)
