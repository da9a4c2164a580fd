"""Frequency tables in integers, and the range-coded stream that they drive."""

from aecodec.late import late

TYPE_CHECKING = False  # as in aecodec
if TYPE_CHECKING:
    from aecodec.entropy.adaptive import AdaptiveBytes
    from aecodec.entropy.information import Information, count_information
    from aecodec.entropy.stream import ReadyTables, StreamReader, StreamWriter, Table
    from aecodec.entropy.tables import (
        COST_UNIT_BITS,
        FINE_COST_UNIT_BITS,
        bin_costs,
        costs,
        fine_costs,
        frequencies,
        log2_fixed,
        logit_costs,
    )
else:
    __getattr__ = late(
        __name__,
        {
            ".adaptive": ("AdaptiveBytes",),
            ".information": ("Information", "count_information"),
            ".stream": ("ReadyTables", "StreamReader", "StreamWriter", "Table"),
            ".tables": (
                "COST_UNIT_BITS",
                "FINE_COST_UNIT_BITS",
                "bin_costs",
                "costs",
                "fine_costs",
                "frequencies",
                "log2_fixed",
                "logit_costs",
            ),
        },
    )

__all__ = [
    "COST_UNIT_BITS",
    "FINE_COST_UNIT_BITS",
    "AdaptiveBytes",
    "Information",
    "ReadyTables",
    "StreamReader",
    "StreamWriter",
    "Table",
    "bin_costs",
    "costs",
    "count_information",
    "fine_costs",
    "frequencies",
    "log2_fixed",
    "logit_costs",
]
