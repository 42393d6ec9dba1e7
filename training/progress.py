"""Progress bars with the time left, on stderr; silent where nobody looks at a terminal."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


class Bars:
    """Bars of one command; without a terminal a line at the end of each stage takes their place."""

    def __init__(self, quiet: bool = False) -> None:
        self.console = Console(stderr=True, quiet=quiet)
        self.progress = Progress(
            TextColumn("{task.description}", justify="left"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            Rate(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self.console,
            disable=quiet or not self.console.is_terminal,
        )

    def __enter__(self) -> "Bars":
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.progress.stop()

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """A bar of `total` steps; the callable yielded moves it."""
        bar = self.progress.add_task(title, total=total)
        yield lambda done: self.progress.update(bar, advance=done)
        self.progress.update(bar, completed=total)
        if not self.console.is_terminal:
            seconds = self.progress.tasks[bar].elapsed or 0.0
            self.console.print(f"{title}: {total} in {seconds:.1f} s", highlight=False)


class Silent:
    """A Watcher that tells nobody: the first process of torchrun tells of the same training."""

    def stage(self, title: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(lambda done: None)

    def metrics(self, values: dict[str, float], step: int) -> None:
        pass
