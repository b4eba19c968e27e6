/** The last transaction of each domain of a MariaDB server, by domain: `0-1-42` is sequence 42 of server 1 in domain 0. */
export type GtidState = Map<number, string>

export function gtidState(text: string): GtidState {
  const parts = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
  return new Map(parts.map((gtid) => [Number(gtid.split('-')[0]), gtid]))
}

export const printGtid = (state: GtidState): string =>
  [...state]
    .toSorted(([a], [b]) => a - b)
    .map(([, gtid]) => gtid)
    .join(',')
