import path from 'node:path'
import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import { expireSnapshots, removeOrphans } from '../../lake/index.ts'
import { compact } from '../../run/maintain.ts'
import { number, printJson, printTable } from '../output.ts'
import { lakeOptions, openEngine, openLakeOf, type ProjectOptions } from '../project.ts'
import { needTable } from '../table-of.ts'

interface MaintainOptions extends ProjectOptions {
  readonly keep: string
  readonly olderThan: string
  readonly orphansOlderThan: string
  readonly targetFileSize: string
}

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads a duration such as `7d`, `12h`, `30m` or `0s` into milliseconds. */
export function parseDuration(text: string): number {
  const match = /^(\d+)\s*([smhd])$/.exec(text.trim())
  const unit = units[match?.[2] ?? '']
  if (match === null || unit === undefined) {
    throw new EtlError('config.invalid', `"${text}" is no duration`, {
      hint: 'Write a duration such as 7d, 12h or 30m.',
    })
  }
  return Number(match[1]) * unit
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
    .option('--target-file-size <bytes>', 'size to compact towards', String(128 * 2 ** 20))
  lakeOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart maintain\n  $ securecart maintain sales.orders --older-than 1h --keep 1\n',
    )
    .action(maintainCommand)
}

async function maintainCommand(names: readonly string[], options: MaintainOptions): Promise<void> {
  await using lake = await openLakeOf(options)
  await using engine = openEngine(options)
  const reports = []
  for (const name of names.length > 0 ? names : await lake.tables()) {
    const compacted = await compact(await needTable(lake, name), {
      lake,
      engine,
      scratch: path.join(lake.folder, '.scratch'),
      targetFileBytes: Number(options.targetFileSize),
    })
    const expired = await expireSnapshots(lake, name, {
      olderThanMs: parseDuration(options.olderThan),
      retainLast: Math.max(1, Number(options.keep)),
    })
    const orphans = await removeOrphans(lake, name, { olderThanMs: parseDuration(options.orphansOlderThan) })
    reports.push({
      table: name,
      compactedFiles: compacted.filesBefore,
      intoFiles: compacted.filesAfter,
      expiredSnapshots: expired.snapshots.length,
      removedFiles: expired.removedFiles + orphans.length,
    })
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
