"""Bills to measure with: rows in the shape of FOCUS 1.2 (57 columns) with 8 columns of the company's own.

Values are drawn by hashing the row number, so that the same call writes the same rows.
"""

from pathlib import Path

import duckdb

from outlay.model.charge import columns_of

DATA = Path(__file__).parent / ".data"
SERVICES = (
    ("Amazon Web Services", "Amazon Elastic Compute Cloud", "Compute", "Virtual Machines", "BoxUsage:p5.48xlarge"),
    ("Amazon Web Services", "Amazon Elastic Compute Cloud", "Compute", "Virtual Machines", "BoxUsage:m7i.large"),
    ("Amazon Web Services", "Amazon Bedrock", "AI and Machine Learning", "Generative AI", "USE1-NovaPro-input-tokens"),
    ("Amazon Web Services", "Amazon Simple Storage Service", "Storage", "Object Storage", "TimedStorage-ByteHrs"),
    ("Amazon Web Services", "AWS Data Transfer", "Networking", "Network Infrastructure", "DataTransfer-Out-Bytes"),
    ("Microsoft", "Azure OpenAI", "AI and Machine Learning", "Generative AI", "gpt 4o 0806 Inp glbl Tokens"),
    ("Microsoft", "Virtual Machines", "Compute", "Virtual Machines", "ND96isr H100 v5"),
    ("Microsoft", "Azure Monitor", "Management and Governance", "Observability", "Data Analyzed"),
    ("Google Cloud", "Compute Engine", "Compute", "Virtual Machines", "A3 Instance Core running in Americas"),
    ("Google Cloud", "BigQuery", "Analytics", "Analytics Platforms", "Analysis"),
    ("OpenAI", "OpenAI API", "AI and Machine Learning", "Generative AI", "gpt-5 input tokens"),
    ("Pinecone", "Pinecone", "Databases", "NoSQL Databases", "Read units"),
)
OWN = ("x_CostCentre", "x_Release", "x_Batch", "x_Booked", "x_Partner", "x_Segment", "x_Note", "x_Checksum")


def parquet_bill(rows: int, month: str = "2026-08") -> Path:
    """A Parquet bill of `rows` rows, made once."""
    return _made(f"bill-{rows}-{month}.parquet", rows, month, "FORMAT parquet, COMPRESSION zstd")


def csv_bill(rows: int, month: str = "2026-08") -> Path:
    """A gzipped CSV bill of `rows` rows, made once."""
    return _made(f"bill-{rows}-{month}.csv.gz", rows, month, "FORMAT csv, HEADER, COMPRESSION gzip")


def _made(name: str, rows: int, month: str, options: str) -> Path:
    path = DATA / name
    if not path.exists():
        DATA.mkdir(exist_ok=True)
        connection = duckdb.connect()
        connection.execute("SET TimeZone='UTC'; SET memory_limit='4GB'")
        connection.execute(f"COPY ({rows_of(rows, month)}) TO '{path}.part' ({options})")
        Path(f"{path}.part").rename(path)
    return path


def rows_of(rows: int, month: str) -> str:
    """The query that draws the rows of a bill."""
    values = ", ".join(str(s) for s in SERVICES)
    own = ", ".join(f"'{name[2:].lower()}-' || (i % {7 + k}) AS \"{name}\"" for k, name in enumerate(OWN))
    columns = ", ".join(f'{SQL.get(c.name, "NULL")} AS "{c.name}"' for c in columns_of("1.2"))
    return (
        f"WITH services AS (SELECT row_number() OVER () - 1 AS s, * FROM (VALUES {values}) AS t(p, n, c, sc, m)), "
        f"drawn AS (SELECT i, CAST(hash(i) % 12 AS INT) AS s, CAST(hash(i + 7) % 1000 AS INT) AS a, "
        f"CAST(1 + hash(i + 13) % 1000000 AS DECIMAL(18,6)) * 0.000913 AS q, TIMESTAMPTZ '{month}-01 00:00:00+00' "
        f"+ INTERVAL 1 HOUR * CAST(i * 672 // {rows} AS INT) AS t FROM range({rows}) AS r(i)) "
        f"SELECT {columns}, {own} FROM drawn JOIN services USING (s)"
    )


TIME = "strftime({}, '%Y-%m-%dT%H:%M:%SZ')"
COST = "CAST(q * 0.0371 AS DECIMAL(24,9))"
SQL = {
    "AvailabilityZone": "'zone-' || (a % 3)",
    "BilledCost": f"CASE WHEN a < 300 THEN 0 ELSE {COST} END",
    "BillingAccountId": "'payer-' || left(md5(p), 6)",
    "BillingAccountName": "'Payer of ' || p",
    "BillingAccountType": "'Billing'",
    "BillingCurrency": "'USD'",
    "BillingPeriodEnd": TIME.format("date_trunc('month', t) + INTERVAL 1 MONTH"),
    "BillingPeriodStart": TIME.format("date_trunc('month', t)"),
    "ChargeCategory": "'Usage'",
    "ChargeDescription": "m || ' in region ' || (a % 4)",
    "ChargeFrequency": "'Usage-Based'",
    "ChargePeriodEnd": TIME.format("t + INTERVAL 1 HOUR"),
    "ChargePeriodStart": TIME.format("t"),
    "CommitmentDiscountCategory": "CASE WHEN a < 300 THEN 'Spend' END",
    "CommitmentDiscountId": "CASE WHEN a < 300 THEN 'plan-' || (a % 7) END",
    "CommitmentDiscountStatus": "CASE WHEN a < 300 THEN 'Used' END",
    "ConsumedQuantity": "q",
    "ConsumedUnit": "'Units'",
    "ContractedCost": COST,
    "ContractedUnitPrice": "0.0371",
    "EffectiveCost": COST,
    "InvoiceId": "'INV-' || left(md5(p), 4)",
    "InvoiceIssuerName": "p",
    "ListCost": COST,
    "ListUnitPrice": "0.0371",
    "PricingCategory": "'Standard'",
    "PricingCurrency": "'USD'",
    "PricingQuantity": "q",
    "PricingUnit": "'Units'",
    "ProviderName": "p",
    "PublisherName": "p",
    "RegionId": "'region-' || (a % 4)",
    "RegionName": "'Region ' || (a % 4)",
    "ResourceId": "'res-' || CAST(hash(i + 3) % 400000 AS VARCHAR)",
    "ResourceName": "'name-' || (a % 400)",
    "ResourceType": "'Instance'",
    "ServiceCategory": "c",
    "ServiceName": "n",
    "ServiceSubcategory": "sc",
    "SkuId": "'SKU' || left(md5(m), 8)",
    "SkuMeter": "m",
    "SkuPriceId": "'PRICE' || left(md5(m), 8)",
    "SubAccountId": "'sub-' || (a % 40)",
    "SubAccountName": "'Sub ' || (a % 40)",
    "SubAccountType": "'Account'",
    "Tags": "'{\"team\":\"team-' || (a % 12) || '\",\"env\":\"' || if(a % 3 = 0, 'dev', 'prod') || '\"}'",
}
