"""Spans of OpenTelemetry as a table: JSON and protobuf of any dialect, one row per span."""
