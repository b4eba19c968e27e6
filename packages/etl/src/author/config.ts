import { callerLocation, EtlError, type SourceLocation } from '../base/errors.ts'
import type { SparkJob } from '../engine/spark/job/declare.ts'
import { problemsOfS3, type S3Options } from '../store/s3/options.ts'
import { chosenProfile, namedProfiles } from './profile.ts'
import type { TableDeclaration } from './table.ts'
import type { TargetDeclaration } from './target.ts'

/**
 * A module of tables and targets (`import * as sales from './pipelines/sales.ts'`), one of them, or arrays and records of
 * them.
 */
export type Pipelines =
  | TableDeclaration
  | TargetDeclaration
  | readonly Pipelines[]
  | { readonly [name: string]: unknown }

/** The engines that can build tables. */
export const engineNames = ['duckdb', 'spark'] as const
export type EngineName = (typeof engineNames)[number]

/** What a profile may set differently. */
export interface Settings {
  /** Folder of the lake, relative to the configuration file, or `s3://bucket/folder`. */
  readonly lake?: string
  /** Memory that the engine may use: bytes, or text such as `512 MB`. Default: 60 % of what the process may use. */
  readonly memoryLimit?: number | string
  /** Threads of the engine. Default: as many as the machine has cores. */
  readonly threads?: number
  /** The engine that builds tables: the embedded one (`duckdb`, the default) or Spark. */
  readonly engine?: EngineName
  /**
   * Address of a Spark Connect server, such as `sc://localhost:15002`; or how unattended jobs are submitted:
   * `sparkSubmit({…})`, `emrServerless({…})` or `glue({…})`.
   */
  readonly spark?: string | SparkJob
  /** How S3 is reached, for sources and lakes that lie there. Default: what the environment says. */
  readonly s3?: S3Options
}

/** How a project is configured. */
export interface ConfigOptions extends Settings {
  readonly lake: string
  readonly pipelines: Pipelines
  /** Settings by name, chosen with `--profile`. What else differs between them is chosen where it stands: `byProfile`. */
  readonly profiles?: Readonly<Record<string, Settings>>
}

/** A project's configuration: a frozen value, the default export of `securecart.config.ts`. */
export interface Config {
  readonly kind: 'config'
  readonly lake: string
  readonly memoryLimit?: number | string
  readonly threads?: number
  readonly engine?: EngineName
  readonly spark?: string | SparkJob
  readonly s3?: S3Options
  /** All tables, each once, in order of first mention. */
  readonly tables: readonly TableDeclaration[]
  /** All targets, each once, in order of first mention. */
  readonly targets: readonly TargetDeclaration[]
  readonly profiles: Readonly<Record<string, Settings>>
  readonly at?: SourceLocation
}

type Declaration = TableDeclaration | TargetDeclaration

const isDeclaration = (value: unknown): value is Declaration =>
  typeof value === 'object' &&
  value !== null &&
  ['table', 'target'].includes((value as { kind?: string }).kind ?? '')

/** Finds the tables and targets in modules, arrays and records; other exports of a module are passed over. */
function declarationsIn(pipelines: unknown): readonly Declaration[] {
  const found = new Set<Declaration>()
  const visit = (value: unknown, depth: number): void => {
    if (isDeclaration(value)) found.add(value)
    else if (typeof value === 'object' && value !== null && depth < 4 && isContainer(value)) {
      for (const member of Object.values(value)) visit(member, depth + 1)
    }
  }
  visit(pipelines, 0)
  return [...found]
}

/** Finds the targets in modules, arrays and records. */
export const targetsIn = (pipelines: unknown): readonly TargetDeclaration[] =>
  declarationsIn(pipelines).filter((d) => d.kind === 'target')

/** Finds the tables in modules, arrays and records, and those that targets deliver. */
export const tablesIn = (pipelines: unknown): readonly TableDeclaration[] => [
  ...new Set(
    declarationsIn(pipelines)
      .map((d) => (d.kind === 'target' ? d.from : d))
      .filter((table) => (table as TableDeclaration | undefined)?.kind === 'table'),
  ),
]

const isContainer = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  const tagged = 'kind' in value && typeof value.kind === 'string'
  return Array.isArray(value) || (!tagged && (prototype === null || prototype === Object.prototype))
}

const isSpark = (spark: unknown): boolean =>
  typeof spark === 'string'
    ? spark.startsWith('sc://')
    : typeof spark === 'object' && spark !== null && (spark as { kind?: unknown }).kind === 'spark-job'

