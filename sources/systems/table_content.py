"""What a table holds, as bytes: for the names of what is made from it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow


def table_content(table: "pyarrow.Table") -> bytes:
    """Schema and rows of a table; equal tables have equal bytes, however they are cut into chunks."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    content: bytes = sink.getvalue().to_pybytes()
    return content
