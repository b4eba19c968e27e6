import type { Command } from 'commander'
import { probeSources, type SourceProbe } from '../../run/probe.ts'
import { pickTables } from '../../run/project.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { printJson } from '../output.ts'
import { paint } from '../paint.ts'
import { lakeOptions, openProject, type ProjectOptions, soundWork } from '../project.ts'

export function define(program: Command): void {
  const command = program
    .command('probe')
    .summary('Connect to the sources and say what is seen.')
    .description(
      'Connect to the source of each table that is read over a connection, ask it for its version, its columns and the rights that are needed, and say what was seen. No rows are read. Exit code 1 when one cannot be asked.',
    )
    .argument('[tables...]', 'tables or namespaces (default: all)')
  lakeOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart probe\n  $ securecart probe raw\n  $ securecart probe --json\n',
    )
    .action(probeCommand)
}

async function probeCommand(names: readonly string[], options: ProjectOptions): Promise<void> {
  const project = await openProject(options)
  const tables = pickTables((await soundWork(project)).tables, names, { upstream: false })
  using stop = stopOnInterrupt()
  const probes = await probeSources(tables, { s3: project.config.s3, signal: stop.signal })
  if (probes.some((p) => p.error !== undefined)) process.exitCode = 1
  if (options.json === true) return printJson({ sources: probes.map(asJson) })
  for (const probe of probes) process.stdout.write(shown(probe))
  if (probes.length === 0) process.stdout.write('No table is read over a connection.\n')
}

const asJson = ({ table, connector, seen, error }: SourceProbe): unknown => ({
  table,
  connector,
  ...(seen === undefined ? {} : seen),
  ...(error === undefined ? {} : { error: { code: error.code, message: error.message, hint: error.hint } }),
})

function shown({ table, seen, error }: SourceProbe): string {
  if (error !== undefined)
    return `${paint.red('✗')} ${table}  ${error.code}: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`
  return [
    `${paint.green('✓')} ${table}  ${seen?.service ?? ''}`,
    ...(seen?.notes ?? []).map((n) => `  ${n}`),
    '',
  ].join('\n')
}
