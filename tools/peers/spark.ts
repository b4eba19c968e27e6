import { mavenJar } from './maven.ts'
import { pythonWith } from './python.ts'

/** Spark, and the Iceberg runtime built for that Spark line, Scala 2.12. */
export const sparkPackages: readonly string[] = ['pyspark==3.5.8']
export const sparkJars: readonly string[] = [
  'org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.10.1',
  'org.xerial:sqlite-jdbc:3.53.4.0',
]

export interface SparkPeer {
  readonly python: string
  /** Absolute paths of the jars to give Spark. */
  readonly jars: readonly string[]
}

/** Installs PySpark and the jars when they are missing. Needs Java 17, Maven, PyPI and Maven Central on the first call. */
export async function installSpark(): Promise<SparkPeer> {
  const python = await pythonWith('pyspark', sparkPackages)
  const jars: string[] = []
  for (const artifact of sparkJars) jars.push(await mavenJar(artifact))
  return { python, jars }
}
