"""A plan as a company would write it: 36 months, 14 layers that cost, one that does not."""

from pathlib import Path

from tests.plan.plans import DAY, list_prices_of

from outlay.plan.file.read import read_plan
from outlay.plan.stack import Stack, compute

ASSISTANT = """\
plan: support-assistant
start: 2027-01
months: 36
prices: 2026-11-21
owner: platform-finance
purpose: Answers of the support desk, with retrieval and a tuned model of our own.

demand:
  users: {value: 3k..5k..12k users, growth: 1%..2.5%..5% / month, source: CRM export, date: 2026-11-02, owner: product}
  requests: {value: users * 80, unit: requests/month, note: measured in the pilot}

assumptions:
  documents: {value: 2M..3M..5M documents, source: crawl of 2026-10, date: 2026-10-12, owner: search}
  gpu_hours: {value: 700..900..1400 h/month, steps: {2028-01: 1.5}, owner: ml-platform}
  rate_of_gpu: {value: $2.1..$2.6..$3.9 / h}

layers:
  model-api:
    - {name: answers, provider: openai, model: gpt-5-mini, requests: requests, input: 3k..4k..6k, output: 400,
       cached: 30%..50%..60%, retries: 2%..4%..9%}
    - {name: summaries, provider: openai, model: gpt-5-mini, requests: requests * 0.2, input: 9k..12k..18k, output: 300}
  inference-compute:
    - {name: reranker GPUs, driver: gpu_hours, unit_cost: rate_of_gpu, owner: ml-platform}
  training-compute:
    - {name: monthly tuning, amount: $3k..$4.5k..$8k / month, from: 2027-04}
  data-preparation:
    - {name: labelling, amount: $2k..$3k..$6k / month}
    - {name: first clean-up, once: $18k}
  storage:
    - {name: documents and checkpoints, amount: $700..$900..$1.5k / month}
  retrieval:
    - {name: vector store, driver: documents, unit_cost: $0.0004..$0.0006..$0.001 / document}
  network:
    - {name: egress, amount: $300..$450..$800 / month}
  observability:
    - {name: traces, driver: requests, unit_cost: $0.0008..$0.001..$0.002 / request}
  evaluation:
    - {name: judge runs, amount: $1k..$1.5k..$3k / month}
  orchestration:
    - {name: gateway, amount: $800 / month}
  mlops-platform:
    - {name: seats, amount: $1.2k / month}
  people:
    - {name: engineers, amount: $32k..$38k..$50k / month, owner: platform}
    - {name: on call, amount: $4k..$5k..$7k / month, from: 2027-06}
  governance:
    - {name: audit, once: $25k, from: 2027-09}
    - {name: compliance, amount: $1.5k..$2k..$4k / month}
  resilience:
    - {name: drills, amount: $400 / month}
  enablement: {zero: users know the desk already}
readiness: {multi_region: 60%..90%..110%, refresh: true, observability: true}
multipliers: [{name: residency, factor: 1.05, layers: [storage, network], source: quote of 2026-09}]
"""

# Names that would do harm where they are not escaped.
HARMFUL = """\
plan: harm
start: 2027-01
months: 3
owner: <script>alert(1)</script>
purpose: '"><img src=x onerror=alert(2)> & $more$'
assumptions:
  a: {value: 1..2..4, source: "<b>bold</b> | `tick`", note: "</script><script>alert(3)</script>"}
layers:
  people:
    - {name: "=HYPERLINK(\\"http://evil\\",\\"x\\")", amount: $100..$200..$400 / month, owner: "@everyone"}
    - {name: "<script>alert(4)</script> | `x` $a$ $b$", amount: $50 / month}
    - {name: "-1+cmd", amount: $10 / month}
  storage: {zero: "<i>nothing</i> is stored"}
"""


def assistant(folder: Path, draws: int = 1024) -> Stack:
    """The plan, computed."""
    return of_text(folder, ASSISTANT, draws)


def of_text(folder: Path, text: str, draws: int = 1024) -> Stack:
    """A plan from its whole text, computed."""
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return compute(read_plan(path), list_prices_of(DAY), draws)
