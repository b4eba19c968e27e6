import { guardedPackages, layers } from './layers.ts'

interface Override {
  readonly files: readonly string[]
  readonly rules: Readonly<Record<string, unknown>>
}

const sources = 'packages/etl/src'

/** Import patterns that a folder may not use: the folders its layer does not list, and guarded packages. */
function restrictions(layer: string, place: string): readonly Readonly<Record<string, unknown>>[] {
  const allowed = new Set([layer, ...(layers[layer] ?? [])])
  const forbidden = Object.keys(layers).filter((other) => !allowed.has(other))
  const packages = Object.entries(guardedPackages)
    .filter(([, places]) => !places.some((p) => place.startsWith(p)))
    .map(([name]) => name)
  return [
    ...forbidden.map((other) => ({
      group: [`**/../${other}/**`, `../${other}/**`],
      message: `The layer table (tools/layers.ts) does not let ${layer}/ import ${other}/.`,
    })),
    ...packages.map((name) => ({
      group: [name],
      message: `Only ${guardedPackages[name]?.join(', ')} may import ${name}.`,
    })),
  ]
}

/** The oxlint configuration, generated from the layer table. */
export function lintConfig(): Readonly<Record<string, unknown>> {
  const overrides: Override[] = []
  for (const layer of Object.keys(layers)) {
    const places = new Set([
      layer,
      ...Object.values(guardedPackages)
        .flat()
        .filter((p) => p.startsWith(`${layer}/`)),
    ])
    for (const place of places) {
      overrides.push({
        files: [place.endsWith('.ts') ? `${sources}/${place}` : `${sources}/${place}/**/*.ts`],
        rules: { 'no-restricted-imports': ['error', { patterns: restrictions(layer, place) }] },
      })
    }
  }
  // Tests may write fixtures with the engine itself.
  overrides.push({
    files: ['**/*.test.ts', '**/*.test-d.ts'],
    rules: { 'no-restricted-imports': 'off' },
  })
  return {
    plugins: ['typescript', 'import', 'unicorn', 'oxc', 'promise'],
    categories: { correctness: 'error', suspicious: 'error' },
    rules: {
      'import/no-cycle': ['error', { ignoreTypes: false }],
      'typescript/no-explicit-any': 'error',
      'no-restricted-properties': [
        'error',
        { property: 'getRowObjects', message: 'It loses a `__proto__` column; read chunks.' },
        { property: 'getRowObjectsJS', message: 'It rounds decimals and cuts timestamps; read chunks.' },
        { property: 'getRowObjectsJson', message: 'It loses a `__proto__` column; read chunks.' },
      ],
      'unicorn/consistent-function-scoping': 'off',
      'import/no-named-as-default-member': 'off',
      'no-await-in-loop': 'off',
      'no-shadow': 'off',
      'no-underscore-dangle': 'off',
      'no-bitwise': 'off',
    },
    overrides,
  }
}
