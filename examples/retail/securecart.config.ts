import { defineConfig } from '@securecart/etl'
import * as pipelines from './pipelines.ts'

export default defineConfig({ lake: 'lake', pipelines: [pipelines] })
