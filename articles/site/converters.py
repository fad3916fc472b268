"""What may stand in the address of a page. What does not fit is no page of ours: 404."""


class SlugConverter:
    """A slug in any script: word characters and hyphens, as `slugify(…, allow_unicode=True)` makes them."""

    regex = r"[-\w]{1,255}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class DomainConverter(SlugConverter):
    """A provider's domain in its ASCII form, in any case."""

    regex = r"[-.\w]{1,253}"


class EndingConverter(SlugConverter):
    """The format of a feed, as its address ends."""

    regex = "rss|atom|json"


class TwoDigitConverter:
    """A month or a day: one digit or two."""

    regex = "[0-9]{1,2}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return f"{value:02}"


class YearConverter(TwoDigitConverter):
    regex = "[0-9]{4}"

    def to_url(self, value: int) -> str:
        return f"{value:04}"


class RestConverter(SlugConverter):
    """Whatever else stands in an address, line breaks too."""

    regex = r"[\s\S]*"
