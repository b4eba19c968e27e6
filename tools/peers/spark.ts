import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { peerFolder, runCommand } from './command.ts'
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
  const folder = join(peerFolder, 'maven')
  await mkdir(folder, { recursive: true })
  const jars: string[] = []
  for (const artifact of sparkJars) {
    const [, name, version] = artifact.split(':')
    const jar = join(folder, `${name}-${version}.jar`)
    if (!existsSync(jar)) {
      const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy'
      await runCommand('mvn', ['-q', goal, `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`])
    }
    // A jar is a ZIP archive; a proxy's error page is not.
    const head = (await readFile(jar)).subarray(0, 2).toString('latin1')
    if (head !== 'PK') throw new Error(`${jar} is not a jar`)
    jars.push(jar)
  }
  return { python, jars }
}
