import type { Command } from 'commander'

/** One command: what the overview says of it, and the file that defines it, loaded only when it is used. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly load: () => Promise<{ readonly define: (program: Command) => void }>
}

/** Every command, in the order of the overview. */
export const commands: readonly CommandEntry[] = [
  { name: 'init', summary: 'Start a project in this folder.', load: () => import('./command/init.ts') },
  {
    name: 'generate',
    summary: "Make the shop's raw data, with the expected answers.",
    load: () => import('./command/generate.ts'),
  },
  {
    name: 'infer',
    summary: 'Propose a table declaration for a file.',
    load: () => import('./command/infer.ts'),
  },
  {
    name: 'check',
    summary: 'Find all mistakes of the project; nothing runs.',
    load: () => import('./command/check.ts'),
  },
  {
    name: 'probe',
    summary: 'Connect to the sources and say what is seen.',
    load: () => import('./command/probe.ts'),
  },
  { name: 'plan', summary: 'Show which tables would run, and why.', load: () => import('./command/plan.ts') },
  { name: 'run', summary: 'Bring tables up to date.', load: () => import('./command/run.ts') },
  { name: 'tables', summary: 'List the tables of the lake.', load: () => import('./command/tables.ts') },
  {
    name: 'show',
    summary: 'Show columns and first rows of a table.',
    load: () => import('./command/show.ts'),
  },
  {
    name: 'history',
    summary: 'Show the snapshots of a table and what made them.',
    load: () => import('./command/history.ts'),
  },
  { name: 'query', summary: 'Run read-only SQL over the lake.', load: () => import('./command/query.ts') },
  {
    name: 'convert',
    summary: 'Convert files: CSV, JSON, Parquet.',
    load: () => import('./command/convert.ts'),
  },
  {
    name: 'export',
    summary: 'Write a table as plain Parquet, CSV or NDJSON.',
    load: () => import('./command/export.ts'),
  },
  {
    name: 'maintain',
    summary: 'Compact small files, expire snapshots, remove orphans.',
    load: () => import('./command/maintain.ts'),
  },
]
