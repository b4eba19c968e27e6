import Table from 'cli-table3'

const plain = {
  chars: {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
    left: '',
    'left-mid': '',
    mid: '',
    'mid-mid': '',
    right: '',
    'right-mid': '',
    middle: '  ',
  },
  style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
}

/** Prints a table for people. Control characters of values are shown, not sent to the terminal. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly unknown[])[],
  right: readonly number[] = [],
): void {
  const table = new Table({
    ...plain,
    head: [...head],
    colAligns: head.map((_, i) => (right.includes(i) ? 'right' : 'left')),
  })
  for (const row of rows) table.push(row.map(cell))
  process.stdout.write(`${table.toString()}\n`)
}

function cell(value: unknown): string {
  const shown =
    value === null || value === undefined
      ? ''
      : typeof value === 'object'
        ? JSON.stringify(value)
        : String(value)
  const safe = shown.replaceAll(/\p{Cc}/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return safe.length > 80 ? `${safe.slice(0, 79)}…` : safe
}
