"""What a charge paid for, by the texts of its bill."""

from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outlay.derive.classify import COLUMNS, Classification, classify, classify_rows
from outlay.model.layers import AI_KINDS, LAYER_NAMES

AML = "/subscriptions/s/resourceGroups/r/providers/Microsoft.MachineLearningServices/workspaces/w"


def said(provider: str | None = None, service: str = "", description: str = "", **texts: str) -> Classification:
    """What the rules say of one row."""
    row = {"ProviderName": provider, "ServiceName": service, "ChargeDescription": description}
    return classify_rows([row | texts])[0]


def view(rows: list[dict[str, str]]) -> list[dict[str, object]]:
    """The classified rows of a relation that has only the columns of `rows`."""
    with duckdb.connect() as connection:
        names = list(dict.fromkeys(name for row in rows for name in row))
        connection.execute(f"CREATE TABLE charges ({', '.join(f'{n} VARCHAR' for n in names)}, row BIGINT)")
        for number, row in enumerate(rows):
            marks = ", ".join("?" for _ in names)
            connection.execute(f"INSERT INTO charges VALUES ({marks}, {number})", [row.get(n) for n in names])
        classify(connection, "charges", "classified")
        found = connection.execute("SELECT * FROM classified ORDER BY row")
        heads = [head for head, *_ in found.description or []]
        return [dict(zip(heads, values, strict=True)) for values in found.fetchall()]


@pytest.mark.parametrize(
    ("provider", "service", "description", "texts", "kind", "layer"),
    [
        (
            "AWS",
            "Amazon SageMaker",
            "",
            {"Meter": "USE1-Host:ml.g5.xlarge"},
            "inference-endpoint",
            "inference-compute",
        ),
        ("AWS", "Amazon SageMaker AI", "ml.p4d.24xlarge training", {}, "training", "training-compute"),
        ("AWS", "Amazon SageMaker", "", {"Meter": "Notebk:ml.t3.medium"}, "notebook", "training-compute"),
        ("AWS", "Amazon SageMaker", "Ground Truth objects", {}, "ml-platform", "data-preparation"),
        ("AWS", "Amazon Bedrock", "Claude Sonnet Input Tokens", {}, "llm-api", "model-api"),
        ("AWS", "Claude 3 Haiku (Amazon Bedrock Edition)", "usage", {}, "llm-api", "model-api"),
        ("AWS", "Amazon Bedrock", "", {"Meter": "USE1-TitanEmbed-input-tokens"}, "embedding", "retrieval"),
        ("AWS", "Amazon Bedrock", "Model customization", {}, "fine-tuning", "training-compute"),
        (
            "AWS",
            "Amazon OpenSearch Service",
            "",
            {"ResourceType": "vector collection"},
            "vector-store",
            "retrieval",
        ),
        ("Microsoft", "Azure OpenAI", "", {"Meter": "gpt 4o Inp glbl Tokens"}, "llm-api", "model-api"),
        ("Microsoft", "Azure OpenAI", "", {"Meter": "text-embedding-3-large"}, "embedding", "retrieval"),
        ("Microsoft", "Azure AI Search", "", {}, "vector-store", "retrieval"),
        ("Microsoft", "Storage", "", {"Meter": "P10 LRS Disk", "ResourceId": AML}, "ml-platform", "storage"),
        ("Microsoft", "Bandwidth", "", {"ResourceId": AML.upper()}, "ml-platform", "network"),
        ("Google", "Vertex AI", "Gemini 2.0 Flash Text Input", {}, "llm-api", "model-api"),
        ("Google Cloud", "Vertex AI", "Custom Training: Nvidia A100 GPU", {}, "training", "training-compute"),
        ("Google Cloud", "Compute Engine", "Nvidia Tesla A100 GPU", {}, "gpu-compute", "training-compute"),
        ("Oracle", "COMPUTE", "Compute - GPU - H100", {}, "gpu-compute", "training-compute"),
        ("OpenAI", "OpenAI API", "gpt-4o Output Tokens", {}, "llm-api", "model-api"),
        ("OpenAI", "ChatGPT Enterprise", "seats", {}, "other", "mlops-platform"),
        ("Databricks", "MODEL_SERVING", "", {}, "inference-endpoint", "inference-compute"),
        ("Pinecone", "Pinecone", "read units", {}, "vector-store", "retrieval"),
        ("LangChain", "LangSmith", "traces", {}, "ml-platform", "observability"),
        ("Scale AI", "Scale AI", "image annotation", {}, "ml-platform", "data-preparation"),
    ],
)
def test_ai_charges_get_their_kind_and_layer(
    provider: str, service: str, description: str, texts: dict[str, str], kind: str, layer: str
) -> None:
    found = said(provider, service, description, **texts)
    assert (found.ai_kind, found.layer) == (kind, layer)
    assert found.rule
    assert not found.needs_review