const sizePattern = /^\d+(\.\d+)?\s*([kmgt]i?)?b$/i

function problemsOf(settings: Settings, where: string): string[] {
  const { lake, memoryLimit, threads, engine, spark, s3 } = settings
  const problems: string[] = []
  if (lake !== undefined && (typeof lake !== 'string' || lake === ''))
    problems.push(`${where}lake is the path of a folder`)
  if (typeof memoryLimit === 'string' && !sizePattern.test(memoryLimit)) {
    problems.push(`${where}memoryLimit is a number of bytes or text such as "512 MB", not "${memoryLimit}"`)
  }
  if (typeof memoryLimit === 'number' && !(memoryLimit > 0))
    problems.push(`${where}memoryLimit is above zero`)
  if (threads !== undefined && !(Number.isInteger(threads) && threads > 0)) {
    problems.push(`${where}threads is a whole number above zero, not ${threads}`)
  }
  if (engine !== undefined && !engineNames.includes(engine))
    problems.push(`${where}engine is ${engineNames.join(' or ')}, not "${String(engine)}"`)
  if (spark !== undefined && !isSpark(spark))
    problems.push(
      `${where}spark is the address of a Spark Connect server, such as sc://localhost:15002, or sparkSubmit(…), emrServerless(…) or glue(…)`,
    )
  if (s3 !== undefined) problems.push(...problemsOfS3(s3, where))
  return problems
}

/**
 * Declares a project's configuration. Fails with `config.invalid`, all problems in one error, when a value is not
 * allowed or the pipelines hold no table.
 */
export function defineConfig(options: ConfigOptions): Config {
  const at = callerLocation()
  const { lake, pipelines, memoryLimit, threads, engine, spark, s3, profiles = {} } = options
  const tables = tablesIn(pipelines)
  const problems = [
    ...(lake === undefined ? ['lake names the folder of the lake'] : []),
    ...problemsOf(options, ''),
    ...Object.entries(profiles).flatMap(([name, settings]) => problemsOf(settings, `profile ${name}: `)),
    ...(tables.length === 0 ? ['pipelines holds no table'] : []),
  ]
  if (problems.length > 0) {
    throw new EtlError('config.invalid', problems.join('; '), {
      ...(at === undefined ? {} : { at }),
      diagnostics: problems.map((message) => ({
        code: 'config.invalid',
        severity: 'error',
        message,
        ...(at === undefined ? {} : { at }),
      })),
    })
  }
  return Object.freeze({
    kind: 'config',
    lake,
    ...(memoryLimit === undefined ? {} : { memoryLimit }),
    ...(threads === undefined ? {} : { threads }),
    ...(engine === undefined ? {} : { engine }),
    ...(spark === undefined ? {} : { spark }),
    ...(s3 === undefined ? {} : { s3 }),
    tables,
    targets: targetsIn(pipelines),
    profiles,
    ...(at === undefined ? {} : { at }),
  })
}

/**
 * The configuration with the settings of a profile. Fails with `config.invalid` when there is no such profile, or the
 * project's modules have chosen by another one (`byProfile`) when they were loaded.
 */
export function withProfile(config: Config, profile: string): Config {
  const settings = Object.hasOwn(config.profiles, profile) ? config.profiles[profile] : undefined
  if (settings === undefined) {
    const names = Object.keys(config.profiles)
    throw new EtlError('config.invalid', `there is no profile "${profile}"`, {
      hint: names.length === 0 ? 'the configuration declares no profiles' : `profiles: ${names.join(', ')}`,
    })
  }
  if (namedProfiles().has(profile) && chosenProfile() !== profile) {
    throw new EtlError('config.invalid', `the project was loaded without the profile "${profile}"`, {
      hint: `Call setProfile('${profile}') before its modules are imported.`,
    })
  }
  return Object.freeze({ ...config, ...settings })
}

/** Fails with `config.invalid` when `byProfile` names a profile that the configuration does not declare. */
export function assertProfilesDeclared({ profiles }: Config): void {
  for (const [name, at] of namedProfiles()) {
    if (name === 'default' || Object.hasOwn(profiles, name)) continue
    throw new EtlError('config.invalid', `the configuration declares no profile "${name}"`, {
      hint: `Add it: defineConfig({ …, profiles: { ${name}: {} } }).`,
      ...(at === undefined ? {} : { at }),
    })
  }
}
