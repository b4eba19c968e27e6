import type { Command } from 'commander'
import { type Config, type EngineName, engineNames } from '../author/config.ts'
import type { CompiledTable } from '../author/table.ts'
import { type Diagnostic, EtlError } from '../base/errors.ts'
import type { Engine } from '../engine/contract.ts'
import type { SparkJob } from '../engine/spark/job/declare.ts'
import type { OpenSparkSession } from '../engine/spark/session.ts'
import { choice } from './option.ts'
import { openEngine } from './open-engine.ts'
import type { ProjectOptions } from './project.ts'

/** The options of commands that build tables, or tell what building them would do. */
export interface BuildOptions extends ProjectOptions {
  readonly engine?: string
  readonly spark?: string
  readonly concurrency?: string
}

/** Adds the options that choose the engine. */
export function engineOptions(command: Command): Command {
  return command
    .option('--engine <name>', `engine that builds tables: ${engineNames.join(' or ')} (default: duckdb)`)
    .option(
      '--spark <url>',
      'a Spark Connect server (sc://localhost:15002), or submit for jobs of spark-submit (submit:local[4])',
    )
}

const nameOf = (options: BuildOptions, config: Config): EngineName =>
  options.engine === undefined ? (config.engine ?? 'duckdb') : choice('--engine', options.engine, engineNames)

/** Opens the engine that the command line names, else the configuration. Spark is not spoken to before it is needed. */
export async function openBuildEngine(options: BuildOptions, config: Config, tables = 1): Promise<Engine> {
  const embedded = openEngine(options, config, tables)
  if (nameOf(options, config) === 'duckdb') return embedded
  const [{ openSpark }, open] = await Promise.all([
    import('../engine/spark/index.ts'),
    sessionsOf(options.spark === undefined ? config.spark : sparkOf(options.spark)),
  ])
  return openSpark({ embedded, open })
}

/** What `--spark` names. */
function sparkOf(text: string): string | SparkJob {
  const [, master] = /^submit(?::(.+))?$/.exec(text) ?? [undefined, null]
  if (master === null) return text
  return { kind: 'spark-job', service: 'spark-submit', ...(master === undefined ? {} : { master }) }
}

async function sessionsOf(spark: string | SparkJob | undefined): Promise<OpenSparkSession> {
  if (spark === undefined) {
    return () => {
      throw new EtlError('cli.usage', 'there is no address of a Spark server', {
        hint: 'Pass --spark sc://host:port or --spark submit, or set `spark` in securecart.config.ts.',
      })
    }
  }
  if (typeof spark === 'string')
    return (await import('../engine/spark/connect-session.ts')).connectSessions({ url: spark })
  const { jobSessions, submitterOf } = await import('../engine/spark/job/index.ts')
  return jobSessions(await submitterOf(spark))
}

/** All that an engine refuses of tables, at their declarations. */
export function refusedTables(engine: Engine, tables: readonly CompiledTable[]): readonly Diagnostic[] {
  return tables.flatMap(({ declaration, plan }) =>
    engine.refuses(plan, declaration.partition).map((d) => ({
      ...d,
      message: `${declaration.name}: ${d.message}`,
      ...(declaration.at === undefined ? {} : { at: declaration.at }),
    })),
  )
}

/** Fails with `engine.refused`, all refusals together, before anything runs. */
export function assertRunnable(engine: Engine, tables: readonly CompiledTable[]): void {
  const diagnostics = refusedTables(engine, tables)
  if (diagnostics.length === 0) return
  const count = new Set(diagnostics.map((d) => d.message.split(':', 1)[0])).size
  throw new EtlError('engine.refused', `${engine.name} cannot build ${count} of ${tables.length} tables`, {
    diagnostics,
    hint: 'Build those tables with --engine duckdb; a lake may be continued by either engine.',
  })
}
