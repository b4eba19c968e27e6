import { readFileSync, writeFileSync } from 'node:fs'
import { architecturePage, layerTable } from './architecture.ts'

// Puts the present layer table into the architecture page.
const page = readFileSync(architecturePage, 'utf8')
writeFileSync(
  architecturePage,
  page.replace(/\| folder \| may import \|\n(?:\|.*\n?)+/, () => `${layerTable()}\n`),
)