@pytest.mark.parametrize(
    ("provider", "service", "description", "layer"),
    [
        ("AWS", "AWS Glue", "crawler", "data-preparation"),
        ("AWS", "Amazon Simple Storage Service", "S3 Standard training data", "storage"),
        ("AWS", "AWS Data Transfer", "to the internet", "network"),
        ("AWS", "AmazonCloudWatch", "PutLogEvents", "observability"),
        ("Acme", "Evaluation", "safety evaluation of the assistant", "evaluation"),
        ("AWS", "AWS Lambda", "requests", "orchestration"),
        ("Acme Internal", "MLOps Engineering", "Labour: MLOps engineers", "people"),
        ("AWS", "AWS Key Management Service", "requests", "governance"),
        ("AWS", "AWS Backup", "warm storage", "resilience"),
        ("AWS", "AWS Training and Certification", "exam voucher", "enablement"),
        ("AWS", "AWS Support (Business)", "monthly", "enablement"),
    ],
)
def test_other_charges_get_a_layer_and_no_ai_kind(provider: str, service: str, description: str, layer: str) -> None:
    found = said(provider, service, description)
    assert (found.ai_kind, found.layer) == ("none", layer)


def test_every_layer_can_be_reached() -> None:
    services = {
        "model-api": ("OpenAI", "OpenAI API"),
        "inference-compute": ("Databricks", "MODEL_SERVING"),
        "training-compute": ("AWS", "EC2 p5.48xlarge"),
        "data-preparation": ("Snowflake", "WAREHOUSE_METERING"),
        "storage": ("Google", "Cloud Storage"),
        "retrieval": ("Weaviate", "Weaviate"),
        "network": ("Microsoft", "Load Balancer"),
        "observability": ("Datadog", "Datadog"),
        "evaluation": ("Acme", "model evaluations"),
        "orchestration": ("Confluent", "Kafka"),
        "mlops-platform": ("Weights & Biases", "Weights & Biases"),
        "people": ("Acme", "Contractors"),
        "governance": ("Microsoft", "Key Vault"),
        "resilience": ("Microsoft", "Azure Site Recovery"),
        "enablement": ("Acme", "Staff training"),
    }
    rows = [{"ProviderName": p, "ServiceName": s, "ChargeDescription": s} for p, s in services.values()]
    assert [c.layer for c in classify_rows(rows)] == list(services) == list(LAYER_NAMES)


@pytest.mark.parametrize(
    ("provider", "service", "description", "texts"),
    [
        ("AWS", "Amazon Simple Queue Service", "requests", {"Tags": '{"business_unit":"LipaAI"}'}),
        ("AWS", "Elastic Load Balancing", "LoadBalancer-hour", {"Tags": '{"business_unit":"PayAI"}'}),
        ("AWS", "Amazon Simple Email Service", "EMAIL MAINT GAIN", {}),
        ("AWS", "Amazon Elastic Compute Cloud", "", {"Meter": "BoxUsage:m5.large"}),
        (
            "AWS",
            "Amazon Elastic Compute Cloud",
            "",
            {"Meter": "BoxUsage:r5.xlarge", "ResourceId": "i-0p4d.g4dn"},
        ),
        ("AWS", "Amazon Relational Database Service", "", {"Meter": "InstanceUsage:db.r5.large"}),
        ("AWS", "Amazon ElastiCache", "", {"Meter": "NodeUsage:cache.g5.large"}),
        ("AWS", "Amazon Virtual Private Cloud", "public IPv4 address", {"Meter": "PublicIPv4:InUseAddress"}),
        ("AWS", "Amazon Managed Grafana", "editors", {}),
        ("AWS", "AWS Config", "$0.001 per rule evaluation", {}),
        ("AWS", "Amazon Simple Storage Service", "usage for gpt-5", {"Meter": "gpt-5 output tokens"}),
        ("AWS", "AWS Training and Certification", "exam", {}),
        ("Microsoft", "Azure Kubernetes Service", "Standard uptime", {}),
        ("Microsoft", "Virtual Machines", "", {"Meter": "D4s v3"}),
        ("Google", "Compute Engine", "N1 Predefined Instance Core", {}),
        (None, "", "EMAIL campaign MAINT GAIN", {}),
    ],
)
def test_false_friends_are_no_ai(provider: str | None, service: str, description: str, texts: dict[str, str]) -> None:
    assert said(provider, service, description, **texts).ai_kind == "none"


