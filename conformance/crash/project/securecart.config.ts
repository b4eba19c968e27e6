import { defineConfig, variable } from '@securecart/etl'
import * as clicks from './clicks.ts'
import * as first from './first.ts'
import * as second from './second.ts'

// `second` is the same project after its declarations were edited; the clicks stay as they are.
const orders = variable('version', 'first') === 'second' ? second : first

export default defineConfig({ lake: 'lake', pipelines: [orders, clicks] })
