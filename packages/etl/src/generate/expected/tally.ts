/** Counts of delivered and defective records by source. */
export interface Tally {
  record(source: string, count: number): void
  defect(source: string, reason: string): void
  sources(): readonly { readonly source: string; readonly records: number; readonly rejected: number }[]
  rejects(): readonly {
    readonly source: string
    readonly kind: string
    readonly reason: string
    readonly rows: number
  }[]
}

const recordReasons = new Set(['columns', 'json', 'line'])

/** Starts a tally. A defect counts as a delivered record too. */
export function startTally(): Tally {
  const records = new Map<string, number>()
  const defects = new Map<string, number>()
  const bump = (counts: Map<string, number>, key: string, by: number): void => {
    counts.set(key, (counts.get(key) ?? 0) + by)
  }
  const rejects = (): ReturnType<Tally['rejects']> =>
    [...defects]
      .map(([key, rows]) => {
        const [source = '', reason = ''] = key.split(' ')
        return { source, kind: recordReasons.has(reason) ? 'record' : 'value', reason, rows }
      })
      .toSorted((a, b) =>
        `${a.source} ${a.kind} ${a.reason}` < `${b.source} ${b.kind} ${b.reason}` ? -1 : 1,
      )
  return {
    record: (source, count) => bump(records, source, count),
    defect(source, reason) {
      bump(records, source, 1)
      bump(defects, `${source} ${reason}`, 1)
    },
    sources: () =>
      [...records]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([source, count]) => ({
          source,
          records: count,
          rejected: rejects().reduce((sum, reject) => sum + (reject.source === source ? reject.rows : 0), 0),
        })),
    rejects,
  }
}
