import type { Command } from 'commander'
import { probeSources, probeWarehouses, type SourceProbe, type TargetsProbe } from '../../run/probe.ts'
import { pickWork } from '../../run/target-project.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { printJson } from '../output.ts'
import { paint } from '../paint.ts'
import { lakeOptions, openProject, type ProjectOptions, soundWork } from '../project.ts'

export function define(program: Command): void {
  const command = program
    .command('probe')
    .summary('Connect to sources and warehouses, and say what is seen.')
    .description(
      'Connect to the source of each table that is read over a connection and to the warehouses of targets, ask for the version, the columns and the rights that are needed, and say what was seen. No rows are read, nothing is written. Exit code 1 when one cannot be asked.',
    )
    .argument('[tables...]', 'tables, targets or namespaces (default: all)')
  lakeOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart probe\n  $ securecart probe raw\n  $ securecart probe --json\n',
    )
    .action(probeCommand)
}

async function probeCommand(names: readonly string[], options: ProjectOptions): Promise<void> {
  const project = await openProject(options)
  const { tables, targets } = pickWork(await soundWork(project), names, { upstream: false })
  using stop = stopOnInterrupt()
  const probes = await probeSources(tables, {
    projectFolder: project.folder,
    s3: project.config.s3,
    signal: stop.signal,
  })
  const warehouses = await probeWarehouses(targets, project.folder)
  if ([...probes, ...warehouses].some((p) => p.error !== undefined)) process.exitCode = 1
  if (options.json === true)
    return printJson({ sources: probes.map(asJson), warehouses: warehouses.map(asJson) })
  for (const probe of probes) process.stdout.write(shown(probe.table, probe))
  for (const probe of warehouses)
    process.stdout.write(shown(`${probe.warehouse} (${probe.targets.join(', ')})`, probe))
  if (probes.length + warehouses.length === 0)
    process.stdout.write('No table is read over a connection, and none is delivered.\n')
}

const asJson = ({ seen, error, ...rest }: SourceProbe | TargetsProbe): unknown => ({
  ...rest,
  ...(seen === undefined ? {} : seen),
  ...(error === undefined ? {} : { error: { code: error.code, message: error.message, hint: error.hint } }),
})

function shown(what: string, { seen, error }: SourceProbe | TargetsProbe): string {
  if (error !== undefined)
    return `${paint.red('✗')} ${what}  ${error.code}: ${error.message}\n${error.hint === undefined ? '' : `  ${error.hint}\n`}`
  return [
    `${paint.green('✓')} ${what}  ${seen?.service ?? ''}`,
    ...(seen?.notes ?? []).map((n) => `  ${n}`),
    '',
  ].join('\n')
}
