import { defineConfig } from '@securecart/etl'
import * as tables from './tables.ts'

export default defineConfig({ lake: 'lake', pipelines: [tables] })
