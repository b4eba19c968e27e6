import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { assertProfilesDeclared, type Config, withProfile } from '../author/config.ts'
import { setProfile } from '../author/profile.ts'
import { askedVariables, setVariables } from '../author/variable.ts'
import { EtlError } from '../base/errors.ts'
import { type FolderLake, openLake, type OpenLakeOptions } from '../lake/index.ts'
import { isS3 } from '../store/address.ts'
import { asEtlError } from './failure.ts'
import { loadModule } from './load-module.ts'
import { assertSound, type CompiledProject, compileProject } from '../run/project.ts'
import { checkTargets, type Picked } from '../run/target-project.ts'

/** The options that every command on a project takes. */
export interface ProjectOptions {
  readonly project?: string
  readonly lake?: string
  readonly var?: Readonly<Record<string, string>>
  readonly profile?: string
  readonly memory?: string
  readonly threads?: string
  readonly json?: boolean
}

/** Adds the options of a command that needs a lake. */
export function lakeOptions(command: Command): Command {
  return command
    .option('--project <dir>', 'folder of securecart.config.ts (default: this folder or the nearest above)')
    .option(
      '--lake <dir>',
      'folder of the lake, or s3://bucket/folder (default: what the configuration says)',
    )
    .option('--var <name=value>', 'a variable of the project; may be repeated', collectVariable)
    .option('--profile <name>', 'a profile of the configuration')
    .option('--memory <size>', 'memory limit of the engine, such as 512MB (default: 60 % of what is there)')
    .option('--threads <n>', 'threads of the engine (default: all cores)')
    .option('--json', 'print one JSON document on stdout')
}

function collectVariable(
  value: string,
  known: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = value.indexOf('=')
  if (at < 1) throw new EtlError('cli.usage', `--var takes name=value, not "${value}"`)
  return { ...known, [value.slice(0, at)]: value.slice(at + 1) }
}

export interface OpenProject {
  readonly folder: string
  readonly config: Config
  readonly lakeFolder: string
}

const configName = 'securecart.config.ts'

function findConfig(start: string): string | undefined {
  for (let folder = path.resolve(start); ; folder = path.dirname(folder)) {
    for (const name of [configName, 'securecart.config.js', 'securecart.config.mjs']) {
      if (existsSync(path.join(folder, name))) return path.join(folder, name)
    }
    if (folder === path.dirname(folder)) return undefined
  }
}

/** Loads the configuration of a project. Fails with `config.not-found` or whatever its modules throw. */
export async function openProject(options: ProjectOptions): Promise<OpenProject> {
  const file = findConfig(options.project ?? process.cwd())
  if (file === undefined) {
    throw new EtlError(
      'config.not-found',
      `there is no ${configName} in ${path.resolve(options.project ?? '.')} or above`,
      {
        hint: 'Run `securecart init` to start a project, or name its folder with --project.',
      },
    )
  }
  const given = options.var ?? {}
  setVariables(given)
  setProfile(options.profile)
  const module = (await loadModule(file)) as { readonly default?: Config }
  const unknown = Object.keys(given).find((name) => !askedVariables().includes(name))
  if (unknown !== undefined) {
    throw new EtlError('config.invalid', `the project has no variable "${unknown}"`, {
      hint:
        askedVariables().length === 0 ? 'It declares none.' : `Its variables: ${askedVariables().join(', ')}`,
    })
  }
  if (module.default?.kind !== 'config') {
    throw new EtlError('config.invalid', `${file} does not export defineConfig({ … }) as its default`, {
      at: { file, line: 1 },
    })
  }
  assertProfilesDeclared(module.default)
  const config = options.profile === undefined ? module.default : withProfile(module.default, options.profile)
  const folder = path.dirname(file)
  const lakeFolder =
    options.lake === undefined ? lakeIn(folder, config.lake) : lakeIn(process.cwd(), options.lake)
  return { folder, config, lakeFolder }
}

const lakeIn = (folder: string, lake: string): string => (isS3(lake) ? lake : path.resolve(folder, lake))

/** Opens the lake of a loaded project. */
export function openProjectLake(project: OpenProject): Promise<FolderLake> {
  return openLake(lakeOptionsOf(project))
}

const lakeOptionsOf = ({ config, lakeFolder }: OpenProject): OpenLakeOptions => ({
  folder: lakeFolder,
  ...(config.s3 === undefined ? {} : { s3: config.s3 }),
})

/** The lake that the configuration names. A variable that only the tables need is asked for all the same. */
async function projectOfLake(options: ProjectOptions): Promise<OpenLakeOptions> {
  try {
    return lakeOptionsOf(await openProject(options))
  } catch (thrown) {
    const error = asEtlError(thrown)
    if (error.params['variable'] === undefined) throw error
    throw new EtlError(error.code, error.message, {
      cause: error,
      hint: `${error.hint ?? ''}; or name the lake alone: --lake DIR`,
    })
  }
}

/**
 * Where the lake of a project is, without loading the project when `--lake` names it; S3 is then as the environment says. Fails
 * with `config.not-found` where there is none.
 */
export async function lakeOf(options: ProjectOptions): Promise<OpenLakeOptions> {
  const lake =
    options.lake === undefined
      ? await projectOfLake(options)
      : { folder: lakeIn(process.cwd(), options.lake) }
  if (!isS3(lake.folder) && !existsSync(lake.folder)) {
    throw new EtlError('config.not-found', `there is no lake in ${lake.folder}`, {
      hint: 'Run `securecart run` first.',
    })
  }
  return lake
}

/** Opens the lake of a project. */
export const openLakeOf = async (options: ProjectOptions): Promise<FolderLake> =>
  openLake(await lakeOf(options))

/** Types every table and checks every target of a project. */
export async function compile(project: OpenProject): Promise<CompiledProject> {
  const compiled = await compileProject(project.config.tables)
  const targets = checkTargets(project.config.targets, compiled.tables)
  return { ...compiled, diagnostics: [...compiled.diagnostics, ...targets] }
}

/** All tables and targets. Fails with all errors of the project together. */
export async function soundWork(project: OpenProject): Promise<Picked> {
  return { tables: assertSound(await compile(project)), targets: project.config.targets }
}
