"""Meaning for charges: named stages that keep the sum."""
