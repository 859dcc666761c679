"""What the benchmarks load: parts with a few parameters, and the edges of their tree."""

from __future__ import annotations

from typing import Any


def part(at: int, class_type: str = "Part") -> dict[str, Any]:
    """The entity of that number."""
    return {
        "id": f"part/{at}",
        "name": f"Part {at}",
        "class_type": class_type,
        "position": [at % 317 / 2, at % 13, at / 317],
        "tags": ["bench"],
        "parameters": {"energy": 3.5, "material": "metal"},
    }


def edge(parent: int, child: int) -> dict[str, str]:
    """The hierarchy edge between two of them."""
    return {
        "source_id": f"part/{parent}",
        "target_id": f"part/{child}",
        "connection_type": "hierarchy",
    }