def test_plain_compute_is_known_and_has_no_layer() -> None:
    found = said("AWS", "Amazon Elastic Compute Cloud", "m5.large")
    assert (found.layer, found.confidence, found.needs_review) == (None, "high", False)


def test_what_no_rule_knows_is_unclassified() -> None:
    assert said("Acme", "Gardening", "hedge") == Classification("none", None, None, "low", False)


def test_a_weak_hit_is_a_guess_to_review() -> None:
    found = said("Microsoft", "Virtual Machines", Meter="NV36ads A10 v5")
    assert (found.ai_kind, found.confidence, found.needs_review) == ("gpu-compute", "low", True)


def test_the_second_condition_must_hold_as_well() -> None:
    assert said("AWS", "Amazon Bedrock", "Rerank queries").ai_kind == "other"
    assert said("AWS", "Amazon Athena", "Rerank queries").ai_kind == "none"


def test_rules_of_another_provider_do_not_speak() -> None:
    assert said("Microsoft", "Virtual Machines", "p5.48xlarge").ai_kind == "none"
    assert said("AWS", "Amazon EC2", "p5.48xlarge").ai_kind == "gpu-compute"


def test_without_a_provider_every_rule_speaks_but_none_is_sure() -> None:
    found = said(None, "Amazon SageMaker", Meter="USE1-Host:ml.g5.xlarge")
    assert (found.ai_kind, found.confidence) == ("inference-endpoint", "medium")


@pytest.mark.parametrize(
    ("meter", "tags", "layer", "confidence"),
    [
        ("BoxUsage:p5.48xlarge", "", "training-compute", "medium"),
        ("BoxUsage:g6.xlarge", "", "inference-compute", "medium"),
        ("BoxUsage:p5.48xlarge", '{"Workload": "LLM Inference"}', "inference-compute", "medium"),
        ("BoxUsage:p5.48xlarge", '{"env": "prod"}', "inference-compute", "medium"),
        ("BoxUsage:g6.xlarge", '{"purpose": "training"}', "training-compute", "high"),
        ("BoxUsage:g6.xlarge", '"purpose": "training","env": "prod"', "training-compute", "high"),
        ("BoxUsage:g6.xlarge", "purpose=training", "training-compute", "high"),
    ],
)
def test_use_decides_the_layer_of_an_accelerator(meter: str, tags: str, layer: str, confidence: str) -> None:
    found = said("AWS", "Amazon EC2", Meter=meter, Tags=tags)
    assert (found.layer, found.confidence) == (layer, confidence)


def test_tags_alone_ask_for_review_and_make_nothing_ai() -> None:
    found = said("AWS", "Amazon EC2", "m5.large", Tags='{"app":"qdrant"}')
    assert (found.ai_kind, found.layer, found.needs_review) == ("none", None, True)


def test_accelerators_are_typed_and_counted() -> None:
    base = {"ServiceProviderName": "AWS", "ServiceName": "Amazon Elastic Compute Cloud"}
    rows = view(
        [
            base | {"SkuPriceDetails": '{"InstanceType":"p4d.24xlarge"}'},
            base | {"SkuMeter": "BoxUsage:g5.2xlarge"},
            base | {"SkuMeter": "BoxUsage:p5.24xlarge", "SkuPriceDetails": '{"GpuCount":4}'},
            base | {"SkuMeter": "BoxUsage:m5.large"},
            {"ServiceProviderName": "CoreWeave", "ServiceName": "HGX", "SkuMeter": "8x H100"},
        ]
    )
    assert [(r["x_GpuType"], r["x_GpuCount"]) for r in rows] == [
        ("A100-40GB", 8),
        ("A10G", 1),
        ("H100-80GB", 4),
        (None, None),
        ("H100-80GB", 8),
    ]


