"""Import this before forking: it brings all that the first load of a process would otherwise import (about 5 s)."""

import gc
from datetime import datetime

import pandas  # noqa: F401 - pyarrow imports it on the first conversion of a list
import pyarrow.dataset  # noqa: F401 - duckdb imports it when it first reads an Arrow table

import sources.connectors.files
import sources.connectors.manifest
import sources.connectors.mongodb
import sources.connectors.mysql
import sources.connectors.object_store
import sources.connectors.postgres  # noqa: F401
from sources.connectors.cdk_changes import component_schema
from sources.connectors.messages import silence_protocol_logging

datetime.strptime("2013+0000", "%Y%z")  # imports on first use
silence_protocol_logging()
component_schema()
# The garbage collector leaves alone what lives as long as the process: forks share these pages, and loads are faster.
gc.freeze()
