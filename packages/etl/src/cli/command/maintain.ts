import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import { parseBytes } from '../../engine/duckdb/index.ts'
import { maintain, type MaintainReport } from '../../run/maintain.ts'
import { duration, wholeNumber } from '../option.ts'
import { number, printJson } from '../output.ts'
import { printTable } from '../print-table.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { openEngine } from '../open-engine.ts'
import { lakeOptions, openLakeOf, type ProjectOptions } from '../project.ts'
import { needTable } from '../table-of.ts'

interface MaintainOptions extends ProjectOptions {
  readonly keep: string
  readonly olderThan: string
  readonly orphansOlderThan: string
  readonly targetFileSize: string
}

export function define(program: Command): void {
  const command = program
    .command('maintain')
    .summary('Compact small files, expire snapshots, remove orphans.')
    .description(
      'Rewrite small files into large ones, forget old snapshots and remove files that nothing refers to. Rows never change, and recorded progress is kept.',
    )
    .argument('[tables...]', 'names of tables (default: all)')
    .option('--older-than <age>', 'forget snapshots older than this', '7d')
    .option('--keep <n>', 'newest snapshots to keep whatever their age', '10')
    .option('--orphans-older-than <age>', 'remove unreferenced files older than this', '3d')
    .option('--target-file-size <size>', 'size to compact towards', '128MiB')
  lakeOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart maintain\n  $ securecart maintain sales.orders --older-than 1h --keep 1\n',
    )
    .action(maintainCommand)
}

function sizeOf(text: string): number {
  const size = parseBytes(text)
  if (size === undefined || size < 1) {
    throw new EtlError('cli.usage', `--target-file-size takes a size such as 128MiB, not "${text}"`)
  }
  return size
}

async function maintainCommand(names: readonly string[], options: MaintainOptions): Promise<void> {
  const targetFileBytes = sizeOf(options.targetFileSize)
  const olderThanMs = duration('--older-than', options.olderThan)
  const orphansOlderThanMs = duration('--orphans-older-than', options.orphansOlderThan)
  const keep = wholeNumber('--keep', options.keep, 1)
  await using lake = await openLakeOf(options)
  for (const name of names) await needTable(lake, name)
  await using engine = openEngine(options)
  const { scratch } = lake
  using stop = stopOnInterrupt()
  const reports: MaintainReport[] = []
  for (const name of names.length > 0 ? names : await lake.tables()) {
    const { signal } = stop
    const wanted = { engine, scratch, targetFileBytes, olderThanMs, keep, orphansOlderThanMs, signal }
    reports.push(await maintain(lake, name, wanted))
    signal.throwIfAborted()
  }
  if (options.json === true) return printJson({ tables: reports })
  printTable(
    ['table', 'compacted', 'into', 'expired snapshots', 'removed files'],
    reports.map((r) => [
      r.table,
      number(r.compactedFiles),
      number(r.intoFiles),
      number(r.expiredSnapshots),
      number(r.removedFiles),
    ]),
    [1, 2, 3, 4],
  )
}
