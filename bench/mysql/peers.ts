import { existsSync } from 'node:fs'
import path from 'node:path'
import { missingJava } from '../../tools/peers/java.ts'
import { mavenJar } from '../../tools/peers/maven.ts'
import { missingCommands } from '../../tools/peers/command.ts'
import { pythonWith } from '../../tools/peers/python.ts'
import { sparkPackages } from '../../tools/peers/spark.ts'

/** A tool that brings a table of MySQL into Parquet files of a folder. */
export interface Peer {
  readonly name: string
  /** The command, and a pattern of the files that it leaves. */
  prepare(
    port: number,
    folder: string,
    rows: number,
  ): Promise<{ readonly command: readonly string[]; readonly files: string }>
}

const script = (name: string): string => path.join(import.meta.dirname, name)

const dlt = (name: string, ...options: readonly string[]): Peer => ({
  name,
  prepare: async (port, folder) => {
    // dlt's extras for databases, named one by one so that all are pinned.
    const python = await pythonWith('dlt', [
      'dlt[filesystem,parquet]==1.31.0',
      'connectorx==0.4.6',
      'pymysql==1.2.0',
      'SQLAlchemy==2.1.9',
    ])
    return {
      command: [python, script('with_dlt.py'), String(port), folder, ...options],
      files: `${folder}/out/bench/orders/*.parquet`,
    }
  },
})

/**
 * The newest Sling whose binary is in its package; later ones fetch it from elsewhere when they first run. It would hand
 * its rows to a DuckDB that it fetches too; without, it writes Parquet itself.
 */
const sling: Peer = {
  name: 'Sling',
  prepare: async (port, folder) => {
    const python = await pythonWith('sling', ['sling-linux-amd64==1.4.11'])
    const packages = path.join(path.dirname(python), '..', 'lib')
    const binary = `sling_linux_amd64/bin/sling-linux-amd64`
    const found = [10, 11, 12, 13, 14]
      .map((minor) => path.join(packages, `python3.${minor}`, 'site-packages', binary))
      .find((file) => existsSync(file))
    if (found === undefined) throw new Error('sling-linux-amd64 holds no binary')
    const connection = `SHOP=mysql://root@127.0.0.1:${port}/shop`
    const target = `file://${folder}/out/orders.parquet`
    return {
      command: ['env', `HOME=${folder}`, 'SLING_DUCKDB_COMPUTE=false', connection, found, 'run'].concat(
        '--src-conn',
        'SHOP',
        '--src-stream',
        'shop.orders',
        '--tgt-object',
        target,
      ),
      files: `${folder}/out/orders.parquet`,
    }
  },
}

const spark: Peer = {
  name: 'Spark JDBC',
  prepare: async (port, folder, rows) => {
    const python = await pythonWith('pyspark', sparkPackages)
    const jar = await mavenJar('org.mariadb.jdbc:mariadb-java-client:3.5.6')
    return {
      command: [python, script('with_spark.py'), String(port), folder, jar, String(rows)],
      files: `${folder}/out/*.parquet`,
    }
  },
}

/** The tools that can run here. */
export function peers(): readonly Peer[] {
  const noPython = missingCommands('python3')
  const noSpark = noPython ?? missingCommands('mvn') ?? missingJava()
  for (const [what, missing] of Object.entries({ 'dlt and Sling': noPython, 'Spark JDBC': noSpark }))
    if (missing !== undefined) console.error(`mysql: ${what}: ${missing}`)
  return [
    ...(noPython === undefined
      ? [
          dlt('dlt, connectorx in batches', 'connectorx', 'stream'),
          dlt('dlt, connectorx', 'connectorx'),
          sling,
        ]
      : []),
    ...(noSpark === undefined ? [spark] : []),
  ]
}
