"""How far a long command is: a bar on a terminal, nothing in a pipe."""

import time


class Progress:
    """The bar, with rate and time left."""

    WIDTH = 30

    def __init__(self, stream, quiet: bool):
        self.stream = stream
        self.started = time.monotonic()
        self.shown = not quiet and hasattr(stream, "isatty") and stream.isatty()
        self.done = 0

    def advance(self, files: int, total: int) -> None:
        self.done += files
        if self.shown and total:
            filled = self.WIDTH * self.done // total
            bar = "█" * filled + "░" * (self.WIDTH - filled)
            told = f"{bar} {self.done:,} of {total:,}{self._pace(total)}"
            self.stream.write(f"\r\x1b[K{told}", style_func=str, ending="")  # not in the red of errors
            self.stream.flush()

    def _pace(self, total: int) -> str:
        rate = self.done / max(time.monotonic() - self.started, 0.001)
        if not self.done:
            return ""
        left = round((total - self.done) / rate)
        return f", {rate:,.0f} a second, {left // 60}:{left % 60:02} left"

    def clear(self) -> None:
        if self.shown:
            self.stream.write("\r\x1b[K", ending="")
