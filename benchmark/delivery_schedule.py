"""When the files of a declared world are delivered, and which rows are in them."""

from datetime import date, datetime, time, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict


class DeliverySchedule(BaseModel):
    """Rows of a generated table, delivered once a day or once an hour."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: str = ""
    """Generated table; empty: the one with the name of the stream."""
    delivery: Literal["full", "changes", "daily", "hourly"] = "full"
    """`full`: on day 1 and each later day, all rows. `changes`: on day 1 all rows, later those that are new or changed;
    no file where there are none. `daily`: as `changes`, but from the first day of the history on. `hourly`: as `daily`,
    but every hour."""
    delivered: time = time(6)
    """Time of day, UTC, of the delivery, whose rows are those that are there by then; of an hourly one its minute."""

    def delivery_times(self, start: date, first_as_of: date, now: datetime) -> tuple[datetime, ...]:
        """When files are delivered, oldest first.

        Args:
            start: First day of the history.
            first_as_of: The date of day 1.
            now: The clock, with time zone UTC; later deliveries have not come yet.
        """
        at = datetime.combine(start if self.is_from_start else first_as_of, self.delivered, tzinfo=now.tzinfo)
        step = timedelta(days=1)
        if self.delivery == "hourly":
            at, step = at.replace(hour=0), timedelta(hours=1)
        times = []
        while at <= now:
            times.append(at)
            at += step
        return tuple(times)

    @property
    def is_from_start(self) -> bool:
        """Whether the first delivery is on the first day of the history, and not on day 1."""
        return self.delivery in ("daily", "hourly")
