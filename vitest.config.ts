import { defineConfig } from 'vitest/config'
import SlowFirst from './tools/slow-first.ts'

/** Two projects: `unit` needs nothing but Node; `integration` needs servers, peers or real data. */
export default defineConfig({
  test: {
    // Suites mostly wait for servers and child processes: a core of its own for each is not wasted.
    maxWorkers: '100%',
    sequence: { sequencer: SlowFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'tools/**/*.test.ts'],
          testTimeout: 30_000,
          // A process for each file takes a third longer; unit tests leave nothing behind.
          isolate: false,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['conformance/**/*.test.ts'],
          globalSetup: ['conformance/spark/servers.ts'],
          setupFiles: ['conformance/standstill.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
})
