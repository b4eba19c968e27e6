import { byProfile, defineConfig } from '@securecart/etl'
import * as mart from './pipelines/mart.ts'
import * as raw from './pipelines/raw.ts'
import * as sales from './pipelines/sales.ts'
import * as warehouse from './pipelines/warehouse.ts'
import * as web from './pipelines/web.ts'

export default defineConfig({
  lake: 'lake',
  pipelines: [raw, sales, mart, web, byProfile({ default: () => [], services: () => [warehouse] })],
  profiles: { services: { lake: 'lake-services' } },
})
