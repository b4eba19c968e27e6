import type { Findings } from './lane.ts'

/** The seed that an environment variable names, else one of the clock. */
export function seedFor(variable: string): number {
  return Number(process.env[variable] ?? Date.now() % 1_000_000)
}

/** Prints what lanes of kills found, for people. */
export function describeFindings(title: string, lanes: readonly Findings[]): string {
  const sum = (pick: (found: Findings) => number): number => lanes.reduce((n, lane) => n + pick(lane), 0)
  const counts = new Map<string, number>()
  for (const [what, n] of lanes.flatMap((lane) => [...lane.counts]))
    counts.set(what, (counts.get(what) ?? 0) + n)
  const lost = sum((f) => f.differences.reduce((n, d) => n + d.lost, 0))
  const repeated = sum((f) => f.differences.reduce((n, d) => n + d.repeated, 0))
  const verdict = `${lost} rows lost, ${repeated} repeated, ${sum((f) => f.stuck.length)} stuck, ${sum((f) => f.unreadable.length)} unreadable`
  return [
    `${title}: ${sum((f) => f.kills)} kills, ${sum((f) => f.compared)} comparisons over ${sum((f) => f.rows)} rows`,
    `  ${verdict}`,
    ...[...counts]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([what, n]) => `  ${String(n).padStart(4)} ${what}`),
    '',
  ].join('\n')
}
