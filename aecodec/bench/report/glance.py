"""A few cells by their headings are shown of a row as soon as it is measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from aecodec.bench.records.rows import Form, Row


class Labelled(Protocol):
    """It is a row of either sort of report."""

    @property
    def label(self) -> str:
        """Return the codec and setting."""

    @property
    def missing(self) -> str | None:
        """Return why it has no figures."""


R = TypeVar("R", bound=Labelled)


@dataclass(frozen=True)
class Glance(Generic[R]):
    """``columns`` have by heading a width on a terminal and a text; ``measured`` tells whether a row has figures."""

    title: str
    columns: Mapping[str, tuple[int, Callable[[R], str]]]
    measured: Callable[[R], bool]

    def cells(self, row: R) -> list[str]:
        """Return the cells of a row that has figures."""
        return [cell(row) for _, cell in self.columns.values()]


def _bytes(form: Form | None) -> str:
    return "" if form is None else f"{form.bytes:.2f}"


def _ssim(form: Form) -> str:
    return "" if form.ssim is None else f"{form.ssim:.4f}"


ONE_SIZE: Glance[Row] = Glance(
    "bytes a picture",
    {
        "single": (8, lambda row: _bytes(row.single)),
        "in one": (8, lambda row: _bytes(row.bulk)),
        "payload": (8, lambda row: "" if row.payload_bytes is None else f"{row.payload_bytes:.2f}"),
        "MSE": (9, lambda row: f"{row.forms[-1].mse:.6f}"),
        "PSNR, dB": (9, lambda row: "exact" if row.forms[-1].psnr is None else f"{row.forms[-1].psnr:.2f}"),
        "SSIM": (7, lambda row: _ssim(row.forms[-1])),
        "in/s": (10, lambda row: f"{row.forms[-1].compress_speed:,.0f}"),
        "out/s": (10, lambda row: f"{row.forms[-1].decompress_speed:,.0f}"),
        "bugs": (5, lambda row: str(row.bugs)),
    },
    lambda row: bool(row.forms),
)
