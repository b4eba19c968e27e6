import { dirname, join } from 'node:path'
import { runCommand } from '../../tools/peers/command.ts'
import { pythonWith } from '../../tools/peers/python.ts'
import { type SparkLine, sparkLines } from '../../tools/peers/spark-connect.ts'

/** A Spark distribution on this machine. */
export interface Distribution {
  readonly sparkHome: string
  /** The environment that its spark-submit needs. */
  readonly env: Readonly<Record<string, string>>
}

/** Settings by which a local driver stays small; its Java time zone is one that no result may depend on. */
export const smallDriver: Readonly<Record<string, string>> = {
  'spark.ui.enabled': 'false',
  'spark.driver.memory': '1g',
  'spark.sql.shuffle.partitions': '2',
  'spark.driver.extraJavaOptions': '-Duser.timezone=America/St_Johns',
}

/** The distribution that PySpark of a line brings along. */
export async function distribution(line: SparkLine): Promise<Distribution> {
  const { environment, packages } = sparkLines[line]
  const python = await pythonWith(environment, packages)
  const sparkHome = await runCommand(python, ['-c', 'import pyspark; print(pyspark.__path__[0])'])
  return {
    sparkHome: sparkHome.trim(),
    env: {
      SPARK_HOME: sparkHome.trim(),
      SPARK_LOCAL_IP: '127.0.0.1',
      PYSPARK_PYTHON: join(dirname(python), 'python'),
    },
  }
}
