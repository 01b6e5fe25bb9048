"""A reproducible company: the files that a firm building AI products would hold, drawn from a seed."""

from outlay.demo.company import delivered, generate

__all__ = ["delivered", "generate"]
