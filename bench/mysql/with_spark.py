"""The table `orders` into Parquet files by Spark's JDBC source: `python with_spark.py <port> <folder> <jar>`.

Two ranges of the key at a time, one for each core, as its documentation advises.
"""

import sys

from pyspark.sql import SparkSession

port, folder, jar = sys.argv[1:4]
spark = SparkSession.builder.master("local[2]").config("spark.jars", jar).config("spark.sql.session.timeZone", "UTC").config("spark.sql.parquet.compression.codec", "zstd").config("spark.ui.enabled", "false").getOrCreate()
low, high = 1, int(sys.argv[4])
(
    spark.read.format("jdbc")
    .option("url", f"jdbc:mysql://127.0.0.1:{port}/shop?permitMysqlScheme&tinyInt1isBit=false&connectionTimeZone=UTC")
    .option("driver", "org.mariadb.jdbc.Driver")
    .option("user", "root")
    .option("dbtable", "orders")
    .option("partitionColumn", "order_id")
    .option("lowerBound", low)
    .option("upperBound", high)
    .option("numPartitions", 2)
    .option("fetchsize", 10_000)
    .load()
    .write.mode("overwrite")
    .parquet(f"{folder}/out")
)
spark.stop()
