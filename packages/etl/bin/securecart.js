#!/usr/bin/env node
import module from 'node:module'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`securecart needs Node 22.18 or newer; this is Node ${process.versions.node}.`)
  process.exitCode = 2
} else {
  module.enableCompileCache?.()
  const { main } = await import('../dist/cli/main.js')
  process.exitCode = await main(process.argv.slice(2))
}
