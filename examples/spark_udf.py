"""Tags a table of sentences with a registered model, as a Spark UDF; docs/registry.md tells more.

MLFLOW_TRACKING_URI=sqlite:////path/to/runs/mlflow.db \
    python examples/spark_udf.py models:/roles@champion sentences.jsonl tagged.parquet

A line of sentences.jsonl, for event types without the marks:
{"text": "Norland shelled Easthaven.", "marks": [{"name": "mention", "start": 0, "end": 7}]}
"""

import sys

import mlflow.pyfunc
from pyspark.sql import SparkSession

COLUMNS = "text string, marks array<struct<name: string, start: bigint, end: bigint>>"


def main(model: str, source: str, target: str) -> None:
    """Reads JSON Lines, writes Parquet: the columns of the source and those of the model."""
    spark = SparkSession.builder.appName("wiretag").getOrCreate()
    tag = mlflow.pyfunc.spark_udf(
        spark,
        model,
        env_manager="local",
        params={"return_probabilities": True},
        model_config={"threads": 1},  # Spark has a process a core already
    )
    sentences = spark.read.schema(COLUMNS).json(source)
    tagged = sentences.withColumn("found", tag("text", "marks"))
    tagged.select("text", "marks", "found.*").write.mode("overwrite").parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
