"""The files that a drop folder gets: names, and which rows are in them."""

from datetime import date

from pydantic import field_validator

from benchmark.delivery_schedule import DeliverySchedule


class DeliveredFiles(DeliverySchedule):
    """One kind of delivery."""

    pattern: str
    """Name of each file, with `{date}` (or `{date:%Y%m%d}`) for the day of the delivery; the suffix says the format."""

    @field_validator("pattern")
    @classmethod
    def _is_a_name(cls, pattern: str) -> str:
        try:
            name = pattern.format(date=date(2024, 1, 31))
        except (ValueError, KeyError, IndexError) as error:
            raise ValueError(f"'{pattern}': {error}; use {{date}} or {{date:%Y%m%d}}") from error
        if name == pattern or "/" in name:
            raise ValueError(f"'{pattern}' must be the name of a file, with {{date}} for the day of the delivery")
        return pattern

    def file_name(self, delivered_on: date) -> str:
        """Name of the file of a day."""
        return self.pattern.format(date=delivered_on)
