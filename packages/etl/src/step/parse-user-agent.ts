import { fingerprint } from '../base/json.ts'
import type { Column, ColumnOfKind, Columns } from '../plan/columns.ts'
import { bool, field, type Schema, text } from '../plan/type.ts'
import { applyStep } from './apply.ts'
import { fieldOf, uniqueNames } from './build.ts'
import { defineStep, makeStep, type RowCallback, type Step } from './contract.ts'
import { readUserAgent, userAgentData } from './user-agent.ts'

export interface ParseUserAgentOptions {
  readonly column: string
  readonly prefix?: string
}

/** The columns that are added, without their prefix. */
const made: Schema = [
  field('browser', text),
  field('browser_version', text),
  field('os', text),
  field('os_version', text),
  field('device_type', text),
  field('is_bot', bool),
]

const functionOf = (column: string, prefix: string): string =>
  fingerprint({ step: 'parse_user_agent', data: userAgentData, column, prefix })

function callbackOf(column: string, prefix: string): RowCallback {
  return (row) => {
    const value = row[column]
    const found = typeof value === 'string' ? readUserAgent(value) : undefined
    return {
      [`${prefix}browser`]: found?.browser ?? null,
      [`${prefix}browser_version`]: found?.browserVersion ?? null,
      [`${prefix}os`]: found?.os ?? null,
      [`${prefix}os_version`]: found?.osVersion ?? null,
      [`${prefix}device_type`]: found?.deviceType ?? null,
      [`${prefix}is_bot`]: found?.isBot ?? null,
    }
  }
}

const functionsOf = (column: string, prefix: string): ReadonlyMap<string, RowCallback> =>
  new Map([[functionOf(column, prefix), callbackOf(column, prefix)]])

const agent = field('agent', text)
const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'
const googlebot = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const prefixed = made.map((f) => field(`ua_${f.name}`, f.type))

/** Says what browser, system and device user agents name. */
export const parseUserAgentStep = defineStep<ParseUserAgentOptions>({
  name: 'parse_user_agent',
  summary: 'Add browser, operating system and device of a user agent.',
  meaning:
    'Adds `browser`, `browser_version`, `os`, `os_version`, `device_type` (`desktop`, `mobile`, `tablet`, `tv`, `bot`) and `is_bot`. What is not known is NULL; of NULL all are. ' +
    'A user agent is what the client says of itself: bots that call themselves browsers are taken for them, and Windows 11 says that it is Windows 10. Only the first 1,024 characters count. ' +
    'Runs where `apply` runs: embedded, in streams and in Lambda handlers. Each distinct user agent is read once. ' +
    `Sources: ${userAgentData}; a table is built anew when these change.`,
  options: {
    column: { takes: 'text column', meaning: 'The column with the user agents.' },
    prefix: { takes: 'text', meaning: 'Put before the names of the added columns.', default: 'nothing' },
  },
  lower: (from, { column, prefix = '' }) => {
    const { name } = fieldOf(from, column, ['text'])
    const produces = made.map((f) => ({ ...f, name: `${prefix}${f.name}` }))
    uniqueNames([...from.schema, ...produces].map((f) => f.name))
    return applyStep.lower(from, { reads: [name], produces, function: functionOf(name, prefix) }, [])
  },
  examples: () => [
    {
      title: 'Browsers and bots',
      in: { columns: [agent], rows: [[chrome], [iphone], [googlebot], ['-'], [null]] },
      options: { column: 'agent' },
      functions: functionsOf('agent', ''),
      out: {
        columns: [agent, ...made],
        rows: [
          [chrome, 'Chrome', '126.0.0.0', 'Windows', '10', 'desktop', false],
          [iphone, 'Safari', '17.5', 'iOS', '17.5', 'mobile', false],
          [googlebot, 'Googlebot', '2.1', null, null, 'bot', true],
          ['-', null, null, null, null, null, false],
          [null, null, null, null, null, null, null],
        ],
      },
    },
    {
      title: 'With a prefix',
      in: { columns: [agent], rows: [['curl/8.5.0']] },
      options: { column: 'agent', prefix: 'ua_' },
      functions: functionsOf('agent', 'ua_'),
      out: {
        columns: [agent, ...prefixed],
        rows: [['curl/8.5.0', null, null, null, null, 'bot', true]],
      },
    },
  ],
})

type Named<P extends string> = {
  readonly [N in 'browser' | 'browser_version' | 'os' | 'os_version' | 'device_type' as `${P}${N}`]: Column<
    'text',
    true
  >
} & { readonly [N in 'is_bot' as `${P}${N}`]: Column<'bool', true> }

/** `C` with the added columns under their prefix. */
type WithUserAgent<C extends Columns, P extends string> = C & Named<P> extends infer J
  ? { readonly [N in keyof J]: J[N] extends Column ? J[N] : never }
  : never

/** Adds what user agents say: `parseUserAgent('user_agent', { prefix: 'ua_' })`. */
export function parseUserAgent<C extends Columns, const N extends string, const P extends string = ''>(
  column: ColumnOfKind<C, N, 'text'>,
  options: { readonly prefix?: P } = {},
): Step<C, WithUserAgent<C, P>> {
  const { prefix = '' } = options
  return makeStep(
    parseUserAgentStep,
    { column: column as string, prefix },
    { functions: functionsOf(column as string, prefix) },
  )
}
