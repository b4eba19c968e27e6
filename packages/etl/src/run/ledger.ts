import type { FileIdentity } from '../connector/contract.ts'
import type { Counts } from '../engine/contract.ts'
import type { LakeTable, Summary } from '../lake/contract.ts'

/** Which state of an upstream table a snapshot accounts for. */
export interface UpstreamPosition {
  readonly uuid: string
  /** Absent when the upstream was empty. */
  readonly snapshot?: string
}

/** What a table's current snapshot accounts for. Lives in the snapshot's summary and nowhere else. */
export interface Ledger {
  readonly run: string
  /** Fingerprint of the definition that made the rows. */
  readonly definition: string
  /** By the upstream's declared identity. */
  readonly upstream: Readonly<Record<string, UpstreamPosition>>
  /** Source files taken so far, in the encoding of `connector/positions.ts`. */
  readonly files?: string
  /** What was read of a source over a connection, in the words of its connector. */
  readonly position?: string
  readonly counts: Counts
  readonly action: 'append' | 'merge' | 'full'
  /** When the run that made the snapshot started, ISO 8601 UTC. */
  readonly startedAt: string
  readonly durationMs: number
}

export type TakenFiles = readonly FileIdentity[]

const prefix = 'securecart.'

/** Writes a ledger as snapshot-summary keys. */
export function encodeLedger(ledger: Ledger): Summary {
  return {
    [`${prefix}run`]: ledger.run,
    [`${prefix}definition`]: ledger.definition,
    [`${prefix}upstream`]: JSON.stringify(ledger.upstream),
    ...(ledger.files === undefined ? {} : { [`${prefix}files`]: ledger.files }),
    ...(ledger.position === undefined ? {} : { [`${prefix}position`]: ledger.position }),
    [`${prefix}counts`]: JSON.stringify(ledger.counts),
    [`${prefix}action`]: ledger.action,
    [`${prefix}started-at`]: ledger.startedAt,
    [`${prefix}duration-ms`]: String(Math.round(ledger.durationMs)),
  }
}

/** Reads the ledger of a summary; undefined when the snapshot was not made by a run. */
export function decodeLedger(summary: Summary): Ledger | undefined {
  const get = (key: string): string | undefined => summary[`${prefix}${key}`]
  const definition = get('definition')
  if (definition === undefined) return undefined
  const files = get('files')
  const position = get('position')
  return {
    run: get('run') ?? '',
    definition,
    upstream: JSON.parse(get('upstream') ?? '{}') as Record<string, UpstreamPosition>,
    ...(files === undefined ? {} : { files }),
    ...(position === undefined ? {} : { position }),
    counts: JSON.parse(get('counts') ?? '{}') as Counts,
    action: (get('action') ?? 'full') as Ledger['action'],
    startedAt: get('started-at') ?? '',
    durationMs: Number(get('duration-ms') ?? 0),
  }
}

/** The ledger of a table's current snapshot. */
export function ledgerOf(table: LakeTable | undefined): Ledger | undefined {
  return table?.current === undefined ? undefined : decodeLedger(table.current.summary)
}

/** The summary keys that a maintenance commit (compaction) must carry over, so that progress is not forgotten. */
export function carriedLedger(table: LakeTable): Summary {
  const entries = Object.entries(table.current?.summary ?? {}).filter(([key]) => key.startsWith(prefix))
  return Object.fromEntries(entries)
}