def test_unused_commitments_and_untaken_splits_are_idle() -> None:
    rows = view(
        [
            {"CommitmentDiscountStatus": "Unused"},
            {"CapacityReservationStatus": "Unused"},
            {"AllocatedMethodId": "even"},
            {"AllocatedMethodId": "even", "AllocatedResourceId": "pod"},
            {"CommitmentDiscountStatus": "Used"},
        ]
    )
    assert [r["x_Waste"] for r in rows] == ["idle", "idle", "idle", "none", "none"]


def test_delivered_values_win_when_they_are_ours() -> None:
    base = {"ServiceProviderName": "AWS", "ServiceName": "Amazon EC2", "SkuMeter": "BoxUsage:p5.48xlarge"}
    rows = view(
        [
            base | {"x_Layer": "resilience"},
            base | {"x_AiKind": "embedding"},
            base | {"x_Layer": "gpu_compute", "x_AiKind": "magic"},
            base | {"x_AiKind": "none"},
        ]
    )
    columns = ("x_AiKind", "x_Layer", "x_ClassifyRule", "x_Confidence")
    assert [tuple(r[c] for c in columns) for r in rows] == [
        ("gpu-compute", "resilience", "delivered", "high"),
        ("embedding", "retrieval", "delivered", "high"),
        ("gpu-compute", "training-compute", "R017", "medium"),
        ("none", None, "delivered", "high"),
    ]


def test_rows_come_back_in_order_and_twins_of_columns_are_read() -> None:
    rows = [{"ServiceProviderName": "OpenAI"}, {}, {"ProviderName": "Pinecone", "Unit": "RU"}]
    assert [c.ai_kind for c in classify_rows(rows)] == ["llm-api", "none", "vector-store"]
    assert classify_rows([]) == []


TEXTS = st.sampled_from(
    [
        "",
        "AWS",
        "OpenAI",
        "Amazon Bedrock",
        "p5.48xlarge",
        "input tokens",
        "Azure OpenAI",
        "it's",
        '{"env":"prod"}',
        "ñ☃",
    ]
)
ROWS = st.lists(
    st.tuples(
        *[st.none() | TEXTS for _ in range(5)],
        st.decimals(-(10**9), 10**9, places=12),
    ),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ROWS)
def test_rows_columns_and_sums_are_kept(rows: list[tuple[object, ...]]) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE charges (ServiceProviderName VARCHAR, ServiceName VARCHAR, SkuMeter VARCHAR, "
            "Tags VARCHAR, x_Layer VARCHAR, BilledCost DECIMAL(38,12))"
        )
        if rows:
            connection.executemany("INSERT INTO charges VALUES (?, ?, ?, ?, ?, ?)", rows)
        classify(connection, "charges", "classified")
        kept = "ServiceProviderName, ServiceName, SkuMeter, Tags, BilledCost"
        found = connection.execute(f"SELECT {kept} FROM classified").fetchall()
        given_rows = connection.execute(f"SELECT {kept} FROM charges").fetchall()
        assert sorted(map(repr, found)) == sorted(map(repr, given_rows))
        sums = [connection.execute(f"SELECT sum(BilledCost) FROM {t}").fetchone() for t in ("charges", "classified")]
        assert sums[0] == sums[1]
        assert sums[0] is not None
        assert isinstance(sums[0][0], Decimal | None)
        kinds = connection.execute("SELECT DISTINCT x_AiKind, x_Layer FROM classified").fetchall()
        assert {kind for kind, _ in kinds} <= set(AI_KINDS)
        assert {layer for _, layer in kinds} <= {*LAYER_NAMES, None}
        heads = [name for name, *_ in connection.execute("DESCRIBE classified").fetchall()]
        assert heads[-len(COLUMNS) :] == list(COLUMNS)
