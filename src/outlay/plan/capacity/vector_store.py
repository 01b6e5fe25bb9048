"""What a vector store needs: memory and replicas."""

import math
from typing import Literal

BYTES_PER_NUMBER: dict[str, float] = {"fp32": 4.0, "fp16": 2.0, "int8": 1.0, "binary": 0.125}
Number = Literal["fp32", "fp16", "int8", "binary"]
OVERHEAD = 1.5  # Qdrant's rule for vectors and their index: "Capacity planning" in its documentation
# Low on purpose: published figures span 471 queries a second (pgvectorscale, 50e6 vectors, 99% recall) to 12,000
# (Redis).
QUERIES_PER_VCPU_SECOND = 100.0
BUSY = 0.6


def raw_bytes(vectors: float, dimensions: int, number: Number = "fp32") -> float:
    """Bytes of the vectors alone. 10^6 x 1,536 in fp32: 6.14e9 = 5.7 GiB."""
    return vectors * dimensions * BYTES_PER_NUMBER[number]


def memory_bytes(
    vectors: float, dimensions: int, number: Number = "fp32", replicas: int = 1, cached_share: float = 1.0
) -> float:
    """Memory of a store: vectors x 1.5 x replicas, and with vectors on disk the share of them that is kept in memory.

    10^6 x 1,536 in fp32: 8.6 GiB; 10 x 10^6 in 2 replicas: 172 GiB, in int8 43 GiB.
    """
    return raw_bytes(vectors, dimensions, number) * OVERHEAD * replicas * cached_share


def graph_bytes(vectors: float, links: int = 16) -> float:
    """Bytes of an HNSW graph alone: (2 M x 4 x 1.1 + 8) per vector. 10^6, M = 16: 148.8e6."""
    return vectors * (2 * links * 4 * 1.1 + 8)


def queries_per_second(vcpus: float, per_vcpu: float = QUERIES_PER_VCPU_SECOND) -> float:
    """Queries a second of one node; measure yours: it depends on engine, recall and filters. 8 vCPU: 800."""
    return vcpus * per_vcpu


def replicas(peak_queries_per_second: float, node_queries_per_second: float, least: int = 2) -> int:
    """Replicas: max(least, ceil(peak / (0.6 x a node's rate))). 1,500 a second on nodes of 800: 4."""
    return max(least, math.ceil(peak_queries_per_second / (node_queries_per_second * BUSY)))
