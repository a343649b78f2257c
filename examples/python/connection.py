"""The connection to Temporal, by its standard environment (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS_*, ...) or its profile file."""

from temporalio.client import Client
from temporalio.envconfig import ClientConfig


async def connect() -> Client:
    return await Client.connect(**ClientConfig.load_client_connect_config())
