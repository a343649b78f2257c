"""The connection to Temporal, by its standard environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS_*, ...) or its profile file."""

import os
import sys
from typing import NoReturn

from temporalio.client import Client
from temporalio.envconfig import ClientConfig


async def connect() -> Client:
    return await Client.connect(**ClientConfig.load_client_connect_config())


def leave(code: int) -> NoReturn:
    """Ends the process at once: threads of the SDK may abort one that is tidied up (https://github.com/temporalio/sdk-python/issues/300)."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
